"""What did each step cost? The runs between plain FedAvg and the scenario's mechanism, and their waterfall."""

from __future__ import annotations

import streamlit as st

from cgs_core import Trace
from cgs_core.data import FederatedData
from cgs_core.figures import waterfall_figure
from cgs_core.studies.steps import steps, waterfall
from cgs_core.words import step_findings
from cgs_ui.background import finished_rounds
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.following.many_runs import ManyRuns, show_many


def what_each_step_cost(trace: Trace, data: FederatedData, is_live: bool) -> None:
    """The waterfall of a finished run; the runs of its steps train as one batch, once for everybody."""
    if is_live or not trace.is_complete:
        st.info("Ready when the run is.", icon=":material/hourglass_top:")
        return
    scenarios = steps(trace.scenario)

    def draw(runs: ManyRuns) -> None:
        if all(scenario.scenario_id in runs.results for scenario in scenarios):
            _draw([runs.results[scenario.scenario_id] for scenario in scenarios])

    show_many("steps", [scenarios], finished_rounds, draw)


def _draw(traces: list[Trace]) -> None:
    result = waterfall(traces)
    st.markdown(f"**{step_findings.headline(result)}** {step_findings.each_step(result)}")
    caption = captions.of_run(result.scenario).after("FedAvg step by step, four runs")
    chart(waterfall_figure(result), "waterfall", caption)
    st.caption(
        "Plain FedAvg trains as people train it. The first step scales every upload as this scenario says, the second "
        "weighs uploads by its valuation and gives everybody everything, the third pays by its reward rule. "
        "A change is told where a paired test on the same test samples tells the models apart."
    )
