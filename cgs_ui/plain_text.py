"""Words that a person typed, where Streamlit reads Markdown."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:&])")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_JOINER = "\u2060"  # takes no room, and no line is broken there


def plain(text: str) -> str:
    """The text so that Markdown shows it as it is."""
    return _MARKUP.sub(r"\\\1", unlinked(" ".join(text.split())))


def unlinked(text: str) -> str:
    """The text so that no address in it becomes a link: Markdown makes one of what looks like it, escaped or not."""
    return _ADDRESS.sub(_JOINER, text)
