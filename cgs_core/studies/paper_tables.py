"""Tables of the paper's experiments, as the paper lays them out: mechanisms down, data set, number and split across."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from cgs_core.measures import MEASURES
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.comparison import interval, ranks_of
from cgs_core.studies.paper import ROWS, Budget, Case, Cell, Measures, mechanism_of, row_title
from cgs_core.studies.paper_results import case_order, results_csv
from cgs_core.typing import FloatArray

_TITLES = {
    "fairness_score": MEASURES["fairness_score"].title,
    "max_accuracy": MEASURES["max_accuracy"].title,
    "mean_accuracy": MEASURES["mean_accuracy"].title,
    "server_accuracy": MEASURES["server_accuracy"].title,
    "worst_gain": MEASURES["worst_gain"].title,
    "below_alone_gap": "Agents below alone (beyond the test's error)",
    "best_gain": "Best agent less the best that trained alone",
}
QUANTITY_TITLES = {name: f"{title} x 100" for name, title in _TITLES.items()}
"""What the paper's tables show: its numbers are a hundred times ours."""


@dataclass(frozen=True)
class Entry:
    """One place of a table, over the seeds: NaN for the mean where no seed has it, for the spread below two."""

    mean: float
    spread: float  # standard deviation
    n_defined: int
    n_run: int

    def to_text(self) -> str:
        """100 times mean and spread, as the paper prints them; how many seeds have it, if not all; "" if not run."""
        if self.n_run == 0:
            return ""
        if self.n_defined == 0:
            return f"– ({self.n_defined} of {self.n_run})"
        spread = "" if math.isnan(self.spread) else f" ± {100 * self.spread:.1f}"
        counted = "" if self.n_defined == self.n_run else f" ({self.n_defined} of {self.n_run})"
        return f"{100 * self.mean:.1f}{spread}{counted}"


@dataclass(frozen=True)
class Duel:
    """Two rows of one cell, seed by seed: ``difference`` is the mean of the first's less the second's.

    ``outcome`` is 1 where the first is clearly larger (two standard errors), -1 where it is clearly smaller, else 0:
    a tie. None: fewer than two seeds have both, which cannot tell.
    """

    cell: Cell
    row: str
    other: str
    quantity: str
    difference: float
    outcome: int | None


