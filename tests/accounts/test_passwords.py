"""Passwords: what is refused, and that checking one tells nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from webapp.accounts import password_rules, passwords

ABOUT = ("Ada Lovelace", "ada.l@example.org", "countess", "Tea and Bread")


def refused(app: Flask, password: str) -> bool:
    with app.test_request_context():
        return password_rules.problem(password, about=ABOUT) is not None


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "teal bicycle moon",
        "Xk9#mQ2$vLp7",
        "a quiet green boat",
        "ein Wort und noch drei",
        "пять зелёных слонов",
        "dragon-9173640255",
        "ada likes tin horses",
        "          x1 ",
    ],
)
def test_length_is_what_counts(app: Flask, password: str) -> None:
    assert refused(app, password) is (password.strip() == "x1")


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "nine-char",
        "x" * 201,
        "qwertyuiop",
        "1234567890",
        "0987654321",
        "1qaz2wsx3edc",
        "abcdefghijkl",
        "aaaaaaaaaaaa",
        "abababababab",
        "hunter2hunter2",
        "sunshine sunshine",
        "password123",
        "Password2024!",
        "P@ssw0rd2024!",
        "drowssap1234",
        "football2024",
        "F00tb4ll2024!",
        "Iloveyou1!!!",
        "correcthorsebatterystaple",
        "AdaLovelace1",
        "ada-lovelace-2024",
        "countess1815",
        "ada.l@example.org",
        "teaandbread1",
        "Tea and Bread!",
        "secret password",
    ],
)
def test_what_is_tried_first_is_refused(app: Flask, password: str) -> None:
    assert refused(app, password)


def test_the_list_holds_thousands_and_says_where_it_is_from() -> None:
    assert sum(len(word) >= 10 for word in password_rules.common()) > 2000
    from pathlib import Path

    licence = Path(password_rules.__file__).with_name("common_passwords.LICENSE.txt").read_text()
    assert "Django" in licence
    assert "zxcvbn" in licence


def test_a_password_is_the_same_from_every_keyboard() -> None:
    kept = passwords.hash_password("Zoe\u0308 und Amélie")
    assert passwords.check(kept, "Zo\u00eb und Ame\u0301lie").right


def test_a_wrong_password_is_wrong_and_nobody_has_none() -> None:
    kept = passwords.hash_password("teal bicycle moon")
    assert kept.startswith("$argon2id$")
    assert not passwords.check(kept, "teal bicycle mood").right
    assert not passwords.check(None, "nobody has this password").right
    assert not passwords.check("not a hash", "not a hash").right


@pytest.mark.usefixtures("real_passwords")
def test_a_password_is_kept_with_the_work_that_owasp_asks_for() -> None:
    """The tests themselves use a quick hasher, so this looks at what the app has."""
    kept = passwords.hash_password("teal bicycle moon")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.check(kept, "teal bicycle moon") == passwords.PasswordCheck(True, None)


def test_people_of_tests_are_kept_quickly_and_renewed_by_the_app(quick_passwords: PasswordHash) -> None:
    kept = passwords.hash_password("teal bicycle moon")
    assert "$m=16,t=1," in kept
    assert quick_passwords.verify_and_update("teal bicycle moon", kept)[1] is not None


@pytest.mark.usefixtures("real_passwords")
def test_an_old_hash_is_renewed_when_the_password_is_known_again() -> None:
    old = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash("teal bicycle moon")
    checked = passwords.check(old, "teal bicycle moon")
    assert checked.right
    assert checked.rehash is not None
    assert passwords.check(checked.rehash, "teal bicycle moon") == passwords.PasswordCheck(True, None)
    assert passwords.check(old, "wrong").rehash is None


@pytest.mark.usefixtures("real_passwords")
def test_checking_nobody_costs_one_hash_like_checking_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = passwords.hash_password("teal bicycle moon")
    passwords.check(None, "x")  # nobody's hash is made once
    work: list[str] = []
    real = Argon2Hasher.verify

    def counted(self: Argon2Hasher, password: str | bytes, hash: str | bytes) -> bool:
        work.append(str(hash).split("$")[3])
        return real(self, password, hash)

    monkeypatch.setattr(Argon2Hasher, "verify", counted)
    for hash_kept in (kept, None):
        passwords.check(hash_kept, "wrong")
    assert len(work) == 2
    assert work[0] == work[1]  # the same memory, passes and lanes


@pytest.mark.parametrize(
    ("password", "is_refused"),
    [
        ("teal bicyc", True),
        ("teal bicycle", False),
        ("Drei Wörter ohne Sinn, und dann noch neun andere, die nicht aufhören", False),
        ("Drei Wörter ohne Sinn und andere " * 4, True),
    ],
)
def test_a_new_password_has_twelve_to_128_characters(app: Flask, password: str, is_refused: bool) -> None:
    """ASVS 2.1.1, 2.1.2."""
    assert refused(app, password) is is_refused


@pytest.mark.parametrize("password", ["teal bicyc", "teal bicycle moon " * 10])
def test_a_password_from_before_the_rule_keeps_working(password: str) -> None:
    assert passwords.check(passwords.hash_password(password), password).right
