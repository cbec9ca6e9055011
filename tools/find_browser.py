"""Find the Chromium that the browser tests drive: ``python -m tools.find_browser`` prints where it is."""

import os
import shutil
import sys
from pathlib import Path

COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first one draws the same without windows, in a fraction of the time to open a page."""


class BrowserNotFoundError(RuntimeError):
    """There is no Chromium on this machine; the message says what to do."""


def find_browser() -> str:
    """The path of a Chromium: ``CGS_CHROMIUM`` if set, else one on the path, else playwright's own.

    Raises ``BrowserNotFoundError`` where there is none, or where ``CGS_CHROMIUM`` does not name a program.
    """
    if chosen := os.environ.get("CGS_CHROMIUM"):
        if found := shutil.which(chosen):
            return found
        raise BrowserNotFoundError(f"CGS_CHROMIUM: must name a Chromium that can be run; got {chosen!r}")
    for command in COMMANDS:
        if found := shutil.which(command):
            return found
    if Path(playwrights_own := _playwrights_own()).is_file():
        return playwrights_own
    raise BrowserNotFoundError(
        f"no Chromium found: none of {', '.join(COMMANDS)} is on the path and playwright has none; "
        "run `make browser`, or set CGS_CHROMIUM to the path of one"
    )


def _playwrights_own() -> str:
    """Where ``python -m playwright install chromium`` would put it, or has put it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


if __name__ == "__main__":
    try:
        print(find_browser())
    except BrowserNotFoundError as error:
        sys.exit(str(error))
