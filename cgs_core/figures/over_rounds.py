"""Lines over the rounds: contribution, pay, accuracy. Frames move a mark to the round.

From 9 agents on lines are grey, and only those of ``picked`` (agent indices; unless told one at the start, in the
middle and at the end) are in colour, on top and named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.figures.frames import animated_figure, round_number, shown_round
from cgs_core.figures.many_agents import in_color
from cgs_core.figures.rows import accuracy_limits
from cgs_core.figures.shares import contribution_shares, share_limits
from cgs_core.figures.style import (
    FAINT,
    FEDAVG,
    INK,
    LEGEND_ON_TOP,
    SMALL_FONT_SIZE,
    STANDALONE_DASH,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_name,
    axis,
    axis_title,
    base_layout,
    extremes,
    legend_line,
    narrow_with_legend,
    note,
    percent,
    percent_tick,
    rounded,
)
from cgs_core.records import Trace
from cgs_core.typing import FloatArray

_GREY_OPACITY = 0.45  # of the lines that are not picked
_LABEL_PITCH = 15  # pixels between the names at the lines' ends


def contribution_figure(
    trace: Trace, round_index: int | None = None, picked: Sequence[int] | None = None, is_live: bool = False
) -> Figure:
    """CGSV over the rounds as shares of the whole: exact solid, approximate thin and dotted (alone above 24 agents)."""
    exact, approx = contribution_shares(trace)
    approx, exact = where_there(trace, approx), None if exact is None else where_there(trace, exact)
    main = approx if exact is None else exact
    if exact is None:
        still = [legend_line("approximate", {}), *agent_lines(trace, approx, "approximate", picked)]
    else:
        still = [
            legend_line("exact", {}),
            legend_line("approximate", {"dash": "dot", "width": 1}),
            *agent_lines(trace, approx, "approximate", picked, dash="dot", width=1, has_symbols=False),
            *agent_lines(trace, exact, "exact", picked),
        ]
    low, high = share_limits(trace)
    panel = _Panel(low, high, height=300)
    shown = shown_round(trace.n_rounds, round_index, is_live)
    return _panels_figure(
        trace,
        [(panel, main)],
        still,
        round_index,
        picked,
        is_live=is_live,
        kind="contribution",
        title="Worth over the rounds",
        y_titles=["share of the whole (CGSV)"],
        alt=f"Worth (CGSV, as shares) over {trace.n_rounds} rounds. In round {round_number(shown)}: "
        f"{_ends(main[shown]) if np.isfinite(main[shown]).any() else 'there are no shares'}.",
    )


def pay_figure(
    trace: Trace, round_index: int | None = None, picked: Sequence[int] | None = None, is_live: bool = False
) -> Figure:
    """Importance above, reward ratio below, on one round axis."""
    importance = where_there(trace, trace.stack("importance"), is_member=True)
    ratio = where_there(trace, trace.stack("reward_ratio"))
    still = agent_lines(trace, importance, "importance", picked, dash=None)
    still += [line | {"yaxis": "y2"} for line in agent_lines(trace, ratio, "pay (reward ratio)", picked, dash=None)]
    panels = [
        (_Panel(0.0, float(np.nanmax(importance)), height=190), importance),
        (_Panel(0.0, 1.0, height=190), ratio),
    ]
    shown = shown_round(trace.n_rounds, round_index, is_live)
    return _panels_figure(
        trace,
        panels,
        still,
        round_index,
        picked,
        is_live=is_live,
        kind="pay",
        title="Importance and pay over the rounds",
        y_titles=["importance", "pay (part given back)"],
        alt=f"Importance and pay over {trace.n_rounds} rounds. In round {round_number(shown)}, "
        f"most important: {_ends(importance[shown])}; paid: {_ends(ratio[shown])}.",
    )


def accuracy_figure(
    trace: Trace, round_index: int | None = None, picked: Sequence[int] | None = None, is_live: bool = False
) -> Figure:
    """Test accuracy over the rounds: rewarded solid, alone dashed, FedAvg grey, the server's model grey and dotted."""
    final, alone = (_since_joining(trace, trace.stack(name)) for name in ("accuracy", "standalone_accuracy"))
    server = {"dash": "dot", "width": 1.5, "color": FEDAVG}
    fedavg = {"width": 3, "color": FEDAVG}
    still = [
        legend_line("with rewards", {}),
        legend_line("alone", {"dash": STANDALONE_DASH, "width": 1.5}),
        *agent_lines(trace, alone, "alone", picked, dash=STANDALONE_DASH, width=1.5, has_symbols=False),
        _model_line(trace, "fedavg_accuracy", "FedAvg", fedavg),
        _model_line(trace, "server_accuracy", "server's model", server),
        *agent_lines(trace, final, "with rewards", picked),
    ]
    shown = shown_round(trace.n_rounds, round_index, is_live)
    return _panels_figure(
        trace,
        [(_Panel(*accuracy_limits(trace), height=340), final)],
        still,
        round_index,
        picked,
        is_live=is_live,
        kind="accuracy",
        title="Accuracy over the rounds",
        y_titles=["right on the test (accuracy)"],
        alt=f"Test accuracy over {trace.n_rounds} rounds. In round {round_number(shown)}, "
        f"right on the test: {_ends(final[shown], 1)}; FedAvg reaches "
        f"{percent(trace.rounds[shown].fedavg_accuracy, 1)}.",
    )


