"""Figures as SVG, PNG and PDF: drawn by kaleido in a Chromium, in a process that is ended when it takes long."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from cgs_core.errors import ExportError, NoPictureError
from cgs_core.export.chromium import VARIABLE, find_chromium, kill
from cgs_core.figures.style import Figure

PictureFormat = Literal["svg", "png", "pdf"]
PICTURE_FORMATS: tuple[PictureFormat, ...] = get_args(PictureFormat)
_START_SECONDS = 90.0
_FIGURE_SECONDS = 20.0
_PATIENCE_SECONDS = 30.0
_LOOK_SECONDS = 0.05
_PACKAGE_PARENT = Path(__file__).resolve().parents[2]


def can_draw() -> bool:
    """Whether this machine has a Chromium; cheap enough to be asked at every click."""
    return find_chromium() is not None


def pictures(figures: Sequence[Figure], picture_format: str, seconds: float | None = None) -> list[bytes]:
    """The figures on white, at least 960 pixels wide (or ``meta.picture_width`` of the layout), a PNG twice that.

    Starting the browser takes 2 to 5 s. One that draws no further figure within 30 s is killed, and another one, which
    has twice as long, draws the rest: now and then a browser and the program that it draws for wait for each other.

    Parameters
    ----------
    seconds: after so long all is given up; unless told, 90 and 20 more for each figure.

    Raises
    ------
    ExportError: the format is not one of ``PICTURE_FORMATS``.
    NoPictureError: there is no Chromium here, or it failed or took too long; the message says which.
    """
    if picture_format not in PICTURE_FORMATS:
        raise ExportError("format", f"must be one of {', '.join(PICTURE_FORMATS)}", picture_format)
    chromium = find_chromium()
    if chromium is None:
        raise NoPictureError(f"No Chromium is on this machine, and {VARIABLE} names none: no {picture_format.upper()}.")
    with tempfile.TemporaryDirectory(prefix="cgs-pictures-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        (place / "figures.json").write_text(json.dumps(list(figures), allow_nan=False), encoding="utf-8")
        limit = _START_SECONDS + _FIGURE_SECONDS * len(figures) if seconds is None else seconds
        files = [place / f"{index}.{picture_format}" for index in range(len(figures))]
        command = [sys.executable, "-m", "cgs_core.export.drawing", folder, picture_format, chromium]
        _draw(command, place, files, limit)
        return [file.read_bytes() for file in files]


def _draw(command: list[str], folder: Path, files: list[Path], seconds: float) -> None:
    """Start browsers until all figures are drawn, or the time is over."""
    end, patience = time.monotonic() + seconds, _PATIENCE_SECONDS
    while not _drawn_by_one(command, folder, files, patience, end):
        if time.monotonic() >= end:
            raise NoPictureError(f"The pictures were not drawn within {seconds:g} s.")
        patience *= 2


def _drawn_by_one(command: list[str], folder: Path, files: list[Path], patience: float, end: float) -> bool:
    """Whether a browser draws what is missing until ``end``, each figure within its patience; then it is killed."""
    with subprocess.Popen(
        command,
        cwd=_PACKAGE_PARENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"HOME": str(folder), "TMPDIR": str(folder)},
        start_new_session=True,
    ) as process:
        errors, last, until = None, len(files) + 1, end
        try:
            while missing := sum(not file.exists() for file in files):
                if errors is not None:
                    break
                if missing < last:
                    last, until = missing, min(time.monotonic() + patience, end)
                elif time.monotonic() >= until:
                    return False
                errors = _errors_if_ended(process)
        finally:
            kill(process)
    if missing:
        told = (errors or b"").decode(errors="replace").strip().splitlines()[-1:] or ["nothing"]
        raise NoPictureError(f"The pictures could not be drawn; Chromium's program said: {told[0][:200]}")
    return True


def _errors_if_ended(process: subprocess.Popen[bytes]) -> bytes | None:
    """What the process has told as errors, or None if it does not end within a moment."""
    try:
        return process.communicate(timeout=_LOOK_SECONDS)[1]
    except subprocess.TimeoutExpired:
        return None
