"""What single fields of a scenario cannot say: which of their values go together. Raises ``ScenarioError``."""

from __future__ import annotations

from typing import Protocol

from cgs_core.errors import ScenarioError
from cgs_core.scenario.agent import Agent
from cgs_core.scenario.catalogue import DATASETS, DatasetInfo
from cgs_core.scenario.registry import choice_of, choices_of

MAX_EDITED_SAMPLES = 60_000  # what one run may ask of a small server's memory


def models_for(info: DatasetInfo) -> tuple[str, ...]:
    """The models that a data set's samples can go into."""
    return choices_for("model", info)


def choices_now(kind: str, scenario: Checked) -> tuple[str, ...]:
    """The choices of a field that this many agents and samples set aside allow: "valuation" or "reward_rule"."""
    return tuple(
        name
        for name, choice in choices_of(kind).items()
        if (scenario.n_validation or not choice.needs_validation)
        and (scenario.is_always_there or not choice.needs_all_there)
        and (choice.most_agents is None or scenario.n_agents <= choice.most_agents)
    )


def choices_for(kind: str, info: DatasetInfo) -> tuple[str, ...]:
    """The choices of a field, for instance "split", that are for a data set."""
    return tuple(name for name, choice in choices_of(kind).items() if choice.fits(info))


class Checked(Protocol):
    """What is read here of a scenario."""

    @property
    def dataset(self) -> str: ...
    @property
    def info(self) -> DatasetInfo: ...
    @property
    def n_agents(self) -> int: ...
    @property
    def n_samples(self) -> int | None: ...
    @property
    def n_validation(self) -> int: ...
    @property
    def n_pool(self) -> int: ...
    @property
    def agents(self) -> tuple[Agent, ...]: ...
    @property
    def full_agents(self) -> tuple[Agent, ...]: ...
    @property
    def model(self) -> str: ...
    @property
    def split(self) -> str: ...
    @property
    def valuation(self) -> str: ...
    @property
    def reward_rule(self) -> str: ...
    @property
    def importance_rule(self) -> str: ...
    @property
    def n_rounds(self) -> int: ...
    @property
    def is_always_there(self) -> bool: ...


def check_sizes(scenario: Checked) -> None:
    """Agents, samples and those set aside fit into the data, and edited shards into a small server's memory."""
    n_train, n_pool = scenario.info.n_train, scenario.n_pool
    if n_pool < n_train / 2:
        allowed = f"must be at most {n_train // 2}, half of the training samples of '{scenario.dataset}'"
        raise ScenarioError("n_validation", allowed, scenario.n_validation)
    if n_pool < scenario.n_agents:
        allowed = f"must be at most {n_pool}, the training samples of '{scenario.dataset}' that can be shared out"
        raise ScenarioError("n_agents", allowed, scenario.n_agents)
    if scenario.n_samples is not None and not scenario.n_agents <= scenario.n_samples <= n_pool:
        less = f" less the {n_train - n_pool} set aside" if n_pool < n_train else ""
        allowed = (
            f"must be from n_agents = {scenario.n_agents} to {n_pool}, the training samples of "
            f"'{scenario.dataset}'{less}"
        )
        raise ScenarioError("n_samples", allowed, scenario.n_samples)
    edited = sum((agent.shard_size or 0) * agent.repeats for agent in scenario.agents)
    if edited > MAX_EDITED_SAMPLES:
        raise ScenarioError(
            "agents", f"their shard_size times their repeats must add up to at most {MAX_EDITED_SAMPLES}", edited
        )
    if len(scenario.agents) > scenario.n_agents:
        allowed = f"must list at most n_agents = {scenario.n_agents} agents"
        raise ScenarioError("agents", allowed, len(scenario.agents))


def check_choices(scenario: Checked) -> None:
    """The model takes what the data are, owners are there for a split by owner, and samples are set aside if needed."""
    info, model = scenario.info, scenario.model
    if not choice_of("model", model).fits(info):
        fitting = ", ".join(other.name for other in DATASETS.values() if model in models_for(other))
        allowed = f"'{model}' is for {choice_of('model', model).takes} ({fitting}); '{scenario.dataset}' takes "
        raise ScenarioError("model", allowed + ", ".join(models_for(info)), model)
    if not (split := choice_of("split", scenario.split)).fits(info):
        fitting = ", ".join(other.name for other in DATASETS.values() if split.fits(other))
        allowed = f"'{scenario.split}' needs data that have {split.takes} ({fitting}); not '{scenario.dataset}'"
        raise ScenarioError("split", allowed, scenario.split)
    for field, name in (("valuation", scenario.valuation), ("reward_rule", scenario.reward_rule)):
        choice = choice_of(field, name)
        if choice.needs_validation and scenario.n_validation == 0:
            raise ScenarioError("n_validation", f"must be at least 1: '{name}' needs them", 0)
        if choice.most_agents is not None and scenario.n_agents > choice.most_agents:
            allowed = f"must be at most {choice.most_agents} for the {field.replace('_', ' ')} '{name}'"
            raise ScenarioError("n_agents", allowed, scenario.n_agents)


