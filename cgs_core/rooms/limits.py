"""How often one visitor may try something, as this process has counted it: nothing of it is kept on a disk."""

from __future__ import annotations

import threading
from collections import deque

from cgs_core.errors import RoomError
from cgs_core.rooms.tokens import hashed

MOST_GUESSES = 10
GUESS_SECONDS = 60.0
MOST_ROOMS_A_VISITOR = 5
_MOST_REMEMBERED = 10_000  # visitors; beyond it those who have not tried for longest are forgotten


class Guesses:
    """Wrong codes of each visitor: at most ``MOST_GUESSES`` within ``GUESS_SECONDS``. Safe to call from many threads.

    A visitor is a browser's token. Who throws that away is another visitor: what a guessed code opens is a seat, and
    nothing else.
    """

    def __init__(self) -> None:
        self._made: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def check(self, visitor: str, ticks: float) -> None:
        """``RoomError`` for who has guessed wrongly too often just now."""
        with self._lock:
            made = self._made.get(hashed("visitor", visitor), deque())
            recent = [moment for moment in made if 0 <= ticks - moment < GUESS_SECONDS]
        if len(recent) >= MOST_GUESSES:
            raise RoomError(f"{MOST_GUESSES} codes were wrong: wait a minute, and look at the code on the screen.")

    def count(self, visitor: str, ticks: float) -> None:
        """A code of this visitor's was wrong."""
        with self._lock:
            key = hashed("visitor", visitor)
            made = self._made.pop(key, deque(maxlen=MOST_GUESSES))
            made.append(ticks)
            self._made[key] = made  # the last one of all
            while len(self._made) > _MOST_REMEMBERED:
                del self._made[next(iter(self._made))]
