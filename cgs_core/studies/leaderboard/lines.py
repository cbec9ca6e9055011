"""What is kept of a case with a seed: the truth, agent by agent, and a line of scores for each method."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cgs_core.errors import DataError
from cgs_core.studies.leaderboard.cases import CASES, Case
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
        """These lines and another's, who computed the same case and seed for other methods.

        The truth's own line stays that of ``truth``: another processor's truth may differ by a test sample.
        """
        lines = {**self.lines, **other.lines, **self.lines}  # in this order, and what was there as it was
        return Played(self.case, self.seed, self.truth, lines, {**self.refused, **other.refused})


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
