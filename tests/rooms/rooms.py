"""A small game, a store whose clocks only tests move, and a worker in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cgs_core.records.ending import EndingRecord
from cgs_core.rooms import CONDUCTS, Game, Rooms, Rule
from cgs_core.runs import RunStore, worker
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import iterate
from tests.runs.helpers import Clock

SIZES = tuple(range(2, 12))


def small_game(n_agents: int = 4, **fields: object) -> Game:
    """On wines, of one round of training."""
    scenario = Scenario(dataset="wine", model="logistic", split="uniform", n_agents=n_agents, n_rounds=1)
    rules = (Rule("FedAvg", "fedavg"), Rule("CGSV", "cgsv"), Rule("generous", "cgsv", 20.0))
    given = {"sizes": SIZES, "coins": 20, "conducts": CONDUCTS} | fields
    return Game("A game", scenario, rules, **given)  # type: ignore[arg-type]


def made_store(folder: Path, clock: Clock, ticks: Clock | None = None) -> RunStore:
    return RunStore(folder / "runs.sqlite", fingerprint=lambda _: "1", clock=clock, ticks=ticks or clock)


def train(store: RunStore) -> None:
    """Let a worker do all that waits, with made-up numbers."""
    while claims := store.claim("a worker"):
        worker.run_claimed(store, claims, worker.each_by_itself(ending if claims[0].kind == "ending" else iterate))


def ending(scenario: Scenario) -> Iterator[EndingRecord]:
    """Of the same made-up numbers."""
    for record in iterate(scenario):
        yield EndingRecord(record.round_index, record.accuracy)


def go_to(rooms: Rooms, store: RunStore, teacher: str, wanted: str) -> None:
    """Through the phases that lie before it."""
    order = ("lobby", "choose", "training", "pay", "reflect")
    for phase in order[order.index(rooms.teacher(teacher).phase) + 1 : order.index(wanted) + 1]:
        if phase == "pay":
            train(store)
        rooms.advance(teacher, phase)  # type: ignore[arg-type]


def visitor(name: object) -> str:
    """A browser's token."""
    return f"{name}-of-a-browser-with-a-token"
