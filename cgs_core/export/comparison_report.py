"""A comparison of mechanisms as a report: one HTML file that can be read offline and printed."""

from __future__ import annotations

from cgs_core.data import federated_data
from cgs_core.export.definitions import definition_list
from cgs_core.export.page_parts import figure_part, page, paragraph, section, table
from cgs_core.export.report_settings import brings, own_data_note, settings_part, source_part
from cgs_core.export.run_figures import COMPARISON_FIGURES, comparison_figures
from cgs_core.figures.style import agent_name, percent
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS, ROW_FIELDS, with_mechanism
from cgs_core.scenario import choice_of
from cgs_core.studies.comparison import Comparison
from cgs_core.studies.side_by_side import scenario_words
from cgs_core.words.comparison_findings import PROPERTIES, TABULATED, headline, mean, stars, verdict
from cgs_core.words.written import number

_CONTENTS = (
    ("findings", "Findings"),
    ("agents", "Agents"),
    ("figures", "Figures"),
    ("measures", "Measures"),
    ("properties", "Properties"),
    ("mechanisms", "Mechanisms"),
    ("definitions", "Definitions"),
    ("settings", "Settings"),
    ("source", "How to get this again"),
)


def comparison_report(comparison: Comparison, link: str | None = None) -> str:
    """All there is to say of a comparison, as one HTML file of about 5 MB. Every number is the comparison's.

    Parameters
    ----------
    link: where the comparison can be opened.

    Raises
    ------
    DataError: it learned from own data that are not on this machine.
    """
    scenario = with_mechanism(comparison.scenario, "cgsv")  # each has its own; all else they share
    sections = [
        _question(comparison),
        section("Findings", "findings", paragraph(headline(comparison))),
        section("Agents", "agents", agents_table(comparison)),
        _figures(comparison),
        section("Measures", "measures", measures_table(comparison), _what_measures_are()),
        section("Properties", "properties", *_properties(comparison)),
        section("Mechanisms", "mechanisms", _mechanisms(comparison)),
        section("Definitions", "definitions", definition_list()),
        settings_part(scenario, frozenset(ROW_FIELDS)),
        source_part(comparison.scenario, link),
    ]
    n_mechanisms = len(comparison.mechanisms)
    return page(f"{n_mechanisms} mechanisms compared: {scenario_words(scenario)}", sections, _CONTENTS)


def _question(comparison: Comparison) -> str:
    scenario, n_seeds = comparison.scenario, comparison.n_seeds
    names = ", ".join(MECHANISMS[name].title for name in comparison.mechanisms)
    seeds = "one seed" if n_seeds == 1 else f"{n_seeds} seeds (data and start seed both move on by one)"
    return paragraph(
        f"{scenario.n_agents} agents train together on {scenario.info.title} for {scenario.n_rounds} rounds, on the "
        f"same data, from the same start, with the same mini-batches, under each of these mechanisms: {names}. Which "
        f"is best for whom? {seeds[0].upper()}{seeds[1:]}."
    ) + own_data_note(scenario)


def agents_table(comparison: Comparison) -> str:
    """What each agent brings, and how accurate its model is in the end under each mechanism."""
    data = federated_data(comparison.scenario)
    alone, final = comparison.standalone.mean(axis=0), comparison.accuracy.mean(axis=0)
    rows = [
        [
            agent_name(agent).replace(" ", "\u00a0"),
            brings(comparison.scenario, data, agent),
            percent(alone[agent], 1),
            *(percent(own[agent], 1) for own in final),
        ]
        for agent in range(comparison.scenario.n_agents)
    ]
    over = "" if comparison.n_seeds == 1 else f", mean over {comparison.n_seeds} seeds; what they bring is of the first"
    heads = ["Agent", "Brings", "Alone", *(MECHANISMS[name].title for name in comparison.mechanisms)]
    return table(f"Accuracy on the test samples in the end{over}.", heads, rows)


def _figures(comparison: Comparison) -> str:
    drawn = comparison_figures(comparison)
    parts = [figure_part(name, COMPARISON_FIGURES[name].question, figure) for name, figure in drawn.items()]
    return section("Figures", "figures", *parts)


def measures_table(comparison: Comparison) -> str:
    """Every measure of every mechanism, the best starred."""
    ranks = {measure: comparison.ranks(measure) for measure in TABULATED}
    rows = [
        [
            MECHANISMS[name].title,
            *(
                ("★ " if ranks[measure][place] == 1 else "") + number(measure, mean(comparison, measure, place))
                for measure in TABULATED
            ),
        ]
        for place, name in enumerate(comparison.mechanisms)
    ]
    return table(
        f"{stars(comparison)} A dash: undefined.",
        ["Mechanism", *(MEASURES[measure].column for measure in TABULATED)],
        rows,
    )


def _what_measures_are() -> str:
    rows = [[MEASURES[name].column, MEASURES[name].definition] for name in TABULATED]
    return table("What the measures are.", ["Measure", "What it is"], rows)


def _properties(comparison: Comparison) -> list[str]:
    marks = [
        [
            MECHANISMS[name].title,
            *(verdict([of_seed[key].holds for of_seed in comparison.properties[name]]) for key in PROPERTIES),
        ]
        for name in comparison.mechanisms
    ]
    evidence = [
        [MECHANISMS[name].title, *(comparison.properties[name][0][key].evidence for key in PROPERTIES)]
        for name in comparison.mechanisms
    ]
    heads = [f"{key.replace('_', ' ').capitalize()}: {words}" for key, words in PROPERTIES.items()]
    plain = [key.replace("_", " ").capitalize() for key in PROPERTIES]
    return [
        table("Looked for in these runs; not proved. –: these runs cannot tell.", ["Mechanism", *heads], marks),
        table("The numbers behind it, of the first seed.", ["Mechanism", *plain], evidence),
    ]


def _mechanisms(comparison: Comparison) -> str:
    rows = [
        [
            row.title,
            *(choice_of(field, value).title for field, value in row.fields.items()),
            row.source,
        ]
        for row in (MECHANISMS[name] for name in comparison.mechanisms)
    ]
    heads = [
        "Mechanism",
        "What an update is worth",
        "How that becomes importance",
        "How long an update is",
        "What an update weighs",
        "What an agent gets back",
        "Source",
    ]
    return table("What each mechanism is.", heads, rows)
