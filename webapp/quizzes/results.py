"""What a result page says: question by question what was answered, what is right, why, and where the lesson says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import pairwise

from sqlalchemy import Select, bindparam, or_, select

from webapp import questions
from webapp.content.course.course import Course, Pillar
from webapp.content.ledger import Fact
from webapp.content.lessons.lesson import Lesson
from webapp.database import db
from webapp.questions.contract import Grade, Order, Question, Response, Rubric
from webapp.questions.responses import HandedFile, handed_file
from webapp.quizzes import attempt_state
from webapp.quizzes.grade_changes import overrides
from webapp.quizzes.grade_changes.models import RecordedChange
from webapp.quizzes.marking.marks import Marking, markings
from webapp.quizzes.models import Attempt, QuestionRevision, Regrade, Slot, Step
from webapp.quizzes.revisions import question_of
from webapp.quizzes.scores import rounded
from webapp.quizzes.vocabulary import Certainty, RegradePolicy, StepAction


@dataclass(frozen=True)
class LessonPlace:
    """A place in a lesson; the title is that of the section, or of the whole lesson."""

    lesson_id: str
    anchor: str | None
    title: str


@dataclass(frozen=True)
class CitedFact:
    """A fact behind a question, and where a lesson says it: (lesson id, anchor), or None."""

    fact: Fact
    taught: tuple[str, str] | None


@dataclass(frozen=True)
class GradeChange:
    """A regrade or an instructor's word that changed what an answer earned."""

    before: float
    after: float
    #: by which way of regrading; None where an instructor overruled the grade, or took that back
    policy: RegradePolicy | None
    reason: str
    at: datetime


@dataclass(frozen=True)
class Review:
    """One question of a graded attempt, with what its learner is shown of it."""

    slot: Slot
    #: as graded: what was shown, or after a regrade the mended one
    question: Question
    #: as shown, where a regrade went by another text; else None
    shown: Question | None
    order: Order
    response: Response | None
    #: parts and feedback; the fraction is the slot's, which a regrade may have set otherwise
    grade: Grade
    #: what was answered, in words; empty for nothing
    answer_text: str
    #: points earned, 2 decimals
    points: float
    cited: tuple[CitedFact, ...]
    #: where a lesson deals with it
    section: LessonPlace | None
    changes: tuple[GradeChange, ...]
    #: by what people grade it, as shown; None where they don't
    rubric: Rubric | None = None
    #: what they gave, once it is graded
    marking: Marking | None = None
    #: whether they will: else its learner compares it with the rubric, and it counts nowhere
    waits: bool = False

    @property
    def file(self) -> HandedFile | None:
        """The file that was handed in, as shown was."""
        asked = self.shown or self.question
        return handed_file(self.slot.response) if questions.type_of(asked).takes_file(asked) else None

    @property
    def missed(self) -> bool:
        """Whether it is graded, and not wholly right."""
        return not self.grade.pending and self.grade.fraction < 1

    @property
    def sure_but_wrong(self) -> bool:
        return self.slot.certainty == Certainty.SURE and self.missed and self.response is not None


def review(
    slot: Slot,
    course: Course,
    *,
    changes: Sequence[GradeChange] = (),
    mended: QuestionRevision | None = None,
    marking: Marking | None = None,
) -> Review:
    """What is shown of a slot; `mended` is the revision its last grade went by, where another was shown, and `marking`
    what people gave to it."""
    shown = question_of(slot.revision, slot.order_seed)
    question, response = shown, slot.response
    if mended is not None and mended.digest != slot.digest:
        question = question_of(mended, slot.order_seed, shown)
        if question.type == shown.type and response is not None:
            response = questions.type_of(question).carry(shown, question, response) or None
    kind = questions.type_of(question)
    fraction = slot.fraction or 0.0
    grade = questions.grade(question, response)
    return Review(
        slot=slot,
        question=question,
        shown=shown if question is not shown else None,
        order=kind.order(question, slot.order_seed),
        response=response,
        grade=replace(grade, fraction=fraction, pending=grade.pending and slot.fraction is None),
        answer_text=questions.type_of(shown).describe(shown, slot.response),
        points=rounded(slot.points * fraction),
        cited=_cited(question, course),
        section=section_of(question, course),
        changes=tuple(changes),
        rubric=questions.type_of(shown).rubric(shown),
        marking=marking if marking is not None and marking.state == "done" else None,
        waits=attempt_state.awaits_grade(slot),
    )


