"""Lesson files: front matter, Markdown, and the blocks between backticks."""
