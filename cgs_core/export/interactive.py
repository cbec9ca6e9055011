"""Figures in an HTML file that needs nothing else: the chart library is in it, and rounds have a slider."""

from __future__ import annotations

import html
import importlib.util
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cgs_core.figures.frames import frame_words
from cgs_core.figures.style import CLEAR, FONT_SIZE, INK, Figure

FONT_FAMILY = "'Source Sans 3', 'Source Sans Pro', 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_SLIDER_ROOM = 64  # pixels
_CONFIG = {"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": "reset"}
_NO_MOTION = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
_STYLE = f"""
body {{ margin: 1rem auto; max-width: 70rem; padding: 0 1rem; color: {INK}; background: #fff;
  font-family: {FONT_FAMILY}; }}
.figure {{ overflow-x: auto; }}
p {{ overflow-wrap: anywhere; }}
"""


@cache
def plotly_library() -> str:
    """The chart library's text, as the installed plotly package carries it; plotly itself is not imported."""
    found = importlib.util.find_spec("plotly")
    assert found is not None and found.submodule_search_locations
    return (Path(found.submodule_search_locations[0]) / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def with_slider(figure: Figure, frame_names: Sequence[str] | None = None, shown: str | None = None) -> Figure:
    """The figure with Plotly's own slider over its frames, below it; one without several frames as it is.

    Parameters
    ----------
    frame_names: what the slider calls each frame; "round 1" and so on unless told.
    shown: the frame that the figure stands in, by its own name ("0" is the first round); the last one unless told.
    """
    frames = figure.get("frames", [])
    if len(frames) < 2:
        return figure
    names = frame_names or [frame_words(frame["name"]) for frame in frames]
    active = next((place for place, frame in enumerate(frames) if frame["name"] == shown), len(frames) - 1)
    layout = figure["layout"]
    below = layout["margin"]["b"]
    steps = [
        {"label": name, "method": "animate", "args": [[frame["name"]], _NO_MOTION]}
        for name, frame in zip(names, frames, strict=True)
    ]
    slider = {
        "active": active,
        "steps": steps,
        "x": 0,
        "len": 1,
        "y": 0,
        "yanchor": "top",
        "ticklen": 0,
        "minorticklen": 0,
        "pad": {"t": below, "b": 0, "l": 0, "r": 0},
        "font": {"size": FONT_SIZE, "color": CLEAR},
        "currentvalue": {"prefix": "", "xanchor": "left", "font": {"size": FONT_SIZE, "color": INK}},
    }
    more = {
        "sliders": [slider],
        "height": layout["height"] + _SLIDER_ROOM,
        "margin": layout["margin"] | {"b": below + _SLIDER_ROOM},
    }
    return figure | {"layout": layout | more}


def figure_element(figure: Figure, element_id: str) -> str:
    """A figure as HTML, for a page that holds ``plotly_library`` in a script before it."""
    layout = figure["layout"]
    drawn = {
        "data": figure["data"],
        "layout": layout | {"font": layout.get("font", {}) | {"family": FONT_FAMILY}},
        "frames": figure.get("frames", []),
        "config": _CONFIG,
    }
    alt, name = html.escape(layout["meta"]["alt"]), html.escape(element_id)
    style = f"min-width:{layout['meta'].get('min_width', 0)}px;height:{layout['height']}px"
    return (
        f'<div class="figure"><div id="{name}" role="img" aria-label="{alt}" style="{style}"></div></div>\n'
        f"<script>Plotly.newPlot({script_json(element_id)}, {script_json(drawn)})</script>\n"
    )


def figure_page(
    figure: Figure,
    frame_names: Sequence[str] | None = None,
    shown: str | None = None,
    words: str | None = None,
) -> str:
    """One figure as a whole HTML file, about 5 MB: works offline, asks nobody for anything.

    ``words`` is the caption; the rest is as in ``with_slider``.
    """
    title = html.escape(figure["layout"]["meta"]["title"])
    caption = "" if words is None else f"<p><b>{title}</b><br>{html.escape(words)}</p>\n"
    element = figure_element(with_slider(figure, frame_names, shown), "figure")
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<style>{_STYLE}</style>\n<script>{plotly_library()}</script>\n</head>\n<body>\n"
        f"{element}{caption}</body>\n</html>\n"
    )


def script_json(value: Any) -> str:
    """A value as JSON that may stand in a script: nothing in it can end the script."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
