"""Words that a person typed, where Streamlit reads Markdown."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:&])")


def plain(text: str) -> str:
    """The text so that Markdown shows it as it is."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
