"""What the response processing of an item gives for a response: so that the rule by which an item of another program
is graded is found by trying it, and not by guessing from its looks.
"""

from __future__ import annotations

import contextlib
import operator as compare
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from lxml import etree

from webapp.questions.inputs.patterns import PatternError, compiled

Value = list[str] | None
"""A value of any cardinality: its parts as they are written; None for nothing."""
Truth = bool | None

_TEMPLATES = {
    "match_correct": "match", "map_response": "map", "cc2_match": "match", "cc2_match_basic": "match",
    "cc2_map_response": "map",
}  # fmt: skip
#: steps of all trials of an item: far more than the rules of any take
_MOST_STEPS = 50_000
_DEEPEST = 60


class UnknownRule(Exception):
    """The processing says something that is not understood here: what."""


@dataclass
class QtiVariable:
    """A response or an outcome of an item."""

    name: str
    cardinality: str = "single"
    base: str = "identifier"
    correct: list[str] = field(default_factory=list)
    mapped: list[tuple[str, float, bool]] | None = None
    """The key, what it earns, and whether capitals count."""
    otherwise: float = 0.0
    least: float | None = None
    most: float | None = None
    default: Value = None


def declared_in(root: etree._Element, tag: str) -> dict[str, QtiVariable]:
    """The responses (`responseDeclaration`) or outcomes (`outcomeDeclaration`) of an item by name."""
    found = {}
    for node in root.findall(tag):
        name = node.get("identifier", "")
        made = QtiVariable(name, node.get("cardinality", "single"), node.get("baseType", "identifier"))
        made.correct = [_said(each) for each in node.findall("correctResponse/value")]
        if (mapping := node.find("mapping")) is not None:
            made.mapped = [
                (
                    each.get("mapKey", ""),
                    number(each.get("mappedValue", "0")),
                    each.get("caseSensitive", "true") != "false",
                )
                for each in mapping.findall("mapEntry")
            ]
            made.otherwise = number(mapping.get("defaultValue", "0"))
            made.least = number(mapping.get("lowerBound", "")) if mapping.get("lowerBound") else None
            made.most = number(mapping.get("upperBound", "")) if mapping.get("upperBound") else None
        made.default = [_said(each) for each in node.findall("defaultValue/value")] or None
        found[name] = made
    return found


def _said(node: etree._Element) -> str:
    return " ".join("".join(map(str, node.itertext())).split())


def number(text: str) -> float:
    """A number of a file. Raises UnknownRule."""
    try:
        value = float(Decimal(text.strip()))
    except (InvalidOperation, ValueError, OverflowError):
        raise UnknownRule(f"“{text[:40]}” where a number belongs") from None
    if not -1e30 < value < 1e30:
        raise UnknownRule(f"the number {text[:40]}")
    return value


