"""The quotation marks of languages."""

from __future__ import annotations

import pytest

from webapp.content.quotation import quotation_marks


@pytest.mark.parametrize(
    ("language", "marks"),
    [
        ("en", "“”"),
        ("en-GB", "“”"),
        ("de", "„“"),
        ("de-AT", "„“"),
        ("de_AT", "„“"),
        ("es", "«»"),
        ("ar", "«»"),
        ("pt", "“”"),
        ("pt-PT", "«»"),
        ("sv", "””"),
        ("ja", "「」"),
        ("pl", "„”"),
        ("tlh", "“”"),
    ],
)
def test_words_are_quoted_as_in_their_language(language: str, marks: str) -> None:
    assert "".join(quotation_marks(language)) == marks
