"""How figures look: ink, the agents' looks, the classes' colours, text of numbers, and the shared layout.

A figure is a plain dict in Plotly's JSON form (``data``, ``layout``, ``frames``): Python lists, numbers and strings.
On a dark page the browser replaces the string ``INK`` by the page's text colour wherever it stands; every other
colour must be legible on white and on a dark ground.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cgs_core.scenario.catalogue import DatasetInfo

Figure = dict[str, Any]
PlotlyTrace = dict[str, Any]

INK = "#31333F"
FAINT = "#8a8d98"
GRID = "rgba(128,132,149,0.25)"
CLEAR = "rgba(0,0,0,0)"
FEDAVG = FAINT
WRONG = "#d1495b"  # wrong labels; never the only sign of one
SEAM = "rgba(255,255,255,0.6)"  # between the parts of a stacked bar

FONT_SIZE = 13
SMALL_FONT_SIZE = 12
MIN_WIDTH = 560  # pixels; on a narrower screen a figure scrolls sideways
PHONE_WIDTH = 320  # pixels of a figure on a phone; a box of a lesson leaves 324
LEGEND_LINE = 22  # pixels
DECIMALS = 5  # of numbers in the JSON
NO_WORDS = "\u00a0"  # at a point without any: of empty ones Plotly forgets the place, and others' words when it redraws

AGENT_COLORS = (
    "#0072B2",
    "#A94207",
    "#0CAA63",
    "#8D4F7B",
    "#B98E00",
    "#339FC7",
    "#A44158",
    "#03A78C",
    "#8C903B",
    "#965536",
)
"""The hues of Okabe and Ito, in their order, each at least 3:1 against a white and a dark page, and as far apart as
that allows, also for who sees no red or no green; no grey (FedAvg's)."""
AGENT_SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "cross",
    "x",
    "star",
    "triangle-down",
    "pentagon",
    "hexagon",
)
AGENT_DASHES = ("solid", "longdash", "dashdot", "dot", "longdashdot")
STANDALONE_DASH = "dash"  # no agent's own

CLASS_SYMBOLS = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "star",
    "x",
    "pentagon",
    "hexagon",
    "star-square",
)
CLASS_COLORS = (
    "#83387d",
    "#7fa866",
    "#365f26",
    "#e385bb",
    "#737711",
    "#1ae4ff",
    "#bb4a70",
    "#f1c769",
    "#1872c7",
    "#cfcfb8",
)
"""Dark and light by turns (L* at least 18 apart), so that the seam between neighbours is seen without hue. Any two are
23 or more apart (CIE76) as everybody sees them, and as people with protanopia, deuteranopia or tritanopia do."""
_CLASS_TURN = 0.35  # how much nearer to grey the colours are each time that they come again
HEAT_SCALE = [[0.0, "#6f88bd"], [0.5, "#9dabac"], [0.8, "#c9bd86"], [1.0, "#f3e08c"]]
"""From few to much: lighter step by step, and light enough for dark numbers everywhere (``ON_HEAT``)."""
ON_HEAT = "#101418"


_MOST_PARTS = 4  # runs of neighbours in a list of agents; of more they are counted


@dataclass(frozen=True)
class AgentLook:
    """What an agent looks like on every page. No two of 50 agents share both colour and symbol."""

    name: str
    color: str
    symbol: str
    dash: str


def agent_name(agent_index: int) -> str:
    """The name on the screen: agents are numbered from 1."""
    return f"Agent {agent_index + 1}"


def agent_names(agents: Sequence[int] | np.ndarray) -> str:
    """Names of agents in words, runs of neighbours together: "Agent 1", "Agents 2 to 5", "Agents 1, 3 and 4 to 9"."""
    numbers = [int(agent) + 1 for agent in agents]
    if len(numbers) == 1:
        return f"Agent {numbers[0]}"
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [
        part
        for run in runs
        for part in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(number) for number in run])
    ]
    if len(parts) > _MOST_PARTS:
        return f"{len(numbers)} of the agents"
    return f"Agents {listed(parts)}"


