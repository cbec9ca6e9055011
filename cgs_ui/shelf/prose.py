"""The shelf in words: how a run stands, its settings and measures as people read them, and by how much they differ."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cgs_core.measures import MEASURES
from cgs_core.studies.side_by_side import differences, differing, mechanism_title, results, settings
from cgs_core.words.written import setting_text, written, written_change
from cgs_ui.shelf.contents import Pinned


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


# -- results -------------------------------------------------------------------------------------------------


def results_table(pinned: Sequence[Pinned], is_only_differing: bool, baseline: int | None) -> pd.DataFrame:
    """A measure a row, a run a column; behind each number what it differs from the baseline's by."""
    found, rows = results([one.trace for one in pinned]), []
    for name, measure in MEASURES.items():
        texts = [written(name, value) for value in found[name]]
        if is_only_differing and len(set(texts)) == 1:
            continue
        if baseline is not None:
            changes = differences(found[name], baseline)
            texts = [
                text if place == baseline or change is None else f"{text} ({written_change(name, change)})"
                for place, (text, change) in enumerate(zip(texts, changes, strict=True))
            ]
        rows.append(
            {"Measure": measure.title} | {one.entry.name: text for one, text in zip(pinned, texts, strict=True)}
        )
    return pd.DataFrame(rows)
