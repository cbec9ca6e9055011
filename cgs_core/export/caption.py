"""The words inside a picture: what it shows, of which scenario and seed, by which version, and where to open it."""

from __future__ import annotations

import html
import textwrap
from typing import Any

from cgs_core.figures.style import INK, SMALL_FONT_SIZE, Figure
from cgs_core.scenario import Scenario
from cgs_core.studies.side_by_side import scenario_words
from cgs_core.version import __version__

PICTURE_WIDTH = 960  # pixels of a picture's layout; a PNG has twice as many
_LINE_HEIGHT = 16
_PAD = 14
_LETTER_WIDTH = 6.4  # of the mean letter at the caption's size
_MOST_LINES = 4
_LONGEST_LINK = 120  # a longer one cannot be read off a picture


def scenario_caption(scenario: Scenario, link: str | None = None) -> str:
    """Of a scenario: what is particular about it, seeds and id, the program's version, and the link if it is short."""
    seeds = {scenario.data_seed, scenario.start_seed}
    seed = (
        f"seed {scenario.data_seed}"
        if len(seeds) == 1
        else (f"data seed {scenario.data_seed}, start seed {scenario.start_seed}")
    )
    return caption(
        scenario_words(scenario.replace(seed=Scenario().data_seed)), seed, f"run {scenario.scenario_id}", link=link
    )


def caption(*parts: str, link: str | None = None) -> str:
    """Such words of parts of one's own: with the version, and the link if it is short."""
    short = [link] if link is not None and len(link) <= _LONGEST_LINK else []
    return " · ".join([*filter(None, parts), f"cgs {__version__}", *short])


def caption_layout(figure: Figure, words: str, width: int = PICTURE_WIDTH) -> dict[str, Any]:
    """What a figure's layout must become for the caption to stand below it: ``height``, ``margin`` and ``title``.

    The plot itself keeps its size and place. The title comes first, bold; the words follow, cut after four lines.
    """
    layout = figure["layout"]
    lines = textwrap.wrap(
        words,
        int((width - 2 * _PAD) / _LETTER_WIDTH),
        max_lines=_MOST_LINES - 1,
        placeholder=" …",
        break_on_hyphens=False,
    )
    text = [f"<b>{layout['meta']['title']}</b>", *(html.escape(line, quote=False) for line in lines)]
    room = len(text) * _LINE_HEIGHT + 2 * _PAD
    height = layout["height"] + room
    title = {
        "text": "<br>".join(text),
        "font": {"size": SMALL_FONT_SIZE, "color": INK},
        "automargin": False,
        "x": 0,
        "xref": "container",
        "xanchor": "left",
        "pad": {"l": _PAD, "t": 0},
        "y": round((room - _PAD) / height, 5),
        "yref": "container",
        "yanchor": "top",
    }
    return {"height": height, "margin": layout["margin"] | {"b": layout["margin"]["b"] + room}, "title": title}


def captioned(figure: Figure, words: str, width: int = PICTURE_WIDTH) -> Figure:
    """The figure, higher by its caption."""
    return figure | {"layout": figure["layout"] | caption_layout(figure, words, width)}
