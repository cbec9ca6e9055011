"""A Chromium for the pictures: the one that the browser tests drive."""

from __future__ import annotations

import pytest

from cgs_core.export.chromium import VARIABLE
from tools.find_browser import find_browser


@pytest.fixture(autouse=True)
def chromium(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without one fails these tests."""
    monkeypatch.setenv(VARIABLE, find_browser())
