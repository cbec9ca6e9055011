"""The leaderboard's results as files: what comes with the program, and what the command has computed in a folder.

A folder has a file for each case and seed, ``parts/``, so that a command that was stopped goes on; and the tables made
of them, tidy CSV, to the byte the same on one machine: ``scores.csv``, ``truth.csv``, ``refused.csv``.
"""

from __future__ import annotations

import csv
import io
import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cgs_core.errors import DataError
from cgs_core.places import write_whole
from cgs_core.studies.leaderboard.cases import CASES, SETTINGS, Case
from cgs_core.studies.leaderboard.lines import SCORES, TRUTH, TRUTH_COLUMNS, Line, Played, played_of_text
from cgs_core.tidy import as_it_was, csv_text
from cgs_core.version import RESULT_VERSION

COMMITTED_FOLDER = Path(__file__).parents[2] / "data" / "leaderboard"
PARTS = "parts"
SECONDS = "processor_seconds"

_KEY = ("case", "seed", "method")
_REFUSED_COLUMNS = (*_KEY, "why")
SCORE_COLUMNS = (*_KEY, *SCORES)
COST_COLUMNS = ("method", "n_agents", "seconds_a_round", "models_a_round")
TRUTH_FILE_COLUMNS = ("case", "seed", "agent", *TRUTH_COLUMNS, "scenario_id")

Lines = Mapping[tuple[str, int, str], Line]
"""By case, seed (from 0) and method."""


Truths = Mapping[tuple[str, int], list[Line]]
"""By case and seed: a line an agent, by ``TRUTH_COLUMNS``."""

# -- a folder that is being filled -------------------------------------------------------------------------------------


def keep_part(folder: Path, played: Played) -> None:
    """Write one case and seed, beside those that are there."""
    write_whole(folder / PARTS, {_part_name(played.case, played.seed): played.to_json().encode()})


def kept_parts(folder: Path) -> dict[tuple[str, int], Played]:
    """What a folder has, by case and seed, of its tables and its parts; ``DataError`` for another kind or version."""
    found = _parts_of_tables(folder)
    for path in sorted((folder / PARTS).glob("*.json")):
        played = played_of_text(path.read_text(encoding="utf-8"))
        if played is not None:
            found[played.case.name, played.seed] = played
    return found


def _parts_of_tables(folder: Path) -> dict[tuple[str, int], Played]:
    """What a folder's tables have: of one that came without its parts."""
    results = kept_results(folder)
    if not results.truth:
        return {}
    version = json.loads((folder / "made.json").read_text(encoding="utf-8")).get("result_version")
    if version != RESULT_VERSION:
        raise DataError(f"{folder}: results of version {RESULT_VERSION}; got {version}. Choose another folder")
    lines: dict[tuple[str, int], dict[str, Line]] = {key: {} for key in results.truth}
    for (name, seed, method), line in results.scores.items():
        lines[name, seed][method] = line
    refused: dict[tuple[str, int], dict[str, str]] = {key: {} for key in results.truth}
    for name, seed_text, method, why in records("refused.csv", _read(folder, "refused.csv"), _REFUSED_COLUMNS):
        if (key := (name, int(seed_text) - 1)) in refused:
            refused[key][as_it_was(method)] = as_it_was(why)
    return {
        key: Played(CASES[key[0]], key[1], tuple(truth), lines[key], refused[key])
        for key, truth in results.truth.items()
    }


def _part_name(case: Case, seed: int) -> str:
    return f"{case.name.replace('/', '+')}+{seed + 1}.json"


def write_tables(folder: Path, parts: Iterable[Played], seconds: float, costs: str) -> None:
    """The tables of all parts, ``costs.csv``, and ``made.json``: version, how much there is, machine and time."""
    ordered = sorted(parts, key=lambda own: (list(CASES).index(own.case.name), own.seed))
    counts = {name: sum(own.case.name == name for own in ordered) for name in CASES}
    made = {
        "result_version": RESULT_VERSION,
        "n_cases": sum(count > 0 for count in counts.values()),
        "methods": list(dict.fromkeys(name for own in ordered for name in own.lines if name != TRUTH)),
        "seeds_of_cases": {name: count for name, count in counts.items() if count},
        "settings": {name: dict(own) for name, own in SETTINGS.items()},
        SECONDS: round(seconds, 1),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
    }
    files = {
        "scores.csv": csv_text(SCORE_COLUMNS, _score_rows(ordered)),
        "truth.csv": csv_text(TRUTH_FILE_COLUMNS, _truth_rows(ordered)),
        "costs.csv": costs,
        "refused.csv": csv_text(_REFUSED_COLUMNS, _refused_rows(ordered)),
        "made.json": json.dumps(made, indent=1) + "\n",
    }
    write_whole(folder, {name: text.encode() for name, text in files.items()})


