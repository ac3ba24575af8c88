"""One question or quiz while it is edited in the browser: its text, its form, its YAML, its preview and what is wrong
with it. Made from what a page sent, so the server keeps nothing between two requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from webapp import questions
from webapp.content.course.course import Course
from webapp.content.course.quiz import DrawRule
from webapp.content.draft_flag import is_draft
from webapp.content.folder_store import CourseStore
from webapp.content.problems import Problems
from webapp.editor import drafts, saving, starters
from webapp.editor.drafts import ItemPlace, Reconciled, Trial
from webapp.editor.forms import chosen
from webapp.editor.forms.buttons import after_action
from webapp.editor.forms.item_forms import Group, Rows
from webapp.editor.forms.shapes import Shape
from webapp.editor.yaml_roundtrip import items
from webapp.questions.contract import Grade, Order, Question, Response
from webapp.questions.variants import BadTemplate, filled

#: variants that stand below the preview of a question with parameters
_OTHERS = 4
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

    @property
    def values(self) -> str:
        """What was drawn for a question with parameters, in words; empty for any other."""
        return _values_drawn(self.question, self.seed)

    @property
    def others(self) -> list[Variant]:
        """The next variants of a question with parameters, to be compared at a glance; empty for any other."""
        if self.question.template is None:
            return []
        return [_variant(self.question, (self.seed + more) % _SEEDS) for more in range(1, _OTHERS + 1)]


@dataclass(frozen=True)
class Variant:
    """A variant in one line: what was drawn, and the answer that is right then."""

    seed: int
    values: str
    answer: str


def _variant(question: Question, seed: int) -> Variant:
    made = questions.variant(question, seed)
    kind = questions.type_of(made)
    return Variant(seed, _values_drawn(question, seed), kind.describe(made, kind.key(made)))


def _values_drawn(question: Question, seed: int) -> str:
    if question.template is None:
        return ""
    try:
        return filled(question.template, seed).said
    except BadTemplate as error:
        return error.said


@dataclass
class EditSession:
    """What the page shows. `base` is the YAML on which form and YAML agree; `opened` and `opened_digest` are the item
    and its file as they were when the page was first opened."""

    place: ItemPlace
    shape: Shape
    text: str
    form: Group
    trial: Trial
    opened: str
    opened_digest: str
    pillar: str = ""
    base: str = ""
    reconciled: Reconciled = field(default_factory=lambda: Reconciled(""))
    preview: Preview | None = None
    focus: str = ""
    is_renewed: bool = False
    """Something was filled into the form that nobody typed."""
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
    def is_draft(self) -> bool:
        """Whether what is written says that it is a draft."""
        return is_draft(_values(self.text))

    @property
    def waits(self) -> bool:
        """Whether learners don't meet it yet: it is new, or a draft in its file."""
        return self.is_new or (self.place.item is not None and is_draft(self.place.item.values))

    @property
    def seal(self) -> str:
        """Stands for exactly this text: a confirmation counts for what was on the page and nothing else."""
        return saving.seal(self.text)

    @property
    def type_name(self) -> str:
        """The type of the question; "" for a quiz."""
        stated = self.shape.field("type")
        return stated.choices[0] if stated is not None and self.place.kind == "question" else ""

    @property
    def form_changed(self) -> bool:
        """Whether a page must show the form anew: a button of a list was pressed, or the YAML was changed."""
        agreed = self.reconciled
        return bool(self.focus) or self.is_renewed or (agreed.from_yaml and not agreed.both and not agreed.broken)

    def named(self, field: str) -> list[tuple[str, str]]:
        """(id, words) of what a field such as `category` or `label` names, from which a menu is made."""
        name, words = chosen.NAMED[field]
        rows = self.form.parts.get(name)
        stated = [row.raw() for row in rows.rows] if isinstance(rows, Rows) else []
        return [(row.get("id") or "", row.get(words) or row.get("id") or "") for row in stated]

    @property
    def now_text(self) -> str | None:
        """The item as it is in the file now; None when it is not there."""
        return self.place.item.text if self.place.item else None


def opened(
    store: CourseStore,
    course: Course,
    place: ItemPlace,
    *,
    text: str = "",
    pillar: str = "",
    examples: Any = None,
    seed: str = "",
) -> EditSession:
    """The session as it begins: an item of a file, or `text` for one that is new; shown as on the paper with this
    seed."""
    text = place.item.text if place.item else text
    values = _values(text)
    shape = drafts.shape_of(place.kind, values)
    if shape is None:
        raise KeyError(place.path)
    session = EditSession(
        place=place,
        shape=shape,
        text=text,
        form=Group(shape, values=values, examples=examples),
        trial=Trial(),
        opened=place.item.text if place.item else "",
        opened_digest=place.digest,
        pillar=pillar,
        base=text,
    )
    session.is_blank = place.item is None and text == starters.skeleton(place.kind, values.get("type", ""))
    if not session.is_blank:
        _try(store, course, session)
    _show(session, MultiDict({"seed": seed}), "")
    return session


