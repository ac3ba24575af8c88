"""Every right answer out of several.

Example::

    id: export-controls-effects
    type: multiple
    stem: Which of these followed from the limits on chip exports? Choose each that did.
    level: understand
    facts: [chip-export-limits]
    scoring: per-option
    options:
      - {text: Firms had to do with weaker chips, key: true, feedback: The strongest ones could no longer be bought.}
      - {text: Firms wrote leaner software, key: true, feedback: "What hardware can't give, software has to."}
      - {text: Research stopped, feedback: It changed its direction; it went on.}
      - {text: Electricity became cheaper, feedback: Nothing links the two.}
    explanation: Scarce hardware made efficient software worth the effort.

`scoring`, for n options of which k are right and d = n − k are not:

- `per-option` (the default): each option judged rightly, ticked or left, is worth 1/n. Nothing ticked is worth 0.
- `right-minus-wrong`: (right ticks)/k − (wrong ticks)/d, and never below 0.
- `all-or-nothing`: 1 for exactly the right ones, else 0.

The blind guess is the exact mean over all 2ⁿ ways to tick: 1/2 − (d/n)/2ⁿ; the sum over ticks of the floored
difference, weighted by the binomial coefficients; and 1/2ⁿ.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from math import comb
from typing import Annotated, Any, Literal

from pydantic import Field
from wtforms import SelectMultipleField

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
    entries,
    graded,
)
from webapp.questions.fields import Count
from webapp.questions.inputs.mistakes import partly_known, tempting
from webapp.questions.inputs.options import (
    Option,
    arranged,
    clashing,
    followed,
    identified,
    place_of,
    same_options,
    shuffled,
    token_of,
)
from webapp.questions.text import plain

TICKED, LEFT = N_("chosen"), N_("not chosen")


class MultipleQuestion(Question):
    """Every right answer out of several."""

    type: Literal["multiple"]
    options: Annotated[tuple[Option, ...], Count(2, 26)] = Field(description="The answers to choose from.")
    scoring: Literal["per-option", "right-minus-wrong", "all-or-nothing"] = Field(
        default="per-option", description="How ticks become points."
    )

    def shown(self, order: Order) -> list[tuple[str, Option]]:
        """The options by id, as they stand on a paper."""
        options = identified(self.options)
        return [(name, options[name]) for name in arranged(list(options), order.get("options"))]

    def chosen(self, response: object) -> list[str]:
        """The ids of the options that a response ticked, in the order of the file."""
        ticked = set(entries(response, "options"))
        return [name for name in identified(self.options) if name in ticked]


class MultipleForm(AnswerForm):
    """Check boxes of one name, whose values are places on the paper, from 1."""

    def __init__(
        self, question: MultipleQuestion, order: Order, formdata: Any, response: Response | None, prefix: str
    ) -> None:
        self.shown = question.shown(order)
        self.names = [name for name, _ in self.shown]
        values = menu(plain(option.text) for _, option in self.shown)
        tokens = [token_of(name, self.names) for name in entries(response, "options")]
        super().__init__(
            {"answer": SelectMultipleField(choices=values, validate_choice=False)},
            formdata=formdata,
            data={"answer": [token for token in tokens if token]},
            prefix=prefix,
        )

    def response(self) -> Response | None:
        ticked = {place_of(token, self.names) for token in self["answer"].data or ()}
        names = sorted(name for name in ticked if name)
        return {"options": names} if names else None


class MultipleType(QuestionType[MultipleQuestion]):
    """Every right answer out of several."""

    name = "multiple"
    title = N_("Multiple choice")
    summary = N_("Choose every answer that is right.")
    Schema = MultipleQuestion
    describes_by = frozenset({"options"})

    def order(self, question: MultipleQuestion, seed: int) -> Order:
        options = identified(question.options)
        if not question.shuffle:
            return {"options": list(options)}
        fixed = {name for name, option in options.items() if option.fixed}
        return {"options": shuffled(list(options), seed, question.id, fixed)}

    def form(
        self,
        question: MultipleQuestion,
        order: Order,
        *,
        formdata: Any = None,
        response: Response | None = None,
        prefix: str = "",
    ) -> MultipleForm:
        return MultipleForm(question, order, formdata, response, prefix)

    def grade(self, question: MultipleQuestion, response: Response | None) -> Grade:
        options = identified(question.options)
        ticked = question.chosen(response)
        parts = [
            Part(
                name,
                plain(option.text),
                (TICKED if name in ticked else LEFT) if ticked else None,
                TICKED if option.key else LEFT,
                float(bool(ticked) and option.key == (name in ticked)),
                option.feedback,
            )
            for name, option in options.items()
        ]
        right = sum(option.key for name, option in options.items() if name in ticked)
        keys = sum(option.key for option in options.values())
        return graded(parts, worth(question.scoring, right, len(ticked) - right, keys, len(options) - keys))

    def describe(self, question: MultipleQuestion, response: Response | None) -> str:
        options = identified(question.options)
        return "; ".join(plain(options[name].text) for name in question.chosen(response))

    def key(self, question: MultipleQuestion) -> Response:
        return {"options": sorted(name for name, option in identified(question.options).items() if option.key)}

    def wrong(self, question: MultipleQuestion, chance: random.Random, knows: float = 0.0) -> Response:
        """Each option is judged wrongly, but for those that are known; one tick there must be."""
        options = identified(question.options)
        known = partly_known(list(options), knows, chance)
        ticked = [name for name, option in options.items() if option.key == (name in known)]
        others = [name for name, option in options.items() if not option.key]
        return {"options": sorted(ticked or [tempting(others or list(options), chance)])}

    def guess(self, question: MultipleQuestion) -> float:
        total = len(question.options)
        keys = sum(option.key for option in question.options)
        others = total - keys
        ways: float = sum(
            float(comb(keys, right)) * comb(others, wrong) * worth(question.scoring, right, wrong, keys, others)
            for right in range(keys + 1)
            for wrong in range(others + 1)
        )
        return float(ways / 2**total)

    def choices(self, question: MultipleQuestion) -> list[Choice]:
        return [
            Choice(name, plain(option.text), float(option.key)) for name, option in identified(question.options).items()
        ]

    def classify(self, question: MultipleQuestion, response: Response | None) -> list[str]:
        return question.chosen(response) or ["blank"]

    def option_lists(self, question: MultipleQuestion) -> list[OptionList]:
        return [OptionList(("options",), question.stem, question.options)]

    def check(self, question: MultipleQuestion) -> Iterable[Flaw]:
        if not any(option.key for option in question.options):
            yield Flaw(("options",), "no option is right", "mark each right one with `key: true`")
        if all(option.key for option in question.options) and question.scoring == "right-minus-wrong":
            yield Flaw(("scoring",), "with no wrong option, ticking everything is always right", "add a wrong option")
        yield from same_options(question.options, ("options",))
        yield from clashing(question.options, "options")

    def carry(self, old: MultipleQuestion, new: MultipleQuestion, response: Response | None) -> Response:
        became = followed(identified(old.options), identified(new.options), lambda option: option.text)
        names = sorted(became[name] for name in entries(response, "options") if name in became)
        return {"options": names} if names else {}


def worth(scoring: str, right: int, wrong: int, keys: int, others: int) -> float:
    """The fraction for so many right and wrong ticks, of so many keys and other options."""
    if not right and not wrong:
        return 0.0
    if scoring == "all-or-nothing":
        return float(right == keys and not wrong)
    if scoring == "right-minus-wrong":
        return max(0.0, (right / keys if keys else 0.0) - (wrong / others if others else 0.0))
    return (right + others - wrong) / (keys + others)


TYPE = MultipleType()
