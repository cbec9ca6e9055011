"""Small things that the store keeps as JSON: read back, or told in the log and left out where they are damaged."""

from __future__ import annotations

import json
import logging
from typing import TypeVar

Kept = TypeVar("Kept")
_log = logging.getLogger(__name__)


def kept_json(text: object, kind: type[Kept], what: str) -> Kept | None:
    """The value, of this kind, or None where it cannot be read any more; ``what`` it is, for the log."""
    try:
        value = json.loads(str(text))
        if isinstance(value, kind):
            return value
    except ValueError:
        pass
    _log.warning("%s was damaged in the store: it is left out", what)
    return None
