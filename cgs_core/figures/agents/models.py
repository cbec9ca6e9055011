"""What the agents' models can do in one round: accuracy gained, and classes known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cgs_core.figures.frames import animated_figure, round_number, shown_round
from cgs_core.figures.rows import Rows, accuracy_limits, column_head, dumbbell_parts, dumbbells
from cgs_core.figures.style import (
    FONT_SIZE,
    HEAT_SCALE,
    INK,
    ON_HEAT,
    PHONE_WIDTH,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_name,
    axis,
    axis_title,
    base_layout,
    class_labels,
    extremes,
    narrow_layout,
    percent,
    percent_tick,
    points,
    points_tick,
    rounded,
)
from cgs_core.records import Trace

_LEAST_GAIN = 0.1  # that the axis of one round's gains holds: a tiny one is not drawn long


def gain_figure(
    trace: Trace, round_index: int | None = None, *, is_of_last: bool = False, is_live: bool = False
) -> Figure:
    """Accuracy alone and rewarded as dumbbells, and beside them the gain in percentage points; a frame a round.

    ``is_of_last``: of the last round alone, without frames: the axis of gains is for these, with 10 points at least.
    """
    n_agents = trace.scenario.n_agents
    rows, order = Rows(n_agents, tallest=36, total=330, headroom=4), list(range(n_agents))
    low, high = accuracy_limits(trace)
    gains = trace.stack("accuracy") - trace.stack("standalone_accuracy")
    spanned = gains[-1:] if is_of_last else gains
    least, most = min(float(spanned.min()), 0.0), max(float(spanned.max()), _LEAST_GAIN if is_of_last else 0.01)
    number_x = most + 0.5 * (most - least)  # the numbers stand right of the longest bar, on a phone too

    def parts_at(index: int) -> list[dict[str, Any]]:
        texts = [points(gain) for gain in gains[index]]
        return [
            *dumbbell_parts(trace.rounds[index], order),
            {"x": rounded(gains[index]), "customdata": _named(texts)},
            {"text": texts},
        ]

    shown = shown_round(trace.n_rounds, round_index, is_live)
    layout = base_layout(
        kind="gain",
        scenario_id=trace.scenario.scenario_id,
        title="Gain over training alone",
        alt=_gain_alt(trace, shown),
        height=rows.plot_height + 64,
        margin={"l": 76, "r": 10, "t": 30, "b": 34},
        yaxis=rows.axis([agent_name(index) for index in order]),
        shapes=rows.rules(),
        xaxis=axis(
            low, high, tick_text=percent_tick, range=[low - 0.02, high + 0.02], domain=[0, 0.62], fixedrange=True
        ),
        xaxis2=axis(
            least,
            most,
            tick_text=points_tick,
            range=[least - 0.02 * (most - least), number_x],
            most_ticks=4,
            domain=[0.67, 1],
            fixedrange=True,
            zeroline=True,
            zerolinecolor=INK,
        ),
        annotations=[column_head("alone (hollow) → with rewards (filled)", 0), column_head("gain (points)", 0.67)],
    )
    moving = [*dumbbells(rows, order, "x"), *_gain_bars(rows, order, number_x)]
    figure = animated_figure(
        trace.n_rounds,
        still=[],
        moving=moving,
        parts_at=parts_at,
        layout=_narrower_gain(layout, low, high),
        round_index=round_index,
        is_live=is_live,
    )
    return figure | {"frames": []} if is_of_last else figure


def _narrower_gain(layout: dict[str, Any], low: float, high: float) -> dict[str, Any]:
    """On a phone the heads take two lines, and of the gains' axis only zero is named: the numbers stand in the rows."""
    few = axis(low, high, tick_text=percent_tick, most_ticks=3)
    return narrow_layout(
        layout,
        300,  # a lesson's box is narrower than the screen
        height=layout["height"] + 18,
        margin=layout["margin"] | {"l": 60, "t": layout["margin"]["t"] + 18},
        xaxis=layout["xaxis"] | {"domain": [0, 0.48]} | {name: few[name] for name in ("tickvals", "ticktext")},
        xaxis2=layout["xaxis2"] | {"domain": [0.54, 1], "tickvals": [0], "ticktext": ["0"]},
        annotations=[
            column_head("alone (hollow) →<br>with rewards (filled)", 0),
            column_head("gain<br>(points)", 0.54),
        ],
    )


