"""Home: the question in one picture, then straight into the Playground."""

import streamlit as st

from cgs_core import Trace
from cgs_core.figures import still_ledger_figure
from cgs_core.studies.presets import OPENING, PRESETS, Preset
from cgs_core.words import findings
from cgs_core.words.glossary import LEDGER_HEADS, explained, linked
from cgs_ui import session
from cgs_ui.charts.captions import of_example
from cgs_ui.charts.cards import cards
from cgs_ui.charts.chart import chart
from cgs_ui.charts.drawn import drawn
from cgs_ui.following.one_run import show_run
from cgs_ui.frame.pages import page_at
from cgs_ui.places import CONTENT, PLAYGROUND


def open_preset(preset: Preset) -> None:
    session.open_scenario(preset.scenario)


def draw(trace: Trace, is_live: bool) -> None:
    chart(drawn(still_ledger_figure, trace), "home_ledger", of_example(trace.scenario))
    cards("home_ledger")
    st.caption(
        f"A real run, “{OPENING.title}”: five agents, each with more blurred pictures than the one before. "
        f"{findings.headline(trace)}"
    )
    st.caption(linked(LEDGER_HEADS))


session.show_message()
st.markdown(explained((CONTENT / "home.md").read_text(encoding="utf-8")))
if st.button("Open the Playground", type="primary"):
    st.switch_page(PLAYGROUND)
show_run(lambda: OPENING.scenario, draw, key="home")

st.subheader("Stories to start from")
stories = list(PRESETS.values())
for first in range(0, len(stories), 3):
    for column, preset in zip(st.columns(3), stories[first : first + 3], strict=False):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{preset.title}**")
            st.write(preset.claim)
            st.caption(preset.held_on)
            if st.button(
                "Open", key=f"open_{preset.name}", on_click=open_preset, args=(preset,), help=f"Open “{preset.title}”"
            ):
                st.switch_page(page_at(preset.page).path)
