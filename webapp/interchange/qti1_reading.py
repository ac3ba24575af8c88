"""Items of QTI 1.2 as Canvas, its New Quizzes and Common Cartridge write them, and plain ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from html import escape, unescape

from lxml import etree

from webapp.interchange import making
from webapp.interchange.contract import LONGEST_ITEM, ForeignItem, Values
from webapp.interchange.foreign_text import TextReader
from webapp.interchange.losses import LeftOut, Loss
from webapp.interchange.making import ForeignAnswer
from webapp.interchange.moodle_cloze import mark, typed, with_gaps
from webapp.interchange.option_rules import rule_of
from webapp.interchange.pictures import Pictures
from webapp.interchange.qti1_scoring import EarningConditions, is_case
from webapp.interchange.qti_scoring import UnknownRule
from webapp.interchange.qti_texts import inner_html, words_in
from webapp.interchange.true_words import is_true_false
from webapp.questions.numbers import written

_KIND_NAMES = {
    "cc.multiple_choice": "multiple_choice_question", "cc.true_false": "true_false_question",
    "cc.multiple_response": "multiple_answers_question", "cc.fib": "short_answer_question",
    "cc.pattern_match": "short_answer_question", "cc.essay": "essay_question",
}  # fmt: skip
_COMBINED = {"correct_fb": "for those who are right", "general_incorrect_fb": "for those who are wrong"}
_RESPONSES = ("response_lid", "response_str", "response_num", "response_xy", "response_grp", "response_extension")
_GAP = re.compile(r"\[([^\[\]<>]{1,200})\]")
_FILES = re.compile(r"\$IMS[-_]CC[-_]FILEBASE\$|%24IMS[-_]CC[-_]FILEBASE%24", re.IGNORECASE)
_LONGEST_TITLE = 80
_NEAR = 1e-3


@dataclass(frozen=True, slots=True)
class _Task:
    """A response of an item: what is chosen or typed, and the words before it."""

    name: str
    node: etree._Element
    labels: Mapping[str, etree._Element]
    is_ordered: bool = False
    is_many: bool = False
    is_typed: bool = False


def read_item1(node: etree._Element, place: str, pictures: Pictures, files: Mapping[str, bytes]) -> ForeignItem:
    """What an `item` becomes."""
    item = ForeignItem(place, "item", " ".join(node.get("title", "").split())[:_LONGEST_TITLE])
    item.source = node.get("ident", "").strip()[:80]
    # Canvas gives each item a name of 33 signs that no other has.
    item.is_named = re.fullmatch(r"[gi]?[0-9a-f]{32}", item.source) is not None
    reader = TextReader(pictures, item.losses)
    try:
        item.values = _Qti1Reader(node, item, reader, files).values()
    except LeftOut as out:
        item.losses.append(out.loss)
    except UnknownRule as unknown:
        item.losses.append(Loss("broken", str(unknown)))
    shown = node.find("presentation")
    words = typed(unescape(words_in(shown))) if shown is not None else ""
    if item.values is None:
        item.text = words[:LONGEST_ITEM]
    item.losses[:] = dict.fromkeys(item.losses)
    if not item.title or item.title.lower() in ("question", "item"):
        item.title = words[:_LONGEST_TITLE]
    item.source = item.source or making.slug(item.title) or "item"
    item.pictures = tuple(dict.fromkeys(reader.used))
    return item


class _Qti1Reader:
    """Reads one item."""

    def __init__(self, node: etree._Element, item: ForeignItem, reader: TextReader, files: Mapping[str, bytes]) -> None:
        self.node, self.item, self.reader, self.files = node, item, reader, files
        self.losses = item.losses
        self.shown: dict[str, list[str]] = {}
        self.said: dict[str, str] = {}
        for field in node.iterfind("itemmetadata/qtimetadata/qtimetadatafield"):
            label, entry = field.find("fieldlabel"), field.find("fieldentry")
            if label is not None and entry is not None:
                self.said.setdefault(words_in(label).lower(), words_in(entry))
        self.told = {each.get("ident", ""): each for each in node.findall("itemfeedback")}

    def values(self) -> Values:
        """The question as the course says it. Raises LeftOut and UnknownRule."""
        shown = self.node.find("presentation")
        if shown is None:
            raise LeftOut("broken", "an item that shows nothing")
        self.tasks = self._tasks(shown)
        kind = self._kind()
        self.item.kind = kind or "item"
        self.conditions = EarningConditions(self.node, frozenset(task.name for task in self.tasks if task.is_ordered))
        read = _READERS.get(kind)
        if read is None:
            if kind == "text_only_question":
                raise LeftOut("description", words_in(shown)[:200])
            raise LeftOut("type-manual" if kind in _MANUAL else "type-unknown", kind or "a task of another kind")
        made = read(self, shown)
        if "stem" not in made:
            made["stem"] = self._stem(shown)
        if not made["stem"]:
            raise LeftOut("broken", "a question without words")
        explanation = self._feedback("general_fb")
        for name, feedback in self.told.items():
            if said := typed(unescape(words_in(feedback))):
                self.losses.append(
                    Loss(
                        "feedback-combined" if name in _COMBINED else "feedback", f"{_COMBINED.get(name, name)}: {said}"
                    )
                )
        return {
            "type": made.pop("type"),
            "stem": made.pop("stem"),
            **made,
            **making.texts(explanation=explanation),
            **self._points(),
        }

    # ------------------------------------------------------------------ what kind it is

    def _kind(self) -> str:
        named = self.said.get("question_type", "")
        profile = re.sub(r"\.v\d.*$", "", self.said.get("cc_profile", ""))
        named = named or _KIND_NAMES.get(profile, "")
        if named:
            return named[:60]
        if not self.tasks:
            other = list(self.node.iter(*_RESPONSES))
            return "hot_spot_question" if other else "text_only_question"
        first = self.tasks[0]
        if self.node.find(".//response_xy") is not None or self.node.find(".//render_hotspot") is not None:
            return "hot_spot_question"
        if all(task.is_typed for task in self.tasks):
            return self._kind_of_typed()
        if any(task.is_typed for task in self.tasks):
            return "several tasks"
        if first.is_ordered:
            return "ordering_question"
        if len(self.tasks) > 1:
            return "matching_question" if all(self._own(task) is not None for task in self.tasks) else "several tasks"
        return "multiple_answers_question" if first.is_many else "multiple_choice_question"

    def _kind_of_typed(self) -> str:
        if len(self.tasks) > 1:
            return "gaps"
        field = self.tasks[0].node.find(".//render_fib")
        kind = (field.get("fibtype", "String") if field is not None else "String").lower()
        if kind in ("decimal", "integer", "scientific") or self.tasks[0].node.tag == "response_num":
            return "numerical_question"
        return "short_answer_question" if self.node.find(".//varequal") is not None else "essay_question"

    def _tasks(self, shown: etree._Element) -> list[_Task]:
        found = []
        for node in making.bounded(list(shown.iter("response_lid", "response_str", "response_num"))):
            labels = {each.get("ident", ""): each for each in making.bounded(list(node.iter("response_label")))}
            many = node.get("rcardinality", "Single").lower()
            is_typed = node.tag != "response_lid" or node.find(".//render_fib") is not None
            found.append(_Task(node.get("ident", ""), node, labels, many == "ordered", many == "multiple", is_typed))
        return found

    def _one_task(self) -> _Task:
        if len(self.tasks) != 1:
            raise LeftOut("broken", f"{len(self.tasks)} answers where one belongs")
        return self.tasks[0]

    # ------------------------------------------------------------------ texts

    def _text(self, node: etree._Element | None, *, line: bool = False) -> str:
        """What the materials in a node say, without those of the tasks in it."""
        html = self._html(node)
        return self.reader.from_html(html, self.files, line=line) if html else ""

    def _html(self, node: etree._Element | None, gaps: Mapping[str, str] | None = None) -> str:
        parts: list[str] = []
        for each in node if node is not None else ():
            tag = str(each.tag)
            if tag in _RESPONSES:
                parts.append((gaps or {}).get(each.get("ident", ""), ""))
            elif tag == "mattext":
                parts.append(_of_mattext(each))
            elif tag == "matbreak":
                parts.append("<br>")
            elif tag == "matimage":
                parts.append(f'<img src="{escape(each.get("uri", ""))}" alt="{escape(each.get("label", ""))}">')
            elif tag in ("mataudio", "matvideo", "matapplet", "matapplication"):
                parts.append(f"<embed src='{escape(each.get('uri', ''))}'>")
            elif tag in ("material", "flow", "flow_mat", "flow_label", "presentation", "render_choice"):
                inner = self._html(each, gaps)
                parts.append(f"<p>{inner}</p>" if tag == "material" and gaps is None and "<p" not in inner else inner)
        return _FILES.sub("", "".join(parts))

    def _stem(self, shown: etree._Element) -> str:
        return self._text(shown)

    @staticmethod
    def _own(task: _Task) -> etree._Element | None:
        """The words that stand before what is chosen in a task."""
        own = task.node.find("material")
        return task.node if own is not None else None

    def _left(self, task: _Task) -> str:
        wrapped = etree.Element("flow")
        wrapped.extend(deepcopy(each) for each in task.node.findall("material"))
        return self._text(wrapped, line=True)

    def _label(self, label: etree._Element) -> str:
        return self._text(label, line=True)

    def _feedback(self, *names: str) -> str:
        return "\n\n".join(self._text(self.told.pop(name)) for name in names if name in self.told)

    # ------------------------------------------------------------------ types

    def _choice(self, shown: etree._Element) -> Values:
        task = self._one_task()
        scores = {name: self.conditions.score({task.name: [name]}) for name in task.labels}
        best = max(scores.values(), default=0.0)
        if best <= 0:
            raise LeftOut("no-key", "no answer earns points")
        answers = {name: scores[name] / best for name in task.labels}
        if self.item.kind == "true_false_question" or len(task.labels) == 2:
            words = [typed(unescape(words_in(label))) for label in task.labels.values()]
            order = is_true_false(*words) if len(words) == 2 else None
            if order is not None:
                true, false = task.labels if order else reversed(list(task.labels))
                right = [name for name in (true, false) if answers[name] >= 1 - _NEAR]
                if len(right) != 1:
                    raise LeftOut("keys" if right else "no-key", ", ".join(words))
                return making.true_false(right[0] == true, *(self._feedback(f"{name}_fb") for name in (true, false)))
        made = making.choice(
            [
                ForeignAnswer(self._label(label), max(answers[name], 0.0), self._told_for(task, name))
                for name, label in task.labels.items()
            ],
            self.losses,
        )
        return {**made, **self._shuffle(task)}

    def _told_for(self, task: _Task, name: str) -> str:
        """The feedback on an option: by its name, or by what its choice shows and no other does."""
        if f"{name}_fb" in self.told:
            return self._feedback(f"{name}_fb")
        if not self.shown:
            for other in task.labels:
                for told in dict.fromkeys(self.conditions.outcome({task.name: [other]})[1]):
                    self.shown.setdefault(told, []).append(other)
        return self._feedback(*(told for told, names in self.shown.items() if names == [name] and told != "general_fb"))

    @staticmethod
    def _shuffle(task: _Task) -> Values:
        said = task.node.find(".//render_choice")
        return {"shuffle": "false"} if said is not None and said.get("shuffle", "").lower() == "no" else {}

    def _several(self, shown: etree._Element) -> Values:
        task = self._one_task()
        right = self._ticked(task)
        full = self.conditions.score({task.name: right})
        if full <= 0:
            raise LeftOut("no-key", "the right answers together earn nothing")
        names = list(task.labels)
        less = -1.0 / max(len(names) - len(right), 1)
        answers = [
            ForeignAnswer(self._label(label), 1 / len(right) if name in right else less,
                          self._told_for(task, name))
            for name, label in task.labels.items()
        ]  # fmt: skip
        made = making.multiple(answers, self.losses)
        rule, off = rule_of(names, right, lambda chosen: self.conditions.score({task.name: list(chosen)}) / full)
        if off > 0.006:
            self.losses.append(Loss("scoring", f"one wrong set of answers earns up to {off:.0%} otherwise"))
        if self.said.get("question_type"):
            self.losses.append(Loss("scoring", "the file has no word of points for a part, which Canvas gives"))
        made.pop("scoring")
        return {**made, **({} if rule == "per-option" else {"scoring": rule}), **self._shuffle(task)}

    def _ticked(self, task: _Task) -> list[str]:
        """The options that are named as right and not as wrong, where points are earned."""
        right: dict[str, None] = {}
        for variable, _ in self.conditions.earning():
            for test in variable.iter("varequal"):
                is_not = any(each.tag == "not" for each in test.iterancestors())
                if test.get("respident") == task.name and not is_not and words_in(test) in task.labels:
                    right[words_in(test)] = None
        if not right:
            raise LeftOut("no-key", "no right answer is named")
        return [name for name in task.labels if name in right]

    def _short(self, shown: etree._Element) -> Values:
        task = self._one_task()
        if len(task.labels) > 1:
            return self._blanks(shown)
        return {"type": "short_text", **self._typed(task)}

    def _typed(self, task: _Task) -> Values:
        answers: dict[str, ForeignAnswer] = {}
        case = False
        most = max((points for _, points in self.conditions.earning()), default=0.0)
        for variable, points in self.conditions.earning():
            for test in variable.iter("varequal", "varsubstring"):
                if test.get("respident") != task.name:
                    continue
                case = case or is_case(test)
                text = words_in(test).replace("*", "\\*")
                if test.tag == "varsubstring":
                    text = f"*{text}*"
                share = 1.0 if len(self.tasks) > 1 else points / most
                answers.setdefault(text, ForeignAnswer(text, share))
        for variable, told in self.conditions.telling():
            for test in variable.iter("varequal"):
                text = words_in(test).replace("*", "\\*")
                if test.get("respident") == task.name and text not in answers and len(self.tasks) == 1:
                    answers[text] = ForeignAnswer(text, 0.0, self._feedback(*told))
        if not answers:
            raise LeftOut("no-key", "no answer earns points")
        return making.typed_words(list(answers.values()), self.losses, case=case)

    def _number(self, shown: etree._Element) -> Values:
        task = self._one_task()
        found: dict[tuple[Decimal, Decimal], float] = {}
        earning = self.conditions.earning()
        most = max((points for _, points in earning), default=0.0)
        for variable, points in earning:
            found.setdefault(self._amount(variable, task), points / most)
        if not found:
            raise LeftOut("no-key", "no number earns points")
        answers = [ForeignAnswer(written(value), share, "", room) for (value, room), share in found.items()]
        return making.numeric(answers, self.losses)

    def _amount(self, variable: etree._Element, task: _Task) -> tuple[Decimal, Decimal]:
        """A number, and how far from it still counts, as a condition says them."""

        def numbers(*tags: str) -> list[Decimal]:
            nodes = [each for each in variable.iter(*tags) if each.get("respident") == task.name]
            return [making.number(words_in(each)) for each in nodes]

        exact, low, high = numbers("varequal"), numbers("vargte", "vargt"), numbers("varlte", "varlt")
        if len(low) == len(high) == 1:
            middle, room = (low[0] + high[0]) / 2, (high[0] - low[0]) / 2
            if room < 0:
                raise LeftOut("broken", f"a range from {low[0]} to {high[0]}")
            if (room and variable.find(".//vargt") is not None) or variable.find(".//varlt") is not None:
                self.losses.append(Loss("scoring", f"of {low[0]} to {high[0]}, one end doesn't count"))
            if exact and abs(exact[0] - middle) > abs(middle) * Decimal("0.000001"):
                raise LeftOut("unfit", f"{exact[0]}, which isn't in the middle of {low[0]} to {high[0]}")
            return (exact[0] if exact else middle), room
        if len(exact) == 1 and not low and not high:
            return exact[0], Decimal(0)
        raise LeftOut("broken", "a number that can't be told")

    def _matching(self, shown: etree._Element) -> Values:
        pairs, used = [], []
        for task in self.tasks:
            right = self._ticked(task)
            if len(right) != 1:
                raise LeftOut("keys", f"several matches for “{self._left(task)}”")
            pairs.append((self._left(task), self._label(task.labels[right[0]])))
            used.append(right[0])
        rest: dict[str, etree._Element] = {}
        for task in self.tasks:
            rest.update({name: label for name, label in task.labels.items() if name not in used})
        extra = [("", text) for label in rest.values() if (text := self._label(label))]
        return making.matching([*pairs, *extra], self.losses)

    def _categorise(self, shown: etree._Element) -> Values:
        groups, items = [], []
        for number, task in enumerate(self.tasks, 1):
            title = self._left(task)
            name = making.slug(title) or f"group-{number}"
            groups.append({"id": name, "title": title})
            items += [{"text": self._label(task.labels[label]), "category": name} for label in self._ticked(task)]
        every = {name for task in self.tasks for name in task.labels}
        if len(items) < len(every):
            raise LeftOut("unfit", f"{len(every) - len(items)} things that belong to no group")
        self.losses.append(Loss("scoring", "a group earns its points as a whole"))
        return {"type": "categorise", "categories": groups, "items": items}

    def _order(self, shown: etree._Element) -> Values:
        task = self._one_task()
        for variable, _ in self.conditions.earning():
            right = [words_in(each) for each in variable.iter("varequal") if each.get("respident") == task.name]
            if sorted(right) == sorted(task.labels):
                return making.ordering([self._label(task.labels[name]) for name in right], all_or_nothing=True)
        raise LeftOut("no-key", "no order earns points")

    def _essay(self, shown: etree._Element) -> Values:
        kept = making.essay(self.losses)
        return {**kept, "takes": "file"} if self.item.kind == "file_upload_question" else kept

    # ------------------------------------------------------------------ gaps

    def _blanks(self, shown: etree._Element) -> Values:
        """A text with `[names]` in it, each of which is a task."""
        by_name = {task.name.removeprefix("response_"): task for task in self.tasks}
        blanks: dict[str, Values] = {}
        html = self._html(shown)
        first = next(iter(by_name.values()), None)
        if first is not None and len(by_name) == 1 and first.name not in html and not _GAP.search(html):
            return {"type": "short_text", **self._words(first)}

        def gap(match: re.Match[str]) -> str:
            task = by_name.pop(match[1].strip(), None)
            if task is None:
                return match[0]
            blanks[f"gap-{len(blanks) + 1}"] = self._gap(task)
            return mark(len(blanks))

        marked = _GAP.sub(gap, html)
        if by_name:
            raise LeftOut("broken", f"no gap in the text for {', '.join(by_name)[:200]}")
        return with_gaps(self.reader.from_html(marked, self.files), blanks)

    def _gap(self, task: _Task) -> Values:
        kinds = {label.get("answer_type") for label in task.labels.values()}
        if self.item.kind == "multiple_dropdowns_question" or kinds & {"dropdown", "wordbank"}:
            right = self._ticked(task)
            answers = [
                ForeignAnswer(self._label(label), float(name in right), self._feedback(f"{name}_fb"))
                for name, label in task.labels.items()
            ]
            made = making.choice(answers, self.losses)
            made.pop("type")
            return made
        return self._words(task)

    def _words(self, task: _Task) -> Values:
        """Words to type, where each label of a task is an answer that is right."""
        if task.is_typed:
            return self._typed(task)
        answers: list[ForeignAnswer] = []
        patterns: list[Values] = []
        slips = 0
        for label in task.labels.values():
            text = typed(unescape(words_in(label))).replace("*", "\\*")
            way = label.get("scoring_algorithm", "")
            if way == "TextRegex":
                patterns.append({"pattern": text.replace("\\*", "*")})
                continue
            if way == "TextContainsAnswer":
                answers.append(ForeignAnswer(f"*{text}*", 1.0))
            if way == "TextCloseEnough":
                slips = max(slips, int(label.get("levenshtein_distance", "1")[:1] or 1))
            answers.append(ForeignAnswer(text, 1.0))
        if not answers:
            raise LeftOut("no-key", f"answers that are patterns only: {patterns}")
        case = any(label.get("ignore_case", "true").lower() == "false" for label in task.labels.values())
        made = making.typed_words(answers, self.losses, case=case)
        shortest = min(len(each) for each in made["answers"] if isinstance(each, str))
        kept = min(slips, 3, shortest // 3)
        if kept < slips:
            self.losses.append(Loss("distance", f"{slips} slips of the finger"))
        made["answers"] += patterns
        return {**made, **({"distance": str(kept)} if kept else {})}

    def _fields(self, shown: etree._Element) -> Values:
        """A text with fields in it."""
        blanks = {f"gap-{number}": self._typed(task) for number, task in enumerate(self.tasks, 1)}
        gaps = {task.name: mark(number) for number, task in enumerate(self.tasks, 1)}
        if len(self.conditions.earning()) == 1:
            self.losses.append(Loss("scoring", "gaps that earn points only together"))
        return with_gaps(self.reader.from_html(self._html(shown, gaps), self.files), blanks)

    def _points(self) -> Values:
        return making.points(self.said.get("points_possible") or self.said.get("cc_weighting") or "", self.losses)


def _of_mattext(node: etree._Element) -> str:
    """The HTML of a text: written out within it, or as a text of its own."""
    if len(node):
        return inner_html(node)
    text = node.text or ""
    if node.get("texttype", "text/plain").lower() in ("text/html", "text/xhtml"):
        return text
    return escape(text, quote=False).replace("\n", "<br>") if text.strip() else escape(text, quote=False)


_MANUAL = {"hot_spot_question", "hotspot_question"}
_READERS: Mapping[str, Callable[[_Qti1Reader, etree._Element], Values]] = {
    "multiple_choice_question": _Qti1Reader._choice,
    "true_false_question": _Qti1Reader._choice,
    "multiple_answers_question": _Qti1Reader._several,
    "short_answer_question": _Qti1Reader._short,
    "numerical_question": _Qti1Reader._number,
    "matching_question": _Qti1Reader._matching,
    "categorization_question": _Qti1Reader._categorise,
    "ordering_question": _Qti1Reader._order,
    "essay_question": _Qti1Reader._essay,
    "file_upload_question": _Qti1Reader._essay,
    "fill_in_multiple_blanks_question": _Qti1Reader._blanks,
    "multiple_dropdowns_question": _Qti1Reader._blanks,
    "gaps": _Qti1Reader._fields,
}
