"""The page of the shelf: its runs, a row each; the tables of those that are ticked; their charts on demand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from cgs_core.figures import (
    MAX_OVERLAID,
    QUANTITIES,
    Figure,
    agent_name,
    run_look,
    shelf_agents_figure,
    shelf_rounds_figure,
)
from cgs_core.measures import MEASURES
from cgs_core.runs import ShelfEntry
from cgs_core.studies.side_by_side import MAX_NAME_LENGTH, PER_AGENT, PER_RUN, REDUCTIONS, NamedRun, to_csv
from cgs_core.words.glossary import measures_linked
from cgs_ui import session
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.controls.keys import is_shown, key_of
from cgs_ui.places import PLAYGROUND
from cgs_ui.session import view
from cgs_ui.shelf import contents
from cgs_ui.shelf.contents import Pinned
from cgs_ui.shelf.prose import results_table, settings_table, summary
from cgs_ui.shelf.swatch import swatch

_WIDTHS = (0.4, 0.8, 3.4, 2.6, 3.0)
_NO_BASELINE = "no baseline"
_SHARES = ("contribution_share", "importance")  # which add up to 1, so that their mean says nothing


# -- the runs ------------------------------------------------------------------------------------------------


def runs_list(pinned: Sequence[Pinned]) -> list[Pinned]:
    """A row a run: tick it, name it, open it, take it off. Returns the runs that are ticked."""
    ticks = _ticks([one.entry.run_id for one in pinned])
    on_shelf = list(ticks)
    is_full = sum(ticks[run_id] for run_id in on_shelf) >= MAX_OVERLAID
    for number, one in enumerate(pinned, 1):
        _row(number, one, ticks, is_full)
    return [one for one in pinned if ticks[one.entry.run_id]]


def _ticks(on_shelf: Sequence[str]) -> dict[str, bool]:
    """Which runs are ticked, by id: as they were, and a new one if there is room."""
    before = contents.view().get("ticks", {})
    ticks = {run_id: bool(before[run_id]) for run_id in on_shelf if run_id in before}
    for run_id in on_shelf:
        ticks.setdefault(run_id, sum(ticks.values()) < MAX_OVERLAID)
    contents.remember("ticks", ticks)
    return {run_id: ticks[run_id] for run_id in on_shelf}


def _row(number: int, one: Pinned, ticks: dict[str, bool], is_full: bool) -> None:
    run_id, name = one.entry.run_id, one.entry.name
    tick, look, words, about, moves = st.columns(_WIDTHS, vertical_alignment="center")
    is_ticked = ticks[run_id]
    tick_key, name_key = key_of(f"tick_{run_id}", is_ticked), key_of(f"name_{run_id}", name)

    def change_tick() -> None:
        if is_shown(f"tick_{run_id}", tick_key):
            contents.remember("ticks", contents.view()["ticks"] | {run_id: st.session_state[tick_key]})

    def change_name() -> None:
        if is_shown(f"name_{run_id}", name_key):
            contents.rename(run_id, st.session_state[name_key])

    tick.checkbox(
        f"Compare run {number}",
        is_ticked,
        key=tick_key,
        on_change=change_tick,
        label_visibility="collapsed",
        disabled=is_full and not is_ticked,
    )
    look.html(swatch(run_look(one.entry.color_index)))
    words.text_input(
        f"Name of run {number}",
        name,
        key=name_key,
        on_change=change_name,
        max_chars=MAX_NAME_LENGTH,
        label_visibility="collapsed",
    )
    about.caption(summary(one))
    with moves.container(horizontal=True, gap="xsmall"):
        _moves(number, one.entry)


def _moves(number: int, entry: ShelfEntry) -> None:
    """What can be done with a run: it is opened, or taken off."""
    if st.button(
        "Open",
        key=f"open_{entry.run_id}",
        help=f"Open run {number} in the Playground",
        on_click=session.open_scenario,
        args=(entry.scenario,),
    ):
        st.switch_page(PLAYGROUND)
    st.button(
        "Take off",
        key=f"take_off_{entry.run_id}",
        help=f"Take run {number} off the shelf",
        on_click=contents.take_off,
        args=(entry,),
    )


def taken_off() -> None:
    """What was taken off last, and the way back."""
    if (entry := st.session_state.get("taken_off")) is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"“{entry.name}” is off the shelf.")
            st.button("Put it back", on_click=contents.put_back, icon=":material/undo:")


# -- the tables ----------------------------------------------------------------------------------------------


def tables(chosen: Sequence[Pinned]) -> None:
    """Settings and results of the ticked runs side by side."""
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    is_only_differing = len(chosen) > 1 and _only_differing(left)
    baseline = _baseline(right, chosen) if len(chosen) > 1 else None
    place = next((place for place, one in enumerate(chosen) if one.entry.run_id == baseline), None)
    st.subheader("Settings")
    _table(
        settings_table(chosen, is_only_differing),
        "Settings of the ticked runs, a run a column.",
        "These runs have the same settings.",
    )
    st.subheader("Results")
    results = results_table(chosen, is_only_differing, place)
    _table(
        results,
        "Measures of the ticked runs, a run a column.",
        "These runs have the same results.",
    )
    if not results.empty:
        st.caption(measures_linked(name for name, one in MEASURES.items() if one.title in set(results["Measure"])))
    if place is not None:
        st.caption(f"In brackets: the difference to “{_plain(chosen[place].entry.name)}”; of percentages in points.")


def _only_differing(where: st.delta_generator.DeltaGenerator) -> bool:
    shown = bool(contents.view().get("only_differing", True))
    key = key_of("only_differing", shown)

    def change() -> None:
        if is_shown("only_differing", key):
            contents.remember("only_differing", st.session_state[key])

    where.toggle("Only what differs", shown, key=key, on_change=change)
    return shown


def _baseline(where: st.delta_generator.DeltaGenerator, chosen: Sequence[Pinned]) -> str | None:
    """The id of the run that the others are compared with: the first one until another is chosen; None: no run."""
    names = {one.entry.run_id: one.entry.name for one in chosen}
    options = [_NO_BASELINE, *names]
    shown = contents.view().get("baseline", options[1])
    shown = shown if shown in options else options[1]
    key = key_of("baseline", shown)

    def change() -> None:
        if is_shown("baseline", key):
            contents.remember("baseline", st.session_state[key])

    where.selectbox(
        "Baseline",
        options,
        options.index(shown),
        key=key,
        on_change=change,
        format_func=lambda one: names.get(one, one),
    )
    return None if shown == _NO_BASELINE else shown


def _table(table: pd.DataFrame, alt: str, otherwise: str) -> None:
    if table.empty:
        st.info(otherwise, icon=":material/info:")
    else:
        first = {table.columns[0]: st.column_config.TextColumn(pinned=True)}
        st.dataframe(table, hide_index=True, width="stretch", height="content", column_config=first, alt=alt)


def _plain(name: str) -> str:
    """A name inside Markdown, as it is."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+-.!|~$:&^=" else sign for sign in name)


