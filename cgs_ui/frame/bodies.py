"""What a request brings, read within limits."""

from __future__ import annotations

import asyncio

from starlette.requests import Request


async def read_body(request: Request, most_bytes: int, seconds: float) -> bytes | None:
    """The body; None if it is too large, of which no more is read then.

    Raises
    ------
    TimeoutError: it did not arrive in time.
    """
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > most_bytes:
        return None
    parts, n_bytes = [], 0
    async with asyncio.timeout(seconds):
        async for part in request.stream():
            n_bytes += len(part)
            if n_bytes > most_bytes:
                return None
            parts.append(part)
    return b"".join(parts)
