"""A scenario out of a link that people may have changed, or that another version of the app has made.

A number that is too large or too small is replaced by the nearest one that is allowed, and that is said. What has no
nearest value (a wrong type, an unknown choice) is refused by ``Scenario``, which names the field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from cgs_core.errors import ScenarioError
from cgs_core.scenario.agent import Agent
from cgs_core.scenario.catalogue import DATASETS, DatasetInfo
from cgs_core.scenario.own_data import OWN_NAME, OwnData
from cgs_core.scenario.scenario import MAX_AGENTS, SCHEMA_VERSION, Scenario, field_facts
from cgs_core.scenario.text import fields_of, unpacked

_Owner = type[Agent] | type[Scenario]
_Range = tuple[float, float]  # the least and the most


def scenario_from_link(text: str) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario of a link's text, and a sentence on each value that is not as it came.

    Raises ``ScenarioError``, which names the field, where the rest cannot be opened.
    """
    fields, notices = fields_of(unpacked(text)), list[str]()
    version = fields.get("schema_version", SCHEMA_VERSION)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        notices.append(f"A newer version of the app made this link (schema {version}; here {SCHEMA_VERSION}).")
        fields = _known(fields, Scenario, "", notices) | {"schema_version": SCHEMA_VERSION}
        fields = _with_agents(fields, lambda agent, path: _known(agent, Agent, path, notices))
    n_train, tighter = _limits(fields)
    fields = _clamped(fields, Scenario, "", tighter, notices)
    n_agents, agents = fields.get("n_agents", Scenario().n_agents), fields.get("agents")
    if isinstance(agents, list) and isinstance(n_agents, int) and len(agents) > n_agents:
        notices.append(f"agents: {len(agents)} came, the first {n_agents} are used.")
        fields["agents"] = agents[:n_agents]
    fields = _with_agents(
        fields, lambda agent, path: _clamped(agent, Agent, path, {"shard_size": (1, n_train)}, notices)
    )
    return Scenario.from_fields(fields), tuple(notices)


def _with_agents(fields: dict[str, Any], change: Callable[[dict[str, Any], str], dict[str, Any]]) -> dict[str, Any]:
    """The fields with each agent changed; what is no list of agents is left for ``Scenario`` to refuse."""
    agents = fields.get("agents")
    if not isinstance(agents, list):
        return fields
    changed = [
        change(agent, f"agents[{index}].") if isinstance(agent, dict) else agent for index, agent in enumerate(agents)
    ]
    return fields | {"agents": changed}


def _known(fields: dict[str, Any], owner: _Owner, path: str, notices: list[str]) -> dict[str, Any]:
    """Without the fields and the choices that this version does not know."""
    kept = {}
    for name, value in fields.items():
        if name == "schema_version":
            continue
        if name not in owner.model_fields:
            notices.append(f"{path}{name}: not known here, left out.")
        elif (choices := field_facts(name, owner).choices) and value not in choices:
            default = field_facts(name, owner).default
            notices.append(f"{path}{name}: {value!r:.40} is not known here, {default!r} is used.")
        else:
            kept[name] = value
    return kept


def _limits(fields: Mapping[str, Any]) -> tuple[float, dict[str, _Range]]:
    """The data set's number of training samples, and what it allows fields; infinity where it is unknown."""
    info = _info(fields)
    if info is None:
        return math.inf, {}
    n_validation, most = fields.get("n_validation", 0), info.n_train // 2
    is_taken = isinstance(n_validation, int) and info.kind != "plane"
    n_pool = info.n_train - (min(max(n_validation, 0), most) if is_taken else 0)
    n_agents = fields.get("n_agents", Scenario().n_agents)
    least = max(0, min(n_agents, n_pool, MAX_AGENTS)) if isinstance(n_agents, int) else 0
    return info.n_train, {"n_validation": (0, most), "n_samples": (least, n_pool), "n_agents": (0, n_pool)}


def _info(fields: Mapping[str, Any]) -> DatasetInfo | None:
    """The facts of the link's data set, bundled or a person's own; None where they are not to be read."""
    name, own = str(fields.get("dataset", Scenario().dataset)), fields.get("own_data")
    if name != OWN_NAME or not isinstance(own, dict):
        return DATASETS.get(name)
    try:
        return OwnData(**own).info
    except ScenarioError:
        return None


def _clamped(
    fields: dict[str, Any], owner: _Owner, path: str, tighter: Mapping[str, _Range], notices: list[str]
) -> dict[str, Any]:
    """Numbers within the bounds of their fields, and within the tighter ones."""
    near = dict(fields)
    for name, value in fields.items():
        if name not in owner.model_fields or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        facts = field_facts(name, owner)
        low, high = tighter.get(name, (-math.inf, math.inf))
        highest = min(math.inf if facts.highest is None else facts.highest, high)
        bounded = max(-math.inf if facts.minimum is None else facts.minimum, low, min(value, highest))
        if bounded != value:
            near[name] = bounded
            notices.append(f"{path}{name}: {value!r:.40} came, {bounded!r} is used.")
    return near