def download(pinned: Sequence[Pinned]) -> None:
    """All runs of the shelf as one file."""
    runs = [one.run for one in pinned]
    st.download_button(
        "All runs (CSV)",
        partial(to_csv, runs),
        "cgs-contents.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
        help="Every run of the shelf, its settings, its measures and all its rounds: a value a row.",
    )


# -- the charts ----------------------------------------------------------------------------------------------


def charts(chosen: Sequence[Pinned]) -> None:
    """The ticked runs over each other: one quantity over the rounds, or agent by agent."""
    runs = [one.run for one in chosen if one.trace.n_rounds]
    if not runs:
        st.info("No round of these runs is there yet.", icon=":material/hourglass_top:")
        return
    with view.aside("charts"):
        figure, key = _chosen_figure(runs)
    if view.is_bare():
        view.sentence(f"**{figure['layout']['meta']['title']}**")
    chart(figure, key, captions.of_runs(runs))


def _chosen_figure(runs: Sequence[NamedRun]) -> tuple[Figure, str]:
    """The figure that the controls ask for, and the chart's key."""
    left, middle, right = st.columns(3)
    quantity = _remembered_choice(left, "Show", "quantity", list(QUANTITIES), lambda name: QUANTITIES[name].title)
    if quantity in PER_RUN:
        return shelf_rounds_figure(runs, quantity), "shelf_rounds"
    assert quantity in PER_AGENT
    how = _remembered_choice(middle, "How", "how", ["Over the rounds", "Agent by agent"])
    if how == "Agent by agent":
        return shelf_agents_figure(runs, quantity), "shelf_agents"
    whose = [
        *(name for name in REDUCTIONS if not (name == "mean" and quantity in _SHARES)),
        *range(max(run.trace.scenario.n_agents for run in runs)),
    ]
    chosen_one = right.selectbox(
        "Whose", whose, format_func=_whose_words, key=f"shelf_whose_{quantity in _SHARES}_{len(whose)}"
    )
    return shelf_rounds_figure(runs, quantity, chosen_one), "shelf_rounds"


def _remembered_choice(
    where: st.delta_generator.DeltaGenerator, label: str, name: str, options: list[str], words: Any = str
) -> str:
    """A choice that is there again after a restart."""
    kept = contents.view().get(name)
    first = kept if kept in options else options[0]
    chosen: str = where.selectbox(label, options, options.index(first), format_func=words, key=f"shelf_{name}")
    contents.remember(name, chosen)
    return chosen


def _whose_words(whose: str | int) -> str:
    return agent_name(whose) if isinstance(whose, int) else f"{whose} over the agents"
