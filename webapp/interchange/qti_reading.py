"""Items of QTI 2 and 3, in the words of 2.2 (see `qti_names`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from lxml import etree

from webapp.interchange import making
from webapp.interchange.contract import LONGEST_ITEM, ForeignItem, Values
from webapp.interchange.foreign_text import TextReader
from webapp.interchange.losses import LeftOut, Loss
from webapp.interchange.making import ForeignAnswer
from webapp.interchange.moodle_cloze import mark, with_gaps
from webapp.interchange.option_rules import rule_of
from webapp.interchange.pictures import Pictures
from webapp.interchange.qti_patterns import pattern_of_pattern, pattern_of_text
from webapp.interchange.qti_scoring import QtiVariable, Scoring, UnknownRule
from webapp.interchange.qti_texts import QtiTexts, words_in
from webapp.interchange.true_words import is_true_false
from webapp.questions.inputs.options import letter
from webapp.questions.numbers import written
from webapp.questions.text import plain

_INLINE = {"textEntryInteraction", "inlineChoiceInteraction"}
_MANUAL = {"uploadInteraction", "drawingInteraction", "customInteraction", "mediaInteraction", "sliderInteraction",
           "hotspotInteraction", "graphicOrderInteraction", "graphicAssociateInteraction", "portableCustomInteraction",
           "graphicGapMatchInteraction", "selectPointInteraction", "positionObjectInteraction",
           "endAttemptInteraction", "interaction"}  # fmt: skip
_LONGEST_TITLE = 80
_NEAR = 1e-4


def read_item(
    root: etree._Element,
    place: str,
    pictures: Pictures,
    files: Mapping[str, bytes],
    tags: Sequence[str] = (),
) -> ForeignItem:
    """What an `assessmentItem` becomes."""
    item = ForeignItem(place, "item", " ".join(root.get("title", "").split())[:_LONGEST_TITLE])
    item.source = root.get("identifier", "").strip()[:80]
    # Our own names come back as they were.
    own = item.source.removeprefix("question-")
    if own != item.source and own == root.get("title"):
        item.source, item.is_named = own, True
    reader = TextReader(pictures, item.losses)
    body = root.find("itemBody")
    try:
        made = _ItemReader(root, item, QtiTexts(reader, files)).values()
        item.values = {**made, **making.filed(tags, item.losses)}
    except LeftOut as out:
        item.losses.append(out.loss)
    except UnknownRule as unknown:
        item.losses.append(Loss("broken", str(unknown)))
    if item.values is None:
        item.text = (words_in(body) if body is not None else "")[:LONGEST_ITEM]
    item.losses[:] = dict.fromkeys(item.losses)
    item.title = item.title or (words_in(body)[:_LONGEST_TITLE] if body is not None else "")
    item.source = item.source or making.slug(item.title) or "item"
    item.pictures = tuple(dict.fromkeys(reader.used))
    return item


class _ItemReader:
    """Reads one item."""

    def __init__(self, root: etree._Element, item: ForeignItem, texts: QtiTexts) -> None:
        self.root, self.item, self.texts = root, item, texts
        self.losses = item.losses
        self.stated = True
        self.told: dict[str, etree._Element] = {}
        self.most = 1.0

    def values(self) -> Values:
        """The question as the course says it. Raises LeftOut and UnknownRule."""
        body = self.root.find("itemBody")
        if body is None:
            raise LeftOut("broken", "an item without a body")
        found = [node for node in body.iter(etree.Element) if str(node.tag).endswith(("Interaction", "interaction"))]
        making.bounded(found)
        kinds = list(dict.fromkeys(str(node.tag) for node in found))
        self.item.kind = ", ".join(kinds)[:60] or "item"
        if not found:
            raise LeftOut("description", words_in(body)[:200])
        if self.root.get("adaptive") == "true":
            raise LeftOut("type-unknown", "an item that changes with each try")
        if self.root.find("templateDeclaration") is not None:
            raise LeftOut("type-unknown", "values that are made anew for each learner")
        try:
            self.scoring = Scoring(self.root)
        except UnknownRule as unknown:
            self._note_rule(str(unknown))
            self.root.find("responseProcessing").clear()
            self.scoring = Scoring(self.root)
        for node in self.root.findall("modalFeedback"):
            self.told.setdefault(node.get("identifier", ""), node)
        made = self._task(body, found, kinds)
        for name, node in self.told.items():
            if name == "explanation":
                made.update(making.texts(explanation=self.texts.of(node)))
            elif said := words_in(node):
                self.losses.append(Loss("feedback", said))
        self._note_the_rest(body)
        if not made.get("stem"):
            raise LeftOut("broken", "a question without words")
        return {"type": made.pop("type"), "stem": made.pop("stem"), **made, **self._points(made)}

    def _task(self, body: etree._Element, found: Sequence[etree._Element], kinds: Sequence[str]) -> Values:
        if len(found) > 1 and not set(kinds) <= _INLINE:
            raise LeftOut("type-unknown", f"several tasks in one item: {', '.join(kinds)}")
        only, kind = found[0], kinds[0]
        if set(kinds) <= _INLINE and (len(found) > 1 or kind == "inlineChoiceInteraction" or self._is_gap(only)):
            return self._cloze(body, found)
        if kind == "gapMatchInteraction":
            return self._gap_match(only)
        if kind == "hottextInteraction":
            return self._hottext(body, only)
        read = _READERS.get(kind)
        if read is None:
            manual = kind in _MANUAL or kind.startswith(("graphic", "custom"))
            raise LeftOut("type-manual" if manual else "type-unknown", kind)
        made = read(self, only)
        made.setdefault("stem", self._stem(body, only))
        return made

    # ------------------------------------------------------------------ texts

    def _stem(self, body: etree._Element, only: etree._Element) -> str:
        prompt = self.texts.of(only.find("prompt"))
        for unit in body.iterfind(".//span[@class='unit']"):
            unit.text = None
        around = self.texts.of(body)
        return "\n\n".join(part for part in (around, prompt) if part)

    def _is_gap(self, entry: etree._Element) -> bool:
        """Whether words go on behind a field, so that it stands within them; or stands among gaps of our own."""
        node: etree._Element | None = entry
        if any(each.get("class") == "gaps" for each in entry.iterancestors("div")):
            return True
        while node is not None and node.tag != "itemBody":
            if re.search(r"\w", node.tail or ""):
                return True
            for after in node.itersiblings():
                if after.get("class") != "unit" and re.search(r"\w", words_in(after)):
                    return True
                if re.search(r"\w", after.tail or ""):
                    return True
            node = node.getparent()
        return False

    def _feedback(self, *names: str, of: etree._Element | None = None) -> str:
        """What is told of a choice: by its name, or within it."""
        inside = [self.texts.of(each) for each in of.iter("feedbackInline", "feedbackBlock")] if of is not None else []
        found = [self.texts.of(self.told.pop(name)) for name in names if name in self.told]
        return "\n\n".join(dict.fromkeys(text for text in (*found, *inside) if text))

    def _tried_feedback(self, names: Sequence[str], response: QtiVariable) -> None:
        """Gives the feedback that is shown for some of the options the names of these: what is shown for one is its
        own, and what is shown for all of them explains the question."""
        shown: dict[str, list[str]] = {}
        for name in names:
            try:
                outcomes = self.scoring.results({response.name: [name]})
            except UnknownRule:
                return
            for key, node in self.told.items():
                is_met = key in (outcomes.get(node.get("outcomeIdentifier", "")) or ())
                if is_met == (node.get("showHide", "show") == "show"):
                    shown.setdefault(key, []).append(name)
        for key, options in shown.items():
            if key in names or key == "explanation":
                continue
            wanted = ["explanation"] if len(options) == len(names) else options
            if not any(name in self.told for name in wanted):
                node = self.told.pop(key)
                self.told.update(dict.fromkeys(wanted, node))

    # ------------------------------------------------------------------ what is right

    def _response(self, node: etree._Element) -> QtiVariable:
        name = node.get("responseIdentifier", "")
        declared = self.scoring.responses.get(name)
        if declared is None:
            raise LeftOut("broken", f"a task whose response {name!r} is not declared")
        return declared

    def _earned(self, **given: Any) -> float | None:
        """What responses earn; None where the file doesn't say, or says it in a way that is not understood."""
        if not self.stated or not self.scoring.is_stated:
            return None
        try:
            return self.scoring.score(given)
        except UnknownRule as unknown:
            self._note_rule(str(unknown))
            return None

    def _note_rule(self, said: str) -> None:
        self.stated = False
        self.losses.append(Loss("response-processing", said))

    # ------------------------------------------------------------------ choosing

    def _choice(self, node: etree._Element) -> Values:
        choices = making.bounded(node.findall("simpleChoice"))
        response = self._response(node)
        if response.cardinality == "single" or node.get("maxChoices") == "1":
            statement = self._true_false(choices, response)
            if statement is not None:
                return statement
            made = self._one(choices, response)
        else:
            made = self._several(choices, response)
        return {**made, "shuffle": "false"} if node.get("shuffle", "false") == "false" else made

    def _shares(self, names: Sequence[str], response: QtiVariable) -> dict[str, float]:
        """What each option earns when it alone is chosen, as a share of the most."""
        earned = {name: self._earned(**{response.name: [name]}) for name in names}
        known = {name: value for name, value in earned.items() if value is not None}
        most = max(known.values(), default=0.0)
        if len(known) < len(names) or most <= 0:
            if response.mapped and (most := max((worth for _, worth, _ in response.mapped), default=0.0)) > 0:
                worths = {key: worth for key, worth, _ in response.mapped}
                return {name: worths.get(name, response.otherwise) / most for name in names}
            return {name: float(name in response.correct) for name in names}
        self.most = most
        return {name: value / most for name, value in known.items()}

    def _one(self, choices: Sequence[etree._Element], response: QtiVariable) -> Values:
        names = [each.get("identifier", "") for each in choices]
        shares = self._shares(names, response)
        self._tried_feedback(names, response)
        right = [name for name in response.correct if name in names]
        if response.correct and len(right) == 1:
            full = [name for name, share in shares.items() if share >= 1 - _NEAR]
            if full and full != right:
                shown = ", ".join(f"“{words_in(choices[names.index(name)])}”" for name in dict.fromkeys(right + full))
                raise LeftOut("keys", f"the right answer and the one that earns the points differ: {shown}")
            shares[right[0]] = 1.0
        elif response.correct:
            raise LeftOut("keys" if right else "key-unclear", ", ".join(response.correct))
        answers = [
            ForeignAnswer(self._said(each), max(shares[name], 0.0), self._feedback(name, of=each))
            for name, each in zip(names, choices, strict=True)
        ]
        return self._named(making.choice(answers, self.losses), choices, "option-")

    def _true_false(self, choices: Sequence[etree._Element], response: QtiVariable) -> Values | None:
        if len(choices) != 2:
            return None
        order = is_true_false(*(words_in(each) for each in choices))
        if order is None:
            return None
        true, false = choices if order else reversed(choices)
        names = [true.get("identifier", ""), false.get("identifier", "")]
        shares = self._shares(names, response)
        self._tried_feedback(names, response)
        right = [each for each in (true, false) if shares[each.get("identifier", "")] >= 1 - _NEAR]
        if len(right) != 1 or (response.correct and response.correct != [right[0].get("identifier", "")]):
            raise LeftOut("keys" if right else "no-key", ", ".join(response.correct) or "no answer")
        told = [self._feedback(each.get("identifier", ""), of=each) for each in (true, false)]
        return making.true_false(right[0] is true, *told)

    def _several(self, choices: Sequence[etree._Element], response: QtiVariable) -> Values:
        names = [each.get("identifier", "") for each in choices]
        right = [name for name in names if name in response.correct]
        if not right and response.mapped:
            worths = {key: worth for key, worth, _ in response.mapped}
            right = [name for name in names if worths.get(name, response.otherwise) > 0]
        if not right:
            raise LeftOut("no-key", "no right answer is named")
        answers = [
            ForeignAnswer(
                self._said(each), 1 / len(right) if name in right else -1 / max(len(names) - len(right), 1),
                self._feedback(name, of=each),
            )
            for name, each in zip(names, choices, strict=True)
        ]  # fmt: skip
        made = making.multiple(answers, self.losses)
        made["scoring"] = self._rule(names, right, response)
        if made["scoring"] == "per-option":
            made.pop("scoring")
        return self._named(made, choices, "option-")

    def _rule(self, names: Sequence[str], right: Sequence[str], response: QtiVariable) -> str:
        """The rule by which ticks become points, tried on sets of options."""
        most = self._earned(**{response.name: list(right)})
        if most is None or most <= 0:
            if most is not None:
                self.losses.append(Loss("response-processing", "the right answers together earn nothing"))
            return "all-or-nothing"
        self.most = most
        best, off = rule_of(names, right, lambda chosen: (self._earned(**{response.name: list(chosen)}) or 0.0) / most)
        if off > 0.006:
            self.losses.append(Loss("scoring", f"one wrong set of answers earns up to {off:.0%} otherwise"))
        return best

    def _said(self, node: etree._Element) -> str:
        return self.texts.of(node, line=True)

    @staticmethod
    def _named(made: Values, choices: Sequence[etree._Element], before: str) -> Values:
        """Options with the names and places that they were given."""
        for place, (option, choice) in enumerate(zip(made["options"], choices, strict=True)):
            name = _own_name(choice, before, place)
            if name:
                made["options"][place] = option = {"id": name, **option}
            if choice.get("fixed") == "true":
                option["fixed"] = "true"
        return made

    def _hottext(self, body: etree._Element, node: etree._Element) -> Values:
        words = list(node.iter("hottext"))
        response = self._response(node)
        is_one = response.cardinality == "single" or node.get("maxChoices") == "1"
        made = (self._one if is_one else self._several)(making.bounded(words), response)
        self.texts.reader.lost("layout", "words to choose within a text")
        node.tag = "div"
        return {**made, "stem": self.texts.of(body), "shuffle": "false"}

    # ------------------------------------------------------------------ sorting

    def _order(self, node: etree._Element) -> Values:
        response = self._response(node)
        choices = {each.get("identifier", ""): each for each in making.bounded(node.findall("simpleChoice"))}
        if len(response.correct) < 2 or sorted(response.correct) != sorted(choices):
            raise LeftOut("no-key" if not response.correct else "unfit", "an order of some of the things")
        right = response.correct
        full = self._earned(**{response.name: right})
        whole = True
        if full is not None and full > 0:
            self.most = full
            swaps = [[*right[:at], right[at + 1], right[at], *right[at + 2 :]] for at in range(len(right) - 1)]
            tried = [*swaps, right[::-1]]
            shares = [(self._earned(**{response.name: each}) or 0.0) / full for each in tried]
            pairs = len(right) * (len(right) - 1) / 2
            by_pairs = [1 - 1 / pairs] * len(swaps) + [0.0]
            whole = not all(abs(one - other) < 0.006 for one, other in zip(shares, by_pairs, strict=True))
            if whole and any(share > _NEAR for share in shares):
                self.losses.append(Loss("scoring", "orders that are right in part earn a part"))
        elif response.mapped or full is not None:
            self.losses.append(Loss("response-processing", "points for an order"))
        made = making.ordering([self._said(choices[name]) for name in right], all_or_nothing=whole)
        for place, name in enumerate(right):
            made["items"][place].update(making.texts(feedback=self._feedback(name, of=choices[name])))
            if own := _own_name(choices[name], "item-", place):
                made["items"][place] = {"id": own, **made["items"][place]}
        return made

    def _match(self, node: etree._Element) -> Values:
        response = self._response(node)
        sets = node.findall("simpleMatchSet")
        if len(sets) != 2:
            raise LeftOut("broken", f"{len(sets)} sets to match")
        things, places = (
            {each.get("identifier", ""): each for each in making.bounded(group.findall("simpleAssociableChoice"))}
            for group in sets
        )
        right: dict[str, str] = {}
        keys = response.correct or [key for key, worth, _ in response.mapped or () if worth > 0]
        for key in keys:
            thing, _, place = key.partition(" ")
            if thing not in things or place not in places:
                raise LeftOut("broken", f"the pair {key}")
            if thing in right:
                raise LeftOut("keys", f"several matches for “{words_in(things[thing])}”")
            right[thing] = place
        if not right:
            raise LeftOut("no-key", "no pair is named as right")
        if len(right) < len(things):
            raise LeftOut("keys", "things that belong nowhere")
        whole = self._is_whole([f"{thing} {place}" for thing, place in right.items()], response)
        if node.get("class") == "categorise":
            made = self._categorise(things, places, right)
        else:
            made = self._pairs(things, places, right)
        if node.get("shuffle", "false") == "false":
            made["shuffle"] = "false"
        return {**made, **({"scoring": "all-or-nothing"} if whole else {})}

    def _is_whole(self, pairs: Sequence[str], response: QtiVariable) -> bool:
        """Whether all pairs have to be right to earn anything."""
        full = self._earned(**{response.name: list(pairs)})
        if full is None or full <= 0:
            if full is not None:
                self.losses.append(Loss("response-processing", "the right pairs together earn nothing"))
            return False
        self.most = full
        without = [
            (self._earned(**{response.name: [*pairs[:at], *pairs[at + 1 :]]}) or 0.0) / full for at in range(len(pairs))
        ]
        if all(share <= _NEAR for share in without):
            return len(pairs) > 1
        if any(abs(share - (1 - 1 / len(pairs))) > 0.006 for share in without):
            self.losses.append(Loss("scoring", "pairs that earn different points"))
        return False

    def _pairs(
        self, things: Mapping[str, etree._Element], places: Mapping[str, etree._Element], right: Mapping[str, str]
    ) -> Values:
        said = {name: self._said(each) for name, each in places.items()}
        rest = [name for name in places if name not in right.values()]
        made = making.matching(
            [*((self._said(each), said[right[name]]) for name, each in things.items()),
             *(("", said[name]) for name in rest)],
            self.losses,
        )  # fmt: skip
        for place, (name, thing) in enumerate(things.items()):
            pair = made["pairs"][place]
            pair.update(making.texts(feedback=self._feedback(name, of=thing)))
            if own := _own_name(thing, "left-", place):
                made["pairs"][place] = {"id": own, **pair}
        for extra, name in zip(made.get("extra", ()), rest, strict=False):
            extra.update(making.texts(feedback=self._feedback(name)))
        return made

    def _categorise(
        self, things: Mapping[str, etree._Element], places: Mapping[str, etree._Element], right: Mapping[str, str]
    ) -> Values:
        groups = {name: making.slug(name.removeprefix("group-")) or f"group-{n}" for n, name in enumerate(places, 1)}
        items = []
        for place, (name, thing) in enumerate(things.items()):
            own = _own_name(thing, "item-", place)
            items.append({
                **({"id": own} if own else {}),
                "text": self._said(thing),
                "category": groups[right[name]],
                **making.texts(feedback=self._feedback(name, of=thing)),
            })  # fmt: skip
        titles = [{"id": groups[name], "title": self._said(each)} for name, each in places.items()]
        return {"type": "categorise", "categories": titles, "items": items}

    # ------------------------------------------------------------------ typing

    def _entry(self, node: etree._Element) -> Values:
        response = self._response(node)
        if response.base in ("float", "integer"):
            return {"type": "numeric", **self._number(response, ""), **self._unit(node)}
        return {"type": "short_text", **self._words(response, "")}

    @staticmethod
    def _unit(node: etree._Element) -> Values:
        after = node.getnext()
        if after is not None and after.get("class") == "unit" and (unit := words_in(after)):
            return {"unit": unit}
        return {}

    def _branches(self, response: QtiVariable) -> list[tuple[etree._Element, float, list[str]]]:
        """The conditions on a response: each test, the points that are added where it is met, and what is told."""
        processing = self.root.find("responseProcessing")
        found = []
        for branch in processing.iter("responseIf", "responseElseIf") if processing is not None else ():
            if not len(branch):
                continue
            names = {each.get("identifier") for each in branch[0].iter("variable", "mapResponse", "correct")}
            if names != {response.name} or branch[0].tag in ("isNull", "not"):
                continue
            points = 0.0
            told = []
            for rule in branch.iter("setOutcomeValue"):
                values = [words_in(each) for each in rule.iter("baseValue")]
                base = (self.scoring.outcomes.get(rule.get("identifier", "")) or QtiVariable("")).base
                if base in ("float", "integer"):
                    points += sum(_number(text) for text in values)
                else:
                    told += values
            found.append((branch[0], points, told))
        return found

    def _words(self, response: QtiVariable, before: str) -> Values:
        """What `short_text` and a gap have in common."""
        right: dict[str, None] = dict.fromkeys(response.correct)
        patterns: dict[str, None] = {}
        wide: list[str] = []
        wrong: list[tuple[str, str, str]] = []
        case = any(is_case for _, _, is_case in response.mapped or ())
        shares: dict[str, float] = {}
        if response.mapped:
            most = max((worth for _, worth, _ in response.mapped), default=0.0)
            self.most = max(most, self.most)
            for key, worth, _ in response.mapped:
                shares[key] = worth / most if most > 0 else 0.0
        for test, points, told in self._branches(response):
            texts, found = _named_in(test)
            case = case or any(each.get("caseSensitive") == "true" for each in test.iter("stringMatch"))
            if points > 0:
                right.update(dict.fromkeys(texts))
                patterns.update(dict.fromkeys(found))
            else:
                feedback = self._feedback(*told)
                wrong += [("text", text, feedback) for text in texts[:1]]
                wrong += [("pattern", text, feedback) for text in found[:1] if not texts]
            wide += found
        answers = [ForeignAnswer(text, shares.get(text, 1.0)) for text in right]
        answers += [ForeignAnswer(text, share) for text, share in shares.items() if text not in right]
        if not answers:
            raise LeftOut("no-key", "no answer is named as right")
        # A star stands for itself here.
        answers = [ForeignAnswer(each.text.replace("*", "\\*"), max(each.fraction, 0.0)) for each in answers]
        made = making.typed_words(answers, self.losses, case=case)
        accents = _accents(wide, [*right], case, "accents" in made)
        made.pop("accents", None)
        spelled = {pattern_of_text(text, case=case, accents=accents) for text in right}
        spelled |= {pattern_of_pattern(text, case=case, accents=accents) for text in patterns}
        own = [text for text in patterns if text not in spelled]
        made["answers"] += [{"pattern": text} for text in own]
        errors = [
            {kind: text, **making.texts(feedback=feedback)}
            for kind, text, feedback in wrong
            if kind == "text" or text not in spelled
        ]
        return {
            **made,
            **({"accents": "true"} if accents else {}),
            **({"wrong": [*made.get("wrong", ()), *errors]} if errors else {}),
        }

    def _number(self, response: QtiVariable, before: str) -> Values:
        """What `numeric` and a gap for a number have in common."""
        right: list[tuple[Decimal, Decimal]] = []
        wrong: list[ForeignAnswer] = []
        for test, points, told in self._branches(response):
            for value, room in _amounts_in(test, response):
                if points > 0:
                    right.append((value, room))
                else:
                    wrong.append(ForeignAnswer(written(value), 0.0, self._feedback(*told), room))
        if response.mapped:
            most = max((worth for _, worth, _ in response.mapped), default=0.0)
            self.most = max(most, self.most)
            right += [(making.number(key), Decimal(0)) for key, worth, _ in response.mapped if 0 < most <= worth]
        if not right:
            right = [(making.number(text), Decimal(0)) for text in response.correct]
        values = dict.fromkeys(right)
        answers = [ForeignAnswer(written(value), 1.0, "", room) for value, room in values]
        return making.typed_number([*answers, *wrong], self.losses)

    def _essay(self, node: etree._Element) -> Values:
        kept = making.essay(self.losses)
        return {**kept, "takes": "file"} if node.tag == "uploadInteraction" else kept

    # ------------------------------------------------------------------ gaps

    def _cloze(self, body: etree._Element, found: Sequence[etree._Element]) -> Values:
        blanks: dict[str, Values] = {}
        worths: list[float] = []
        full = {each.name: each.correct for each in self.scoring.responses.values()}
        everything = self._earned(**full)
        for number, node in enumerate(found, 1):
            response = self._response(node)
            before = f"gap-{number}-"
            blanks[f"gap-{number}"] = self._gap(node, response, before)
            less = self._earned(**{**full, response.name: None})
            worths.append((everything or 0.0) - (less or 0.0))
        self._weigh(blanks, worths, everything)
        for number, node in enumerate(found, 1):
            unit = node.getnext()
            tail = node.tail or ""
            if unit is not None and unit.get("class") == "unit":
                unit.text = None
                tail = ""
            parent = node.getparent()
            assert parent is not None
            placed = etree.Element("span")
            placed.text, placed.tail = mark(number), tail
            parent.replace(node, placed)
        return with_gaps(self.texts.of(body), blanks)

    def _gap(self, node: etree._Element, response: QtiVariable, before: str) -> Values:
        if node.tag == "textEntryInteraction":
            if response.base in ("float", "integer"):
                return {**self._number(response, before), **self._unit(node)}
            return self._words(response, before)
        choices = making.bounded(node.findall("inlineChoice"))
        if len(response.correct) != 1:
            raise LeftOut("no-key" if not response.correct else "keys", "a gap without one right answer")
        answers = [
            ForeignAnswer(
                self._said(each), float(each.get("identifier") == response.correct[0]),
                self._feedback(before + each.get("identifier", "")),
            )
            for each in choices
        ]  # fmt: skip
        made = self._named(making.choice(answers, self.losses), choices, "option-")
        made.pop("type")
        return made

    def _weigh(self, blanks: Mapping[str, Values], worths: Sequence[float], everything: float | None) -> None:
        """The weights of gaps by what is missing without each."""
        if everything is None or everything <= 0:
            return
        self.most = everything
        if any(worth <= 0 for worth in worths) or abs(sum(worths) - everything) > 0.01 * everything:
            self.losses.append(Loss("scoring", "gaps that earn points only together, or not at all"))
            return
        least = min(worths)
        for blank, earned in zip(blanks.values(), worths, strict=True):
            weight = round(earned / least, 4)
            if abs(weight - 1) > 0.001:
                blank["weight"] = f"{weight:g}"

    def _gap_match(self, node: etree._Element) -> Values:
        response = self._response(node)
        words = {
            each.get("identifier", ""): each
            for each in making.bounded([*node.findall("gapText"), *node.findall("gapImg")])
        }
        keys = {}
        for key in response.correct:
            word, _, gap = key.partition(" ")
            if word not in words or gap in keys:
                raise LeftOut("broken", f"the pair {key}")
            keys[gap] = word
        gaps = list(node.iter("gap"))
        if not gaps or any(each.get("identifier", "") not in keys for each in gaps):
            raise LeftOut("keys", "gaps that stay empty")
        if self._is_whole([f"{word} {gap}" for gap, word in keys.items()], response):
            self.losses.append(Loss("scoring", "all-or-nothing"))
        self.texts.reader.lost("layout", "words to drag into the text")
        blanks = {}
        said = {name: self._said(each) for name, each in words.items()}
        for number, gap in enumerate(gaps, 1):
            key = keys[gap.get("identifier", "")]
            answers = [ForeignAnswer(text, float(name == key)) for name, text in said.items()]
            blanks[f"gap-{number}"] = making.choice(answers, self.losses)
            blanks[f"gap-{number}"].pop("type")
            gap.tag, gap.text = "span", mark(number)
        prompt = node.find("prompt")
        before = self.texts.of(prompt)
        for each in [*words.values(), *([prompt] if prompt is not None else [])]:
            node.remove(each)
        node.tag = "div"
        body = self.root.find("itemBody")
        text = self.texts.of(body)
        return with_gaps(f"{before}\n\n{text}" if before else text, blanks)

    # ------------------------------------------------------------------ the rest

    def _points(self, made: Mapping[str, Any]) -> Values:
        stated = self.scoring.most
        points = stated if stated is not None and stated > 0 else self.most
        return {} if abs(points - 1) < _NEAR else {"points": f"{points:.6g}"}

    def _note_the_rest(self, body: etree._Element) -> None:
        for node in body.iter("rubricBlock"):
            if "candidate" not in node.get("view", "") and (said := words_in(node)):
                self.losses.append(Loss("feedback", f"for {node.get('view', 'others')}: {said}"))
        for node in body.iter("feedbackBlock"):
            if said := words_in(node):
                self.losses.append(Loss("feedback-combined", said))


