"""Where this machine's Chromium is, if it has one; and its end, where it takes too long."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress

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


def kill(process: subprocess.Popen[bytes]) -> None:
    """End at once a process that was started with ``start_new_session``, and what it has started and left behind."""
    if sys.platform == "win32":  # knows no groups that can be killed, but who started whom
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True)
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):  # all have ended; macOS says so of those not waited for
            os.killpg(process.pid, signal.SIGKILL)