def listed(words: Sequence[str]) -> str:
    """Words as in a sentence: "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def extremes(written: Sequence[str], values: npt.ArrayLike) -> str:
    """Who is first and who last, for instance "Agent 3 most, 0.943; Agents 1 and 2 least, 0.5".

    Who is written alike is named together, and nobody where all are. Who has no finite value is left out.
    """
    numbers = np.asarray(values, np.float64).tolist()
    there = [index for index, number in enumerate(numbers) if math.isfinite(number)]
    if not there:
        return "nobody"
    high, low = (written[end(there, key=numbers.__getitem__)] for end in (max, min))
    if high == low:
        return f"all alike, {high}"
    most, least = ([index for index in there if written[index] == end] for end in (high, low))
    return f"{agent_names(most)} most, {high}; {agent_names(least)} least, {low}"


def agent_look(agent_index: int) -> AgentLook:
    """Beyond 10 agents colours come again, with another symbol and dash."""
    turn, color = divmod(agent_index, len(AGENT_COLORS))
    symbol = AGENT_SYMBOLS[(color + turn) % len(AGENT_SYMBOLS)]
    return AgentLook(
        agent_name(agent_index), AGENT_COLORS[color], symbol, AGENT_DASHES[(color + turn) % len(AGENT_DASHES)]
    )


def class_colors(n_classes: int) -> list[str]:
    """A colour a class; beyond 10 classes they come again, greyer."""
    colors = []
    for label in range(n_classes):
        turn, place = divmod(label, len(CLASS_COLORS))
        grey = 1 - (1 - _CLASS_TURN) ** turn
        channels = (int(CLASS_COLORS[place][start : start + 2], 16) for start in (1, 3, 5))
        colors.append("#" + "".join(f"{round((1 - grey) * value + grey * 128):02x}" for value in channels))
    return colors


def class_labels(info: DatasetInfo) -> list[str]:
    """The classes' names for a figure: of own data they may hold signs that Plotly would take for its markup."""
    return [html.escape(name, quote=False).replace("%", "&#37;") for name in info.class_names]


def luminance(color: str) -> float:
    """How bright a colour ``#rrggbb`` is, from 0 to 1, as WCAG 2 reckons it."""
    channels = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours ``#rrggbb``, from 1 to 21: WCAG asks 4.5 of text and 3 of lines and marks."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def text_on(color: str) -> str:
    """Near-black or white, whichever reads better on a colour ``#rrggbb``."""
    return max((ON_HEAT, "#ffffff"), key=lambda text: contrast(text, color))


# -- numbers ---------------------------------------------------------------------------------------------


def rounded(values: npt.ArrayLike, decimals: int = DECIMALS) -> Any:
    """Nested lists of an array's numbers, rounded; None where a number is not finite."""
    array = np.asarray(values, dtype=np.float64)
    boxed = (np.round(array, decimals) + 0.0).astype(object)  # + 0.0 makes -0.0 plain
    boxed[~np.isfinite(array)] = None
    return boxed.tolist()


def signed(text: str) -> str:
    """A formatted number with a real minus sign, and no sign before what is written as zero: that is no difference."""
    is_zero = text.startswith(("+", "-")) and not any(digit in text for digit in "123456789")
    return text[1:] if is_zero else text.replace("-", "−")


def percent(value: float, decimals: int = 0) -> str:
    """A fraction as text, for instance "31 %"; a dash where it is undefined."""
    return signed(f"{100 * value:.{decimals}f}") + " %" if math.isfinite(value) else "–"


def points(difference: float, decimals: int = 1) -> str:
    """A difference of two fractions as signed percentage points, for instance "+3.2"."""
    return signed(f"{100 * difference:+.{decimals}f}")


def plain_number(value: float) -> str:
    """A number as text, thousands apart."""
    return signed(f"{value:,.10g}")


def percent_tick(value: float) -> str:
    """A fraction as text with as many decimals as it needs."""
    return signed(f"{round(100 * value, 4):.6g}") + " %"


def points_tick(difference: float) -> str:
    """A difference of two fractions as percentage points, signed, with as many decimals as it needs."""
    return signed(f"{round(100 * difference, 4):+.6g}") if difference else "0"


_SPARSE_ROOM = 0.35  # of an axis: what two of its few ticks are apart at least
TickText = Callable[[float], str]