def reviews(attempt: Attempt, slots: Sequence[Slot], course: Course) -> list[Review]:
    """All slots of a handed-in attempt, what there is to learn from first.

    Sure but wrong, then wrong, then partly right, then not answered, then right, then what people have yet to grade;
    each in the order of the paper.
    """
    steps = _grades(attempt)
    regrades = _regrades(steps)
    overruled = overrides.reasons([id for id, grades in steps.items() if _is_overruled(grades)])
    mended = _mended(steps)
    marked = markings(slots)
    reviewed = [
        review(
            slot,
            course,
            changes=_changes(steps.get(slot.id, ()), regrades, overruled),
            mended=mended.get(slot.id),
            marking=marked.get(slot.id),
        )
        for slot in slots
    ]
    return sorted(reviewed, key=_lesson_first)


@dataclass(frozen=True)
class PillarScore:
    """What a paper earned in the questions of one pillar, in points; `pillar` is None for those that tie several."""

    pillar: Pillar | None
    points: float
    max_points: float
    questions: int

    @property
    def percent(self) -> float:
        return 100 * self.points / self.max_points if self.max_points else 0.0


def by_pillar(reviewed: Sequence[Review], course: Course) -> list[PillarScore]:
    """The score of a paper that mixes pillars, pillar by pillar, in the order of the course; of any other, nothing."""
    parts: dict[str | None, list[Review]] = {}
    for each in reviewed:
        if each.grade.pending:
            continue
        pillar = course.pillar(each.question.pillar)
        parts.setdefault(pillar.id if pillar is not None else None, []).append(each)
    if len(parts) < 2:
        return []
    order: list[Pillar | None] = [*course.pillars, None]
    return [
        PillarScore(
            pillar,
            rounded(sum(each.points for each in part)),
            rounded(sum(each.slot.points for each in part)),
            len(part),
        )
        for pillar in order
        if (part := parts.get(pillar.id if pillar is not None else None))
    ]


@dataclass(frozen=True)
class HelpfulPassage:
    """The passage of a lesson that would have helped most with a paper: how many of the missed questions rest on it."""

    place: LessonPlace
    #: what it says, where it is one fact that was missed
    fact: Fact | None
    missed: int


def most_helpful(reviewed: Sequence[Review], course: Course) -> HelpfulPassage | None:
    """Where a lesson deals with most of what was missed; of equals, with what there is most to learn from."""
    missed = [each for each in reviewed if each.missed]
    facts = Counter(cited.fact.id for each in missed for cited in each.cited if cited.taught is not None)
    if facts:
        most = max(facts.values())
        fact_id = next(cited.fact.id for each in missed for cited in each.cited if facts[cited.fact.id] == most)
        lesson_id, anchor = course.where_taught(fact_id) or ("", None)
        lesson = course.lesson(lesson_id)
        title = _heading_over(fact_id, lesson) if lesson is not None else ""
        return HelpfulPassage(LessonPlace(lesson_id, anchor, title), course.facts[fact_id], most)
    sections = Counter(each.section for each in missed if each.section is not None)
    if not sections:
        return None
    most = max(sections.values())
    return next(
        HelpfulPassage(each.section, None, most) for each in missed if each.section and sections[each.section] == most
    )


def _heading_over(fact_id: str, lesson: Lesson) -> str:
    """The title of the section that cites a fact first; that of the lesson, where none does."""
    for section in lesson.sections:
        if any(fact_id in getattr(block, "facts", ()) for block in section.blocks):
            return section.title
    return lesson.title


