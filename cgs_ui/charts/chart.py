"""A chart, the sentences above it, and the round player that moves both: drawn in the browser, no rerun of the script.

Streamlit's own chart is mounted anew on every change of its data, and it cannot be driven by a slider
without a round trip; thirty people playing would be thirty reruns a second. These two small components
keep a chart in place, and move every chart while the hand is still on the slider.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

import streamlit as st

from cgs_core.export import can_draw
from cgs_core.figures.frames import ALL_ROUNDS
from cgs_core.figures.projector import for_projector
from cgs_core.figures.style import INK
from cgs_ui import served, session
from cgs_ui.charts.captions import Caption
from cgs_ui.charts.packed import as_text, packed
from cgs_ui.charts.sent import SENT
from cgs_ui.places import asset
from cgs_ui.served import component_script, nothing
from cgs_ui.session import view

EXPORT_PATH = f"{served.FOLDER}/export"  # what makes files of a chart, served by cgs_ui.frame.export_route
_MOST_PICKS = 100_000
_NO_PDF = "not here: it needs a Chromium on the server"

_CHART_HTML = """
<div class="cgs-chart">
  <div class="cgs-scroll" role="group"><div class="cgs-plot"></div></div>
  <div class="cgs-save">
    <button type="button" aria-haspopup="menu" aria-expanded="false">Save</button>
    <div class="cgs-menu" role="menu" hidden></div>
    <span class="cgs-told" role="status"></span>
  </div>
</div>
"""
_SENTENCE_HTML = """<div class="cgs-sentence"></div>"""
_PLAYER_HTML = """
<div class="player" role="group" aria-label="Player">
  <span class="which" role="group" aria-label="What is shown" hidden>
    <button type="button" class="all">All rounds</button><button type="button" class="one">One round</button>
  </span>
  <span class="steps">
    <button type="button" class="back"><span aria-hidden="true">◀</span> Back</button>
    <button type="button" class="play"></button>
    <button type="button" class="on">Next <span aria-hidden="true">▶|</span></button>
    <select class="speed" aria-label="Speed">
      <option value="slow">slow</option><option value="normal">normal</option><option value="fast">fast</option>
    </select>
  </span>
  <span class="walk">
    <input type="range" min="0" max="0" step="1" />
    <span class="round" aria-live="off"></span>
  </span>
</div>
"""
_PLAYER_CSS = """
.player, .player .steps, .player .walk { display: flex; align-items: center; gap: 0.4rem; }
.player { flex-wrap: wrap; font-family: var(--st-font); color: var(--st-text-color);
  font-size: var(--cgs-player-text, 1rem); }
.player .steps { flex-wrap: wrap; }
.player .speed { display: var(--cgs-player-speed, inline-block); } /* a projector's line has no room for it */
.player .walk { flex: 1 1 var(--cgs-player-walk, 16rem); min-width: 0; max-width: 100%; }
/* The slider is drawn here: to one with an accent of its own a browser may give a white way on a dark page. */
.player input { flex: 1; min-width: 4rem; height: 1.5rem; margin: 0; cursor: pointer; appearance: none;
  background: none; --way: linear-gradient(to right, var(--st-primary-color) var(--at, 0%), var(--rest) 0);
  --rest: color-mix(in srgb, var(--st-text-color) 30%, var(--st-background-color)); }
.player input::-webkit-slider-runnable-track { height: 0.4rem; border-radius: 0.2rem; background: var(--way); }
.player input::-moz-range-track { height: 0.4rem; border-radius: 0.2rem; background: var(--way); }
.player input::-webkit-slider-thumb { appearance: none; width: 1rem; height: 1rem; margin-top: -0.3rem; border: 0;
  border-radius: 50%; background: var(--st-primary-color); }
.player input::-moz-range-thumb { width: 1rem; height: 1rem; border: 0; border-radius: 50%;
  background: var(--st-primary-color); }
@media (forced-colors: active) { .player input { appearance: auto; } }
.player button, .player select { font: inherit; font-size: 0.875em; line-height: 1; min-height: 2rem;
  padding: 0.4rem 0.55rem; white-space: nowrap;
  cursor: pointer; color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); }
.player .play { min-width: 5.2em; }
.player button:hover, .player :focus-visible {
  outline: 2px solid var(--st-primary-color); }
.player .which { display: inline-flex; }
.player .which[hidden] { display: none; }
.player .which button { font-size: 0.875em; white-space: nowrap; border-radius: 0; }
.player .which .all { border-radius: var(--st-button-radius) 0 0 var(--st-button-radius); border-right: 0; }
.player .which .one { border-radius: 0 var(--st-button-radius) var(--st-button-radius) 0; margin-right: 0.2rem; }
.player .which [aria-pressed="true"] { font-weight: 600; background: var(--st-secondary-background-color);
  border-color: var(--st-primary-color); box-shadow: inset 0 0 0 1px var(--st-primary-color); }