class Scoring:
    """The rules of one item. `score` may be asked as often as is needed. Raises UnknownRule."""

    def __init__(self, root: etree._Element) -> None:
        self.responses = declared_in(root, "responseDeclaration")
        self.outcomes = declared_in(root, "outcomeDeclaration")
        self.processing = root.find("responseProcessing")
        self.template = ""
        self.steps = 0
        if self.processing is not None:
            address = self.processing.get("template", "").rpartition("/")[2].removesuffix(".xml")
            self.template = _TEMPLATES.get(address.lower(), "")
            if address and not self.template and not len(self.processing):
                raise UnknownRule(address)

    @property
    def is_stated(self) -> bool:
        """Whether the file says how responses become points."""
        return bool(self.template) or (self.processing is not None and len(self.processing) > 0)

    def score(self, given: Mapping[str, Value]) -> float:
        """What responses earn, by name."""
        return _first_number(self.results(given).get("SCORE"))

    def results(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """All outcomes for responses, by name."""
        return _Trial(self, given).run()

    @property
    def most(self) -> float | None:
        """The most that the item says can be earned; None where it doesn't say."""
        if (stated := self.outcomes.get("MAXSCORE")) is not None and stated.default:
            return number(stated.default[0])
        return None


class _Exit(Exception):
    """The processing ends."""


class _Trial:
    def __init__(self, scoring: Scoring, given: Mapping[str, Value]) -> None:
        self.scoring, self.given = scoring, given
        self.outcomes: dict[str, Value] = {name: each.default for name, each in scoring.outcomes.items()}

    def run(self) -> dict[str, Value]:
        if self.scoring.template:
            response = self.scoring.responses.get("RESPONSE") or next(iter(self.scoring.responses.values()), None)
            if response is None:
                raise UnknownRule("a template without a response")
            value = self.given.get(response.name)
            if self.scoring.template == "match":
                earned = 1.0 if _same(response, value, response.correct) else 0.0
            else:
                earned = self._mapped(response, value)
            return {**self.outcomes, "SCORE": [repr(earned)]}
        with contextlib.suppress(_Exit):
            self._rules(self.scoring.processing if self.scoring.processing is not None else (), 0)
        return self.outcomes

    def _rules(self, nodes: Iterator[etree._Element] | etree._Element | Sequence[etree._Element], depth: int) -> None:
        self._step(depth)
        for node in nodes:
            tag = str(node.tag)
            if tag == "responseCondition":
                self._condition(node, depth + 1)
            elif tag == "setOutcomeValue":
                self.outcomes[node.get("identifier", "")] = self._value(_only(node), depth + 1)
            elif tag == "exitResponse":
                raise _Exit
            elif tag in ("responseProcessingFragment", "responseFragment"):
                self._rules(list(node), depth + 1)
            elif isinstance(node.tag, str):
                raise UnknownRule(tag)

    def _condition(self, node: etree._Element, depth: int) -> None:
        for branch in node:
            if not isinstance(branch.tag, str):
                continue
            inner = [each for each in branch if isinstance(each.tag, str)]
            if branch.tag == "responseElse":
                self._rules(inner, depth)
                return
            if branch.tag not in ("responseIf", "responseElseIf") or not inner:
                raise UnknownRule(str(branch.tag))
            if self._truth(inner[0], depth + 1):
                self._rules(inner[1:], depth)
                return

    def _step(self, depth: int) -> None:
        self.scoring.steps += 1
        if self.scoring.steps > _MOST_STEPS or depth > _DEEPEST:
            raise UnknownRule("more rules than can be tried")

    # ------------------------------------------------------------------ expressions

    def _value(self, node: etree._Element, depth: int) -> Value:
        self._step(depth)
        tag = str(node.tag)
        name = node.get("identifier", "")
        inner = [each for each in node if isinstance(each.tag, str)]
        if tag == "baseValue":
            return [_said(node)]
        if tag == "variable":
            return self.given.get(name) if name in self.scoring.responses else self.outcomes.get(name)
        if tag == "correct":
            return self.scoring.responses[name].correct or None if name in self.scoring.responses else None
        if tag == "default":
            known = self.scoring.responses.get(name) or self.scoring.outcomes.get(name)
            return known.default if known else None
        if tag == "mapResponse" and name in self.scoring.responses:
            return [repr(self._mapped(self.scoring.responses[name], self.given.get(name)))]
        if tag == "null":
            return None
        if tag in ("multiple", "ordered"):
            parts = [part for each in inner for part in self._value(each, depth + 1) or ()]
            return parts or None
        if tag == "index":
            container = self._value(_only(node), depth + 1)
            place = int(number(node.get("n", "0")))
            return [container[place - 1]] if container and 1 <= place <= len(container) else None
        if tag == "delete" and len(inner) == 2:
            gone, container = (self._value(each, depth + 1) for each in inner)
            return [part for part in container if part not in (gone or ())] or None if container else None
        if tag == "containerSize":
            return [str(len(self._value(_only(node), depth + 1) or ()))]
        if tag in _ARITHMETIC:
            return self._counted(tag, inner, depth)
        if tag in _TRUTHS:
            truth = self._truth(node, depth)
            return None if truth is None else [str(truth).lower()]
        raise UnknownRule(tag)

    def _counted(self, tag: str, inner: Sequence[etree._Element], depth: int) -> Value:
        numbers: list[float] = []
        for each in inner:
            value = self._value(each, depth + 1)
            if value is None:
                return None
            numbers += [number(part) for part in value]
        if not numbers:
            return None
        made = numbers[0]
        for other in numbers[1:]:
            if tag == "divide" and not other:
                return None
            made = _ARITHMETIC[tag](made, other)
            if not -1e30 < made < 1e30:
                raise UnknownRule("numbers beyond all bounds")
        return [repr(made)]

    def _truth(self, node: etree._Element, depth: int) -> Truth:
        self._step(depth)
        tag = str(node.tag)
        inner = [each for each in node if isinstance(each.tag, str)]
        if tag in ("and", "or"):
            truths = [self._truth(each, depth + 1) for each in inner]
            ends = tag == "or"
            return ends if ends in truths else None if None in truths else not ends
        if tag == "not":
            truth = self._truth(_only(node), depth + 1)
            return None if truth is None else not truth
        if tag == "isNull":
            return not any(self._value(_only(node), depth + 1) or ())
        if tag in ("baseValue", "variable"):
            value = self._value(node, depth + 1)
            return None if value is None else value[0] == "true"
        if tag not in _TRUTHS:
            raise UnknownRule(tag)
        if tag == "patternMatch":
            value = self._value(_only(node), depth + 1)
            return None if value is None else _fits(node.get("pattern", ""), value[0])
        if len(inner) != 2:
            raise UnknownRule(f"{tag} of {len(inner)}")
        one, other = (self._value(each, depth + 1) for each in inner)
        if one is None or other is None:
            return None
        return self._compared(node, tag, inner, one, other)

    def _compared(
        self, node: etree._Element, tag: str, inner: Sequence[etree._Element], one: list[str], other: list[str]
    ) -> Truth:
        if tag == "stringMatch":
            if node.get("caseSensitive", "true") == "false":
                one, other = [one[0].casefold()], [other[0].casefold()]
            return other[0] in one[0] if node.get("substring") == "true" else one[0] == other[0]
        if tag == "match":
            return _same(self._declared(inner), one, other)
        if tag == "member":
            return one[0] in other
        if tag == "contains":
            return all(one.count(part) >= other.count(part) for part in other)
        if tag == "equal":
            return _equal(node, number(one[0]), number(other[0]))
        return bool(_ORDER[tag](number(one[0]), number(other[0])))

    def _declared(self, nodes: Sequence[etree._Element]) -> QtiVariable:
        """What is known of the values that are compared."""
        bases = [each.get("baseType", "identifier") for each in nodes if each.tag == "baseValue"]
        for node in nodes:
            if (known := self.scoring.responses.get(node.get("identifier", ""))) is not None:
                if node.tag == "index":
                    return QtiVariable("", "single", known.base)
                return known
        return QtiVariable("", "ordered" if any(each.tag == "ordered" for each in nodes) else "single", *bases[:1])

    def _mapped(self, response: QtiVariable, value: Value) -> float:
        if response.mapped is None:
            raise UnknownRule("a mapping that is not there")
        earned = 0.0
        for part in dict.fromkeys(value or ()):
            worth = [
                worth
                for key, worth, case in response.mapped
                if part == key or (response.base == "string" and not case and part.casefold() == key.casefold())
            ]
            earned += max(worth) if worth else response.otherwise
        if response.least is not None:
            earned = max(response.least, earned)
        return min(response.most, earned) if response.most is not None else earned


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "sum": compare.add, "product": compare.mul, "subtract": compare.sub, "divide": compare.truediv,
    "max": max, "min": min,
}  # fmt: skip
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "lt": compare.lt, "lte": compare.le, "gt": compare.gt, "gte": compare.ge,
}  # fmt: skip
_TRUTHS = {"and", "or", "not", "isNull", "match", "stringMatch", "patternMatch", "member", "contains", "equal", *_ORDER}


