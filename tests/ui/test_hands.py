"""Handles in the ledger: what can be moved, and that what a browser reports is checked like a link."""

from __future__ import annotations

from typing import Any

import pytest

from cgs_core import Scenario, ScenarioError
from cgs_core.data import federated_data
from cgs_core.scenario import Agent
from cgs_ui.playground.hands import handles, moved_scenario

PLAIN = Scenario(n_agents=3, n_rounds=2)


def moved(agent: object, field: object, value: object) -> dict[str, Any]:
    return {"agent": agent, "field": field, "value": value}


def test_a_handle_changes_one_field_of_one_agent() -> None:
    assert moved_scenario(PLAIN, moved(1, "shard_size", 40)).full_agents[1] == Agent(shard_size=40)
    assert moved_scenario(PLAIN, moved(2, "feature_noise", 1.5)).agents[2].feature_noise == 1.5
    new = moved_scenario(PLAIN.replace(agents=(Agent(label_noise=0.2),)), moved(0, "conduct", "free_rider"))
    assert new.agents[0] == Agent(label_noise=0.2, conduct="free_rider")


@pytest.mark.parametrize(
    "report",
    [
        None,
        [],
        "1",
        {},
        moved(0, "copy_of", 1),
        moved(0, ["conduct"], "honest"),
        moved(0, "model_config", {}),
        moved(True, "shard_size", 5),
        moved("0", "shard_size", 5),
        moved(3, "shard_size", 5),
        moved(-1, "shard_size", 5),
        moved(0, "shard_size", 10**9),
        moved(0, "shard_size", 1.5),
        moved(0, "label_noise", float("nan")),
        moved(0, "label_noise", 2),
        moved(0, "feature_noise", {"a": 1}),
        moved(0, "conduct", "<script>"),
        moved(0, "conduct", ["honest"]),
    ],
)
def test_what_a_browser_makes_up_is_refused(report: Any) -> None:
    with pytest.raises(ScenarioError):
        moved_scenario(PLAIN, report)


def test_a_handle_moves_the_noise_that_the_agents_have() -> None:
    def kinds(scenario: Scenario) -> list[str]:
        return [agent["noise"]["field"] for agent in handles(scenario, federated_data(scenario))]

    assert kinds(PLAIN) == ["label_noise"] * 3
    assert kinds(PLAIN.replace(agents=(Agent(feature_noise=1),))) == ["feature_noise"] * 3
    assert kinds(PLAIN.replace(agents=(Agent(feature_noise=1), Agent(label_noise=0.1)))) == [
        "feature_noise",
        "label_noise",
        "label_noise",
    ]
    assert kinds(Scenario(dataset="sentences", model="text_cnn", n_agents=3, n_samples=300)) == ["label_noise"] * 3


def test_sizes_are_before_repeats_and_a_copy_has_none() -> None:
    scenario = PLAIN.replace(agents=(Agent(shard_size=50, repeats=2), Agent(copy_of=0)))
    first, second, third = handles(scenario, federated_data(scenario))
    assert first["size"]["value"] == 50 and first["repeats"] == 2
    assert second["size"] is None
    assert third["size"]["value"] > 0 and third["size"]["max"] == scenario.info.n_train
