"""Games trained in processes of their own, each with the time that it took."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgs_core.studies import processes
from cgs_core.studies.estimators.errors import Error, rebuilt_errors
from cgs_core.studies.estimators.games import Game, rebuilt_games, trained_game


@dataclass(frozen=True)
class Task:
    """A case by its name, and a seed from 0."""

    case: str
    seed: int


@dataclass(frozen=True, eq=False)
class Found:
    """A game, the errors of values that train once, and the processor time in seconds."""

    game: Game
    rebuilt: dict[str, Error]
    seconds: float


def computed(tasks: Sequence[Task], n_workers: int) -> Iterator[Found]:
    """The tasks' results, each when it is done. ``JobError`` when one fails."""
    yield from processes.computed(tasks, processes.Work(trained, task_name, "a game"), n_workers)


def trained(task: Task) -> Found:
    """A task computed here."""
    start = time.process_time()
    game = trained_game(task.case, task.seed)
    errors = rebuilt_errors(game, rebuilt_games(task.case, task.seed))
    return Found(game, errors, time.process_time() - start)


def task_name(task: Task) -> str:
    """For a sentence."""
    return f"the game of {task.case}, seed {task.seed + 1}"
