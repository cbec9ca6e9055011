"""The dialog "Share": links to what is on screen, to copy, and as a QR code for a projector."""

from __future__ import annotations

from html import escape
from ipaddress import ip_address
from urllib.parse import urlsplit

import streamlit as st

from cgs_core.scenario import field_facts
from cgs_ui import session
from cgs_ui.controls.link_to_copy import QR_WIDTH, link_to_copy, qr_code
from cgs_ui.controls.own_data import link_note
from cgs_ui.session import view
from cgs_ui.session.addresses import address, page_link, short_link
from cgs_ui.session.teacher_link import COMPARED, OTHER_PAGES, RIGHTS, KeyFileError, Lesson, token_of

_OTHER_RIGHTS = {COMPARED: "What is compared", OTHER_PAGES: "Go to other pages"}
_EMBED_SIZE = (960, 540)
_KINDS = {"page": "What is on screen", "lesson": "A lesson on it"}


@st.fragment
def share() -> None:
    """The button "Share"; its dialog stays open while a run on the page goes on, and closes with the page."""
    if st.button(
        "Share",
        icon=":material/share:",
        key="share",
        type="tertiary",
        help="Links to what is on screen, to copy and as a QR code.",
    ):
        st.session_state.is_sharing = True
    if st.session_state.get("is_sharing"):  # until it is closed, or another page is opened (session.enter)
        st.dialog("Share", width="large", on_dismiss=_close)(_give)()


def _close() -> None:
    st.session_state.is_sharing = False


def _give() -> None:
    """Left the links to copy, right the code of the first: nothing of it is below the edge of a projector's screen."""
    left, right = st.columns([1, 1.1], gap="medium")
    with left:
        kind = "page" if session.lesson() is not None else _kind()
        links = _page_links() if kind == "page" else _teacher_link()
        if kind == "page":
            _other_views()
        _note_local(links[0])
    with right.container(width=QR_WIDTH):  # on a phone less
        qr_code(links)


def _kind() -> str:
    kind: str = st.segmented_control(
        "To share",
        _KINDS,
        format_func=_KINDS.__getitem__,
        key="share_kind",
        default="page",
        required=True,
        label_visibility="collapsed",
    )
    return kind


def _page_links() -> list[str]:
    """The link of what is on screen and, where there is one, its short form."""
    whole, short = page_link(), short_link()
    missing = link_note(session.scenario())
    name = "Link that works everywhere" if missing is None else "Link without the data"
    link_to_copy(name if session.lesson() is None else "Link to this lesson, for this server", whole, "link_whole")
    if missing is not None:
        st.info(missing, icon=":material/database_off:")
    if short is None or len(short) >= len(whole):
        return [whole]
    link_to_copy("Short link, for this server", short, "link_short")
    return [whole, short]


def _other_views() -> None:
    """The page's picture for another page."""
    if st.session_state.page in view.PAGES:
        link_to_copy("To embed: the picture alone, for another page's HTML", embed_code(), "link_embed")


def embed_code() -> str:
    """The HTML of a frame that shows the page's picture with its player inside another page."""
    source = page_link()
    source += ("&" if "?" in source else "?") + "embed=true"
    width, height = _EMBED_SIZE
    title = "Fair rewards: who contributes, who is paid"
    return f'<iframe src="{escape(source)}" width="{width}" height="{height}" title="{title}"></iframe>'


def _teacher_link() -> list[str]:
    """The link of a lesson: ticked is what its readers may change."""
    titles = {name: _OTHER_RIGHTS.get(name) or field_facts(name).title for name in RIGHTS}
    allowed = st.multiselect(
        "May be changed", titles, format_func=titles.__getitem__, key="allowed", placeholder="Nothing"
    )
    shown = session.link_parameters()
    shown.pop(session.LINK_PARAMETER, None)
    page = st.session_state.page
    try:
        token = token_of(Lesson(session.scenario(), page, frozenset(allowed), shown))
    except KeyFileError as error:
        st.error(f"There is no teacher link now: {error}.", icon=":material/key_off:")
        return [page_link()]
    link = address(page, {session.LESSON_PARAMETER: token})
    link_to_copy("Teacher link, for this server", link, "link_lesson")
    st.caption(
        "Who opens it sees what is on screen, and can change only what you choose here. What is compared: the "
        "mechanisms, the question of a sweep, the seeds. Rounds and tabs stay free."
    )
    return [link]


def _note_local(link: str) -> None:
    if is_this_machine(urlsplit(link).hostname or ""):
        st.caption(
            "This address is that of this machine alone: a phone that scans it finds nothing. Open the app by the "
            "machine's name or address in the network to share it."
        )


def is_this_machine(host: str) -> bool:
    """Whether a host's name means the machine itself, for whoever asks: localhost, 127.0.0.1, [::1], 0.0.0.0."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        named = ip_address(host)
    except ValueError:  # a name
        return False
    return named.is_loopback or named.is_unspecified
