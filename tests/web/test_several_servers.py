"""Two real servers on one PostgreSQL, with a folder of the course in common and nothing else: what one knows, the other
knows. Their clocks are two seconds apart, as those of well kept machines may be for a moment."""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy import text, update

from tests.conftest import TINY, Clock, token_of
from tests.servers import Server
from tests.visitors import Visitor, answers_of
from webapp import create_app
from webapp.accounts import credentials, second_factor, service, tries
from webapp.accounts.models import Cohort, CohortMember, Session, User
from webapp.config import Settings
from webapp.database import db
from webapp.quizzes.models import Assignment, Attempt, Slot, Step

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="several servers need POSIX"),
]
KEY, PASSWORD = "k" * 32, "correct horse battery"
WRONG = {"password": "a wrong one"}
#: seconds within which an edit on one server is served by the others
WITHIN = 2.0


@dataclass
class Site:
    """Two servers, and their database as a third one sees it."""

    servers: tuple[Server, Server]
    app: Flask
    bank: Path
    made: int = 0

    def browser(self, number: int = 0, like: Visitor | None = None) -> Visitor:
        visitor = Visitor(self.servers[number % 2])
        if like is not None:
            visitor.jar_of(like)
        return visitor

    @contextmanager
    def database(self) -> Iterator[datetime]:
        """The database, and the time; committed at the end."""
        with self.app.app_context():
            yield datetime.now(UTC)
            db.session.commit()

    def person(self, role: str = "learner") -> tuple[int, str]:
        """A new person: number and user name."""
        self.made += 1
        name = f"{role}{self.made}"
        with self.database() as now:
            user = service.create_user(name=name, username=name, password=PASSWORD, role=role, now=now)
            db.session.flush()
            return user.id, name


