"""The training on the projector: how far it is and how much better all get, of nobody's own."""

from __future__ import annotations

import streamlit as st

from cgs_core.errors import JobError
from cgs_core.figures.style import percent
from cgs_core.records import RoundRecord
from cgs_core.rooms import TeacherView
from cgs_core.runs import RunView
from cgs_ui.background import job_runner
from cgs_ui.following.pulse import pulse
from cgs_ui.plain_text import plain
from cgs_ui.rooms.place import rooms
from cgs_ui.rooms.present import present
from cgs_ui.rooms.words import act

_TICK_SECONDS = 0.5


def train(token: str, view: TeacherView) -> None:
    """Follow the run; when it is done, the button that shows the pay."""
    st.markdown(f"### {view.game.n_agents} agents train one model")
    try:
        run = job_runner().store.events(str(view.run_id))
    except JobError as error:
        _failed(token, str(error))
        return
    n_rounds = view.game.scenario.n_rounds
    if run.status == "done":
        st.progress(1.0, text=f"All {n_rounds} rounds are done. What do you expect to be paid?")
        st.button(
            "Show the pay",
            type="primary",
            key="room_next_training",
            on_click=act,
            args=(rooms().advance, token, "pay"),
        )
    elif run.status in ("queued", "running"):
        st.progress(len(run.rounds) / n_rounds, text=_how_far(run, n_rounds))
        pulse("room_training", _TICK_SECONDS)
    else:
        _failed(token, run.error or "The run was stopped.")
    last = run.rounds[-1] if run.rounds else None
    if isinstance(last, RoundRecord):
        alone, together = (float(part.mean()) for part in (last.standalone_accuracy, last.accuracy))
        st.markdown(
            f"On average a model is right on **{percent(together)}** of the samples that nobody holds; alone it "
            f"would be on {percent(alone)}."
        )
    present(view, "has chosen", lambda seat: seat.has_moved)


def _how_far(run: RunView, n_rounds: int) -> str:
    if run.status == "queued":
        return "Waiting for a free worker." if run.queue_position else "It begins."
    return f"Round {len(run.rounds)} of {n_rounds}"


def _failed(token: str, why: str) -> None:
    st.error(plain(why), icon=":material/error:")
    st.button("Train again", key="room_train_again", on_click=act, args=(rooms().train, token))
