"""One answer out of several.

Example::

    id: patent-ratio
    type: choice
    stem: For every patent that India filed, about how many did China file?
    level: recall
    facts: [wipo-patent-ratio]
    options:
      - {text: About 3, feedback: That would put the two countries close together.}
      - {text: About 6, key: true, feedback: China filed roughly six times as many.}
      - {text: About 60, feedback: The gap is wide; it isn't that wide.}
    explanation: China filed roughly six patents for each one that India filed.

The order of the options changes from paper to paper, unless `shuffle: false`; an option with `fixed: true` stays where
it stands. A blind guess earns one over the number of options.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field
from wtforms import RadioField

from webapp.questions.answers import N_, AnswerForm, menu
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
    entry,
    graded,
)
from webapp.questions.fields import Count
from webapp.questions.inputs.mistakes import tempting
from webapp.questions.inputs.options import (
    Option,
    arranged,
    clashing,
    followed,
    identified,
    one_key,
    place_of,
    same_options,
    shuffled,
    token_of,
)
from webapp.questions.text import plain


class ChoiceQuestion(Question):
    """One answer out of several."""

    type: Literal["choice"]
    options: Annotated[tuple[Option, ...], Count(2, 26)] = Field(description="The answers to choose from.")

    def shown(self, order: Order) -> list[tuple[str, Option]]:
        """The options by id, as they stand on a paper."""
        options = identified(self.options)
        return [(name, options[name]) for name in arranged(list(options), order.get("options"))]

    def chosen(self, response: object) -> list[str]:
        """The id of the option that a response picked, in a list; empty when it picked none."""
        name = entry(response, "option")
        return [name] if name in identified(self.options) else []


class ChoiceForm(AnswerForm):
    """Radio buttons whose values are places on the paper, from 1."""

    def __init__(
        self, question: ChoiceQuestion, order: Order, formdata: Any, response: Response | None, prefix: str
    ) -> None:
        self.shown = question.shown(order)
        self.names = [name for name, _ in self.shown]
        values = menu(plain(option.text) for _, option in self.shown)
        data = {"answer": token_of(entry(response, "option"), self.names)}
        super().__init__(
            {"answer": RadioField(choices=values, validate_choice=False)}, formdata=formdata, data=data, prefix=prefix
        )

    def response(self) -> Response | None:
        name = place_of(self["answer"].data, self.names)
        return None if name is None else {"option": name}


class ChoiceType(QuestionType[ChoiceQuestion]):
    """One answer out of several."""

    name = "choice"
    title = N_("Single choice")
    summary = N_("Choose the one right answer.")
    Schema = ChoiceQuestion
    describes_by = frozenset({"options"})
    picks_one = True

    def order(self, question: ChoiceQuestion, seed: int) -> Order:
        options = identified(question.options)
        if not question.shuffle:
            return {"options": list(options)}
        fixed = {name for name, option in options.items() if option.fixed}
        return {"options": shuffled(list(options), seed, question.id, fixed)}

    def form(
        self,
        question: ChoiceQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> ChoiceForm:
        return ChoiceForm(question, order, formdata, response, prefix)

    def grade(self, question: ChoiceQuestion, response: Response | None) -> Grade:
        options = identified(question.options)
        chosen = options.get(entry(response, "option") or "")
        right = next((plain(option.text) for option in options.values() if option.key), "")
        if chosen is None:
            return graded([Part("answer", "", None, right, 0.0)])
        return graded([Part("answer", "", plain(chosen.text), right, float(chosen.key), chosen.feedback)])

    def describe(self, question: ChoiceQuestion, response: Response | None) -> str:
        chosen = identified(question.options).get(entry(response, "option") or "")
        return plain(chosen.text) if chosen else ""

    def key(self, question: ChoiceQuestion) -> Response:
        return {"option": next((name for name, option in identified(question.options).items() if option.key), "")}

    def wrong(self, question: ChoiceQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        return {"option": tempting([choice.id for choice in self.choices(question) if not choice.fraction], chance)}

    def guess(self, question: ChoiceQuestion) -> float:
        return 1 / len(question.options)

    def choices(self, question: ChoiceQuestion) -> list[Choice]:
        return [
            Choice(name, plain(option.text), float(option.key)) for name, option in identified(question.options).items()
        ]

    def classify(self, question: ChoiceQuestion, response: Response | None) -> list[str]:
        return question.chosen(response) or ["blank"]

    def option_lists(self, question: ChoiceQuestion) -> list[OptionList]:
        return [OptionList(("options",), question.stem, question.options)]

    def check(self, question: ChoiceQuestion) -> Iterable[Flaw]:
        yield from one_key(question.options, ("options",))
        yield from same_options(question.options, ("options",))
        yield from clashing(question.options, "options")

    def carry(self, old: ChoiceQuestion, new: ChoiceQuestion, response: Response | None) -> Response:
        became = followed(identified(old.options), identified(new.options), lambda option: option.text)
        name = became.get(entry(response, "option") or "")
        return {"option": name} if name else {}


TYPE = ChoiceType()
