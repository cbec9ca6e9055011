"""Comparing within one run: contestants take turns on one thread, and the median of processor time is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median

import torch
from threadpoolctl import threadpool_info, threadpool_limits


def cpu_seconds(
    contestants: Sequence[Callable[[], object]], n_repetitions: int, clock: Callable[[], float] = time.process_time
) -> list[float]:
    """Median seconds of each by the clock, the processor's unless told; one more repetition, the first, warms up."""
    seconds: list[list[float]] = [[] for _ in contestants]
    for repetition in range(n_repetitions + 1):
        for spent, contestant in zip(seconds, contestants, strict=True):
            start = clock()
            contestant()
            if repetition:
                spent.append(clock() - start)
    return [median(spent) for spent in seconds]


@contextmanager
def one_thread() -> Iterator[None]:
    """Neither NumPy nor PyTorch uses a second processor."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        torch.set_num_threads(n_threads)


def kernels() -> str:
    """For which processors the matrix products were written that NumPy has chosen; it may choose older ones."""
    names = sorted({one["architecture"] for one in threadpool_info() if one["internal_api"] == "openblas"})
    return f"OpenBLAS multiplies as on {' and '.join(names) or 'a processor that it does not name'}"
