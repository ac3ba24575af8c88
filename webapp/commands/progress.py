"""How far a long command is, on standard error: a bar on a terminal, elsewhere a line every few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

T = TypeVar("T")

#: seconds between two lines, and before the first: a quick command says nothing into a log
EVERY = 5.0

Report = Callable[[int, int], None]
"""Takes how much is done and how much there is in all (0: not known)."""


@contextmanager
def progress(label: str) -> Iterator[Report]:
    """Gives a function that is told how far the work is, as often as one likes."""
    if sys.stderr.isatty():
        with _on_terminal(label) as report:
            yield report
    else:
        yield _in_lines(label)


@contextmanager
def _on_terminal(label: str) -> Iterator[Report]:
    bar = None
    counting = False

    def report(done: int, total: int) -> None:
        nonlocal bar, counting
        if total:
            if bar is None:
                bar = click.progressbar(length=total, label=label, file=sys.stderr)
                bar.__enter__()
            bar.length = total
            bar.update(done - bar.pos)
        else:
            counting = True
            click.echo(f"\r{label}: {done:,}", nl=False, err=True)

    try:
        yield report
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)
        if counting:
            click.echo(err=True)


def _in_lines(label: str) -> Report:
    said_at = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= EVERY:
            said_at = time.monotonic()
            click.echo(f"{label}: {done:,} of {total:,}" if total else f"{label}: {done:,}", err=True)

    return report


def counted(label: str, things: Iterable[T], *, total: int = 0, step: int = 1) -> Iterator[T]:
    """The same things, with how many have passed told after every `step` of them."""
    with progress(label) as report:
        for number, thing in enumerate(things, 1):
            yield thing
            if number % step == 0 or number == total:
                report(number, total)
