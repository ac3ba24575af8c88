"""The quizzes of a course: rules that draw from what exists, and no more than there is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from webapp.content.course.course_file import MIXED, CourseFile
from webapp.content.course.quiz import DrawRule, Quiz, shortfall
from webapp.content.problems import did_you_mean, listed
from webapp.content.questions.question_files import QuestionFile
from webapp.questions import TYPES
from webapp.questions.contract import Question
from webapp.questions.flaws import ValuePath


@dataclass(frozen=True, slots=True)
class _Known:
    """What rules may name."""

    pillars: list[str]
    ids: set[str]
    tags: set[str]
    drafts: set[str]
    """Ids of questions that are drafts, and so are drawn by no quiz that is published."""
    whole: bool
    """Whether all questions could be read. If not, counts and tags say nothing."""


def make_quizzes(
    course: CourseFile,
    files: list[QuestionFile],
    drafts: Iterable[str] = (),
    waiting: Collection[str] = (),
    *,
    whole: bool = False,
) -> tuple[Quiz, ...]:
    """The quizzes of the course, but for those of pillars that are waiting. What their rules ask for in vain is
    reported in `course.problems`.

    `files` have the questions to draw from, and `drafts` are the ids of others, which can't be. `whole`: what can't be
    read of the files need not be there either, so counts and tags are looked at in any case."""
    by_pillar: dict[str, list[Question]] = {}
    ids: set[str] = set()
    tags: set[str] = set()
    for file in files:
        by_pillar.setdefault(file.pillar, []).extend(file.questions)
        ids.update(file.broken)
        for question in file.questions:
            ids.add(question.id)
            tags.update(question.tags)
    whole = whole or not any(file.problems for file in files)
    known = _Known([*course.pillar_ids, MIXED], ids, tags, set(drafts) - ids, whole)
    made = []
    for number, entry in course.quizzes:
        if entry.pillar in waiting:
            continue
        base = ("quizzes", number)
        before = len(course.problems)
        if entry.pillar is not None and entry.pillar not in course.pillar_ids:
            course.note(
                (*base, "pillar"),
                f"the pillar `{entry.pillar}` does not exist",
                f"expected one of {listed(course.pillar_ids)}",
                did_you_mean(entry.pillar, course.pillar_ids),
            )
        for place, rule in enumerate(entry.draw):
            _check_rule(course, (*base, "draw", place), rule, known)
        quiz = entry.quiz(course.defaults, course.head.id if course.head is not None else "")
        if known.whole and len(course.problems) == before:
            _check_draw(course, base, quiz, by_pillar)
        made.append(quiz)
    return tuple(made)


def _check_rule(course: CourseFile, base: ValuePath, rule: DrawRule, known: _Known) -> None:
    """Reports what a rule names that does not exist."""
    pillars = f"expected one of {listed(known.pillars)}"
    looked_for = (
        ("from", rule.from_, known.pillars, "the pillar `{}` does not exist", pillars),
        ("types", rule.types, TYPES, "the question type `{}` is not known", f"expected one of {listed(TYPES)}"),
        ("questions", rule.questions, known.ids, "the question `{}` does not exist", "expected the id of a question"),
        ("tags", rule.tags if known.whole else (), known.tags, "no question has the tag `{}`",
         "expected a tag that at least one question has"),
    )  # fmt: skip
    for key, names, existing, message, expected in looked_for:
        for number, name in enumerate(names):
            if key == "questions" and name in known.drafts:
                said = f"the question `{name}` is a draft"
                course.note((*base, key, number), said, "expected a published one", "publish it, or take it out here")
            elif name not in existing:
                course.note((*base, key, number), message.format(name), expected, did_you_mean(name, existing))


def _check_draw(course: CourseFile, base: ValuePath, quiz: Quiz, by_pillar: Mapping[str, list[Question]]) -> None:
    """Reports rules that want more questions than there are, by themselves or together."""
    wide = any(not rule.from_ for rule in quiz.draw)
    names = by_pillar.keys() if wide else {name for rule in quiz.draw for name in rule.from_}
    everything = [question for name in names for question in by_pillar.get(name, ())]
    candidates = [question for question in everything if quiz.is_exam or question.use != "exam"]
    missing = shortfall(quiz.draw, candidates)
    for place, (rule, short) in enumerate(zip(quiz.draw, missing, strict=True)):
        if not short:
            continue
        pool = sum(1 for question in candidates if rule.matches(question))
        if pool < rule.count:
            course.note(
                (*base, "draw", place, "count"),
                f"the rule draws {rule.count}, and {_fit(pool)}",
                f"expected a count of at most {pool}" if pool else "expected a rule that some question fits",
                "lower the count, widen the rule, or write more questions",
            )
        else:
            course.note(
                (*base, "draw", place, "count"),
                f"together with the rules above, this one is short of {short}",
                f"expected more questions: {_fit(pool)} it, and the other rules of the quiz need some of them",
                "lower a count, widen the rule, or write more questions",
            )


def _fit(pool: int) -> str:
    return {0: "no question fits", 1: "only 1 question fits"}.get(pool, f"only {pool} questions fit")
