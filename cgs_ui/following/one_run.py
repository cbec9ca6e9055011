"""A scenario's run on the page: started by itself, followed while it trains, drawn as far as it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from cgs_core import Scenario
from cgs_core.durations import left_in_words, time_in_words, time_left
from cgs_core.errors import JobError
from cgs_core.runs import KINDS, KindName, Rounds, job_id
from cgs_ui import session
from cgs_ui.background import finished_rounds, job_runner
from cgs_ui.following.host_limit import beyond_words, is_beyond
from cgs_ui.following.old_picture import mark_old_picture
from cgs_ui.following.pulse import longest_pause, pulse
from cgs_ui.session.visitor import visitor

Draw = Callable[[Any, bool], None]  # (rounds so far: a Trace or a RetrainedGame, whether more are coming)

_SHORTEST_TICK_SECONDS = 0.25
_LONGEST_TICK_SECONDS = 0.7
_SOON_SECONDS = 2.0
_FIRST_LOOK_SECONDS = 0.35
_LAST_LOOK_SECONDS = 0.3
_LOOK_SECONDS = 0.01
_LONG_SECONDS = 30.0  # a run that takes longer says so before its worker has begun


@dataclass(frozen=True)
class Following:
    """Where the session's run is.

    ``status`` as in the store, "refused" when it could not be submitted, or "held" before the reader has said that it
    is to be begun although it would not end in time.
    """

    scenario: Scenario
    kind: KindName
    status: str
    trace: Rounds
    queue_position: int | None = None
    error: str | None = None
    since: float = field(default_factory=time.monotonic)  # when this session asked for it, or saw it start
    expected: float | None = None  # seconds that it is thought to take; None: nothing like it was measured

    @property
    def run_id(self) -> str:
        return job_id(self.scenario, self.kind)

    @property
    def is_live(self) -> bool:
        return self.status in ("queued", "running")


def begin(scenario: Scenario, key: str, kind: KindName = "run") -> None:
    """Ask for the run already: workers train while what is above ``show_run`` is drawn. The same arguments there.

    Not of a person's own data, which need not be here any more.
    """
    if scenario.own_data is None:
        _follow(scenario, key, kind)


def show_run(wanted: Callable[[], Scenario], draw: Draw, key: str, kind: KindName = "run") -> None:
    """Follow the run of the scenario that ``wanted()`` gives; ``draw(trace, is_live)`` draws what there is of it.

    While it trains, only this part of the page is redrawn. Until its first round arrives, and if it fails
    before, the last good picture stays, and says that it is the one before. ``key`` names the place; one place
    shows one ``kind`` of job.
    """
    scenario = wanted()
    _with_first_rounds(_follow(scenario, key, kind), key)
    st.fragment(_live)(wanted, scenario, draw, key, kind)


def _live(wanted: Callable[[], Scenario], scenario: Scenario, draw: Draw, key: str, kind: KindName) -> None:
    if wanted() != scenario or session.has_new_message():
        st.rerun(scope="app")  # a control inside this part has changed the scenario, or could not
    following = _with_last_rounds(_update(_follow(scenario, key, kind), key), key)
    before = None if following.trace.n_rounds else st.session_state.get(f"last_trace_{key}")
    with st.container():  # with something in it or nothing: what is below keeps its place, and is not made anew
        if following.is_live:  # first, so that it beats while the browser still draws
            pulse(key, _until_next_look(following))
        _status(following, key)
    with st.container(key=f"old_picture_{key}"):
        if before is not None:
            mark_old_picture(before.scenario, scenario)
    if following.trace.n_rounds:
        st.session_state[f"last_trace_{key}"] = following.trace
        draw(following.trace, following.is_live)
    elif before is not None:
        draw(before, False)


def _follow(scenario: Scenario, key: str, kind: KindName) -> Following:
    """This place's run of the scenario, submitted if it is new."""
    following: Following | None = st.session_state.get(f"following_{key}")
    if following is not None and following.scenario == scenario:
        return following
    is_told = st.session_state.get(f"begin_{key}") == job_id(scenario, kind)
    new = _finished(scenario, kind, following) or _asked(scenario, kind, following, is_told)
    st.session_state[f"following_{key}"] = new
    return new


def _with_first_rounds(following: Following, key: str) -> None:
    """Give a new run a moment, so that most changes show their first rounds at once and not a tick later."""
    _wait(following, key, _FIRST_LOOK_SECONDS, lambda now: now.trace.n_rounds > 0)


def _with_last_rounds(following: Following, key: str) -> Following:
    """A run that is about to end is waited for, once its first rounds are on screen: one picture less to draw."""
    shown: Rounds | None = st.session_state.get(f"last_trace_{key}")
    is_shown = shown is not None and shown.scenario == following.scenario and shown.n_rounds > 0
    if not is_shown or not following.is_live or (left := _left(following)) is None or left > _LAST_LOOK_SECONDS:
        return following
    return _wait(following, key, _LAST_LOOK_SECONDS, lambda now: False)


