"""The shelf in words: how a run stands, its settings and measures as people read them, and by how much they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from cgs_core import Scenario
from cgs_core.figures import agent_name
from cgs_core.figures.style import percent, points, signed
from cgs_core.own_data import OwnData
from cgs_core.shelf import Setting, differences, differing, mechanism_title, results, settings
from cgs_ui.agents_table import CONDUCT_WORDS
from cgs_ui.shelf import Pinned
from cgs_ui.sweep_prose import MEASURES as SWEPT
from cgs_ui.words import WORDS

MEASURES = {name: (title, "percent" if is_percent else "plain") for name, (title, is_percent) in SWEPT.items()} | {
    "fedavg_accuracy": ("Accuracy of FedAvg's model", "percent"),
    "gini_gap": ("Inequality (Gini index)", "plain"),
    "proportionality_score": ("Gain in proportion to contribution (Jain index)", "plain"),
    "download_bytes": ("Download a round and agent", "bytes"),
    "valuation_pearson_score": ("Valuation against exact CGSV (Pearson r)", "plain"),
    "valuation_l1_error": ("Valuation against exact CGSV (distance)", "plain"),
}
"""The measures of a run, in the order of the table: title, how it is written."""


def summary(pinned: Pinned) -> str:
    """What a run is and how it stands, in one line."""
    scenario = pinned.entry.scenario
    what = f"{scenario.info.title}, {scenario.n_agents} agents, {mechanism_title(scenario)}"
    return f"{what}. {_state(pinned)}"


def _state(pinned: Pinned) -> str:
    done, total = pinned.trace.n_rounds, pinned.entry.scenario.n_rounds
    if pinned.trace.is_complete:
        return f"{total} rounds."
    if not pinned.entry.is_current:
        return "Made by an older version: not computed yet by this one."
    if pinned.entry.is_live:
        return "Waiting." if pinned.entry.status == "queued" else f"Training: round {done} of {total}."
    return f"{'Failed' if pinned.entry.status == 'failed' else 'Stopped'} after round {done} of {total}."


# -- settings ------------------------------------------------------------------------------------------------


def settings_table(pinned: Sequence[Pinned], is_only_differing: bool) -> pd.DataFrame:
    """A setting a row, a run a column; its name is the column's."""
    scenarios = [one.entry.scenario for one in pinned]
    shown = differing(scenarios) if is_only_differing else settings(scenarios)
    rows = [
        {"Setting": setting.title}
        | {one.entry.name: setting_text(setting, place, one.entry.scenario) for place, one in enumerate(pinned)}
        for setting in shown
    ]
    return pd.DataFrame(rows)


def setting_text(setting: Setting, place: int, scenario: Scenario) -> str:
    """One run's value of a setting as people read it; a dash for what is empty or not there."""
    value: Any = setting.values[place]
    if value is None:
        return "–"
    if setting.field == "copy_of":
        return agent_name(value)
    if setting.field == "classes":
        return ", ".join(scenario.info.class_names[label] for label in value)
    if setting.field == "conduct":
        return CONDUCT_WORDS[value]
    if setting.field == "dataset":
        return scenario.info.title
    if isinstance(value, OwnData):
        return f"{value.name}, {value.sha256[:8]}"
    if setting.field == "label_noise":
        return percent(value, 1)
    if isinstance(value, float):
        return "∞" if math.isinf(value) else signed(f"{value:g}")
    return WORDS.get(value, str(value)) if isinstance(value, str) else str(value)


# -- results -------------------------------------------------------------------------------------------------


def results_table(pinned: Sequence[Pinned], is_only_differing: bool, baseline: int | None) -> pd.DataFrame:
    """A measure a row, a run a column; behind each number what it differs from the baseline's by."""
    found, rows = results([one.trace for one in pinned]), []
    for name, (title, style) in MEASURES.items():
        texts = [written(value, style) for value in found[name]]
        if is_only_differing and len(set(texts)) == 1:
            continue
        if baseline is not None:
            changes = differences(found[name], baseline)
            texts = [
                text if place == baseline or change is None else f"{text} ({written_change(change, style)})"
                for place, (text, change) in enumerate(zip(texts, changes, strict=True))
            ]
        rows.append({"Measure": title} | {one.entry.name: text for one, text in zip(pinned, texts, strict=True)})
    return pd.DataFrame(rows)


def written(value: float | None, style: str) -> str:
    """A measure's number; a dash where it is undefined."""
    if value is None:
        return "–"
    if style == "bytes":
        return f"{value / 1000:.1f} kB"
    return percent(value, 1) if style == "percent" else signed(f"{value:.3f}")


def written_change(change: float, style: str) -> str:
    """A signed difference: of percentages in points."""
    if style == "bytes":
        return signed(f"{change / 1000:+.1f} kB")
    return points(change) if style == "percent" else signed(f"{change:+.3f}")
