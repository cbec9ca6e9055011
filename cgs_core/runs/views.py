"""What the store hands out: a run as it stands, and a worker's right to write one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cgs_core.records.frozen import FrozenRecord
from cgs_core.runs.kinds import KindName
from cgs_core.runs.transitions import RunStatus
from cgs_core.scenario import Scenario

AfterRound = Literal["go_on", "cancelled", "lost"]


@dataclass(frozen=True)
class RunView:
    """A run as it stands.

    ``rounds`` are those asked for, in order; ``queue_position`` is 1 for the next run to start, None when it is not
    waiting; ``error`` is a sentence for people when the run failed.
    """

    status: RunStatus
    rounds: tuple[FrozenRecord, ...]
    queue_position: int | None
    error: str | None

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come unless the scenario is submitted again."""
        return self.status not in ("queued", "running")


@dataclass(frozen=True)
class Claim:
    """A worker's right to write one run's rounds, until its lease ends or the run is taken from it.

    ``is_whole``: what is derived when somebody looks is to be in them.
    """

    run_id: str
    worker: str
    attempt: int
    kind: KindName
    scenario: Scenario
    is_whole: bool = False
