"""Forms for questions and quizzes, made from their schemas, and how what they say is joined with the file."""