def _own_name(node: etree._Element, before: str, place: int) -> str:
    """The name that its author gave to a part, where it is one of ours."""
    name = node.get("identifier", "")
    own = name.removeprefix(before)
    return own if name.startswith(before) and own != letter(place) and making.slug(own) == own else ""


def _number(text: str) -> float:
    try:
        return float(making.number(text))
    except LeftOut:
        return 0.0


def _named_in(test: etree._Element) -> tuple[list[str], list[str]]:
    """The words and the patterns that a test compares with."""
    texts = [words_in(each) for node in (test.iter("stringMatch", "match", "equal")) for each in node.iter("baseValue")]
    return texts, [node.get("pattern", "") for node in test.iter("patternMatch")]


def _amounts_in(test: etree._Element, response: QtiVariable) -> list[tuple[Decimal, Decimal]]:
    """The numbers that a test compares with, each with how far from it still counts."""
    least = [making.number(words_in(each)) for node in test.iter("gte") for each in node.iter("baseValue")]
    most = [making.number(words_in(each)) for node in test.iter("lte") for each in node.iter("baseValue")]
    if len(least) == len(most) == 1:
        return [((least[0] + most[0]) / 2, (most[0] - least[0]) / 2)]
    found = []
    for node in test.iter("equal", "match", "equalRounded"):
        values = [words_in(each) for each in node.iter("baseValue")]
        if any(each.tag == "correct" for each in node):
            values += response.correct[:1]
        rooms = [making.number(text) for text in node.get("tolerance", "").split()[:2]]
        if node.tag == "equalRounded":
            raise LeftOut("unfit", "a number that is right when it is rounded")
        if len(set(rooms)) > 1:
            raise LeftOut("unfit", f"a tolerance of {node.get('tolerance')}")
        for text in values[:1]:
            value, room = making.number(text), rooms[0] if rooms else Decimal(0)
            if node.get("toleranceMode") == "relative":
                room = abs(value) * room / 100
            found.append((value, Decimal(0) if node.get("toleranceMode", "exact") == "exact" else room))
    return found


def _accents(wide: Sequence[str], texts: Sequence[str], case: bool, otherwise: bool) -> bool:
    """Whether accents count: as the patterns say, where they are ours."""
    for is_so in (False, True):
        if any(pattern_of_text(text, case=case, accents=is_so) in wide for text in texts):
            return is_so
    return otherwise and any(not plain(text).isascii() for text in texts)


_READERS: Mapping[str, Callable[[_ItemReader, etree._Element], Values]] = {
    "choiceInteraction": _ItemReader._choice,
    "orderInteraction": _ItemReader._order,
    "matchInteraction": _ItemReader._match,
    "textEntryInteraction": _ItemReader._entry,
    "extendedTextInteraction": _ItemReader._essay,
    "uploadInteraction": _ItemReader._essay,
}
