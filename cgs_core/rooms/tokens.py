"""A room's code, and the tokens of its seats and of its teacher: who has one may use what it opens, and nobody else.

A code is short, is read out, and opens nothing but a seat of one's own. Tokens cannot be guessed (at least 128 bits),
and only their hashes are stored.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

LETTERS = "BCDFGHJKMPQRTVWXZ"
"""Of a code: no vowels, which would make words; none that look like another letter or a digit, or sound like M or F."""
CODE_LENGTH = 6
_LEAST_VISITOR = 16
_TOKEN_LENGTH = 22  # characters of 6 bits


def new_code() -> str:
    """A code, drawn among 24 million."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def typed_code(text: str) -> str:
    """What somebody has typed as a code, as codes are stored: "bcd-fgh" is BCDFGH."""
    return "".join(letter for letter in str(text).upper() if letter in LETTERS)


def new_token() -> str:
    """A room's id, or the token of a teacher without a browser."""
    return secrets.token_urlsafe(16)


def seat_token(room_id: str, visitor: str) -> str:
    """The token of a browser's seat in a room: always the same one, so that two tabs have one seat.

    It tells nothing of the visitor's own token, and is another one in every room. ``ValueError`` for a visitor's token
    that is too short to be one.
    """
    return _follows("seat", room_id, visitor)


def teacher_token(room_id: str, visitor: str) -> str:
    """The token of the teacher who opens a room in this browser: whoever has the browser has it again, and needs no
    address that others may read. As ``seat_token`` otherwise."""
    return _follows("teacher", room_id, visitor)


def _follows(kind: str, room_id: str, visitor: str) -> str:
    if len(visitor) < _LEAST_VISITOR:
        raise ValueError(f"visitor: a token of at least {_LEAST_VISITOR} characters; got {len(visitor)}")
    digest = hashlib.sha256(f"{kind}:{room_id}:{visitor}".encode(errors="replace")).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_TOKEN_LENGTH]


def hashed(kind: str, token: str) -> str:
    """What is kept of a token; ``kind`` "seat", "teacher" or "visitor", so that none is taken for one of another."""
    return hashlib.sha256(f"{kind}-token:{token}".encode(errors="replace")).hexdigest()
