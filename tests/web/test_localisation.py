"""The interface in other languages: catalogues that are whole, pages in the reader's language, and the course's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment, nodes

from tests.conftest import token_of
from webapp.commands import messages as commands
from webapp.web.localisation import LANGUAGES

TRANSLATED = [language for language in LANGUAGES if language != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}|<[^>]+>")


@pytest.fixture(scope="module")
def sources() -> Catalog:
    return commands.extract()


@pytest.fixture(scope="module", params=TRANSLATED)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def catalog(language: str) -> Catalog:
    return commands.read(language)


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Each text of a message with its translation; all plural forms against the English plural but the first."""
    if message.pluralizable:
        yield message.id[0], message.string[0]
        for string in message.string[1:]:
            yield message.id[1], string
    else:
        yield str(message.id), str(message.string)


def contents(catalog: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Every message with its translations, whether it has a plural or not."""
    return {
        tuple(message.id) if message.pluralizable else (message.id,): (
            tuple(message.string) if message.pluralizable else (message.string,)
        )
        for message in catalog
        if message.id
    }


# The catalogues


def test_every_string_of_the_sources_is_in_the_catalogue(sources: Catalog, catalog: Catalog) -> None:
    missing = [message.id for message in sources if message.id and catalog.get(message.id, message.context) is None]
    assert not missing, f"run `webapp messages`, and translate: {missing}"


def test_a_string_that_is_gone_from_the_sources_is_gone_from_the_catalogue(sources: Catalog, catalog: Catalog) -> None:
    gone = [message.id for message in catalog if message.id and sources.get(message.id, message.context) is None]
    assert not gone, f"run `webapp messages`: {gone}"


def test_every_string_is_translated_and_none_is_doubtful(catalog: Catalog) -> None:
    assert not commands.missing(catalog)


def test_translations_keep_every_placeholder(catalog: Catalog) -> None:
    for message in catalog:
        for text, translation in pairs(message) if message.id else ():
            asked, kept = sorted(PLACEHOLDER.findall(text)), sorted(PLACEHOLDER.findall(translation))
            assert kept == asked, f"{translation!r} says {kept} where {text!r} says {asked}"


def test_a_single_percent_sign_never_stands_in_a_string_of_a_template(catalog: Catalog) -> None:
    """Jinja fills placeholders even where there are none, so that percent signs are written twice."""
    for message in catalog:
        for text in (part for pair in pairs(message) for part in pair) if message.id else ():
            left = PLACEHOLDER.sub("", text)
            assert "%" not in left, text


def test_translations_end_as_the_english_does(catalog: Catalog) -> None:
    for message in catalog:
        for text, translation in pairs(message) if message.id else ():
            for sign in (":", "…", "?"):
                assert text.endswith(sign) == translation.endswith(sign), f"{text!r} / {translation!r}"
            assert translation == translation.strip(), translation


def test_german_has_its_own_quotation_marks_and_nobody_is_told_sie() -> None:
    for message in commands.read("de"):
        for _text, translation in pairs(message) if message.id else ():
            assert translation.count("„") == translation.count("“"), translation
            assert not re.search(r"[\"”]|\bIhnen\b|\b(bitte|\w+en) Sie\b", translation), translation


def test_the_compiled_catalogue_is_that_of_its_source(language: str, catalog: Catalog) -> None:
    file = commands.catalogue_file(language).with_suffix(".mo")
    compiled = read_mo(BytesIO(file.read_bytes()))
    assert contents(compiled) == contents(catalog), "run `webapp messages`"


# Nothing is left unmarked


def templates() -> list[Path]:
    return sorted(path for path in commands.PACKAGE.rglob("*.html") if "styleguide" not in path.parts)


#: what is the same in every language: names of formats, commands and files, an example of a file
SAME = {
    "CSV", "XLSX", "UTC", "webapp demo add", "webapp demo remove", "course.yaml",
    "name,e-mail,user name", "Ada Example,ada@example.org,", "Bo Example,,bo.example",
}  # fmt: skip


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(commands.PACKAGE)))
def test_the_words_of_a_template_are_marked_for_translation(path: Path) -> None:
    """No letters between tags, and none in the attributes that people read or hear, but those of an expression."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(path.read_text("utf-8"))
    text = "\0".join(node.data for node in tree.find_all(nodes.TemplateData))
    text = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    heard = re.findall(r'\b(?:aria-label|title|placeholder|alt)="([^"\0]*[A-Za-z]{2,}[^"\0]*)"', text)
    assert not heard
    # An expression inside a tag cuts it in two; what is left of it holds a quotation mark, or is a bare attribute.
    between = re.sub(r"<[^<>]*>", "\n", text.replace("\0", "\n"))
    between = re.sub(r"<[^<>]*$|^[^<>]*>", "\n", between)
    words = {line.strip() for line in between.split("\n") if re.search(r"[A-Za-z]{2,} [a-z]|^\s*[A-Z][a-z]{2,}", line)}
    assert not {line for line in words if '"' not in line and "=" not in line} - SAME


# The reader's language


GERMAN = {"Accept-Language": "de-AT, de;q=0.9, en;q=0.5"}


def test_a_page_comes_in_the_language_the_browser_asks_for(client: FlaskClient) -> None:
    page = client.get("/quizzes", headers=GERMAN).text
    assert '<html lang="de"' in page
    assert "Zum Inhalt springen" in page
    assert "Skip to the content" not in page


def test_a_language_that_is_not_there_falls_back_to_english(client: FlaskClient) -> None:
    assert '<html lang="en"' in client.get("/quizzes", headers={"Accept-Language": "fr, it;q=0.8"}).text


def test_a_visitor_chooses_a_language_in_the_footer_and_it_stays(client: FlaskClient) -> None:
    token = token_of(client.get("/quizzes").text)
    data = {"csrf_token": token, "language": "de"}
    answer = client.post("/language", data=data, headers={"Referer": "http://localhost/quizzes?seen=1"})
    assert (answer.status_code, answer.location) == (303, "/quizzes?seen=1")
    assert '<html lang="de"' in client.get("/quizzes", headers={"Accept-Language": "en"}).text


def test_a_choice_in_the_footer_is_kept_with_the_account(
    app: Flask, client: FlaskClient, make_user: Any, sign_in: Any, post: Callable[..., Any]
) -> None:
    person = make_user()
    post(sign_in(client, person), "/language", {"language": "de"}, page="/quizzes")
    elsewhere = sign_in(app.test_client(), person)
    assert '<html lang="de"' in elsewhere.get("/quizzes", headers={"Accept-Language": "en"}).text


def test_as_my_browser_says_undoes_a_choice(client: FlaskClient, make_user: Any, sign_in: Any, post: Any) -> None:
    sign_in(client, make_user(username="ada"))
    post(client, "/language", {"language": "de"}, page="/account")
    post(client, "/account", {"name": "Ada", "username": "ada", "locale": ""})
    assert '<html lang="en"' in client.get("/quizzes", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize("path", ["/", "/lessons/tea", "/quizzes", "/quizzes/tea"])
def test_a_reader_of_german_is_told_once_that_the_course_is_in_english(client: FlaskClient, path: str) -> None:
    told = "Der Kurs ist auf Englisch geschrieben"
    assert told in client.get(path, headers=GERMAN).text
    assert told not in client.get(path, headers=GERMAN).text
    assert told not in client.get("/", headers=GERMAN).text


def test_nobody_is_told_of_a_course_in_their_own_language(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Accept-Language": "en"})
    assert "is written in" not in answer.text
    assert "told_language" not in "".join(answer.headers.getlist("Set-Cookie"))


def test_a_course_in_german_tells_a_reader_of_german_nothing(bank: Path, own_app: Flask) -> None:
    course = bank / "course.yaml"
    course.write_text(course.read_text().replace("language: en", "language: de"))
    client = own_app.test_client()
    assert "auf Deutsch geschrieben" not in client.get("/", headers=GERMAN).text
    assert "is written in German" in client.get("/", headers={"Accept-Language": "en"}).text


def test_a_language_that_is_not_there_is_not_kept(client: FlaskClient, post: Callable[..., Any]) -> None:
    answer = post(client, "/language", {"language": "../../x"}, page="/quizzes")
    assert "language=" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("referrer", ["http://localhost//evil.example/", "http://localhost/\\evil.example"])
def test_choosing_a_language_never_leads_to_another_site(client: FlaskClient, referrer: str) -> None:
    token = token_of(client.get("/quizzes").text)
    data = {"csrf_token": token, "language": "de"}
    answer = client.post("/language", data=data, headers={"Referer": referrer})
    assert not re.match(r"/[/\\]|\w+:", answer.location)


def test_messages_of_question_types_come_in_the_readers_language(app: Flask) -> None:
    from webapp.questions.numbers import Unreadable, read_amount

    with pytest.raises(Unreadable) as refused:
        read_amount("1.250")
    with app.test_request_context(headers=GERMAN):
        from flask_babel import gettext

        said = gettext(refused.value.message.msgid, **refused.value.message.values)
    assert said == "1.250 lässt sich auf zwei Arten lesen. Schreib 1.25 oder 1250."


def test_numbers_percents_and_times_are_written_as_the_language_does(app: Flask, clock: Any) -> None:
    from webapp.web.localisation import format_number, localtime, percent

    with app.test_request_context(headers=GERMAN):
        assert format_number(1234.5) == "1.234,5"
        assert percent(62.5) == "62,5\N{NO-BREAK SPACE}%"
        assert localtime(clock(), "short") == '<time datetime="2026-03-02T09:00:00Z">02.03.26, 09:00 UTC</time>'
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert format_number(1234.5) == "1,234.5"
        assert percent(62.5) == "62.5%"


def test_exports_are_the_same_in_every_language(client: FlaskClient, make_user: Any, sign_in: Any) -> None:
    sign_in(client, make_user(role="admin"))
    address = "/instructor/scores.csv"
    english = client.get(address, headers={"Accept-Language": "en"}).get_data()
    assert english.startswith(b"learner,")
    assert client.get(address, headers=GERMAN).get_data() == english


# The language of the course


def test_words_of_the_course_say_their_language_where_the_page_has_another(client: FlaskClient) -> None:
    page = client.get("/", headers=GERMAN).text
    assert re.search(r'<h1 lang="en">', page)
    assert not re.search(r"<h1 lang=", client.get("/", headers={"Accept-Language": "en"}).text)


def test_a_question_says_its_language_and_the_page_around_it_another(
    client: FlaskClient, post: Callable[..., Any]
) -> None:
    client.set_cookie("language", "de")
    started = post(client, "/quizzes/every-type/attempts", page="/quizzes/every-type")
    page = client.get(started.location, follow_redirects=True).text
    assert '<html lang="de"' in page
    assert re.search(r'class="quiz-stem"[^>]*><p lang="en">', page)
    assert "Wähle eine Antwort." in page


def test_what_follows_a_question_is_in_the_language_of_the_page(client: FlaskClient, post: Callable[..., Any]) -> None:
    """Instructions, verdicts and words for what was not answered, of all nine types."""
    client.set_cookie("language", "de")
    started = post(client, "/quizzes/every-type/attempts", page="/quizzes/every-type")
    attempt = re.search(r"/attempts/(\d+)", started.location)
    assert attempt
    address = f"/attempts/{attempt[1]}"
    post(client, f"{address}/submit", page=f"{address}/summary")
    page = client.get(f"{address}/result").text
    assert "Nicht beantwortet" in page
    assert not re.search(r"Not answered|Your answer|Right answer|\bPoints\b|\bof 9\b", page)
