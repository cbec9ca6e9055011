"""What a browser says of a control is checked before anything reads it: a program may send anything as its state.

Streamlit reads it as it comes: a state of another kind or unreadable JSON ends in an error, and a choice that is none
of the options is given on as a text. Here the control then has its first value. Streamlit has no place of its own for
this, so one method of its state is replaced; ``tests/app/test_forged_states.py`` sees if a new version has another.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from streamlit.runtime.state.session_state import Serialized, Value, WStates

_JSON = ("json_value", "json_trigger_value")
_log = logging.getLogger(__name__)
_read = WStates.__getitem__


def install() -> None:
    """Check what browsers say of controls, in all sessions from now on; again it does nothing."""
    WStates.__getitem__ = _checked  # type: ignore[method-assign]


def _checked(self: WStates, key: str) -> Any:
    """The control's value; its first one where what came is none of its own."""
    state, metadata = self.states.get(key), self.widget_metadata.get(key)
    if not isinstance(state, Serialized) or metadata is None:
        return _read(self, key)
    kind = state.value.WhichOneof("value")
    if kind in (metadata.value_type, None):
        try:
            if kind in _JSON:
                json.loads(getattr(state.value, kind))  # Streamlit logs what it cannot read, at length
            value = _read(self, key)
            if is_option(value, getattr(getattr(metadata.deserializer, "__self__", None), "options", None)):
                return value
        except Exception as error:  # whatever Streamlit's reading of it ends in
            _log.info("the state of a control cannot be read: %s", type(error).__name__)
    first = metadata.deserializer(None)
    self.states[key] = Value(first)
    return first


def is_option(value: object, options: Sequence[object] | None) -> bool:
    """Whether a value is one of the options, several of them, or none; of a control without options anything is."""
    if options is None or value is None:
        return True
    if any(_same(value, option) for option in options):
        return True
    return isinstance(value, list | tuple) and all(any(_same(one, option) for option in options) for one in value)


def _same(value: object, option: object) -> bool:
    return type(value) is type(option) and bool(value == option)
