"""Which pay a class room's students expected, counted, beside what was paid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgs_core.figures.runs.prediction import SAID
from cgs_core.figures.runs.room_effort import TEXT_SIZE
from cgs_core.figures.style import (
    AGENT_COLORS,
    INK,
    LEGEND_ON_TOP,
    PHONE_WIDTH,
    Figure,
    PlotlyTrace,
    axis,
    base_layout,
    percent,
)

N_STEPS = 5
"""Pay is counted to the nearest fifth of the class's model."""

_PAID = AGENT_COLORS[0]


def room_expected_figure(expected: Sequence[float], paid: Sequence[float], *, scenario_id: str = "room") -> Figure:
    """For each fifth of the class's model how many expected that pay (hatched), and how many agents were paid so much.

    Parameters
    ----------
    expected: what each student said who said something. paid: what each agent was paid that a student plays. Both are
        reward ratios in [0, 1], in any order.
    """
    counts = [
        np.bincount(np.rint(N_STEPS * np.asarray(some, np.float64)).astype(int), minlength=N_STEPS + 1)
        for some in (expected, paid)
    ]
    most = max(1, *(int(one.max()) for one in counts))
    plain = {"size": TEXT_SIZE, "color": INK}
    heads = [percent(place / N_STEPS) for place in range(N_STEPS + 1)]
    said, were = (", ".join(f"{head}: {count}" for head, count in zip(heads, one, strict=True)) for one in counts)
    layout = base_layout(
        kind="room-expected",
        scenario_id=scenario_id,
        title="Expected and paid",
        alt=f"Pay to the nearest fifth. Expected by {len(expected)} students: {said}. "
        f"Paid to {len(paid)} agents: {were}.",
        height=420,
        min_width=PHONE_WIDTH,
        margin={"l": 52, "r": 12, "t": 44, "b": 66},
        barmode="group",
        bargap=0.25,
        showlegend=True,
        legend=LEGEND_ON_TOP | {"font": plain, "itemclick": False, "itemdoubleclick": False},
        xaxis=axis(
            0,
            N_STEPS,
            range=[-0.6, N_STEPS + 0.6],
            tickvals=list(range(N_STEPS + 1)),
            ticktext=heads,
            showgrid=False,
            fixedrange=True,
            tickfont=plain,
            title={"text": "part of the class's model, to the nearest fifth", "standoff": 8, "font": plain},
        ),
        yaxis=axis(0, most, range=[0, 1.12 * most], least_step=1, fixedrange=True, tickfont=plain),
    )
    n_students, n_agents = len(expected), len(paid)
    names = (
        f"expected, by {n_students} student{'s' * (n_students != 1)}",
        f"paid, to {n_agents} agent{'s' * (n_agents != 1)}",
    )
    bars = [
        _bars(one.tolist(), name, color, shape)
        for one, name, color, shape in zip(counts, names, (SAID, _PAID), ("/", ""), strict=True)
    ]
    return {"data": bars, "layout": layout}


def _bars(counts: list[int], name: str, color: str, shape: str) -> PlotlyTrace:
    return {
        "type": "bar",
        "name": name,
        "x": list(range(len(counts))),
        "y": counts,
        "text": [str(count) if count else "" for count in counts],
        "textposition": "outside",
        "textfont": {"size": TEXT_SIZE, "color": INK},
        "cliponaxis": False,
        "marker": {
            "color": color,
            "line": {"color": color, "width": 1},
            "pattern": {"shape": shape, "fillmode": "replace", "fgcolor": color, "solidity": 0.35},
        },
        "hovertemplate": f"{name}: %{{y}}<extra></extra>",
    }
