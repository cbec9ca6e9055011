"""Only the end of a run: its last accuracies to the byte, whatever the scenario."""

from __future__ import annotations

import pytest

from cgs_core import Scenario, run
from cgs_core.federation.ending import iterate_ending
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.records.ending import Ending, EndingRecord
from cgs_core.scenario import Agent

CHEATED = (Agent(conduct="echo"), Agent(conduct="free_rider"), Agent(shard_size=7, label_noise=0.4), Agent(shell_of=2))
ABSENT = (Agent(joins=2), Agent(leaves=2), Agent(delay=1))
WINE = Scenario(dataset="wine", model="logistic", n_agents=5, n_rounds=3, n_validation=20)
SCENARIOS = {
    "cheated": WINE.replace(agents=CHEATED),
    "absent": WINE.replace(agents=ABSENT),
    "one round": WINE.replace(n_rounds=1),
    "digits": Scenario(dataset="digits", model="mlp", n_agents=3, n_rounds=2, n_samples=90),
} | {name: with_mechanism(WINE, name) for name in MECHANISMS}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_end_is_that_of_the_run_to_the_byte(name: str) -> None:
    scenario = SCENARIOS[name]
    ending = Ending(scenario, tuple(iterate_ending(scenario)))
    assert ending.is_complete
    assert ending.rounds[-1].accuracy.tobytes() == run(scenario).rounds[-1].accuracy.tobytes()


def test_models_are_tried_after_the_last_round_alone_and_kept_as_bytes() -> None:
    rounds = list(iterate_ending(WINE))
    assert [one.accuracy.shape for one in rounds] == [(0,), (0,), (5,)]
    kept = EndingRecord.from_bytes(rounds[-1].to_bytes())
    assert kept.round_index == 2 and kept.agrees_with(rounds[-1])
