"""Trains what a lesson needs, here and now: for the command line and tests. A page asks the store instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cgs_core.federation.experiment import run_batch
from cgs_core.federation.retrained_game import retrained_game
from cgs_core.lessons.lesson import Job
from cgs_core.records import Trace
from cgs_core.records.game import RetrainedGame
from cgs_core.scenario import MECHANISM_FIELDS, Scenario


def train(jobs: Iterable[Job]) -> dict[Job, Trace | RetrainedGame]:
    """Train what is asked for, each once. Raises as ``trained_one_by_one`` does."""
    return dict(trained_one_by_one(jobs))


def trained_one_by_one(jobs: Iterable[Job]) -> Iterator[tuple[Job, Trace | RetrainedGame]]:
    """The same as it comes; runs that differ in the mechanism only are trained side by side.

    Raises
    ------
    DataError, ScenarioError: as ``run`` and ``retrained_game`` do.
    """
    batches: dict[Scenario, list[Job]] = {}
    for job in dict.fromkeys(jobs):
        if job.kind == "run":
            batches.setdefault(_without_mechanism(job.scenario), []).append(job)
        else:
            yield job, retrained_game(job.scenario)
    for batch in batches.values():
        yield from zip(batch, run_batch([one.scenario for one in batch]), strict=True)


def _without_mechanism(scenario: Scenario) -> Scenario:
    """What the scenarios of one batch have in common."""
    plain = Scenario()
    return scenario.replace(**{name: getattr(plain, name) for name in MECHANISM_FIELDS})
