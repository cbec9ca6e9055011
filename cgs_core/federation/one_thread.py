"""Linear algebra on one thread, for results that do not depend on how many processors there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")


def on_one_thread(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, each computed with one BLAS thread: sums in one order, so the same bytes every time.

    Between items, the caller's own work has all its threads.
    """
    blas = ThreadpoolController()
    done = object()
    while True:
        with blas.limit(limits=1, user_api="blas"):
            item = next(items, done)
        if item is done:
            return
        yield item  # type: ignore[misc]
