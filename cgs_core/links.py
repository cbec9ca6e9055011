"""A scenario out of a link that people may have changed, or that another version of the app has made.

A number that is too large or too small is replaced by the nearest one that is allowed, and that is said. What has no
nearest value (a wrong type, an unknown choice) is refused by ``Scenario``, which names the field.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from cgs_core.catalogue import DATASETS
from cgs_core.scenario import SCHEMA_VERSION, Agent, Scenario, field_facts
from cgs_core.scenario_text import fields_of, unpacked

_Owner = type[Agent] | type[Scenario]


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
    fields = _with_agents(fields, lambda agent, path: _clamped(agent, Agent, path, {"shard_size": n_train}, notices))
    return Scenario.from_fields(fields), tuple(notices)


def _with_agents(fields: dict[str, Any], change: Callable[[dict[str, Any], str], dict[str, Any]]) -> dict[str, Any]:
    """The fields with each agent changed; what is no list of agents is left for ``Scenario`` to refuse."""
    agents = fields.get("agents")
    if not isinstance(agents, list):
        return fields
    changed = [change(agent, f"agents[{index}].") if isinstance(agent, dict) else agent
               for index, agent in enumerate(agents)]  # fmt: skip
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


def _limits(fields: Mapping[str, Any]) -> tuple[float, dict[str, float]]:
    """The data set's number of training samples, and what it allows fields at most; infinity where it is unknown."""
    info = DATASETS.get(str(fields.get("dataset", Scenario().dataset)))
    if info is None:
        return math.inf, {}
    n_validation, most = fields.get("n_validation", 0), info.n_train // 2
    is_taken = isinstance(n_validation, int) and info.kind != "plane"
    n_pool = info.n_train - (min(max(n_validation, 0), most) if is_taken else 0)
    return info.n_train, {"n_validation": most, "n_samples": n_pool}


def _clamped(
    fields: dict[str, Any], owner: _Owner, path: str, tighter: Mapping[str, float], notices: list[str]
) -> dict[str, Any]:
    """Numbers within the bounds of their fields, and below the tighter maxima."""
    near = dict(fields)
    for name, value in fields.items():
        if name not in owner.model_fields or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        facts = field_facts(name, owner)
        highest = min(math.inf if facts.highest is None else facts.highest, tighter.get(name, math.inf))
        bounded = max(-math.inf if facts.minimum is None else facts.minimum, min(value, highest))
        if bounded != value:
            near[name] = bounded
            notices.append(f"{path}{name}: {value!r:.40} came, {bounded!r} is used.")
    return near
