"""Tables of the paper's experiments, as the paper lays them out: mechanisms down, data set, number and split across."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, product

import numpy as np

from cgs_core.measures import MEASURES
from cgs_core.scenario import choice_of
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.paper import ROWS, Budget, Case, Cell, Measures, mechanism_of, row_title
from cgs_core.studies.paper_results import case_order, results_csv
from cgs_core.studies.statistics import (
    ONE_SEED,
    all_pairs,
    clearly,
    n_above,
    paired_differences,
    verdicts,
)
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
_LESS_IS_BETTER = ("below_alone_gap",)
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
        mean = round(100 * self.mean, 1) + 0.0  # no minus before zero
        return f"{mean:.1f}{spread}{counted}"


@dataclass(frozen=True)
class Duel:
    """A row of one cell against another one, or against 0, seed by seed.

    ``difference`` is the mean of the first's less the second's, ``margin`` half of its 95 % interval. ``outcome`` is 1
    where the first is clearly larger, -1 where it is clearly smaller, else 0, as ``statistics.verdicts`` says of all
    duels that are asked for together. None: fewer than two seeds have both, which cannot tell.
    """

    cell: Cell
    row: str
    other: str | None
    quantity: str
    difference: float
    margin: float
    n_seeds: int
    outcome: int | None


class PaperTable:
    """Results of runs, of one budget a data set.

    ``cases`` are all of a grid: what has not been run has its place, which is empty. Without them the places are those
    of the results.
    """

    def __init__(self, results: Mapping[Case, Measures], cases: Iterable[Case] = ()) -> None:
        self._places = sorted(set(cases) | set(results), key=case_order)
        self.results = dict(sorted(results.items(), key=lambda item: case_order(item[0])))
        self._best: dict[str, dict[Cell, frozenset[str]]] = {}
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
        """The rows that no other is clearly above, of two seeds or more; several: they tie.

        All pairs of rows in all cells are one table. Only rows for which the quantity is defined with every seed are
        compared: a correlation of one lucky seed is no best. Training alone is no rival: it pays nobody.
        """
        if quantity not in self._best:
            self._best[quantity] = self._best_by(quantity)
        return self._best[quantity].get(cell, frozenset())

    def _best_by(self, quantity: str) -> dict[Cell, frozenset[str]]:
        rivals = {cell: self._compared(cell, quantity) for cell in self.cells}
        pairs = {cell: all_pairs(np.array(list(own.values()))) for cell, own in rivals.items() if len(own) > 1}
        if not pairs:
            return {}
        sign = -1 if quantity in _LESS_IS_BETTER else 1
        outcomes = sign * verdicts(paired_differences(np.concatenate(list(pairs.values()))))
        best, start = {}, 0
        for cell, own in pairs.items():
            above = n_above(outcomes[start : start + len(own)], len(rivals[cell]))
            start += len(own)
            best[cell] = frozenset(row for row, count in zip(rivals[cell], above, strict=True) if not count)
        return best

    def _compared(self, cell: Cell, quantity: str) -> dict[str, FloatArray]:
        """(n_seeds,) of each row that is compared; NaN with a seed that it was not run with."""
        seeds = sorted({case.seed for case in self.results})
        found = {}
        for row in self.rows:
            values = self.values(cell, row, quantity)
            if row != "standalone" and len(values) > 1 and np.isfinite(_array(values)).all():
                found[row] = np.array([values.get(seed, math.nan) for seed in seeds])
        return found

    def duels(self, row: str, quantities: Sequence[str]) -> tuple[Duel, ...]:
        """A row against every other in every cell, by these quantities: all of them one table.

        On the seeds that both have been run with and are defined for. The fairness of training alone, which is 1 by
        definition, is left out.
        """
        return self._judged(
            [
                (cell, row, other, quantity, self._changes(cell, row, other, quantity))
                for quantity, other, cell in product(quantities, self.rows, self.cells)
                if other != row and (other, quantity) != ("standalone", "fairness_score")
            ]
        )

    def signs(self, row: str, quantities: Sequence[str]) -> tuple[Duel, ...]:
        """A row's gains against 0 in every cell: all of them one table."""
        return self._judged(
            [
                (cell, row, None, quantity, _array(self.values(cell, row, quantity)))
                for quantity, cell in product(quantities, self.cells)
            ]
        )

    def _changes(self, cell: Cell, row: str, other: str, quantity: str) -> FloatArray:
        first, second = self.values(cell, row, quantity), self.values(cell, other, quantity)
        return np.array([first[seed] - second[seed] for seed in first if seed in second])

    def _judged(self, asked: list[tuple[Cell, str, str | None, str, FloatArray]]) -> tuple[Duel, ...]:
        n_seeds = max((len(changes) for *_, changes in asked), default=0)
        padded = [np.pad(changes, (0, n_seeds - len(changes)), constant_values=math.nan) for *_, changes in asked]
        told = paired_differences(np.array(padded).reshape(len(asked), n_seeds))
        outcomes = verdicts(told)
        return tuple(
            Duel(
                *own[:4],
                difference=float(told.mean[place]),
                margin=float(told.margin[place]),
                n_seeds=int(told.n_seeds[place]),
                outcome=int(outcomes[place]) if told.n_seeds[place] > 1 else None,
            )
            for place, own in enumerate(asked)
        )

    @property
    def n_seeds(self) -> int:
        """The most that any place has been run with."""
        return max((len(own) for own in self._of_place.values()), default=0)

    @property
    def seeds_words(self) -> str:
        """How many seeds verdicts have: "10", or "5 to 10"."""
        counts = {len(own) for own in self._of_place.values() if len(own) > 1}
        return " to ".join(map(str, sorted({min(counts), max(counts)}))) if counts else "1"

    @property
    def star_words(self) -> str:
        """What a star says."""
        return ONE_SEED if self.n_seeds < 2 else f"nobody is clearly better: {clearly(self.seeds_words)}"

    # -- as text -------------------------------------------------------------------------------------------

    def to_text(self, quantity: str) -> str:
        """One table to read; * where nobody is clearly better than a row."""
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
        return "\n".join([*lines, f"* {self.star_words}" if self.n_seeds > 1 else ONE_SEED]) + "\n"

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
        f"{choice_of('model', budget.model).title}, {budget.n_validation} validation samples"
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
