"""Cases of the leaderboard computed in processes of their own, or on a Dask cluster; each with its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cgs_core.errors import JobError, failure_words
from cgs_core.mechanisms import VALUATIONS
from cgs_core.studies import processes
from cgs_core.studies.leaderboard.cases import CASES
from cgs_core.studies.leaderboard.lines import Played
from cgs_core.studies.leaderboard.methods import why_not_for
from cgs_core.studies.leaderboard.played import play
from cgs_core.studies.leaderboard.results import COST_COLUMNS
from cgs_core.studies.leaderboard.steady import Steadiness, steadiness
from cgs_core.studies.valuation_costs import valuation_seconds
from cgs_core.tidy import csv_text


@dataclass(frozen=True)
class Task:
    """A case by its name, a seed from 0, and the methods to compute it for."""

    case: str
    seed: int
    methods: tuple[str, ...]


@dataclass(frozen=True)
class SteadyTask:
    """A case by its name, a seed from 0, and the valuations whose steadiness is looked at."""

    case: str
    seed: int
    valuations: tuple[str, ...]


T = TypeVar("T", Task, SteadyTask)
R = TypeVar("R")
_COSTED = ("digits/equal-3", "digits/equal", "digits/equal-8")
Found = tuple[Played, float]
"""What came of a task, and its processor time in seconds."""


def computed(tasks: Sequence[Task], n_workers: int, scheduler: str | None = None) -> Iterator[Found]:
    """The tasks' results, each when it is done, from so many processes or from the Dask cluster of this address.

    ``JobError`` when a task fails, or the cluster cannot be reached.
    """
    yield from _computed(tasks, played, n_workers, scheduler)


def played(task: Task) -> Found:
    """A task computed here."""
    start = time.process_time()
    found = play(CASES[task.case], task.seed, task.methods)
    return found, time.process_time() - start


def steady(tasks: Sequence[SteadyTask], n_workers: int, scheduler: str | None = None) -> Iterator[Steadiness]:
    """The steadiness of each task, as of ``computed``."""
    yield from _computed(tasks, steady_played, n_workers, scheduler)


def steady_played(task: SteadyTask) -> Steadiness:
    """A task computed here."""
    return steadiness(CASES[task.case], task.seed, task.valuations)


def task_name(task: Task | SteadyTask) -> str:
    """For a sentence."""
    return f"{task.case}, seed {task.seed + 1}"


def _computed(tasks: Sequence[T], do: Callable[[T], R], n_workers: int, scheduler: str | None) -> Iterator[R]:
    if scheduler is None:
        yield from processes.computed(tasks, processes.Work(do, task_name, "a case"), n_workers)
    else:
        yield from _on_dask(tasks, do, scheduler)


def _on_dask(tasks: Sequence[T], do: Callable[[T], R], scheduler: str) -> Iterator[R]:
    """The same on the cluster's workers, which need this program and its data."""
    from distributed import Client, as_completed

    try:
        client = Client(scheduler, timeout=5)
    except OSError as error:
        raise JobError(f"The Dask scheduler at {scheduler} cannot be reached: {error}") from None
    with client:
        futures = client.map(do, tasks, pure=False)
        names = dict(zip((future.key for future in futures), map(task_name, tasks), strict=True))
        for future in as_completed(futures):
            try:
                yield future.result()
            except Exception as error:  # whatever a mechanism raises there, the one who asked must hear of it
                raise JobError(f"{names[future.key]} failed: {failure_words(error)}") from None


def costs_csv(valuations: Sequence[str]) -> str:
    """What each valuation costs a server a round, of 3, 5 and 8 agents, measured here and now: not to the byte."""
    rows: list[tuple[object, ...]] = []
    for name in _COSTED:
        scenario = CASES[name].scenario
        able = [own for own in valuations if why_not_for(scenario, own) is None]
        for own, seconds in valuation_seconds(scenario, able).items():
            rows.append((own, scenario.n_agents, f"{seconds:.3g}", VALUATIONS[own].n_models(scenario.n_agents)))
    return csv_text(COST_COLUMNS, rows)
