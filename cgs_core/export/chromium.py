"""Where this machine's Chromium is, if it has one."""

from __future__ import annotations

import os
import shutil

COMMANDS = (
    "chromium",
    "chromium-browser",
    "chromium-headless-shell",  # the same without windows, much smaller: what servers need
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
VARIABLE = "CGS_CHROMIUM"


def find_chromium() -> str | None:
    """The program's path: what the environment's ``CGS_CHROMIUM`` names (and nothing else then), or one on the path."""
    if chosen := os.environ.get(VARIABLE):
        return shutil.which(chosen)
    return next(filter(None, map(shutil.which, COMMANDS)), None)
