"""The card of the story on screen: its claim, where to look, whether it holds in this run, and the next story."""

from __future__ import annotations

import streamlit as st

from cgs_core import Trace
from cgs_core.studies.presets import PRESETS, Preset
from cgs_ui import session

_VERDICTS = {
    True: "✓ So it is in this run.",
    False: "✗ In this run it is not so.",
    None: "Of this run it says nothing: other agents, or not trained to the end.",
}


def has_story(page: str | None = None) -> bool:
    """Whether what is on screen was made from a story, and one of this page if it is named; a lesson tells its own."""
    story = session.story()
    return session.lesson() is None and story is not None and page in (None, story.page)


def story_card(trace: Trace) -> None:
    """The story that the scenario on screen was made from."""
    preset = session.story()
    assert preset is not None
    with st.container(key="story", gap=None):
        st.markdown(
            f"**{preset.title}.** {preset.claim} Look at {preset.look_at} **{_VERDICTS[preset.holds_in(trace)]}**"
        )
        following = _next(preset)
        st.button(
            f"Next story: {following.title}",
            key="next_story",
            icon=":material/arrow_forward:",
            type="tertiary",
            on_click=session.open_scenario,
            args=(following.scenario,),
        )


def _next(preset: Preset) -> Preset:
    names = list(PRESETS)
    return PRESETS[names[(names.index(preset.name) + 1) % len(names)]]
