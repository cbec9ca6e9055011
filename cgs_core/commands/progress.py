"""How far a program that waits has come, on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from cgs_core.durations import time_in_words, time_left
from cgs_core.errors import JobError

Item = TypeVar("Item")

_BAR_WIDTH = 30


def nobody_would(left: str, folder: Path) -> JobError:
    """Why what is not in a folder yet stays so; ``left``: for instance "compute the 3 runs"."""
    return JobError(f"CGS_WORKERS: is 0, so nothing would {left} that are not in {folder} yet")


def with_progress(
    items: Iterable[Item], total: int, noun: str, clock: Callable[[], float] = time.monotonic
) -> Iterator[Item]:
    """The same items, with a bar on standard error if that is a terminal: from the start, with the time left.

    Parameters
    ----------
    total: how many items will come. noun: what one of them is called.
    clock: tells the time in seconds.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    start = clock()
    try:
        _show(0, total, noun, None)
        for done, item in enumerate(items, 1):
            _show(done, total, noun, time_left(done, total, clock() - start))
            yield item
    finally:
        print(file=sys.stderr)


def _show(done: int, total: int, noun: str, seconds_left: float | None) -> None:
    bar = "#" * (_BAR_WIDTH * done // total)
    left = "" if seconds_left is None or done == total else f", {time_in_words(seconds_left)} left"
    print(f"\r[{bar:<{_BAR_WIDTH}}] {noun} {done} of {total}{left:<20}", end="", file=sys.stderr, flush=True)
