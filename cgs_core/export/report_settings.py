"""What every report says: what agents bring, all settings, the changed ones marked, and what made the numbers."""

from __future__ import annotations

import platform
from importlib.metadata import version

from cgs_core.data import FederatedData
from cgs_core.export.page_parts import link_part, paragraph, section, table
from cgs_core.figures.agents.shards import shard_words
from cgs_core.scenario import Agent, Scenario, field_facts
from cgs_core.studies.side_by_side import Setting, settings
from cgs_core.version import RESULT_VERSION, __version__
from cgs_core.words.written import setting_text


def settings_part(scenario: Scenario, left_out: frozenset[str] = frozenset()) -> str:
    """The section of all settings, those of edited agents included.

    Parameters
    ----------
    left_out: fields that are not the scenario's here, as each mechanism of a comparison has its own.
    """
    shown = [setting for setting in settings([scenario]) if setting.field not in left_out]
    rows = [_row(setting, scenario) for setting in shown]
    changed = frozenset(place for place, setting in enumerate(shown) if _is_changed(setting))
    words = (
        f"{len(changed)} of {len(shown)} differ from the default; they are marked."
        if changed
        else ("All settings have their defaults.")
    )
    heads = ["Setting", "Here", "Default", "Changed", "What it is"]
    return section("Settings", "settings", table(words, heads, rows, changed))


def _row(setting: Setting, scenario: Scenario) -> list[str]:
    facts = field_facts(setting.field, Scenario if setting.agent_index is None else Agent)
    symbol = f" {facts.symbol}" if facts.symbol else ""
    default = Setting(setting.field, setting.title, setting.agent_index, (facts.default,))
    return [
        setting.title + symbol,
        setting_text(setting, 0, scenario),
        setting_text(default, 0, Scenario()),
        "changed" if _is_changed(setting) else "",
        facts.help,
    ]


def _is_changed(setting: Setting) -> bool:
    owner = Scenario if setting.agent_index is None else Agent
    return bool(setting.values[0] != field_facts(setting.field, owner).default)


def brings(scenario: Scenario, data: FederatedData, agent_index: int) -> str:
    """What an agent brings, for instance "71 samples · 30 % wrong"; no line breaks within a part."""
    return " · ".join(part.replace(" ", "\u00a0") for part in shard_words(scenario, data, agent_index))


def own_data_note(scenario: Scenario) -> str:
    """Of a run on a person's own data: that they are not in the report; else nothing."""
    if (own := scenario.own_data) is None:
        return ""
    return paragraph(
        f"The data are not in this report. It says of them what a scenario does: their name ({own.name}), "
        f"their classes and sizes, and a hash ({own.sha256[:12]}…) by which the file can be told. No "
        "sample is drawn."
    )


def source_part(scenario: Scenario, link: str | None) -> str:
    """The section of what the numbers were made with, and how to get them again."""
    rows = [
        ["Scenario", scenario.scenario_id],
        ["cgs", f"{__version__} (numbers of version {RESULT_VERSION})"],
        ["Python", platform.python_version()],
        ["NumPy", version("numpy")],
        ["Plotly", version("plotly")],
        *([name, own] for name, _, own in (one.partition("==") for one in scenario.added_versions)),
    ]
    words = "The same scenario, program version and kind of machine give the same numbers."
    there = link_part("Open this in the app", link) if link else ""
    return section("How to get this again", "source", table(words, ["What", "Which"], rows), there)
