"""Results of the paper's experiments as a file, a run a line: those that come with the program, and those kept."""

from __future__ import annotations

import csv
import io
import json
import platform
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from cgs_core.engines import engine_in_words
from cgs_core.errors import DataError, ScenarioError
from cgs_core.places import write_whole
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.paper import QUANTITIES, ROWS, SECONDS, SPLITS, Budget, Case, Cell, Measures
from cgs_core.tidy import csv_text
from cgs_core.version import RESULT_VERSION

COMMITTED_FILE = Path(__file__).parents[1] / "data" / "paper_reduced.csv"

_FIRST = ("dataset", "n_agents", "split", "mechanism", "seed")
_LAST = ("n_rounds", "samples_per_agent", "model", "n_validation", "scenario_id")
_NUMPY = engine_in_words("numpy")
COLUMNS = (*_FIRST, *QUANTITIES, SECONDS, *_LAST)


def results_csv(results: Mapping[Case, Measures]) -> str:
    """A run a line, in the order of the tables; seeds count from 1, what is undefined or was not kept is empty."""
    return csv_text(COLUMNS, _lines({case: results[case] for case in sorted(results, key=case_order)}))


def _lines(results: Mapping[Case, Measures]) -> Iterator[tuple[Any, ...]]:
    for case, measures in results.items():
        cell, budget = case.cell, case.budget
        yield (
            *(cell.dataset, cell.n_agents, cell.split, case.row, case.seed + 1),
            *(measures.get(name) for name in (*QUANTITIES, SECONDS)),
            *(budget.n_rounds, budget.samples_per_agent, budget.model, budget.n_validation),
            case.scenario.scenario_id,
        )


def read_results(text: str) -> dict[Case, dict[str, float | None]]:
    """The results that ``results_csv`` wrote; ``DataError`` for a file of another kind.

    A run of a row that the program has no more, or whose scenario the program would make otherwise now, is left out. A
    measure that the file has no column of is undefined.
    """
    results: dict[Case, dict[str, float | None]] = {}
    reader = csv.DictReader(io.StringIO(text))
    names = tuple(reader.fieldnames or ())
    if not {*_FIRST, *_LAST} <= set(names) <= set(COLUMNS):
        raise DataError(f"paper.csv: the columns {', '.join(COLUMNS)}; got {', '.join(names)}")
    for record in reader:
        if record["mechanism"] not in ROWS:
            continue
        try:
            case = _case_of(record)
            is_current = case.scenario.scenario_id == record["scenario_id"]
            measures = {name: float(record[name]) if record.get(name) else None for name in (*QUANTITIES, SECONDS)}
        except (ValueError, TypeError, LookupError, ScenarioError) as error:
            raise DataError(f"paper.csv, line {reader.line_num}: {error}") from None
        if is_current:
            results[case] = measures
    return results


@lru_cache(maxsize=1)
def committed_results() -> Mapping[Case, Measures]:
    """The reduced grid that comes with the program (cgs_core/data/PAPER.md says how it was made)."""
    return MappingProxyType(read_results(COMMITTED_FILE.read_text(encoding="utf-8")))


def keep_results(folder: str | Path, results: Mapping[Case, Measures], engine: str = _NUMPY) -> None:
    """Write paper.csv, and made.json: version and engine of the numbers, how many runs and their processor time.

    ``engine`` is in words, as ``engine_in_words`` gives it.
    """
    made = {
        "result_version": RESULT_VERSION,
        "engine": engine,
        "n_runs": len(results),
        SECONDS: sum(own.get(SECONDS) or 0.0 for own in results.values()),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
    }
    files = {"paper.csv": results_csv(results), "made.json": json.dumps(made, indent=1) + "\n"}
    write_whole(folder, {name: text.encode() for name, text in files.items()})


def kept_results(folder: str | Path, engine: str | None = None) -> dict[Case, Measures]:
    """What ``keep_results`` wrote; none where the folder has no such file.

    ``DataError`` for another kind of file, or where the same scenarios gave other numbers then: by another version, or
    by another engine than this one, in words.
    """
    place = Path(folder)
    if not (place / "paper.csv").exists():
        return {}
    try:
        made = json.loads((place / "made.json").read_text(encoding="utf-8"))
        version, made_by = made["result_version"], made.get("engine", _NUMPY)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        version = made_by = "unknown"
    if version != RESULT_VERSION:
        raise DataError(
            f"{place}: results of version {RESULT_VERSION}, which this program computes; got {version}. "
            "Choose another folder, or take these files away"
        )
    if engine not in (None, made_by):
        raise DataError(
            f"{place}: results by {engine}, as was asked for; these are by {made_by}. Choose another folder"
        )
    return dict(read_results((place / "paper.csv").read_text(encoding="utf-8")))


def _case_of(record: dict[str, str]) -> Case:
    budget = Budget(
        int(record["n_rounds"]),
        int(record["samples_per_agent"]),
        record["model"],
        int(record["n_validation"]),
    )
    cell = Cell(record["dataset"], int(record["n_agents"]), record["split"])  # type: ignore[arg-type]
    return Case(cell, record["mechanism"], int(record["seed"]) - 1, budget)


def case_order(case: Case) -> tuple[int, int, int, int, int]:
    """The order of the tables."""
    cell = case.cell
    return (
        list(DATASETS).index(cell.dataset),
        cell.n_agents,
        SPLITS.index(cell.split),
        ROWS.index(case.row),
        case.seed,
    )