def section_of(question: Question, course: Course) -> LessonPlace | None:
    """Where a lesson deals with a question; None where it doesn't (any more)."""
    place = course.place(question)
    lesson = course.lesson(place[0]) if place else None
    if place is None or lesson is None:
        return None
    section = lesson.section(place[1]) if place[1] else None
    return LessonPlace(lesson.id, section.id if section else None, section.title if section else lesson.title)


def _lesson_first(reviewed: Review) -> tuple[int, int]:
    if reviewed.sure_but_wrong:
        rank = 0
    elif reviewed.response is None:
        rank = 3
    else:
        rank = {"wrong": 1, "partly": 2, "right": 4, "pending": 5}[reviewed.grade.verdict]
    return (rank, reviewed.slot.position)


def _cited(question: Question, course: Course) -> tuple[CitedFact, ...]:
    return tuple(
        CitedFact(course.facts[fact_id], course.where_taught(fact_id))
        for fact_id in question.facts
        if fact_id in course.facts
    )


def _grades(attempt: Attempt) -> dict[int, list[Step]]:
    """slot id → its grades in order, for slots graded more than once; one query, mostly with no rows."""
    grades: dict[int, list[Step]] = {}
    for step in db.session.scalars(_regraded(), {"attempt_id": attempt.id}):
        grades.setdefault(step.slot_id, []).append(step)
    return grades


@cache
def _regraded() -> Select[tuple[Step]]:
    """The grades of slots of an attempt that have more than one."""
    regraded = (
        select(Step.slot_id)
        .join(Slot, Slot.id == Step.slot_id)
        .where(
            Slot.attempt_id == bindparam("attempt_id"),
            or_(Step.regrade_id.is_not(None), Step.action == StepAction.OVERRIDE),
        )
    )
    return (
        select(Step).where(Step.slot_id.in_(regraded), Step.fraction.is_not(None)).order_by(Step.slot_id, Step.sequence)
    )


def _mended(steps: dict[int, list[Step]]) -> dict[int, QuestionRevision]:
    """slot id → the revision its last grade went by, where that is another than the one shown."""
    digests = {slot_id: grades[-1].digest for slot_id, grades in steps.items() if grades[-1].digest}
    if not digests:
        return {}
    revisions = db.session.scalars(select(QuestionRevision).where(QuestionRevision.digest.in_(set(digests.values()))))
    by_digest = {revision.digest: revision for revision in revisions}
    return {slot_id: by_digest[digest] for slot_id, digest in digests.items() if digest in by_digest}


def _regrades(steps: Mapping[int, Sequence[Step]]) -> dict[int, Regrade]:
    ids = {step.regrade_id for grades in steps.values() for step in grades if step.regrade_id is not None}
    if not ids:
        return {}
    return {regrade.id: regrade for regrade in db.session.scalars(select(Regrade).where(Regrade.id.in_(ids)))}


def _is_overruled(grades: Sequence[Step]) -> bool:
    return any(step.action == StepAction.OVERRIDE for step in grades)


def _changes(
    grades: Sequence[Step],
    regrades: Mapping[int, Regrade],
    overruled: Mapping[tuple[int, int], RecordedChange],
) -> list[GradeChange]:
    """What regrades and instructors did to a slot. A regrade that left the fraction as it was is not shown."""
    changes = []
    for before, after in pairwise(grades):
        if after.action == StepAction.OVERRIDE:
            decided = overruled.get((after.slot_id, after.sequence))
            reason = decided.reason if decided is not None else ""
            changes.append(GradeChange(before.fraction or 0.0, after.fraction or 0.0, None, reason, after.at))
            continue
        regrade = regrades.get(after.regrade_id) if after.regrade_id is not None else None
        if regrade is not None and before.fraction != after.fraction:
            changes.append(
                GradeChange(before.fraction or 0.0, after.fraction or 0.0, regrade.policy, regrade.reason, after.at)
            )
    return changes
