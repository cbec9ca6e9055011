"""The dialog "Take it away": a run or a comparison as files, each made when it is asked for.

The files are made off the script's thread, where nothing may touch the session: what they need is handed to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cgs_core import Scenario, Trace
from cgs_core.durations import time_in_words
from cgs_ui import session
from cgs_ui.background import one_at_a_time, seconds_of_the_last
from cgs_ui.charts import captions
from cgs_ui.following.pulse import pulse
from cgs_ui.session import addresses

if TYPE_CHECKING:
    from cgs_core.studies.comparison import (
        Comparison,  # which loads the engine, as the files do: only who asks waits for it
    )

PAGES = ("playground", "mechanisms")
"""The pages that have something to take away."""

_LOOK_SECONDS = 0.7  # from one look to the next, while there is nothing to take away yet


@dataclass(frozen=True)
class Parcel:
    """A file that can be taken away."""

    label: str
    words: str
    icon: str
    name: str
    media_type: str
    make: Callable[[], str | bytes]


# -- what there is ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Offer:
    """What the page has to give; ``is_live``: it is not whole yet."""

    page: str
    is_live: bool
    parcels: Callable[[], list[Parcel]]
    own_name: str | None  # of a person's own data


def offer_run(trace: Trace, is_live: bool) -> None:
    """Say that this run is what can be taken away from the page, unless it is still the one before a change."""
    is_before = trace.scenario != session.scenario()
    _offer(trace.scenario, is_live or is_before, partial(_run_parcels, trace))


def offer_comparison(comparison: Comparison, is_live: bool) -> None:
    """Say that this comparison is what can be taken away from the page."""
    _offer(comparison.scenario, is_live, partial(_comparison_parcels, comparison))


def _offer(scenario: Scenario, is_live: bool, parcels: Callable[[], list[Parcel]]) -> None:
    own_name = None if scenario.own_data is None else scenario.own_data.name
    st.session_state.offer = _Offer(st.session_state.page, is_live, parcels, own_name)


# -- the button and its dialog -----------------------------------------------------------------------------------


@st.fragment
def take_away() -> None:
    """The button; its dialog stays open while the page is drawn anew, and closes with the page."""
    if st.button(
        "Take it away",
        icon=":material/download:",
        key="take_away",
        type="tertiary",
        help="Report, pictures, numbers, program: as files.",
    ):
        st.session_state.is_taking = True
    if st.session_state.get("is_taking"):  # until it is closed, or another page is opened (session.enter)
        st.dialog("Take it away", width="medium", on_dismiss=_close)(_give)()


def _close() -> None:
    st.session_state.is_taking = False


def _give() -> None:
    """The files; what is asked for when the dialog is drawn, so that links in them say what is on screen then."""
    offer: _Offer | None = st.session_state.get("offer")
    if offer is None or offer.page != st.session_state.page or offer.is_live:
        st.info(
            "There is something to take away once what is on this page has been computed.",
            icon=":material/hourglass_top:",
        )
        pulse("take_away", _LOOK_SECONDS)
        return
    for parcel in offer.parcels():
        left, right = st.columns([1, 1.5], vertical_alignment="center")
        left.download_button(
            parcel.label,
            parcel.make,
            parcel.name,
            parcel.media_type,
            on_click="ignore",
            icon=parcel.icon,
            width="stretch",
            key=f"take_{parcel.label}",
        )
        right.caption(parcel.words)
    if offer.own_name is not None:
        st.caption("Your data are in none of these files, nor is any sample of them.")


def _run_parcels(trace: Trace) -> list[Parcel]:
    from cgs_core.export import bundle, code, report  # loads what a page that draws need not

    scenario, link = trace.scenario, addresses.page_link()
    stem = f"cgs-{scenario.scenario_id}"
    return [
        _report(f"{stem}-report.html", partial(report.run_report, trace, link)),
        _everything(f"{stem}.zip", partial(bundle.run_bundle, trace, link)),
        *_programs(stem, partial(code.run_script, trace), partial(code.run_notebook, trace)),
        Parcel(
            "All rounds (CSV)",
            "Round, agent, quantity, value.",
            ":material/table:",
            f"{stem}.csv",
            "text/csv",
            trace.to_csv,
        ),
        _settings(stem, scenario),
        Parcel(
            "Measures (JSON)",
            "Of the last round; why, where one is undefined.",
            ":material/data_object:",
            f"{stem}-summary.json",
            "application/json",
            trace.summary_json,
        ),
    ]


def _comparison_parcels(comparison: Comparison) -> list[Parcel]:
    from cgs_core.export import bundle, code, comparison_report  # loads what a page that draws need not

    link = addresses.page_link()
    stem = f"cgs-{comparison.scenario.scenario_id}-mechanisms"
    words = captions.of_comparison(comparison).words
    return [
        _report(f"{stem}-report.html", partial(comparison_report.comparison_report, comparison, link)),
        _everything(f"{stem}.zip", partial(bundle.comparison_bundle, comparison, words, link)),
        *_programs(stem, partial(code.comparison_script, comparison), partial(code.comparison_notebook, comparison)),
        Parcel(
            "Comparison (CSV)",
            "Mechanism, seed, agent, quantity, value.",
            ":material/table:",
            f"{stem}.csv",
            "text/csv",
            comparison.to_csv,
        ),
        Parcel(
            "Comparison (JSON)",
            "The whole table, with ranks and properties.",
            ":material/data_object:",
            f"{stem}.json",
            "application/json",
            comparison.to_json,
        ),
        _settings(stem, comparison.scenario),
    ]


# -- kinds of files --------------------------------------------------------------------------------------------


def _report(name: str, make: Callable[[], str]) -> Parcel:
    words = "One file with all figures, tables and definitions: reads offline, plays its rounds, prints."
    return Parcel("Report (HTML)", words, ":material/article:", name, "text/html", make)


def _everything(name: str, make: Callable[..., bytes]) -> Parcel:
    words = f"The report, every figure as SVG, PNG, PDF and CSV, all numbers, the program. {_zip_time()}"
    return Parcel(
        "Everything (ZIP)", words, ":material/folder_zip:", name, "application/zip", partial(one_at_a_time, make)
    )


def _zip_time() -> str:
    """How long the pictures take, as the last ZIP did."""
    seconds = seconds_of_the_last()
    return "Every figure is drawn: that takes a while." if seconds is None else f"Takes about {time_in_words(seconds)}."


def _programs(stem: str, script: Callable[[], str], notebook: Callable[[], str]) -> list[Parcel]:
    words = "prints the same numbers with cgs_core."
    return [
        Parcel(
            "Program (Python)",
            f"A short program that {words}",
            ":material/code:",
            f"{stem}.py",
            "text/x-python",
            script,
        ),
        Parcel(
            "Notebook",
            f"A notebook that {words}",
            ":material/edit_note:",
            f"{stem}.ipynb",
            "application/x-ipynb+json",
            notebook,
        ),
    ]


def _settings(stem: str, scenario: Scenario) -> Parcel:
    words = "All settings; opens here (More, Open a scenario file) and on the command line."
    return Parcel(
        "Scenario (JSON)",
        words,
        ":material/data_object:",
        f"{stem}-scenario.json",
        "application/json",
        lambda: f"{scenario.to_json()}\n",
    )
