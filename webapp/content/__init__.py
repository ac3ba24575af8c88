"""The course as files: a folder of YAML and Markdown in, frozen objects out, or every problem at once.

Nothing here knows of Flask or of the database.
"""
