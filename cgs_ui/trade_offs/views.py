"""The pictures of a sweep: the main one with its slider, and one tab a question."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from cgs_core import Trace
from cgs_core.data import federated_data
from cgs_core.errors import JobError
from cgs_core.figures import (
    SweptMeasure,
    still_ledger_figure,
    sweep_agents_figure,
    sweep_curves_figure,
    sweep_heat_figure,
    sweep_scatter_figure,
)
from cgs_core.figures.style import points
from cgs_core.measures import MEASURES
from cgs_core.studies.sweeps import SweepTable
from cgs_core.words.glossary import field_words, measures_linked
from cgs_core.words.sweep_findings import SWEPT
from cgs_core.words.written import field_title, value_text
from cgs_ui import session
from cgs_ui.background import finished_rounds
from cgs_ui.charts import captions
from cgs_ui.charts.cards import cards
from cgs_ui.charts.chart import chart, value_player
from cgs_ui.controls.picks import picked_agents
from cgs_ui.controls.pin import pin_button
from cgs_ui.places import PLAYGROUND
from cgs_ui.session import choices, view
from cgs_ui.trade_offs.captions import sweep_caption
from cgs_ui.trade_offs.questions import Asked, select, swept

_CURVES = "sweep_curves"


def _measure(table: SweepTable, name: str) -> SweptMeasure:
    measure = MEASURES[name]
    return SweptMeasure(measure.title, table.measure(name), measure.is_fraction, measure.unit == "points")


def _id(table: SweepTable) -> str:
    return table.sweep.scenario.scenario_id


def main_picture(table: SweepTable, asked: Asked) -> None:
    """The curve with the slider that moves a mark through all charts, and its scatter; of two fields a heat map."""
    if len(table.sweep.fields) == 2:
        _heat(table, asked)
    elif view.is_bare():
        measures = [_measure(table, name) for name in asked.measures]
        chart(sweep_curves_figure(swept(table.sweep), measures, scenario_id=_id(table)), _CURVES, sweep_caption(table))
        _value_slider(table)
    else:
        _curve_and_scatter(table, asked)


def _curve_and_scatter(table: SweepTable, asked: Asked) -> None:
    """Side by side where there is room: one measure over the swept value, and the same against another."""
    with st.container(key="pair"):
        left, right = st.columns(2)
    up, across = (
        select(place, label, [first, *(one for one in SWEPT if one != first)], name, lambda one: MEASURES[one].title)
        for place, label, name, first in zip(
            (left, right), ("Measure", "Against"), ("up", "across"), asked.drawn, strict=True
        )
    )
    curve, caption = _measure(table, up), sweep_caption(table)
    n_computed = np.isfinite(table.measure("mean_accuracy")).sum(axis=1).tolist()
    with left:
        figure = sweep_curves_figure(swept(table.sweep), [curve], n_computed=n_computed, scenario_id=_id(table))
        chart(figure, _CURVES, caption)
        _value_slider(table)
    with right:
        figure = sweep_scatter_figure(
            swept(table.sweep), _measure(table, across), curve, n_computed=n_computed, scenario_id=_id(table)
        )
        chart(figure, "sweep_scatter", caption)
        st.caption("A point a value, mean over the seeds. On the stepped line nothing is better in both.")
    st.caption(measures_linked(dict.fromkeys((up, across))))


def _value_slider(table: SweepTable) -> None:
    """The slider over the swept values, whose place is in the link."""
    field, values = next(iter(table.sweep.grid.items()))
    texts = [f"{field_title(field)}: {value_text(field, value)}" for value in values]
    shown = value_player(f"{_id(table)} {table.sweep.fields}", texts, _chosen(table))
    choices.keep("value", None if shown == len(values) // 2 else str(shown + 1))


def _chosen(table: SweepTable) -> int:
    """Index of the value that the reader stopped at; the middle one at first."""
    n_values = table.sweep.shape[0]
    return choices.one("value", n_values // 2, range(n_values), lambda index: str(index + 1))


def _heat(table: SweepTable, asked: Asked) -> None:
    key = "heat_measure" if asked.measures[0] == SWEPT[0] else f"{asked.name}_measure"
    name = _measure_control(view.aside("measure"), "Measure", key, asked.measures[0])
    measure = MEASURES[name]
    figure = sweep_heat_figure(
        swept(table.sweep),
        swept(table.sweep, 1),
        table.mean(name),
        measure.title,
        measure.is_fraction,
        is_points=measure.unit == "points",
        scenario_id=_id(table),
    )
    chart(figure, "sweep_heat", sweep_caption(table))
    if not view.is_bare():
        st.caption(measure.definition)


def _measure_control(place: Any, label: str, name: str, default: str) -> str:
    first = choices.one(name, default, SWEPT)
    return place.selectbox(label, SWEPT, SWEPT.index(first), format_func=lambda one: MEASURES[one].title, key=name)


def _each_agent(table: SweepTable, is_live: bool) -> None:
    st.caption("Accuracy after the last round, mean over the seeds; dashed: training alone.")
    accuracy = table.final("accuracy")
    chart(
        sweep_agents_figure(
            swept(table.sweep),
            accuracy,
            table.final("standalone_accuracy"),
            scenario_id=_id(table),
            picked=picked_agents(accuracy.shape[2]),
        ),
        "sweep_agents",
        sweep_caption(table),
    )


def _this_point(table: SweepTable, is_live: bool) -> None:
    """The run of the value at the slider, with the first seed."""
    point = table.sweep.at((_chosen(table),), 0)
    (field, values), *_ = table.sweep.grid.items()
    st.caption(f"{field_title(field)} = {value_text(field, values[point.place[0]])}, first seed.")
    try:
        trace = finished_rounds(point.scenario.scenario_id)
    except JobError:
        st.info("This value has not been computed yet.", icon=":material/hourglass_top:")
        return
    assert isinstance(trace, Trace)
    whole = still_ledger_figure(trace, federated_data(trace.scenario))  # the slider is of values here
    chart(whole, "sweep_ledger", captions.of_run(trace.scenario))
    cards("sweep_ledger")
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            "Open it in the Playground", on_click=session.open_scenario, args=(point.scenario,), key="open_point"
        ):
            st.switch_page(PLAYGROUND)
        pin_button(point.scenario, "point")


_FORMATS = {"percent": "%.1f %%", "points": None, "": "%.3f"}  # points have signs, and nothing has none


def _numbers(table: SweepTable, is_live: bool) -> None:
    rows = []
    for place in np.ndindex(*table.sweep.shape):
        named = {
            field_title(field): value_text(field, values[index])
            for (field, values), index in zip(table.sweep.grid.items(), place, strict=True)
        }
        measures = {}
        for name in SWEPT:
            own = table.measure(name)[place]
            own = own[np.isfinite(own)]
            scale = 100 if MEASURES[name].is_fraction else 1
            measures[MEASURES[name].column] = scale * float(own.mean()) if len(own) else None
        rows.append(named | {"Runs": int(np.isfinite(table.measure("mean_accuracy")[place]).sum())} | measures)
    columns = {
        MEASURES[name].column: st.column_config.NumberColumn(
            format=_FORMATS[MEASURES[name].unit], help=MEASURES[name].definition
        )
        for name in SWEPT
    } | {field_title(field): st.column_config.Column(pinned=True) for field in table.sweep.grid}
    signed = [MEASURES[name].column for name in SWEPT if MEASURES[name].unit == "points"]
    st.dataframe(
        pd.DataFrame(rows).style.format({column: lambda value: points(value / 100) for column in signed}, na_rep="–"),
        hide_index=True,
        width="stretch",
        column_config=columns,
        placeholder="–",
        alt="Every swept value with its measures, means over the seeds.",
    )
    st.caption(measures_linked(SWEPT))
    st.caption("  \n".join(map(field_words, table.sweep.grid)))
    st.download_button(
        "All runs (CSV)",
        table.to_csv,
        f"cgs-{_id(table)}-sweep.csv",
        "text/csv",
        on_click="ignore",
        disabled=is_live,
        help="A row a run, agent and quantity; ready when all runs are.",
    )


VIEWS = {
    "Each agent": _each_agent,
    "This point": _this_point,
    "Numbers": _numbers,
}
