"""Figures that are made once: a rerun of the page draws the same run again, and most of its time is the ledger's."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from cgs_core import Scenario, Trace
from cgs_core.data import federated_data
from cgs_core.figures.style import Figure

_MOST = 64  # half a megabyte each at most: what a dozen visitors have on screen


@lru_cache(maxsize=_MOST)
def drawn(figure: Callable[..., Figure], shown: Scenario | Trace, *given: Any, **how: Any) -> Figure:
    """What a figure function makes of a scenario or its run, of the data of it, and of what else it is given.

    Nobody may change it. The data are not kept with it: they may be large. Runs are told apart as objects.
    """
    scenario = shown if isinstance(shown, Scenario) else shown.scenario
    return figure(shown, federated_data(scenario), *given, **how)
