"""The process that draws: ``python -m cgs_core.export.drawing FOLDER FORMAT CHROMIUM``; started by ``pictures``."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from choreographer.browsers.chromium import Chromium
from kaleido import Kaleido  # with plotly behind it: for this process alone
from kaleido._kaleido_tab import _KaleidoTab

from cgs_core.export.caption import PICTURE_WIDTH
from cgs_core.export.interactive import FONT_FAMILY

_SCALE = 2  # of a PNG
_NOWHERE = "http://127.0.0.1:9"  # all requests go to this proxy, where nobody answers: a figure needs none
_SECONDS = 90.0
_ASK_SECONDS = 0.02


class OfOurGroup(Chromium):
    """A Chromium that is killed with the process that draws, where processes have groups."""

    def get_popen_args(self) -> dict[str, Any]:
        return {key: value for key, value in super().get_popen_args().items() if key != "start_new_session"}


class Browser(Kaleido):  # type: ignore[misc]  # kaleido has no types
    """Kaleido's browser, which asks its page whether it is there.

    Kaleido waits for the next page that is loaded and the next context of scripts that is made. On a machine that is
    busy its page may have been there before; or the empty page with which a tab begins comes late, and is taken for it.
    """

    async def _conform_tabs(self, tabs: Sequence[Any] | None = None) -> None:
        for tab in tabs or self.tabs.values():
            ready = _KaleidoTab(tab)
            ready._current_js_id = await _open(tab, self._index)
            self._total_tabs += 1
            await self.tabs_ready.put(ready)


async def _open(tab: Any, address: str) -> int:
    """Load a page and wait until it can draw; the number of its context, the only one then."""
    answer = await tab.send_command("Page.navigate", {"url": address})
    if failed := answer["result"].get("errorText"):
        raise RuntimeError(f"{failed} for {address}")
    asked = {"expression": "document.readyState + typeof kaleido_scopes"}
    while (await tab.send_command("Runtime.evaluate", asked))["result"]["result"].get("value") != "completeobject":
        await asyncio.sleep(_ASK_SECONDS)
    await tab.send_command("Page.enable")
    context = tab.subscribe_once("Runtime.executionContextCreated")
    await tab.send_command("Runtime.enable")
    number: int = (await context)["params"]["context"]["id"]
    return number


async def draw(folder: Path, picture_format: str, chromium: str) -> None:
    """Draw those figures of ``figures.json`` that are not there yet into files named by their numbers.

    The browser is left open: its library may wait for its end without end. Who started this process ends both.
    """
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    browser = Browser(path=chromium, browser_cls=OfOurGroup, mathjax=False, proxy_server=_NOWHERE, timeout=_SECONDS)
    await browser.open()
    for index, figure in enumerate(figures):
        place = folder / f"{index}.{picture_format}"
        if not place.exists():
            picture = await browser.calc_fig(_on_paper(figure), opts=_size(figure["layout"], picture_format))
            half = place.with_suffix(".half")
            half.write_bytes(picture)
            half.replace(place)


def _on_paper(figure: dict[str, Any]) -> dict[str, Any]:
    layout = figure["layout"]
    font = layout.get("font", {}) | {"family": FONT_FAMILY}
    return {"data": figure["data"], "layout": layout | {"paper_bgcolor": "#ffffff", "autosize": False, "font": font}}


def _size(layout: dict[str, Any], picture_format: str) -> dict[str, Any]:
    meta = layout["meta"]
    width = max(meta.get("picture_width", PICTURE_WIDTH), layout.get("width", 0), meta.get("min_width", 0))
    return {"format": picture_format, "width": width, "height": layout["height"], "scale": _SCALE}


def main() -> None:
    """Draw, say on the error stream what was wrong, and end at once, with no thread waited for."""
    try:
        # One that cannot start is told at once: kaleido may wait for it until the time is over.
        subprocess.run([sys.argv[3], "--version"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        asyncio.run(draw(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
    except Exception:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