def check_presence(scenario: Checked) -> None:
    """Somebody belongs to the federation in every round, and the rules do not themselves say who takes part."""
    if scenario.is_always_there:
        return
    for field, name in (("reward_rule", scenario.reward_rule), ("importance_rule", scenario.importance_rule)):
        if (choice := choice_of(field, name)).needs_all_there:
            allowed = f"'{choice.title}' is for agents that are always there: participation 1, and of all agents "
            raise ScenarioError(field, f"{allowed}joins 1, leaves empty and delay 0", name)
    n_rounds, there = scenario.n_rounds, set[int]()
    for index, agent in enumerate(scenario.full_agents):
        last = n_rounds if agent.leaves is None else agent.leaves
        if last < agent.joins:
            raise ScenarioError(f"agents[{index}].leaves", f"must be at least joins = {agent.joins}", agent.leaves)
        there.update(range(agent.joins, min(last, n_rounds) + 1))
    if empty := sorted(set(range(1, n_rounds + 1)) - there):
        allowed = f"must leave somebody in every round: in round {empty[0]} nobody has joined who has not left"
        raise ScenarioError("agents", allowed, [(agent.joins, agent.leaves) for agent in scenario.full_agents])


def check_agents(scenario: Checked) -> None:
    """Every edit is one that the data and the other agents allow."""
    info = scenario.info
    for index, agent in enumerate(scenario.agents):
        path = f"agents[{index}]"
        if agent.feature_noise > 0 and info.kind == "text":
            allowed = f"must be 0 for text ('{info.name}'), whose words are no quantities; label_noise may be more"
            raise ScenarioError(f"{path}.feature_noise", allowed, agent.feature_noise)
        if agent.shard_size is not None and agent.shard_size > info.n_train:
            allowed = f"must be at most {info.n_train}, the training samples of '{info.name}'"
            raise ScenarioError(f"{path}.shard_size", allowed, agent.shard_size)
        if agent.classes is not None:
            inside = all(0 <= label < info.n_classes for label in agent.classes)
            if not inside or len(set(agent.classes)) != len(agent.classes):
                allowed = f"must be different class numbers from 0 to {info.n_classes - 1}"
                raise ScenarioError(f"{path}.classes", allowed, list(agent.classes))
        if agent.copy_of is not None:
            _check_copy(scenario, path, index, agent.copy_of)
        if agent.shell_of is not None:
            _check_shell(scenario, path, index, agent.shell_of)


def _check_copy(scenario: Checked, path: str, index: int, source: int) -> None:
    field = f"{path}.copy_of"
    if source >= scenario.n_agents or source == index:
        raise ScenarioError(field, f"must be the index of another agent, from 0 to {scenario.n_agents - 1}", source)
    if scenario.full_agents[source].copy_of is not None:
        raise ScenarioError(field, "must be an agent that does not itself copy another", source)
    if scenario.agents[index].shard_size is not None or scenario.agents[index].classes is not None:
        raise ScenarioError(field, "a copy has the copied agent's samples: leave shard_size and classes empty", source)


def _check_shell(scenario: Checked, path: str, index: int, source: int) -> None:
    field, agent = f"{path}.shell_of", scenario.agents[index]
    if source >= scenario.n_agents or source == index:
        raise ScenarioError(field, f"must be the index of another agent, from 0 to {scenario.n_agents - 1}", source)
    if scenario.full_agents[source].copy_of is not None or scenario.full_agents[source].shell_of is not None:
        raise ScenarioError(field, "must be an agent that is itself no copy and no shell", source)
    if agent.shard_size is not None or agent.classes is not None or agent.copy_of is not None:
        allowed = "a shell has part of that agent's samples: leave shard_size, classes and copy_of empty"
        raise ScenarioError(field, allowed, source)
    if sum(other.shell_of is None for other in scenario.full_agents) < 2:
        raise ScenarioError(field, "must be empty of at least two agents, whom the split is for", source)
