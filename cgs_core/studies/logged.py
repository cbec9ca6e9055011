"""The rounds of a federation's log told as a trace: as they were logged, or valued and paid anew by other rules.

Nothing is trained. Worth, importance and pay are those of ``cgs_core.federation.settlement``, for rules that need no
more than the Gram matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgs_core.errors import DataError, ScenarioError
from cgs_core.mechanisms.valuations import VALUATIONS, Valuation
from cgs_core.records.federation_log import FederationLog
from cgs_core.records.logged_trace import LoggedTrace, empty_record
from cgs_core.reward import among, reward_ratio, staying, update_importance
from cgs_core.scenario import Scenario
from cgs_core.typing import Contribution, FloatArray

_OF_COALITIONS = ("cgsv_exact", "banzhaf", "beta_shapley", "least_core", "information_gain")
_MOST_PROGRAMMES = 1_000  # linear ones, of which the least core solves several a round
_COMPARED = ("contribution", "importance", "reward_ratio")
_KEPT = ("reward_length", "download_bytes", "weight", "update_length")


@dataclass(frozen=True)
class Difference:
    """How far a quantity that was logged is from the same computed anew.

    Attributes
    ----------
    quantity: "contribution", "importance" or "reward_ratio".
    most: the largest difference, at least 0.
    agent, round_index: where that is, from 0.
    """

    quantity: str
    most: float
    agent: int
    round_index: int


def valuations_of(log: FederationLog) -> dict[str, Valuation]:
    """By name those that a log is enough for: functions of the Gram matrix alone, few enough coalitions."""
    found = {}
    for name, row in VALUATIONS.items():
        most = row.choice.most_agents
        if row.of_gram is None or (most is not None and log.n_agents > most):
            continue
        is_programme = name == "least_core" and log.n_rounds * log.n_agents > _MOST_PROGRAMMES
        if (name in _OF_COALITIONS or ":" in name) and (is_programme or not log.is_small):
            continue
        found[name] = row
    return found


def default_rules(log: FederationLog) -> Scenario:
    """The rules of the log, as far as worth, importance and pay can be computed anew by them; else the paper's."""
    rules = log.rules or Scenario(n_agents=log.n_agents, n_rounds=log.n_rounds)
    valuation = rules.valuation if rules.valuation in valuations_of(log) else Scenario().valuation
    return rules.replace(valuation=valuation, importance_rule="smoothed", reward_rule="sparsified")


def as_logged(log: FederationLog) -> LoggedTrace:
    """The rounds with the worth, importance and pay that the log says.

    Raises
    ------
    DataError: it does not say them, or not by which rules.
    """
    if not log.is_paid or log.rules is None:
        raise DataError(f"must hold {', '.join(_COMPARED)} and rules to be told as logged")
    return _told(log, log.rules, {name: getattr(log, name) for name in (*_COMPARED, *_KEPT)}, is_logged=True)


def replay(log: FederationLog, rules: Scenario | None = None) -> LoggedTrace:
    """The rounds valued and paid anew: the uploads and what they weighed stay as they were.

    That the agents would have trained on from another model is not in it. Who was absent is worth 0, gets nothing, and
    its importance follows the rule with that worth; who has joined begins with none.

    Parameters
    ----------
    rules: ``valuation``, ``importance_smoothing`` and ``altruism_degree`` of it count; ``default_rules`` unless told.

    Raises
    ------
    ScenarioError: a valuation that the log is not enough for.
    """
    rules = rules or default_rules(log)
    row = valuations_of(log).get(rules.valuation)
    if row is None:
        allowed = f"must be one that this log is enough for: {', '.join(valuations_of(log))}"
        raise ScenarioError("valuation", allowed, rules.valuation)
    rules = rules.replace(
        n_agents=log.n_agents, n_rounds=log.n_rounds, importance_rule="smoothed", reward_rule="sparsified"
    )
    numbers: dict[str, FloatArray] = {name: np.zeros((log.n_rounds, log.n_agents)) for name in _COMPARED}
    importance: FloatArray = np.zeros(log.n_agents)
    worth_before = np.zeros(log.n_agents)
    for at, (gram, is_present, is_member) in enumerate(zip(log.gram, log.is_present, log.is_member, strict=True)):
        worth, earned = _worth(row, gram, is_present, worth_before, at)
        importance = staying(importance, is_member)
        if is_member.any():
            importance = importance.copy()
            importance[is_member] = update_importance(
                importance[is_member], earned[is_member], rules.importance_smoothing
            )
        numbers["contribution"][at], numbers["importance"][at] = worth, importance
        if is_present.any():
            paying = among(importance, is_present, is_member)[is_present]
            numbers["reward_ratio"][at, is_present] = reward_ratio(paying, rules.altruism_degree)
        worth_before = np.where(is_present, worth, row.over_rounds(np.zeros(len(worth)), worth_before, at))
    is_paid_so = log.reward_ratio is not None and np.allclose(numbers["reward_ratio"], log.reward_ratio, atol=1e-6)
    kept = _KEPT if is_paid_so else ("weight", "update_length")  # what was sent back is that of this pay, or another's
    return _told(log, rules, {**numbers, **{name: getattr(log, name) for name in kept}}, is_logged=False)


def differences(trace: LoggedTrace) -> tuple[Difference, ...]:
    """How far what was logged is from what a trace says that was computed anew, for each quantity that was logged."""
    log, found = trace.log, []
    for name in _COMPARED:
        if (logged := getattr(log, name)) is not None:
            gap = np.abs(trace.stack(name) - logged)
            at, agent = np.unravel_index(int(gap.argmax()), gap.shape)
            found.append(Difference(name, float(gap.max()), int(agent), int(at)))
    return tuple(found)


def _worth(
    row: Valuation, gram: FloatArray, is_present: np.ndarray, before: Contribution, round_index: int
) -> tuple[Contribution, Contribution]:
    """What each agent's upload is worth in a round, and what of it moves importance; 0 for who was absent."""
    worth, earned = np.zeros(len(gram)), np.zeros(len(gram))
    if is_present.any() and row.of_gram is not None:
        of_gram = row.of_gram
        own = row.run(lambda: np.asarray(of_gram(gram[np.ix_(is_present, is_present)]), np.float64))
        worth[is_present] = row.over_rounds(own, before[is_present], round_index)
        earned[is_present] = row.earned(worth[is_present])
    return worth, earned


def _told(
    log: FederationLog, rules: Scenario, numbers: dict[str, FloatArray | None], *, is_logged: bool
) -> LoggedTrace:
    """A record a round; lengths are told only where the rules say how uploads were scaled."""
    if log.rules is None:
        numbers = numbers | {"weight": None, "update_length": None}
    there = {name: values for name, values in numbers.items() if values is not None}
    if log.contribution_exact is not None:
        there["contribution_exact"] = log.contribution_exact
    rounds = [
        empty_record(at, log.gram[at], **{name: values[at].copy() for name, values in there.items()})
        for at in range(log.n_rounds)
    ]
    return LoggedTrace(rules, tuple(rounds), log=log, is_logged=is_logged)
