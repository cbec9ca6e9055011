"""Words of the page of the method, which lie in Markdown; their terms explain themselves."""

from __future__ import annotations

from functools import cache

from cgs_core.words.glossary import explained
from cgs_ui.places import CONTENT


@cache
def text(name: str) -> str:
    """A text of ``content/method``."""
    return explained((CONTENT / "method" / f"{name}.md").read_text(encoding="utf-8"))
