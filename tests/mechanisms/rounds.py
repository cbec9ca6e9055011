"""Made-up rounds that valuations and reward rules are tried on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cgs_core.mechanisms.round import Round, small_round


def a_round(uploads: np.ndarray, weight: np.ndarray | None = None, **changes: Any) -> Round:
    """A round in which these were uploaded (n, D), in float64; equal weights unless told."""
    n_agents, n_params = uploads.shape
    weight = np.full(n_agents, 1 / n_agents) if weight is None else weight
    weighted = weight[:, None] * uploads
    made: dict[str, Any] = {
        "weight": weight,
        "uploads": uploads,
        "updates": uploads,
        "upload_sum": uploads,
        "starts": np.zeros((n_agents, n_params)),
        "server_params": np.zeros(n_params),
        "aggregate": weighted.sum(axis=0),
        "gram": weighted @ weighted.T,
    }
    return replace(small_round(n_agents, n_params=12), **(made | changes))


def drawn(n_agents: int, seed: int = 0, n_params: int = 30, agreement: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Uploads (n, D) that agree in part, and unequal weights (n,)."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_agents, n_params)) + agreement, rng.dirichlet(np.full(n_agents, 3.0))
