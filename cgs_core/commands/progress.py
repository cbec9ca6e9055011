"""How far a program that waits has come, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_BAR_WIDTH = 30


def with_progress(items: Iterable[Item], total: int, noun: str) -> Iterator[Item]:
    """The same items, with a bar on standard error if that is a terminal."""
    is_terminal = sys.stderr.isatty()
    for done, item in enumerate(items, 1):
        if is_terminal:
            bar = "#" * (_BAR_WIDTH * done // total)
            print(f"\r[{bar:<{_BAR_WIDTH}}] {noun} {done} of {total}", end="", file=sys.stderr, flush=True)
        yield item
    if is_terminal:
        print(file=sys.stderr)
