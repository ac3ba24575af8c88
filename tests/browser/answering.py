"""Giving the right answer to a question as a person does, who reads words and doesn't know the values of inputs."""

from __future__ import annotations

import re
from typing import Any, Protocol

from webapp.questions import type_of
from webapp.questions.contract import Question
from webapp.questions.inputs.blanks import Blank
from webapp.questions.inputs.options import identified
from webapp.questions.text import plain

Page = Any
Locator = Any


class Hand(Protocol):
    """How somebody works the parts of a form."""

    def choose(self, box: Locator) -> None:
        """A radio button or check box, which is checked afterwards."""

    def pick(self, menu: Locator, words: str) -> None:
        """An entry of a menu."""

    def write(self, field: Locator, text: str) -> None:
        """A text into a field, in place of what is in it."""

    def press(self, button: Locator) -> None:
        """A button or link."""


class Mouse:
    """Points and clicks; types into fields."""

    def choose(self, box: Locator) -> None:
        if not box.is_checked():
            # The whole row can be hit, not only the small circle in it.
            box.locator("xpath=ancestor::label").click()
        assert box.is_checked()

    def pick(self, menu: Locator, words: str) -> None:
        menu.select_option(label=words)

    def write(self, field: Locator, text: str) -> None:
        field.click()
        field.fill(text)

    def press(self, button: Locator) -> None:
        button.click()


class Keys:
    """Never touches the mouse: Tab to get there, arrows, space and Enter."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, target: Locator) -> None:
        """Tab after Tab until it has the focus; of a group of radio buttons, any of them has."""
        here = """(wanted) => document.activeElement === wanted || wanted.type === 'radio'
            && document.activeElement.type === 'radio' && document.activeElement.name === wanted.name"""
        for _ in range(120):
            if target.evaluate(here):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard doesn't get to {target}")

    def choose(self, box: Locator) -> None:
        self.reach(box)
        if box.get_attribute("type") == "checkbox":
            if not box.is_checked():
                self.page.keyboard.press("Space")
        else:
            self.page.keyboard.press("Space")
            for _ in range(30):
                if box.is_checked():
                    break
                self.page.keyboard.press("ArrowDown")
        assert box.is_checked()

    def pick(self, menu: Locator, words: str) -> None:
        self.reach(menu)
        for _ in range(60):
            if menu.evaluate("menu => menu.selectedOptions[0].label") == words:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows don't get to {words!r}")

    def write(self, field: Locator, text: str) -> None:
        self.reach(field)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def press(self, button: Locator) -> None:
        self.reach(button)
        self.page.keyboard.press("Enter")


def answer(
    page: Page, question: Question, hand: Hand, within: str = "[data-question]", response: dict[str, Any] | None = None
) -> None:
    """Gives an answer to the question that the page shows in the part that a selector names: the full-mark one, or
    `response`, which has the same form."""
    asked: Any = question
    key: Any = type_of(question).key(question) if response is None else response
    area = page.locator(within)
    match question.type:
        case "choice":
            hand.choose(box(area, identified(asked.options)[key["option"]].text))
        case "multiple":
            # From top to bottom, as Tab goes.
            right = {plain(identified(asked.options)[name].text) for name in key["options"]}
            for row in area.locator(".answer-option").all():
                if words(row) in right:
                    hand.choose(row.locator("input"))
        case "hotspot":
            for name in key["spots"]:
                hand.choose(box(area, identified(asked.spots)[name].text))
        case "label":
            for number, name in enumerate(identified(asked.places)):
                if name in key["places"]:
                    hand.pick(area.locator("select").nth(number), plain(asked.texts[key["places"][name]]))
        case "true_false":
            hand.choose(box(area, "True" if key["answer"] else "False"))
        case "numeric" | "short_text":
            hand.write(area.locator("input[type=text]"), key["text"])
        case "essay":
            hand.write(area.locator("textarea"), key["text"])
        case "matching":
            partners = {
                plain(identified(asked.pairs)[left].left): asked.rights[right] for left, right in key["pairs"].items()
            }
            for row in area.locator(".answer-row").all():
                hand.pick(row.locator("select"), plain(partners[words(row)]))
        case "categorise":
            groups = {plain(item.text): asked.titles[item.category] for item in asked.items}
            for row in area.locator(".answer-row").all():
                group = groups[words(row)]
                menu = row.locator("select")
                if menu.count():
                    hand.pick(menu, plain(group))
                else:
                    hand.choose(box(row, group))
        case "cloze":
            for number, blank in enumerate(asked.numbered.values(), 1):
                fill(area, number, blank, key["blanks"], list(asked.numbered)[number - 1], hand)
        case "ordering":
            things = identified(asked.items)
            put_in_order(area, [plain(things[name].text) for name in key["order"]], hand)
        case other:
            raise AssertionError(f"tests/browser/answering.py doesn't know how to answer {other}")


def words(row: Locator) -> str:
    """The words of an option, item or pair."""
    return " ".join(row.locator(".answer-text").first.text_content().split())


def box(area: Locator, text: str) -> Locator:
    """The input whose label says this; one whose label is a formula says it in words."""
    wanted = plain(text)
    for row in area.locator(".answer-option").all():
        said = row.locator("input").get_attribute("aria-label")
        if (said or words(row)) == wanted:
            return row.locator("input")
    raise AssertionError(f"nothing on the page says {wanted!r}")


def fill(area: Locator, number: int, blank: Blank, key: dict[str, str], name: str, hand: Hand) -> None:
    """One gap of a text."""
    gap = area.get_by_label(re.compile(rf"^Gap {number} of \d+$"))
    if blank.options:
        hand.pick(gap, plain(identified(blank.options)[key[name]].text))
    else:
        hand.write(gap, key[name])


def put_in_order(area: Locator, order: list[str], hand: Hand) -> None:
    """Moves items up by their buttons until they stand as they should; says so where they stood so from the start."""
    for place, wanted in enumerate(order):
        while (at := standing(area).index(wanted)) > place:
            before = standing(area)
            hand.press(area.locator(".answer-row").nth(at).get_by_role("button", name="Move up:"))
            # Without scripts the server moves it, which takes a moment.
            for _ in range(100):
                if standing(area) != before:
                    break
                area.page.wait_for_timeout(50)
    keep = area.get_by_role("button", name="Keep this order")
    if keep.count():
        hand.press(keep)


def standing(area: Locator) -> list[str]:
    """The items of an ordering question from top to bottom."""
    area.page.wait_for_load_state()
    return [words(row) for row in area.locator(".answer-row").all()]
