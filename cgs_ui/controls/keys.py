"""Controls that show a value which other things change too."""

from __future__ import annotations

from typing import Any

import streamlit as st


def key_of(name: str, value: Any) -> str:
    """The key of a control that is given ``value``: a control shows the page's value, whoever changed it.

    When something else changed it, the control is a new one. Setting the old one's value would race: a browser
    that has not heard of it yet sends the old value with its next message, which would look like a change; and of
    two runs of the page in quick succession it may see the second alone, which sets nothing any more. The old
    control may still report what it shows, and is then not heard (``is_shown``): Streamlit takes the first word
    from a widget that it has removed for a change.
    """
    key: str = st.session_state.get(f"key_{name}", name)
    if key in st.session_state and st.session_state[key] != value:
        st.session_state.n_controls = st.session_state.get("n_controls", 0) + 1
        key = f"{name}@{st.session_state.n_controls}"
    st.session_state[f"key_{name}"] = key
    return key


def is_shown(name: str, key: str) -> bool:
    """Whether the control of this name has this key, so that what it reports counts."""
    return bool(st.session_state.get(f"key_{name}") == key)
