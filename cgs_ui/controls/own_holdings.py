"""Which sessions hold which own data, so that samples are deleted when the last of their sessions has ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cgs_core.data.own import files as own_files

GRACE_SECONDS = 120.0  # a session that loses its connection comes back within this time, or does not come back


class Holdings:
    """Sessions, by their tokens, and the hashes of what each has brought. All methods may be called from any thread.

    Samples that a person has chosen to keep are never deleted here.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, set[str]] = {}
        self._left: dict[str, float] = {}

    def hold(self, owner: str, sha256: str) -> None:
        """The session has brought these samples."""
        with self._lock:
            self._held.setdefault(owner, set()).add(sha256)
            self._left.pop(owner, None)

    def seen(self, owner: str) -> None:
        """The session is there."""
        with self._lock:
            self._left.pop(owner, None)

    def leave(self, owner: str) -> None:
        """The session seems to have ended: what it alone holds is deleted unless it comes back in time."""
        with self._lock:
            if owner not in self._held:
                return
            self._left[owner] = self._clock()
        timer = threading.Timer(GRACE_SECONDS + 1, self.expire)
        timer.daemon = True
        timer.start()

    def holds(self, owner: str, sha256: str) -> bool:
        """Whether the session has brought these samples."""
        with self._lock:
            return sha256 in self._held.get(owner, ())

    def expire(self) -> None:
        """Delete what only sessions have held that left long enough ago."""
        limit = self._clock() - GRACE_SECONDS
        with self._lock:
            gone = [owner for owner, left in self._left.items() if left <= limit]
            released = set[str]().union(*(self._held.pop(owner) for owner in gone))
            for owner in gone:
                del self._left[owner]
            for sha256 in released.difference(*self._held.values()):
                if not own_files.is_kept(sha256):
                    own_files.delete(sha256)


HOLDINGS = Holdings()
"""Those of this server process."""
