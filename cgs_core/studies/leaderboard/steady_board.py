"""How steady valuations are, as a file and as a table: means over cases, and who gains by having two names.

The file is ``steady.csv``, a valuation in a case with a seed a line. It is what the command goes on from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from cgs_core.errors import DataError
from cgs_core.mechanisms import VALUATIONS
from cgs_core.places import write_whole
from cgs_core.studies.leaderboard.board import Entry, Score, Told, entries_of, nan_mean, told_of
from cgs_core.studies.leaderboard.cases import CASES, Case
from cgs_core.studies.leaderboard.results import COMMITTED_FOLDER, records
from cgs_core.studies.leaderboard.steady import STEADY_CASES, STEADY_SCORES, TWO_NAMES, Steadiness
from cgs_core.tidy import as_it_was, csv_text
from cgs_core.typing import FloatArray
from cgs_core.version import RESULT_VERSION

FILE = "steady.csv"
STEADY_FILE_COLUMNS = ("case", "seed", "method", *STEADY_SCORES, "result_version", "scenario_id")

STEADY_COLUMNS: Mapping[str, Score] = {
    "start_spearman": Score("Order, other start", "rank correlation with worth from another start"),
    "start_distance": Score("Shares, other start", "L1 distance to shares from another start", is_more_better=False),
    "data_spearman": Score("Order, other data", "rank correlation with worth where data are dealt anew"),
    "data_distance": Score(
        "Shares, other data", "L1 distance to shares where data are dealt anew", is_more_better=False
    ),
    "copy_gain": Score(
        "Joins twice", "by how much an agent's share grows that joins again with the same data", unit="points"
    ),
    "split_gain": Score(
        "Splits in two", "by how much its share grows under two names, half of its data each", unit="points"
    ),
}
"""By the names of ``STEADY_SCORES``; the first four are ranked, of the others no way is better."""

SteadyLines = Mapping[tuple[str, int, str], Mapping[str, float]]
"""By case, seed (from 0) and method: by ``STEADY_SCORES``, NaN where undefined."""

# -- the file ----------------------------------------------------------------------------------------------------------


def read_steady(folder: Path) -> dict[tuple[str, int, str], dict[str, float]]:
    """A folder's lines, without those of scenarios that the program makes otherwise now; none where there is no file.

    ``DataError`` for a file of another kind or version.
    """
    if not (folder / FILE).exists():
        return {}
    lines, text = {}, (folder / FILE).read_text(encoding="utf-8")
    for name, seed_text, method, *cells, version, scenario_id in records(FILE, text, STEADY_FILE_COLUMNS):
        if version != RESULT_VERSION:
            raise DataError(f"{folder / FILE}: results of version {RESULT_VERSION}; got {version}")
        try:
            seed = int(seed_text) - 1
            values = {score: float(cell or "nan") for score, cell in zip(STEADY_SCORES, cells, strict=True)}
        except ValueError as error:
            raise DataError(f"{FILE}, {name}, seed {seed_text}: {error}") from None
        if name in CASES and CASES[name].scenario_of(seed).scenario_id == scenario_id:
            lines[name, seed, as_it_was(method)] = values
    return lines


def with_found(lines: SteadyLines, found: Steadiness) -> dict[tuple[str, int, str], dict[str, float]]:
    """These lines and what was computed, as the file keeps it: four digits."""
    own = {
        (found.case, found.seed, method): {name: float(f"{value:.4g}") for name, value in line.items()}
        for method, line in found.lines.items()
    }
    return {**{key: dict(line) for key, line in lines.items()}, **own}


def write_steady(folder: Path, lines: SteadyLines) -> None:
    """The whole file, in the order of cases, seeds and valuations."""
    cases, methods = list(CASES), list(VALUATIONS)
    methods += sorted({method for _, _, method in lines} - set(methods))  # of a package that is not here now
    rows = [
        (
            name,
            seed + 1,
            method,
            *(f"{value:.4g}" if np.isfinite(value) else None for value in lines[name, seed, method].values()),
            RESULT_VERSION,
            CASES[name].scenario_of(seed).scenario_id,
        )
        for name, seed, method in sorted(lines, key=lambda key: (cases.index(key[0]), key[1], methods.index(key[2])))
    ]
    write_whole(folder, {FILE: csv_text(STEADY_FILE_COLUMNS, rows).encode()})


@lru_cache(maxsize=1)
def committed_steady() -> SteadyLines:
    """The lines that come with the program."""
    return read_steady(COMMITTED_FOLDER)


# -- the table ---------------------------------------------------------------------------------------------------------


class SteadyBoard:
    """The table of some cases; only cases with every seed that any has count."""

    def __init__(self, lines: SteadyLines, cases: Iterable[Case] = STEADY_CASES) -> None:
        wanted = {case.name for case in cases}
        self.lines = {key: line for key, line in lines.items() if key[0] in wanted}
        self.n_seeds = max((seed + 1 for _, seed, _ in self.lines), default=0)
        there = {(name, seed) for name, seed, _ in self.lines}
        self.cases = tuple(
            case for case in STEADY_CASES if all((case.name, seed) in there for seed in range(max(self.n_seeds, 1)))
        )
        found = {method for _, _, method in self.lines}
        self.methods = tuple(name for name in VALUATIONS if name in found)

    @cached_property
    def _arrays(self) -> dict[str, FloatArray]:
        """By score: (n_methods, n_cases, n_seeds), NaN where undefined or not computed."""
        arrays = {name: np.full((len(self.methods), len(self.cases), self.n_seeds), np.nan) for name in STEADY_SCORES}
        for row, method in enumerate(self.methods):
            for column, case in enumerate(self.cases):
                for seed in range(self.n_seeds):
                    for name, value in self.lines.get((case.name, seed, method), {}).items():
                        arrays[name][row, column, seed] = value
        return arrays

    def by_seed(self, score: str) -> FloatArray:
        """(n_methods, n_seeds) mean over the cases in which it is defined."""
        return nan_mean(self._arrays[score], axis=1)

    def entries(self, score: str) -> dict[str, Entry]:
        """Every valuation's mean and interval; ranked are those that are defined wherever any is, by the first four."""
        defined = np.isfinite(self._arrays[score])
        compared = [row for row in range(len(defined)) if defined[row][defined.any(axis=0)].all()]
        ranked = [] if score in TWO_NAMES else compared
        found = entries_of(defined, self.by_seed(score), ranked, STEADY_COLUMNS[score].is_more_better)
        return dict(zip(self.methods, found, strict=True))

    @cached_property
    def gains(self) -> dict[tuple[str, str], Told]:
        """By valuation and way to have two names: whether the share clearly grows (1) or falls (-1). One table."""
        keys = [(method, name) for name in TWO_NAMES for method in self.methods]
        rows = np.concatenate([self.by_seed(name) for name in TWO_NAMES]).reshape(len(keys), self.n_seeds)
        counts: Sequence[int] = [len(self.cases)] * len(keys)
        return dict(zip(keys, told_of(rows, counts), strict=True))
