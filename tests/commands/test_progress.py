"""The bar: there before the first item, with the time left by the pace so far, and only on a terminal."""

from __future__ import annotations

import io
import sys

import pytest

from cgs_core.commands.progress import with_progress
from cgs_core.durations import time_in_words
from tests.runs.helpers import Clock


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    return shown


def states(terminal: Terminal) -> list[str]:
    return [state.split("] ")[-1].strip() for state in terminal.getvalue().split("\r")[1:]]


def test_the_bar_is_there_before_the_first_item_and_tells_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    clock = Clock()
    items = with_progress(slow(clock, 90.0, 3), 3, "round", clock)
    assert next(items) == 0
    assert states(terminal) == ["round 0 of 3", "round 1 of 3, 3 min 0 s left"]
    assert list(items) == [1, 2]
    assert states(terminal)[2:] == ["round 2 of 3, 1 min 30 s left", "round 3 of 3"]


def slow(clock: Clock, seconds: float, n: int):
    for number in range(n):
        clock.advance(seconds)
        yield number


def test_a_shorter_text_leaves_nothing_of_a_longer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    list(with_progress(range(12), 12, "point"))
    widths = {len(state) for state in terminal.getvalue().rstrip("\n").split("\r")[1:]}
    assert max(widths) - min(widths) <= 1  # "1 of 12", "12 of 12"


def test_a_bar_that_is_cut_off_ends_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    items = with_progress(range(3), 3, "round")
    next(items)
    items.close()
    assert terminal.getvalue().endswith("\n")


def test_without_a_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(with_progress(range(3), 3, "round")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (7500, "2 h 5 min")],
)
def test_a_time_in_words(seconds: float, words: str) -> None:
    assert time_in_words(seconds) == words
