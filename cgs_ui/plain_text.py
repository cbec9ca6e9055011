"""Words that a person typed or that a file brings, as they may be shown."""

from __future__ import annotations

import re

from cgs_core.scenario.own_data import MAX_NAME_LENGTH

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~:&])")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_JOINER = "\u2060"  # takes no room, and no line is broken there


def plain(text: str) -> str:
    """The text so that Markdown shows it as it is."""
    return _MARKUP.sub(r"\\\1", unlinked(" ".join(text.split())))


def unlinked(text: str) -> str:
    """The text so that no address in it becomes a link: Markdown makes one of what looks like it, escaped or not."""
    return _ADDRESS.sub(_JOINER, text)


def short_name(text: str) -> str:
    """Of a file's name what can be seen, and no more of it than a name may be long; perhaps nothing."""
    return "".join(letter for letter in text if letter.isprintable())[:MAX_NAME_LENGTH].strip()
