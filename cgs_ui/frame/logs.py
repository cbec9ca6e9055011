"""The log: one line an event, with the number of the request that it belongs to, and nothing of a person.

``CGS_LOG`` says from which level on (debug, info, warning, error; info by default). Streamlit's and uvicorn's events
come in the same form. What an event says is read over before it is written: addresses, tokens, ids and what stands in a
link after "?" are left out, and an exception is its kind and where it was raised; what it says of itself, which may be
what somebody typed, is written at level debug alone.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from streamlit.logger import set_log_level

from cgs_core.errors import CgsError

VARIABLE = "CGS_LOG"
LEVELS = ("debug", "info", "warning", "error")
_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_OTHERS = ("streamlit", "uvicorn", "websockets")  # they bring handlers of their own
_AGAIN = "uvicorn.access"  # Streamlit has turned it off: cgs.requests tells the same
_MOST_PLACES = 6

request_number: ContextVar[int | None] = ContextVar("request_number", default=None)
"""Of the request that is answered now; a page's script runs in a thread of its own and has none."""

_LEFT_OUT = (
    (re.compile(r"\?[^\s'\"]+"), "?..."),
    (re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\w.])"), "[address]"),
    (
        re.compile(
            r"\[?(?<![\w:])(?=[0-9a-f]*:(?:[0-9a-f:]*::|:|[0-9a-f]+:[0-9a-f]+:))[0-9a-f:]{3,}(?!\w)\]?(?::\d+)?", re.I
        ),
        "[address]",
    ),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.I), "[id]"),
    (re.compile(r"(?<![\w-])(?=[\w-]*[\d_-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{20,}(?![\w-])"), "[token]"),
)


class Line(logging.LogRecord):
    """An event as one line, whoever writes it."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._raised = _told(self.exc_info)
        self.exc_info = self.exc_text = self.stack_info = None
        number = request_number.get()
        self._of = "" if number is None else f"#{number} "

    def getMessage(self) -> str:
        """What it says, without what is left out."""
        return self._of + without_persons(" ".join(super().getMessage().split()) + self._raised)


def without_persons(text: str) -> str:
    """A text in which addresses, tokens, ids and what links carry are not to be read any more."""
    for pattern, instead in _LEFT_OUT:
        text = pattern.sub(instead, text)
    return text


def _told(raised: Any) -> str:
    """An exception in a line: its kind, and the places that it came through, the innermost first."""
    if not raised or raised[0] is None:
        return ""
    kind, error, trace = raised
    said = f": {' '.join(str(error).split())}" if logging.getLogger().isEnabledFor(logging.DEBUG) else ""
    return f" [{kind.__name__}{said}{''.join(_places(trace))}]"


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_MOST_PLACES:]
    return [f"; {frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames)]


class Errors(logging.Handler):
    """Counts what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.n_seen = 0

    def emit(self, record: logging.LogRecord) -> None:
        """One more; a handler is under its lock."""
        self.n_seen += 1


ERRORS = Errors()


def level_of(chosen: str | None) -> int:
    """The level that ``CGS_LOG`` names; ``CgsError`` for another word."""
    name = (chosen or "info").lower()
    if name not in LEVELS:
        raise CgsError(f"{VARIABLE}: must be one of {', '.join(LEVELS)}; got {chosen!r}")
    return int(getattr(logging, name.upper()))


def set_up() -> None:
    """Have all events of this process written in this form, on the standard error stream. Again: nothing changes."""
    level = level_of(os.environ.get(VARIABLE))
    logging.setLogRecordFactory(Line)
    root = logging.getLogger()
    root.setLevel(level)
    if ERRORS not in root.handlers:
        writer = logging.StreamHandler(sys.stderr)
        writer.setFormatter(logging.Formatter(_FORMAT))
        root.handlers = [writer, ERRORS]
    set_log_level(level)
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _OTHERS and name != _AGAIN:
            other = logging.getLogger(name)
            other.handlers, other.propagate = [], True
