"""The table of mechanisms: names for ways to value uploads, to weigh them and to pay for them.

A mechanism is four fields of a scenario. Any valuation (``VALUATIONS``) goes with any importance rule
(``IMPORTANCE_RULES``), aggregation weight and reward rule (``REWARD_RULES``); the rows here are the combinations that
have a name. A valuation that another package adds is a mechanism with the paper's pay, under its own name, and a reward
rule one with the paper's valuation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cgs_core.contribution import cgsv_approx, cgsv_exact
from cgs_core.mechanisms.reward_rules import REWARD_RULES
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.reward import reward_ratio, update_importance
from cgs_core.scenario import (
    MAX_EXACT_AGENTS,
    AggregationWeight,
    ImportanceRule,
    RewardRule,
    Row,
    Scenario,
    UploadScaling,
)
from cgs_core.scenario import Valuation as ValuationName
from cgs_core.typing import FloatArray

GRAM_VALUATIONS = {"cgsv_approx": cgsv_approx, "cgsv_exact": cgsv_exact}
"""The valuations that a stored Gram matrix is enough for (the exact one to 28 agents)."""


ROW_FIELDS = ("valuation", "importance_rule", "upload_scaling", "aggregation_weight", "reward_rule")
"""The fields of a scenario that make a mechanism."""


@dataclass(frozen=True)
class Mechanism:
    """One row."""

    name: str
    title: str
    valuation: ValuationName
    aggregation_weight: AggregationWeight
    reward_rule: RewardRule
    source: str
    importance_rule: ImportanceRule = "smoothed"
    upload_scaling: UploadScaling = "to_norm"

    @property
    def fields(self) -> dict[str, str]:
        """The fields of a scenario that it sets."""
        return {name: getattr(self, name) for name in ROW_FIELDS}

    @property
    def needs_validation(self) -> bool:
        """Whether samples must be set aside for it (``Scenario.n_validation``)."""
        return VALUATIONS[self.valuation].choice.needs_validation


STANDALONE = Mechanism(
    "standalone",
    "Alone",
    "data_size",
    "data_size",
    "own",
    "plain SGD on the own data, nothing shared",
    upload_scaling="as_trained",
)
FEDAVG = Mechanism(
    "fedavg", "FedAvg", "data_size", "data_size", "full", "McMahan et al., AISTATS 2017", upload_scaling="as_trained"
)
SCALED = Mechanism("scaled", "FedAvg, scaled", "data_size", "data_size", "full", "FedAvg on uploads scaled to Γ")
WEIGHED = Mechanism("weighed", "FedAvg, weighed by worth", "cgsv_approx", "importance", "full", "CGSV at β = ∞")
Q_FFL = Mechanism(
    "q_ffl", "q-FFL", "data_size", "loss_power", "full", "Li et al., ICLR 2020", upload_scaling="as_trained"
)
CFFL = Mechanism(
    "cffl",
    "CFFL",
    "validation_accuracy",
    "data_size",
    "by_size_or_evicted",
    "Lyu et al., Federated Learning: Privacy and Incentive, 2020",
    importance_rule="cffl",
    upload_scaling="clipped_entries",
)
RFFL = Mechanism(
    "rffl",
    "RFFL",
    "cgsv_approx",
    "importance",
    "sparsified_or_evicted",
    "Xu and Lyu, arXiv:2011.10464",
    upload_scaling="at_most_norm",
)
CGSV = Mechanism("cgsv", "CGSV", "cgsv_approx", "importance", "sparsified", "Xu et al., NeurIPS 2021")
CGSV_EXACT = Mechanism("cgsv_exact", "CGSV, exact", "cgsv_exact", "importance", "sparsified", "Xu et al., NeurIPS 2021")
FEDFAIM = Mechanism(
    "fedfaim", "FedFAIM's values", "norm_weighted", "importance", "sparsified", "FedFAIM's valuation, the paper's pay"
)
SHAPFED = Mechanism(
    "shapfed",
    "ShapFed",
    "classwise_cosine",
    "importance_from_equal",
    "interpolated",
    "Tastan et al., IJCAI 2024",
    importance_rule="unsmoothed",
    upload_scaling="as_trained",
)
IAFL = Mechanism(
    "iafl",
    "IAFL",
    "data_size",
    "equal",
    "random_subset",
    "Wu et al., ICLR 2024",
    importance_rule="unsmoothed",
    upload_scaling="as_trained",
)
SAMPLED_SYNC = Mechanism(
    "sampled_sync",
    "Sampled synchronisation",
    "cgsv_exact",
    "data_size",
    "sampled_sync",
    "Lin et al., ICML 2023",
    importance_rule="explored",
    upload_scaling="as_trained",
)
LEAVE_ONE_OUT = Mechanism(
    "leave_one_out", "Leave one out", "leave_one_out", "importance", "sparsified", "what is lost, the paper's pay"
)
RECONSTRUCTED_SHAPLEY = Mechanism(
    "reconstructed_shapley",
    "Reconstructed Shapley",
    "reconstructed_shapley",
    "importance",
    "sparsified",
    "Song et al., IEEE Big Data 2019, the paper's pay",
)

_ROWS = (
    STANDALONE,
    FEDAVG,
    SCALED,
    WEIGHED,
    Q_FFL,
    CFFL,
    RFFL,
    CGSV,
    CGSV_EXACT,
    FEDFAIM,
    SHAPFED,
    IAFL,
    SAMPLED_SYNC,
    LEAVE_ONE_OUT,
    RECONSTRUCTED_SHAPLEY,
)


class _Mechanisms(Mapping[str, Mechanism]):
    """The rows of this module, then those of added valuations and reward rules."""

    def __init__(self, rows: tuple[Mechanism, ...]) -> None:
        self._rows = {row.name: row for row in rows}

    def __getitem__(self, name: str) -> Mechanism:
        return self._rows[name] if name in self._rows else _added()[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._rows, *_added()))

    def __len__(self) -> int:
        return len(self._rows) + len(_added())


def _added() -> dict[str, Mechanism]:
    valuations = [replace(_of(row), valuation=row.name) for row in VALUATIONS.values() if row.is_added]
    rules = [replace(_of(row), reward_rule=row.name) for row in REWARD_RULES.values() if row.is_added]
    return {row.name: row for row in (*rules, *valuations)}  # of one name for both, the valuation is the mechanism


def _of(row: Row) -> Mechanism:
    return replace(CGSV, name=row.name, title=row.choice.title, source=row.choice.source or row.name.partition(":")[0])


MECHANISMS: Mapping[str, Mechanism] = _Mechanisms(_ROWS)
"""By name."""


def with_mechanism(scenario: Scenario, name: str) -> Scenario:
    """The scenario under a mechanism of the table; its other fields, the rules' parameters too, stay.

    Raises ``ScenarioError`` where the mechanism needs validation samples and the scenario sets none aside.
    """
    return scenario.replace(**MECHANISMS[name].fields)


def is_replayable(scenario: Scenario) -> bool:
    """Whether ``replayed_reward_ratio`` gives what agents are paid under this scenario's mechanism."""
    is_papers_pay = (scenario.importance_rule, scenario.reward_rule) == ("smoothed", "sparsified")
    return is_papers_pay and scenario.valuation in GRAM_VALUATIONS and scenario.n_agents <= MAX_EXACT_AGENTS


