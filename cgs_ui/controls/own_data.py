"""A person's own data on the page: the form that reads a file, what becomes of it, and what a link does without it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from cgs_core import DataError, Scenario
from cgs_core.data.own import files as own_files
from cgs_core.data.own.arrays import FURTHEST, OwnArrays
from cgs_core.data.own.csv import default_columns, is_table, read_upload, table_head
from cgs_core.scenario.own_data import MAX_NAME_LENGTH, OwnData
from cgs_ui import session
from cgs_ui.controls.own_holdings import HOLDINGS
from cgs_ui.plain_text import plain, short_name
from cgs_ui.session.teacher_link import LOCKED
from cgs_ui.session.visitor import visitor

Use = Callable[[OwnData], None]

_NO_AGENT = "(none)"
_OFF = "This server takes no own data."
_WHAT = (
    "A CSV table with one label column, or an .npz file of pictures, grey or in colour; at most 5 MB and 20,000 "
    "rows. The samples stay on this server while your session lasts."
)


def link_note(scenario: Scenario) -> str | None:
    """What a link to a scenario does not hold; None where it holds everything."""
    if scenario.own_data is None:
        return None
    return (
        f"This run is on own data ({plain(scenario.own_data.name)}). They are not in the link: it opens only on this "
        "server, as long as the data are there, or with the same file."
    )


def current(scenario: Scenario) -> OwnData | None:
    """The own data that can be chosen: those on screen, else the session's last ones, if they are still there."""
    own: OwnData | None = scenario.own_data or st.session_state.get("own_data")
    return own if own is None or own == scenario.own_data or own_files.is_here(own) else None


def controls(scenario: Scenario, use: Use) -> None:
    """The button that opens the form, and what can be done with the data on screen."""
    if own_files.is_off() or session.is_locked("own_data"):
        st.button(
            "Use your own data",
            icon=":material/lock:",
            width="stretch",
            key="open_own_data",
            disabled=True,
            help=_OFF if own_files.is_off() else LOCKED,
        )
    elif st.button("Use your own data", icon=":material/upload_file:", width="stretch", key="open_own_data"):
        st.dialog("Use your own data", width="large")(_form)(use, "dialog")
    own = scenario.own_data
    if own is None or not own_files.is_here(own) or not HOLDINGS.holds(session.owner(), own.sha256):
        return
    keep, delete = st.columns(2)
    if own_files.is_kept(own.sha256):
        keep.caption("Kept on this server.")
    else:
        keep.button(
            "Keep here",
            on_click=own_files.keep_for_good,
            args=(own.sha256,),
            width="stretch",
            key="keep_own",
            help="Keep the samples on this server when your session ends; else they are deleted.",
        )
    delete.button(
        "Delete",
        on_click=own_files.delete,
        args=(own.sha256,),
        width="stretch",
        key="delete_own",
        help="Delete the samples from this server now.",
    )


def require(scenario: Scenario, use: Use) -> None:
    """Where a scenario's own data are not here: say so, ask for the file, and end the page."""
    own = scenario.own_data
    if own is None or own_files.is_here(own):
        return
    if own_files.is_off():
        st.error(f"This run is on own data ({plain(own.name)}). {_OFF}", icon=":material/database_off:")
        st.stop()
    otherwise = "." if session.is_locked("own_data") else ", or choose another data set."
    st.error(
        f"The data of this run ({plain(own.name)}) are not on this server: a link does not hold them. "
        f"Give the same file again{otherwise}",
        icon=":material/database_off:",
    )
    _form(use, "page")
    st.stop()


# -- the form ----------------------------------------------------------------------------------------------------


def _form(use: Use, place: str) -> None:
    """Where to give a file; ``place`` tells the dialog's controls from the page's."""
    st.caption(_WHAT)
    upload = st.file_uploader("Your file", key=f"own_file_{place}")
    if upload is None:
        return
    content = upload.getvalue()
    try:
        columns = _columns(content, upload.file_id) if is_table(content) else (None, None)
        arrays = _read(content, upload.file_id, *columns)
    except DataError as error:
        st.error(f"This file cannot be used. {plain(str(error))}", icon=":material/error:")
        return
    _preview(content, arrays)
    stem = short_name(PurePath(upload.name).stem)
    name = st.text_input(
        "Name", stem or "Own data", max_chars=MAX_NAME_LENGTH, key=f"own_name_{upload.file_id}"
    ).strip()
    if st.button("Use it", type="primary", key=f"use_own_{place}"):
        _use(arrays, name or "Own data", use)
        st.rerun(scope="app")  # which closes the dialog


