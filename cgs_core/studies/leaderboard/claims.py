"""What is claimed of valuations, and whether the numbers bear it out, data set by data set.

The claims were picked when the first seed had been seen.
All checks of all claims on all data sets are one table of comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cgs_core.studies.leaderboard.board import Board, Told, told_of
from cgs_core.studies.leaderboard.cases import CASES
from cgs_core.studies.leaderboard.results import Results


@dataclass(frozen=True)
class Check:
    """A method's score in some stories (all where none is named), less another's or a number, is of this sign."""

    method: str
    score: str
    sign: int
    stories: tuple[str, ...] = ()
    less: str | float = 0.0


@dataclass(frozen=True)
class Claim:
    """A sentence, and what must be so for it; ``is_expected``: what one would expect, and may not be so."""

    name: str
    sentence: str
    checks: tuple[Check, ...]
    is_expected: bool = False


_ALONE = ("unique", "specialist")
_WRONG = ("labels-one", "labels-steps")
_ECHO = ("echo-1", "echo-2")
_CLIMBER = ("climber-1", "climber-2")

CLAIMS = (
    Claim(
        "blind",
        "Without samples a value is blind in one eye: what agrees with the others is right where labels are wrong and "
        "upside down where one alone knows something; what differs from them, the other way.",
        (
            Check("cgsv_approx", "pearson", 1, _WRONG),
            Check("cgsv_approx", "pearson", -1, _ALONE),
            Check("fedce", "pearson", -1, _WRONG),
            Check("fedce", "pearson", 1, _ALONE),
        ),
    ),
    Claim(
        "samples",
        "A hundred samples mend the cosine: FLTrust's cosine to what the server itself learns agrees better with the "
        "truth than the cosine to the others, and is right on both sides.",
        (
            Check("fltrust", "pearson", 1, (), "cgsv_approx"),
            Check("fltrust", "pearson", 1, _WRONG),
            Check("fltrust", "pearson", 1, _ALONE),
        ),
    ),
    Claim(
        "echo",
        "Who only sends back what it was sent is worth more than the honest by the cosine, though it brings nothing: "
        "the truth tells it.",
        (
            Check("cgsv_approx", "detection", -1, _ECHO, 0.5),
            Check("retrained_shapley", "detection", 1, _ECHO, 0.5),
        ),
    ),
    Claim(
        "climber",
        "Who knows nothing but its own pay can climb it by mixing in what it was sent: by the cosine it is paid more "
        "than for being honest and is worth more than the honest, though the truth tells it; by FoolsGold, which pays "
        "what differs, it is paid less.",
        (
            Check("cgsv_approx", "pay_gain", 1, _CLIMBER),
            Check("cgsv_approx", "detection", -1, _CLIMBER, 0.5),
            Check("retrained_shapley", "detection", 1, _CLIMBER, 0.5),
            Check("foolsgold", "pay_gain", -1, _CLIMBER),
        ),
    ),
    Claim(
        "models",
        "Who tries more models is nearer to the truth: reconstructed Shapley, which tries those of all coalitions in "
        "every round, agrees better than FLTrust, which trains one.",
        (Check("reconstructed_shapley", "pearson", 1, (), "fltrust"),),
        is_expected=True,
    ),
)


@dataclass(frozen=True)
class Checked:
    """What came of a check on a data set."""

    check: Check
    told: Told

    @property
    def holds(self) -> bool:
        return self.told.outcome == self.check.sign


def checked(results: Results, datasets: Sequence[str]) -> Mapping[str, Mapping[str, tuple[Checked, ...]]]:
    """By claim and data set: its checks. A data set that lacks the stories or the methods of a claim is left out."""
    keys: list[tuple[str, str, Check]] = []
    gaps, counts = [], []
    for dataset in datasets:
        board = Board(results, [case for case in CASES.values() if case.dataset == dataset])
        for claim in CLAIMS:
            found = [_gap(board, check) for check in claim.checks]
            for check, one in zip(claim.checks, found, strict=True):
                if all(own is not None for own in found) and one is not None:
                    keys.append((claim.name, dataset, check))
                    gaps.append(one[0])
                    counts.append(one[1])
    n_seeds = max((len(gap) for gap in gaps), default=0)
    padded = np.array([np.pad(gap, (0, n_seeds - len(gap)), constant_values=np.nan) for gap in gaps])
    told = told_of(padded.reshape(len(keys), n_seeds), counts)
    by_claim: dict[str, dict[str, tuple[Checked, ...]]] = {claim.name: {} for claim in CLAIMS}
    for (name, dataset, check), own in zip(keys, told, strict=True):
        by_claim[name][dataset] = (*by_claim[name].get(dataset, ()), Checked(check, own))
    return by_claim


def _gap(board: Board, check: Check) -> tuple[np.ndarray, int] | None:
    """(n_seeds,) what is to be of the check's sign, and how many cases it is the mean of."""
    needed = [check.method, *([check.less] if isinstance(check.less, str) else [])]
    cases = board.counting(check.score)
    if check.stories:
        cases = cases & np.array([case.story in check.stories for case in board.cases], np.bool_)
    if not cases.any() or not set(needed) <= set(board.methods):
        return None
    own = board.by_seed(check.method, check.score, cases)
    less = board.by_seed(check.less, check.score, cases) if isinstance(check.less, str) else check.less
    return own - less, int(cases.sum())
