"""Figures that are made once: a rerun of the page draws the same run again, and most of its time is the ledger's."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from cgs_core.figures.style import Figure

_MOST = 24  # half a megabyte each at most


@lru_cache(maxsize=_MOST)
def drawn(figure: Callable[..., Figure], *given: Any, **how: Any) -> Figure:
    """What a figure function makes of this; runs and data are told apart as objects. Nobody may change it."""
    return figure(*given, **how)
