"""The folder `media/` of a course: pictures, what they are by their content, and the copies of them that are served."""
