"""What is left of something long."""

from __future__ import annotations

import pytest

from cgs_core.durations import left_in_words, time_left


@pytest.mark.parametrize(
    ("done", "elapsed", "expected", "left"),
    [(0, 3.0, None, None), (0, 3.0, 10.0, 7.0), (0, 30.0, 10.0, 0.0), (5, 10.0, 1.0, 30.0), (20, 10.0, None, 0.0)],
)
def test_the_pace_so_far_counts_once_there_is_one(
    done: int, elapsed: float, expected: float | None, left: float | None
) -> None:
    assert time_left(done, 20, elapsed, expected) == left


def test_words_say_what_is_left_and_nothing_at_the_ends() -> None:
    assert left_in_words(0, 20, 1.0) == "" == left_in_words(20, 20, 1.0)
    assert left_in_words(1, 3, 61.0) == "about 2 min 2 s left"
    assert left_in_words(19, 20, 0.1) == "about 1 s left"
