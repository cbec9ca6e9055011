"""What one visitor's session remembers: the scenario on screen, its link, and the last problem.

The scenario is the only truth. Controls show it and change it through ``change``; the link in the address bar
follows it. A change that is not valid leaves everything as it was and says why.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cgs_core import Scenario, ScenarioError
from cgs_core.errors import JobError
from cgs_core.scenario.links import scenario_from_link
from cgs_core.studies.presets import OPENING, PRESETS
from cgs_ui.background import job_runner
from cgs_ui.session import choices
from cgs_ui.session.messages import note, tell
from cgs_ui.session.start import start, start_from, story
from cgs_ui.session.teacher_link import COMPARED, OTHER_PAGES, KeyFileError, Lesson, lesson_of

LINK_PARAMETER = "s"
RUN_PARAMETER = "run"
ROUND_PARAMETER = "round"
PRESET_PARAMETER = "preset"
STORY_PARAMETER = "story"  # what the scenario was made from
VIEW_PARAMETER = "view"
PROJECTOR = "projector"  # the one view that a link asks for
LESSON_PARAMETER = "lesson"
_OPENED = {
    LINK_PARAMETER,
    RUN_PARAMETER,
    ROUND_PARAMETER,
    PRESET_PARAMETER,
    STORY_PARAMETER,
    VIEW_PARAMETER,
    LESSON_PARAMETER,
}
_MOST_NOTICES = 4


def enter(page: str) -> None:
    """The page that is run now; a session's first one, besides Home, takes up what the link says."""
    if st.session_state.get("page") != page:
        _close_dialogs()
    st.session_state.page = page
    choices.lock_compared(is_locked(COMPARED))
    is_restored = page != "" and has_gone_back()
    if is_restored:
        _forget()
    if is_restored or (page and not st.session_state.get("is_link_open")):
        st.session_state.is_link_open = True
        _take_choices()
        scenario(), round_index(), is_projected()


def _close_dialogs() -> None:
    st.session_state.is_sharing = st.session_state.is_taking = False
    st.session_state.pop("why_dialog", None)


def has_gone_back() -> bool:
    """Whether the script runs because the browser went back or forward: the address says what is to be on screen."""
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))


def _forget() -> None:
    """What is on screen gives way to what the address says."""
    for name in ("scenario", "start", "round_index", "is_projected", "message"):
        st.session_state.pop(name, None)
    st.session_state.n_restored = n_restored() + 1
    choices.restore()


def n_restored() -> int:
    """How often the browser went back or forward: what a component reported before then does not count."""
    return int(st.session_state.get("n_restored", 0))


def _take_choices() -> None:
    """What the link says of the page besides the scenario; in a lesson, over what the lesson says, where it allows."""
    now = st.query_params.to_dict()
    shown: Mapping[str, str] = {} if (kept := lesson()) is None else kept.shown
    choices.show_otherwise(shown)
    locked = [name for name in now if choices.is_locked(name)]
    if any(now[name] != shown.get(name) for name in locked):
        note("Locked in this lesson, and not changed: What is compared.")
    asked = {name: text for name, text in now.items() if name not in locked}
    choices.of_page().update({name: text for name, text in (dict(shown) | asked).items() if name not in _OPENED})


def owner() -> str:
    """This session's unguessable token: its background jobs belong to it."""
    return st.session_state.setdefault("owner", secrets.token_urlsafe(16))


def scenario() -> Scenario:
    """The scenario on screen; a session's first one comes from the link, else it is the opening."""
    if "scenario" not in st.session_state:
        st.session_state.scenario = _scenario_of_link()
        kept = lesson()
        if kept is None:
            start_from(st.session_state.scenario, st.query_params.get(STORY_PARAMETER))
        else:
            start_from(kept.scenario)
    return st.session_state.scenario


def lesson() -> Lesson | None:
    """The teacher's link that this session was opened by; one that is not genuine allows nothing."""
    if "lesson" not in st.session_state:
        st.session_state.lesson = _lesson_of_link()
    return st.session_state.lesson


def is_locked(right: str) -> bool:
    """Whether the teacher has locked this field of the scenario, or the way to other pages."""
    return (kept := lesson()) is not None and not kept.allows(right)


def only_page() -> str | None:
    """The page that the lesson keeps to; None where others may be opened too."""
    return None if (kept := lesson()) is None or kept.allows(OTHER_PAGES) else kept.page or None


def set_scenario(new: Scenario) -> None:
    """Put a scenario on screen, as far as the lesson allows; what was said of the change before is gone."""
    before = scenario()
    st.session_state.pop("message", None)
    st.session_state.is_message_new = False
    if (kept := lesson()) is not None:
        new = _permitted(kept, before, new)
    if new != before:
        st.session_state.scenario = new
        st.session_state.pop("round_index", None)  # read again from the link, within the new number of rounds


def open_scenario(new: Scenario) -> None:
    """Put a scenario on screen as something new to start from, as far as the lesson allows."""
    set_scenario(new)
    if lesson() is None:
        start_from(new)


def reset() -> None:
    """Undo all changes since the scenario was opened."""
    if (opened := start()) is not None:
        set_scenario(opened)


def change(**fields: Any) -> None:
    """Change fields of the scenario on screen; an invalid change is told and not made."""
    try:
        set_scenario(scenario().replace(**fields))
    except ScenarioError as error:
        tell(f"Nothing was changed. {error}")