def _gain_bars(rows: Rows, order: Sequence[int], number_x: float) -> list[PlotlyTrace]:
    """Bars of the gains, and their numbers, which end at ``number_x``."""
    bar = {
        "type": "bar",
        "orientation": "h",
        "xaxis": "x2",
        "yaxis": "y",
        "y": rows.y(),
        "width": rows.bar,
        "customdata": [],
        "marker": {"color": [agent_look(index).color for index in order]},
        "hovertemplate": "<b>%{customdata[0]}</b><br>gain over training alone: %{customdata[1]} points<extra></extra>",
    }
    number = {
        "type": "scatter",
        "mode": "text",
        "xaxis": "x2",
        "yaxis": "y",
        "x": [number_x] * len(order),
        "y": rows.y(),
        "textposition": "middle left",
        "textfont": {"size": SMALL_FONT_SIZE, "color": INK},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
    return [bar, number]


def _named(texts: Sequence[str]) -> list[list[str]]:
    return [[agent_name(index), text] for index, text in enumerate(texts)]


def class_accuracy_figure(trace: Trace, round_index: int | None = None, is_live: bool = False) -> Figure:
    """Which classes each agent's model knows, alone on the left and rewarded on the right; a frame a round."""
    scenario = trace.scenario
    rows = Rows(scenario.n_agents, tallest=34, total=380, headroom=0)
    names = [agent_name(index) for index in range(scenario.n_agents)]
    classes = class_labels(scenario.info)
    class_axis = axis(
        0,
        len(classes),
        tickvals=list(range(len(classes))),
        ticktext=classes,
        range=[-0.5, len(classes) - 0.5],
        showgrid=False,
        fixedrange=True,
        title=axis_title("class"),
    )

    def parts_at(index: int) -> list[dict[str, Any]]:
        record = trace.rounds[index]
        return [{"z": rounded(100 * part, 1)} for part in (record.standalone_class_accuracy, record.class_accuracy)]

    layout = base_layout(
        kind="classes",
        scenario_id=scenario.scenario_id,
        title="Which classes each model knows",
        alt=_class_alt(trace, shown_round(trace.n_rounds, round_index, is_live)),
        height=rows.plot_height + 90,
        margin={"l": 76, "r": 10, "t": 30, "b": 60},
        yaxis=rows.axis(names),
        xaxis=class_axis | {"domain": [0, 0.485]},
        xaxis2=class_axis | {"domain": [0.515, 1]},
        annotations=[column_head("alone (% right)", 0), column_head("with rewards (% right)", 0.515)],
    )
    return animated_figure(
        trace.n_rounds,
        still=[],
        moving=_class_cells(names, classes),
        parts_at=parts_at,
        layout=_stacked(layout, rows),
        round_index=round_index,
        is_live=is_live,
    )


def _stacked(layout: dict[str, Any], rows: Rows) -> dict[str, Any]:
    """On a phone alone above and rewarded below, each as wide as the screen."""
    between, margin = 96, layout["margin"] | {"l": 62}  # pixels: classes and the head of the second
    both = 2 * rows.plot_height + between
    upper, lower = round(1 - rows.plot_height / both, 5), round(rows.plot_height / both, 5)
    heads = layout["annotations"]
    return narrow_layout(
        layout,
        PHONE_WIDTH,
        {1: {"yaxis": "y2"}},
        height=both + margin["t"] + margin["b"],
        margin=margin,
        xaxis=layout["xaxis"] | {"domain": [0, 1], "anchor": "y"},
        xaxis2=layout["xaxis2"] | {"domain": [0, 1], "anchor": "y2"},
        yaxis=layout["yaxis"] | {"domain": [upper, 1]},
        yaxis2=layout["yaxis"] | {"domain": [0, lower], "anchor": "x2"},
        annotations=[heads[0], heads[1] | {"x": 0, "y": lower}],
    )


def _class_cells(names: Sequence[str], classes: Sequence[str]) -> list[PlotlyTrace]:
    """A cell an agent and class: alone on the axis x, rewarded on x2; with many agents a colour bar, not numbers."""
    has_numbers = len(names) <= 16
    plain: PlotlyTrace = {
        "type": "heatmap",
        "x": list(range(len(classes))),
        "y": list(range(len(names))),
        "zmin": 0,
        "zmax": 100,
        "colorscale": HEAT_SCALE,
        "xgap": 1,
        "ygap": 1,
        "showscale": False,
        "hoverongaps": False,
        "text": [classes] * len(names),
        "customdata": [[name] * len(classes) for name in names],
    }
    if has_numbers:  # without percent signs: ten a row would touch
        plain |= {"texttemplate": "%{z:.0f}", "textfont": {"size": SMALL_FONT_SIZE, "color": ON_HEAT}}
    hover = "<b>%{{customdata}}</b>, {}<br>%{{z:.0f}} % of class %{{text}} right<extra></extra>"
    alone = plain | {"xaxis": "x", "hovertemplate": hover.format("alone")}
    rewarded = plain | {
        "xaxis": "x2",
        "hovertemplate": hover.format("with rewards"),
        "showscale": not has_numbers,
        "colorbar": _percent_bar("right"),
    }
    return [alone, rewarded]


# -- words and small parts ---------------------------------------------------------------------------------


def _percent_bar(title: str) -> dict[str, Any]:
    return {
        "title": {"text": title, "side": "top", "font": {"size": FONT_SIZE}},
        "thickness": 12,
        "outlinewidth": 0,
        "tickvals": [0, 50, 100],
        "ticktext": [percent(value) for value in (0, 0.5, 1)],
        "tickfont": {"size": FONT_SIZE, "color": INK},
    }


def _gain_alt(trace: Trace, shown: int) -> str:
    record = trace.rounds[shown]
    gains = record.accuracy - record.standalone_accuracy
    ends = extremes([points(gain) for gain in gains], gains)
    return f"Gain in test accuracy over training alone in round {round_number(shown)}, in points: {ends}."


def _class_alt(trace: Trace, shown: int) -> str:
    record, names = trace.rounds[shown], trace.scenario.info.class_names
    gains = (record.class_accuracy - record.standalone_class_accuracy).mean(axis=0)
    best = int(gains.argmax())
    return (
        f"Part of each class that each agent's model gets right in round {round_number(shown)}, alone and with "
        f"rewards. On average rewards help most with class {names[best]} ({points(gains[best])} points)."
    )
