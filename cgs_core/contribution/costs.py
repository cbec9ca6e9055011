"""What a valuation costs, measured here and now: seconds against the number of agents."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from cgs_core.contribution.cosine_gradient import cgsv_exact, cgsv_sampled
from cgs_core.typing import FloatArray

EXACT_AGENTS = (4, 8, 12, 16, 20, 22, 24)
SAMPLED_AGENTS = (4, 16, 64, 256)
APPROX_AGENTS = (4, 16, 64, 256, 1024, 4096)
SAMPLED_ORDERS = 200
_LEAST_SECONDS = 0.002  # a shorter measurement is repeated


def measured_costs(n_params: int) -> dict[str, list[tuple[int, float]]]:
    """(n_agents, seconds) of each valuation on random updates of ``n_params`` numbers; takes about two seconds.

    Exact and sampled values include the Gram matrix of the updates, which the approximation does without.
    """
    rng = np.random.default_rng(0)
    updates = rng.standard_normal((max(APPROX_AGENTS), n_params), dtype=np.float32)

    def exact(own: FloatArray) -> object:
        return cgsv_exact(_gram(own))

    def sampled(own: FloatArray) -> object:
        return cgsv_sampled(_gram(own), SAMPLED_ORDERS, np.random.default_rng(0))

    plans: dict[str, tuple[tuple[int, ...], Callable[[FloatArray], object]]] = {
        "exact": (EXACT_AGENTS, exact),
        f"sampled, {SAMPLED_ORDERS} orders": (SAMPLED_AGENTS, sampled),
        "cosine approximation": (APPROX_AGENTS, _cosines_to_the_sum),
    }
    return {
        name: [(n_agents, _seconds(call, updates[:n_agents])) for n_agents in sizes]
        for name, (sizes, call) in plans.items()
    }


def _seconds(call: Callable[[FloatArray], object], updates: FloatArray) -> float:
    call(updates)
    n_calls, start = 0, perf_counter()
    while True:
        call(updates)
        n_calls += 1
        if (elapsed := perf_counter() - start) > _LEAST_SECONDS:
            return elapsed / n_calls


def _gram(updates: FloatArray) -> FloatArray:
    wide = updates.astype(np.float64)
    product: FloatArray = wide @ wide.T
    return product


def _cosines_to_the_sum(updates: FloatArray) -> FloatArray:
    """psi from the updates themselves, O(n_agents n_params)."""
    total = updates.sum(axis=0)
    lengths = np.sqrt(np.einsum("nd,nd->n", updates, updates))
    cosines: FloatArray = updates @ total / (lengths * np.linalg.norm(total))
    return cosines