def read_costs(folder: Path) -> dict[tuple[str, int], float]:
    """By method and number of agents: processor seconds a round; nothing where none were measured."""
    if not (folder / "costs.csv").exists():
        return {}
    records = csv.DictReader(io.StringIO((folder / "costs.csv").read_text(encoding="utf-8")))
    return {(own["method"], int(own["n_agents"])): float(own["seconds_a_round"]) for own in records}


def _score_rows(parts: Sequence[Played]) -> Iterator[tuple[Any, ...]]:
    """Four digits: the fifth is chance's."""
    for own in parts:
        for method, line in own.lines.items():
            values = (line.get(name) for name in SCORES)
            yield (own.case.name, own.seed + 1, method, *(None if one is None else f"{one:.4g}" for one in values))


def _truth_rows(parts: Sequence[Played]) -> Iterator[tuple[Any, ...]]:
    for own in parts:
        scenario_id = own.case.scenario_of(own.seed).scenario_id
        for agent, line in enumerate(own.truth):
            yield (own.case.name, own.seed + 1, agent + 1, *(line[name] for name in TRUTH_COLUMNS), scenario_id)


def _refused_rows(parts: Sequence[Played]) -> Iterator[tuple[Any, ...]]:
    for own in parts:
        for method, why in own.refused.items():
            yield (own.case.name, own.seed + 1, method, why)


# -- tables that are read ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Results:
    """Tables as they are read: of cases that the program would make as they were made."""

    scores: Lines
    truth: Truths

    def with_more(self, other: Results) -> Results:
        """These, and others' methods of the same cases and seeds."""
        return Results({**self.scores, **other.scores}, {**self.truth, **other.truth})

    def among(self, places: Iterable[tuple[str, int]]) -> Results:
        """These, of some cases and seeds alone."""
        wanted = set(places)
        scores = {key: line for key, line in self.scores.items() if key[:2] in wanted}
        return Results(scores, {key: lines for key, lines in self.truth.items() if key in wanted})


def results_of(parts: Iterable[Played]) -> Results:
    """What the tables of these parts would have."""
    parts = list(parts)
    lines = {(own.case.name, own.seed, method): line for own in parts for method, line in own.lines.items()}
    return Results(lines, {(own.case.name, own.seed): list(own.truth) for own in parts})


def read_results(scores: str, truth: str) -> Results:
    """What ``scores.csv`` and ``truth.csv`` have, without cases that the program has no more or makes otherwise now.

    ``DataError`` for files of another kind.
    """
    truths: dict[tuple[str, int], list[Line]] = {}
    for name, seed, _agent, *values, scenario_id in records("truth.csv", truth, TRUTH_FILE_COLUMNS):
        if _scenario_id(name, int(seed)) == scenario_id:
            truths.setdefault((name, int(seed) - 1), []).append(_line(TRUTH_COLUMNS, values))
    lines: dict[tuple[str, int, str], Line] = {}
    for name, seed, method, *values, last in records("scores.csv", scores, SCORE_COLUMNS):
        if (name, int(seed) - 1) in truths:
            lines[name, int(seed) - 1, method] = _line(SCORES, [*values, last])
    return Results(lines, truths)


def records(file: str, text: str, columns: Sequence[str]) -> Iterator[list[str]]:
    """The cells of each line of a table whose second column counts seeds from 1; ``DataError`` names the line."""
    reader = csv.reader(io.StringIO(text))
    if tuple(next(reader, ())) != tuple(columns):
        raise DataError(f"{file}: must have the columns {', '.join(columns)}")
    for record in reader:
        if len(record) != len(columns) or not record[1].isdecimal():
            raise DataError(
                f"{file}, line {reader.line_num}: must have {len(columns)} cells, the second a whole number"
            )
        yield record


def _line(names: Sequence[str], cells: Sequence[str]) -> Line:
    try:
        return {name: float(cell) if cell else None for name, cell in zip(names, cells, strict=True)}
    except ValueError as error:
        raise DataError(f"leaderboard: numbers; got {error}") from None


@lru_cache(maxsize=4096)
def _scenario_id(name: str, seed: int) -> str | None:
    """Of a seed from 1."""
    return CASES[name].scenario_of(seed - 1).scenario_id if name in CASES else None


@lru_cache(maxsize=1)
def committed_results() -> Results:
    """The results that come with the program (cgs_core/data/leaderboard/LEADERBOARD.md says how they were made)."""
    return kept_results(COMMITTED_FOLDER)


def kept_results(folder: Path) -> Results:
    """What the command has written into a folder; nothing where there are no tables. ``DataError`` for other files."""
    if not (folder / "scores.csv").exists():
        return Results({}, {})
    return read_results(_read(folder, "scores.csv"), _read(folder, "truth.csv"))


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")