def ask_own(field: str, values: str) -> None:
    """Have the page Trade-offs ask what happens when this field takes these values, unless a lesson has its own."""
    if is_locked(COMPARED):
        return
    choices.of_page("trade-offs").update(question="own", own_field=field, own_values=values)


def is_projected() -> bool:
    """Whether pages are shown to a class by a projector; at first as the link says."""
    if "is_projected" not in st.session_state:
        st.session_state.is_projected = st.query_params.get(VIEW_PARAMETER) == PROJECTOR
    return bool(st.session_state.is_projected)


def set_projected(wanted: bool) -> None:
    """Turn the projector view on or off, in the link too; a dialog that is open closes."""
    _close_dialogs()
    st.session_state.is_projected = wanted
    update_link()


def round_index() -> int | None:
    """The round that the reader stopped at, None for the last one."""
    if "round_index" not in st.session_state:
        st.session_state.round_index = _round_of_link()
    return st.session_state.round_index


def set_round_index(new: int | None) -> None:
    """Remember the round that the reader stopped at, in the link too."""
    st.session_state.round_index = new
    update_link()


def link_parameters() -> dict[str, str]:
    """What a link needs to show what is on screen (nothing for the opening)."""
    return _besides_choices() | choices.of_page()


def _besides_choices() -> dict[str, str]:
    wanted = {}
    kept = lesson()
    if kept is not None:
        wanted[LESSON_PARAMETER] = st.session_state.lesson_token
    if scenario() != (OPENING.scenario if kept is None else kept.scenario):
        wanted[LINK_PARAMETER] = scenario().to_link()
    if kept is None and (told := story()) is not None and scenario() != told.scenario:
        wanted[STORY_PARAMETER] = told.name
    if (index := round_index()) is not None:
        wanted[ROUND_PARAMETER] = str(index + 1)
    elif kept is not None and ROUND_PARAMETER in kept.shown:
        wanted[ROUND_PARAMETER] = ""  # the last one all the same
    if is_projected():
        wanted[VIEW_PARAMETER] = PROJECTOR
    return wanted


def update_link() -> None:
    """Make the address bar say what is on screen; where the browser went back or forward it does already."""
    besides = _besides_choices()
    choices.say_besides(besides)
    wanted = besides | choices.of_page()
    if not has_gone_back() and st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _lesson_of_link() -> Lesson | None:
    token = st.query_params.get(LESSON_PARAMETER)
    if token is None:
        return None
    st.session_state.lesson_token = token
    try:
        return lesson_of(token)
    except (ScenarioError, KeyFileError) as error:
        tell(
            f"This teacher's link cannot be opened. {error}. The default scenario is shown, and nothing in it can be "
            "changed."
        )
        return Lesson(Scenario())


def _permitted(kept: Lesson, before: Scenario, wanted: Scenario) -> Scenario:
    """As far as the lesson allows; what stays is told."""
    try:
        new, refused = kept.permitted(before, wanted)
    except ScenarioError as error:
        tell(f"Nothing was changed. Of this lesson not everything may be: {error}")
        return before
    if refused:
        note(f"Locked in this lesson, and not changed: {', '.join(refused)}.")
    return new


def _scenario_of_link() -> Scenario:
    """The scenario that the link asks for; in a lesson, the lesson's with what of the link's is allowed."""
    if (kept := lesson()) is None:
        return _asked_scenario() or OPENING.scenario
    asked = _asked_scenario()
    return kept.scenario if asked is None else _permitted(kept, kept.scenario, asked)


def _asked_scenario() -> Scenario | None:
    """The scenario that the link names; None where it names none, or one that cannot be opened."""
    try:
        if name := st.query_params.get(PRESET_PARAMETER):
            if name not in PRESETS:
                raise ScenarioError("preset", f"must be one of {', '.join(PRESETS)}", name)
            return PRESETS[name].scenario
        if run_id := st.query_params.get(RUN_PARAMETER):
            if not re.fullmatch("[0-9a-f]{12}", run_id):
                raise ScenarioError("run", "must be the twelve hexadecimal digits of a stored run", run_id)
            return job_runner().store.scenario_of(run_id)
        if text := st.query_params.get(LINK_PARAMETER):
            opened, notices = scenario_from_link(text)
            _note_notices(notices)
            return opened
    except (ScenarioError, JobError) as error:
        instead = f"“{OPENING.title}”" if lesson() is None else "The lesson's scenario"
        tell(f"This link cannot be opened. {str(error).rstrip('.')}. {instead} is shown instead.")
    return None


def _note_notices(notices: tuple[str, ...]) -> None:
    if notices:
        more = len(notices) - _MOST_NOTICES
        note(
            " ".join(
                [
                    "This link was not opened as it came.",
                    *notices[:_MOST_NOTICES],
                    *([f"And {more} more."] if more > 0 else []),
                ]
            )
        )


def _round_of_link() -> int | None:
    shown = {} if (kept := lesson()) is None else kept.shown
    text = st.query_params.get(ROUND_PARAMETER, shown.get(ROUND_PARAMETER, ""))
    return min(int(text), scenario().n_rounds) - 1 if text.isdecimal() and len(text) < 10 and int(text) > 0 else None
