"""One case with one seed: its truth, agent by agent, and a line of scores for each method."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cgs_core.errors import AddedError, DataError, ScenarioError
from cgs_core.mechanisms import MECHANISMS, VALUATIONS
from cgs_core.mechanisms.table import PAID_AS_IN_THE_PAPER
from cgs_core.reward import shares
from cgs_core.scenario import Scenario
from cgs_core.studies.leaderboard import scores
from cgs_core.studies.leaderboard.cases import CASES, Case
from cgs_core.studies.leaderboard.outcomes import Outcome, Paid, outcome_of, own_mechanisms, why_not_for
from cgs_core.typing import Contribution
from cgs_core.version import RESULT_VERSION

TRUTH = "retrained_shapley"
"""The row of the truth itself: how far it agrees with that of the same data trained from another start."""

OF_VALUE = (
    "pearson",
    "spearman",
    "share_error",
    "most_found",
    "least_found",
    "recall_pearson",
    "loss_pearson",
    "own_pearson",
    "restart_pearson",
    "adding_gain",
    "removing_gain",
    "detection",
    "worth_gain",
)
"""Scores of what a valuation says; the mechanisms that are none have no worth that is held against the truth."""

OF_PAY = (
    "pay_pearson",
    "pay_gain",
    "model_gain",
    "honest_gain",
    "below_alone_gap",
    "mean_accuracy",
    "mean_gain",
    "download_bytes",
)
"""Scores of what agents get: of every method but the truth."""

SCORES = (*OF_VALUE, *OF_PAY)
TRUTH_COLUMNS = ("is_cheat", "accuracy", "worst_recall", "loss", "accuracy_again", "alone")
"""Of each agent: its Shapley value by three utilities, that by accuracy from another start, its accuracy alone."""

Line = dict[str, float | None]


@dataclass(frozen=True)
class Played:
    """What came of a case with a seed (from 0): ``truth`` an agent an entry, by ``TRUTH_COLUMNS``.

    ``refused`` says of methods why they cannot take the case.
    """

    case: Case
    seed: int
    truth: tuple[Line, ...]
    lines: Mapping[str, Line]
    refused: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """As text, which ``played_of_text`` reads."""
        content = {
            "result_version": RESULT_VERSION,
            "case": self.case.name,
            "seed": self.seed + 1,
            "scenario_id": self.case.scenario_of(self.seed).scenario_id,
            "truth": self.truth,
            "lines": self.lines,
            "refused": self.refused,
        }
        return json.dumps(content, allow_nan=False) + "\n"

    def with_more(self, other: Played) -> Played:
        """These lines and another's, who computed the same case and seed for other methods."""
        return Played(
            self.case, self.seed, self.truth, {**self.lines, **other.lines}, {**self.refused, **other.refused}
        )


def played_of_text(text: str) -> Played | None:
    """What ``Played.to_json`` wrote; None where the program makes another scenario of the case now, or has no such one.

    ``DataError`` for other text, or numbers of another version.
    """
    try:
        content: dict[str, Any] = json.loads(text)
        if (version := content["result_version"]) != RESULT_VERSION:
            raise DataError(f"leaderboard: results of version {RESULT_VERSION}; got {version}. Choose another folder")
        case, seed = CASES.get(content["case"]), content["seed"] - 1
        if case is None or case.scenario_of(seed).scenario_id != content["scenario_id"]:
            return None
        return Played(case, seed, tuple(content["truth"]), content["lines"], content["refused"])
    except (ValueError, LookupError, TypeError) as error:
        raise DataError(f"leaderboard: a file that the command wrote; got {error}") from None


def default_methods() -> tuple[str, ...]:
    """Every valuation and mechanism that comes with the program, and no row twice."""
    valuations = [name for name in VALUATIONS if ":" not in name]
    return (*valuations, *(name for name in own_mechanisms() if ":" not in name))


def methods_named(names: Iterable[str]) -> tuple[str, ...]:
    """Methods by the names of valuations or mechanisms; "cgsv" is its valuation. ``ScenarioError`` for other names."""
    found = []
    for name in names:
        if name not in VALUATIONS and name not in MECHANISMS:
            known = dict.fromkeys((*VALUATIONS, *own_mechanisms()))
            raise ScenarioError("method", f"must be of {', '.join(known)}", name)
        is_own = name in VALUATIONS or name in own_mechanisms()
        found.append(name if is_own or name in PAID_AS_IN_THE_PAPER else MECHANISMS[name].valuation)
    return tuple(dict.fromkeys(found))


def play(case: Case, seed: int, methods: Sequence[str]) -> Played:
    """Compute a case with a seed. A method of another package that fails, or that cannot take it, is refused."""
    scenario, twin = case.scenario_of(seed), case.twin_of(seed)
    refused = {name: why for name in methods if (why := why_not_for(scenario, name)) is not None}
    able = [name for name in methods if name not in refused]
    ours = tuple(name for name in able if ":" not in name)
    groups = [ours, *((name,) for name in able if ":" in name)] if ours else [(name,) for name in able]
    lines: dict[str, Line] = {}
    truth: tuple[Line, ...] = ()
    for group in groups:
        try:
            outcome = outcome_of(scenario, group)
            beside = None if twin is None else outcome_of(twin, group)
        except AddedError as error:
            refused[group[0]] = str(error)
            continue
        truth = _truth(case, outcome)
        own = _Scored(case, scenario, outcome, beside)
        lines |= {TRUTH: own.of_truth(), **{name: own.of(name) for name in group}}
    return Played(case, seed, truth, lines, refused)


