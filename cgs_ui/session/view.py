"""How a page is shown besides as it is: to a class by a projector, or as one figure inside somebody else's page.

Both are bare: a sentence, one picture that fills what is left of the screen, and its player. The page's controls are
there all the same, unseen, since what they say decides what is drawn.
"""

from __future__ import annotations

import streamlit as st

from cgs_ui import session
from cgs_ui.places import style
from cgs_ui.session import choices

FIGURE_PARAMETER = "figure"  # of the link: which picture a bare page shows
PAGES = ("playground", "coalition-game", "mechanisms", "trade-offs", "shelf")


def is_projected() -> bool:
    """Whether the page is shown to a class."""
    return session.is_projected() and st.session_state.get("page") in PAGES


def is_embedded() -> bool:
    """Whether it stands inside another page (``?embed=true``)."""
    return bool(st.context.is_embedded) and st.session_state.get("page") in PAGES


def is_bare() -> bool:
    """Whether one picture is all that is shown."""
    return is_projected() or is_embedded()


def figure_name() -> str | None:
    """The picture that the link asks for; None: the page's main one."""
    return choices.of_page().get(FIGURE_PARAMETER)


def dress() -> None:
    """Hide what is not of a bare page, and offer the way back from the projector; called once a page, before it."""
    if not is_bare():
        return
    styles = ["bare.css", *(["projector.css"] if is_projected() else [])]
    st.html(style(*styles))
    if is_projected():
        st.button(
            "Leave projector view",
            on_click=session.set_projected,
            args=(False,),
            key="leave_projector",
            icon=":material/close:",
        )


def aside(name: str) -> st.delta_generator.DeltaGenerator:
    """A place for controls that a bare page does not show, though it obeys them."""
    return st.container(key=f"aside_{name}")


def sentence(words: str) -> None:
    """The sentence of a bare page: two lines of it."""
    with st.container(key="sentence"):
        st.markdown(words)