@pytest.fixture(scope="module")
def site(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, address = tmp_path_factory.mktemp("site"), postgres()
    bank = folder / "bank"
    shutil.copytree(TINY, bank)
    servers = []
    for number, ahead in enumerate((1, -1)):
        clock = folder / f"clock{number}"
        clock.write_text(str(ahead))
        given = {"WEBAPP_DATABASE_URL": address, "WEBAPP_SECRET_KEY": KEY, "WEBAPP_WORKERS": "1"}
        servers.append(
            Server(
                folder / f"data{number}", bank, settings=given | {"FAULTS_CLOCK": str(clock)},
                program=(sys.executable, "-m", "tests.faults.shifted"),
            )
        )  # fmt: skip
    try:
        for server in servers:
            server.start(60)
        app = create_app(
            Settings(data=folder / "own", bank=bank, database_url=address, secret_key=KEY, staff_mfa="offered")
        )
        yield Site((servers[0], servers[1]), app, bank)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    finally:
        for server in servers:
            server.stop()


def sent(visitor: Visitor, path: str, fields: dict[str, str], page: str | None = None) -> int:
    """The status of a form that is sent with the token of its page (followed where it leads)."""
    return with_token(visitor, path, fields | {"csrf_token": token_of(visitor.get(page or path))})


def with_token(visitor: Visitor, path: str, fields: dict[str, str]) -> int:
    try:
        visitor.post(path, fields)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    return 200


def enters(site: Site, name: str, number: int = 0) -> Visitor:
    visitor = site.browser(number)
    assert sent(visitor, "/sign-in", {"login": name, "password": PASSWORD}) == 200
    assert visitor.at != "/sign-in"
    return visitor


def is_in(visitor: Visitor) -> bool:
    visitor.get("/account")
    return visitor.at == "/account"


def test_whoever_is_signed_in_at_one_is_at_the_other_and_signs_out_of_both(site: Site) -> None:
    for first in (0, 1):  # the one ahead, the one behind
        _number, name = site.person()
        here = enters(site, name, first)
        there = site.browser(first + 1, like=here)
        assert is_in(there)
        # The token of a page that one made is taken by the other.
        token = token_of(here.get("/account"))
        assert with_token(there, "/language", {"csrf_token": token, "language": "en"}) == 200
        copied = site.browser(first)
        for cookie in here.jar:
            copied.jar.set_cookie(cookie)
        assert is_in(copied)
        assert sent(there, "/sign-out", {}, page="/account") == 200
        assert not is_in(copied)


def test_two_servers_give_no_more_tries_at_a_password_than_one(site: Site) -> None:
    _number, name = site.person()
    strangers = [site.browser(number) for number in range(2)]
    statuses = [sent(strangers[number % 2], "/sign-in", WRONG | {"login": name}) for number in range(10)]
    assert statuses == [401] * 10
    # The eleventh is slowed at either of them; the waits double, so a second of difference opens no door.
    waits = [sent(stranger, "/sign-in", WRONG | {"login": name}) for stranger in strangers]
    assert 429 in waits
    assert sum(status == 401 for status in waits) <= 1


def test_a_link_works_once_on_all_servers_together(site: Site) -> None:
    number, _name = site.person()
    with site.database() as now:
        user = db.session.get_one(User, number)
        path = "/reset/" + credentials.make_reset_link(user, by=user, now=now)
    browsers = [site.browser(each) for each in range(2)]
    tokens = [token_of(browser.get(path)) for browser in browsers]
    ready, statuses = threading.Barrier(2), [0, 0]

    def use(each: int) -> None:
        ready.wait(20)
        fields = {"csrf_token": tokens[each], "password": f"teal bicycle moon {each}"}
        statuses[each] = with_token(browsers[each], path, fields)

    threads = [threading.Thread(target=use, args=(each,)) for each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses)[0] == 200, statuses
    assert sorted(statuses)[1] >= 400, "of two who use it at the same moment one comes in"


def test_tries_at_a_second_factor_count_together_and_a_code_works_once(site: Site) -> None:
    number, name = site.person("instructor")
    secret = second_factor.new_secret()
    with site.database() as now:
        user = db.session.get_one(User, number)
        earlier = now - timedelta(minutes=2)
        assert second_factor.add_app(user, secret, pyotp.TOTP(secret).at(earlier), key=KEY, now=earlier)

    def asked(server: int) -> tuple[Visitor, dict[str, str]]:
        visitor = site.browser(server)
        token = token_of(visitor.get("/sign-in"))
        page = visitor.post("/sign-in", {"csrf_token": token, "login": name, "password": PASSWORD})
        fields = re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*type="hidden"[^>]*value="([^"]*)"', page)
        assert "pending" in dict(fields)
        return visitor, dict(fields)

    pages = [asked(0), asked(1)]
    # The page of one is taken by the other, though their clocks differ.
    code = pyotp.TOTP(secret).now()
    assert with_token(pages[1][0], "/sign-in/second", pages[1][1] | {"code": code}) == 200
    assert is_in(pages[1][0])
    again = [with_token(*pages[0][:1], "/sign-in/second", pages[0][1] | {"code": code})]
    assert again == [401], "it was used at the other one"
    pages[1] = asked(1)
    statuses = [
        with_token(pages[each % 2][0], "/sign-in/second", pages[each % 2][1] | {"code": "000000"}) for each in range(7)
    ]
    # Five are free, and one is used up above. What is slowed may go on a second later.
    assert statuses[:4] == [401] * 4
    assert 429 in statuses[4:]


def test_the_password_given_again_at_one_counts_at_the_other(site: Site) -> None:
    number, name = site.person()
    here = enters(site, name)
    there = site.browser(1, like=here)
    with site.database() as now:
        long_ago = now - timedelta(minutes=11)
        db.session.execute(update(Session).where(Session.user_id == number).values(fresh_at=long_ago))
    for visitor in (here, there):
        visitor.get("/account/data")
        assert visitor.at.startswith("/account/confirm")
    assert sent(here, "/account/confirm", {"password": PASSWORD}) == 200
    there.get("/account/data")
    assert there.at == "/account/data"


