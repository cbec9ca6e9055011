"""How long something takes: what is left of it, and in words.

Examples
--------
>>> time_left(done=10, total=50, elapsed=2.0)
8.0
>>> left_in_words(done=10, total=50, elapsed=50.0)
'about 3 min 20 s left'
>>> left_in_words(done=0, total=50, elapsed=1.0, expected=13.0)
'about 12 s left'
"""

from __future__ import annotations


def time_left(done: int, total: int, elapsed: float, expected: float | None = None) -> float | None:
    """Seconds until the rest of some equal parts is done, at the pace so far; None while nothing is known.

    Parameters
    ----------
    done, total: parts. elapsed: seconds since the first was begun.
    expected: seconds that the whole is thought to take, asked while no part is done.
    """
    if done > 0:
        return elapsed / done * max(0, total - done)
    return None if expected is None else max(0.0, expected - elapsed)


def left_in_words(done: int, total: int, elapsed: float, expected: float | None = None) -> str:
    """The same for people: "about 12 s left"; nothing while nothing is known, or when all is done."""
    left = time_left(done, total, elapsed, expected)
    return "" if left is None or done >= total else f"about {time_in_words(max(1.0, left))} left"


def time_in_words(seconds: float) -> str:
    """A length of time in its two largest units: "45 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