def resumed(
    store: CourseStore,
    course: Course,
    place: ItemPlace,
    sent: MultiDict[str, str],
    *,
    pillar: str = "",
    is_gone: bool = False,
    examples: Any = None,
) -> EditSession:
    """The session after a page was sent: form and YAML made one, a button of a list pressed, all of it judged.

    Raises BadRequest for what no page of ours has sent."""
    if not {"base", "yaml", "digest"} <= set(sent):
        raise BadRequest
    action = sent.get("action", "")
    base, typed = sent.get("base", ""), sent.get("yaml", "")
    shape = drafts.shape_of(place.kind, {"type": sent.get("form_type", "")}) or _shape(place, base)
    form = Group(shape, formdata=sent, examples=examples)
    pressed = after_action(form, action)
    renewed = False
    raw = (pressed[0] if pressed else form).raw()
    gaps = place.kind == "question" and chosen.with_gaps(raw)
    if chosen.with_ids(raw) or gaps:
        form, renewed = Group(shape, values=raw, examples=examples), True
        pressed = (form, pressed[1]) if pressed else None
    given = pressed[0].values() if pressed else form.values()
    prefer = {"to-yaml": "form", "to-form": "yaml"}.get(action)
    agreed = drafts.reconcile(base, typed, given, shape, prefer=cast(Literal["form", "yaml"] | None, prefer))
    if action in ("draft", "publish") and not agreed.both and not agreed.broken:
        agreed.text = starters.flagged(agreed.text, action == "draft")
    focus = f"{action.partition(':')[2]}-find" if action.startswith("find:") else ""
    if pressed:
        form, focus = pressed
    elif agreed.from_yaml and not agreed.both and not agreed.broken:
        values = _values(agreed.text)
        shape = drafts.shape_of(place.kind, values, shape) or shape
        form = Group(shape, values=values, examples=examples)
    session = EditSession(
        place=place,
        shape=shape,
        text=agreed.text,
        form=form,
        trial=Trial(),
        opened=items.tidy(sent.get("opened", "")),
        opened_digest=sent.get("digest", ""),
        pillar=pillar,
        base=items.tidy(base) if agreed.both or agreed.broken else agreed.text,
        reconciled=agreed,
        focus=focus,
        is_renewed=renewed,
        is_gone=is_gone,
    )
    _try(store, course, session)
    _show(session, sent, action)
    return session


def _try(store: CourseStore, course: Course, session: EditSession) -> None:
    text = completed(session, course)
    session.trial = drafts.tried(store, session.place, text, session.pillar)
    ahead = text.count("\n") - session.text.count("\n")
    for remark in session.trial.remarks:
        if ahead and remark.elsewhere is None:
            # The id that is put in on saving stands before the lines that are shown.
            remark.line = max(remark.line - ahead, 1)
        if remark.is_error and remark.path:
            session.form.complain(remark.path, _words(remark.problem.message))


def completed(session: EditSession, course: Course) -> str:
    """The text to save: what is written, with an id made from its words when it is new and has none."""
    if not session.is_new or session.item_id:
        return session.text
    values = _values(session.text)
    words = values.get("stem") or values.get("title") or ""
    kind = session.place.kind
    there = course.quizzes if kind == "quiz" else course.questions
    taken = [each.id for each in there] + [draft.id for draft in course.drafts.of_kind(kind)]
    if not isinstance(words, str) or "id" in values:
        return session.text
    pillar = session.pillar if kind == "question" else ""
    name = starters.suggested_id(words, pillar, taken)
    if not name and words.strip():
        # In another script, or of words that say nothing by themselves.
        name = starters.free_id(f"{pillar}-question" if pillar else kind, taken)
    elif not name and session.is_draft:
        name = starters.free_id(f"{pillar or kind}-draft", taken)
    return starters.with_id(session.text, name) if name else session.text


def _show(session: EditSession, sent: MultiDict[str, str], action: str) -> None:
    question = session.trial.question
    if question is None and session.place.kind == "question":
        # Not judged yet, or wrong in a way that does not keep it from being read.
        question = drafts.readable(_values(session.text), session.pillar)
    if question is not None:
        session.preview = preview(question, sent, action)


def preview(question: Question, sent: MultiDict[str, str], action: str) -> Preview:
    """The question as on a paper, with the answer that was sent; graded when that was asked for."""
    seed = _seed(sent.get("seed", "")) + (action == "reshuffle")
    question = questions.variant(question, seed)
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


def pools(session: EditSession, course: Course) -> list[tuple[DrawRule, int]]:
    """Each rule of the quiz, with how many questions fit it; empty for a question."""
    there = session.trial.course or course
    if session.place.kind != "quiz":
        return []
    quiz, questions = there.quiz(session.item_id), there.questions
    if quiz is None:
        # A draft may draw drafts, to be published with them.
        quiz = next((quiz for quiz in there.drafts.quizzes if quiz.id == session.item_id), None)
        questions = (*questions, *there.drafts.questions)
    rules = quiz.draw if quiz is not None else ()
    return [(rule, sum(rule.matches(question) for question in questions)) for rule in rules]


def _seed(text: str) -> int:
    return int(text) % _SEEDS if text.isascii() and text.isdigit() and len(text) < 12 else 1


def _shape(place: ItemPlace, base: str) -> Shape:
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