def test_tries_at_an_access_code_count_together_and_the_attempt_goes_on_at_either(site: Site) -> None:
    people = [site.person() for _person in range(2)]
    with site.database() as now:
        cohort = Cohort(course_id="tea-and-bread", name="Exam", join_code="EXAM", created_at=now)
        db.session.add(cohort)
        db.session.flush()
        db.session.add(Assignment(cohort_id=cohort.id, quiz_id="every-type", access_code="rye", created_at=now))
        for number, _name in people:
            db.session.add(CohortMember(cohort_id=cohort.id, user_id=number, joined_at=now))
    here = enters(site, people[0][1])
    both = [here, site.browser(1, like=here)]
    token = token_of(here.get("/quizzes/every-type"))
    statuses = [
        with_token(both[each % 2], "/quizzes/every-type/attempts", {"csrf_token": token, "access_code": f"no {each}"})
        for each in range(22)
    ]
    assert statuses[:20] == [422] * 20
    assert 429 in statuses[20:]

    here = enters(site, people[1][1])
    there = site.browser(1, like=here)
    assert sent(here, "/quizzes/every-type/attempts", {"access_code": "rye"}, page="/quizzes/every-type") == 200
    attempt = int(here.at.split("/")[2])
    path = f"/attempts/{attempt}/questions/5"
    fields = answers_of(here.get(path)) | {"action": "save"}
    # The same form, sent to one and, because the answer was lost, to the other: one step.
    for visitor in (here, there):
        assert with_token(visitor, path, fields) == 200
    assert sent(there, f"/attempts/{attempt}/submit", {}, page=f"/attempts/{attempt}/summary") == 200
    assert sent(here, f"/attempts/{attempt}/submit", {}, page="/account") == 200, "handing in twice is as good as once"
    with site.database():
        assert db.session.get_one(Attempt, attempt).state == "submitted"
        steps = db.session.query(Step).join(Slot).filter(Slot.attempt_id == attempt, Step.action == "answer").count()
        assert steps == 1


def test_an_edit_on_one_server_is_served_by_the_other_within_two_seconds(site: Site) -> None:
    """By the editor of one, as an instructor saves; and by a file that is copied into the folder."""
    reader = site.browser(1)
    file = site.bank / "1-tea" / "lesson.md"
    lesson = "/lessons/tea"
    before, took = file.read_text(), []
    for turn in range(3):
        words = f"Said at turn {turn} of this test."
        part = file.with_suffix(".new")
        part.write_text(before + f"\n{words}\n")
        os.replace(part, file)
        began = time.monotonic()
        while words not in reader.get(lesson):
            assert time.monotonic() - began < 20
            time.sleep(0.02)
        took.append(time.monotonic() - began)
    _number, name = site.person("instructor")
    author = enters(site, name)
    path = "/instructor/bank/file?path=1-tea/lesson.md"
    words = "Said by the editor of another server."
    page = author.get(path)
    form = dict(re.findall(r'name="(digest)"[^>]*value="([^"]*)"', page))
    fields = form | {"csrf_token": token_of(page), "text": before + f"\n{words}\n", "action": "save"}
    assert with_token(author, path, fields) == 200
    began = time.monotonic()
    while words not in reader.get(lesson):
        assert time.monotonic() - began < 20
        time.sleep(0.02)
    took.append(time.monotonic() - began)
    assert max(took) < WITHIN, took


# --- in one process, where many servers would only be slower ---------------------------------------------------------


@pytest.fixture
def server_app(postgres: Callable[[], str], make_app: Callable[..., Flask]) -> Flask:
    return make_app(database_url=postgres(), limits=True, threads=16)


def test_counters_whose_tables_are_gone_are_made_anew(server_app: Flask) -> None:
    pace = tries.Pace("a test", free=2)
    with server_app.app_context():
        assert tries.claim(pace, "somebody") == 0
        with db.engine.begin() as connection:
            connection.execute(text("DROP TABLE try_delay"))
        tried = [tries.claim(pace, "somebody") for _try in range(3)]
        assert tried == [0, 0, 1], "they are counted again, and no door stands open"


@pytest.mark.parametrize("apart", [timedelta(seconds=2), timedelta(seconds=-2)])
def test_who_is_right_waits_for_nobody_when_the_clocks_of_servers_differ(
    server_app: Flask, clock: Clock, apart: timedelta
) -> None:
    """A class behind one address signs in at two servers: what one counted a moment ago is no wait at the other."""
    pace = tries.Pace("a test", free=100)
    with server_app.app_context():
        for turn in range(6):
            clock.at += apart * (1 if turn % 2 else -1)
            assert tries.claim(pace, "the school") == 0
            if turn % 3:
                tries.give_back(pace, "the school")


def test_every_thread_of_many_gets_the_second_connection_that_counters_take(server_app: Flask) -> None:
    many, got = 17, []
    ready = threading.Barrier(many)

    def ask(number: int) -> None:
        with server_app.app_context():
            db.session.execute(text("SELECT 1"))
            ready.wait(20)
            got.append(tries.claim(tries.Pace("a test", free=many), str(number)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(many)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert got == [0] * many
    assert time.monotonic() - began < 20, "nobody waits until others give up"
