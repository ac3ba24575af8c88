"""Gaps in a text, to fill by typing or from a menu.

Example::

    id: constraint-to-thrift
    type: cloze
    stem: Fill in the gaps.
    level: understand
    text: |
      Export limits kept the strongest [[what]] away. So engineers made their [[how]] leaner,
      and one firm said that it trained a model for about [[cost]].
    blanks:
      what:
        options:
          - {text: chips, key: true, feedback: The limits were on chips.}
          - {text: engineers, feedback: People weren't limited.}
      how:
        answers: [software, code]
        distance: 1
        wrong: [{text: hardware, feedback: The hardware was what they lacked.}]
      cost:
        answer: 6
        unit: million dollars
        tolerance: {absolute: 0.5}
        wrong: [{value: 100, feedback: That is what others are thought to spend.}]
        weight: 2
    explanation: What hardware couldn't give, software had to.

Each `[[name]]` in the text is one of `blanks`: a menu (`options`, one of them the key), a word (`answers`, with
`distance`, `case`, `accents` and `wrong` as in short_text) or a number (`answer`, with `tolerance`, `unit` and `wrong`
as in numeric). A blank counts `weight` times (1 unless stated); the fraction is the weighted mean. A blind guess earns
one over the number of options in each menu, and nothing elsewhere. Learners never see the names of the blanks.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field
from wtforms import Field as FormField
from wtforms import SelectField, StringField

from webapp.questions.answers import N_, AnswerForm, Message, menu, typed
from webapp.questions.contract import (
    Choice,
    Flaw,
    Grade,
    OptionList,
    Order,
    Part,
    Question,
    QuestionType,
    Response,
    ValuePath,
    graded,
    table,
    unexplained_errors,
)
from webapp.questions.fields import Count, Prose, Slug
from webapp.questions.formulas.dollars import written_in
from webapp.questions.inputs.blanks import Blank, marked, named_in, pieces, text_before
from webapp.questions.inputs.mistakes import partly_known
from webapp.questions.inputs.options import Option, arranged, followed, identified, place_of, shuffled, token_of
from webapp.questions.inputs.quantities import PROBLEMS
from webapp.questions.text import plain


class ClozeQuestion(Question):
    """Gaps in a text, to fill by typing or from a menu."""

    type: Literal["cloze"]
    text: Prose = Field(description="The text; each `[[name]]` in it is a blank.")
    blanks: Annotated[dict[Slug, Blank], Count(1, 26)] = Field(description="What belongs into each blank.")

    @property
    def numbered(self) -> dict[str, Blank]:
        """The blanks by name, in the order of the text."""
        return {name: self.blanks[name] for name in named_in(self.text) if name in self.blanks}

    def with_marks(self, text: str) -> str:
        """The text, or a translation of it, with a mark for each blank, which Markdown leaves alone."""
        return marked(text, list(self.numbered))

    def pieces(self, html: str) -> list[tuple[str, str | None]]:
        """The rendered text with its marks, cut at its blanks: each piece of HTML with the blank that follows it."""
        return pieces(html, list(self.numbered))

    def shown(self, name: str, order: Order) -> list[tuple[str, Option]]:
        """The options of a menu by id, as they stand on a paper."""
        options = identified(self.blanks[name].options)
        return [(option, options[option]) for option in arranged(list(options), order.get(name))]


class ClozeForm(AnswerForm):
    """A field for each blank, named by its place in the text: names that an author gives could tell the answer."""

    problems = PROBLEMS

    def __init__(
        self, question: ClozeQuestion, order: Order, formdata: Any, response: Response | None, prefix: str
    ) -> None:
        self.question = question
        self.names = {name: f"blank-{place}" for place, name in enumerate(question.numbered, 1)}
        self.options: dict[str, list[str]] = {}
        given = table(response, "blanks")
        fields: dict[str, FormField] = {}
        data: dict[str, str] = {}
        for name, blank in question.numbered.items():
            value = given.get(name, "")
            if blank.options:
                shown = question.shown(name, order)
                self.options[name] = [option for option, _ in shown]
                values = menu((plain(option.text) for _, option in shown), blank="")
                fields[self.names[name]] = SelectField(choices=values, validate_choice=False)
                data[self.names[name]] = token_of(value, self.options[name]) or ""
            else:
                fields[self.names[name]] = StringField()
                data[self.names[name]] = value
        super().__init__(fields, formdata=formdata, data=data, prefix=prefix)

    def field(self, name: str) -> Any:
        """The field of a blank."""
        return self[self.names[name]]

    def number(self, name: str) -> int:
        """The place of a blank in the text, from 1."""
        return list(self.names).index(name) + 1

    def response(self) -> Response | None:
        blanks = {}
        for name in self.names:
            given = typed(self.field(name).data or "")
            value = place_of(given, self.options[name]) if name in self.options else given
            if value:
                blanks[name] = value
        return {"blanks": blanks} if blanks else None

    @property
    def numbers(self) -> list[str]:
        """The blanks that take a number."""
        return [name for name in self.names if self.question.blanks[name].answer is not None]

    def read_at(self, name: str, decimal_sign: str) -> str | None:
        """How the number in a blank was read; None where there is none that can be."""
        return self.question.blanks[name].read_as(table(self.response(), "blanks").get(name), decimal_sign)

    def malformed_at(self, name: str) -> Message | None:
        """Why what stands in a blank can't be read; None when it can."""
        return self.question.blanks[name].unreadable(table(self.response(), "blanks").get(name))

    @property
    def malformed(self) -> Message | None:
        return TYPE.malformed(self.question, self.response())


