"""After the pay, on the projector: what each could have gained, where that leads, what another rule would have paid."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import streamlit as st

from cgs_core.durations import time_in_words
from cgs_core.rooms import Questions, TeacherView
from cgs_core.rooms.findings import (
    gains_figure,
    gains_words,
    path_figure,
    path_words,
    rule_figure,
    rule_words,
)
from cgs_core.rooms.questions import Asked
from cgs_ui.background import job_runner
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.following.pulse import pulse
from cgs_ui.plain_text import plain
from cgs_ui.rooms.words import act

_TICK_SECONDS = 1.0
_QUESTIONS = {
    "gains": "Could you have gained?",
    "path": "If all play on like that",
    "rules": "The same moves, another rule",
}


@lru_cache(maxsize=1)
def questions() -> Questions:
    """Of this server's store."""
    return Questions(job_runner().store, job_runner().submit_batches)


def what_if(token: str, view: TeacherView) -> None:
    """One of three questions about the last round of play that was paid."""
    chosen = st.segmented_control("What if?", _QUESTIONS, format_func=_QUESTIONS.__getitem__, key="room_what_if")
    if chosen is not None:
        _SCREENS[chosen](token, view)


def _gains(token: str, view: TeacherView) -> None:
    asked = questions().gains(token)
    if asked.gains is None:
        st.markdown(
            "Each agent is compared with a few other moves, the others' as they were. What counts: how often its model "
            f"is right, in points, less {view.game.points_a_coin:g} points a coin."
        )
        _train(asked, asked.n_runs, questions().ask_gains, token, view)
        return
    st.markdown(f"### {plain(gains_words(view.game, asked.gains))}")
    chart(gains_figure(asked.gains), "room_gains", captions.of_page())


def _path(token: str, view: TeacherView) -> None:
    key = f"room_plays_on_{view.play}"
    asked = questions().ask_path(token) if st.session_state.get(key) else questions().path(token)
    path = asked.path
    if path.end is not None or path.n_turns:
        st.markdown(f"### {plain(path_words(path))}")
    if (figure := path_figure(view.game, path)) is not None and path.n_turns:
        chart(figure, "room_path", captions.of_page())
    if path.end is not None:
        return
    told = _how_long(asked)
    if not st.session_state.get(key):
        st.markdown(
            "Each agent in turn makes the move that is best for it, while the others keep theirs, until nobody gains "
            f"any more, or the moves come again. That takes at most {asked.most_turns} turns and {asked.most_runs} "
            f"trainings.{told and f' The next turn takes {told}.'}"
        )
    st.toggle("Play on", key=key)
    if st.session_state.get(key):
        next_one = f" The next one takes {told}." if told else ""
        st.progress(
            path.n_turns / asked.most_turns,
            text=f"{path.n_turns} of at most {asked.most_turns} turns are done.{next_one}",
        )
        pulse("room_what_if", _TICK_SECONDS)


def _rules(token: str, view: TeacherView) -> None:
    asked = questions().rules(token)
    played = next(one for one in asked.rules if one.is_played)
    if asked.missing:
        _train(asked, asked.n_runs, questions().ask_rules, token, view)
        return
    others = {one.rule.name: one for one in asked.rules if not one.is_played}
    name = st.segmented_control("By", list(others), default=next(iter(others)), required=True, key="room_other_rule")
    other = others[str(name)]
    st.markdown(f"### {plain(rule_words(view.game, played, other))}")
    if (figure := rule_figure(played, other)) is not None:
        chart(figure, "room_other_rule_figure", captions.of_page())


def _train(asked: Asked, n_runs: int, ask: Callable[[str], Asked], token: str, view: TeacherView) -> None:
    """What it takes and the button, or how far it is."""
    told = _how_long(asked)
    if asked.n_waiting:
        left = f" {told[0].upper()}{told[1:]} left." if told else ""
        st.progress(asked.n_done / n_runs, text=f"{asked.n_done} of {n_runs} trainings are done.{left}")
        pulse("room_what_if", _TICK_SECONDS)
        return
    n_missing = len(asked.missing)
    st.button(
        f"Train it: {n_missing} training{'s' * (n_missing != 1)}{told and f', {told}'}",
        key="room_ask",
        type="primary",
        on_click=act,
        args=(ask, token),
    )


def _how_long(asked: Asked) -> str:
    """What is missing takes: "about 40 s"; "" while nothing like it was measured."""
    seconds = job_runner().expected_seconds(asked.missing, asked.kind)
    return "" if seconds is None else f"about {time_in_words(max(1.0, seconds))}"


_SCREENS: dict[str, Callable[[str, TeacherView], None]] = {"gains": _gains, "path": _path, "rules": _rules}
