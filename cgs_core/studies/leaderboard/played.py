"""One case with one seed: its truth, agent by agent, and a line of scores for each method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cgs_core.errors import AddedError
from cgs_core.reward import shares
from cgs_core.scenario import Scenario
from cgs_core.studies.leaderboard import scores
from cgs_core.studies.leaderboard.cases import Case
from cgs_core.studies.leaderboard.lines import SCORES, TRUTH, TRUTH_COLUMNS, Line, Played
from cgs_core.studies.leaderboard.methods import why_not_for
from cgs_core.studies.leaderboard.outcomes import Outcome, Paid, outcome_of
from cgs_core.typing import Contribution


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
            worth = self.outcome.worth[method]
            line |= self._of_value(worth, self.outcome.worth_again[method])
            if self.twin is not None:
                line["worth_gain"] = self._more_worth(worth, self.twin.worth[method])
        if method in self.outcome.paid:
            paid = self.outcome.paid[method]
            if method in self.outcome.worth:
                line["own_pearson"] = scores.pearson(paid.worth, self.outcome.truth["accuracy"])
            line |= self._of_pay(paid, None if self.twin is None else self.twin.paid[method])
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
