"""What a background job can compute of a scenario, and what its rounds are read as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cgs_core.records import RoundRecord, Trace
from cgs_core.records.ending import Ending, EndingRecord
from cgs_core.records.engine_check import CheckRecord, EngineCheck
from cgs_core.records.frozen import FrozenRecord
from cgs_core.records.game import GameRecord, RetrainedGame
from cgs_core.scenario import Scenario

KindName = Literal["run", "retrained_game", "engine_check", "ending"]
Rounds = Trace | RetrainedGame | EngineCheck | Ending  # a job's rounds so far, with its scenario


@dataclass(frozen=True)
class Kind:
    """One kind of job: the record of its rounds, what they make together, what its ids end in."""

    record: type[FrozenRecord]
    rounds: Any  # (scenario, records) -> Rounds
    suffix: str


KINDS: dict[KindName, Kind] = {
    "run": Kind(RoundRecord, Trace, ""),
    "retrained_game": Kind(GameRecord, RetrainedGame, "-game"),
    "engine_check": Kind(CheckRecord, EngineCheck, "-check"),
    "ending": Kind(EndingRecord, Ending, "-end"),
}


def job_id(scenario: Scenario, kind: KindName = "run") -> str:
    """The id of a kind of job on a scenario; a run's is the scenario's own."""
    return scenario.scenario_id + KINDS[kind].suffix
