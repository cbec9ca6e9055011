"""Mechanisms side by side for a projector: a row each, with the agents on it; who is best and worst off is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cgs_core.figures.projector import HEIGHT, MADE_FOR_PROJECTOR, TEXT_SIZE
from cgs_core.figures.rows import Rows
from cgs_core.figures.style import (
    FAINT,
    INK,
    NO_WORDS,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_name,
    axis,
    axis_title,
    base_layout,
    percent,
    percent_tick,
    rounded,
)
from cgs_core.mechanisms import MECHANISMS
from cgs_core.typing import FloatArray

_MARGIN = {"l": 20, "r": 20, "t": 10, "b": 84}
_PLOT_WIDTH = 950.0  # pixels of the plot on a screen of 1024
_LETTER = 13.5  # pixels of a letter, with some room
_GAP = 4 * "\u00a0"  # between a name and the mark that it is of
_ALIKE = 0.005  # accuracies this close are one


def projected_mechanisms_figure(
    accuracy: FloatArray, standalone: FloatArray, mechanisms: Sequence[str], *, scenario_id: str
) -> Figure:
    """Every agent's accuracy under each mechanism and alone, means over the seeds, in text that a class can read.

    Parameters
    ----------
    accuracy: (n_seeds, n_mechanisms, n_agents) at the end, fractions of the test set.
    standalone: (n_seeds, n_agents).
    mechanisms: names in ``MECHANISMS``, in the order of ``accuracy``.
    """
    names = ["Alone", *(MECHANISMS[name].title for name in mechanisms)]
    means = np.vstack([standalone.mean(axis=0), accuracy.mean(axis=0)])
    rows = Rows(len(names), tallest=110.0, total=HEIGHT - _MARGIN["t"] - _MARGIN["b"], headroom=0.0)
    low, high = float(means.min()), max(float(means.max()), float(means.min()) + 0.01)
    room = _LETTER * (len(agent_name(means.shape[1] - 1)) + 3)  # for a name at either end
    left = _LETTER * max(map(len, names)) + 12
    scale = (high - low) / (_PLOT_WIDTH - left - 2 * room)  # of a pixel
    margin = _MARGIN | {"l": round(left)}
    seeds = f", mean over {len(accuracy)} seeds" if len(accuracy) > 1 else ", one seed"
    layout = base_layout(
        kind="mechanisms",
        scenario_id=scenario_id,
        title="Every agent's accuracy under each mechanism",
        alt=_alt(means, names),
        height=HEIGHT,
        margin=margin,
        shapes=rows.rules(),
        yaxis=rows.axis(names),
        xaxis=axis(
            low,
            high,
            tick_text=percent_tick,
            fixedrange=True,
            most_ticks=5,
            range=rounded([low - room * scale, high + room * scale]),
            title=axis_title(f"right on the test after the last round{seeds}"),
        ),
    )
    layout["meta"][MADE_FOR_PROJECTOR] = True
    return {"data": [_spans(means, rows), *_marks(means, rows, names), *_ends(means, rows)], "layout": layout}


def _marks(means: FloatArray, rows: Rows, names: Sequence[str]) -> list[PlotlyTrace]:
    """An agent's mark in every row, a trace an agent; ``picks`` are the numbers of the page's picture."""
    n_mechanisms, n_agents = means.shape
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": look.name,
            "x": rounded(own),
            "y": rows.y(),
            "cliponaxis": False,
            "customdata": names,
            "meta": {"picks": [place * n_agents + agent for place in range(n_mechanisms)]},
            "marker": {"color": look.color, "symbol": look.symbol, "size": 20 if n_agents <= 12 else 14},
            "hovertemplate": f"<b>{look.name}</b>, %{{customdata}}: %{{x:.1%}} right<extra></extra>",
        }
        for agent, (look, own) in enumerate(zip(map(agent_look, range(n_agents)), means.T, strict=True))
    ]


def _spans(means: FloatArray, rows: Rows) -> PlotlyTrace:
    """A line in each row from the agent that is worst off to the one that is best off."""
    x = [end for own in means for end in (*rounded([own.min(), own.max()]), None)]
    y = [end for row in rows.y() for end in (row, row, None)]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": FAINT, "width": 2},
        "hoverinfo": "skip",
        "name": "from worst to best",
    }


def _ends(means: FloatArray, rows: Rows) -> list[PlotlyTrace]:
    """Who is worst off, left of the row's marks, and who is best off, right of them."""
    text: dict[str, Any] = {
        "type": "scatter",
        "mode": "text",
        "y": rows.y(),
        "hoverinfo": "skip",
        "cliponaxis": False,
        "textfont": {"size": TEXT_SIZE, "color": INK},
    }
    alike = np.ptp(means, axis=1) < _ALIKE
    worst = [
        NO_WORDS if same else f"{agent_name(int(own.argmin()))}{_GAP}" for own, same in zip(means, alike, strict=True)
    ]
    best = [
        f"{_GAP}{'all alike' if same else agent_name(int(own.argmax()))}"
        for own, same in zip(means, alike, strict=True)
    ]
    return [
        text | {"name": "worst off", "x": rounded(means.min(axis=1)), "text": worst, "textposition": "middle left"},
        text | {"name": "best off", "x": rounded(means.max(axis=1)), "text": best, "textposition": "middle right"},
    ]


def _alt(means: FloatArray, names: Sequence[str]) -> str:
    parts = [
        f"{name} from {percent(own.min())} ({agent_name(int(own.argmin()))}) to {percent(own.max())} "
        f"({agent_name(int(own.argmax()))})"
        for name, own in zip(names, means, strict=True)
    ]
    return f"Final accuracy of {means.shape[1]} agents: {'; '.join(parts)}."
