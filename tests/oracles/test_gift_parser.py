"""A parser of somebody else reads our GIFT, and finds the types that we meant."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.oracles.conftest import HERE
from webapp.content.course.loading import load_course
from webapp.interchange import all_formats
from webapp.interchange.losses import Verdict

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
NAMES = {"choice": "MC", "multiple": "MC", "true_false": "TF", "numeric": "Numerical", "short_text": "Short",
         "matching": "Matching", "categorise": "Matching", "essay": "Essay"}  # fmt: skip


@pytest.mark.parametrize("folder", ["question_bank", "tests/banks/tiny", "tests/banks/spanish", "tests/banks/arabic"])
def test_our_gift_is_read_as_what_it_is(modules: Path, folder: str) -> None:
    # Ordering is a type of Moodle from 4.4 on, which that parser doesn't know.
    asked = [question for question in load_course(ROOT / folder).questions if question.type in NAMES]
    made = all_formats()["gift"].write(asked, {})
    kept = [question for question, line in zip(asked, made.lines, strict=True) if line.verdict is not Verdict.LEFT_OUT]
    run = subprocess.run(
        ["node", "gift.mjs"], input=made.raw, capture_output=True, cwd=HERE, timeout=60, check=False
    )  # fmt: skip
    assert run.returncode == 0, run.stderr.decode()[-800:]
    assert Counter(run.stdout.decode().split()) == Counter(NAMES[question.type] for question in kept)
