"""People at work on the tiny course, as in the tests of quizzes."""

from __future__ import annotations

from tests.lessons.conftest import hand_in, reader
from tests.quizzes.conftest import Desk, course, desk, learner, paper, set_up_class

__all__ = ["Desk", "course", "desk", "hand_in", "learner", "paper", "reader", "set_up_class"]
