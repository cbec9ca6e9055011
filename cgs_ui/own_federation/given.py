"""The log that a visitor has given: read with care, in the memory of this session alone, gone when that ends."""

from __future__ import annotations

from pathlib import PurePath
from weakref import WeakKeyDictionary

import streamlit as st

from cgs_core import DataError
from cgs_core.data.own import files as own_files
from cgs_core.federation import read_log
from cgs_core.records.federation_log import FederationLog
from cgs_ui import session
from cgs_ui.plain_text import plain, short_name
from cgs_ui.session.teacher_link import LOCKED
from cgs_ui.session.visitor import visitor

MOST_OF_ONE = 50_000_000
"""Bytes that one visitor's logs may have in memory, in all tabs; of the largest log five fit."""
MOST_OF_ALL = 200_000_000

_OFF = "This server takes no own data."
_WHAT = (
    "The log of a federation that trains elsewhere: an .npz file of the inner products of its updates (Gram matrices), "
    "round by round, or of small updates themselves; at most 5 MB. It stays in this server's memory while your session "
    "lasts, and updates are dropped once it is read."
)
_PROGRAM = """\
import numpy as np

grams = []
for updates in rounds:  # of each round, (n_agents, n_params): how far each model moved
    weighted = weights[:, None] * updates  # what each update weighs in their sum
    grams.append(weighted @ weighted.T)
np.savez_compressed("federation.npz", version=1, gram=grams)
"""


class Room:
    """How much memory logs take, as long as a session holds them."""

    def __init__(self, most_of_one: int = MOST_OF_ONE, most_of_all: int = MOST_OF_ALL) -> None:
        self._most_of_one, self._most_of_all = most_of_one, most_of_all
        self._held: WeakKeyDictionary[FederationLog, str] = WeakKeyDictionary()

    def take(self, log: FederationLog, who: str) -> None:
        """Count a log of this visitor until it is forgotten. Raises ``DataError`` where there is no room."""
        held = list(self._held.items())
        own = sum(one.n_bytes for one, whose in held if whose == who)
        if own + log.n_bytes > self._most_of_one:
            allowed = f"your logs would hold more than {self._most_of_one:,} bytes here: close a page that has one"
            raise DataError(f"{allowed}; this one has {log.n_bytes:,}")
        if sum(one.n_bytes for one, _ in held) + log.n_bytes > self._most_of_all:
            raise DataError(
                f"all logs would hold more than {self._most_of_all:,} bytes here: try again in a few minutes"
            )
        self._held[log] = who


ROOM = Room()
"""That of this server process."""


def given() -> FederationLog | None:
    """The session's log and the button that lets go of it; else the form, and None."""
    if own_files.is_off() or session.is_locked("own_data"):
        st.session_state.pop("federation_log", None)
        st.info(_OFF if own_files.is_off() else LOCKED, icon=":material/lock:")
        return None
    if "federation_log" not in st.session_state:
        _form()
    if "federation_log" not in st.session_state:
        return None
    name, log = st.session_state.federation_log
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{plain(name)}**: {log.n_agents} agents, {_count(log.n_rounds, 'round')}")
        st.button("Another file", icon=":material/upload_file:", on_click=_let_go, key="another_log")
    kept: FederationLog = log
    return kept


def _form() -> None:
    place = st.empty()
    with place.container():
        st.caption(_WHAT)
        upload = st.file_uploader("Your log", key=f"federation_file_{st.session_state.get('n_logs', 0)}")
        with st.expander("How to write one", icon=":material/code:"):
            st.code(_PROGRAM, language="python")
            st.caption(
                "`cgs_core.federation.LogWriter` writes one beside a server, with names, presence, rules and pay; "
                "docs/how-to/own-federation.md says what else a file may hold."
            )
        if upload is None:
            return
        try:
            log = read_log(upload.getvalue())
            ROOM.take(log, visitor())
        except DataError as error:
            st.error(f"This file cannot be used. {plain(str(error))}", icon=":material/error:")
            return
    st.session_state.federation_log = (short_name(PurePath(upload.name).name) or "Your log", log)
    place.empty()  # with what Streamlit keeps of the file: it is read


def _let_go() -> None:
    for name in ("federation_log", "federation_told", "why_dialog"):
        st.session_state.pop(name, None)
    st.session_state.n_logs = st.session_state.get("n_logs", 0) + 1


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
