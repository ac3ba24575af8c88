"""Questions as items of QTI, graded there exactly as here: partial credit, tolerances, what is taken for the same word.

What a course grades by is written out as response processing, and not left to templates, since the templates of the
standard know no points for a part. `SCORE` is the fraction times the points of the question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Any

from lxml import etree

from webapp.interchange.losses import LeftOut
from webapp.interchange.own_text import TextWriter, note_filing, stem_of
from webapp.interchange.qti_html import QtiText
from webapp.interchange.qti_patterns import is_plain, pattern_of_pattern, pattern_of_text
from webapp.interchange.true_words import true_words
from webapp.questions.contract import Question
from webapp.questions.inputs.blanks import Blank
from webapp.questions.inputs.options import Option, identified
from webapp.questions.inputs.quantities import Tolerance
from webapp.questions.numbers import written

_KEPT = frozenset({"points", "tags", "shuffle"})
_NEVER = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), "�")
RESPONSE, EXPLANATION = "RESPONSE", "explanation"


def item_of(question: Question, writer: TextWriter, language: str) -> etree._Element:
    """A question as an `assessmentItem` in the words of 2.2. Raises LeftOut."""
    write = _WRITERS.get(question.type)
    if write is None:
        raise LeftOut("type-out", question.type)
    note_filing(question, writer, _KEPT)
    return _QtiItem(question, writer, language).element(write)


def name_of(question: Question) -> str:
    """The identifier of an item: ids of questions may begin with a digit, and its names may not."""
    return f"question-{question.id}"


class _QtiItem:
    """One question on its way."""

    def __init__(self, question: Question, writer: TextWriter, language: str) -> None:
        self.question, self.writer, self.language = question, writer, language
        self.text = QtiText(writer)
        self.declared: list[etree._Element] = []
        self.outcomes: list[str] = []
        self.body = etree.Element("itemBody")
        self.rules: list[etree._Element] = []
        self.feedback: list[tuple[str, str]] = []

    @property
    def points(self) -> float:
        return self.question.points

    def element(self, write: Callable[[_QtiItem, Any], None]) -> etree._Element:
        """The item. Raises LeftOut."""
        self.text.blocks(self.body, stem_of(self.question, self.writer))
        write(self, self.question)
        root = etree.Element(
            "assessmentItem",
            identifier=name_of(self.question),
            title=self.question.id,
            adaptive="false",
            timeDependent="false",
        )
        root.set("{http://www.w3.org/XML/1998/namespace}lang", self.language)
        if self.question.explanation:
            self.feedback.append((EXPLANATION, self.question.explanation))
            self.rules.append(self._told(value("identifier", EXPLANATION)))
        root.extend(self.declared)
        root.extend(self._outcomes())
        root.append(self.body)
        if self.rules:
            processing = etree.SubElement(root, "responseProcessing")
            processing.extend(self.rules)
        for name, text in self.feedback:
            shown = etree.SubElement(
                root, "modalFeedback", outcomeIdentifier="FEEDBACK", identifier=name, showHide="show"
            )
            self.text.fill(shown, text)
        for node in root.iter():
            node.text = node.text.translate(_NEVER) if node.text else node.text
            node.tail = node.tail.translate(_NEVER) if node.tail else node.tail
        return root

    def _outcomes(self) -> list[etree._Element]:
        score = outcome("SCORE", "single", "float", "0")
        score.set("normalMaximum", repr(float(self.points)))
        score.set("normalMinimum", "0")
        made = [score, outcome("MAXSCORE", "single", "float", repr(float(self.points)))]
        made += [outcome(name, "single", "integer", "0") for name in self.outcomes]
        return [*made, outcome("FEEDBACK", "multiple", "identifier")] if self.feedback else made

    # ------------------------------------------------------------------ types

    def choice(self, question: Any) -> None:
        key = next(name for name, option in identified(question.options).items() if option.key)
        self._declare(RESPONSE, "single", "identifier", [f"option-{key}"])
        self._options(question, 1)
        self.rules.append(case((all_right(RESPONSE), self._scores(self.points))))
        self._feed_options(RESPONSE, identified(question.options), "")

    def multiple(self, question: Any) -> None:
        options = identified(question.options)
        keys = [f"option-{name}" for name, option in options.items() if option.key]
        response = self._declare(RESPONSE, "multiple", "identifier", keys)
        self._options(question, 0)
        right, wrong = len(keys), len(options) - len(keys)
        if question.scoring == "all-or-nothing":
            self.rules.append(case((all_right(RESPONSE), self._scores(self.points))))
        else:
            is_each = question.scoring == "per-option"
            more = self.points / (len(options) if is_each else right)
            less = self.points / (len(options) if is_each else wrong or 1)
            entries = {f"option-{name}": more if option.key else -less for name, option in options.items()}
            mapped = self._map(response, entries, None if is_each else 0.0)
            if is_each and wrong:
                # What is left as it should be counts, too, but for those who answer nothing.
                mapped = operator("sum", value("float", repr(wrong * self.points / len(options))), mapped)
            self.rules.append(case((operator("not", empty(RESPONSE)), set_outcome("SCORE", mapped))))
        self._feed_options(RESPONSE, options, "")

    def _options(self, question: Any, most: int) -> None:
        node = etree.SubElement(
            self.body, "choiceInteraction", responseIdentifier=RESPONSE, shuffle=flag(question.shuffle),
            maxChoices=str(most),
        )  # fmt: skip
        for name, option in identified(question.options).items():
            choice = etree.SubElement(node, "simpleChoice", identifier=f"option-{name}", fixed=flag(option.fixed))
            self.text.fill(choice, option.text, line=True)

    def _feed_options(self, response: str, options: Mapping[str, Option], before: str) -> None:
        """Tells what belongs to the options that were chosen."""
        told = {f"{before}option-{name}": option.feedback for name, option in options.items() if option.feedback}
        self.feedback.extend(told.items())
        if told and not before:
            self.rules.append(case((operator("not", empty(response)), self._told(variable(response)))))
        for name in told if before else ():
            chosen = operator("match", variable(response), value("identifier", name.removeprefix(before)))
            self.rules.append(case((chosen, self._told(value("identifier", name)))))

    def true_false(self, question: Any) -> None:
        key = flag(question.answer)
        self._declare(RESPONSE, "single", "identifier", [key])
        node = etree.SubElement(
            self.body, "choiceInteraction", responseIdentifier=RESPONSE, shuffle="false", maxChoices="1"
        )
        for name, word in zip(("true", "false"), true_words(self.language), strict=True):
            etree.SubElement(node, "simpleChoice", identifier=name).text = word
        self.rules.append(case((all_right(RESPONSE), self._scores(self.points))))
        for name, text in (("true", question.feedback.true), ("false", question.feedback.false)):
            if text:
                self.feedback.append((name, text))
                chosen = operator("match", variable(RESPONSE), value("identifier", name))
                self.rules.append(case((chosen, self._told(value("identifier", name)))))

    def numeric(self, question: Any) -> None:
        self._line([*self._number(RESPONSE, question, self.points, "")])

    def short_text(self, question: Any) -> None:
        self._line([*self._words(RESPONSE, question, self.points, "")])

    def _line(self, pieces: Sequence[etree._Element | str]) -> None:
        line = etree.SubElement(self.body, "p")
        for piece in pieces:
            if isinstance(piece, str):
                line[-1].tail = (line[-1].tail or "") + piece
            else:
                line.append(piece)

    def _number(self, response: str, asked: Any, points: float, before: str) -> list[etree._Element | str]:
        """What is typed into: a field for a number, and its unit behind it."""
        self._declare(response, "single", "float", [written(asked.answer)])
        tolerance: Tolerance | None = asked.tolerance
        if tolerance is not None and tolerance.relative is not None:
            self.writer.lost("tolerance", f"{tolerance.relative * 100:f} % of the answer")
        self._judged(
            response,
            [within(response, asked.answer, tolerance)],
            [(within(response, error.value, tolerance), error.feedback) for error in asked.wrong],
            points,
            before,
        )
        field = etree.Element("textEntryInteraction", responseIdentifier=response, expectedLength="12")
        if not asked.unit:
            return [field]
        if asked.units:
            self.writer.lost("unit", ", ".join(other.unit for other in asked.units))
        unit = etree.Element("span", {"class": "unit"})
        unit.text = asked.unit
        return [field, " ", unit]

    def _words(self, response: str, asked: Any, points: float, before: str) -> list[etree._Element | str]:
        """What is typed into: a field for words."""
        texts = [answer.text for answer in asked.answers if answer.text]
        self._declare(response, "single", "string", texts[:1])
        if asked.distance:
            self.writer.lost("distance", f"{asked.distance} slips of the finger")
        self._judged(
            response,
            [test for answer in asked.answers for test in self._spelled(response, answer, asked)],
            [(either(self._spelled(response, error, asked)), error.feedback) for error in asked.wrong],
            points,
            before,
        )
        longest = max((len(text) for text in texts), default=20)
        return [
            etree.Element("textEntryInteraction", responseIdentifier=response, expectedLength=str(max(longest, 10) + 5))
        ]

    def _spelled(self, response: str, answer: Any, asked: Any) -> list[etree._Element]:
        """When what was typed is an answer: as its author wrote it, for programs that look for words, and with all that
        is taken for the same."""
        if answer.text:
            wide = pattern_of_text(answer.text, case=asked.case, accents=asked.accents)
            same = operator("stringMatch", variable(response), value("string", answer.text))
            same.set("caseSensitive", flag(asked.case))
            if not wide:
                self.writer.lost("folding", answer.text)
                return [same]
            return [same, self._matches(response, wide)]
        wide = pattern_of_pattern(answer.pattern, case=asked.case, accents=asked.accents)
        if not wide:
            self.writer.lost("pattern", answer.pattern)
            return []
        if not is_plain(answer.pattern):
            self.writer.lost("spelled-out", answer.pattern)
            return [self._matches(response, wide)]
        return [self._matches(response, answer.pattern), self._matches(response, wide)]

    @staticmethod
    def _matches(response: str, pattern: str) -> etree._Element:
        made = operator("patternMatch", variable(response))
        made.set("pattern", pattern)
        return made

    def _judged(
        self,
        response: str,
        right: Sequence[etree._Element],
        wrong: Sequence[tuple[etree._Element | None, str]],
        points: float,
        before: str,
    ) -> None:
        """The rules for what was typed: nothing earns nothing, then what is right, then each error that was
        foreseen."""
        if not right:
            raise LeftOut("type-out", "answers that are patterns only")
        branches: list[tuple[etree._Element | None, etree._Element]] = [(empty(response), unchanged())]
        branches.append((either(right), self._scores(points)))
        for place, (test, text) in enumerate(wrong, 1):
            if test is None:
                continue
            name = f"{before}wrong-{place}"
            if text:
                self.feedback.append((name, text))
            branches.append((test, self._told(value("identifier", name)) if text else unchanged()))
        self.rules.append(case(*((test, rule) for test, rule in branches if test is not None)))

    def matching(self, question: Any) -> None:
        pairs = identified(question.pairs)
        both = [(f"left-{left}", f"right-{question.match(left)}") for left in pairs]
        self._sorted(
            question,
            "matching",
            [(f"left-{name}", pair.left) for name, pair in pairs.items()],
            [(f"right-{name}", text) for name, text in question.rights.items()],
            both,
            question.scoring == "all-or-nothing",
        )
        self._tell_all({f"left-{name}": pair.feedback for name, pair in pairs.items()})
        self._tell_all({f"right-x{place}": extra.feedback for place, extra in enumerate(question.extra, 1)})

    def categorise(self, question: Any) -> None:
        items = identified(question.items)
        self._sorted(
            question,
            "categorise",
            [(f"item-{name}", item.text) for name, item in items.items()],
            [(f"group-{name}", title) for name, title in question.titles.items()],
            [(f"item-{name}", f"group-{item.category}") for name, item in items.items()],
            question.scoring == "all-or-nothing",
        )
        self._tell_all({f"item-{name}": item.feedback for name, item in items.items()})

    def _sorted(
        self,
        question: Any,
        kind: str,
        things: Sequence[tuple[str, str]],
        places: Sequence[tuple[str, str]],
        right: Sequence[tuple[str, str]],
        is_whole: bool,
    ) -> None:
        """Things of which each goes to one of several places."""
        keys = [" ".join(pair) for pair in right]
        response = self._declare(RESPONSE, "multiple", "directedPair", keys)
        node = etree.SubElement(
            self.body, "matchInteraction", {"class": kind}, responseIdentifier=RESPONSE, shuffle=flag(question.shuffle),
            maxAssociations=str(len(things)),
        )  # fmt: skip
        for listed, most in ((things, 1), (places, 0)):
            group = etree.SubElement(node, "simpleMatchSet")
            for name, text in listed:
                choice = etree.SubElement(
                    group, "simpleAssociableChoice", identifier=name, matchMax=str(most or len(things))
                )
                self.text.fill(choice, text, line=True)
        if is_whole:
            self.rules.append(case((all_right(RESPONSE), self._scores(self.points))))
        else:
            mapped = self._map(response, dict.fromkeys(keys, self.points / len(keys)), 0.0)
            self.rules.append(case((operator("not", empty(RESPONSE)), set_outcome("SCORE", mapped))))

    def _tell_all(self, told: Mapping[str, str]) -> None:
        """Tells what belongs to the parts of a question, whatever was answered."""
        said = {name: text for name, text in told.items() if text}
        self.feedback.extend(said.items())
        if said:
            self.rules.append(self._told(*(value("identifier", name) for name in said)))

    def ordering(self, question: Any) -> None:
        if question.first or question.last:
            self.writer.lost("ends", " … ".join(end for end in (question.first, question.last) if end))
        items = {f"item-{name}": item for name, item in identified(question.items).items()}
        self._declare(RESPONSE, "ordered", "identifier", list(items))
        node = etree.SubElement(self.body, "orderInteraction", responseIdentifier=RESPONSE, shuffle="true")
        # A player that doesn't shuffle must not show the key.
        for name in sorted(items, key=lambda name: (len(items[name].text), items[name].text)):
            choice = etree.SubElement(node, "simpleChoice", identifier=name)
            self.text.fill(choice, items[name].text, line=True)
        if question.scoring == "all-or-nothing":
            self.rules.append(case((all_right(RESPONSE), self._scores(self.points))))
        else:
            self._pairs_in_order(list(items))
        self._tell_all({name: item.feedback for name, item in items.items()})

    def _pairs_in_order(self, names: Sequence[str]) -> None:
        """The position of each thing, and then a share for each pair that stands in the right order."""
        share = self.points / (len(names) * (len(names) - 1) / 2)
        places = {name: f"POSITION-{number}" for number, name in enumerate(names, 1)}
        self.outcomes.extend(places.values())
        inner: list[etree._Element] = []
        for name, place in places.items():
            branches = []
            for number in range(1, len(names) + 1):
                there = operator("index", variable(RESPONSE))
                there.set("n", str(number))
                test = operator("match", there, value("identifier", name))
                branches.append((test, set_outcome(place, value("integer", str(number)))))
            inner.append(case(*branches))
        for one, other in combinations(names, 2):
            test = operator("lt", variable(places[one]), variable(places[other]))
            inner.append(case((test, self._scores(share))))
        self.rules.append(case((operator("not", empty(RESPONSE)), *inner)))

    def cloze(self, question: Any) -> None:
        blanks: Mapping[str, Blank] = question.numbered
        total = sum(blank.weight for blank in blanks.values())
        gaps: dict[int, list[etree._Element | str]] = {}
        for place, blank in enumerate(blanks.values()):
            response, before = f"{RESPONSE}-{place + 1}", f"gap-{place + 1}-"
            share = self.points * blank.weight / total
            if blank.options:
                gaps[place] = [self._menu(question, response, blank, share, before)]
            elif blank.answers:
                gaps[place] = self._words(response, blank, share, before)
            else:
                gaps[place] = self._number(response, blank, share, before)
        html = self.writer.html(question.with_marks(question.text))
        for place in gaps:
            html = html.replace(f"\ue0a0{place}\ue0a1", f'<gap number="{place}"></gap>')
        text = etree.SubElement(self.body, "div", {"class": "gaps"})
        self.text.gaps(text, html, gaps)

    def _menu(self, question: Any, response: str, blank: Blank, share: float, before: str) -> etree._Element:
        options = identified(blank.options)
        key = next(name for name, option in options.items() if option.key)
        self._declare(response, "single", "identifier", [f"option-{key}"])
        node = etree.Element("inlineChoiceInteraction", responseIdentifier=response, shuffle=flag(question.shuffle))
        for name, option in options.items():
            choice = etree.SubElement(node, "inlineChoice", identifier=f"option-{name}", fixed=flag(option.fixed))
            choice.text = self.writer.words(option.text)
        self.rules.append(case((all_right(response), self._scores(share))))
        self._feed_options(response, options, before)
        return node

    def essay(self, question: Any) -> None:
        self.writer.lost("rubric-out", f"{len(question.rubric)} criteria")
        if question.sample:
            self.writer.lost("feedback", "a sample answer")
        if question.takes == "either":
            self.writer.lost("layout", "takes: either")
        is_file = question.takes == "file"
        self._declare(RESPONSE, "single", "file" if is_file else "string", [])
        kind = "uploadInteraction" if is_file else "extendedTextInteraction"
        etree.SubElement(self.body, kind, responseIdentifier=RESPONSE)

    # ------------------------------------------------------------------ pieces

    def _declare(self, name: str, cardinality: str, base: str, right: Sequence[str]) -> etree._Element:
        node = etree.Element("responseDeclaration", identifier=name, cardinality=cardinality, baseType=base)
        if right:
            correct = etree.SubElement(node, "correctResponse")
            for text in right:
                etree.SubElement(correct, "value").text = text
        self.declared.append(node)
        return node

    @staticmethod
    def _map(response: etree._Element, entries: Mapping[str, float], least: float | None) -> etree._Element:
        mapping = etree.SubElement(response, "mapping", defaultValue="0")
        if least is not None:
            mapping.set("lowerBound", repr(least))
        for key, worth in entries.items():
            etree.SubElement(mapping, "mapEntry", mapKey=key, mappedValue=repr(worth))
        return etree.Element("mapResponse", identifier=response.get("identifier", ""))

    @staticmethod
    def _scores(points: float) -> etree._Element:
        """Adds points to the score."""
        return set_outcome("SCORE", operator("sum", variable("SCORE"), value("float", repr(float(points)))))

    @staticmethod
    def _told(*names: etree._Element) -> etree._Element:
        """Adds feedback to what is shown."""
        return set_outcome("FEEDBACK", operator("multiple", variable("FEEDBACK"), *names))


# ---------------------------------------------------------------------- expressions


def operator(name: str, *inner: etree._Element) -> etree._Element:
    """An operator on expressions."""
    made = etree.Element(name)
    made.extend(inner)
    return made


def variable(name: str) -> etree._Element:
    """The value of a variable."""
    return etree.Element("variable", identifier=name)


def value(base: str, text: str) -> etree._Element:
    """A constant."""
    made = etree.Element("baseValue", baseType=base)
    made.text = text
    return made


def empty(response: str) -> etree._Element:
    """Whether nothing was answered."""
    return operator("isNull", variable(response))


def all_right(response: str) -> etree._Element:
    """Whether a response is exactly the right one."""
    return operator("match", variable(response), etree.Element("correct", identifier=response))


def either(tests: Sequence[etree._Element]) -> etree._Element | None:
    """Whether one of several is true."""
    return tests[0] if len(tests) == 1 else operator("or", *tests) if tests else None


def within(response: str, target: Decimal, tolerance: Tolerance | None) -> etree._Element:
    """Whether a number is near enough, both ends included. The ends are written out, since a sum of binary numbers
    would leave out the one or the other."""
    room = Decimal(0)
    if tolerance is not None:
        relative = abs(target) * (tolerance.relative or Decimal(0))
        room = tolerance.absolute if tolerance.absolute is not None else relative
    if not room:
        same = operator("equal", variable(response), value("float", written(target)))
        same.set("toleranceMode", "exact")
        return same
    least = operator("gte", variable(response), value("float", written(target - room)))
    most = operator("lte", variable(response), value("float", written(target + room)))
    return operator("and", least, most)


def case(*branches: tuple[Any, ...]) -> etree._Element:
    """A condition: of several tests the first that is true has its rules carried out."""
    made = etree.Element("responseCondition")
    for place, (test, *rules) in enumerate(branches):
        branch = etree.SubElement(made, "responseElseIf" if place else "responseIf")
        branch.append(test)
        branch.extend(rules)
    return made


def set_outcome(name: str, expression: etree._Element) -> etree._Element:
    """Gives an outcome a value."""
    made = etree.Element("setOutcomeValue", identifier=name)
    made.append(expression)
    return made


def unchanged() -> etree._Element:
    """A rule that changes nothing, for a branch that has to have one."""
    return set_outcome("SCORE", operator("sum", variable("SCORE"), value("float", "0.0")))


def outcome(name: str, cardinality: str, base: str, default: str = "") -> etree._Element:
    """The declaration of an outcome."""
    made = etree.Element("outcomeDeclaration", identifier=name, cardinality=cardinality, baseType=base)
    if default:
        etree.SubElement(etree.SubElement(made, "defaultValue"), "value").text = default
    return made


def flag(is_so: bool) -> str:
    """A flag as XML has it."""
    return "true" if is_so else "false"


_WRITERS: Mapping[str, Callable[[_QtiItem, Any], None]] = {
    "choice": _QtiItem.choice,
    "multiple": _QtiItem.multiple,
    "true_false": _QtiItem.true_false,
    "numeric": _QtiItem.numeric,
    "short_text": _QtiItem.short_text,
    "matching": _QtiItem.matching,
    "categorise": _QtiItem.categorise,
    "ordering": _QtiItem.ordering,
    "cloze": _QtiItem.cloze,
    "essay": _QtiItem.essay,
}
