"""The table of mechanisms: how a contribution is valued, weighed and paid.

A mechanism is a valuation, an aggregation weight and a reward rule. Named ones are rows of ``MECHANISMS``;
valuations are rows of ``VALUATIONS``; reward rules are rows of ``REWARD_RULES`` in
``cgs_core.federation.download``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cgs_core.contribution import cgsv_approx, cgsv_exact
from cgs_core.typing import Contribution, Gram

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
