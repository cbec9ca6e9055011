"""The leaderboard: methods by their scores over cases and seeds, who is clearly better, and where each is right.

Of a score a method has one number a seed, its mean over the cases; differences of methods are those of the same seeds
(``cgs_core.studies.statistics``). A case counts for agreement where its truth is sure of itself: where that,
trained again from another start, clearly agrees with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cgs_core.mechanisms import MECHANISMS, VALUATIONS
from cgs_core.studies.leaderboard.cases import CASES, FAMILIES, Case
from cgs_core.studies.leaderboard.lines import OF_VALUE, TRUTH
from cgs_core.studies.leaderboard.methods import own_mechanisms
from cgs_core.studies.leaderboard.results import Results
from cgs_core.studies.leaderboard.whole_runs import WHOLE_RUNS
from cgs_core.studies.statistics import all_pairs, n_above, paired_differences, verdicts
from cgs_core.typing import BoolArray, FloatArray


@dataclass(frozen=True)
class Score:
    """A column of the table: ``of_all`` says whether cases count whose truth is not sure of itself."""

    title: str
    about: str
    is_more_better: bool = True
    unit: str = ""  # "points": a difference of fractions; "percent": a fraction; "": a plain number
    of_all: bool = False


_GAIN = "where somebody cheats, against the same agents honest"
COLUMNS = {
    "pearson": Score("Agreement", "Pearson correlation of worth and truth over the agents"),
    "spearman": Score("By rank", "the same of their ranks"),
    "share_error": Score("Distance", "L1 distance of worth and truth as shares, from 0 to 2", is_more_better=False),
    "most_found": Score("Most useful found", "how often who is worth most is most useful", unit="percent"),
    "least_found": Score("Least useful found", "how often who is worth least is least useful", unit="percent"),
    "recall_pearson": Score("With recall", "agreement with the truth by the recall of the worst class"),
    "loss_pearson": Score("With loss", "agreement with the truth by the loss"),
    "own_pearson": Score("Where it pays", "agreement in a federation that it pays by the paper's rules"),
    "restart_pearson": Score("With itself", "correlation of worth with that from another start", of_all=True),
    "adding_gain": Score(
        "Adding", "accuracy of coalitions of who is worth most, above those of as many by lot", unit="points"
    ),
    "removing_gain": Score(
        "Removing", "accuracy that is lost without who is worth most, above that without as many by lot", unit="points"
    ),
    "detection": Score("Cheats told", "how likely an honest agent is worth more than one that cheats", of_all=True),
    "worth_gain": Score(
        "Cheats' share",
        f"by how much the cheats' share of worth grows {_GAIN}",
        is_more_better=False,
        unit="points",
        of_all=True,
    ),
    "pay_pearson": Score("Pay and truth", "correlation of pay (mean reward ratio) and truth"),
    "pay_gain": Score("Cheats' pay", f"by how much it grows {_GAIN}", is_more_better=False, unit="points", of_all=True),
    "model_gain": Score(
        "Cheats' models", f"by how much more accurate {_GAIN}", is_more_better=False, unit="points", of_all=True
    ),
    "honest_gain": Score(
        "Honest models", f"by how much more accurate {_GAIN}; below 0: what cheats cost", unit="points", of_all=True
    ),
    "below_alone_gap": Score(
        "Below alone",
        "agents that end below training alone, beyond the test's error",
        is_more_better=False,
        unit="percent",
        of_all=True,
    ),
    "mean_accuracy": Score("Accuracy", "mean over the agents at the end", unit="percent", of_all=True),
    "mean_gain": Score("Gain", "mean accuracy less that of training alone", unit="points", of_all=True),
}
"""By the names of ``lines.SCORES``: those that are ranked."""

VALUE_COLUMNS = tuple(name for name in COLUMNS if name in OF_VALUE)
PAY_COLUMNS = tuple(name for name in COLUMNS if name not in OF_VALUE)


@dataclass(frozen=True)
class Entry:
    """A method's score: mean over the seeds, half of a 95 % interval (NaN with one seed), and how much it rests on.

    ``rank`` is 1 + how many methods are clearly better; None where it is not compared.
    """

    mean: float
    margin: float
    n_seeds: int
    n_cases: int
    rank: int | None


@dataclass(frozen=True)
class Told:
    """Whether a method's agreement over some cases is clearly above 0 (1), below (-1), or not told from 0 (0)."""

    mean: float
    margin: float
    n_seeds: int
    n_cases: int
    outcome: int


