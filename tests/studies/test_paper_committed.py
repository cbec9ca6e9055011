"""The committed results: whole grids of the reduced budget, and a cell that is run again here, the same to the byte."""

from __future__ import annotations

from collections import Counter

import pytest

from cgs_core.federation.experiment import run_batch
from cgs_core.scenario import Split
from cgs_core.studies.paper import Cell, measures_of, paper_grid
from cgs_core.studies.paper_tables import COMMITTED_FILE, PaperTable, committed_results


@pytest.mark.parametrize("dataset", ["digits", "mnist", "fashion_mnist"])
def test_every_run_of_the_reduced_grid_is_there_once(dataset: str) -> None:
    cases = paper_grid(dataset).cases  # type: ignore[arg-type]
    assert set(cases) == {case for case in committed_results() if case.cell.dataset == dataset}


@pytest.mark.parametrize("split", ["powerlaw", "classimbalance"])
def test_a_cheap_cell_comes_out_again_to_the_byte(split: Split) -> None:
    cell = Cell("digits", 5, split)
    batch = next(batch for batch in paper_grid("digits").batches if (batch[0].cell, batch[0].seed) == (cell, 3))
    traces = run_batch([case.scenario for case in batch])
    lines = PaperTable({case: measures_of(trace) for case, trace in zip(batch, traces, strict=True)}).to_csv()
    committed = COMMITTED_FILE.read_text(encoding="utf-8").splitlines()
    again = lines.splitlines()
    assert len(again) == 1 + 4 * len(batch) and again[0] == committed[0]
    assert not Counter(again) - Counter(committed)
