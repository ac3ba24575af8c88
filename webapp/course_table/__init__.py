"""Courses in the database, for servers that share no disk: each server keeps a working copy of them in a folder."""