class Board:
    """The table of some cases; ``cases`` without results are left out."""

    def __init__(self, results: Results, cases: Sequence[Case]) -> None:
        there = {name for name, _ in results.truth}
        self.results = results
        self.cases = tuple(case for case in cases if case.name in there)
        names = {case.name for case in self.cases}
        found = dict.fromkeys(method for name, _, method in results.scores if name in names)
        order = [TRUTH, *VALUATIONS, *WHOLE_RUNS, *own_mechanisms()]
        self.methods = tuple(name for name in order if name in found)
        self.n_seeds = max((seed + 1 for name, seed in results.truth if name in names), default=0)

    @property
    def valuations(self) -> tuple[str, ...]:
        """The truth's row first, then the valuations that there are results of."""
        return tuple(name for name in self.methods if name == TRUTH or name in VALUATIONS or name in WHOLE_RUNS)

    @property
    def payers(self) -> tuple[str, ...]:
        """All methods that pay."""
        return tuple(name for name in self.methods if name != TRUTH and name not in WHOLE_RUNS)

    @cached_property
    def _arrays(self) -> dict[str, FloatArray]:
        """By score: (n_methods, n_cases, n_seeds), NaN where undefined or not computed."""
        shape = len(self.methods), len(self.cases), self.n_seeds
        arrays = {name: np.full(shape, np.nan) for name in COLUMNS}
        places = {case.name: place for place, case in enumerate(self.cases)}
        rows = {name: place for place, name in enumerate(self.methods)}
        for (name, seed, method), line in self.results.scores.items():
            if name in places and method in rows:
                at = rows[method], places[name], seed
                for score, array in arrays.items():
                    value = line[score]
                    if value is not None:
                        array[at] = value
        return arrays

    def of_seeds(self, case: str) -> int:
        """How many seeds a case has."""
        return sum(name == case for name, _ in self.results.truth)

    # -- one case ----------------------------------------------------------------------------------------------

    @cached_property
    def is_sure(self) -> np.ndarray:
        """(n_cases,) bool: whether the truth clearly agrees with itself from another start."""
        told = paired_differences(self._arrays["pearson"][self.methods.index(TRUTH)])
        return np.asarray(verdicts(told) > 0)

    def means(self, method: str, score: str = "pearson") -> FloatArray:
        """(n_cases,) a method's mean over the seeds; NaN where it has none."""
        return nan_mean(self._arrays[score][self.methods.index(method)], axis=1)

    def in_case(self, method: str, case: str, score: str = "pearson") -> FloatArray:
        """(n_seeds,) a method's numbers in one case; NaN where undefined."""
        place = [own.name for own in self.cases].index(case)
        return np.asarray(self._arrays[score][self.methods.index(method), place])

    @cached_property
    def case_verdicts(self) -> np.ndarray:
        """(n_methods, n_cases): 1 where a method's agreement is clearly above 0, -1 clearly below, else 0.

        All of them are one table; 0 in cases whose truth is not sure of itself.
        """
        array = self._arrays["pearson"].copy()
        array[:, ~self.is_sure] = np.nan
        array[[name == TRUTH for name in self.methods]] = np.nan
        flat = verdicts(paired_differences(array.reshape(-1, self.n_seeds)))
        return np.asarray(flat.reshape(array.shape[:2]))

    def n_wrong(self, method: str) -> int:
        """In how many cases a valuation is clearly upside down."""
        return int((self.case_verdicts[self.methods.index(method)] < 0).sum())

    # -- over the cases ----------------------------------------------------------------------------------------

    def by_seed(self, method: str, score: str, cases: np.ndarray | None = None) -> FloatArray:
        """(n_seeds,) mean over the cases that count (or of those given by a mask) of each seed."""
        counts = self.counting(score) if cases is None else cases
        return nan_mean(self._arrays[score][self.methods.index(method)][counts], axis=0)

    @cached_property
    def is_complete(self) -> np.ndarray:
        """(n_cases,) bool: which cases have every seed that any has. Means are of these, so that seeds are alike."""
        return np.array([self.of_seeds(case.name) == self.n_seeds for case in self.cases], np.bool_)

    def counting(self, score: str) -> np.ndarray:
        """(n_cases,) bool: those that a score goes by."""
        return self.is_complete if COLUMNS[score].of_all else self.is_complete & self.is_sure

    def entries(self, score: str) -> dict[str, Entry]:
        """Every method that has the score, in the order of the table; ranks by the verdicts on all pairs.

        Only methods that are defined wherever any is are compared; the truth is no rival.
        """
        counts = self.counting(score)
        array = self._arrays[score][:, counts]
        defined = np.isfinite(array)
        rows = [place for place in range(len(self.methods)) if defined[place].any()]
        rivals = [place for place in rows if self.methods[place] != TRUTH]
        anywhere = defined[rivals].any(axis=0)
        compared = [place for place in rivals if defined[place][anywhere].all()]
        by_seed = np.array([nan_mean(array[place], axis=0) for place in rows]).reshape(len(rows), self.n_seeds)
        places = [rows.index(place) for place in compared]
        found = entries_of(defined[rows], by_seed, places, COLUMNS[score].is_more_better)
        return dict(zip((self.methods[place] for place in rows), found, strict=True))

    # -- where each is right -----------------------------------------------------------------------------------

    @cached_property
    def right_where(self) -> dict[tuple[str, str], Told]:
        """By valuation and family: whether its agreement is clearly above or below 0. All of them are one table."""
        keys, gaps, counts = [], [], []
        for family in FAMILIES:
            cases = self.is_complete & self.is_sure & np.array([case.family == family for case in self.cases], np.bool_)
            for method in self.valuations:
                own = np.isfinite(self._arrays["pearson"][self.methods.index(method)]).any(axis=1) & cases
                if method != TRUTH and own.any():
                    keys.append((method, family))
                    gaps.append(self.by_seed(method, "pearson", own))
                    counts.append(int(own.sum()))
        return dict(zip(keys, told_of(np.array(gaps).reshape(len(keys), self.n_seeds), counts), strict=True))