def where_there(trace: Trace, values: FloatArray, *, is_member: bool = False) -> FloatArray:
    """Values (n_rounds, n_agents), NaN where an agent was absent (or no member): its line has a gap there, and no 0."""
    if trace.is_always_there:
        return values
    return np.where(trace.is_member if is_member else trace.is_present, values, np.nan)


def _since_joining(trace: Trace, values: FloatArray) -> FloatArray:
    """The same of models, which an agent has from its first round on and keeps when it leaves."""
    if trace.is_always_there:
        return values
    return np.where(np.logical_or.accumulate(trace.is_member, axis=0), values, np.nan)


# -- lines -----------------------------------------------------------------------------------------------


def agent_lines(
    trace: Trace,
    values: FloatArray,
    kind: str,
    picked: Sequence[int] | None = None,
    *,
    dash: str | None = "solid",
    width: float = 2.0,
    has_symbols: bool = True,
) -> list[PlotlyTrace]:
    """A line an agent of values (n_rounds, n_agents), those in colour last; ``dash=None`` takes each agent's own."""
    n_agents, rounds = trace.scenario.n_agents, _round_numbers(trace)
    colored = in_color(n_agents, picked)
    columns = rounded(values.T)
    lines = []
    for index in [*(one for one in range(n_agents) if one not in colored), *colored]:
        look = agent_look(index)
        line: PlotlyTrace = {
            "type": "scatter",
            "mode": "lines",
            "x": rounds,
            "y": columns[index],
            "name": f"{look.name}, {kind}",
            "legendgroup": kind,
            "showlegend": False,
            "line": {"color": FAINT, "width": 1, "dash": dash or "solid"},
            "opacity": _GREY_OPACITY,
            "hovertemplate": f"<b>{look.name}</b>, {kind}<br>round %{{x}}: %{{y:.1%}}<extra></extra>",
        }
        if index in colored:
            line |= {
                "mode": "lines+markers" if has_symbols else "lines",
                "opacity": 1,
                "line": {"color": look.color, "width": width, "dash": dash or look.dash},
                "marker": {"symbol": look.symbol, "color": look.color, "size": 7, "maxdisplayed": 8},
            }
        lines.append(line)
    return lines


def _model_line(trace: Trace, quantity: str, name: str, line: dict[str, Any]) -> PlotlyTrace:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": _round_numbers(trace),
        "y": rounded(trace.stack(quantity)),
        "name": name,
        "line": line,
        "showlegend": True,
        "hovertemplate": f"<b>{name}</b><br>round %{{x}}: %{{y:.1%}}<extra></extra>",
    }


def _round_numbers(trace: Trace) -> list[int]:
    return [round_number(index) for index in range(trace.n_rounds)]


# -- panels ----------------------------------------------------------------------------------------------


class _Panel:
    """One plot of a column of plots: its fixed vertical range and its height in pixels."""

    def __init__(self, low: float, high: float, height: int) -> None:
        pad = 0.03 * (high - low)
        self.low, self.high, self.height = low, high, height
        self.range = [round(low - pad, 5), round(high + pad, 5)]

    def axis(self, title: str) -> dict[str, Any]:
        return axis(self.low, self.high, tick_text=percent_tick, range=self.range, title=axis_title(title, 8))


_GAP = 24  # pixels between two panels


def _panels_figure(
    trace: Trace,
    panels: list[tuple[_Panel, FloatArray]],
    still: list[PlotlyTrace],
    round_index: int | None,
    picked: Sequence[int] | None,
    *,
    is_live: bool,
    kind: str,
    title: str,
    y_titles: list[str],
    alt: str,
) -> Figure:
    """Plots above each other on one round axis, with a line at the round and a symbol where it meets each agent."""
    names = ["y", "y2"][: len(panels)]
    colored = in_color(trace.scenario.n_agents, picked)
    axes, annotations = _stacked_axes(trace, panels, y_titles, colored)
    has_legend = any(line.get("showlegend") for line in still)
    margin = {"l": 72, "r": 84, "t": 34 if has_legend else 14, "b": 46}
    height = sum(panel.height for panel, _ in panels) + _GAP * (len(panels) - 1) + margin["t"] + margin["b"]
    layout = base_layout(
        kind=kind,
        scenario_id=trace.figure_id,
        title=title,
        alt=alt,
        height=height,
        margin=margin,
        showlegend=has_legend,
        legend=LEGEND_ON_TOP,
        annotations=annotations,
        **axes,
    )
    moving = [
        mark for name, (panel, _) in zip(names, panels, strict=True) for mark in _marks(trace, panel, name, colored)
    ]

    def parts_at(index: int) -> list[dict[str, Any]]:
        x = round_number(index)
        return [
            part
            for _, values in panels
            for part in ({"x": [x, x]}, {"x": [x] * values.shape[1], "y": rounded(values[index])})
        ]

    return animated_figure(
        trace.n_rounds,
        still=still,
        moving=moving,
        parts_at=parts_at,
        layout=_narrower(layout, sum(bool(line.get("showlegend")) for line in still)),
        round_index=round_index,
        is_live=is_live,
    )


