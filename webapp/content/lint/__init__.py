"""Flaws in the writing of a course: `run.lint` finds them, by the rules of the other modules."""
