"""The texts of a lesson with their facts: numbers as people read them."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from cgs_core.figures.style import percent, points, signed


class _Formatter(string.Formatter):
    """``{share:%}`` and ``{share:.1%}`` are percent, ``{gain:points}`` a difference in points; others as in Python."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "points":
            return points(float(value))
        if format_spec.endswith("%"):
            return percent(float(value), int(format_spec[1:-1]) if format_spec.startswith(".") else 0)
        return signed(format(value, format_spec)) if isinstance(value, int | float) else format(value, format_spec)

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if key not in kwargs:
            raise ValueError(f"no fact {key!r}; the function gives {', '.join(kwargs) or 'none'}")
        return kwargs[str(key)]


def told(text: str, facts: Mapping[str, Any]) -> str:
    """A text of a lesson with its facts in place of their names in braces.

    Raises
    ------
    ValueError: a fact is not there, or is not to be written so.
    """
    return _Formatter().vformat(text, (), facts)
