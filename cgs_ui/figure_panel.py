"""A chart, and the round player that moves all charts of a page: drawn in the browser, no rerun of the script.

Streamlit's own chart is mounted anew on every change of its data, and it cannot be driven by a slider
without a round trip; thirty people playing would be thirty reruns a second. These two small components
keep a chart in place, and move every chart while the hand is still on the slider.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from cgs_core.figures.style import INK

LIBRARY_PATH = "cgs/plotly.min.js"  # served by cgs_ui.server from the installed plotly package
_ASSETS = Path(__file__).parent / "assets"

_CHART_HTML = """
<div class="cgs-chart">
  <div class="cgs-plot" role="img"></div>
  <button type="button" title="Save this chart as SVG">SVG</button>
</div>
"""
_CHART_CSS = """
.cgs-chart { position: relative; font-family: var(--st-font); overflow-x: auto; }
.cgs-plot { width: 100%; color: var(--st-text-color); }
.cgs-chart button { position: absolute; right: 0; bottom: 0; font: inherit; font-size: 0.75rem; padding: 0.1rem 0.5rem;
  color: var(--st-text-color); background: var(--st-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius); cursor: pointer; opacity: 0; }
.cgs-chart:hover button, .cgs-chart button:focus-visible { opacity: 1; }
.cgs-chart button:hover, .cgs-chart button:focus-visible { outline: 2px solid var(--st-primary-color); }
@media (hover: none) { .cgs-chart button { opacity: 0.6; } }
"""
_PLAYER_HTML = """
<div class="player" role="group" aria-label="Player">
  <button type="button" class="back">◀</button>
  <button type="button" class="play">▶</button>
  <button type="button" class="on">▶|</button>
  <input type="range" min="0" max="0" step="1" />
  <span class="round" aria-live="off"></span>
</div>
"""
_PLAYER_CSS = """
.player { display: flex; align-items: center; gap: 0.4rem; font-family: var(--st-font); color: var(--st-text-color); }
.player input { flex: 1; min-width: 4rem; accent-color: var(--st-primary-color); cursor: pointer; }
.player button { font: inherit; font-size: 0.8rem; line-height: 1; min-width: 2.2rem; padding: 0.45rem 0.5rem;
  cursor: pointer; color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); }
.player button:hover, .player button:focus-visible, .player input:focus-visible {
  outline: 2px solid var(--st-primary-color); }
.player .round { min-width: 8.5rem; text-align: right; font-variant-numeric: tabular-nums; }
"""


@cache
def _components() -> tuple[Any, Any]:
    chart_js = (_ASSETS / "chart.js").read_text(encoding="utf-8")
    player_js = (_ASSETS / "player.js").read_text(encoding="utf-8")
    chart_component = st.components.v2.component(
        "cgs_chart", html=_CHART_HTML, css=_CHART_CSS, js=chart_js, isolate_styles=False
    )  # Plotly styles the document, not a shadow root
    player_component = st.components.v2.component("cgs_player", html=_PLAYER_HTML, css=_PLAYER_CSS, js=player_js)
    return chart_component, player_component


def chart(
    figure: dict[str, Any], key: str, is_live: bool = False, on_pick: Callable[[int], None] | None = None
) -> None:
    """Draw a figure of ``cgs_core.figures``; its alternative text and file name are in ``layout.meta``.

    ``is_live``: more rounds are coming, so only the newest is sent; the others follow with the last one.
    ``on_pick`` hears the number (``customdata``) of a point that was clicked.
    """
    if is_live and "frames" in figure:
        figure = figure | {"frames": figure["frames"][-1:]}
    meta = figure["layout"]["meta"]
    facts = {"alt": meta["alt"], "title": meta["title"], "filename": meta["filename"], "min_width": meta["min_width"]}
    data = {"figure": figure, "library": LIBRARY_PATH, "ink": INK, "is_pickable": on_pick is not None} | facts

    def picked() -> None:
        if on_pick is not None and (number := st.session_state[key].get("picked")) is not None:
            on_pick(int(number))

    _components()[0](data=data, key=key, on_picked_change=picked)


def round_player(run_id: str, n_done: int, n_total: int, round_index: int | None) -> int | None:
    """The player under the main picture. Returns the round that the reader stopped at; None is the last one."""
    data = {"run": run_id, "count": n_done, "total": n_total, "round": -1 if round_index is None else round_index,
            "noun": "round"}  # fmt: skip
    result = _components()[1](data=data, key="round_player", default={"round": data["round"]}, on_round_change=_nothing)
    return None if result.round is None or result.round < 0 else int(result.round)


def value_player(sweep_id: str, labels: Sequence[str], index: int) -> int:
    """The same player over the values of a sweep, which have words of their own. Returns where the reader stopped."""
    data = {"run": sweep_id, "count": len(labels), "total": len(labels), "round": index, "labels": list(labels),
            "noun": "value"}  # fmt: skip
    result = _components()[1](data=data, key=f"value_player_{len(labels)}", default={"round": index},
                              on_round_change=_nothing)  # fmt: skip
    return len(labels) - 1 if result.round is None or result.round < 0 else int(result.round)


def _nothing() -> None:
    """A state of a component is kept only where it has a callback."""
