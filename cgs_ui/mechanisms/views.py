"""What goes deeper under a comparison of mechanisms: one tab a question."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from cgs_core.data import federated_data
from cgs_core.figures import agent_name, measures_figure, projected_mechanisms_figure
from cgs_core.figures.style import points
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.metrics import is_same_accuracy
from cgs_core.scenario import Agent, Scenario
from cgs_core.studies.comparison import Comparison
from cgs_core.studies.statistics import clearly, paired_differences, verdicts
from cgs_core.studies.valuation_costs import ExactCost, exact_cost, valuation_seconds
from cgs_core.typing import FloatArray
from cgs_core.words.comparison_findings import PROPERTIES, TABULATED, efficiency, mean, measure_columns, stars, verdict
from cgs_core.words.written import number
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.controls.pin import pin_button
from cgs_ui.mechanisms.panel import show_comparison
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
        hide_index=True,
        width="stretch",
        alt="Every mechanism's measures, means over the seeds; the best are starred.",
    )
    st.caption(
        f"{stars(comparison)} Valuation: the server's processor time, measured here on uploads of this size; the Gram "
        "matrix of the uploads counts where a worth rests on it."
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
    """A mechanism a row, as people read it."""
    spent = _valuation_seconds(comparison.scenario, tuple(MECHANISMS[name].valuation for name in comparison.mechanisms))
    ranks = {measure: comparison.ranks(measure) for measure in TABULATED}
    rows = []
    for place, name in enumerate(comparison.mechanisms):
        row = MECHANISMS[name]
        cells = {
            MEASURES[measure].column: ("★ " if ranks[measure][place] == 1 else "")
            + number(measure, mean(comparison, measure, place))
            for measure in TABULATED
        }
        needs = {"Needs validation data": "yes" if row.needs_validation else "no"}
        work = {
            "Valuation (ms a round)": f"{1e3 * spent[row.valuation]:.2f}",
            "Models evaluated a round": comparison.n_models(name),
        }
        rows.append({"Mechanism": row.title} | cells | needs | work)
    return pd.DataFrame(rows)


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


# -- game the rule ---------------------------------------------------------------------------------------------

_CHEATS = {
    "repeat": "puts each of its samples in twice",
    "withhold": "holds back half of its data",
    "flip": "has four of five labels wrong",
    "noise": "uploads noise (free rider)",
    "negate": "uploads its update negated",
}


def game_the_rule(comparison: Comparison, is_live: bool) -> None:
    """One agent cheats: what it gets under every mechanism, against being honest."""
    if is_live:
        st.info("Ready when the comparison is.", icon=":material/hourglass_top:")
        return
    left, right = st.columns(2)
    agents = range(comparison.scenario.n_agents)
    name = f"cheater_of_{len(agents)}"
    first = choices.one(name, agents[-1], agents, lambda agent: str(agent + 1))
    agent = left.selectbox("Who cheats", agents, first, format_func=agent_name, key=name)
    does = choices.one("cheat", next(iter(_CHEATS)), _CHEATS)
    cheat = right.selectbox(
        "What it does", _CHEATS, list(_CHEATS).index(does), format_func=_CHEATS.__getitem__, key="cheat"
    )

    def draw(cheated: Comparison, is_live: bool) -> None:
        _draw_cheat(comparison, cheated, agent, _CHEATS[cheat])

    show_comparison(
        "cheat", _cheating(comparison.scenario, agent, cheat), comparison.mechanisms, comparison.n_seeds, draw
    )


def _cheating(scenario: Scenario, agent: int, cheat: str) -> Scenario:
    agents = list(scenario.full_agents)
    changes: dict[str, dict[str, object]] = {
        "repeat": {"repeats": 2},
        "withhold": {"shard_size": max(1, federated_data(scenario).shards[agent].n_samples // 2)},
        "flip": {"label_noise": 0.8},
        "noise": {"conduct": "free_rider"},
        "negate": {"conduct": "sign_flipper"},
    }
    kept = {name: getattr(agents[agent], name) for name in Agent.model_fields}
    agents[agent] = Agent(**(kept | changes[cheat]))
    return scenario.replace(agents=tuple(agents))


def _draw_cheat(honest: Comparison, cheated: Comparison, agent: int, words: str) -> None:
    n_seeds = min(honest.n_seeds, cheated.n_seeds)
    before, after = (one.accuracy[:n_seeds, :, agent] for one in (honest, cheated))
    change = after - before
    _say_where_it_pays(f"{agent_name(agent)} {words}", before, after, honest)
    rows = [
        {
            "Mechanism": MECHANISMS[name].title,
            "Honest": 100 * before[:, place].mean(),
            "Cheating": 100 * after[:, place].mean(),
            "Change (points)": points(float(change[:, place].mean())),
            "The others (points)": points(_others(honest, cheated, agent, place, n_seeds)),
        }
        for place, name in enumerate(honest.mechanisms)
    ]
    columns = {name: st.column_config.NumberColumn(format="%.1f %%") for name in ("Honest", "Cheating")}
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        column_config=columns,
        alt="The cheating agent's accuracy under each mechanism, honest and cheating.",
    )
    st.caption(
        "Accuracy of the agent's own model at the end, mean over the seeds; the last column is what the others' "
        "accuracy changes by, on average." + (f" Clearly better: {clearly(n_seeds)}." if n_seeds > 1 else "")
    )


def _say_where_it_pays(whom: str, honest: FloatArray, cheating: FloatArray, comparison: Comparison) -> None:
    """``honest``, ``cheating``: (n_seeds, n_mechanisms), the cheater's accuracy."""
    n_seeds = len(honest)
    if n_seeds > 1:
        is_better = verdicts(paired_differences((cheating - honest).T)) > 0
    else:
        is_better = (cheating > honest)[0] & ~is_same_accuracy(honest, cheating, comparison.scenario.info.n_test)[0]
    better = [MECHANISMS[name].title for name, own in zip(comparison.mechanisms, is_better, strict=True) if own]
    if n_seeds == 1:
        found = f"its model is better under {', '.join(better)}" if better else "its model is better under none of them"
        st.info(
            f"{whom}: in this one run {found} (beyond the test's error). More seeds would tell chance apart.",
            icon=":material/info:",
        )
    elif better:
        st.warning(f"{whom}: cheating pays under {', '.join(better)} ({n_seeds} seeds).", icon=":material/warning:")
    else:
        st.success(
            f"{whom}: under none of these mechanisms is its model clearly better than by being honest "
            f"({n_seeds} seeds).",
            icon=":material/check:",
        )


def _others(honest: Comparison, cheated: Comparison, agent: int, place: int, n_seeds: int) -> float:
    change = cheated.accuracy[:n_seeds, place] - honest.accuracy[:n_seeds, place]
    return float(np.delete(change, agent, axis=1).mean())


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
    chart(figure, name, captions.of_comparison(comparison))


VIEWS = {"Measures": measures, "Properties": properties, "Game the rule": game_the_rule}
