"""What the conditions of an item of QTI 1.2 give for responses, so that what is right is found by trying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from webapp.interchange.qti_scoring import UnknownRule, number
from webapp.interchange.qti_texts import words_in

Given = Mapping[str, Sequence[str]]
#: conditions of an item, and how often one of them is looked at
_MOST_CONDITIONS, _MOST_STEPS = 2_000, 50_000
_NUMBERS = ("vargte", "varlte", "vargt", "varlt")


class EarningConditions:
    """The conditions of one item. Raises UnknownRule."""

    def __init__(self, item: etree._Element, ordered: frozenset[str] = frozenset()) -> None:
        self.conditions = list(item.iterfind("resprocessing/respcondition"))
        self.ordered = ordered
        self.steps = 0
        self._known: dict[str, tuple[float, list[str]]] = {}
        if len(self.conditions) > _MOST_CONDITIONS:
            raise UnknownRule("more conditions than can be tried")

    @property
    def is_stated(self) -> bool:
        """Whether any response earns anything."""
        return any(condition.find("setvar") is not None for condition in self.conditions)

    def score(self, given: Given) -> float:
        """What responses earn, by name."""
        return self.outcome(given)[0]

    def outcome(self, given: Given) -> tuple[float, list[str]]:
        """What responses earn, and the names of the feedback that is shown."""
        key = repr(given)
        if key not in self._known:
            self._known[key] = self._tried(given)
        return self._known[key]

    def _tried(self, given: Given) -> tuple[float, list[str]]:
        score = 0.0
        told: dict[str, None] = {}
        met = False
        for condition in self.conditions:
            variable = condition.find("conditionvar")
            if variable is None or not self._all(list(variable), given, met):
                continue
            met = True
            told.update(dict.fromkeys(each.get("linkrefid", "") for each in condition.findall("displayfeedback")))
            for rule in condition.findall("setvar"):
                value = number(words_in(rule) or "0")
                score = {"Add": score + value, "Subtract": score - value, "Multiply": score * value}.get(
                    rule.get("action", "Set"), value
                )
            if condition.get("continue", "").lower() == "no":
                break
        return score, list(told)

    def earning(self) -> list[tuple[etree._Element, float]]:
        """The conditions under which points are earned, each with how many."""
        found = []
        for condition in self.conditions:
            points = sum(number(words_in(rule) or "0") for rule in condition.findall("setvar"))
            if points > 0 and (variable := condition.find("conditionvar")) is not None:
                found.append((variable, points))
        return found

    def telling(self) -> list[tuple[etree._Element, list[str]]]:
        """The conditions under which feedback is shown, each with its names."""
        return [
            (variable, [each.get("linkrefid", "") for each in condition.findall("displayfeedback")])
            for condition in self.conditions
            if condition.find("displayfeedback") is not None
            and (variable := condition.find("conditionvar")) is not None
        ]

    def _all(self, tests: Sequence[etree._Element], given: Given, met: bool) -> bool:
        sequences = {name: [words_in(each) for each in tests if _of(each, name)] for name in self.ordered}
        if any(named and list(given.get(name, ())) != named for name, named in sequences.items()):
            return False
        rest = [each for each in tests if not any(_of(each, name) for name in self.ordered)]
        return all(self._true(each, given, met) for each in rest)

    def _true(self, test: etree._Element, given: Given, met: bool) -> bool:
        tag = str(test.tag)
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise UnknownRule("more conditions than can be tried")
        inner = [each for each in test if isinstance(each.tag, str)]
        if not isinstance(test.tag, str) or tag == "qticomment":
            return True
        if tag == "and":
            return self._all(inner, given, met)
        if tag == "or":
            return any(self._true(each, given, met) for each in inner)
        if tag == "not":
            return not self._all(inner, given, met)
        if tag == "other":
            return True
        name = test.get("respident", "")
        values: Sequence[str] = given.get(name, ())
        if tag == "unanswered":
            return not values
        wanted: str = words_in(test)
        if tag == "varequal":
            alike = not is_case(test) and wanted.casefold() in {value.casefold() for value in values}
            return wanted in values or alike
        if tag == "varsubstring":
            return bool([value for value in values if wanted.casefold() in value.casefold()])
        if tag in _NUMBERS:
            return any(_compared(tag, value, wanted) for value in values)
        raise UnknownRule(tag)


def _of(test: etree._Element, name: str) -> bool:
    return bool(test.tag == "varequal" and test.get("respident") == name)


def is_case(test: etree._Element) -> bool:
    """Whether capitals count in a comparison."""
    return bool(test.get("case", "No").lower() == "yes")


def _compared(tag: str, value: str, wanted: str) -> bool:
    try:
        one = number(value)
    except UnknownRule:
        return False
    other = number(wanted)
    return {"vargte": one >= other, "varlte": one <= other, "vargt": one > other, "varlt": one < other}[tag]
