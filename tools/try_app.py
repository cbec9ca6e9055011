"""Start the app, have a visitor train a run in it, end it: ``python -m tools.try_app``. On Windows and macOS, too."""

from __future__ import annotations

import asyncio
import tempfile
import urllib.request
from pathlib import Path

from tools.running_app import running_app
from tools.try_container import visit


def main() -> None:
    """``RuntimeError`` or ``AssertionError`` where it does not start, or does not compute."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,  # Windows keeps files that are in use
        running_app(Path(folder), {"CGS_WORKERS": "1"}) as (url, _),
    ):
        with urllib.request.urlopen(f"{url}/cgs/health", timeout=60) as answer:
            print("healthy:", answer.read().decode())
        asyncio.run(visit(url))


if __name__ == "__main__":
    main()
