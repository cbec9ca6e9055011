"""Who was cut off from the server gets the whole page again, as soon as it answers: its session may be a new one."""

from __future__ import annotations

from functools import cache
from typing import Any

from cgs_ui.places import asset
from cgs_ui.served import nothing, unseen_component


def whole_page_when_back() -> None:
    """Called once a page; nothing of it is seen."""
    _component()(key="connection", on_back_change=nothing)


@cache
def _component() -> Any:
    return unseen_component("cgs_connection", asset("connection.js"))
