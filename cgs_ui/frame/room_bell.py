"""The bell of class rooms: ``GET /cgs/room?after=SIGN``, which is answered when the room has another sign.

The token is in the header ``X-Room``. Thirty phones that wait cost the server a request each in ten seconds: all of
them wait for one look at the store, four times a second. Whoever waits is seen, and keeps the room's run alive.
"""

from __future__ import annotations

import asyncio
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cgs_core.errors import RoomError, StoreError
from cgs_core.rooms import Sign
from cgs_ui.rooms.place import BELL_PATH, bell, rooms, seats

WAIT_SECONDS = 10.0
"""After it a student's screen is told that nothing is new; a teacher's is drawn again: who is here may be others."""

_LOOK_SECONDS = 0.25
_NO_STORE = {"Cache-Control": "no-store"}


class _Signs:
    """The signs of at most a moment ago, for all who wait; used on the event loop alone."""

    def __init__(self) -> None:
        self._read = -_LOOK_SECONDS
        self._reading: asyncio.Task[dict[str, Sign]] | None = None

    async def get(self) -> dict[str, Sign]:
        is_old = time.monotonic() - self._read >= _LOOK_SECONDS
        if self._reading is None or (is_old and self._reading.done()):
            self._read = time.monotonic()
            self._reading = asyncio.create_task(asyncio.to_thread(bell().signs))
        return await asyncio.shield(self._reading)


_signs = _Signs()


async def serve_bell(request: Request) -> Response:
    """200 with the new sign, 204 where nothing has changed, 404 for a token that opens nothing (any more)."""
    token, after = request.headers.get("x-room", ""), request.query_params.get("after", "")
    try:
        room_id, is_teacher = await asyncio.to_thread(_looked, token)
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            found = (await _signs.get()).get(room_id)
            sign = "" if found is None else found.teachers if is_teacher else found.students
            if sign != after:
                return JSONResponse({"sign": sign}, headers=_NO_STORE)
            await asyncio.sleep(_LOOK_SECONDS)
    except RoomError:
        return Response(status_code=404, headers=_NO_STORE)
    except StoreError:
        return Response(status_code=503, headers=_NO_STORE)
    return (
        JSONResponse({"sign": after}, headers=_NO_STORE) if is_teacher else Response(status_code=204, headers=_NO_STORE)
    )


def _looked(token: str) -> tuple[str, bool]:
    """Which room it opens; who looks is here, and keeps the run that the room waits for."""
    room_id, is_teacher = bell().room_of(token)
    if is_teacher:
        rooms().teacher(token)
    else:
        seats().seat(token)
    return room_id, is_teacher


def routes() -> list[Route]:
    """What the pages of a class room wait for."""
    return [Route(BELL_PATH, serve_bell, methods=["GET"])]
