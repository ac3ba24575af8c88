"""Flaws of single questions: each a small function."""

from __future__ import annotations

import re
from collections.abc import Iterator

from webapp.content.lint.pieces import values_of
from webapp.content.lint.rules import HDR, HERE, Context, Finding, LintedQuestion, question_rule
from webapp.questions import type_of
from webapp.questions.text import plain

SHUTE = "Shute 2008"
"""Focus on formative feedback. Review of Educational Research 78, 153–189."""


def _last_sentence(text: str) -> str:
    sentences = re.split(r"(?<=[.!?:])\s+", text.strip())
    asking = [sentence for sentence in sentences if sentence.endswith("?")]
    return asking[-1] if asking else sentences[-1]


_NEGATIVE = re.compile(r"\b(?:not|except|cannot)\b|\b\w+n['’]t\b", re.IGNORECASE)
_EMPHASISED = re.compile(r"(\*\*|__|\*|_)(?=\S).+?(?<=\S)\1")


@question_rule("negative-not-emphasised", "A negative in the question is easily overlooked", f"{HDR}, 17")
def negative_not_emphasised(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    question = linted.question
    if not any(options.answers_stem for options in linted.option_lists):
        return
    sentence = _last_sentence(question.stem)
    if sentence.lower().startswith("why"):
        return  # It asks for a reason, and no option has to be picked for not being so.
    bare = _EMPHASISED.sub(lambda match: " " * len(match[0]), sentence)
    for match in _NEGATIVE.finditer(bare):
        contrast = bare[: match.start()].rstrip().endswith((",", " and", " or", " but", " if", " whether"))
        if not match[0].isupper() and not contrast:
            yield Finding(
                ("stem",),
                f"the negative “{match[0]}” in the question is not emphasised",
                f"ask for what is so, or write **{match[0]}**",
                needle=match[0],
            )
            return


_ABSOLUTE = re.compile(
    r"\b(?:always|never|completely|absolutely|entirely|totally|invariably|in every case|without exception)\b",
    re.IGNORECASE,
)


@question_rule("absolute", "A word such as “always” gives a wrong answer away", f"{HDR}, 28a")
def absolute(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    question = linted.question
    if type_of(question).truth(question) is False and (match := _ABSOLUTE.search(plain(question.stem))):
        yield Finding(
            ("stem",),
            f"“{match[0]}” in a false statement tells that it is false",
            "make the statement wrong by its content",
            needle=match[0],
        )
    for options in linted.option_lists:
        found = [_ABSOLUTE.search(text) for text in options.texts]
        if all(found):
            continue
        for place, match in enumerate(found):
            if match and not options.options[place].key:
                yield Finding(
                    options.at(place, "text"),
                    f"“{match[0]}” makes the option look wrong",
                    "say what is wrong by its content, or use such words in the key too",
                    needle=match[0],
                )


_HTML = re.compile(
    r"</?(?:a|b|br|code|div|em|h[1-6]|i|img|li|ol|p|span|strong|su[bp]|table|t[dr]|u|ul)\b[^<>]*>", re.IGNORECASE
)


def html_in(text: str) -> str | None:
    """The first HTML tag of a Markdown text, where it is not meant to be shown as `code`."""
    if "<" not in text:
        return None
    match = _HTML.search(re.sub(r"`[^`]*`", lambda code: " " * len(code[0]), text))
    return match[0] if match else None


@question_rule("html-shown", "HTML is shown as it is written", HERE)
def html_shown(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    for path, value in values_of(linted.question):
        if isinstance(value, str) and path[-1] != "pattern" and (tag := html_in(value)):
            yield Finding(
                path,
                f"{tag} is shown to learners as it stands",
                "write **bold**, *italic* or `code` instead",
                needle=tag,
            )


@question_rule("feedback-missing", "A wrong answer is not explained", SHUTE)
def feedback_missing(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    for flaw in type_of(linted.question).unexplained(linted.question):
        yield Finding(flaw.path, flaw.message, flaw.suggestion, key=flaw.on_key)


@question_rule("explanation-missing", "The right answer is not explained", SHUTE)
def explanation_missing(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    if not linted.is_check and not linted.question.explanation:
        yield Finding(
            ("id",), "the question has no explanation", "add `explanation:` with the reason in a sentence or two"
        )


@question_rule("fact-missing", "The question rests on no fact", HERE)
def fact_missing(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    if not linted.is_check and context.course.rules.fact_for_each_question and not linted.question.facts:
        yield Finding(("id",), "the question names no fact", "add `facts: [id]` with what it asks for")


@question_rule("section-missing", "The question leads to no section of a lesson", HERE)
def section_missing(linted: LintedQuestion, context: Context) -> Iterator[Finding]:
    if not linted.is_check and context.course.rules.section_for_each_question and linted.question.section is None:
        yield Finding(
            ("id",), "the question names no section", "add `section:` with the part of the lesson to read again"
        )
