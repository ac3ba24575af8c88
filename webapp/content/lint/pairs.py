"""Questions that tell each other's answers: what can stand on one paper, compared two by two."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import islice

from webapp.content.course.course import Course
from webapp.content.lint.rules import HDR, Context, Finding, LintedQuestion, question_rule
from webapp.content.lint.words import roots_of
from webapp.content.numbers import numbers_in
from webapp.questions import type_of
from webapp.questions.contract import Question
from webapp.questions.text import plain

#: how much of an answer another question must say, 0…1, weighed by how rare its words are in the course
MOST_OF_IT = 0.75
#: how rare what is said must be at least, in nats: words that one question in seven uses tell little
RARE = 2.0
#: and how much the two questions must have in common, in nats, answer and matter together
ALIKE = 10.0
#: questions that say the rarest word of an answer and are compared with it: more can't give it away, it is no rare word
MOST_COMPARED = 200

_NAME = re.compile(r"(?<=[\w,;:] )[A-Z][A-Za-z0-9-]{2,}\b")  # not the first word of a sentence


def _words(text: str) -> frozenset[str]:
    """The words that carry meaning, the numbers by their value, and the names."""
    bare = plain(text)
    # Small numbers count something in every other text.
    numbers = (f"{number.scaled.normalize():f}" for number in numbers_in(bare) if number.scaled >= 10)
    return frozenset((*roots_of(text), *numbers, *_NAME.findall(bare)))


@dataclass(frozen=True)
class _Telling:
    """What a question says before it is answered: its texts, each by its words, and all of them together."""

    texts: tuple[frozenset[str], ...]
    all: frozenset[str]


class _Together:
    """The questions of a course by what they say, and which of them one paper can hold."""

    def __init__(self, course: Course) -> None:
        questions = [question for question in course.questions if not question.retired]
        self.said = {question.id: _said(question) for question in questions}
        self.papers: dict[str, Set[str]] = {
            question.id: {quiz.id for quiz in course.quizzes if any(rule.matches(question) for rule in quiz.draw)}
            for question in questions
        }
        counts = Counter(word for said in self.said.values() for word in said.all)
        self.rarity = {word: math.log(len(questions) / count) for word, count in counts.items()}
        self.users: defaultdict[str, list[str]] = defaultdict(list)
        for name, said in self.said.items():
            for word in said.all:
                self.users[word].append(name)

    def weight(self, words: Set[str]) -> float:
        return sum(self.rarity.get(word, 0.0) for word in words)

    def tellers(self, question: Question) -> Iterator[tuple[str, Set[str]]]:
        """The questions that tell the answer of this one, each with the words by which it does."""
        told: set[str] = set()
        for sought in type_of(question).sought(question):
            about = _words(sought.about) | _words(question.stem)
            others = frozenset[str]().union(*map(_words, sought.others))
            answer = _words(sought.answer) - others - about
            known = [word for word in answer if word in self.users]
            if not known:
                continue
            whole = sum(self.rarity.get(word, RARE) for word in answer)
            for name in self._near(known, question.id):
                said = self.said[name]
                best = max((answer & text for text in said.texts), key=self.weight, default=frozenset())
                weight = self.weight(best)
                alike = weight + self.weight(about & said.all)
                if name not in told and weight >= max(RARE, MOST_OF_IT * whole) and alike >= ALIKE:
                    told.add(name)
                    yield name, best

    def _near(self, words: list[str], question_id: str) -> Iterator[str]:
        """Questions that say one of the words, rarest first, and can stand on a paper with this one."""
        names = dict.fromkeys(
            name for word in sorted(words, key=lambda word: (-self.rarity[word], word)) for name in self.users[word]
        )
        mine = self.papers.get(question_id, frozenset())
        near = (name for name in names if name != question_id and mine & self.papers[name])
        return islice(near, MOST_COMPARED)


def _said(question: Question) -> _Telling:
    """Stems, labels and keys. Wrong options are left out: they say what is not so, mostly, and nobody can tell."""
    kind = type_of(question)
    texts = list(kind.asked(question))
    for options in kind.option_lists(question):
        key = options.only_key
        texts.extend(options.texts if key is None else [f"{options.before} {options.texts[key]}"])
    words = tuple(_words(text) for text in texts)
    return _Telling(words, frozenset[str]().union(*words))


@question_rule("given-away", "Another question that may be on the same paper tells the answer", f"{HDR}, 5")
def given_away(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    if linted.is_check:
        return
    together = context.memory.get("together")
    if together is None:
        together = context.memory["together"] = _Together(context.course)
    for name, words in together.tellers(linted.question):
        said = ", ".join(sorted(words))
        yield Finding(
            ("stem",),
            f"the question `{name}` may stand beside it and says “{said}”",
            "reword one of the two, or draw them by rules of different quizzes",
        )
