"""The words that attempts, steps, assignments and regrades are stored with, each stated here and nowhere else.

The members are strings (certainties are numbers) equal to what the database holds, so that forms, JSON and
templates can use either. Pure.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class AttemptState(StrEnum):
    """How far an attempt is."""

    OPEN = "open"
    #: handed in, and graded
    SUBMITTED = "submitted"
    #: reset by an instructor: counts for nothing, but is kept
    VOID = "void"


class AttemptKind(StrEnum):
    """What an attempt is for. The first three are the kinds of quizzes; the others count for nothing."""

    PRETEST = "pretest"
    QUIZ = "quiz"
    FINAL = "final"
    #: a paper of one's own mistakes
    PRACTICE = "practice"
    #: questions that came back when they were due, one round a day; see `review.rounds`
    REVIEW = "review"


class SubmittedBy(StrEnum):
    """Who handed an attempt in."""

    LEARNER = "learner"
    #: the server, when the time was up
    DEADLINE = "deadline"
    INSTRUCTOR = "instructor"


class SetAside(StrEnum):
    """Why an attempt counts for nothing, though it was handed in. It is kept, with its answers."""

    #: made as a guest, with as many attempts as the quiz allows made already
    BEYOND_LIMIT = "beyond-limit"
    #: made as a guest at a quiz that a class of the person was set, and so not by the rules of the class
    NOT_ASSIGNED = "not-assigned"


class StepAction(StrEnum):
    """What happened to a slot."""

    ANSWER = "answer"
    GRADE = "grade"
    REGRADE = "regrade"
    #: an instructor overruled the grade of one answer, or took that back
    OVERRIDE = "override"


class NoteKind(StrEnum):
    """What the quiet log of an attempt says; see `AttemptNote`."""

    #: another window had the focus
    FOCUS = "focus"
    #: the page was left, or hidden behind another one
    LEFT = "left"
    #: another browser went on with the attempt
    TAKEN_OVER = "taken-over"


class SessionRule(StrEnum):
    """Whether an attempt may go on in another browser than the one that began it."""

    ANY = "any"
    #: the instructor lets it
    CONSENT = "consent"
    #: it may by itself, with a note in the log
    NOTED = "noted"


class FeedbackTime(StrEnum):
    """When score and feedback come, where it is no fixed date."""

    #: with each question, before handing in
    AT_ONCE = "at-once"
    AFTER_SUBMISSION = "after-submission"


class LatePolicy(StrEnum):
    """What becomes of work that is handed in after it was due."""

    ACCEPT = "accept"
    #: points are taken off for each day begun
    PENALTY = "penalty"
    REFUSE = "refuse"


class RegradePolicy(StrEnum):
    """How graded answers are graded again; see `regrade.run`."""

    RECOMPUTE = "recompute"
    NEVER_LOWER = "never-lower"
    FULL_MARKS = "full-marks"
    #: gives back what an earlier regrade changed; follows from taking it back, and can't be chosen
    UNDO = "undo"


class RegradeState(StrEnum):
    """How far a regrade is."""

    RUNNING = "running"
    DONE = "done"


class ChangeKind(StrEnum):
    """What changed a recorded result."""

    #: the key of a question: a regrade
    KEY = "key"
    #: the rules of a quiz: which attempt counts, and the pass mark
    POLICY = "policy"
    #: the rules stay as they were for what is recorded, though the file says otherwise
    POLICY_LEFT = "policy-left"
    #: dates and rules of an assignment
    DATES = "dates"
    ACCOMMODATION = "accommodation"
    #: one answer
    OVERRIDE = "override"
    RESET = "reset"
    #: people graded what no machine can, and with that there is a result
    MARKED = "marked"
    #: time that an incident took is given back, so that who was handed in by the clock goes on
    INCIDENT = "incident"
    #: a guest became an account, and brought attempts along
    MERGE = "merge"
    #: a quiz or question was taken out of use
    REMOVAL = "removal"


class Certainty(IntEnum):
    """How sure somebody says they are. Never scored."""

    GUESS = 1
    UNSURE = 2
    SURE = 3

    @classmethod
    def read(cls, number: int | None) -> Certainty | None:
        """The certainty with this number; None for any other, which says nothing."""
        return next((level for level in cls if level == number), None)
