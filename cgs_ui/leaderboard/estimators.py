"""How many models must be trained to know the truth: estimators of it, cost against error."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from cgs_core.contribution.estimators import ESTIMATORS
from cgs_core.figures import CostLine, cost_error_figure
from cgs_core.studies.estimators.rebuilt import TITLES
from cgs_core.studies.estimators.results import committed_study
from cgs_core.studies.estimators.told import N_MODELS, Told
from cgs_core.studies.leaderboard.results import committed_results
from cgs_core.words.estimator_findings import estimator_rows, findings, heads, how_made, once_rows
from cgs_core.words.glossary import explained
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart

_ROW_PIXELS, _NAME_PIXELS, _CELL_PIXELS = 35, 215, 115


def show_estimators(datasets: Sequence[str]) -> None:
    """Of the games on these data sets: what they tell, the picture, the tables, and how it was made."""
    told = Told(committed_study(), datasets)
    if told.is_empty:
        st.info("No games were trained on these data; digits and Fashion-MNIST have some.", icon=":material/info:")
        return
    restarted = told.restarted(committed_results().truth)
    st.markdown(
        "The truth trains a model for every coalition. An estimator asks for some of them. "
        "**How many models must be trained to know it?**"
    )
    st.markdown("\n".join(f"- {explained(own)}" for own in findings(told, restarted)))
    once = [(TITLES[name], own.error) for name, own in told.once().items()]
    figure = cost_error_figure(_lines(told), once, N_MODELS, restarted)
    chart(figure, "estimators", captions.of_page())
    _tables(told)
    st.caption(f"{how_made(told)} docs/method.md says what each estimator does; `python -m cgs_core estimators`.")


def _lines(told: Told) -> list[CostLine]:
    """An estimator a line, at the models that it really asked for."""
    columns = [told.at(budget) for budget in told.budgets]
    lines = []
    for name in told.estimators:
        own = [column[name] for column in columns if name in column]
        if own:
            models, errors, margins = ([getattr(one, key) for one in own] for key in ("models", "error", "margin"))
            lines.append(CostLine(ESTIMATORS[name].title, models, errors, margins))
    return lines


def _tables(told: Told) -> None:
    frame = pd.DataFrame(estimator_rows(told), columns=["Estimator", *heads(told)[1:]])
    config = {name: st.column_config.TextColumn(width=_CELL_PIXELS) for name in frame.columns[1:-1]}
    config["Estimator"] = st.column_config.TextColumn(pinned=True, width=_NAME_PIXELS)
    st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        height=_ROW_PIXELS * (len(frame) + 1) + 3,
        key="board_estimators",
        column_config=config,
        alt="Each estimator's mean error with so many models, with half of a 95 % interval.",
    )
    st.caption(
        "★ nobody is clearly nearer with as many models. Empty: it needs more models to begin. Unbiased: right on "
        "average however few its draws."
    )
    st.dataframe(
        pd.DataFrame(once_rows(told)).rename(columns={"": "What trains one model"}),
        hide_index=True,
        width="stretch",
        key="board_once",
        alt="Values that train one model: how far off, and how many models they rebuild from its uploads.",
    )
