"""What must follow the change of one field of a scenario."""

from __future__ import annotations

from typing import Any

from cgs_core import Scenario
from cgs_core.catalogue import DATASETS
from cgs_core.own_data import OWN_NAME, OwnData
from cgs_core.scenario import Agent, models_for
from cgs_ui.plain_text import plain
from cgs_ui.words import WORDS


def adjusted(scenario: Scenario, name: str, value: Any, own: OwnData | None = None) -> tuple[dict[str, Any], str]:
    """The change of one field with what must follow it, and a sentence on what followed ("" if nothing).

    ``own``: what the data set own stands for.
    """
    changes: dict[str, Any] = {name: value}
    notes = []
    if name == "n_agents":
        changes["agents"] = tuple(_without_lost_copy(agent, value) for agent in scenario.agents[:value])
        if scenario.n_samples is not None and scenario.n_samples < value:
            changes["n_samples"] = None
            notes.append("There were fewer samples than agents: the number of samples is the data set's own again.")
    if name == "dataset":
        changes["own_data"] = own if value == OWN_NAME else None
        info = own.info if value == OWN_NAME and own else DATASETS[value]
        title = plain(info.title) if value == OWN_NAME else info.title
        changes["n_samples"] = None
        changes["n_validation"] = min(scenario.n_validation, info.n_train // 2)
        changes["agents"] = tuple(_fitting(agent, info.n_train, info.n_classes) for agent in scenario.agents)
        if changes["agents"] != scenario.agents:
            notes.append(f"Edits that {title} cannot have (its classes, its number of samples) were taken back.")
        if scenario.model not in models_for(info):
            changes["model"] = "mlp"
            notes.append(f"{title} cannot go into {WORDS[scenario.model]}: the model is now {WORDS['mlp']}.")
    return changes, " ".join(notes)


def _without_lost_copy(agent: Agent, n_agents: int) -> Agent:
    is_lost = agent.copy_of is not None and agent.copy_of >= n_agents
    return agent.model_copy(update={"copy_of": None}) if is_lost else agent


def _fitting(agent: Agent, n_train: int, n_classes: int) -> Agent:
    shard_size = agent.shard_size if agent.shard_size is None or agent.shard_size <= n_train else None
    classes = agent.classes if agent.classes is None or max(agent.classes) < n_classes else None
    return agent.model_copy(update={"shard_size": shard_size, "classes": classes})
