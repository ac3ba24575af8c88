"""The files of a course, but for its lessons: course.yaml, the ledger, questions; and the course they make together."""
