"""The study of estimators as files: games, errors of estimators, errors of values that train once.

``games.csv`` is trained; ``errors.csv`` follows from it; all are to the byte the same on one machine.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from cgs_core.errors import DataError
from cgs_core.places import write_whole
from cgs_core.studies.estimators.errors import BUDGETS, N_STREAMS, Error, sampling_errors
from cgs_core.studies.estimators.games import Game
from cgs_core.studies.leaderboard.cases import CASES
from cgs_core.studies.leaderboard.results import records
from cgs_core.tidy import csv_text
from cgs_core.version import RESULT_VERSION

COMMITTED_FOLDER = Path(__file__).parents[2] / "data" / "estimators"
SECONDS = "processor_seconds"
GAME_COLUMNS = ("case", "seed", "scenario_id", "n_test", "right")
ERROR_COLUMNS = ("case", "seed", "estimator", "budget", "models", "error")
REBUILT_COLUMNS = ("case", "seed", "method", "models_rebuilt", "error")

Key = tuple[str, int]
"""A case, and a seed from 0."""


@dataclass(frozen=True)
class Study:
    """Everything: errors by case and seed, and by estimator and budget; or by the name of a value that trains once."""

    games: Mapping[Key, Game]
    errors: Mapping[Key, Mapping[tuple[str, int], Error]]
    rebuilt: Mapping[Key, Mapping[str, Error]]


def write_study(
    folder: Path, games: Iterable[Game], rebuilt: Mapping[Key, Mapping[str, Error]], seconds: float
) -> None:
    """The tables of these games, and ``made.json``; errors of estimators are computed here."""
    ordered = sorted(games, key=lambda own: (list(CASES).index(own.case), own.seed))
    made = {
        "result_version": RESULT_VERSION,
        "budgets": list(BUDGETS),
        "streams": N_STREAMS,
        "games": len(ordered),
        SECONDS: round(seconds, 1),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
    }
    files = {
        "games.csv": csv_text(GAME_COLUMNS, map(_game_row, ordered)),
        "errors.csv": csv_text(ERROR_COLUMNS, _error_rows(ordered)),
        "rebuilt.csv": csv_text(REBUILT_COLUMNS, _rebuilt_rows(ordered, rebuilt)),
        "made.json": json.dumps(made, indent=1) + "\n",
    }
    write_whole(folder, {name: text.encode() for name, text in files.items()})


def _game_row(game: Game) -> Sequence[object]:
    scenario_id = CASES[game.case].scenario_of(game.seed).scenario_id
    return game.case, game.seed + 1, scenario_id, game.n_test, " ".join(map(str, game.right.tolist()))


def _error_rows(games: Iterable[Game]) -> Iterable[Sequence[object]]:
    """Four digits: the fifth is chance's."""
    for game in games:
        for (name, budget), (error, models) in sampling_errors(game).items():
            yield game.case, game.seed + 1, name, budget, f"{models:.4g}", f"{error:.4g}"


def _rebuilt_rows(games: Iterable[Game], rebuilt: Mapping[Key, Mapping[str, Error]]) -> Iterable[Sequence[object]]:
    for game in games:
        for name, (error, models) in rebuilt[game.case, game.seed].items():
            yield game.case, game.seed + 1, name, f"{models:.4g}", f"{error:.4g}"


def kept_study(folder: Path) -> Study:
    """What a folder has of cases that the program makes as they were made; nothing where there is none.

    ``DataError`` for files of another kind, or numbers of another version.
    """
    if not (folder / "games.csv").exists():
        return Study({}, {}, {})
    version = json.loads((folder / "made.json").read_text(encoding="utf-8")).get("result_version")
    if version != RESULT_VERSION:
        raise DataError(f"{folder}: results of version {RESULT_VERSION}; got {version}. Choose another folder")
    games: dict[Key, Game] = {}
    for case, seed, scenario_id, n_test, right in _records(folder, "games.csv", GAME_COLUMNS):
        key = case, int(seed) - 1
        if case in CASES and CASES[case].scenario_of(key[1]).scenario_id == scenario_id:
            games[key] = Game(*key, int(n_test), np.array(right.split(), np.intp))
    errors: dict[Key, dict[tuple[str, int], Error]] = {key: {} for key in games}
    for case, seed, name, budget, models, error in _records(folder, "errors.csv", ERROR_COLUMNS):
        if (key := (case, int(seed) - 1)) in games:
            errors[key][name, int(budget)] = float(error), float(models)
    rebuilt: dict[Key, dict[str, Error]] = {key: {} for key in games}
    for case, seed, name, models, error in _records(folder, "rebuilt.csv", REBUILT_COLUMNS):
        if (key := (case, int(seed) - 1)) in games:
            rebuilt[key][name] = float(error), float(models)
    return Study(games, errors, rebuilt)


@lru_cache(maxsize=1)
def committed_study() -> Study:
    """What comes with the program (cgs_core/data/estimators/ESTIMATORS.md says how it was made)."""
    return kept_study(COMMITTED_FOLDER)


def _records(folder: Path, file: str, columns: Sequence[str]) -> Iterator[list[str]]:
    return records(file, (folder / file).read_text(encoding="utf-8"), columns)