def _narrower(layout: dict[str, Any], n_keys: int) -> dict[str, Any]:
    """On a phone all rounds are seen."""
    first, last = layout["xaxis"]["range"]
    return narrow_with_legend(layout, n_keys, axis(max(first, round_number(0)), last, most_ticks=4, least_step=1))


def _stacked_axes(
    trace: Trace, panels: list[tuple[_Panel, FloatArray]], y_titles: list[str], colored: Sequence[int]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The axes, top panel first, and the names at the ends of its lines."""
    first, last = round_number(0), max(trace.scenario.n_rounds, 2)
    total = sum(panel.height for panel, _ in panels) + _GAP * (len(panels) - 1)
    axes: dict[str, Any] = {}
    annotations: list[dict[str, Any]] = []
    top = total
    for number, ((panel, values), title) in enumerate(zip(panels, y_titles, strict=True), 1):
        name = "y" if number == 1 else f"y{number}"
        domain = [max(0.0, round((top - panel.height) / total, 5)), round(top / total, 5)]
        axes[name.replace("y", "yaxis")] = panel.axis(title) | {"domain": domain}
        annotations += _end_names(trace, panel, _last_known(values), name, colored)
        top -= panel.height + _GAP
    bottom = "y" if len(panels) == 1 else f"y{len(panels)}"
    axes["xaxis"] = axis(
        first,
        last,
        range=[first - 0.02 * last, 1.01 * last],
        most_ticks=8,
        least_step=1,
        anchor=bottom,
        showgrid=False,
        title=axis_title("round"),
    )
    return axes, annotations


def _marks(trace: Trace, panel: _Panel, yaxis: str, colored: Sequence[int]) -> list[PlotlyTrace]:
    looks = [agent_look(index) for index in range(trace.scenario.n_agents)]
    is_colored = [index in colored for index in range(len(looks))]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "y": panel.range,
            "yaxis": yaxis,
            "line": {"color": INK, "width": 1},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        {
            "type": "scatter",
            "mode": "markers",
            "yaxis": yaxis,
            "showlegend": False,
            "cliponaxis": False,
            "customdata": [look.name for look in looks],
            "marker": {
                "symbol": [look.symbol for look in looks],
                "color": [look.color for look in looks],
                "opacity": [int(one) for one in is_colored],
                "size": 10,
                "line": {"color": INK, "width": 1},
            },
            "hovertemplate": "<b>%{customdata}</b><br>round %{x}: %{y:.1%}<extra></extra>",
        },
    ]


def _last_known(values: FloatArray) -> FloatArray:
    """Each agent's last value that is there, of (n_rounds, n_agents): where its line ends; NaN where it has none."""
    ago = np.isfinite(values)[::-1].argmax(axis=0)
    return values[len(values) - 1 - ago, np.arange(values.shape[1])]


def _end_names(
    trace: Trace, panel: _Panel, values: FloatArray, yaxis: str, colored: Sequence[int]
) -> list[dict[str, Any]]:
    """The names right of the ends of the lines in colour, kept apart; of many only the highest and lowest."""
    inside = np.clip(np.where(np.isfinite(values), values, panel.low), panel.low, panel.high)
    down = [index for index in np.argsort(-inside, kind="stable").tolist() if index in colored]
    if len(down) > panel.height // _LABEL_PITCH:
        down = down[:3] + down[-3:]
    span = panel.range[1] - panel.range[0]
    wanted = [float((panel.range[1] - height) / span * panel.height) for height in inside[down]]
    places = spread(wanted, _LABEL_PITCH, panel.height)
    return [
        note(
            f"<span style='color:{agent_look(index).color}'>●</span> {agent_name(index)}",
            x=trace.n_rounds,
            xanchor="left",
            xshift=8,
            yref=yaxis,
            yanchor="middle",
            y=round(panel.range[1] - place / panel.height * span, 5),
            font={"size": SMALL_FONT_SIZE, "color": INK},
        )
        for index, place in zip(down, places, strict=True)
    ]


def spread(wanted: Sequence[float], pitch: float, length: float) -> list[float]:
    """Places in [0, length] near the wanted ones (ascending), at least ``pitch`` apart where there is room."""
    places: list[float] = []
    for place in wanted:
        places.append(max(place, places[-1] + pitch) if places else place)
    limit = length
    for number in range(len(places) - 1, -1, -1):
        places[number] = max(0.0, min(places[number], limit))
        limit = places[number] - pitch
    return places


# -- words -----------------------------------------------------------------------------------------------


def _ends(values: FloatArray, decimals: int = 0) -> str:
    return extremes([percent(value, decimals) for value in values], values)
