"""Exact, approximate, sampled: how estimates come closer with what they cost, and what each costs as agents grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cgs_core.contribution.sampling import SamplingPath
from cgs_core.figures.game.units import UNITS, Unit
from cgs_core.figures.style import (
    AGENT_SYMBOLS,
    CLEAR,
    FAINT,
    INK,
    LEGEND_LINE,
    LEGEND_ON_TOP,
    PHONE_WIDTH,
    Figure,
    PlotlyTrace,
    agent_name,
    axis,
    axis_title,
    base_layout,
    narrow_layout,
    narrow_with_legend,
    note,
    plain_number,
    rounded,
)
from cgs_core.typing import FloatArray

_METHOD_COLORS = ("#D55E00", "#3D8FC4", "#009E73", "#CC79A7")
_METHOD_DASHES = ("solid", "longdash", "dashdot", "dot")
_NAME = 164  # pixels of a method's name, right of its line


def estimates_figure(
    exact: FloatArray | None,
    approx: FloatArray,
    paths: Mapping[str, SamplingPath],
    *,
    agent: int,
    agents: Sequence[int],
    unit: Unit,
    scenario_id: str = "game",
) -> Figure:
    """One agent's value by each method against the coalition values asked for, with bands of one standard error.

    Parameters
    ----------
    exact, approx: (n_agents,); no exact value where there are too many coalitions.
    paths: sampling method -> its estimates as they go on.
    agent: position among ``agents``, which says who they are in the scenario.
    """
    words = UNITS[unit]
    drawn = [_path(name, path, agent, number, words.factor) for number, (name, path) in enumerate(paths.items())]
    asked = np.concatenate([path.evaluations for path in paths.values()]).astype(np.float64)
    full = 2.0 ** len(agents)
    first, last = float(asked.min()), float(asked.max() if exact is None else max(asked.max(), full))
    levels = [_level("approximate", float(approx[agent]), first, last, "dash", FAINT)]
    if exact is not None:
        levels.append(_level("exact", float(exact[agent]), first, last, "solid", INK))
        levels.append(_exact_point(full, float(exact[agent])))
    low, high = _range([y for trace in [*levels, *(t for pair in drawn for t in pair)] for y in trace["y"]])
    layout = base_layout(
        kind="estimates",
        scenario_id=scenario_id,
        title=f"Estimates of {agent_name(agents[agent])}'s value",
        alt=_alt(exact, approx, paths, agent, agents, unit),
        height=380,
        margin={"l": 76, "r": 24, "t": 34, "b": 48},
        showlegend=True,
        legend=LEGEND_ON_TOP,
        xaxis=_log_axis(first, last, "coalition values asked for"),
        yaxis=axis(
            low, high, tick_text=words.tick, title=axis_title(f"{agent_name(agents[agent])}'s Shapley value", 8)
        ),
        annotations=[] if exact is None else [_exact_note(full)],
    )
    data = [*(band for band, _ in drawn), *levels, *(line for _, line in drawn)]
    return {"data": data, "layout": narrow_with_legend(layout, len(levels) + len(drawn), layout["xaxis"])}


def _exact_point(full: float, value: float) -> PlotlyTrace:
    """A diamond where all coalitions, ``full`` of them, have been asked for."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [full],
        "y": [round(value, 5)],
        "showlegend": False,
        "cliponaxis": False,
        "marker": {"symbol": "diamond", "size": 13, "color": INK},
        "hovertemplate": f"exact: all {plain_number(full)} coalitions<extra></extra>",
    }


def _exact_note(full: float) -> dict[str, Any]:
    text = f"◆ exact: all {plain_number(full)}"
    return note(text, xref="paper", x=1, xanchor="right", yref="paper", y=0.01, yanchor="bottom")


def cost_figure(costs: Mapping[str, Sequence[tuple[int, float]]], *, scenario_id: str = "game") -> Figure:
    """Seconds against the number of agents on log axes, a method a line with its name at its end.

    Parameters
    ----------
    costs: method -> (n_agents, seconds) in the order of agents, both above 0.
    """
    named = [_cost_line(number, name, measured) for number, (name, measured) in enumerate(costs.items())]
    every = [pair for measured in costs.values() for pair in measured]
    slowest = max(costs, key=lambda name: costs[name][-1][1])
    n_most, most = costs[slowest][-1]
    layout = base_layout(
        kind="cost",
        scenario_id=scenario_id,
        title="What each method costs",
        alt=f"Seconds against the number of agents for {', '.join(costs)}. The longest: {slowest}, {most:.2g} s for "
        f"{n_most} agents.",
        height=380,
        margin={"l": 82, "r": _NAME, "t": 34, "b": 48},
        annotations=[name for _, name in named],
        xaxis=_log_axis(min(pair[0] for pair in every), max(pair[0] for pair in every), "agents"),
        yaxis=_log_axis(min(pair[1] for pair in every), max(pair[1] for pair in every), "seconds") | {"showgrid": True},
    )
    more = LEGEND_LINE * len(named)
    narrow = narrow_layout(  # the names stand over the lines
        layout,
        PHONE_WIDTH,
        height=layout["height"] + more,
        margin=layout["margin"] | {"l": 70, "r": 16, "t": layout["margin"]["t"] + more},
        annotations=[],
        showlegend=True,
        legend=LEGEND_ON_TOP | {"orientation": "v"},
    )
    return {"data": [line for line, _ in named], "layout": narrow}


