"""Claims to sort in a lesson: they and their firmness are the ledger's; and what is said about a block without any."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.content.conftest import TINY
from webapp.content.ledger import Fact, read_ledger
from webapp.content.lessons.lesson import Sort, reading_minutes
from webapp.content.lessons.lesson_files import LessonFile, read_lesson

LEDGER, _ = read_ledger((TINY / "ledger.yaml").read_text(), "ledger.yaml")
FACTS = {fact.id: fact for fact in LEDGER.facts}
HEAD = "---\ntitle: T\nhook: Why?\n---\n"
FIRM = next(fact.id for fact in LEDGER.facts if fact.firmness == "stated")
OTHERS = [fact.id for fact in LEDGER.facts if fact.firmness != "stated"]


def read(block: str, facts: Mapping[str, Fact] | None = FACTS) -> LessonFile:
    return read_lesson(HEAD + f"```sort\n{block}\n```\n", "l.md", "tea", facts)


def test_the_claims_are_the_ledgers() -> None:
    names = [FIRM, *OTHERS[:2]]
    found = read(f"facts: [{', '.join(names)}]\nask: Which is firm?")
    assert found.problems == []
    assert found.lesson is not None
    block = found.lesson.lead[0]
    assert isinstance(block, Sort)
    assert block.claims == tuple(FACTS[name] for name in names)
    assert [passage.text for passage in found.passages if passage.text == "Which is firm?"]
    assert found.lesson.cited == tuple(names)
    assert found.lesson.anchors[names[0]] == block.id == "figure-sort-1"
    assert reading_minutes(1000, [block, block]) == 6


SAME = [fact.id for fact in LEDGER.facts if fact.firmness == "stated"][:3]


@pytest.mark.parametrize(
    ("block", "line", "column", "words"),
    [
        ("ask: Which?", 6, 1, "the key `facts` is missing; expected the ids of three to five facts"),
        (f"facts: [{FIRM}]", 6, 8, "expected at least 3 items"),
        (f"facts: [{', '.join(list(FACTS)[:6])}]", 6, 8, "expected at most 5 items"),
        (f"facts: [{FIRM}, {OTHERS[0]}, {FIRM[:-1]}]", 6, 13 + len(FIRM + OTHERS[0]), f"did you mean `{FIRM}`?"),
        (f"facts: [{FIRM}, {OTHERS[0]}, {FIRM}]", 6, 8, "a fact stands here twice"),
        (f"facts: [{', '.join(SAME)}]", 6, 8, "all these facts are stated, so there is nothing to sort"),
        (f"facts: [{', '.join(SAME)}]\nclaims: []", 7, 1, "unknown key `claims`"),
    ],
)
def test_a_block_that_cant_be_sorted_is_reported_at_its_place(block: str, line: int, column: int, words: str) -> None:
    found = [(p.location.line, p.location.column, p.text) for p in read(block).problems]
    assert len(found) == 1, found
    assert found[0][:2] == (line, column), found
    assert words in found[0][2]


def test_without_a_ledger_there_is_nothing_to_sort() -> None:
    assert "there are no facts to sort; expected a ledger" in read("facts: [a, b, c]", None).problems[0].text
