"""What an estimate costs and how far off it is: models trained across, error up, a line an estimator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cgs_core.figures.style import (
    AGENT_COLORS,
    AGENT_DASHES,
    AGENT_SYMBOLS,
    FAINT,
    INK,
    LEGEND_LINE,
    LEGEND_ON_TOP,
    PHONE_WIDTH,
    Figure,
    PlotlyTrace,
    axis,
    axis_title,
    base_layout,
    narrow_layout,
    note,
    percent,
    percent_tick,
    rounded,
)

_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_ONCE = 1.0  # models trained
_MODEL_TICKS = (1, 10, 20, 50, 100)


@dataclass(frozen=True)
class CostLine:
    """An estimator: mean errors, fractions above 0, with half of their intervals, at rising numbers of models."""

    title: str
    models: Sequence[float]
    errors: Sequence[float]
    margins: Sequence[float]


def cost_error_figure(
    lines: Sequence[CostLine],
    once: Sequence[tuple[str, float]],
    n_models: int,
    restarted: float | None,
    *,
    filename: str = "leaderboard",
) -> Figure:
    """Two log axes; hollow marks at one model are values that train once, the dotted line is the truth's own move.

    Parameters
    ----------
    lines: in the order of their colours.
    once: title and error of each value that trains one model.
    n_models: how many the truth trains.
    restarted: how far the truth is from itself from another start; None where that is not known.
    """
    errors = [error for line in lines for error in line.errors] + [error for _, error in once]
    errors += [] if restarted is None else [restarted]
    data = [*_level(restarted, n_models), *(_line(place, line) for place, line in enumerate(lines))]
    data += [_point(place, *own) for place, own in enumerate(once)]
    layout = base_layout(
        kind="estimators",
        scenario_id=filename,
        title="How many models an estimate needs",
        alt=_alt(lines, once, n_models, restarted),
        height=520,
        margin={"l": 66, "r": 20, "t": 96, "b": 48},
        showlegend=True,
        legend=LEGEND_ON_TOP,
        xaxis=_log([1, n_models], [*_MODEL_TICKS, n_models], f"models trained, of {n_models}")
        | {"range": rounded([np.log10(0.8), np.log10(n_models * 1.05)])},
        yaxis=_errors_axis(min(errors), max(errors)),
        annotations=[] if restarted is None else [_level_note(restarted)],
    )
    more = LEGEND_LINE * 8
    few = _log([1, n_models], [1, 10, 50, n_models], "models trained")
    return {
        "data": data,
        "layout": narrow_layout(
            layout,
            PHONE_WIDTH,
            height=layout["height"] + more,
            margin=layout["margin"] | {"l": 56, "r": 10, "t": layout["margin"]["t"] + more},
            xaxis=few | {"range": layout["xaxis"]["range"]},
        ),
    }


def _line(place: int, line: CostLine) -> PlotlyTrace:
    color = AGENT_COLORS[place % len(AGENT_COLORS)]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": line.title,
        "x": rounded(line.models, 1),
        "y": rounded(line.errors),
        "error_y": {"type": "data", "array": rounded(line.margins), "thickness": 1, "width": 2, "color": color},
        "line": {"color": color, "width": 2.5, "dash": AGENT_DASHES[place % len(AGENT_DASHES)]},
        "marker": {"color": color, "symbol": AGENT_SYMBOLS[place % len(AGENT_SYMBOLS)], "size": 8},
        "customdata": rounded(line.margins),
        "showlegend": True,
        "hovertemplate": f"<b>{line.title}</b>, %{{x:.0f}} models<br>off by %{{y:.1%}} ± %{{customdata:.1%}}"
        "<extra></extra>",
    }


def _point(place: int, title: str, error: float) -> PlotlyTrace:
    """A value that trains once: a hollow mark, with its name in the legend."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{title} (trains once)",
        "x": [_ONCE],
        "y": rounded([error]),
        "marker": {"color": INK, "symbol": f"{AGENT_SYMBOLS[place % len(AGENT_SYMBOLS)]}-open", "size": 11},
        "showlegend": True,
        "hovertemplate": f"<b>{title}</b>, one model trained<br>off by %{{y:.1%}}<extra></extra>",
    }


def _level(restarted: float | None, n_models: int) -> list[PlotlyTrace]:
    if restarted is None:
        return []
    line = {"color": FAINT, "width": 2, "dash": "dot"}
    ends: PlotlyTrace = {"x": [0.8, n_models], "y": rounded([restarted] * 2), "line": line, "showlegend": False}
    return [{"type": "scatter", "mode": "lines", "hoverinfo": "skip", **ends}]


def _level_note(restarted: float) -> dict[str, Any]:
    place = {"xref": "x", "x": float(np.log10(1.05)), "yref": "y", "y": round(float(np.log10(restarted)), 5)}
    return note("the truth, from another start", xanchor="left", yanchor="bottom", **place)


def _log(span: Sequence[float], ticks: Sequence[float], title: str) -> dict[str, Any]:
    whole = [round(tick) for tick in ticks]
    return axis(span[0], span[1], title=axis_title(title), showgrid=False) | {
        "type": "log",
        "tickvals": whole,
        "ticktext": [str(tick) for tick in whole],
    }


def _errors_axis(low: float, high: float) -> dict[str, Any]:
    ticks = [tick for tick in _TICKS if low * 0.8 <= tick <= high * 1.25]
    return axis(low, high, title=axis_title("off by, of the Shapley values' length", 8)) | {
        "type": "log",
        "range": rounded([np.log10(low * 0.85), np.log10(high * 1.15)]),
        "tickvals": ticks,
        "ticktext": [percent_tick(tick) for tick in ticks],
    }


def _alt(lines: Sequence[CostLine], once: Sequence[tuple[str, float]], n_models: int, restarted: float | None) -> str:
    ends = "; ".join(
        f"{line.title} from {percent(line.errors[0])} with {line.models[0]:.0f} to {percent(line.errors[-1])} with "
        f"{line.models[-1]:.0f}"
        for line in lines
    )
    trained = ", ".join(f"{title} {percent(error)}" for title, error in once)
    moved = "" if restarted is None else f" The truth, from another start: {percent(restarted)}."
    return (
        f"How far estimates are off, of the truth's length, against models trained, of {n_models}: {ends}. With one "
        f"model: {trained}.{moved}"
    )
