"""Which questions a paper holds, and in what order: a pure function of quiz, course, seed and what was seen before.

Chance comes from SHA-256 of the seed and the question's id, not from `random`, whose shuffling may change between
versions of Python: the same seed must give the same paper years later. It also means that a question added to the
bank changes nothing about how the others stand to each other.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from webapp.content.course.course import Course
from webapp.content.course.quiz import DrawRule, Quiz
from webapp.questions.contract import Question

#: seeds have to fit a signed 64-bit column and to survive JSON readers that know only doubles
SEED_BITS = 53


@dataclass(frozen=True)
class DrawnQuestion:
    """A question on a paper, and the seed its options are ordered by."""

    question: Question
    order_seed: int


def new_seed() -> int:
    """A seed nobody can guess, 0 to 2**53 - 1."""
    return secrets.randbits(SEED_BITS)


def derive(seed: int, *purpose: str | int) -> int:
    """A number, 0 to 2**53 - 1, that follows from the seed and what it is for."""
    text = "\x1f".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> (64 - SEED_BITS)


def draw(
    quiz: Quiz, course: Course, seed: int, seen: Mapping[str, int], kept: Collection[str] = ()
) -> list[DrawnQuestion]:
    """The paper of `quiz` for `seed`: every rule served as far as the bank allows, no question twice.

    `seen` says how often each question was put before this person already: unseen ones come first, then those seen
    least. Retired questions are never drawn, and `kept` ones, which wait for an exam, by no quiz that isn't one. Rules
    that want more than there is give a shorter paper; when rules compete for the same questions, as many places as
    possible are filled (an augmenting path, Kuhn 1955). Questions about one material are drawn singly, as the rules
    say, and stand next to each other.
    """
    rule_of = [number for number, rule in enumerate(quiz.draw) for _ in range(rule.count)]
    kept = () if quiz.is_exam else kept
    ranked = [_ranked(rule, number, course, seed, seen, kept) for number, rule in enumerate(quiz.draw)]
    placed = _fill(rule_of, ranked)
    chosen = [(rule_of[place], question) for place, question in placed.items()]
    chosen.sort(key=_shuffled(seed) if quiz.policy.shuffle_questions else _as_written(quiz.draw, course))
    paper = _together([question for _number, question in chosen], course if quiz.policy.shuffle_questions else None)
    return [DrawnQuestion(question, order_seed(seed, question.id)) for question in paper]


def again(questions: Sequence[Question], seed: int) -> list[DrawnQuestion]:
    """A paper of just these questions, in a new order."""
    shuffled = sorted(questions, key=lambda question: derive(seed, "place", question.id))
    return [DrawnQuestion(question, order_seed(seed, question.id)) for question in _together(shuffled)]


def order_seed(seed: int, question_id: str) -> int:
    """The seed that the options of one question on a paper are ordered by."""
    return derive(seed, "order", question_id)


def _ranked(
    rule: DrawRule, number: int, course: Course, seed: int, seen: Mapping[str, int], kept: Collection[str]
) -> list[Question]:
    """The questions a rule may draw, the one to draw first at the front."""
    candidates = _candidates(rule, course)
    pool = [question for question in candidates if rule.matches(question) and question.id not in kept]
    return sorted(pool, key=lambda question: (seen.get(question.id, 0), derive(seed, "draw", number, question.id)))


def _candidates(rule: DrawRule, course: Course) -> list[Question]:
    if rule.questions:
        return [question for id in rule.questions if (question := course.question(id)) is not None]
    return list(course.questions)


def _fill(rule_of: list[int], ranked: list[list[Question]]) -> dict[int, Question]:
    """place → question, with the places filled in order; a question moves only where that fills one more place."""
    holder: dict[str, int] = {}
    placed: dict[int, Question] = {}

    def put(place: int, tried: set[str]) -> bool:
        for question in ranked[rule_of[place]]:
            if question.id not in holder and question.id not in tried:
                holder[question.id] = place
                placed[place] = question
                return True
        for question in ranked[rule_of[place]]:
            if question.id in tried:
                continue
            tried.add(question.id)
            other = holder[question.id]
            if rule_of[other] != rule_of[place] and put(other, tried):
                holder[question.id] = place
                placed[place] = question
                return True
        return False

    for place in range(len(rule_of)):
        put(place, set())
    return dict(sorted(placed.items()))


def _together(questions: Sequence[Question], course: Course | None = None) -> list[Question]:
    """The questions in their order, but those about one material next to each other, where the first of them stood; in
    such a block as the course has them where it is given, because later questions of a text build on earlier ones."""
    blocks: dict[tuple[str, str], list[Question]] = {}
    for question in questions:
        name = ("material", question.material) if question.material else ("question", question.id)
        blocks.setdefault(name, []).append(question)
    if len(blocks) == len(questions):
        return list(questions)
    if course is not None:
        place = {question.id: number for number, question in enumerate(course.questions)}
        for block in blocks.values():
            block.sort(key=lambda question: place.get(question.id, 0))
    return [question for block in blocks.values() for question in block]


def _shuffled(seed: int) -> Callable[[tuple[int, Question]], tuple[int, int, int]]:
    return lambda chosen: (derive(seed, "place", chosen[1].id), 0, 0)


def _as_written(rules: Sequence[DrawRule], course: Course) -> Callable[[tuple[int, Question]], tuple[int, int, int]]:
    """DrawRule after rule; inside a rule as it lists its questions, else as the bank does."""
    place = {question.id: number for number, question in enumerate(course.questions)}

    def key(chosen: tuple[int, Question]) -> tuple[int, int, int]:
        number, question = chosen
        listed = rules[number].questions
        return (number, listed.index(question.id) if listed else 0, place.get(question.id, 0))

    return key