def _columns(content: bytes, file_id: str) -> tuple[str, str]:
    """The label and the agent column, chosen from the table's; "" for no agents."""
    header = table_head(content, 1)[0]
    label, agent = default_columns(header)
    left, right = st.columns(2)
    label = left.selectbox("Label column", header, header.index(label), key=f"own_label_{file_id}")
    others = [_NO_AGENT, *(name for name in header if name != label)]
    place = others.index(agent) if agent in others else 0
    chosen = right.selectbox(
        "Agent column",
        others,
        place,
        key=f"own_agent_{file_id}_{label}",
        help="Who holds which row; the split by owner goes by it.",
    )
    return label, "" if chosen == _NO_AGENT else chosen


def _read(content: bytes, file_id: str, label: str | None, agent: str | None) -> OwnArrays:
    """The file's samples, read once as long as the form shows the same."""
    asked = (file_id, label, agent)
    if st.session_state.get("own_read", (None,))[0] != asked:
        st.session_state.own_read = (asked, read_upload(content, "Own data", label, agent))
    arrays: OwnArrays = st.session_state.own_read[1]
    return arrays


def _preview(content: bytes, arrays: OwnArrays) -> None:
    own = arrays.own
    st.markdown(
        f"**{own.n_train + own.n_test:,} samples**, {_what(own)}, {len(own.class_names)} classes: "
        f"{own.n_train:,} to train on, {own.n_test:,} kept for testing."
    )
    if own.kind == "table":
        header, *rows = table_head(content, 5)
        width = len(header)
        table = pd.DataFrame([(row + [""] * width)[:width] for row in rows], columns=header)
        st.dataframe(table, hide_index=True, width="stretch", alt="The first rows of the file.")
    else:
        shown = arrays.train_features[:8].reshape(-1, *own.shape)
        scaled = shown if shown.dtype == np.uint8 else np.round(shown * 255).astype(np.uint8)
        names = [plain(own.class_names[label]) for label in arrays.train_labels[:8]]
        st.image(list(scaled), caption=names, alt=names, width=80)
    st.caption(_converted(arrays))
    st.dataframe(
        counts(arrays), hide_index=True, width="stretch", alt="How many training samples there are of each class."
    )


def _what(own: OwnData) -> str:
    if own.kind == "table":
        return f"{own.shape[0]} columns of numbers"
    return f"pictures of {own.shape[0]}×{own.shape[1]} in {'colour' if len(own.shape) == 3 else 'grey'}"


def _converted(arrays: OwnArrays) -> str:
    """What becomes of the file's numbers before they are learned from."""
    if arrays.own.kind == "table":
        return (
            f"Each column is shifted and scaled to mean 0 and standard deviation 1; what is further than "
            f"{FURTHEST:,.0f} deviations off is brought there."
        )
    is_whole = arrays.train_features.dtype == np.uint8
    what = (
        "Whole numbers from 0 to 255 are divided by 255."
        if is_whole
        else ("Decimals are kept to seven digits; here they are shown in 256 shades.")
    )
    return f"All pixels are used, no picture is made smaller. {what}"


def counts(arrays: OwnArrays) -> pd.DataFrame:
    """Training samples of each class, a row a class; with agents, a column an agent."""
    own = arrays.own
    n_classes = len(own.class_names)
    columns: dict[str, Any] = {"Class": list(own.class_names)}
    columns["To train on"] = np.bincount(arrays.train_labels, minlength=n_classes)
    for place, owner in enumerate(own.owner_names):
        held = arrays.train_labels[arrays.train_owners == place]
        columns[f"of {owner}"] = np.bincount(held, minlength=n_classes)
    return pd.DataFrame(columns)


def _use(arrays: OwnArrays, name: str, use: Use) -> None:
    own = arrays.own.model_copy(update={"name": name})
    before = session.scenario().own_data
    if before is not None and before.sha256 == own.sha256:
        own = before  # the file that a link wanted, under the name that the link gives it
    elif session.is_locked("own_data"):
        session.tell("This is not the file that the lesson is about: nothing was changed.")
        return
    try:
        own_files.keep_arrays(arrays, visitor())
    except DataError as error:
        session.tell(plain(str(error)))
        return
    HOLDINGS.hold(session.owner(), own.sha256)
    st.session_state.own_data = own
    st.session_state.pop("own_read", None)
    use(own)


# -- the session ---------------------------------------------------------------------------------------------------


def stay() -> None:
    """Say that the session is there; when Streamlit says that it has ended, its samples go after a while."""
    HOLDINGS.seen(session.owner())
    _until_the_end(session.owner())


@st.cache_resource(scope="session", on_release=HOLDINGS.leave, show_spinner=False)
def _until_the_end(owner: str) -> str:
    return owner
