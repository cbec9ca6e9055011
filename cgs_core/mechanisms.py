"""The table of mechanisms: how a contribution is valued, weighed and paid.

A mechanism is a valuation, an aggregation weight and a reward rule. Named ones are rows of ``MECHANISMS``;
valuations are rows of ``VALUATIONS``; reward rules are rows of ``REWARD_RULES`` in
``cgs_core.federation.download``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from cgs_core.contribution import cgsv_approx, cgsv_exact
from cgs_core.reward import reward_ratio, update_importance
from cgs_core.typing import Contribution, FloatArray, Gram

VALUATIONS: dict[str, Callable[[Gram], Contribution]] = {
    "cgsv_approx": cgsv_approx,  # psi_i = cos(u_i, u_N), paper eq. 2
    "cgsv_exact": cgsv_exact,  # phi_i, Shapley value of v(S) = cos(u_S, u_N), paper eq. 1
}


@dataclass(frozen=True)
class Mechanism:
    """One row. ``valuation=None``: nobody is valued, the aggregation weight is the share of the data."""

    name: str
    title: str
    valuation: str | None
    aggregation_weight: Literal["importance", "data_size"]
    reward_rule: str
    source: str


STANDALONE = Mechanism("standalone", "Alone", None, "data_size", "own", "training without sharing")
FEDAVG = Mechanism("fedavg", "FedAvg", None, "data_size", "full", "McMahan et al., AISTATS 2017, on normalised updates")
CGSV = Mechanism("cgsv", "CGSV", "cgsv_approx", "importance", "sparsified", "Xu et al., NeurIPS 2021")
CGSV_EXACT = Mechanism("cgsv_exact", "CGSV, exact", "cgsv_exact", "importance", "sparsified", "Xu et al., NeurIPS 2021")

MECHANISMS = {row.name: row for row in (STANDALONE, FEDAVG, CGSV, CGSV_EXACT)}
BY_VALUATION = {"cgsv_approx": CGSV, "cgsv_exact": CGSV_EXACT}
"""The mechanism that a scenario's ``valuation`` chooses."""


def replayed_reward_ratio(
    grams: npt.ArrayLike, valuation: str, importance_smoothing: float, altruism_degree: float
) -> FloatArray:
    """What agents would have been paid for the same uploads, round by round: nothing is trained.

    With all agents of a run it is what they were paid. With some of them it leaves their uploads and weights as they
    were; that the others would have trained on from another model is not in it.

    Parameters
    ----------
    grams: (n_rounds, n_agents, n_agents), of the agents that are there.
    valuation: a name in ``VALUATIONS``.

    Returns
    -------
    (n_rounds, n_agents), in [0, 1].
    """
    importance, ratios = None, []
    for gram in np.asarray(grams, np.float64):
        before = np.zeros(len(gram)) if importance is None else importance
        importance = update_importance(before, VALUATIONS[valuation](gram), importance_smoothing)
        ratios.append(reward_ratio(importance, altruism_degree))
    return np.array(ratios)
