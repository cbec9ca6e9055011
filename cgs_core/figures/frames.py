"""One frame a recorded round: what the round slider shows, drawn by the browser without asking the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgs_core.figures.style import Figure, PlotlyTrace

PartsAt = Callable[[int], list[dict[str, Any]]]
"""Round index -> what changes in each moving trace, in the order of the moving traces."""


def shown_round(n_rounds: int, round_index: int | None) -> int:
    """The round that a figure shows at first: the last recorded one unless told.

    Raises
    ------
    ValueError: there is no such round.
    """
    last = n_rounds - 1
    shown = last if round_index is None else round_index
    if not 0 <= shown <= last:
        raise ValueError(f"round_index: from 0 to {last}, the rounds recorded; got {round_index}")
    return shown


def round_number(round_index: int) -> int:
    """Rounds are numbered from 1 on the screen, as agents are; frames are named by ``round_index``."""
    return round_index + 1


def round_heading(n_rounds: int, round_index: int) -> str:
    """How words about one of several rounds begin; where there is but one, with nothing."""
    return f"Round {round_number(round_index)}: " if n_rounds > 1 else ""


def animated_figure(
    n_rounds: int,
    *,
    still: list[PlotlyTrace],
    moving: list[PlotlyTrace],
    parts_at: PartsAt,
    layout: dict[str, Any],
    round_index: int | None,
) -> Figure:
    """A figure with a frame a recorded round, named "0", "1", ...

    Parameters
    ----------
    still: what is the same in every round; drawn first.
    moving: what follows the round; drawn on top.
    parts_at: what changes in ``moving``, by round.
    """
    places = list(range(len(still), len(still) + len(moving)))

    def typed(index: int) -> list[PlotlyTrace]:
        return [{"type": plain["type"]} | part for plain, part in zip(moving, parts_at(index), strict=True)]

    shown = typed(shown_round(n_rounds, round_index))
    return {
        "data": still + [plain | part for plain, part in zip(moving, shown, strict=True)],
        "layout": layout,
        "frames": [{"name": str(index), "data": typed(index), "traces": places} for index in range(n_rounds)],
    }
