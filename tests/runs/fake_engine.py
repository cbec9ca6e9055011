"""A stand-in for the engine: rounds made of the scenario alone, held back by a gate where a test wants that.

As a program it is a worker that computes such rounds. The gate of a scenario is a file named after its start seed,
in the folder that the environment names; it holds how many rounds may be computed. Without the file all may.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from cgs_core.records import RoundRecord
from cgs_core.runs import worker
from cgs_core.scenario import Scenario

GATES = "CGS_TEST_GATES"
FAILING_SEED = 13


def fake_record(scenario: Scenario, round_index: int) -> RoundRecord:
    """A round whose numbers follow from the start seed and the round."""
    draw = np.random.default_rng([scenario.start_seed, round_index])
    values: dict[str, Any] = {
        field.name: draw.random(scenario.n_agents) if field.type == "np.ndarray" else draw.random()
        for field in fields(RoundRecord)
    }
    for name in ("right", "standalone_right", "fedavg_right"):
        del values[name]  # no test set: as in a trace saved before these were kept
    return RoundRecord(**values | {"round_index": round_index})


def set_gate(folder: Path, scenario: Scenario, n_rounds: int) -> None:
    """Let ``n_rounds`` rounds through."""
    unfinished = folder / "unfinished"
    unfinished.write_text(str(n_rounds))
    unfinished.replace(folder / str(scenario.start_seed))


def iterate(scenario: Scenario) -> Iterator[RoundRecord]:
    """The rounds, each as soon as the gate lets it through; the failing seed's scenario breaks in its second."""
    for round_index in range(scenario.n_rounds):
        while not _is_open(scenario, round_index):
            time.sleep(0.005)
        if scenario.start_seed == FAILING_SEED and round_index == 1:
            raise ValueError("the numbers ran out")
        yield fake_record(scenario, round_index)


def _is_open(scenario: Scenario, round_index: int) -> bool:
    gate = Path(os.environ.get(GATES, os.devnull)) / str(scenario.start_seed)
    return not gate.is_file() or round_index < int(gate.read_text())


if __name__ == "__main__":
    worker.main(iterate=worker.each_by_itself(iterate))
