from __future__ import annotations

from tests.quizzes.conftest import Paper, right_answer, wrong_answer


def test_a_quiz_is_taken_from_start_to_result_without_javascript(paper: Paper) -> None:
    started = paper.start("every-type")
    assert started.status_code == 303
    for position in range(1, 10):
        page = paper.get(position)
        assert page.status_code == 200
        sent = paper.send(position, right_answer(paper.slot(position)))
        assert sent.status_code == 303
        assert sent.location.endswith(f"/questions/{position + 1}" if position < 9 else "/summary")
    summary = paper.client.get(f"{paper.path}/summary")
    assert "All 9 questions are answered." in summary.text
    result = paper.client.get(paper.submit().location)
    assert "16 of 16 points, 100%" in result.text
    assert "Passed" in result.text