def board_of(results: Results, datasets: Sequence[str]) -> Board:
    """The board of some data sets' cases."""
    return Board(results, [case for case in CASES.values() if case.dataset in datasets])


def entries_of(defined: BoolArray, by_seed: FloatArray, ranked: Sequence[int], is_more_better: bool) -> list[Entry]:
    """Of each row: ``defined`` (n_rows, n_cases, n_seeds), ``by_seed`` (n_rows, n_seeds) means; ranks of some rows."""
    told = paired_differences(by_seed)
    ranks = _ranks_of(by_seed, ranked, is_more_better) if by_seed.shape[1] > 1 and ranked else {}
    return [
        Entry(
            float(nan_mean(own, axis=0)),
            float(told.margin[row]),
            int(np.isfinite(own).sum()),
            int(defined[row].any(axis=1).sum()),
            ranks.get(row),
        )
        for row, own in enumerate(by_seed)
    ]


def _ranks_of(by_seed: FloatArray, rows: Sequence[int], is_more_better: bool) -> dict[int, int]:
    """By row of (n_rows, n_seeds) that is compared: 1 + how many are clearly better. All pairs are one table."""
    sign = 1 if is_more_better else -1
    outcomes = verdicts(paired_differences(all_pairs(sign * by_seed[rows])))
    return {row: 1 + int(above) for row, above in zip(rows, n_above(outcomes, len(rows)), strict=True)}


def method_title(method: str) -> str:
    """A row's name for people."""
    if method == TRUTH:
        return "The truth, from another start"
    if method in WHOLE_RUNS:
        return WHOLE_RUNS[method].title
    return VALUATIONS[method].title if method in VALUATIONS else MECHANISMS[method].title


def needs_samples(method: str) -> bool:
    """Whether it asks how good models are on samples set aside."""
    if method in VALUATIONS:
        return VALUATIONS[method].choice.needs_validation
    return method in WHOLE_RUNS or (method != TRUTH and MECHANISMS[method].needs_validation)


def n_models(method: str, n_agents: int) -> int:
    """How many models it evaluates a round."""
    if method in WHOLE_RUNS:
        return WHOLE_RUNS[method].n_models(n_agents)
    return VALUATIONS[method].n_models(n_agents) if method in VALUATIONS else MECHANISMS[method].n_models(n_agents)


def told_of(gaps: FloatArray, n_cases: Sequence[int]) -> list[Told]:
    """What the seeds tell of differences (K, n_seeds), all of them one table."""
    told = paired_differences(gaps)
    outcomes = verdicts(told)
    return [
        Told(
            float(nan_mean(own, axis=0)),
            float(told.margin[place]),
            int(np.isfinite(own).sum()),
            count,
            int(outcomes[place]),
        )
        for place, (own, count) in enumerate(zip(gaps, n_cases, strict=True))
    ]


def nan_mean(values: FloatArray, axis: int) -> FloatArray:
    """The mean of what is finite; NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.asarray(np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0))
