"""A figure as a projector shows it to a class: dark ink on white, large text, thick lines, labels instead of a legend.

``for_projector`` takes any figure. Those whose rows or columns would not hold the larger text have a version of their
own for the projector; its ``layout.meta`` says so, and its margins and annotations stay as they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from cgs_core.figures.over_rounds import spread
from cgs_core.figures.style import FONT_SIZE, GRID, INK, STANDALONE_DASH, Figure, PlotlyTrace, note
from cgs_core.typing import FloatArray

TEXT_SIZE = 24
"""Pixels: the least size of a text that the last row of a class reads."""

LINE_PITCH = 30
"""Pixels from one line of such text to the next."""

HEIGHT = 590
"""Pixels of a figure on a screen of 1024 x 768; the page stretches or squeezes it to what its screen has."""

WIDTH = 990
PROJECTOR_INK = "#111418"  # not the page's ink: that would turn light in a dark scheme
MADE_FOR_PROJECTOR = "is_made_for_projector"

_GROWTH = TEXT_SIZE / FONT_SIZE
_LEAST_LINE, _LEAST_RULE, _LEAST_MARKER = 3.0, 2.0, 14.0
_LETTER = 12.5  # pixels, the width of a letter of such text
_MIN_WIDTH = 900  # pixels; on a narrower screen a figure of such text scrolls sideways
_MOST_TRIED = 12  # lines beside which a place for words is looked for
_FONTS = {"font", "textfont", "tickfont", "insidetextfont", "outsidetextfont", "titlefont"}
_DASH_WORDS = {"solid": "solid", STANDALONE_DASH: "dashed", "dot": "dotted"}
_IN_TEXT = re.compile(r"font-size:\s*[\d.]+px")


def for_projector(figure: Figure) -> Figure:
    """The same traces and frames for a projector; the figure that is given stays as it is."""
    new: Figure = _inked(_large(deepcopy(figure)))
    for trace in (*new["data"], *(part for frame in new.get("frames", ()) for part in frame["data"])):
        _thicken(trace)
    layout = new["layout"]
    layout["font"] = layout.get("font", {}) | {"size": TEXT_SIZE, "color": PROJECTOR_INK}
    layout["hoverlabel"] = {"font": {"size": TEXT_SIZE}, "align": "left"}
    layout["meta"]["min_width"] = max(_MIN_WIDTH, layout["meta"]["min_width"])
    layout["uniformtext"] = {"minsize": TEXT_SIZE, "mode": "hide"}  # Plotly would shrink a bar's words into it
    for shape in layout.get("shapes", ()):
        shape["line"]["width"] = max(_LEAST_RULE, shape["line"]["width"])
    if not layout["meta"].get(MADE_FOR_PROJECTOR):
        _make_room(layout)
        _label_directly(new)
        _keep_apart(layout)
    layout["showlegend"] = False
    for trace in new["data"]:
        trace["showlegend"] = False
    return new


# -- text and lines ----------------------------------------------------------------------------------------------


def _large(value: Any, key: str = "") -> Any:
    """Every text at least ``TEXT_SIZE``, whether its size stands in a font or in the text itself."""
    if isinstance(value, dict):
        if key in _FONTS and "size" in value:
            value["size"] = _at_least(value["size"], TEXT_SIZE)
        return {name: _large(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_large(part) for part in value]
    return _IN_TEXT.sub(f"font-size:{TEXT_SIZE}px", value) if isinstance(value, str) else value


def _inked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _inked(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_inked(part) for part in value]
    return PROJECTOR_INK if value == INK else value


def _at_least(size: Any, least: float) -> Any:
    return [max(least, one) for one in size] if isinstance(size, list) else max(least, size)


def _thicken(trace: PlotlyTrace) -> None:
    """Lines and markers of one trace; faint lines in the background stay thinner than what is measured."""
    if "line" in trace:
        line = trace["line"]
        least = _LEAST_RULE if line.get("color") == GRID else _LEAST_LINE
        line["width"] = max(least, 1.6 * line.get("width", 2.0))
    if "error_x" in trace:
        trace["error_x"]["thickness"] = max(_LEAST_LINE, trace["error_x"].get("thickness", 2.0))
    marker = trace.get("marker", {})
    if "size" in marker and trace.get("type") != "bar":
        marker["size"] = _at_least(marker["size"], _LEAST_MARKER)
    if marker.get("line", {}).get("width") and trace.get("type") != "bar":
        marker["line"]["width"] = _at_least(marker["line"]["width"], _LEAST_RULE)


# -- room --------------------------------------------------------------------------------------------------------


def _make_room(layout: dict[str, Any]) -> None:
    """Margins for the larger text, a height for the screen, and fewer ticks."""
    margin = layout["margin"]
    height = layout["height"]
    layout["margin"] = {side: round(_GROWTH * pixels) for side, pixels in margin.items()}
    layout["height"] = max(HEIGHT, height)
    for name, axis in layout.items():
        if name.startswith(("xaxis", "yaxis")):
            _thin_ticks(axis, _pixels(layout, name), is_across=name.startswith("x"))
    for annotation in layout.get("annotations", ()):
        if "xshift" in annotation:
            annotation["xshift"] = round(_GROWTH * annotation["xshift"])


def _pixels(layout: dict[str, Any], axis: str) -> float:
    """Length of an axis on the screen."""
    low, high = layout[axis].get("domain", (0.0, 1.0))
    margin = layout["margin"]
    if axis.startswith("x"):
        return float((WIDTH - margin["l"] - margin["r"]) * (high - low))
    return float((layout["height"] - margin["t"] - margin["b"]) * (high - low))


def _thin_ticks(axis: dict[str, Any], length: float, *, is_across: bool) -> None:
    """Words only at so many ticks that no two touch: the ends first, then the shortest. Names of rows are such too."""
    if not axis.get("tickvals"):
        return
    texts = axis["ticktext"]
    low, high = min(axis["range"]), max(axis["range"])
    centres = [(place - low) / (high - low) * length for place in axis["tickvals"]]
    halves = [(_LETTER * _n_letters(text) + 12 if is_across else LINE_PITCH) / 2 for text in texts]
    last = len(texts) - 1
    kept: list[int] = []
    for one in sorted(range(len(texts)), key=lambda one: (one not in (0, last), halves[one], one)):
        is_free = all(abs(centres[one] - centres[other]) >= halves[one] + halves[other] for other in kept)
        if texts[one] and is_free:
            kept.append(one)
    axis["ticktext"] = [text if one in kept else "" for one, text in enumerate(texts)]


def _keep_apart(layout: dict[str, Any]) -> None:
    """The names at lines' ends, a column a panel: apart by a line of text; of too many the outermost stay."""
    for name in [key for key in layout if key.startswith("yaxis")]:
        column = [
            one
            for one in layout["annotations"]
            if one.get("yref") == name.replace("axis", "") and one.get("xanchor") == "left"
        ]
        if len(column) < 2:
            continue
        top, bottom = max(layout[name]["range"]), min(layout[name]["range"])
        length = _pixels(layout, name)
        down = sorted(column, key=lambda one: -one["y"])
        kept = _outermost(down, max(2, int(length // LINE_PITCH)))
        layout["annotations"] = [one for one in layout["annotations"] if one not in column or one in kept]
        wanted = [(top - one["y"]) / (top - bottom) * length for one in kept]
        for one, place in zip(kept, spread(wanted, LINE_PITCH, length), strict=True):
            one["y"] = round(top - place / length * (top - bottom), 5)


def _outermost(down: Sequence[Any], most: int) -> list[Any]:
    return list(down) if len(down) <= most else [*down[: most - most // 2], *down[-(most // 2) :]]


# -- labels instead of a legend ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Taken:
    """Where words stand in a panel, in pixels from its left and lower ends."""

    yaxis: str
    middle: float
    centre: float
    width: float

    def touches(self, other: _Taken) -> bool:
        is_beside = abs(self.middle - other.middle) < (self.width + other.width) / 2 + _LETTER
        return self.yaxis == other.yaxis and is_beside and abs(self.centre - other.centre) < LINE_PITCH


def _label_directly(figure: Figure) -> None:
    """What the legend says: a line's name at its end; what kinds of lines and marks are, in words above the plot."""
    layout, words, taken = figure["layout"], list[str](), list[_Taken]()
    notes: list[dict[str, Any]] = layout.setdefault("annotations", [])
    for trace in [trace for trace in figure["data"] if trace.get("showlegend")]:
        ends = [(x, y) for x, y in zip(trace["x"], trace["y"], strict=True) if x is not None and y is not None]
        if not ends:
            label = f"{trace['name']} ({_DASH_WORDS.get(trace['line'].get('dash', 'solid'), 'line')})"
            place = _free_place(figure, trace["legendgroup"], _LETTER * len(label), taken)
            if place is None:
                words.append(f"<span style='color:{trace['line']['color']}'>━</span> {trace['name']}")
            else:
                notes.append(_words(label, bgcolor="rgba(255,255,255,0.75)") | place)
        elif trace.get("mode") == "lines":
            notes.append(_words(trace["name"], trace["line"]["color"]) | _at_its_end(layout, trace, *ends[-1]))
        else:
            words.append(f"<span style='color:{trace['marker']['color']}'>●</span> {trace['name']}")
    if words:
        lines = list(_filled(words, most=int((WIDTH - layout["margin"]["l"]) / _LETTER)))
        layout["margin"]["t"] = max(layout["margin"]["t"], LINE_PITCH * len(lines) + 12)
        notes.append(_words("<br>".join(lines), xref="paper", x=0, yref="paper", y=1, yanchor="bottom"))


def _at_its_end(layout: dict[str, Any], trace: PlotlyTrace, x: float, y: float) -> dict[str, Any]:
    """Right of where a line ends; above it on a logarithmic axis, which has no room there and wants the exponent."""
    place = {"y": y, "yref": trace.get("yaxis", "y")}
    if layout["xaxis"].get("type") == "log":
        return place | {"x": round(math.log10(x), 5), "xanchor": "right", "yanchor": "bottom"}
    return place | {"x": x, "xshift": 14, "yanchor": "middle"}


def _free_place(figure: Figure, group: str, width: float, taken: list[_Taken]) -> dict[str, Any] | None:
    """Where, above or below a line of a group, words so wide cover least of all lines; None where there is no place.

    ``taken``: where words stand already; the place that is found is added.
    """
    layout = figure["layout"]
    drawn = [
        (one.get("legendgroup"), one.get("yaxis", "y"), *_in_pixels(layout, one))
        for one in figure["data"]
        if one.get("mode", "").startswith("lines") and one.get("name")
    ]
    own = [one for one in drawn if one[0] == group and len(one[2])]
    best: tuple[int, _Taken] | None = None
    for _, yaxis, across, up in own[:: max(1, -(-len(own) // _MOST_TRIED))]:
        top = _pixels(layout, yaxis.replace("y", "yaxis"))
        x, y = (np.concatenate([one[place] for one in drawn if one[1] == yaxis]) for place in (2, 3))
        for middle in np.arange(across[0] + width / 2 + 8, across[-1] - width / 2 - 8, 12):
            is_near = abs(x - middle) < width / 2
            height = float(np.interp(middle, across, up))
            for centre in (height + 0.7 * LINE_PITCH, height - 0.7 * LINE_PITCH):
                place = _Taken(yaxis, float(middle), centre, width)
                if LINE_PITCH / 2 < centre < top - LINE_PITCH / 2 and not any(map(place.touches, taken)):
                    covered = int((is_near & (abs(y - centre) < LINE_PITCH / 2)).sum())
                    if best is None or covered < best[0]:
                        best = covered, place
    if best is None:
        return None
    taken.append(best[1])
    return _at(layout, best[1].yaxis, best[1].middle, best[1].centre)


def _in_pixels(layout: dict[str, Any], trace: PlotlyTrace) -> tuple[FloatArray, FloatArray]:
    """A line as points some pixels apart, from its panel's left and lower ends."""
    known = [(x, y) for x, y in zip(trace["x"], trace["y"], strict=True) if x is not None and y is not None]
    ends = [layout["xaxis"], layout[trace.get("yaxis", "y").replace("y", "yaxis")]]
    lengths = [_pixels(layout, name) for name in ("xaxis", trace.get("yaxis", "y").replace("y", "yaxis"))]
    across, up = (
        np.array([(point[place] - min(axis["range"])) / np.ptp(axis["range"]) * length for point in known])
        for place, (axis, length) in enumerate(zip(ends, lengths, strict=True))
    )
    if len(known) < 2 or (np.diff(across) < 0).any():  # no line from left to right: a band, or rows
        return np.zeros(0), np.zeros(0)
    steps = np.arange(across[0], across[-1], 4.0)
    return steps, np.interp(steps, across, up)


def _at(layout: dict[str, Any], yaxis: str, across: float, up: float) -> dict[str, Any]:
    places = {}
    for letter, name, pixels in (("x", "xaxis", across), ("y", yaxis.replace("y", "yaxis"), up)):
        span = layout[name]["range"]
        places[letter] = round(float(min(span) + pixels / _pixels(layout, name) * np.ptp(span)), 5)
    return places | {"xanchor": "center", "yanchor": "middle", "yref": yaxis}


def _words(text: str, color: str = PROJECTOR_INK, **place: Any) -> dict[str, Any]:
    return note(text, xanchor="left", align="left", font={"size": TEXT_SIZE, "color": color}, **place)


def _filled(words: Sequence[str], most: int) -> Iterator[str]:
    """Words joined to lines of at most so many letters."""
    line = ""
    for word in words:
        longer = f"{line} \u00a0 {word}" if line else word
        if line and _n_letters(longer) > most:
            yield line
            line = word
        else:
            line = longer
    yield line


def _n_letters(text: str) -> int:
    return len(re.sub("<[^>]*>", "", text))
