"""Contributions as shares of the whole: the numbers behind "is worth"."""

from __future__ import annotations

import numpy as np

from cgs_core.metrics import shares
from cgs_core.records import Trace
from cgs_core.typing import FloatArray


def contribution_shares(trace: Trace) -> tuple[FloatArray | None, FloatArray]:
    """Exact (None above 24 agents) and approximate CGSV, each divided by its sum over the agents.

    Both are (n_rounds, n_agents) and sum to 1 in each round; NaN in a round that has no shares
    (``cgs_core.metrics.shares``).
    """
    exact = None if trace.contribution_exact is None else shares(trace.contribution_exact)
    return exact, shares(trace.contribution_approx)


def share_limits(trace: Trace) -> tuple[float, float]:
    """Lowest and highest share of the whole trace, zero among them."""
    drawn = [values for values in contribution_shares(trace) if values is not None]
    finite = np.concatenate([values[np.isfinite(values)] for values in drawn] + [np.array([0.0, 0.01])])
    return float(finite.min()), float(finite.max())
