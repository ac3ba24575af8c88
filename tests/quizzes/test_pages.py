"""Quizzes by their pages, as a browser without scripts meets them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.clients import within
from tests.conftest import Clock, token_of
from tests.quizzes.conftest import Desk, Paper, right_answer, wrong_answer
from webapp.database import db
from webapp.quizzes.models import Attempt, Slot


def rows(app: Flask, model: Any) -> int:
    with app.app_context():
        return db.session.query(model).count()


def state_of(app: Flask, attempt_id: int) -> tuple[str, str | None, float | None]:
    with app.app_context():
        attempt = db.session.get(Attempt, attempt_id)
        assert attempt is not None
        return attempt.state, attempt.submitted_by, attempt.percent


# --- the way through -------------------------------------------------------------------------------------------------


def test_a_quiz_is_taken_from_start_to_result_without_javascript(paper: Paper) -> None:
    started = paper.start("every-type")
    assert started.status_code == 303
    for position in range(1, 10):
        page = paper.get(position)
        assert page.status_code == 200
        assert f"Question {position} of 9" in page.text
        sent = paper.send(position, right_answer(paper.slot(position)))
        assert sent.status_code == 303
        assert sent.location.endswith(f"/questions/{position + 1}" if position < 9 else "/summary")
    summary = paper.client.get(f"{paper.path}/summary")
    assert "All 9 questions are answered." in summary.text
    result = paper.client.get(paper.submit().location)
    assert "16 of 16 points, 100%" in result.text
    assert "Passed" in result.text


def test_the_start_page_says_what_one_is_in_for(client: FlaskClient) -> None:
    page = client.get("/quizzes/final").text
    for words in ("Making tea", "Baking bread", "20 minutes", "2 of 2 left", "Your best attempt counts."):
        assert words in page
    assert "70% passes." in page
    assert "As soon as you hand in." in page
    assert "you can check every answer as you go" in client.get("/quizzes/tea").text
    assert client.get("/quizzes/none").status_code == 404


def test_the_list_says_how_one_stands(paper: Paper) -> None:
    paper.start("bread")
    assert "Under way" in paper.client.get("/quizzes").text
    paper.submit()
    assert "Not passed yet" in paper.client.get("/quizzes").text


def test_a_guest_takes_a_quiz_at_once(app: Flask, client: FlaskClient) -> None:
    paper = Paper(client)
    paper.start("bread")
    paper.send(1, right_answer(paper.slot(1)))
    paper.submit()
    assert "Not passed yet." in client.get(f"{paper.path}/result").text


def test_reloading_or_another_device_goes_on_where_one_was(
    app: Flask, paper: Paper, learner: int, sign_in: Any
) -> None:
    paper.start("every-type")
    paper.send(1, right_answer(paper.slot(1)))
    paper.send(2, right_answer(paper.slot(2)))
    telephone = sign_in(app.test_client(), learner)
    assert telephone.get(paper.path).location.endswith("/questions/3")
    assert "Go on where you were" in telephone.get("/quizzes/every-type").text
    assert re.search(r'value="1" checked|checked', telephone.get(f"{paper.path}/questions/1").text)


def test_the_map_and_the_flags_lead_about_and_save_on_the_way(paper: Paper) -> None:
    paper.start("every-type")
    assert paper.send(1, right_answer(paper.slot(1)), "goto:5").location.endswith("/questions/5")
    assert paper.slot(1).response == {"option": "b"}
    assert paper.send(5, None, "flag:on").location.endswith("/questions/5")
    page = paper.get(5).text
    assert "not answered, flagged" in page
    assert "Flagged: take the flag off" in page
    assert 'Question </span>1<span class="visually-hidden">, answered' in page
    assert paper.send(5, None, "previous").location.endswith("/questions/4")
    assert "You flagged one to come back to." in paper.client.get(f"{paper.path}/summary").text
    for wild in ("goto:0", "goto:-3", "goto:x", "goto:999999999999999", "shout", "next:next"):
        assert paper.send(4, None, wild).status_code == 303


@pytest.mark.parametrize("position", [1, 2, 9])
def test_a_button_says_where_it_leads_and_leads_there(paper: Paper, position: int) -> None:
    """Scripts and the service worker go by what the buttons say; here it is read as the worker reads it."""
    paper.start("every-type")
    buttons = re.findall(r"<button [^>]*>", paper.get(position).text)
    said: dict[str, str] = {}
    for button in buttons:
        action = re.search(r' name="action"[^>]* value="([^"]+)"', button)
        leads_to = re.search(r' data-leads-to="([^"]+)"', button)
        if action and leads_to:
            assert said.setdefault(action[1], leads_to[1]) == leads_to[1]
    gotos = {f"goto:{number}" for number in range(1, 10)}
    assert set(said) == gotos | {"next"} | ({"previous"} if position > 1 else set()) | (
        {"summary"} if position < 9 else set()
    )
    for action, leads_to in said.items():
        answer = paper.send(position, right_answer(paper.slot(position)), action)
        assert within(str(answer.location)) == leads_to, action
    after = f"{paper.path}/questions/{position + 1}" if position < 9 else f"{paper.path}/summary"
    assert said["next"] == within(after)


def test_a_button_that_only_the_server_can_answer_leads_nowhere_without_it(paper: Paper) -> None:
    paper.start("tea")
    for button in re.findall(r"<button [^>]*>", paper.get(1).text):
        if re.search(r'value="(?:check|flag:on)"', button):
            assert "data-leads-to" not in button


def test_the_summary_names_what_is_open(paper: Paper) -> None:
    paper.start("bread")
    assert paper.send(1, right_answer(paper.slot(1)), "summary").location.endswith("/summary")
    page = paper.client.get(f"{paper.path}/summary").text
    assert "2 questions are not answered yet." in page
    assert page.count("Not answered") == 2


def test_an_answer_that_cannot_be_read_is_said_so_once_and_kept(paper: Paper) -> None:
    paper.start("every-type")
    sent = paper.send(4, {"text": "about half a dozen", "unit": None})
    assert sent.location.endswith("/questions/4")
    page = paper.get(4).text
    assert 'role="alert"' in page
    assert "about half a dozen" in page
    assert paper.send(4, {"text": "about half a dozen", "unit": None}).location.endswith("/questions/5")
    assert "One answer can’t be read." in paper.client.get(f"{paper.path}/summary").text


def test_an_answer_that_cannot_be_read_is_not_counted_as_answered(paper: Paper) -> None:
    paper.start("every-type")
    paper.send(1, right_answer(paper.slot(1)))
    odd = paper.send(4, {"text": "about half a dozen", "unit": None}, "save", json=True)
    assert odd.json["answered"] is False
    page = paper.get(5).text
    assert "1 answered" in page
    assert len(re.findall(r"<rect [^>]*class=\"done\"", page)) == 1
    words = re.findall(r'</span>\d<span class="visually-hidden">, ([^<]+)<', page)
    assert (words[0], words[3], words[8]) == ("answered", "can’t be read", "not answered")
    summary = paper.client.get(f"{paper.path}/summary").text
    assert "7 questions are not answered yet. One answer can’t be read." in " ".join(summary.split())
    assert summary.count("data-answered") == 1
    for position in (2, 3, 5, 6, 7, 8, 9):
        paper.send(position, right_answer(paper.slot(position)))
    summary = " ".join(paper.client.get(f"{paper.path}/summary").text.split())
    assert "8 of 9 questions are answered. One answer can’t be read." in summary
    assert "Back to question 4" in summary


def test_without_a_script_the_page_marks_the_field_and_says_how_others_were_read(paper: Paper) -> None:
    paper.start("every-type")
    paper.send(4, {"text": "about half a dozen", "unit": None})
    page = paper.get(4).text
    field = re.search(r"<input [^>]*data-number[^>]*>", page)[0]
    assert 'aria-invalid="true"' in field
    described = re.search(r'aria-describedby="([^"]+)"', field)[1].split()
    assert re.search(rf'<p class="field-error" role="alert" id="{described[0]}"[^>]*>.*?<span>Write ', page, re.S)
    paper.send(4, {"text": "6,0", "unit": None})
    page = paper.get(4).text
    assert "aria-invalid" not in page
    assert re.search(r'class="answer-read"[^>]*>Read as 6[^.\d]', page)


def test_the_summary_says_what_each_question_asks(paper: Paper) -> None:
    paper.start("every-type")
    summary = paper.client.get(f"{paper.path}/summary").text
    assert summary.count("quiz-list-stem") == 9
    for position in range(1, 10):
        stem = paper.slot(position).revision.body["stem"]
        assert html.escape(stem.split()[0]) in summary


def test_moving_an_item_stays_on_the_question(paper: Paper) -> None:
    paper.start("every-type")
    page = paper.get(7).text
    name, value = re.search(r'name="([^"]+)" value="(down:[^"]+)"', page).groups()
    sent = paper.send(7, None, None, **{name: value})
    assert sent.location.endswith("/questions/7")
    assert sorted(paper.slot(7).response["order"]) == ["a", "b", "c", "d", "e"]


def test_nobody_keeps_a_copy_of_a_question_page(paper: Paper) -> None:
    """The back button has to ask again, or it would show, and send, an answer of before."""
    paper.start("bread")
    assert paper.get(1).headers["Cache-Control"] == "no-store"


# --- nothing is lost -------------------------------------------------------------------------------------------------


def test_a_double_click_starts_one_attempt_and_sends_one_answer(app: Flask, paper: Paper) -> None:
    first, second = paper.start("bread"), paper.start("bread")
    assert first.location == second.location
    answer = right_answer(paper.slot(1))
    for _ in range(2):
        assert paper.send(1, answer, sequence=0).location.endswith("/questions/2")
    assert paper.slot(1).sequence == 1


def test_a_stale_tab_shows_both_answers_and_overwrites_none(paper: Paper) -> None:
    paper.start("every-type")
    paper.send(1, {"option": "b"}, sequence=0)
    conflict = paper.send(1, {"option": "c"}, sequence=0, certainty="2")
    assert conflict.status_code == 409
    assert "Leaving it in the air" in conflict.text
    assert "Heating it at once" in conflict.text
    assert paper.slot(1).response == {"option": "b"}
    # Taking the one just sent is one button: what it sends is all in the page.
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', conflict.text))
    taken = paper.client.post(f"{paper.path}/questions/1", data=hidden | {"action": "save"})
    assert taken.status_code == 303
    assert (paper.slot(1).response, paper.slot(1).certainty) == ({"option": "c"}, 2)


def test_scripts_are_told_in_json(paper: Paper, clock: Clock) -> None:
    paper.start("every-type")
    saved = paper.send(1, {"option": "b"}, "save", sequence=0, json=True)
    assert saved.status_code == 200
    assert saved.json == {
        "saved": True, "sequence": 1, "at": clock().isoformat(), "answered": True, "malformed": None,
        "go": within(f"{paper.path}/questions/1"),
    }  # fmt: skip
    again = paper.send(1, {"option": "b"}, "save", sequence=0, json=True)
    assert again.json["sequence"] == 1
    stale = paper.send(1, {"option": "c"}, "save", sequence=0, json=True)
    assert (stale.status_code, stale.json) == (409, {"saved": False, "reason": "stale"})
    odd = paper.send(4, {"text": "half", "unit": None}, "save", json=True)
    assert odd.json["saved"]
    assert "digits" in odd.json["malformed"] or odd.json["malformed"]
    paper.submit()
    closed = paper.send(1, {"option": "c"}, "save", json=True)
    assert (closed.status_code, closed.json["reason"], closed.json["go"]) == (
        409,
        "submitted",
        within(f"{paper.path}/result"),
    )


def test_an_expired_session_is_said_in_json_with_the_way_to_sign_in(paper: Paper) -> None:
    paper.start("bread")
    signed_out(paper)
    response = paper.send(1, right_answer(paper.slot(1)), "save", json=True)
    assert response.status_code == 401
    assert response.json["sign_in"] == "/sign-in"


def signed_out(paper: Paper) -> None:
    paper.client.delete_cookie("session")


def test_signing_in_again_goes_on_with_the_answer_that_was_being_sent(app: Flask, client: FlaskClient) -> None:
    from webapp.accounts import service as people

    with app.app_context():
        people.create_user(name="Ada", username="ada", password="correct horse battery", now=app.config["CLOCK"]())
        db.session.commit()
    paper = Paper(client)
    sign_in(client)
    paper.start("bread")
    signed_out(paper)
    answer = right_answer(paper.slot(1))
    asked = paper.send(1, answer)
    assert asked.status_code == 401
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', asked.text)
    assert kept, "the sign-in page carries the answer"
    back = sign_in(client, page=asked.text, kept=kept.group(1))
    assert back.location == f"{paper.path}/questions/2"
    assert paper.slot(1).response == answer


def test_an_answer_that_comes_back_by_sign_in_overwrites_no_newer_one(app: Flask, client: FlaskClient) -> None:
    from webapp.accounts import service as people

    with app.app_context():
        people.create_user(name="Ada", username="ada", password="correct horse battery", now=app.config["CLOCK"]())
        db.session.commit()
    paper, telephone = Paper(client), Paper(app.test_client())
    sign_in(client)
    paper.start("every-type")
    signed_out(paper)
    asked = paper.send(1, {"option": "c"}, sequence=0)
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', asked.text)
    assert kept
    sign_in(telephone.client)
    telephone.start("every-type")
    telephone.send(1, {"option": "b"}, sequence=0)
    back = sign_in(client, page=asked.text, kept=kept.group(1))
    assert "/conflict?" in back.location
    page = client.get(back.location).text
    assert "Leaving it in the air" in page
    assert "Heating it at once" in page
    assert paper.slot(1).response == {"option": "b"}


def sign_in(client: FlaskClient, *, page: str | None = None, kept: str = "") -> Any:
    page = page or client.get("/sign-in").text
    fields = {"csrf_token": token_of(page), "login": "ada", "password": "correct horse battery", "kept": kept}
    response = client.post("/sign-in", data=fields)
    assert response.status_code in (302, 303), response.text
    return response


# --- time ------------------------------------------------------------------------------------------------------------


def test_the_clock_tells_the_time_of_the_server(paper: Paper, clock: Clock) -> None:
    paper.start("final")
    clock.advance(minutes=5, seconds=30)
    told = paper.client.get(f"{paper.path}/clock").json
    assert (told["state"], told["seconds"]) == ("open", 870)
    assert "15 min left" in paper.get(1).text
    paper.start("bread")
    assert paper.client.get(f"{paper.path}/clock").json["seconds"] is None


@pytest.mark.parametrize("where", ["", "/questions/1", "/summary", "/result"])
def test_when_the_time_is_up_any_page_hands_in_what_is_saved(
    app: Flask, paper: Paper, clock: Clock, where: str
) -> None:
    paper.start("final")
    paper.send(1, right_answer(paper.slot(1)))
    clock.advance(minutes=21)
    page = paper.client.get(paper.path + where, follow_redirects=True)
    assert "when the time was up" in page.text
    assert state_of(app, paper.attempt_id)[:2] == ("submitted", "deadline")


def test_an_answer_after_the_time_says_so_and_hands_in_the_rest(app: Flask, paper: Paper, clock: Clock) -> None:
    paper.start("final")
    paper.send(1, right_answer(paper.slot(1)))
    clock.advance(minutes=21)
    sent = paper.send(2, right_answer(paper.slot(2)))
    assert sent.location == f"{paper.path}/result"
    page = paper.client.get(sent.location).text
    assert "The time was up before this answer arrived." in page
    assert paper.slot(2).response is None
    assert state_of(app, paper.attempt_id)[0] == "submitted"


def test_the_start_page_hands_in_what_is_over(app: Flask, paper: Paper, clock: Clock) -> None:
    paper.start("final")
    clock.advance(hours=2)
    page = paper.client.get("/quizzes/final").text
    assert "Try again" in page
    assert "1 of 2 left" in page
    assert state_of(app, paper.attempt_id)[0] == "submitted"


# --- feedback --------------------------------------------------------------------------------------------------------


def test_checking_shows_feedback_at_once_and_closes_the_question(paper: Paper) -> None:
    paper.start("tea")
    position = 1
    assert "Check answer" in paper.get(position).text
    assert paper.send(position, wrong_answer(paper.slot(position)), "check").location.endswith(f"/questions/{position}")
    page = paper.get(position).text
    assert "Wrong" in page
    assert "In the lesson:" in page
    assert "Check answer" not in page
    answer = paper.slot(position).response
    assert paper.send(position, right_answer(paper.slot(position)), "next").status_code == 303
    assert paper.slot(position).response == answer
    assert "was checked already" in paper.get(2).text


def test_the_result_teaches_sure_but_wrong_first_then_wrong_then_right(paper: Paper) -> None:
    paper.start("every-type")
    for position in range(1, 9):
        slot = paper.slot(position)
        answer = wrong_answer(slot) if position in (3, 6) else right_answer(slot)
        paper.send(position, answer, certainty="3" if position == 6 else "1")
    page = paper.client.get(paper.submit().location).text
    order = [int(n) for n in re.findall(r'id="review-(\d+)"', page)]
    assert order == [6, 3, 9, 1, 2, 4, 5, 7, 8]
    assert page.index("Sure, but wrong") < page.index("Not right yet") < page.index("Not answered</h2>")


def test_the_result_leads_to_the_paragraph_that_says_it(paper: Paper) -> None:
    paper.start("every-type")
    page = paper.client.get(paper.submit().location).text
    for fact, firmness in (("oxidation", "Stated"), ("brewing-heat", "Reported")):
        address = re.search(rf'href="({within("/lessons/tea")}#[^"]*{fact}[^"]*)"', page)
        assert address, fact
        assert firmness in page
        lesson, _, anchor = address.group(1).partition("#")
        assert f'id="{anchor}"' in paper.client.get(lesson).text
    assert f'href="{within("/lessons/tea#leaves")}"' in page
    assert "Practise these again" in page


def test_practice_opens_a_paper_of_the_mistakes(paper: Paper) -> None:
    paper.start("every-type")
    for position in range(1, 10):
        slot = paper.slot(position)
        paper.send(position, wrong_answer(slot) if position == 2 else right_answer(slot))
    paper.submit()
    made = paper.client.post(f"{paper.path}/practice", data={"csrf_token": paper.token})
    paper.attempt_id = int(made.location.rsplit("/", 1)[-1])
    page = paper.get(1).text
    assert "Question 1 of 1" in page
    assert "Practice: One question of every type" in page
    assert "Check answer" in page
    result = paper.client.get(paper.submit().location).text
    assert "Practice counts for nothing but what you keep." in result


def test_until_the_date_of_the_feedback_only_the_arrival_is_confirmed(
    app: Flask, paper: Paper, bank: Any, clock: Clock
) -> None:
    text = (bank / "course.yaml").read_text()
    dated = text.replace("score: last\n    feedback: after-submission", "feedback: 2026-03-05T12:00Z")
    (bank / "course.yaml").write_text(dated)
    assert "Mar 5, 2026" in paper.client.get("/quizzes/bread").text
    paper.start("bread")
    slot = paper.slot(1)
    paper.send(1, wrong_answer(slot))
    page = paper.client.get(paper.submit().location).text
    assert "Score and feedback come" in page
    for held_back in ("points", "Wrong", "Right", "review-1", "%"):
        assert held_back not in page.split("<main")[1].split("</main>")[0]
    assert "Not passed" not in paper.client.get("/quizzes/bread").text
    assert "Not passed" not in paper.client.get("/quizzes").text
    assert paper.client.post(f"{paper.path}/practice", data={"csrf_token": paper.token}).status_code == 404
    clock.advance(days=4)
    assert "Not right yet" in paper.client.get(f"{paper.path}/result").text


def test_a_pretest_shows_what_the_lesson_will_answer(paper: Paper) -> None:
    paper.start("before")
    page = paper.client.get(paper.submit().location).text
    assert page.count("The lesson answers it in") == 2
    assert "counts for nothing" in page
    assert "points" not in page.split("<main")[1].split("</main>")[0]


# --- what is asked on the way ----------------------------------------------------------------------------------------


def test_certainty_is_asked_where_the_quiz_offers_it_and_the_person_wants_it(
    app: Flask, paper: Paper, learner: int
) -> None:
    from webapp.accounts.models import User

    paper.start("tea")
    assert "How sure are you?" in paper.get(1).text
    with app.app_context():
        db.session.get(User, learner).preferences = {"certainty": False}
        db.session.commit()
    assert "How sure are you?" not in paper.get(1).text
    paper.start("bread")
    assert "How sure are you?" not in paper.get(1).text


def test_hints_wait_to_be_asked_for(paper: Paper) -> None:
    paper.start("every-type")
    page = paper.get(1).text
    assert re.search(r"<details[^>]*><summary>Hint</summary>.*Think of a cut apple", page, re.S)
    assert "Hint" not in paper.get(2).text


def test_an_access_code_is_asked_for_on_the_start_page(
    app: Flask, paper: Paper, learner: int, set_up_class: Callable[..., int], clock: Clock
) -> None:
    from webapp.quizzes.models import Assignment

    cohort = set_up_class([learner])
    db.session.add(Assignment(cohort_id=cohort, quiz_id="bread", access_code="rye", created_at=clock()))
    db.session.commit()
    assert 'name="access_code"' in paper.client.get("/quizzes/bread").text
    refused = paper.start("bread", access_code="barley")
    assert refused.status_code == 422
    assert "This code does not fit." in refused.text
    assert paper.start("bread", access_code="RYE").status_code == 303


def test_a_quiz_that_is_used_up_says_so(app: Flask, paper: Paper) -> None:
    for _ in range(2):
        paper.start("final")
        paper.submit()
    assert "You have used all your attempts." in paper.client.get("/quizzes/final").text
    refused = paper.client.post("/quizzes/final/attempts", data={"csrf_token": paper.token})
    assert refused.status_code == 409
    assert rows(app, Attempt) == 2


# --- regrading, as its learner sees it -------------------------------------------------------------------------------


def test_a_regrade_tells_its_learner_what_changed_and_why(
    desk: Desk, client: FlaskClient, sign_in: Any, clock: Clock
) -> None:
    from webapp.quizzes import service
    from webapp.quizzes.models import Regrade

    attempt = desk.take("bread", right=lambda slot: False)
    slot: Slot = attempt.slots[0]
    regrade = Regrade(
        course_id="tea-and-bread",
        question_id=slot.question_id, digest=slot.digest, policy="full-marks", created_at=clock(),
        reason="The question had two right answers.",
    )  # fmt: skip
    db.session.add(regrade)
    db.session.flush()
    clock.advance(days=1)
    service.append_step(
        slot, "regrade", now=clock(), actor_id=None, fraction=1.0, digest=slot.digest, regrade_id=regrade.id
    )
    service.rescore(attempt)
    assert attempt.score == slot.points
    address = f"/attempts/{attempt.id}/result"
    db.session.commit()
    page = sign_in(client, desk.user_id).get(address).text
    assert "This question was graded again" in page
    assert "The question had two right answers." in page
    assert "Your answer now earns 100% of its points; before it was 0%." in page


def test_handing_in_late_says_what_it_costs(
    desk: Desk, client: FlaskClient, sign_in: Any, set_up_class: Callable[..., int], clock: Clock
) -> None:
    from webapp.quizzes.models import Assignment

    cohort = set_up_class([desk.user_id])
    late = {"due_at": clock() - timedelta(hours=1), "late_policy": "penalty", "late_percent": 25.0}
    db.session.add(Assignment(cohort_id=cohort, quiz_id="bread", created_at=clock(), **late))
    db.session.commit()
    person = sign_in(client, desk.user_id)
    assert "then 25% less for each day begun" in person.get("/quizzes/bread").text
    address = f"/attempts/{desk.take('bread').id}/result"
    db.session.commit()
    page = person.get(address).text
    assert "75%" in page
    assert "25% of the points are taken off." in page


def test_trying_access_codes_ends_after_twenty(
    make_app: Callable[..., Flask], make_user: Callable[..., int], sign_in: Any, post: Any, clock: Clock
) -> None:
    from webapp.accounts.models import Cohort, CohortMember
    from webapp.quizzes.models import Assignment

    app = make_app(limits=True)
    ada = make_user(app=app)
    with app.app_context():
        cohort = Cohort(course_id="tea-and-bread", name="Class", join_code="CODE2345", created_at=clock())
        db.session.add(cohort)
        db.session.flush()
        db.session.add(CohortMember(cohort_id=cohort.id, user_id=ada, joined_at=clock()))
        db.session.add(Assignment(cohort_id=cohort.id, quiz_id="bread", access_code="rye", created_at=clock()))
        db.session.commit()
    client = sign_in(app.test_client(), ada)

    def start(code: str) -> int:
        status: int = post(client, "/quizzes/bread/attempts", {"access_code": code}, page="/quizzes/bread").status_code
        return status

    assert {start(str(number)) for number in range(20)} == {422}
    assert start("rye") == 429
    clock.advance(minutes=11)
    assert start("rye") == 303


def test_practice_checks_each_answer_and_ends_without_ceremony(paper: Paper) -> None:
    """Check is the one filled button; after the last verdict the practice is finished, with nothing to hand in."""
    paper.start("bread")
    paper.submit()
    done = paper.path
    started = paper.client.post(f"{done}/practice", data={"csrf_token": paper.token})
    paper.attempt_id = int(started.location.rsplit("/", 1)[-1])
    for position in (1, 2, 3):
        page = paper.get(position).text
        (filled,) = re.findall(r'<button class="button button-primary[^>]*value="(\w+)"', page)
        assert filled == "check"
        paper.send(position, right_answer(paper.slot(position)), action="check")
    (filled,) = re.findall(r'<button class="button button-primary[^>]*value="(\w+)"', paper.get(3).text)
    assert filled == "finish"
    ended = paper.send(3, None, action="finish")
    assert ended.location.endswith(f"{paper.path}/result")
    assert "3 of 3 right" in paper.client.get(f"{paper.path}/result").text


def test_practice_is_not_finished_while_something_is_unchecked(paper: Paper) -> None:
    paper.start("bread")
    paper.submit()
    started = paper.client.post(f"{paper.path}/practice", data={"csrf_token": paper.token})
    paper.attempt_id = int(started.location.rsplit("/", 1)[-1])
    paper.send(3, right_answer(paper.slot(3)), action="check")
    assert paper.send(3, None, action="finish").location.endswith(f"{paper.path}/questions/1")
