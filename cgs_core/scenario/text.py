"""Fields as text: JSON read strictly, and packed short enough for a link."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

from cgs_core.errors import ScenarioError

_MAX_JSON_BYTES = 200_000


def packed(fields: dict[str, Any]) -> str:
    """Short text for a URL: compact JSON, compressed (zlib), in URL-safe Base64 without padding."""
    compressed = zlib.compress(json.dumps(fields, separators=(",", ":"), allow_nan=False).encode(), 9)
    return base64.urlsafe_b64encode(compressed).decode().rstrip("=")


def unpacked(text: str) -> bytes:
    """The JSON of a link's text; ``ScenarioError`` where it is damaged or would be too large."""
    try:
        compressed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(compressed, _MAX_JSON_BYTES)
        if not unpacker.eof:
            raise ValueError("cut short or too long")
    except (ValueError, zlib.error, binascii.Error):
        raise ScenarioError("link", "must be the text after 's=' of a copied link, whole", text) from None
    return content


def fields_of(text: str | bytes) -> dict[str, Any]:
    """The fields of a JSON object; ``ScenarioError`` for any other text."""
    if len(text) > _MAX_JSON_BYTES:
        raise ScenarioError("scenario", f"at most {_MAX_JSON_BYTES} bytes of JSON", len(text))
    try:
        fields = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_each_once)
        json.dumps(fields, ensure_ascii=False).encode()  # refuses half characters, which no field can name or be
    except json.JSONDecodeError as error:
        shown = error.doc.split("\n")[error.lineno - 1][:40]
        raise ScenarioError(f"line {error.lineno}", f"must be JSON ({error.msg})", shown) from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise ScenarioError("scenario", f"must be JSON ({error})", text[:40]) from None
    if not isinstance(fields, dict):
        raise ScenarioError("scenario", "must be a JSON object of fields", fields)
    return fields


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The fields of one object; the later of two would silently win."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            readable = name.encode(errors="replace").decode()
            raise ScenarioError(readable, "must stand in its object once", [fields[name], value])
        fields[name] = value
    return fields


def _refuse_constant(text: str) -> float:
    raise ScenarioError("scenario", 'must not contain NaN or infinite numbers (write "inf" for altruism_degree)', text)
