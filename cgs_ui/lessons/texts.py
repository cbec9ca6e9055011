"""A lesson's texts on the page, with their facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cgs_core.words.glossary import explained
from cgs_core.words.lesson_words import told


def write(text: str, facts: Mapping[str, Any]) -> None:
    """A text with its facts in it, and its terms explained."""
    st.markdown(explained(told(text, facts)))
