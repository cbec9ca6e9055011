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
    choice_of,
)
from cgs_core.scenario import Valuation as ValuationName
from cgs_core.typing import FloatArray

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
        rows = VALUATIONS[self.valuation], REWARD_RULES[self.reward_rule]
        return any(row.choice.needs_validation for row in rows)

    @property
    def sentence(self) -> str:
        """What it does: what an agent gets, and by what."""
        pay, weight = REWARD_RULES[self.reward_rule].choice, choice_of("aggregation_weight", self.aggregation_weight)
        if pay.goes_by_worth or weight.goes_by_worth:
            worth = VALUATIONS[self.valuation].choice.sentence
            return f"{pay.sentence} Worth: {worth[0].lower()}{worth[1:]}"
        return pay.sentence if self.reward_rule == "own" else f"{pay.sentence} {weight.sentence}"

    def n_models(self, n_agents: int) -> int:
        """How many models it evaluates a round, of so many agents, to value and to pay."""
        return VALUATIONS[self.valuation].n_models(n_agents) + REWARD_RULES[self.reward_rule].n_models(n_agents)


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

RHO_SHAPLEY = Mechanism(
    "rho_shapley",
    "Like ρ-Shapley",
    "reconstructed_shapley",
    "data_size",
    "rho_shapley",
    "after Sim et al., ICML 2020",
    upload_scaling="as_trained",
)
PAID_AS_IN_THE_PAPER = (
    "stratified_cgsv",
    "banzhaf",
    "beta_shapley",
    "least_core",
    "others_cosine",
    "fedce",
    "foolsgold",
    "information_gain",
    "fltrust",
    "in_run_first",
    "in_run_second",
    "fedsv",
)
"""Valuations that are mechanisms under their own name, with the paper's pay."""


def _of(row: Row) -> Mechanism:
    """CGSV under the name of a row, which takes the place of its valuation or of its reward rule."""
    return replace(CGSV, name=row.name, title=row.choice.title, source=row.choice.source or row.name.partition(":")[0])


def _with_papers_pay(row: Row) -> Mechanism:
    return replace(_of(row), valuation=row.name, source=f"{row.choice.source}; the paper's pay")


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
    *(_with_papers_pay(VALUATIONS[name]) for name in PAID_AS_IN_THE_PAPER),
    RHO_SHAPLEY,
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
    of_gram = VALUATIONS[scenario.valuation].of_gram
    return is_papers_pay and of_gram is not None and scenario.n_agents <= MAX_EXACT_AGENTS


def replayed_reward_ratio(
    grams: npt.ArrayLike, valuation: str, importance_smoothing: float, altruism_degree: float
) -> FloatArray:
    """What agents would have been paid for the same uploads, round by round: nothing is trained.

    It is the paper's importance and reward ratio. With all agents of a run it is what they were paid. With some of them
    it leaves their uploads and weights as they were; that the others would have trained on from another model is not
    in it.

    Parameters
    ----------
    grams: (n_rounds, n_agents, n_agents), of the agents that are there; at most as many as the valuation takes.
    valuation: one whose row has ``of_gram``: the others need more than the Gram matrix.

    Returns
    -------
    (n_rounds, n_agents), in [0, 1].

    Raises
    ------
    ValueError: another valuation.
    """
    row = VALUATIONS.get(valuation)
    if row is None or row.of_gram is None:
        able = [name for name, one in VALUATIONS.items() if one.of_gram is not None]
        raise ValueError(f"valuation: {', '.join(able)}, functions of the Gram matrix alone; got {valuation!r}")
    matrices = np.asarray(grams, np.float64)
    importance, worth, ratios = np.zeros(matrices.shape[1]), np.zeros(matrices.shape[1]), []
    for round_index, gram in enumerate(matrices):
        worth = row.over_rounds(row.of_gram(gram), worth, round_index)
        importance = update_importance(importance, row.earned(worth), importance_smoothing)
        ratios.append(reward_ratio(importance, altruism_degree))
    return np.array(ratios)