def _only(node: etree._Element) -> etree._Element:
    inner = [each for each in node if isinstance(each.tag, str)]
    if len(inner) != 1:
        raise UnknownRule(f"{node.tag} of {len(inner)}")
    return inner[0]


def _same(known: QtiVariable, one: Value, other: Value) -> bool:
    if not one or not other:
        return False
    if known.base in ("float", "integer"):
        return [number(part) for part in one] == [number(part) for part in other]
    return one == other if known.cardinality in ("single", "ordered") else sorted(one) == sorted(other)


def _equal(node: etree._Element, one: float, other: float) -> bool:
    mode = node.get("toleranceMode", "exact")
    if mode == "exact":
        return one == other
    rooms = [number(text) for text in node.get("tolerance", "").split()[:2]]
    if not rooms:
        raise UnknownRule("a tolerance that is not there")
    low, high = rooms[0], rooms[-1]
    if mode == "relative":
        low, high = abs(one) * low / 100, abs(one) * high / 100
    slack = 1e-9 * max(1.0, abs(one), abs(other))
    return one - low - slack <= other <= one + high + slack


def _fits(pattern: str, text: str) -> bool:
    try:
        return compiled(pattern, False).fullmatch(text[:500])
    except PatternError:
        raise UnknownRule(f"the pattern {pattern[:60]}") from None


def _first_number(value: Value) -> float:
    return number(value[0]) if value else 0.0