def replayed_reward_ratio(
    grams: npt.ArrayLike, valuation: str, importance_smoothing: float, altruism_degree: float
) -> FloatArray:
    """What agents would have been paid for the same uploads, round by round: nothing is trained.

    It is the paper's importance and reward ratio. With all agents of a run it is what they were paid. With some of them
    it leaves their uploads and weights as they were; that the others would have trained on from another model is not
    in it.

    Parameters
    ----------
    grams: (n_rounds, n_agents, n_agents), of the agents that are there.
    valuation: "cgsv_approx" or "cgsv_exact": the others need more than the Gram matrix.

    Returns
    -------
    (n_rounds, n_agents), in [0, 1].

    Raises
    ------
    ValueError: another valuation.
    """
    if valuation not in GRAM_VALUATIONS:
        raise ValueError(
            f"valuation: {' or '.join(GRAM_VALUATIONS)}, functions of the Gram matrix alone; got {valuation!r}"
        )
    importance, ratios = None, []
    for gram in np.asarray(grams, np.float64):
        before = np.zeros(len(gram)) if importance is None else importance
        importance = update_importance(before, GRAM_VALUATIONS[valuation](gram), importance_smoothing)
        ratios.append(reward_ratio(importance, altruism_degree))
    return np.array(ratios)
