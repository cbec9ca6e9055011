"""What a component is given, in few bytes: a component's data are sent as text, and figures repeat themselves.

A figure's fifty frames become an eighth; the browser unpacks them in a millisecond (``cgs_ui/assets/unpacked.js``).
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

_LEVEL = 6


def as_json(value: Any) -> bytes:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def compressed(content: bytes) -> bytes:
    """By zlib."""
    return zlib.compress(content, _LEVEL)


def as_text(content: bytes) -> str:
    """Compressed JSON as it is sent."""
    return base64.b64encode(content).decode()


def packed(value: Any) -> str:
    """A value as it is sent."""
    return as_text(compressed(as_json(value)))


def unpacked(text: str) -> Any:
    """The value again, as the browser reads it."""
    return json.loads(zlib.decompress(base64.b64decode(text)))