.player .round { min-width: 6.4em; white-space: nowrap; text-align: right; font-variant-numeric: tabular-nums; }
/* What a narrow screen sets otherwise (phone.css): the words in a row of their own, then the buttons, the slider. */
.player .walk { display: var(--cgs-walk, flex); }
.player .which, .player .round { order: var(--cgs-words-place, 0); }
.player .round { flex: var(--cgs-words-grow, 0) 1 var(--cgs-words, auto); }
.player .which[hidden] ~ .walk .round { flex-basis: var(--cgs-slider, auto); }
.player input { flex-basis: var(--cgs-slider, 0%); order: var(--cgs-slider-place, 0); }
"""


@cache
def _components() -> tuple[Any, Any, Any]:
    chart_component = st.components.v2.component(
        "cgs_chart", html=_CHART_HTML, css=asset("chart.css"), js=component_script("chart.js"), isolate_styles=False
    )  # Plotly styles the document, not a shadow root
    player_component = st.components.v2.component(
        "cgs_player", html=_PLAYER_HTML, css=_PLAYER_CSS, js=component_script("player.js")
    )
    sentence_component = st.components.v2.component(
        "cgs_sentence",
        html=_SENTENCE_HTML,
        css=asset("sentence.css"),
        js=component_script("sentence.js"),
        isolate_styles=False,
    )  # a bare page's style is the document's
    return chart_component, player_component, sentence_component


def chart(
    figure: dict[str, Any],
    key: str,
    caption: Caption,
    is_live: bool = False,
    on_pick: Callable[[int], None] | None = None,
    is_part: bool = False,
) -> None:
    """Draw a figure of ``cgs_core.figures``; its alternative text and file name are in ``layout.meta``.

    ``caption``: what an exported file says of it.
    ``is_live``: more rounds are coming, so only the newest is sent; the others follow with the last one.
    ``on_pick`` hears the number of a point that was clicked: of ``meta["picks"]`` of its trace, or its ``customdata``.
    ``is_part``: it stands beside text: of its own size on a bare page too, with text as large as it is to be.
    """
    if is_live and "frames" in figure:
        figure = figure | {"frames": newest(figure["frames"])}
    if view.is_projected() and not is_part:
        figure = for_projector(figure)
    meta = figure["layout"]["meta"]
    digest, sent = SENT.packed(figure, caption.labels)
    data = {
        "packed": as_text(sent.content),  # the figure, and what its frames are called
        "digest": digest,  # by which the menu asks for files of it
        "picture": sent.picture,  # what is drawn anew only if it is another one
        "library": served.address("plotly-cartesian.min.js"),
        "ink": INK,
        "is_pickable": on_pick is not None,
        "fills": view.is_bare() and not is_part,
        "height": figure["layout"]["height"],
    } | {name: meta.get(name) for name in ("alt", "title", "filename", "min_width")}
    data |= {
        "menu": served.address("save.js"),
        "export": EXPORT_PATH,
        "caption": asdict(caption),
        "no_pdf": None if can_draw() else _NO_PDF,
    }

    def picked() -> None:
        number = st.session_state[key].get("picked")
        if on_pick is not None and type(number) is int and 0 <= number < _MOST_PICKS:  # a browser may say anything
            on_pick(number)

    _components()[0](data=data, key=key, on_picked_change=picked)


def newest(frames: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last round's frame, and that of all rounds where there is one."""
    return list(frames[-2:] if frames and frames[-1]["name"] == ALL_ROUNDS else frames[-1:])


def sentences(told: dict[str, dict[str, Any]], first: str) -> None:
    """The sentences of what the round player shows.

    Parameters
    ----------
    told: by the names of frames, the newest round last but for all rounds: "head", and on a page that is not bare
        "verdicts" (pairs of a mark and a sentence) and "more".
    first: which of them, until there is a player.
    """
    rounds = [name for name in told if name != ALL_ROUNDS]
    data = {"told": packed(told), "first": first, "newest": rounds[-1], "is_bare": view.is_bare()}
    with st.container(key="sentence"):
        _components()[2](data=data, key="sentences")


def round_player(run_id: str, n_done: int, n_total: int, round_index: int | None, has_all: bool = False) -> int | None:
    """The player under the main picture. Returns the round that the reader stopped at.

    None: all rounds where the page can show them (``has_all``), else the last one.
    """
    data = {
        "run": run_id,
        "count": n_done,
        "total": n_total,
        "round": -1 if round_index is None else round_index,
        "noun": "round",
        "has_all": has_all,
    }
    stopped_at = _stopped_at(data, "round_player")
    return None if stopped_at < 0 else stopped_at


def value_player(sweep_id: str, labels: Sequence[str], index: int, noun: str = "value") -> int:
    """The same player over the values of a sweep, or over what ``noun`` says, which have words of their own.

    Returns where the reader stopped.
    """
    data = {
        "run": sweep_id,
        "count": len(labels),
        "total": len(labels),
        "round": index,
        "labels": list(labels),
        "noun": noun,
    }
    stopped_at = _stopped_at(data, f"value_player_{len(labels)}")
    return len(labels) - 1 if stopped_at < 0 else stopped_at


def _stopped_at(data: dict[str, Any], key: str) -> int:
    """Draw the player; where the reader stopped, -1 for all rounds or the last one.

    The browser's Back or Forward sets it anew to ``data["round"]``, and what it had reported before does not count.
    """
    times = session.n_restored()
    told = _components()[1](
        data=data | {"times": times}, key=key, default={"stopped": None}, on_stopped_change=nothing
    ).stopped
    heard = told.get("round") if isinstance(told, Mapping) and told.get("times") == times else data["round"]
    if type(heard) is not int or not -1 <= heard < data["total"]:  # a browser may say anything
        return int(data["round"])
    return heard
