"""Small things that the store keeps as JSON: read back, or told in the log and left out where they are damaged."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, TypeVar

Kept = TypeVar("Kept")
_log = logging.getLogger(__name__)


def read_kept(what: str, read: Callable[..., Kept], *of: Any) -> Kept | None:
    """What ``read`` makes of it, or None where it cannot; ``what`` it is, for the log."""
    try:
        return read(*of)
    except (ValueError, TypeError, KeyError, AttributeError):
        _log.warning("%s was damaged in the store: it is left out", what)
        return None


def kept_json(text: object, kind: type[Kept], what: str) -> Kept | None:
    """The value, of this kind, or None where it cannot be read any more; ``what`` it is, for the log."""

    def of_kind() -> Kept:
        if isinstance(value := json.loads(str(text)), kind):
            return value
        raise TypeError(type(value).__name__)

    return read_kept(what, of_kind)
