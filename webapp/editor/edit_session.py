"""One question or quiz on the desk: the item as it is being written, its form, its YAML, its preview and what is wrong
with it. Made anew from what a page sent, so nothing is kept between two requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, cast

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from webapp import questions
from webapp.content.course.course import Course
from webapp.content.folder_store import CourseStore
from webapp.content.problems import Problems
from webapp.editor import drafts, starters
from webapp.editor.drafts import Place, Reconciled, Verdict
from webapp.editor.forms.form_schema import Shape
from webapp.editor.forms.item_forms import PREFIX, Group, after_action
from webapp.editor.yaml_roundtrip import items
from webapp.questions.contract import Grade, Order, Question, Response

ANSWER = "answer-"
"""Fields of the preview start with this, as they do in a quiz."""
_SEEDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Preview:
    """The question as a student meets it, with the answer that was typed into it."""

    question: Question
    seed: int
    order: Order
    form: Any
    response: Response | None = None
    grade: Grade | None = None
    blank: bool = False
    """Checking was asked for, and nothing was answered."""


@dataclass
class Desk:
    """What the page shows. `base` is the YAML on which form and YAML agree; `opened` and `opened_digest` are the item
    and its file as they were when the page was first opened."""

    place: Place
    shape: Shape
    text: str
    form: Group
    verdict: Verdict
    opened: str
    opened_digest: str
    pillar: str = ""
    base: str = ""
    reconciled: Reconciled = field(default_factory=lambda: Reconciled(""))
    preview: Preview | None = None
    focus: str = ""
    is_gone: bool = False
    """The item was in the file when it was opened, and is not any more."""
    is_blank: bool = False
    """Nothing has been written yet, so nothing is judged."""

    @property
    def is_new(self) -> bool:
        return self.place.item is None and not self.is_gone

    @property
    def is_changed(self) -> bool:
        return self.text != items.tidy(self.opened)

    @property
    def item_id(self) -> str:
        try:
            name = items.mapping_text(self.text).get("id")
        except Problems:
            return ""
        return name if isinstance(name, str) else ""

    @property
    def seal(self) -> str:
        """Stands for exactly this text: a confirmation counts for what was on the page and nothing else."""
        return sha256(self.text.encode()).hexdigest()[:32]

    @property
    def now_text(self) -> str | None:
        """The item as it is in the file now; None when it is not there."""
        return self.place.item.text if self.place.item else None


def opened(
    store: CourseStore, course: Course, place: Place, *, text: str = "", pillar: str = "", examples: Any = None
) -> Desk:
    """The desk as it is first shown: an item of a file, or `text` for one that is new."""
    text = place.item.text if place.item else text
    values = _values(text)
    shape = drafts.shape_of(place.kind, values)
    if shape is None:
        raise KeyError(place.path)
    desk = Desk(
        place=place,
        shape=shape,
        text=text,
        form=Group(shape, values=values, examples=examples),
        verdict=Verdict(),
        opened=place.item.text if place.item else "",
        opened_digest=place.digest,
        pillar=pillar,
        base=text,
    )
    desk.is_blank = place.item is None and text == starters.skeleton(place.kind, values.get("type", ""))
    if not desk.is_blank:
        _judge(store, course, desk)
    _show(desk, MultiDict(), "")
    return desk


def taken(
    store: CourseStore,
    course: Course,
    place: Place,
    sent: MultiDict[str, str],
    *,
    pillar: str = "",
    is_gone: bool = False,
    examples: Any = None,
) -> Desk:
    """The desk after a page was sent: form and YAML made one, a button of a list pressed, all of it judged.

    Raises BadRequest for what no page of ours has sent."""
    if not {"base", "yaml", "digest"} <= set(sent):
        raise BadRequest
    action = sent.get("action", "")
    base, typed = sent.get("base", ""), sent.get("yaml", "")
    shape = drafts.shape_of(place.kind, {"type": sent.get("form_type", "")}) or _shape(place, base)
    form = Group(shape, formdata=sent, examples=examples)
    pressed = after_action(form, action)
    given = pressed[0].values() if pressed else form.values()
    prefer = {"to-yaml": "form", "to-form": "yaml"}.get(action)
    agreed = drafts.reconcile(base, typed, given, shape, prefer=cast(Literal["form", "yaml"] | None, prefer))
    focus = ""
    if pressed:
        form, focus = pressed
    elif agreed.from_yaml and not agreed.both and not agreed.broken:
        values = _values(agreed.text)
        shape = drafts.shape_of(place.kind, values, shape) or shape
        form = Group(shape, values=values, examples=examples)
    desk = Desk(
        place=place,
        shape=shape,
        text=agreed.text,
        form=form,
        verdict=Verdict(),
        opened=items.tidy(sent.get("opened", "")),
        opened_digest=sent.get("digest", ""),
        pillar=pillar,
        base=items.tidy(base) if agreed.both or agreed.broken else agreed.text,
        reconciled=agreed,
        focus=focus,
        is_gone=is_gone,
    )
    _judge(store, course, desk)
    _show(desk, sent, action)
    return desk


def _judge(store: CourseStore, course: Course, desk: Desk) -> None:
    text = completed(desk, course)
    desk.verdict = drafts.judge(store, desk.place, text, desk.pillar)
    ahead = text.count("\n") - desk.text.count("\n")
    for remark in desk.verdict.remarks:
        if ahead and remark.elsewhere is None:
            # The id that is put in on saving stands before the lines that are shown.
            remark.line = max(remark.line - ahead, 1)
        if remark.is_error and remark.path:
            desk.form.complain(remark.path, _words(remark.problem.message))


def completed(desk: Desk, course: Course) -> str:
    """The text to save: what is written, with an id made from its words when it is new and has none."""
    if not desk.is_new or desk.item_id:
        return desk.text
    values = _values(desk.text)
    words = values.get("stem") or values.get("title") or ""
    if desk.place.kind == "quiz":
        taken: list[str] = [quiz.id for quiz in course.quizzes]
    else:
        taken = [question.id for question in course.questions]
    if not isinstance(words, str) or "id" in values:
        return desk.text
    name = starters.suggested_id(words, desk.pillar if desk.place.kind == "question" else "", taken)
    return starters.with_id(desk.text, name) if name else desk.text


def _show(desk: Desk, sent: MultiDict[str, str], action: str) -> None:
    question = desk.verdict.question
    if question is None and desk.place.kind == "question":
        # Not judged yet, or wrong in a way that does not keep it from being read.
        question = drafts.readable(_values(desk.text), desk.pillar)
    if question is not None:
        desk.preview = preview(question, sent, action)


def preview(question: Question, sent: MultiDict[str, str], action: str) -> Preview:
    """The question as on a paper, with the answer that was sent; graded when that was asked for."""
    seed = _seed(sent.get("seed", "")) + (action == "reshuffle")
    kind = questions.type_of(question)
    order = kind.order(question, seed)
    answered = any(name.startswith(ANSWER) for name in sent) and action != "reshuffle"
    form = kind.form(question, order, formdata=sent if answered else None, prefix=ANSWER)
    if not answered or form.moved or action != "grade":
        return Preview(question, seed, order, form)
    response = form.response()
    if response is None or form.malformed:
        return Preview(question, seed, order, form, response, blank=response is None)
    return Preview(question, seed, order, form, response, kind.grade(question, response))


def _seed(text: str) -> int:
    return int(text) % _SEEDS if text.isascii() and text.isdigit() and len(text) < 12 else 1


def _shape(place: Place, base: str) -> Shape:
    shape = drafts.shape_of(place.kind, _values(base))
    if shape is None and place.item is not None:
        shape = drafts.shape_of(place.kind, place.item.values)
    if shape is None:
        raise BadRequest
    return shape


def _values(text: str) -> Mapping[str, Any]:
    try:
        return items.mapping_text(text) if text.strip() else {}
    except Problems:
        return {}


def _words(message: str) -> str:
    return message[:1].upper() + message[1:] + "."


__all__ = ["ANSWER", "PREFIX", "Desk", "Preview", "completed", "opened", "preview", "taken"]
