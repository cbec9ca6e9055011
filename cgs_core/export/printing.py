"""Pages as PDF: printed by a Chromium in a process of its own, which is ended when it takes long."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cgs_core.errors import NoPictureError
from cgs_core.export.chromium import VARIABLE, find_chromium, kill

_NOWHERE = "http://127.0.0.1:9"  # all requests go to this proxy, where nobody answers: a page needs none
_PAGE_SECONDS = 60.0
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-pdf-header-footer",
    f"--proxy-server={_NOWHERE}",
)


def printed(pages: Mapping[str, str], seconds: float = _PAGE_SECONDS) -> dict[str, bytes]:
    """HTML pages as PDF, by the same names: one to two seconds a page.

    Parameters
    ----------
    pages: whole HTML files, which load nothing. seconds: for each; after that its browser is killed.

    Raises
    ------
    NoPictureError: there is no Chromium here, or it failed or took too long; the message says which.
    """
    chromium = find_chromium()
    if chromium is None:
        raise NoPictureError(f"No Chromium is on this machine, and {VARIABLE} names none: no PDF.")
    with tempfile.TemporaryDirectory(prefix="cgs-printing-", ignore_cleanup_errors=True) as folder:
        return {name: _print(Path(folder), html, chromium, seconds) for name, html in pages.items()}


def _print(folder: Path, html: str, chromium: str, seconds: float) -> bytes:
    page, pdf = folder / "page.html", folder / "page.pdf"
    page.write_text(html, encoding="utf-8")
    pdf.unlink(missing_ok=True)
    command = [chromium, *_FLAGS, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={pdf}", page.as_uri()]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"HOME": str(folder), "TMPDIR": str(folder)},
        start_new_session=True,
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            kill(process)
            raise NoPictureError(f"The pages were not printed within {seconds:g} s each.") from None
    if process.returncode != 0 or not pdf.exists():
        raise NoPictureError(f"The pages could not be printed; Chromium ended with status {process.returncode}.")
    return pdf.read_bytes()
