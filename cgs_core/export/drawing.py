"""The process that draws: ``python -m cgs_core.export.drawing FOLDER FORMAT CHROMIUM``; started by ``pictures``."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kaleido import Kaleido  # with plotly behind it: for this process alone

from cgs_core.export.caption import PICTURE_WIDTH
from cgs_core.export.interactive import FONT_FAMILY

_SCALE = 2  # of a PNG
_NOWHERE = "http://127.0.0.1:9"  # all requests go to this proxy, where nobody answers: a figure needs none
_SECONDS = 90.0


class Browser(Kaleido):  # type: ignore[misc]  # kaleido has no types
    """Kaleido's browser, whose tabs tell of a page that is loaded before the first one is asked for.

    Kaleido asks for its page and lets itself be told only then; a page that was there sooner, as on a machine that is
    busy, is waited for without end.
    """

    async def _conform_tabs(self, tabs: Sequence[Any] | None = None) -> None:
        for tab in tabs or self.tabs.values():
            await tab.send_command("Page.enable")
        await super()._conform_tabs(tabs)


async def draw(folder: Path, picture_format: str, chromium: str) -> None:
    """Draw the figures of ``figures.json`` into files named by their numbers."""
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    async with Browser(path=chromium, mathjax=False, proxy_server=_NOWHERE, timeout=_SECONDS) as browser:
        for index, figure in enumerate(figures):
            picture = await browser.calc_fig(_on_paper(figure), opts=_size(figure["layout"], picture_format))
            (folder / f"{index}.{picture_format}").write_bytes(picture)


def _on_paper(figure: dict[str, Any]) -> dict[str, Any]:
    layout = figure["layout"]
    font = layout.get("font", {}) | {"family": FONT_FAMILY}
    return {"data": figure["data"], "layout": layout | {"paper_bgcolor": "#ffffff", "autosize": False, "font": font}}


def _size(layout: dict[str, Any], picture_format: str) -> dict[str, Any]:
    meta = layout["meta"]
    width = max(meta.get("picture_width", PICTURE_WIDTH), layout.get("width", 0), meta.get("min_width", 0))
    return {"format": picture_format, "width": width, "height": layout["height"], "scale": _SCALE}


if __name__ == "__main__":
    # One that cannot start is told at once: kaleido may wait for it until the time is over.
    subprocess.run([sys.argv[3], "--version"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    asyncio.run(draw(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
