"""The questions files of a course: read, checked, and remembered."""
