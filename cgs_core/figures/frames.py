"""One frame a recorded round: what the round slider shows, drawn by the browser without asking the server.

A figure that can show all rounds as well has one frame more for them, the last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgs_core.figures.style import Figure, PlotlyTrace

PartsAt = Callable[[int], list[dict[str, Any]]]
"""Round index -> what changes in each moving trace, in the order of the moving traces."""


ALL_ROUNDS = "all"
"""The name of the frame that shows all rounds at once."""


def framed_rounds(n_rounds: int, is_live: bool = False) -> range:
    """The rounds that have frames: all that are recorded or, while more are coming, the newest."""
    return range(max(0, n_rounds - 1) if is_live else 0, n_rounds)


def shown_round(n_rounds: int, round_index: int | None, is_live: bool = False) -> int:
    """The round that a figure shows at first: the last recorded one unless told.

    Raises
    ------
    ValueError: there is no such round, or it has no frame.
    """
    framed, last = framed_rounds(n_rounds, is_live), n_rounds - 1
    shown = last if round_index is None else round_index
    if shown not in framed:
        which = "the newest, since more are coming" if is_live else "the rounds recorded"
        raise ValueError(f"round_index: from {framed.start} to {last}, {which}; got {round_index}")
    return shown


def round_number(round_index: int) -> int:
    """Rounds are numbered from 1 on the screen, as agents are; frames are named by ``round_index``."""
    return round_index + 1


def frame_name(round_index: int | None) -> str:
    """The name of the frame of a round, or of all of them (None)."""
    return ALL_ROUNDS if round_index is None else str(round_index)


def frame_words(name: str) -> str:
    """What a frame shows, by its name: "round 7", "all rounds"."""
    return "all rounds" if name == ALL_ROUNDS else f"round {round_number(int(name))}"


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
    of_all: list[dict[str, Any]] | None = None,
    is_live: bool = False,
) -> Figure:
    """A figure with a frame a recorded round, named "0", "1", ...

    Parameters
    ----------
    still: what is the same in every round; drawn first.
    moving: what follows the round; drawn on top.
    parts_at: what changes in ``moving``, by round.
    round_index: the round that is shown at first. None: all rounds, of a figure that can; else the last one.
    of_all: what changes in ``moving`` where all rounds are shown at once; None: it cannot.
    is_live: more rounds are coming: of single rounds only the newest has a frame.
    """
    places = list(range(len(still), len(still) + len(moving)))

    def typed(parts: list[dict[str, Any]]) -> list[PlotlyTrace]:
        return [{"type": plain["type"]} | part for plain, part in zip(moving, parts, strict=True)]

    drawn = {frame_name(index): typed(parts_at(index)) for index in framed_rounds(n_rounds, is_live)}
    shown = frame_name(shown_round(n_rounds, round_index, is_live))
    if of_all is not None:
        drawn[ALL_ROUNDS] = typed(of_all)
        shown = ALL_ROUNDS if round_index is None else shown
    return {
        "data": still + [plain | part for plain, part in zip(moving, drawn[shown], strict=True)],
        "layout": layout,
        "frames": [{"name": name, "data": parts, "traces": places} for name, parts in drawn.items()],
    }