class ClozeType(QuestionType[ClozeQuestion]):
    """Gaps in a text."""

    name = "cloze"
    title = N_("Fill in the gaps")
    summary = N_("Fill the gaps in a text.")
    Schema = ClozeQuestion
    scripts = ("number-field",)

    def order(self, question: ClozeQuestion, seed: int) -> Order:
        order = {}
        for place, (name, blank) in enumerate(question.numbered.items()):
            if blank.options:
                options = identified(blank.options)
                fixed = {option for option, value in options.items() if value.fixed or not question.shuffle}
                order[name] = shuffled(list(options), seed, f"{question.id}/{place}", fixed)
        return order

    def form(
        self,
        question: ClozeQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> ClozeForm:
        return ClozeForm(question, order, formdata, response, prefix)

    def grade(self, question: ClozeQuestion, response: Response | None) -> Grade:
        given = table(response, "blanks")
        parts, total, earned = [], 0.0, 0.0
        for place, (name, blank) in enumerate(question.numbered.items(), 1):
            value = given.get(name)
            fraction, feedback = blank.judge(value) if value else (0.0, "")
            shown = blank.shown(value) if value else None
            parts.append(Part(name, str(place), shown, blank.right(), fraction, feedback))
            total += blank.weight
            earned += blank.weight * fraction
        return graded(parts, earned / total if total else 0.0)

    def malformed(self, question: ClozeQuestion, response: Response | None) -> Message | None:
        given = table(response, "blanks")
        for place, (name, blank) in enumerate(question.numbered.items(), 1):
            if blank.unreadable(given.get(name)):
                return Message(N_("What stands in gap %(number)s can’t be read."), number=place)
        return None

    def describe(self, question: ClozeQuestion, response: Response | None) -> str:
        parts = self.grade(question, response).parts
        return "; ".join(f"{part.label}: {part.given}" for part in parts if part.given is not None)

    def key(self, question: ClozeQuestion) -> Response:
        return {"blanks": {name: blank.key() for name, blank in question.numbered.items()}}

    def wrong(self, question: ClozeQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        known = partly_known(list(question.numbered), knows, chance)
        blanks = question.numbered.items()
        return {"blanks": {name: blank.key() if name in known else blank.miss(chance) for name, blank in blanks}}

    def guess(self, question: ClozeQuestion) -> float:
        blanks = question.numbered.values()
        total = sum(blank.weight for blank in blanks)
        earned = sum(blank.weight / len(blank.options) for blank in blanks if blank.options)
        return earned / total if total else 0.0

    def choices(self, question: ClozeQuestion) -> list[Choice]:
        """The options of every menu, as `blank:option`."""
        return [
            Choice(f"{name}:{option}", f"{place}: {plain(value.text)}", float(value.key))
            for place, (name, blank) in enumerate(question.numbered.items(), 1)
            for option, value in identified(blank.options).items()
        ]

    def classify(self, question: ClozeQuestion, response: Response | None) -> list[str]:
        """The options picked from menus; `other` for a response that only has typed answers."""
        given = table(response, "blanks")
        picked = [
            f"{name}:{given[name]}"
            for name, blank in question.numbered.items()
            if given.get(name) in identified(blank.options)
        ]
        return picked or super().classify(question, response)

    def option_lists(self, question: ClozeQuestion) -> list[OptionList]:
        """The menus, each with the text before its gap."""
        return [
            OptionList(("blanks", name, "options"), text_before(question.text, name), blank.options, answers_stem=False)
            for name, blank in question.blanks.items()
            if blank.options
        ]

    def asked(self, question: ClozeQuestion) -> list[str]:
        return [question.stem, *(text for blank in question.blanks.values() for text in blank.texts()), question.text]

    def stated(self, question: ClozeQuestion) -> Iterable[tuple[ValuePath, str]]:
        yield ("text",), question.text
        for name, blank in question.blanks.items():
            yield from blank.stated(("blanks", name))

    def unexplained(self, question: ClozeQuestion) -> Iterable[Flaw]:
        yield from super().unexplained(question)
        for name, blank in question.blanks.items():
            yield from unexplained_errors((error.feedback for error in blank.wrong), ("blanks", name))

    def check(self, question: ClozeQuestion) -> Iterable[Flaw]:
        names = named_in(question.text)
        for name in dict.fromkeys(names):
            if name not in question.blanks:
                yield Flaw(
                    ("text",), f"the text has [[{name}]], which isn't one of the blanks", f"add `{name}:` to blanks"
                )
            if names.count(name) > 1:
                yield Flaw(("text",), f"the text has [[{name}]] more than once", "give each place its own name")
        for name, blank in question.blanks.items():
            if name not in names:
                yield Flaw(
                    ("blanks", name), f"the text doesn't have [[{name}]]", "put it into the text, or take it out"
                )
            yield from blank.check(("blanks", name))
        for formula in written_in(question.text):
            if named_in(formula.source):
                yield Flaw(("text",), "a gap stands inside a formula", "end the formula before it: `$x =$ [[name]]`")

    def carry(self, old: ClozeQuestion, new: ClozeQuestion, response: Response | None) -> Response:
        given = table(response, "blanks")
        renamed = dict(zip(old.numbered, new.numbered, strict=False)) if len(old.numbered) == len(new.numbered) else {}
        blanks = {}
        for name, blank in old.numbered.items():
            target = name if name in new.numbered else renamed.get(name, "")
            value, successor = given.get(name), new.numbered.get(target)
            if value is None or successor is None or target in blanks:
                continue
            if blank.options and successor.options:
                value = followed(
                    identified(blank.options), identified(successor.options), lambda option: option.text
                ).get(value)
            elif blank.options:
                value = blank.shown(value)
            elif successor.options:
                texts = {plain(option.text).casefold(): name for name, option in identified(successor.options).items()}
                value = texts.get(plain(value).casefold())
            if value:
                blanks[target] = value
        return {"blanks": blanks} if blanks else {}


TYPE = ClozeType()
