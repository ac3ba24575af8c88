"""The quotation marks of languages: what stands before and after words that are quoted.

They are those of Unicode's locales (CLDR, `delimiters`), which Babel does not bring, with one exception: Arabic has
guillemets here, as its books and newspapers do; CLDR has the English marks, turned round. No space stands within them;
an author who sets French with one writes it.
"""

from __future__ import annotations

_MARKS = {
    "“”": "en pt id vi hi ko tr da lv zh",
    "„“": "de bg cs et hr is ka lt sk sl sq sr",
    "„”": "hu pl ro",
    "«»": "ar be ca el es fa fr hy it kk nb nn no ps pt-PT ru uk",
    "””": "fi he sv",
    "‘’": "nl",
    "”“": "ur",
    "「」": "ja zh-Hant",
}
_OF = {language: (marks[0], marks[1]) for marks, languages in _MARKS.items() for language in languages.split()}


def quotation_marks(language: str) -> tuple[str, str]:
    """The marks before and after a quotation in a language such as `de` or `pt-PT`; English ones for an unknown one."""
    language = language.replace("_", "-")
    return _OF.get(language) or _OF.get(language.split("-")[0]) or _OF["en"]
