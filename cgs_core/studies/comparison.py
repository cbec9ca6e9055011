"""Mechanisms side by side on the same agents, data, start and batches, for one seed or several, as one table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cgs_core.errors import ScenarioError
from cgs_core.federation.experiment import run_batch
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.records import Trace
from cgs_core.records.frame import tidy_frame
from cgs_core.scenario import Scenario
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
_STANDARD_ERRORS = 2.0  # an interval is the mean and so many on both sides
_TOLERANCE = 1e-6
_NEAR = 0.05  # of the agents' mean contribution: how near two worths, or one and nothing, must be in a noisy run


@dataclass(frozen=True)
class Property:
    """A property looked for in one run: it held, it did not, or the run cannot tell (None)."""

    holds: bool | None
    evidence: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """What came out: M mechanisms, S seeds, N agents. NaN is an undefined measure."""

    scenario: Scenario  # of the first seed; its own mechanism does not matter
    mechanisms: tuple[str, ...]
    accuracy: FloatArray  # (S, M, N) at the end
    standalone: FloatArray  # (S, N)
    measures: dict[str, FloatArray]  # each (S, M), by the names of ``COMPARED``
    properties: dict[str, tuple[dict[str, Property], ...]]  # mechanism -> by property, a seed an entry

    @property
    def n_seeds(self) -> int:
        return len(self.accuracy)

    def n_models(self, mechanism: str) -> int:
        """Models that its valuation evaluates in a round."""
        return VALUATIONS[MECHANISMS[mechanism].valuation].n_models(self.scenario.n_agents)

    def ranks(self, measure: str) -> tuple[int | None, ...]:
        """1 + how many mechanisms are clearly better: their interval over the seeds lies wholly on the better side.

        So mechanisms whose intervals overlap with the best one's are all first: they tie. With one seed an interval is
        one number. None where a measure is undefined for every seed.
        """
        sign = 1.0 if MEASURES[measure].is_more_better else -1.0
        return ranks_of([sign * own for own in self.measures[measure].T])

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
        """A table to read: means over the seeds, * where a mechanism ranks first (several: they tie)."""
        title_width = max(len(MECHANISMS[name].title) for name in self.mechanisms)
        widths = {name: len(MEASURES[name].head) + 2 for name in _PRINTED}
        lines = [" " * title_width + "".join(f"{MEASURES[name].head:>{width}}" for name, width in widths.items())]
        for place, name in enumerate(self.mechanisms):
            cells = []
            for measure, width in widths.items():
                span = interval(self.measures[measure][:, place])
                mark = "*" if self.ranks(measure)[place] == 1 else " "
                cells.append(f"{'-' if span is None else format(sum(span) / 2, '.4g'):>{width - 1}}{mark}")
            needs = f"  needs validation data, {self.n_models(name)} models a round"
            row = f"{MECHANISMS[name].title:<{title_width}}" + "".join(cells)
            lines.append(row + needs if MECHANISMS[name].needs_validation else row.rstrip())
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
    >>> comparison = compare(wine, ["standalone", "fedavg", "cgsv"])
    >>> comparison.accuracy.shape  # seeds, mechanisms, agents
    (1, 3, 3)
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
    summaries = [[trace.summary() for trace in of_seed] for of_seed in traces]
    measures: dict[str, FloatArray] = {
        name: np.array([[own[name] for own in of_seed] for of_seed in summaries], np.float64)  # None becomes NaN
        for name in COMPARED
    }
    return Comparison(
        scenario=traces[0][0].scenario,
        mechanisms=tuple(mechanisms),
        accuracy=np.array([[trace.rounds[-1].accuracy for trace in of_seed] for of_seed in traces]),
        standalone=np.array([of_seed[0].rounds[-1].standalone_accuracy for of_seed in traces]),
        measures=measures,
        properties={
            name: tuple(found_properties(of_seed[place]) for of_seed in traces) for place, name in enumerate(mechanisms)
        },
    )


def found_properties(trace: Trace) -> dict[str, Property]:
    """Five properties, looked for in one run: what the numbers of this run say, not what is true in general."""
    contribution, ratio = trace.stack("contribution"), trace.stack("reward_ratio")
    last = trace.rounds[-1]
    return {
        "efficiency": _efficiency(trace, contribution),
        "symmetry": _symmetry(trace.scenario, contribution.mean(axis=0)),
        "null_agent": _null_agent(trace.scenario, contribution.mean(axis=0)),
        "monotone_pay": _monotone_pay(trace.scenario, contribution.mean(axis=0), ratio.mean(axis=0)),
        "individual_rationality": _rationality(last.accuracy - last.standalone_accuracy),
    }


def _efficiency(trace: Trace, contribution: FloatArray) -> Property:
    """Contributions add up to 1 in every round: to v(N) of the cosine game, or to the whole of what is shared out."""
    unit = VALUATIONS[trace.scenario.valuation].unit
    if unit not in ("cosine", "share"):
        return Property(
            None, f"worth is {'an' if unit == 'accuracy' else 'a'} {unit}; the run does not record the total"
        )
    is_round = np.array([np.abs(gram).sum() > 0 for gram in trace.gram])
    if not is_round.any():
        return Property(None, "nothing was uploaded")
    off = np.abs(contribution.sum(axis=1) - 1) * is_round
    worst = int(off.argmax())
    evidence = f"round {worst + 1}: the contributions add up to {contribution[worst].sum():.6g}"
    return Property(bool(off[worst] <= _TOLERANCE), evidence)


def _symmetry(scenario: Scenario, mean: FloatArray) -> Property:
    """Honest agents with the same samples are worth the same, but for a twentieth of the mean: their batches differ."""
    pairs = [
        (agent.copy_of, index)
        for index, agent in enumerate(scenario.full_agents)
        if agent.copy_of is not None
        and agent.label_noise == agent.feature_noise == 0
        and agent.conduct == scenario.full_agents[agent.copy_of].conduct == "honest"
    ]
    if not pairs:
        return Property(None, "no two honest agents hold the same samples")
    first, second = max(pairs, key=lambda pair: abs(mean[pair[0]] - mean[pair[1]]))
    holds = abs(mean[first] - mean[second]) <= _NEAR * np.abs(mean).mean()
    return Property(bool(holds), f"Agent {first + 1} {mean[first]:.4g}, its copy Agent {second + 1} {mean[second]:.4g}")


def _null_agent(scenario: Scenario, mean: FloatArray) -> Property:
    """Who uploads noise is worth nothing, but for a twentieth of the mean."""
    riders = [index for index, agent in enumerate(scenario.full_agents) if agent.conduct == "free_rider"]
    if not riders:
        return Property(None, "no agent uploads noise")
    worst = max(riders, key=lambda index: abs(mean[index]))
    holds = abs(mean[worst]) <= _NEAR * np.abs(mean).mean()
    return Property(bool(holds), f"Agent {worst + 1} uploads noise and is worth {mean[worst]:.4g}")


def _monotone_pay(scenario: Scenario, mean: FloatArray, pay: FloatArray) -> Property:
    """Who is worth more over the run is not paid less: mean contribution against mean reward ratio."""
    if scenario.reward_rule == "own":
        return Property(None, "nobody is paid")
    drop = np.where(mean[:, None] > mean + _TOLERANCE, pay - pay[:, None], 0.0)  # [i, j]: i is worth more than j
    more, less = np.unravel_index(int(drop.argmax()), drop.shape)
    if drop[more, less] <= _TOLERANCE:
        return Property(True, f"{len(mean)} agents are paid in the order of their worth")
    evidence = (
        f"Agent {more + 1} is worth {mean[more]:.4g} and paid {pay[more]:.4g}, "
        f"Agent {less + 1} {mean[less]:.4g} and {pay[less]:.4g}"
    )
    return Property(False, evidence)


def _rationality(gain: FloatArray) -> Property:
    worst = int(gain.argmin())
    return Property(bool(gain[worst] >= 0), f"Agent {worst + 1} gains least: {100 * gain[worst]:+.2f} points")


def ranks_of(values: Sequence[FloatArray]) -> tuple[int | None, ...]:
    """1 + how many of the others are clearly larger, for each of several arrays over seeds: by ``interval``."""
    spans = [interval(own) for own in values]
    return tuple(
        None if span is None else 1 + sum(other is not None and other[0] > span[1] for other in spans) for span in spans
    )


def interval(values: FloatArray) -> tuple[float, float] | None:
    """Mean and two standard errors on both sides, of those values that are defined."""
    defined = values[np.isfinite(values)]
    if not len(defined):
        return None
    spread = _STANDARD_ERRORS * defined.std(ddof=1) / np.sqrt(len(defined)) if len(defined) > 1 else 0.0
    return float(defined.mean() - spread), float(defined.mean() + spread)


def _plain(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
