"""Waiting for a state that no locator can say.

Playwright's ``wait_for_function`` evaluates its text anew in the page each time that it looks, and all but the first
time the page's own policy forbids that: what was not true at once fails the test.
"""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Page

_LOOK_MS = 50
_MOST_MS = 60_000


def until(page: Page, script: str, arg: Any = None, most_ms: float = _MOST_MS) -> None:
    """Look until the script's value is true; ``most_ms`` ends a wait for what never comes."""
    ends = time.monotonic() + most_ms / 1000
    while not page.evaluate(script, arg):
        assert time.monotonic() < ends, f"not within {most_ms / 1000:g} s: {script}"
        page.wait_for_timeout(_LOOK_MS)
