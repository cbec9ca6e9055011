"""The sentences above the ledger: of all rounds and of each, so that they follow the player without the server."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cgs_core import Trace
from cgs_core.figures.frames import ALL_ROUNDS, frame_name
from cgs_core.words import findings, holds
from cgs_core.words.owner_findings import owner_note

_MARKS = {True: "✓", False: "✗", None: "–"}


@lru_cache(maxsize=64)
def told(trace: Trace, is_live: bool, is_brief: bool) -> dict[str, dict[str, Any]]:
    """By frame: the headline, and unless ``is_brief`` whether the mechanism holds, fairness, and owners of several.

    ``is_live``: of the newest round alone, and of all.
    """
    first = trace.n_rounds - 1 if is_live else 0
    rounds = {frame_name(index): _told(trace, index, is_brief) for index in range(first, trace.n_rounds)}
    return rounds | {ALL_ROUNDS: _told(trace, None, is_brief)}


def _told(trace: Trace, round_index: int | None, is_brief: bool) -> dict[str, Any]:
    head = {"head": findings.headline(trace, round_index)}
    if is_brief:
        return head
    marked = [] if findings.is_lost(trace) else holds.verdicts(trace, round_index)
    return head | {
        "verdicts": [[_MARKS[one.holds], one.words] for one in marked],
        "more": " ".join(filter(None, (findings.fairness(trace, round_index), owner_note(trace, round_index)))),
    }
