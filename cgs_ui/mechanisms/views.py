"""What goes deeper under a comparison of mechanisms: one tab a question."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from cgs_core.figures import measures_figure, projected_mechanisms_figure
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.scenario import Scenario
from cgs_core.studies.comparison import Comparison
from cgs_core.studies.valuation_costs import ExactCost, exact_cost, valuation_seconds
from cgs_core.words.comparison_findings import PROPERTIES, TABULATED, efficiency, mean, measure_columns, stars, verdict
from cgs_core.words.glossary import explained, measures_linked
from cgs_core.words.written import number
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.controls.pin import pin_button
from cgs_ui.mechanisms.cheats import game_the_rule
from cgs_ui.mechanisms.whys import picked
from cgs_ui.session import choices, view


def measures(comparison: Comparison, is_live: bool) -> None:
    """Every measure of every mechanism: the picture, and the table with the best marked."""
    chart(
        measures_figure(
            measure_columns(comparison), comparison.mechanisms, scenario_id=comparison.scenario.scenario_id
        ),
        "measures",
        captions.of_comparison(comparison),
    )
    st.dataframe(
        table(comparison),
        width="stretch",
        column_config={"_index": st.column_config.Column("", pinned=True)},
        alt="Every mechanism's measures, means over the seeds; the best are starred.",
    )
    st.caption(measures_linked(TABULATED))
    st.caption(
        explained(
            f"{stars(comparison)} Valuation: the server's processor time a round, measured here on uploads of this "
            "size; the Gram matrix of the uploads counts where a worth rests on it, and a gradient as one model that "
            "is evaluated."
        )
    )
    if (cost := _exact_cost(comparison.scenario)) is not None:
        st.caption(efficiency(cost))
    _pins(comparison)


def _pins(comparison: Comparison) -> None:
    """A button a mechanism: its run with the first seed."""
    st.caption("Pin a mechanism's run (first seed) to your shelf:")
    with st.container(horizontal=True, vertical_alignment="center"):
        for name in comparison.mechanisms:
            pin_button(with_mechanism(comparison.scenario, name), f"mechanism_{name}", MECHANISMS[name].title)


@st.cache_data(max_entries=64, show_spinner=False)
def _valuation_seconds(scenario: Scenario, valuations: tuple[str, ...]) -> dict[str, float]:
    """Measured once: the same scenario shows the same numbers again."""
    return valuation_seconds(scenario, valuations)


@st.cache_data(max_entries=64, show_spinner=False)
def _exact_cost(scenario: Scenario) -> ExactCost | None:
    """Measured once, too."""
    return exact_cost(scenario)


def table(comparison: Comparison) -> pd.DataFrame:
    """A measure a row and a mechanism a column, as people read it: so the names of measures have room."""
    spent = _valuation_seconds(comparison.scenario, tuple(MECHANISMS[name].valuation for name in comparison.mechanisms))
    ranks = {measure: comparison.ranks(measure) for measure in TABULATED}
    columns = {}
    for place, name in enumerate(comparison.mechanisms):
        row = MECHANISMS[name]
        cells = {
            MEASURES[measure].column: ("★ " if ranks[measure][place] == 1 else "")
            + _of_seeds(comparison, measure, place)
            for measure in TABULATED
        }
        columns[row.title] = cells | {
            "Needs validation data": "yes" if row.needs_validation else "no",
            "Valuation (ms a round)": f"{1e3 * spent[row.valuation]:.2f}",
            "Models evaluated a round": f"{comparison.n_models(name):,}",
        }
    return pd.DataFrame(columns)


def _of_seeds(comparison: Comparison, measure: str, place: int) -> str:
    """A mean, with the number of seeds where some have none."""
    text = number(measure, mean(comparison, measure, place))
    n_defined = int(np.isfinite(comparison.measures[measure][:, place]).sum())
    return f"{text} ({n_defined} of {comparison.n_seeds})" if 0 < n_defined < comparison.n_seeds else text


def properties(comparison: Comparison, is_live: bool) -> None:
    """What five properties came to on these runs, with the numbers that break them."""
    heads = [f"{name.replace('_', ' ')}: {words}" for name, words in PROPERTIES.items()]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
    for name in comparison.mechanisms:
        cells = [verdict([of_seed[key].holds for of_seed in comparison.properties[name]]) for key in PROPERTIES]
        lines.append(f"| {MECHANISMS[name].title} | " + " | ".join(cells) + " |")
    st.markdown("\n".join(lines))
    st.caption("Looked for in these runs; not proved. –: these runs cannot tell.")
    first = choices.one("properties_of", comparison.mechanisms[0], comparison.mechanisms)
    shown = st.selectbox(
        "The numbers behind it, first seed",
        comparison.mechanisms,
        comparison.mechanisms.index(first),
        key="properties_of",
        format_func=lambda name: MECHANISMS[name].title,
    )
    for key, found in comparison.properties[shown][0].items():
        st.markdown(f"- {verdict([found.holds])} {key.replace('_', ' ')}: {found.evidence}")


def bare_picture(comparison: Comparison) -> None:
    """The one picture of a bare page: every agent's accuracy. The measures, where a link asks for them, take smaller
    text than a class reads."""
    from cgs_core.export.run_figures import COMPARISON_FIGURES  # loads what a page that draws need not

    name = "measures" if view.figure_name() == "measures" and not view.is_projected() else "mechanism_accuracy"
    if view.is_projected():
        figure = projected_mechanisms_figure(
            comparison.accuracy,
            comparison.standalone,
            comparison.mechanisms,
            scenario_id=comparison.scenario.scenario_id,
        )
    else:
        figure = COMPARISON_FIGURES[name].draw(comparison)
    on_pick = partial(picked, comparison) if name == "mechanism_accuracy" else None
    chart(figure, name, captions.of_comparison(comparison), on_pick=on_pick)


VIEWS = {"Measures": measures, "Properties": properties, "Game the rule": game_the_rule}
