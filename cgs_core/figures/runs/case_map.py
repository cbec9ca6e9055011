"""A number for each story on each data set: the leaderboard's map of one method."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cgs_core.figures.style import (
    FONT_SIZE,
    HEAT_SCALE,
    INK,
    ON_HEAT,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    base_layout,
    cell_outline,
    note,
    signed,
)

_ROW_HEIGHT = 22  # pixels
_LETTER_WIDTH = 6.6
_MIN_WIDTH = 470


@dataclass(frozen=True)
class CaseCell:
    """One case: its number from -1 to 1 (NaN: undefined), whether that is clearly above or below 0, and its place.

    ``is_sure`` is whether the truth is sure of itself there; ``number`` is what a click on the cell says.
    """

    column: str
    value: float
    outcome: int
    is_sure: bool
    number: int
    name: str


def case_map_figure(
    groups: Mapping[str, Mapping[str, Sequence[CaseCell]]], columns: Sequence[str], title: str, *, filename: str
) -> Figure:
    """A row a story, under a heading a group; a column a data set; the number in the cell, outlined where it is clear.

    A number in brackets is of a case whose truth is not sure of itself.

    Parameters
    ----------
    groups: by heading: by the story's title, its cells.
    columns: the data sets' names, which cells name.
    title: what the numbers are.
    """
    rows = _rows(groups)
    labels = [f"<b>{own}</b>" if cells is None else own for own, cells in rows]
    placed = [(cell, columns.index(cell.column), y) for y, (_, cells) in enumerate(rows) for cell in cells or ()]
    width = max(len(own) for own, _ in rows) * _LETTER_WIDTH + 12
    layout = base_layout(
        kind="case-map",
        scenario_id=filename,
        title=title,
        alt=_alt([cell for cell, _, _ in placed], title),
        min_width=_MIN_WIDTH,
        height=_ROW_HEIGHT * len(rows) + 78,
        margin={"l": round(width), "r": 12, "t": 30, "b": 44},
        xaxis=_axis(columns, [-0.5, len(columns) - 0.5]) | {"side": "top"},
        yaxis=_axis(labels, [len(rows) - 0.5, -0.5]),
        shapes=[cell_outline(x, y) for cell, x, y in placed if cell.outcome],
        annotations=[
            note(
                "outlined: clearly not 0 · in brackets: the truth is not sure of itself there",
                xref="paper",
                x=1,
                xanchor="right",
                yref="paper",
                y=0,
                yanchor="top",
                yshift=-12,
                font={"size": SMALL_FONT_SIZE, "color": INK},
            )
        ],
    )
    return {"data": [_colors(placed, len(columns), len(rows)), _numbers(placed)], "layout": layout}


def _rows(
    groups: Mapping[str, Mapping[str, Sequence[CaseCell]]],
) -> list[tuple[str, Sequence[CaseCell] | None]]:
    """Headings, which have no cells, and stories, from the top."""
    rows: list[tuple[str, Sequence[CaseCell] | None]] = []
    for heading, stories in groups.items():
        rows += [(heading, None), *stories.items()]
    return rows


def _colors(placed: Sequence[tuple[CaseCell, int, int]], n_columns: int, n_rows: int) -> PlotlyTrace:
    z: list[list[float | None]] = [[None] * n_columns for _ in range(n_rows)]
    for cell, x, y in placed:
        z[y][x] = round(cell.value, 3) if math.isfinite(cell.value) else None
    return {
        "type": "heatmap",
        "z": z,
        "zmin": -1,
        "zmax": 1,
        "colorscale": HEAT_SCALE,
        "showscale": False,
        "xgap": 3,
        "ygap": 2,
        "hoverinfo": "skip",
    }


def _numbers(placed: Sequence[tuple[CaseCell, int, int]]) -> PlotlyTrace:
    """The numbers, which can be clicked."""
    known = [(cell, x, y) for cell, x, y in placed if math.isfinite(cell.value)]
    return {
        "type": "scatter",
        "mode": "text",
        "x": [x for _, x, _ in known],
        "y": [y for _, _, y in known],
        "text": [_text(cell) for cell, _, _ in known],
        "textfont": {"size": FONT_SIZE, "color": ON_HEAT},
        "customdata": [cell.number for cell, _, _ in known],
        "hovertext": [f"{cell.name}: {_text(cell)}" for cell, _, _ in known],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }


def _text(cell: CaseCell) -> str:
    number = signed(f"{cell.value:.2f}")
    return number if cell.is_sure else f"({number})"


def _axis(texts: Sequence[str], span: list[float]) -> dict[str, Any]:
    return {
        "range": span,
        "autorange": False,
        "tickmode": "array",
        "tickvals": list(range(len(texts))),
        "ticktext": list(texts),
        "tickfont": {"size": FONT_SIZE, "color": INK},
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "tickangle": 0,
        "fixedrange": True,
    }


def _alt(cells: Sequence[CaseCell], title: str) -> str:
    known = [cell for cell in cells if math.isfinite(cell.value)]
    if not known:
        return f"{title}: nothing has been computed."
    high, low = max(known, key=lambda cell: cell.value), min(known, key=lambda cell: cell.value)
    clear = [sum(cell.outcome == sign for cell in known) for sign in (1, -1)]
    return (
        f"{title} in {len(known)} cases: clearly above 0 in {clear[0]}, clearly below in {clear[1]}; "
        f"highest {_text(high)} in {high.name}, lowest {_text(low)} in {low.name}."
    )
