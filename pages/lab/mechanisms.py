"""Mechanisms: several ways to value and to pay, side by side on the same agents."""

from functools import partial

import streamlit as st

from cgs_core import ScenarioError
from cgs_core.figures import mechanism_accuracy_figure
from cgs_core.studies.comparison import Comparison
from cgs_core.words.comparison_findings import brief, headline
from cgs_core.words.glossary import explained
from cgs_ui import session
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.controls import own_data
from cgs_ui.controls.scenario_form import sidebar, use_own_data
from cgs_ui.frame.take_away import offer_comparison
from cgs_ui.mechanisms.panel import chosen, show_comparison, told, with_validation
from cgs_ui.mechanisms.views import VIEWS, bare_picture
from cgs_ui.mechanisms.whys import offer_whys, picked
from cgs_ui.session import choices, view


def draw(comparison: Comparison, is_live: bool) -> None:
    offer_comparison(comparison, is_live)
    scenario = comparison.scenario
    if view.is_bare():
        view.sentence(brief(comparison))
        bare_picture(comparison)
        offer_whys(comparison)
        return
    st.markdown(explained(headline(comparison)))
    chart(
        mechanism_accuracy_figure(
            comparison.accuracy, comparison.standalone, comparison.mechanisms, scenario_id=scenario.scenario_id
        ),
        "mechanism_accuracy",
        captions.of_comparison(comparison),
        on_pick=partial(picked, comparison),
    )
    offer_whys(comparison)
    told(comparison.mechanisms)
    st.caption(
        explained(
            f"{scenario.n_validation} training samples are set aside for the mechanisms that need validation data; "
            "nobody trains on them, here under every mechanism."
        )
    )
    choices.show_views("tab", VIEWS, comparison, is_live)


sidebar(session.scenario(), "altruism_degree")
session.show_message()
session.update_link()
own_data.require(session.scenario(), use_own_data)
with view.aside("question"):
    names, n_seeds = chosen()
try:
    scenario = with_validation(session.scenario())
except ScenarioError as error:
    st.error(f"No validation samples can be set aside. {error}", icon=":material/error:")
else:
    if len(names) < 2:
        st.info("Choose two mechanisms or more.", icon=":material/info:")
    else:
        show_comparison("comparison", scenario, names, n_seeds, draw)
