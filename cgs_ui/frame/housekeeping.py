"""What a server tidies up by itself, as long as it runs."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from cgs_core.errors import StoreError
from cgs_core.rooms import Rooms
from cgs_core.runs import RunStore

EVERY_SECONDS = 60.0


async def keep_house(store: RunStore, every_seconds: float = EVERY_SECONDS) -> None:
    """End the class rooms that nobody has closed, again and again until it is cancelled."""
    rooms = Rooms(store)
    while True:
        with suppress(StoreError):  # a full disk, a busy file: the store has said so in the log
            await asyncio.to_thread(rooms.expire)
        await asyncio.sleep(every_seconds)
