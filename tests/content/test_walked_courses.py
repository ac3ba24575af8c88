"""The small courses that the walks make in the browser: whole, in every variant, and clean of the lint."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.walks import walks
from webapp.content.course.course import Course
from webapp.content.course.loading import load_course
from webapp.content.lint.run import lint
from webapp.content.variants import check_variants

BANKS = Path(__file__).parent.parent / "banks"


@pytest.fixture(params=sorted(walks()))
def course(request: pytest.FixtureRequest) -> Course:
    return load_course(BANKS / request.param)


def test_it_is_whole_and_published(course: Course) -> None:
    walk = walks()[course.id]
    assert (course.title, course.language) == (walk.title, walk.language)
    assert course.drafts.all == ()
    assert check_variants(course) == []
    assert lint(course) == []


def test_its_folder_is_what_the_walk_makes(course: Course) -> None:
    walk = walks()[course.id]
    assert [pillar.title for pillar in course.pillars] == [pillar.title for pillar in walk.pillars]
    assert [question.type for question in course.questions] == [
        question.type for pillar in walk.pillars for question in pillar.questions
    ]
    kept = sorted(path.name for path in (BANKS / course.id / "media").iterdir())
    named = {medium.name.rpartition("/")[2] for medium in course.media.values()}
    assert [name for name in kept if not name.endswith(".vtt")] == sorted(named)