def _cost_line(number: int, name: str, measured: Sequence[tuple[int, float]]) -> tuple[PlotlyTrace, dict[str, Any]]:
    """A method's line, and its name right of the line's end, where the line is not."""
    color, dash, symbol = _look(number)
    n_agents, seconds = [pair[0] for pair in measured], [float(f"{pair[1]:.3g}") for pair in measured]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": n_agents,
        "y": seconds,
        "name": name,
        "cliponaxis": False,
        "line": {"color": color, "width": 2.5, "dash": dash},
        "marker": {"color": color, "symbol": symbol, "size": 8},
        "hovertemplate": f"<b>{name}</b>, %{{x:,}} agents: %{{y:.2g}} s<extra></extra>",
    }
    end_x, end_y = rounded(np.log10([n_agents[-1], seconds[-1]]))
    text = f"<span style='color:{color}'>●</span> {name}"
    return line, note(text, xref="x", x=end_x, yref="y", y=end_y, xanchor="left", yanchor="middle", xshift=8)


def _look(number: int) -> tuple[str, str, str]:
    place = number % len(_METHOD_COLORS)
    return _METHOD_COLORS[place], _METHOD_DASHES[place], AGENT_SYMBOLS[place]


def _path(name: str, path: SamplingPath, agent: int, number: int, factor: int) -> tuple[PlotlyTrace, PlotlyTrace]:
    """A sampling method's band and its line."""
    color, dash, symbol = _look(number)
    estimate, error = path.estimate[:, agent], path.standard_error[:, agent]
    x = np.asarray(path.evaluations).tolist()
    decimals = ".3f" if factor == 1 else ".1%"
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": [*x, *x[::-1]],
        "fill": "toself",
        "hoverinfo": "skip",
        "y": rounded(np.concatenate([estimate + error, (estimate - error)[::-1]])),
        "showlegend": False,
        "line": {"color": CLEAR, "width": 0},
        "fillcolor": f"rgba({red},{green},{blue},0.2)",
        "legendgroup": name,
    }
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": rounded(estimate),
        "name": name,
        "legendgroup": name,
        "line": {"color": color, "width": 2.5, "dash": dash},
        "marker": {"color": color, "symbol": symbol, "size": 6},
        "customdata": rounded(error),
        "showlegend": True,
        "hovertemplate": f"<b>{name}</b>, %{{x:,}} coalition values<br>%{{y:{decimals}}} "
        f"± %{{customdata:{decimals}}}<extra></extra>",
    }
    return band, line


def _level(name: str, value: float, first: float, last: float, dash: str, color: str) -> PlotlyTrace:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [first, last],
        "y": [round(value, 5)] * 2,
        "name": name,
        "line": {"color": color, "width": 2.5, "dash": dash},
        "showlegend": True,
        "hoverinfo": "name",
    }


def _range(values: Sequence[float | None]) -> tuple[float, float]:
    finite = [value for value in values if value is not None]
    pad = 0.08 * (max(finite) - min(finite)) or 0.05
    return min(finite) - pad, max(finite) + pad


def _log_axis(first: float, last: float, title: str) -> dict[str, Any]:
    """A fixed log axis with a tick a power of ten."""
    low, high = np.log10(first), max(np.log10(last), np.log10(first) + 0.3)
    pad = 0.03 * (high - low)
    step = max(1, round((high - low) / 6))
    powers = range(int(np.ceil(low - pad)), int(np.floor(high + pad)) + 1, step)
    ticks = [10.0**power for power in powers] if len(powers) > 1 else [first, last]
    return axis(low, high, showgrid=False, title=axis_title(title, 8)) | {
        "type": "log",
        "range": rounded([low - pad, high + pad]),
        "tickvals": ticks,
        "ticktext": [_tick_text(tick) for tick in ticks],
    }


def _tick_text(tick: float) -> str:
    if tick >= 1:
        return plain_number(float(f"{tick:.3g}"))
    return str(np.format_float_positional(tick, precision=3, fractional=False, trim="-"))


def _alt(
    exact: FloatArray | None,
    approx: FloatArray,
    paths: Mapping[str, SamplingPath],
    agent: int,
    agents: Sequence[int],
    unit: Unit,
) -> str:
    words = UNITS[unit]
    ends = ", ".join(
        f"{name} {words.value(path.estimate[-1, agent], 1)} (standard error "
        f"{words.value(path.standard_error[-1, agent], 1)}) after {plain_number(float(path.evaluations[-1]))}"
        for name, path in paths.items()
    )
    known = "" if exact is None else f" exact {words.value(exact[agent], 1)},"
    return (
        f"{agent_name(agents[agent])}'s value by method, against coalition values asked for:{known} "
        f"approximate {words.value(approx[agent], 1)}; {ends}."
    )
