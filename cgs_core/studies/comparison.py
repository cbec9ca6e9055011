"""Mechanisms side by side on the same agents, data, start and batches, for one seed or several, as one table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cgs_core.errors import ScenarioError
from cgs_core.federation.experiment import run_batch
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.records import Trace
from cgs_core.records.frame import tidy_frame
from cgs_core.scenario import Scenario
from cgs_core.studies.properties import Property, found_properties
from cgs_core.studies.statistics import (
    ONE_SEED,
    all_pairs,
    clearly,
    paired_differences,
    pairs_of,
    smallest_effect,
    verdicts,
)
from cgs_core.tidy import csv_text
from cgs_core.typing import FloatArray

if TYPE_CHECKING:
    from cgs_core.records.frame import DataFrame

COMPARED = (
    "fairness_score",
    "contribution_fairness_score",
    "rationality_score",
    "mean_gain",
    "worst_gain",
    "mean_accuracy",
    "min_accuracy",
    "max_accuracy",
    "gini_gap",
    "jain_score",
    "download_bytes",
)
"""The measures of a comparison."""

_PRINTED = (
    "fairness_score",
    "rationality_score",
    "mean_gain",
    "worst_gain",
    "mean_accuracy",
    "min_accuracy",
    "gini_gap",
    "download_bytes",
)


@dataclass(frozen=True)
class Pair:
    """What the seeds tell of two mechanisms under one measure: the first's less the second's.

    ``verdict`` is 1 where the first is clearly larger, -1 where it is clearly smaller, 0 where they are not told apart
    (``cgs_core.studies.statistics.verdicts``). With fewer than two seeds numbers are NaN.
    """

    mean: float
    margin: float  # half of the 95 % interval
    p_value: float
    n_seeds: int
    verdict: int


@dataclass(frozen=True, eq=False)
class Comparison:
    """What came out: M mechanisms, S seeds, N agents. NaN is an undefined measure."""

    scenario: Scenario  # of the first seed; its own mechanism does not matter
    mechanisms: tuple[str, ...]
    accuracy: FloatArray  # (S, M, N) at the end
    standalone: FloatArray  # (S, N)
    worth: FloatArray  # (S, M, N) contribution by the mechanism's own valuation, mean over the rounds
    measures: dict[str, FloatArray]  # each (S, M), by the names of ``COMPARED``
    properties: dict[str, tuple[dict[str, Property], ...]]  # mechanism -> by property, a seed an entry

    @property
    def n_seeds(self) -> int:
        return len(self.accuracy)

    def n_models(self, mechanism: str) -> int:
        """Models that it evaluates in a round, to value and to pay."""
        return MECHANISMS[mechanism].n_models(self.scenario.n_agents)

    @cached_property
    def pairs(self) -> dict[str, dict[tuple[int, int], Pair]]:
        """By measure and the places of two mechanisms, the first before the second.

        All pairs under all measures are one table; but for the download's, which is no matter of chance. Only who is
        defined with every seed is compared. Training alone is no rival in fairness: it is 1 by definition.
        """
        of_chance = [name for name in self.measures if MEASURES[name].unit != "bytes"]
        others = [name for name in self.measures if name not in of_chance]
        return self._pairs(of_chance) | self._pairs(others)

    def _pairs(self, measures: Sequence[str]) -> dict[str, dict[tuple[int, int], Pair]]:
        places = list(zip(*(own.tolist() for own in pairs_of(len(self.mechanisms))), strict=True))
        changes = [all_pairs(self._rivals(name)) for name in measures]
        told = paired_differences(np.concatenate(changes)) if changes else paired_differences(np.zeros((0, 1)))
        smallest = np.repeat([smallest_effect(name) for name in measures], len(places))
        numbers = zip(told.mean, told.margin, told.p_value, told.n_seeds, verdicts(told, smallest), strict=True)
        found = (Pair(float(mean), float(margin), float(p), int(n), int(sign)) for mean, margin, p, n, sign in numbers)
        return {name: {pair: next(found) for pair in places} for name in measures}

    def _rivals(self, measure: str) -> FloatArray:
        """(M, S) of a measure; NaN for a mechanism that is not compared."""
        values: FloatArray = self.measures[measure].T.copy()
        values[~np.isfinite(values).all(axis=1)] = np.nan
        if measure == "fairness_score":
            values[[MECHANISMS[name].reward_rule == "own" for name in self.mechanisms]] = np.nan
        return values

    def ranks(self, measure: str) -> tuple[int | None, ...]:
        """1 + how many mechanisms are clearly better, of the verdicts on ``pairs``: several may be first.

        None for all where there is one seed, which cannot tell, and for who is not compared.
        """
        compared = np.asarray(np.isfinite(self._rivals(measure)).all(axis=1))
        if self.n_seeds < 2:
            return (None,) * len(compared)
        sign = 1 if MEASURES[measure].is_more_better else -1
        n_better = np.zeros(len(compared), np.int64)
        for (first, second), pair in self.pairs[measure].items():
            n_better[second] += pair.verdict == sign
            n_better[first] += pair.verdict == -sign
        return tuple(1 + int(count) if known else None for count, known in zip(n_better, compared, strict=True))

    def to_csv(self) -> str:
        """Tidy: mechanism, seed (from 1; empty: over all seeds), agent (from 1; empty: all), quantity, value."""
        return csv_text(("mechanism", "seed", "agent", "quantity", "value"), self._tidy_rows())

    def _tidy_rows(self) -> Iterator[tuple[Any, ...]]:
        for place, name in enumerate(self.mechanisms):
            for seed in range(self.n_seeds):
                for quantity, values in self.measures.items():
                    yield name, seed + 1, "", quantity, _plain(values[seed, place])
                for agent in range(self.scenario.n_agents):
                    yield name, seed + 1, agent + 1, "accuracy", float(self.accuracy[seed, place, agent])
                    yield name, seed + 1, agent + 1, "standalone_accuracy", float(self.standalone[seed, agent])
                for quantity, found in self.properties[name][seed].items():
                    yield name, seed + 1, "", quantity, found.holds
            for quantity in self.measures:
                yield name, "", "", f"{quantity}_rank", self.ranks(quantity)[place]

    def to_frame(self) -> DataFrame:
        """``to_csv`` as a pandas DataFrame; a property that held is 1, one that did not 0, an untold one NaN."""
        return tidy_frame(self.to_csv())

    def to_text(self) -> str:
        """A table to read: means over the seeds, * where nobody is clearly better, and below it what clearly means."""
        title_width = max(len(MECHANISMS[name].title) for name in self.mechanisms)
        widths = {name: len(MEASURES[name].head) + 2 for name in _PRINTED}
        lines = [" " * title_width + "".join(f"{MEASURES[name].head:>{width}}" for name, width in widths.items())]
        for place, name in enumerate(self.mechanisms):
            cells = []
            for measure, width in widths.items():
                own = self.measures[measure][:, place]
                own = own[np.isfinite(own)]
                mark = "*" if self.ranks(measure)[place] == 1 else " "
                cells.append(f"{format(own.mean(), '.4g') if len(own) else '-':>{width - 1}}{mark}")
            needs = f"  needs validation data, {self.n_models(name)} models a round"
            row = f"{MECHANISMS[name].title:<{title_width}}" + "".join(cells)
            lines.append(row + needs if MECHANISMS[name].needs_validation else row.rstrip())
        lines.append(f"* nobody is clearly better: {clearly(self.n_seeds)}" if self.n_seeds > 1 else ONE_SEED)
        return "\n".join(lines) + "\n"

    def to_json(self) -> str:
        """All of it, with the scenario; an undefined number is null."""
        ranks = {measure: self.ranks(measure) for measure in self.measures}
        rows = [
            {
                "mechanism": name,
                "title": MECHANISMS[name].title,
                "needs_validation": MECHANISMS[name].needs_validation,
                "n_models_a_round": self.n_models(name),
                "measures": {
                    measure: [_plain(x) for x in values[:, place]] for measure, values in self.measures.items()
                },
                "ranks": {measure: own[place] for measure, own in ranks.items()},
                "accuracy": self.accuracy[:, place].tolist(),
                "properties": [
                    {key: {"holds": found.holds, "evidence": found.evidence} for key, found in of_seed.items()}
                    for of_seed in self.properties[name]
                ],
            }
            for place, name in enumerate(self.mechanisms)
        ]
        content = {
            "scenario": self.scenario.model_dump(mode="json"),
            "n_seeds": self.n_seeds,
            "standalone_accuracy": self.standalone.tolist(),
            "differences": [
                {
                    "measure": measure,
                    "first": self.mechanisms[first],
                    "second": self.mechanisms[second],
                    "mean": _plain(pair.mean),
                    "margin": _plain(pair.margin),
                    "p_value": _plain(pair.p_value),
                    "n_seeds": pair.n_seeds,
                    "verdict": pair.verdict,
                }
                for measure, own in self.pairs.items()
                for (first, second), pair in own.items()
            ],
            "mechanisms": rows,
        }
        return json.dumps(content, indent=2, allow_nan=False) + "\n"


def compare(scenario: Scenario, mechanisms: Sequence[str], n_seeds: int = 1) -> Comparison:
    """Run mechanisms on one scenario's agents, with its seeds and the ``n_seeds - 1`` that follow.

    The mechanisms of a seed train side by side, from one start and on the same mini-batches.

    Parameters
    ----------
    scenario: the agents, their data and how they train; its own mechanism does not matter.
    mechanisms: names of ``cgs_core.mechanisms.MECHANISMS``.
    n_seeds: how often each is run; both seeds move on by one.

    Returns
    -------
    The table: measures and ranks, each agent's final accuracy, and properties that held or did not.

    Raises
    ------
    ScenarioError: no mechanism, the same one twice, an unknown one; no seed; a mechanism needs validation samples and
        the scenario sets none aside.

    Examples
    --------
    >>> from cgs_core import Scenario, compare
    >>> wine = Scenario(dataset="wine", n_agents=3, n_rounds=5)
    >>> comparison = compare(wine, ["standalone", "fedavg", "cgsv"], n_seeds=2)
    >>> comparison.accuracy.shape  # seeds, mechanisms, agents
    (2, 3, 3)
    >>> comparison.ranks("download_bytes")  # who trains alone is sent nothing
    (1, 2, 2)
    """
    return tabulated([run_batch(batch) for batch in batches(scenario, mechanisms, n_seeds)], mechanisms)


def batches(scenario: Scenario, mechanisms: Sequence[str], n_seeds: int = 1) -> list[list[Scenario]]:
    """The scenarios of a comparison: a batch a seed, a mechanism an entry. Raises as ``compare`` does."""
    unknown = [name for name in mechanisms if name not in MECHANISMS]
    if unknown or not mechanisms or len(set(mechanisms)) != len(mechanisms):
        raise ScenarioError("mechanisms", f"must be different ones of {', '.join(MECHANISMS)}", list(mechanisms))
    if n_seeds < 1:
        raise ScenarioError("n_seeds", "must be at least 1", n_seeds)
    seeded = [
        scenario.replace(data_seed=scenario.data_seed + step, start_seed=scenario.start_seed + step)
        for step in range(n_seeds)
    ]
    return [[with_mechanism(own, name) for name in mechanisms] for own in seeded]


def tabulated(traces: Sequence[Sequence[Trace]], mechanisms: Sequence[str]) -> Comparison:
    """The table of finished runs: for each seed, in order, a trace a mechanism, as ``batches`` lists them."""
    summaries = [[trace.measures(COMPARED) for trace in of_seed] for of_seed in traces]
    measures: dict[str, FloatArray] = {
        name: np.array([[own[name] for own in of_seed] for of_seed in summaries], np.float64)  # None becomes NaN
        for name in COMPARED
    }
    return Comparison(
        scenario=traces[0][0].scenario,
        mechanisms=tuple(mechanisms),
        accuracy=np.array([[trace.rounds[-1].accuracy for trace in of_seed] for of_seed in traces]),
        standalone=np.array([of_seed[0].rounds[-1].standalone_accuracy for of_seed in traces]),
        worth=np.array([[trace.stack("contribution").mean(axis=0) for trace in of_seed] for of_seed in traces]),
        measures=measures,
        properties={
            name: tuple(found_properties(of_seed[place]) for of_seed in traces) for place, name in enumerate(mechanisms)
        },
    )


def _plain(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
