"""What is chosen on a page besides the scenario: its tab, its order, its question. It is in the link.

The names are those of the controls and of the link's parameters; they must differ within a page. What is as it first
was is not kept, so a page's plain link is short.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

import streamlit as st

from cgs_ui.session.messages import has_new_message

NOBODY = "none"  # the text of an empty choice of several
COMPARED = frozenset(
    {"mechanisms", "comparison_seeds", "question", "own_field", "own_field_2", "own_values", "own_values_2", "n_seeds"}
)  # with noisy_of_N: what a lesson may keep as it is, since it says what is trained and compared
Option = TypeVar("Option")


def of_page(page: str | None = None) -> dict[str, str]:
    """The texts of what is chosen on a page, by name; on the one that is shown if none is named."""
    pages: dict[str, dict[str, str]] = st.session_state.setdefault("choices", {})
    return pages.setdefault(st.session_state.get("page", "") if page is None else page, {})


def restore() -> None:
    """The address says what is chosen on this page: controls that have been drawn are set to it (see ``_restored``)."""
    chosen, now = of_page(), st.query_params.to_dict()
    st.session_state.restored = {name for name in chosen.keys() | now.keys() if chosen.get(name) != now.get(name)}
    chosen.clear()
    st.session_state.pop("said_besides", None)


def _restored(name: str, first: Option) -> None:
    """Set the control of this key to what the address says, once, after the browser went back or forward."""
    names: set[str] = st.session_state.get("restored", set())
    if name in names:
        names.discard(name)
        if name in st.session_state:
            st.session_state[name] = first


def lock_compared(is_locked: bool) -> None:
    """Whether what is compared stays as it is, whatever a control or a link says."""
    st.session_state.is_compared_locked = is_locked


def show_otherwise(names: Collection[str]) -> None:
    """What a lesson shows otherwise than it first was: a link has to say of it too that it was put back."""
    st.session_state.shown_otherwise = frozenset(names)


def kept(name: str) -> str | None:
    """The text of what is chosen; None where it is as it first was."""
    text = of_page().get(name)
    return None if text == "" and name in st.session_state.get("shown_otherwise", ()) else text


def is_locked(name: str) -> bool:
    """Whether this choice stays as it is."""
    return (name in COMPARED or name.startswith("noisy_of_")) and st.session_state.get("is_compared_locked", False)


def locked_label(name: str, label: str) -> str:
    """A control's label, with a lock where it is locked."""
    return f":material/lock: {label}" if is_locked(name) else label


def keep(name: str, text: str | None) -> None:
    """Keep what is chosen now, in the link too; None where it is as it first was.

    Of a choice among so many (``walk_of_5``) the one made last stays: a link does not grow with every number tried.
    """
    chosen = of_page()
    if text is None and name in st.session_state.get("shown_otherwise", ()):
        text = ""
    if chosen.get(name) == text or is_locked(name):
        return
    family = name[: name.rfind("_of_") + len("_of_")] if "_of_" in name else None
    gone = [other for other in chosen if other == name or (family and other.startswith(family))]
    for other in gone:
        del chosen[other]
    if text is not None:
        chosen[name] = text
    _say(gone, name)


def say_besides(parameters: Mapping[str, str]) -> None:
    """What the address of this page says besides what is chosen, and nothing more."""
    st.session_state.said_besides = (st.session_state.get("page", ""), dict(parameters))


def _say(gone: Collection[str], name: str) -> None:
    """Have the address say what is chosen now, and again all that it is to say.

    A browser that asks again before it has heard of a change sends the address of before.
    """
    chosen = of_page()
    page, besides = st.session_state.get("said_besides", (None, {}))
    if page == st.session_state.get("page", ""):
        st.query_params.from_dict(besides | chosen)
        return
    for other in gone:
        st.query_params.pop(other, None)
    if name in chosen:
        st.query_params[name] = chosen[name]


def one(name: str, default: Option, options: Iterable[Option], text: Callable[[Option], str] = str) -> Option:
    """What the control of this key shows, to be given to it as its first value: one of some options."""
    by_text = {text(option): option for option in options}
    first = by_text.get(of_page().get(name, ""), default)
    _restored(name, first)
    now: Option = first if is_locked(name) else st.session_state.get(name, first)
    now = now if now in by_text.values() else default
    keep(name, None if now == default else text(now))
    return now


def tab(name: str, options: Sequence[str]) -> str:
    """The same of tabs, as their first one: while they stand it must not change, or they would be other tabs."""
    is_new = name not in st.session_state
    now = one(name, options[0], options)
    firsts: dict[str, str] = st.session_state.setdefault("first_tabs", {})
    if is_new or firsts.get(name) not in options:
        firsts[name] = now
    return firsts[name]


def show_views(name: str, views: Mapping[str, Callable[..., None]], *given: object) -> None:
    """Tabs of a page, a view each; only the one that is open is drawn, of what is ``given``.

    Opening another one redraws nothing else of the page.
    """
    st.fragment(_views)(st.session_state.get("scenario"), name, views, given)


def _views(scenario: object, name: str, views: Mapping[str, Callable[..., None]], given: Sequence[object]) -> None:
    if st.session_state.get("scenario") != scenario or has_new_message():
        st.rerun(scope="app")  # a control inside a view has changed what the page is of, or could not
    tabs = st.tabs(list(views), key=name, default=tab(name, list(views)), on_change="rerun")
    for place, view in zip(tabs, views.values(), strict=True):
        if place.open:
            with place:
                view(*given)


def several(
    name: str, default: Sequence[Option], options: Collection[Option], text: Callable[[Option], str] = str
) -> list[Option]:
    """The same of a control of several options at once."""
    by_text = {text(option): option for option in options}
    kept = of_page().get(name)
    first = list(default)
    if kept is not None and all(part in by_text for part in kept.split(",") if part != NOBODY):
        first = [by_text[part] for part in kept.split(",") if part != NOBODY]
    _restored(name, first)
    asked = first if is_locked(name) else st.session_state.get(name, first)
    now: list[Option] = [option for option in asked if option in by_text.values()]
    keep(name, None if set(now) == set(default) else ",".join(map(text, now)) or NOBODY)
    return now


def number(name: str, default: float, low: float, high: float) -> float:
    """The same of a slider of numbers."""
    try:
        kept = type(default)(of_page()[name])
    except (KeyError, ValueError):
        kept = default
    first = kept if low <= kept <= high else default
    _restored(name, first)
    now: float = st.session_state.get(name, first)
    keep(name, None if now == default else f"{now:g}")
    return now
