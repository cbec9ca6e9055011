"""A page that is opened from the navigation is one step of the browser's history, with its whole address."""

from __future__ import annotations

from functools import cache
from typing import Any

from cgs_ui.places import asset
from cgs_ui.served import unseen_component


def one_step_a_page() -> None:
    """Called once a page; nothing of it is seen."""
    _component()(key="history")


@cache
def _component() -> Any:
    return unseen_component("cgs_history", asset("history.js"))
