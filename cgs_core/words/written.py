"""A scenario's settings and a run's measures, as people read them."""

from __future__ import annotations

import math
from typing import Any

from cgs_core.figures.style import agent_name, percent, points, signed
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS
from cgs_core.scenario import CHOICES, Agent, Scenario, choice_of, field_facts
from cgs_core.scenario.own_data import OwnData
from cgs_core.studies.side_by_side import Setting, differing

_MOST_CHANGES = 5  # in a line


def number(measure: str, value: float | None) -> str:
    """A measure's number under a head that says "points"; a dash where it is undefined."""
    if value is None or not math.isfinite(value):
        return "–"
    unit = MEASURES[measure].unit
    if unit == "bytes":
        return f"{value / 1000:.1f} kB"
    if unit == "points":
        return points(value)
    return percent(value, 1) if unit == "percent" else signed(f"{value:.3f}")


def written(measure: str, value: float | None) -> str:
    """A measure's number with its unit; a dash where it is undefined."""
    text = number(measure, value)
    return f"{text} points" if MEASURES[measure].unit == "points" and text != "–" else text


def written_change(measure: str, change: float) -> str:
    """A signed difference of a measure's numbers: of percentages in points."""
    if MEASURES[measure].unit == "bytes":
        return signed(f"{change / 1000:+.1f} kB")
    return points(change) if MEASURES[measure].is_fraction else signed(f"{change:+.3f}")


def field_title(field: str) -> str:
    """A field as people read it, for instance "Altruism (β)" or "Agent 5: wrong labels"."""
    if not field:
        return "nothing else"
    if field == "mechanism":
        return "Mechanism"
    owner, dot, name = field.rpartition(".")
    facts = field_facts(name, Agent if dot else Scenario)
    title = f"{facts.title} ({facts.symbol})" if facts.symbol and not dot else facts.title
    return f"{agent_name(int(owner.removeprefix('agent')) - 1)}: {title.lower()}" if dot else title


def value_text(field: str, value: Any) -> str:
    """A value of a field as people read it."""
    if field == "mechanism":
        return MECHANISMS[value].title
    name = field.rpartition(".")[2]
    if name in CHOICES:
        return choice_of(name, value).title
    return "∞" if value == math.inf else f"{value:g}" if isinstance(value, float) else str(value)


def setting_text(setting: Setting, place: int, scenario: Scenario) -> str:
    """One run's value of a setting as people read it; a dash for what is empty or not there."""
    value: Any = setting.values[place]
    if value is None:
        return "–"
    if setting.field in ("copy_of", "shell_of"):
        return agent_name(value)
    if setting.field == "classes":
        return ", ".join(scenario.info.class_names[label] for label in value)
    if setting.field in CHOICES:
        return choice_of(setting.field, value).title
    if setting.field == "dataset":
        return scenario.info.title
    if isinstance(value, OwnData):
        return f"{value.name}, {value.sha256[:8]}"
    if setting.field == "label_noise":
        return percent(value, 1)
    if isinstance(value, float):
        return "∞" if math.isinf(value) else signed(f"{value:g}")
    return str(value)


def changes_text(before: Scenario, after: Scenario) -> str:
    """What differs between two scenarios, as "local epochs 5 (was 1)" one after the other; at most five of them."""
    found = [
        f"{_in_a_sentence(setting.title)} {setting_text(setting, 1, after)} (was {setting_text(setting, 0, before)})"
        for setting in differing([before, after])
        if setting.field != "own_data"
    ]
    more = [f"{len(found) - _MOST_CHANGES} more"] if len(found) > _MOST_CHANGES else []
    return ", ".join(found[:_MOST_CHANGES] + more)


def _in_a_sentence(title: str) -> str:
    return title if title.startswith("Agent ") else title[:1].lower() + title[1:]


def gain_points(gain: float) -> str:
    """A gain in signed points; a small one with so many decimals that it is not written as nothing."""
    return points(gain, 2 if 0 < abs(gain) < 0.001 else 1)


def unbroken(text: str) -> str:
    """No line break between a number and its percent sign, nor around ±."""
    return text.replace(" %", "\u00a0%").replace(" ± ", "\u00a0±\u00a0")