class PaperTable:
    """Results of runs, of one budget a data set.

    ``cases`` are all of a grid: what has not been run has its place, which is empty. Without them the places are those
    of the results.
    """

    def __init__(self, results: Mapping[Case, Measures], cases: Iterable[Case] = ()) -> None:
        self._places = sorted(set(cases) | set(results), key=case_order)
        self.results = dict(sorted(results.items(), key=lambda item: case_order(item[0])))
        self._of_place: dict[tuple[Cell, str], dict[int, Measures]] = {}
        for case, measures in self.results.items():
            self._of_place.setdefault((case.cell, case.row), {})[case.seed] = measures

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(dict.fromkeys(case.cell for case in self._places))

    @cached_property
    def rows(self) -> tuple[str, ...]:
        return tuple(sorted({case.row for case in self._places}, key=ROWS.index))

    @property
    def budgets(self) -> tuple[Budget, ...]:
        return tuple(dict.fromkeys(case.budget for case in self.results))

    def values(self, cell: Cell, row: str, quantity: str) -> dict[int, float]:
        """By seed; NaN where undefined, nothing where not run."""
        own = self._of_place.get((cell, row), {})
        return {seed: _value(found, quantity) for seed, found in own.items()}

    def entry(self, cell: Cell, row: str, quantity: str) -> Entry:
        """Mean and standard deviation (of a sample) over the seeds for which the quantity is defined."""
        values = _array(self.values(cell, row, quantity))
        defined = values[np.isfinite(values)]
        mean = float(defined.mean()) if len(defined) else math.nan
        return Entry(mean, float(defined.std(ddof=1)) if len(defined) > 1 else math.nan, len(defined), len(values))

    def best(self, cell: Cell, quantity: str) -> frozenset[str]:
        """The rows that no other is clearly above; several: they tie.

        Only rows for which the quantity is defined with every seed: a correlation of one lucky seed is no best.
        Training alone is no rival: it pays nobody.
        """
        rivals = [row for row in self.rows if row != "standalone"]
        values = [_array(self.values(cell, row, quantity)) for row in rivals]
        whole = [own if np.isfinite(own).all() else own[:0] for own in values]
        return frozenset(row for row, rank in zip(rivals, ranks_of(whole), strict=True) if rank == 1)

    def duel(self, cell: Cell, row: str, other: str, quantity: str) -> Duel:
        """Two rows compared on the seeds that both have been run with and are defined for."""
        first, second = self.values(cell, row, quantity), self.values(cell, other, quantity)
        change = np.array([first[seed] - second[seed] for seed in first if seed in second])
        change = change[np.isfinite(change)]
        span = interval(change)
        if span is None or len(change) < 2:
            return Duel(cell, row, other, quantity, math.nan, None)
        outcome = 1 if span[0] > 0 else -1 if span[1] < 0 else 0
        return Duel(cell, row, other, quantity, float(change.mean()), outcome)

    # -- as text -------------------------------------------------------------------------------------------

    def to_text(self, quantity: str) -> str:
        """One table to read; * where a row is best, or ties with the best."""
        if not self.results:
            return "Nothing has been run.\n"
        lines = [QUANTITY_TITLES[quantity], *(f"  {words}" for words in self.budget_sentences())]
        best = {cell: self.best(cell, quantity) for cell in self.cells}
        texts = {
            (row, cell): self.entry(cell, row, quantity).to_text() + ("*" if row in best[cell] else " ")
            for row in self.rows
            for cell in self.cells
        }
        widths = {cell: 2 + max(len(cell.split), *(len(texts[row, cell]) for row in self.rows)) for cell in self.cells}
        first = 2 + max(len(row_title(row)) for row in self.rows)
        heads = ""
        for (dataset, n_agents), own in groupby(self.cells, lambda cell: (cell.dataset, cell.n_agents)):
            heads += f"{f'{dataset} N = {n_agents}':^{sum(widths[cell] for cell in own)}}"
        splits = "".join(f"{cell.split:>{widths[cell] - 1}} " for cell in self.cells)
        lines += [(" " * first + line).rstrip() for line in (heads, splits)]
        for row in self.rows:
            cells = "".join(f"{texts[row, cell]:>{widths[cell]}}" for cell in self.cells)
            needs = "  needs validation data" if mechanism_of(row).needs_validation else ""
            lines.append(f"{row_title(row):<{first}}{cells}{needs}".rstrip())
        return "\n".join(lines) + "\n"

    def budget_sentences(self) -> list[str]:
        """How much was computed, a data set and budget a line."""
        of_datasets = dict.fromkeys((case.cell.dataset, case.budget) for case in self.results)
        return [f"{DATASETS[dataset].title}: {budget_words(budget)}" for dataset, budget in of_datasets]

    def to_csv(self) -> str:
        """A run a line (``cgs_core.studies.paper_results``)."""
        return results_csv(self.results)


def budget_words(budget: Budget) -> str:
    """A budget for people."""
    return (
        f"{budget.n_rounds} rounds, {budget.samples_per_agent} samples an agent (fewer where there are fewer), "
        f"model {budget.model}, {budget.n_validation} validation samples"
    )


def _value(found: Measures, quantity: str) -> float:
    """A quantity of a run; NaN where it is undefined, or was not kept."""
    if quantity == "best_gain":
        return _number(found, "max_accuracy") - _number(found, "max_standalone_accuracy")
    return _number(found, quantity)


def _number(found: Measures, name: str) -> float:
    value = found.get(name)
    return math.nan if value is None else value


def _array(by_seed: Mapping[int, float]) -> FloatArray:
    return np.array(list(by_seed.values()), np.float64)


def table_of(results: Mapping[Case, Measures], cases: Sequence[Case]) -> PaperTable:
    """The table of a grid's cases, with those results that there are."""
    return PaperTable({case: results[case] for case in cases if case in results}, cases)