def few_ticks(low: float, high: float, most: int, least_step: float = 0.0) -> list[float]:
    """At most ``most`` round numbers in [low, high], multiples of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max((high - low) / most, least_step)))
    for step in (power * factor for factor in (1, 2, 5, 10, 20, 50, 100)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            return [round(number * step, 10) for number in range(first, last + 1)]
    raise AssertionError("a step of the whole span always fits")


# -- layout ----------------------------------------------------------------------------------------------


def axis(
    low: float,
    high: float,
    *,
    tick_text: TickText = plain_number,
    is_sparse: bool = False,
    most_ticks: int = 6,
    least_step: float = 0.0,
    **more: Any,
) -> dict[str, Any]:
    """A fixed axis with a few round ticks in [low, high]; ``more`` may set a wider ``range``.

    Parameters
    ----------
    is_sparse: only the first and the last tick are drawn; where zero lies between, zero and the longer side's,
        and the other where there is room.
    least_step: smallest distance of two ticks; 1 for what is counted.
    """
    ticks = few_ticks(low, high, most_ticks, least_step)
    if is_sparse:
        ends = {ticks[0], ticks[-1]}
        if low < 0 < high:
            longest = max(ends, key=abs)
            ends = {0.0, longest, *(end for end in ends if abs(end) >= _SPARSE_ROOM * (high - low))}
        ticks = sorted(ends)
    plain = {
        "range": [low, high],
        "autorange": False,
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [tick_text(tick) for tick in ticks],
        "tickfont": {"size": FONT_SIZE, "color": INK},
        "gridcolor": GRID,
        "zeroline": False,
        "showline": False,
        "tickangle": 0,
        "ticks": "",
        "ticklabelstandoff": 3,
    }
    return plain | more


def axis_title(text: str, standoff: int = 6) -> dict[str, Any]:
    """An axis' title, ``standoff`` pixels from the tick labels."""
    return {"text": text, "standoff": standoff, "font": {"size": FONT_SIZE, "color": INK}}


def base_layout(
    *, kind: str, scenario_id: str, title: str, alt: str, height: int, min_width: int = MIN_WIDTH, **more: Any
) -> dict[str, Any]:
    """What all figures share; ``meta`` has the words for screen readers, the export's file name, the least width."""
    plain = {
        "height": height,
        "autosize": True,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"size": FONT_SIZE, "color": INK},
        "hoverlabel": {"font": {"size": FONT_SIZE}, "align": "left"},
        "hovermode": "closest",
        "dragmode": False,
        "showlegend": False,
        "margin": {"l": 60, "r": 16, "t": 30, "b": 40},
        "meta": {"alt": alt, "filename": f"cgs-{kind}-{scenario_id}", "title": title, "min_width": min_width},
    }
    return plain | more


def narrow_layout(
    layout: dict[str, Any], min_width: int, traces: dict[int, PlotlyTrace] | None = None, **other: Any
) -> dict[str, Any]:
    """A figure's layout with another one beside it, which a browser takes where there are not ``MIN_WIDTH`` pixels.

    Parameters
    ----------
    traces: by a trace's place in the figure, the entries of it that are others there and that no frame sets.
    other: the entries of ``layout`` that are others there, ``height`` among them.
    """
    narrow = {
        "below": MIN_WIDTH,
        "min_width": min_width,
        "layout": other,
        "traces": {str(place): one for place, one in (traces or {}).items()},
    }
    return layout | {"meta": layout["meta"] | {"narrow": narrow}}


def narrow_with_legend(layout: dict[str, Any], n_keys: int, ticks: dict[str, Any]) -> dict[str, Any]:
    """On a phone: all of the x axis, with the fewer ticks of the axis ``ticks``, and more lines for ``n_keys`` keys."""
    more = LEGEND_LINE * (n_keys // 2)
    return narrow_layout(
        layout,
        PHONE_WIDTH,
        height=layout["height"] + more,
        margin=layout["margin"] | {"t": layout["margin"]["t"] + more},
        xaxis=layout["xaxis"] | {name: ticks[name] for name in ("tickvals", "ticktext")},
    )


def note(text: str, **place: Any) -> dict[str, Any]:
    """A text annotation without an arrow."""
    return {"text": text, "showarrow": False, "font": {"size": FONT_SIZE, "color": INK}} | place


def cell_outline(x: int, y: int) -> dict[str, Any]:
    """A frame around the cell of a map that stands at these places of its axes, inside the gap to its neighbours."""
    edges = {f"{axis}{end}": place + (end - 0.5) * 0.88 for axis, place in (("x", x), ("y", y)) for end in (0, 1)}
    return {"type": "rect", **edges, "line": {"color": INK, "width": 2}}


def legend_line(name: str, line: dict[str, Any]) -> PlotlyTrace:
    """A legend entry of a kind of line; clicking it hides or shows all lines of the legend group of that name."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [None],
        "y": [None],
        "name": name,
        "legendgroup": name,
        "showlegend": True,
        "line": {"color": INK} | line,
        "hoverinfo": "skip",
    }


LEGEND_ON_TOP: dict[str, Any] = {
    "orientation": "h",
    "x": 0,
    "xanchor": "left",
    "y": 1,
    "yanchor": "bottom",
    "bgcolor": CLEAR,
    "font": {"size": FONT_SIZE, "color": INK},
}
