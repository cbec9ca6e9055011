"""What must follow the change of one field of a scenario."""

from __future__ import annotations

from typing import Any

from cgs_core import Scenario
from cgs_core.scenario import Agent, choice_of, choices_for, field_facts
from cgs_core.scenario.catalogue import DATASETS, DatasetInfo
from cgs_core.scenario.own_data import OWN_NAME, OwnData
from cgs_ui.plain_text import plain

_TEXT_NUMBERS = {"learning_rate": 1.0, "update_norm": 0.5, "n_rounds": 30}  # with which text is learned in fewer rounds


def adjusted(scenario: Scenario, name: str, value: Any, own: OwnData | None = None) -> tuple[dict[str, Any], str]:
    """The change of one field with what must follow it, and a sentence on what followed ("" if nothing).

    ``own``: what the data set own stands for.
    """
    changes: dict[str, Any] = {name: value}
    notes = []
    if name == "n_agents":
        changes["agents"] = tuple(_without_lost_ties(agent, value) for agent in scenario.agents[:value])
        if scenario.n_samples is not None and scenario.n_samples < value:
            changes["n_samples"] = None
            notes.append("There were fewer samples than agents: the number of samples is the data set's own again.")
    if name == "dataset":
        changes["own_data"] = own if value == OWN_NAME else None
        info = own.info if value == OWN_NAME and own else DATASETS[value]
        title = plain(info.title) if value == OWN_NAME else info.title
        changes["n_samples"] = None
        changes["n_validation"] = min(scenario.n_validation, info.n_train // 2)
        changes["agents"] = tuple(_fitting(agent, info) for agent in scenario.agents)
        if changes["agents"] != scenario.agents:
            what = "blur" if info.kind == "text" else "its classes, its number of samples"
            notes.append(f"Edits that {title} cannot have ({what}) were taken back.")
        if scenario.split not in choices_for("split", info):
            changes["split"] = field_facts("split").default
            what = choice_of("split", scenario.split).takes
            notes.append(f"{title} has no {what}: the split is now {choice_of('split', changes['split']).title}.")
        if scenario.model not in choices_for("model", info):
            more, note = _other_model(scenario, info, title)
            changes |= more
            notes.append(note)
    return changes, " ".join(notes)


def _without_lost_ties(agent: Agent, n_agents: int) -> Agent:
    """The same agent, tied to nobody who is not there any more."""
    ties = {name: getattr(agent, name) for name in ("copy_of", "shell_of")}
    lost = {name: None for name, other in ties.items() if other is not None and other >= n_agents}
    return agent.model_copy(update=lost)


def _other_model(scenario: Scenario, info: DatasetInfo, title: str) -> tuple[dict[str, Any], str]:
    """A model that the data set takes; with text, the numbers that it learns well with, unless they were changed."""
    model = "text_cnn" if info.kind == "text" else "mlp"
    usual = {name: field_facts(name).default for name in _TEXT_NUMBERS}
    before, after = (usual, _TEXT_NUMBERS) if model == "text_cnn" else (_TEXT_NUMBERS, usual)
    is_text = "text" in (info.kind, scenario.info.kind)
    numbers = {name: after[name] for name in after if is_text and getattr(scenario, name) == before[name]}
    said = ", ".join(f"{field_facts(name).title.lower()} {value:g}" for name, value in numbers.items())
    ending = f", and it learns with {said}" if said else ""
    old, new = (choice_of("model", name).title for name in (scenario.model, model))
    words = f"{title} cannot go into {old}: the model is now {new}{ending}."
    return {"model": model} | numbers, words


def _fitting(agent: Agent, info: DatasetInfo) -> Agent:
    shard_size = agent.shard_size if agent.shard_size is None or agent.shard_size <= info.n_train else None
    classes = agent.classes if agent.classes is None or max(agent.classes) < info.n_classes else None
    blur = 0.0 if info.kind == "text" else agent.feature_noise
    return agent.model_copy(update={"shard_size": shard_size, "classes": classes, "feature_noise": blur})
