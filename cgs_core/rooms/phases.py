"""The phases of a class room, and which may follow which."""

from __future__ import annotations

from typing import Literal, get_args

from cgs_core.errors import RoomError

Phase = Literal["lobby", "choose", "training", "pay", "reflect", "closed"]
PHASES: tuple[Phase, ...] = get_args(Phase)

NEXT: dict[Phase, Phase | None] = {
    "lobby": "choose",
    "choose": "training",
    "training": "pay",
    "pay": "reflect",
    "reflect": "choose",  # the next round of play
    "closed": None,
}
"""What a teacher may go on to; a room can be closed in every phase, and a closed one stays closed."""

RULE_PHASES: tuple[Phase, ...] = ("lobby", "pay", "reflect")
"""When the rule of the next round of play may be set or voted on: not while students choose by it."""

OPEN_PHASES: tuple[Phase, ...] = tuple(phase for phase in PHASES if phase != "closed")


def check_next(phase: Phase, wanted: Phase) -> None:
    """``RoomError`` where a room in this phase cannot go on to the wanted one."""
    allowed = NEXT[phase]
    if allowed is None:
        raise RoomError("The room is closed.")
    if wanted != allowed:
        raise RoomError(f"phase: after {phase!r} comes {allowed!r}; got {str(wanted)[:20]!r}")


def check_in(phase: Phase, allowed: tuple[Phase, ...], what: str) -> None:
    """``RoomError`` where something is done in a phase that is not for it."""
    if phase == "closed":
        raise RoomError("The room is closed.")
    if phase not in allowed:
        raise RoomError(f"{what}: in the phase {' or '.join(map(repr, allowed))}; the room is in {phase!r}")
