"""The committed results: whole grids of the reduced budget, and a cell that is run again here, the same but for what
another processor rounds otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.federation.experiment import last_records
from cgs_core.records import Trace
from cgs_core.scenario import DatasetName, Split
from cgs_core.studies.paper import QUANTITIES, Cell, measures_of, paper_grid
from cgs_core.studies.paper_results import COMMITTED_FILE, committed_results
from cgs_core.version import RESULT_VERSION

MADE = COMMITTED_FILE.parent / "PAPER.md"


@pytest.mark.parametrize("dataset", ["digits", "mnist", "fashion_mnist"])
def test_every_run_of_a_whole_grid_is_there_once(dataset: DatasetName) -> None:
    """Of the rows and seeds that the file has, for every number of agents and every split."""
    cases = [case for case in committed_results() if case.cell.dataset == dataset]
    grid = paper_grid(dataset)
    rows, n_seeds = {case.row for case in cases}, max((case.seed for case in cases), default=-1) + 1
    assert n_seeds <= grid.n_seeds and rows <= set(grid.rows)
    assert {case for case in grid.cases if case.row in rows and case.seed < n_seeds} == set(cases)


@pytest.mark.parametrize("split", ["powerlaw", "classimbalance"])
def test_a_cheap_cell_comes_out_again(split: Split) -> None:
    """To the byte on the processor that made the file. Another one's kernels round sums otherwise, which moves a
    measure's last digits, and at times a test sample to the other side of a model's boundary: one of 360.
    """
    cell = Cell("digits", 5, split)
    batch = [case for case in committed_results() if (case.cell, case.seed) == (cell, 3)]
    if f'`RESULT_VERSION` was "{RESULT_VERSION}"' not in MADE.read_text(encoding="utf-8") or not batch:
        pytest.skip("another version of the program made the file: it is to be made anew")
    gaps = []
    for case, last in zip(batch, last_records([case.scenario for case in batch]), strict=True):
        again, kept = measures_of(Trace(case.scenario, (last,))), committed_results()[case]
        known = [name for name in QUANTITIES if kept[name] is not None]
        assert {"max_accuracy", "mean_accuracy"} <= set(known)
        gaps += [abs((again[name] or 0.0) - (kept[name] or 0.0)) for name in known]
    assert max(gaps) < 0.01
    assert np.mean(np.array(gaps) < 1e-9) > 0.9