def _wait(following: Following, key: str, seconds: float, is_enough: Callable[[Following], bool]) -> Following:
    """Look again and again, in this session's own script thread: nobody else waits."""
    deadline = time.monotonic() + seconds
    while following.is_live and not is_enough(following) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
        following = _update(following, key)
    return following


def _left(following: Following) -> float | None:
    """Seconds until the run has ended, as runs like it took; where none was measured, at its own pace."""
    elapsed = time.monotonic() - following.since
    done, total = following.trace.n_rounds, following.scenario.n_rounds
    if following.expected is not None and elapsed < following.expected:  # the first rounds' pace has the start in it
        return following.expected - elapsed
    return time_left(done, total, elapsed)


def _until_next_look(following: Following) -> float:
    """Seconds: as long as the rest will take, or until its turn comes, within limits."""
    longest = longest_pause(_LONGEST_TICK_SECONDS)
    left = _left(following)
    if following.queue_position and following.expected is not None:
        left = (following.queue_position - 1) * following.expected
    if left is None:  # the first round is what the reader waits for, unless it takes long
        is_new = time.monotonic() - following.since < _SOON_SECONDS
        return _SHORTEST_TICK_SECONDS if is_new else longest
    return min(max(left, _SHORTEST_TICK_SECONDS), longest)


def _finished(scenario: Scenario, kind: KindName, before: Following | None) -> Following | None:
    """The stored run, if there is one; the unfinished one that was followed before is left."""
    try:
        trace = finished_rounds(job_id(scenario, kind))
    except JobError:
        return None
    _leave(before)
    return Following(scenario, kind, "done", trace)


def _leave(before: Following | None) -> None:
    if before is not None and before.is_live:
        job_runner().store.cancel(before.run_id, session.owner())


def _asked(scenario: Scenario, kind: KindName, before: Following | None, is_told: bool) -> Following:
    """Ask for the run; the session's unfinished one, if any, is left.

    One that would not end within the server's limit is not begun before the reader, who has read that, has told it to.
    """
    nothing, runner = KINDS[kind].rounds(scenario, ()), job_runner()
    try:
        expected = runner.expected_seconds([scenario], kind)
        likely = runner.likely_seconds(scenario, kind) if expected is None else expected
        if is_beyond(likely) and not is_told:
            _leave(before)
            return Following(scenario, kind, "held", nothing, expected=likely)
        runner.submit(scenario, session.owner(), kind, visitor())
    except JobError as error:
        return Following(scenario, kind, "refused", nothing, error=str(error))
    is_known = expected is not None or likely >= _LONG_SECONDS
    return Following(scenario, kind, "queued", nothing, expected=likely if is_known else None)


def _update(following: Following, key: str) -> Following:
    """Read what is new."""
    if not following.is_live:
        return following
    try:
        view = job_runner().store.events(following.run_id, following.trace.n_rounds, session.owner())
        trace = following.trace  # kept while nothing is new, with what it has already derived
        if view.rounds:
            trace = KINDS[following.kind].rounds(following.scenario, (*trace.rounds, *view.rounds))
        since = time.monotonic() if following.status == "queued" else following.since
        following = replace(
            following,
            status=view.status,
            trace=trace,
            queue_position=view.queue_position,
            error=view.error,
            since=since,
        )
    except JobError as error:
        following = replace(following, status="failed", error=str(error))
    st.session_state[f"following_{key}"] = following
    return following


def _status(following: Following, key: str) -> None:
    """One line while it trains, or what went wrong; nothing when all is well."""
    if following.status == "done":
        return
    done, total = following.trace.n_rounds, following.scenario.n_rounds
    words, button = st.columns([5, 1], vertical_alignment="center")
    if following.is_live:
        if following.queue_position:
            text = f"Waiting for a free worker: place {following.queue_position} in the queue."
            if following.expected is not None and following.expected >= _LONG_SECONDS:
                text += f" The run itself takes about {time_in_words(following.expected)}."
        else:
            left = left_in_words(done, total, time.monotonic() - following.since, following.expected)
            text = f"Training: round {done} of {total}{left and f', {left}'}."
        if following.error:  # what is told of a run that is to come: why it is computed again
            text = f"{following.error} {text}"
        words.progress(done / total, text=text)
        button.button("Stop", on_click=_stop, args=(following,), width="stretch", key=f"stop_{key}")
        return
    if following.status == "held":
        words.info(beyond_words("This run", following.expected or 0.0), icon=":material/hourglass_top:")
        button.button("Begin anyway", on_click=_begin, args=(following, key), width="stretch", key=f"begin_it_{key}")
        return
    if following.status == "cancelled":
        words.info(f"Stopped after round {done} of {total}.", icon=":material/stop_circle:")
    else:
        what = "was not begun" if following.status == "refused" else "did not finish"
        words.error(f"The run {what}. {following.error}", icon=":material/error:")
    button.button("Run again", on_click=_forget, args=(key,), width="stretch", key=f"again_{key}")


def _begin(following: Following, key: str) -> None:
    st.session_state[f"begin_{key}"] = following.run_id
    _forget(key)


def _stop(following: Following) -> None:
    job_runner().store.cancel(following.run_id, session.owner())


def _forget(key: str) -> None:
    st.session_state.pop(f"following_{key}", None)