def _truth(case: Case, outcome: Outcome) -> tuple[Line, ...]:
    columns = (*outcome.truth.values(), outcome.truth_again, outcome.alone)
    return tuple(
        {name: _plain(value) for name, value in zip(TRUTH_COLUMNS, (agent in case.cheats, *own), strict=True)}
        for agent, own in enumerate(zip(*columns, strict=True))
    )


@dataclass(frozen=True)
class _Scored:
    """The scores of one scenario's outcome, beside that of its honest twin."""

    case: Case
    scenario: Scenario
    outcome: Outcome
    twin: Outcome | None

    def of(self, method: str) -> Line:
        """A method's line, by the names of ``SCORES``."""
        line: dict[str, float] = {}
        if method in self.outcome.worth:
            worth, paid = self.outcome.worth[method], self.outcome.paid[method]
            line |= self._of_value(worth, self.outcome.worth_again[method])
            line["own_pearson"] = scores.pearson(paid.worth, self.outcome.truth["accuracy"])
            if self.twin is not None:
                line["worth_gain"] = self._more_worth(worth, self.twin.worth[method])
        line |= self._of_pay(self.outcome.paid[method], None if self.twin is None else self.twin.paid[method])
        return {name: _plain(line.get(name, math.nan)) for name in SCORES}

    def of_truth(self) -> Line:
        """The line of the truth: its correlations are with the truth from another start, and with other utilities."""
        truth, again = self.outcome.truth["accuracy"], self.outcome.truth_again
        line = self._of_value(again, truth)
        line["restart_pearson"] = line["pearson"]
        line |= {f"{name}_pearson": scores.pearson(truth, self.outcome.truth[key]) for name, key in _OTHERS.items()}
        line |= self._of_game(truth)
        if self.twin is not None:
            line["worth_gain"] = self._more_worth(truth, self.twin.truth["accuracy"])
        return {name: _plain(line.get(name, math.nan)) for name in SCORES}

    def _of_value(self, worth: Contribution, again: Contribution) -> dict[str, float]:
        truth = self.outcome.truth["accuracy"]
        return {
            "pearson": scores.pearson(worth, truth),
            "spearman": scores.spearman(worth, truth),
            "share_error": scores.share_error(worth, truth),
            "most_found": scores.found(worth, truth),
            "least_found": scores.found(-worth, -truth),
            **{f"{name}_pearson": scores.pearson(worth, self.outcome.truth[key]) for name, key in _OTHERS.items()},
            "restart_pearson": scores.pearson(worth, again),
            **self._of_game(worth),
        }

    def _of_game(self, worth: Contribution) -> dict[str, float]:
        """What coalitions picked by a worth are worth, and whether cheats are told by it."""
        tie_break = np.random.default_rng([self.scenario.data_seed, len(worth)]).permutation(len(worth))
        found = {
            name: of(worth, self.outcome.games["accuracy"], tie_break)
            for name, of in (("adding_gain", scores.adding_gain), ("removing_gain", scores.removing_gain))
        }
        return found | ({"detection": scores.detection(worth, self._is_cheat)} if self.case.cheats else {})

    @property
    def _is_cheat(self) -> np.ndarray:
        return np.isin(np.arange(self.scenario.n_agents), self.case.cheats)

    def _more_worth(self, worth: Contribution, before: Contribution) -> float:
        """How much larger the share of all worth is that those have together who cheat, than where they do not."""
        return float(shares(worth)[list(self.case.cheats)].sum() - shares(before)[list(self.case.twin_cheats)].sum())

    def _of_pay(self, paid: Paid, before: Paid | None) -> dict[str, float]:
        line = {
            "pay_pearson": scores.pearson(paid.pay, self.outcome.truth["accuracy"]),
            "below_alone_gap": float(paid.is_below_alone.mean()),
            "mean_accuracy": float(paid.accuracy.mean()),
            "mean_gain": float((paid.accuracy - self.outcome.alone).mean()),
            "download_bytes": paid.download_bytes,
        }
        if before is None:
            return line
        cheats, then = list(self.case.cheats), list(self.case.twin_cheats)
        n_before = len(before.pay)
        honest = [agent for agent in range(min(n_before, len(paid.pay))) if agent not in cheats]
        return line | {
            "pay_gain": float(paid.pay[cheats].mean() - before.pay[then].mean()),
            "model_gain": float(paid.accuracy[cheats].mean() - before.accuracy[then].mean()),
            "honest_gain": float(paid.accuracy[honest].mean() - before.accuracy[honest].mean()),
        }


_OTHERS = {"recall": "worst_recall", "loss": "loss"}


def _plain(value: float) -> float | None:
    """Six digits, which a file keeps; None where it is undefined."""
    return float(f"{value:.6g}") if math.isfinite(value) else None
