"""The clock of the app runs through jumps of the system's, says so, and believes them only after a while."""

from __future__ import annotations

import logging

import pytest

from webapp.web.clock import HOLD, JUMP, SteadyClock


class Shifted(SteadyClock):
    """The real clock with a system's clock and a count of seconds that a test sets."""

    wall, passed = 1_790_000_000.0, 500.0

    def _wall(self) -> float:
        return self.wall

    def _passed(self) -> float:
        return self.passed

    def go(self, seconds: float, *, jump: float = 0.0) -> float:
        """So many seconds pass, and the system's clock is set by `jump`; returns the app's time."""
        self.passed += seconds
        self.wall += seconds + jump
        return self().timestamp()


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


def test_it_is_the_systems_time() -> None:
    clock = SteadyClock()
    assert abs(clock().timestamp() - clock._wall()) < 0.5
    assert clock().tzinfo is not None


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 86_400.0, -86_400.0])
def test_an_hour_or_a_day_forth_or_back_changes_no_deadline(
    clock: Shifted, jump: float, caplog: pytest.LogCaptureFixture
) -> None:
    began = clock().timestamp()
    with caplog.at_level(logging.WARNING, "webapp"):
        assert clock.go(1, jump=jump) == pytest.approx(began + 1)
        assert clock.go(60) == pytest.approx(began + 61)
        assert len(caplog.messages) == 1
        assert f"{jump:+.0f} s" in caplog.messages[0]
        assert clock.jumped_by == pytest.approx(jump)
        assert clock.go(60, jump=-jump) == pytest.approx(began + 121), "set right again"
    assert clock.jumped_by == 0
    assert "right again" in caplog.messages[-1]


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_clock_that_stays_set_is_believed_after_a_while(clock: Shifted, jump: float) -> None:
    began = clock().timestamp()
    clock.go(1, jump=jump)
    assert clock.go(HOLD - 2) == pytest.approx(began + HOLD - 1)
    assert clock.go(3) == pytest.approx(began + HOLD + 2 + jump)
    assert clock.jumped_by == 0


def test_a_step_back_of_a_second_or_two_is_waited_for(clock: Shifted) -> None:
    before = clock().timestamp()
    assert clock.go(0.1, jump=-2) >= before
    assert clock.go(0.5) >= before
    assert clock.go(10) == pytest.approx(clock.wall)


def test_a_clock_that_drifts_is_followed(clock: Shifted) -> None:
    for _second in range(100):
        clock.go(1, jump=JUMP / 20)
    assert clock().timestamp() == pytest.approx(clock.wall)
    assert clock.jumped_by == 0
