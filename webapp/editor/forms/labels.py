"""What the fields of questions and quizzes are called on a form, and where they stand on it.

A type of question may call a field of its own by itself, with `title=` beside its description; a field without a title
that no table here knows is called by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

LABELS: Mapping[str, Any] = {
    "stem": _l("Question"),
    "options": _l("Answers to choose from"),
    "text": _l("Text"),
    "key": _l("This is right"),
    "feedback": _l("Feedback"),
    "explanation": _l("Explanation"),
    "level": _l("What it asks of the learner"),
    "difficulty": _l("Difficulty"),
    "tags": _l("Tags"),
    "facts": _l("Facts it asks for"),
    "section": _l("Section that teaches it"),
    "material": _l("Shared material"),
    "shown_with": _l("Shared material"),
    "points": _l("Points"),
    "hints": _l("Hints"),
    "numbers": _l("Where its numbers come from"),
    "parameters": _l("Values that differ from paper to paper"),
    "constraints": _l("What the values have to meet"),
    "shuffle": _l("Shuffle the parts"),
    "use": _l("What it is for"),
    "retired": _l("Retired"),
    "draft": _l("Draft"),
    "accept": _l("Accepted findings"),
    "source": _l("Imported from"),
    "id": _l("Id"),
    "fixed": _l("Keeps its place"),
    "scoring": _l("How points are given"),
    "answer": _l("Right answer"),
    "answers": _l("Right answers"),
    "pattern": _l("Pattern"),
    "wrong": _l("Foreseen wrong answers"),
    "unit": _l("Unit"),
    "units": _l("Other units that are accepted"),
    "factor": _l("Factor"),
    "tolerance": _l("Tolerance"),
    "absolute": _l("By this much"),
    "relative": _l("By this share"),
    "distance": _l("Slips forgiven"),
    "case": _l("Capitals matter"),
    "accents": _l("Accents matter"),
    "pairs": _l("Pairs"),
    "left": _l("Thing"),
    "right": _l("Its match"),
    "extra": _l("Extra matches"),
    "items": _l("Things"),
    "first": _l("Beginning of the order"),
    "last": _l("End of the order"),
    "categories": _l("Groups"),
    "category": _l("Group it belongs to"),
    "title": _l("Title"),
    "blanks": _l("Gaps"),
    "weight": _l("Weight"),
    "value": _l("Number"),
    "picture": _l("Picture"),
    "true": _l("To those who say “true”"),
    "false": _l("To those who say “false”"),
    "kind": _l("Kind"),
    "pillar": _l("Pillar"),
    "summary": _l("Summary"),
    "open_to": _l("Who may take it"),
    "draw": _l("Questions drawn"),
    "count": _l("How many"),
    "from": _l("From the pillars"),
    "levels": _l("Of these levels"),
    "difficulties": _l("Of these difficulties"),
    "types": _l("Of these types"),
    "questions": _l("Only these questions"),
    "time_limit": _l("Time limit"),
    "attempts": _l("Attempts"),
    "pass_mark": _l("Pass mark"),
    "score": _l("Which attempt counts"),
    "shuffle_questions": _l("Shuffle the questions"),
    "graded": _l("Counts for the grade"),
    "certainty": _l("Ask how sure learners are"),
}

#: what one row of a list is called
ONE: Mapping[str, Any] = {
    "options": _l("Answer"),
    "answers": _l("Right answer"),
    "wrong": _l("Wrong answer"),
    "units": _l("Unit"),
    "pairs": _l("Pair"),
    "extra": _l("Extra match"),
    "items": _l("Thing"),
    "categories": _l("Group"),
    "blanks": _l("Gap"),
    "rubric": _l("Criterion"),
    "spots": _l("Place"),
    "places": _l("Place"),
    "labels": _l("Label"),
    "levels": _l("Level"),
    "hints": _l("Hint"),
    "facts": _l("Fact"),
    "draw": _l("Rule"),
    "numbers": _l("Number"),
    "parameters": _l("Parameter"),
    "constraints": _l("Comparison"),
    "accept": _l("Finding"),
}

#: fields that most authors never need
EXPERT = {"id", "material", "fixed", "pattern", "numbers", "accept", "case", "accents", "distance", "weight", "shuffle",
          "scoring", "points", "retired", "difficulties", "types", "questions", "units", "factor", "parameters",
          "constraints", "source"}  # fmt: skip
#: lists of ids that are shown one to a row, because each is chosen from many
ROWS = {"facts"}
#: the common fields as authors of this course order them: those before a type's own, and those after
BEFORE = ("id", "type", "stem")
AFTER = ("explanation", "level", "difficulty", "tags", "facts", "section", "material", "points", "hints", "numbers",
         "parameters", "constraints", "shuffle", "use", "retired", "accept", "source")  # fmt: skip
QUIZ = ("id", "title", "kind", "pillar", "summary", "open_to", "draw", "time_limit", "attempts", "pass_mark", "score",
         "feedback", "graded", "certainty", "shuffle_questions")  # fmt: skip

#: what fields of a quiz are called that mean something else there
QUIZ_LABELS: Mapping[str, Any] = {
    "feedback": _l("When answers are shown"),
    "time_limit": _l("Time limit in minutes"),
    "pass_mark": _l("Pass mark in percent"),
    "attempts": _l("How many attempts"),
}
