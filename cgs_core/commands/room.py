"""The command ``room``: what a room's file says of each round of play, as it was or computed once more."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import asdict

from cgs_core.commands.output import json_text, table
from cgs_core.commands.room_games import add_games
from cgs_core.commands.room_questions import add_file_options, add_questions, read_file
from cgs_core.commands.run import trained
from cgs_core.errors import RoomError
from cgs_core.rooms.playing import Result, results_of
from cgs_core.rooms.room_file import FiledPlay, RoomFile

_HEADS = ("agent", "samples", "data", "conduct", "moved", "coins", "worth", "pay", "alone", "model")
_BY = {"moved": "now", "kept": "before", "default": "never", "bot": "a bot"}


def add_options(command: ArgumentParser) -> None:
    """The options of ``room``, and what each of its own commands does."""
    actions = command.add_subparsers(required=True, metavar="ACTION")
    for name, results, what in (
        ("show", _kept, "each round of play as the file has it"),
        ("replay", _computed, "the same, computed once more; an error where a number differs"),
    ):
        action = actions.add_parser(name, help=what)
        add_file_options(action)
        action.set_defaults(command=_printing(results))
    add_questions(actions)
    add_games(actions)


def _printing(results: Callable[[RoomFile, FiledPlay], tuple[Result, ...]]) -> Callable[[Namespace], None]:
    def print_room(options: Namespace) -> None:
        room = read_file(options.file)
        told = [results(room, play) for play in room.plays]
        print(_json(room, told) if options.json else _words(room, told), end="")
        for number, (play, now) in enumerate(zip(room.plays, told, strict=True), 1):
            for agent, (kept, new) in enumerate(zip(play.results, now, strict=True), 1):
                if kept != new:
                    raise RoomError(
                        f"Round of play {number}, Agent {agent}: another number than the file's. Another version of "
                        "the program, or another kind of machine, may have made it."
                    )

    return print_room


def _kept(room: RoomFile, play: FiledPlay) -> tuple[Result, ...]:
    return play.results


def _computed(room: RoomFile, play: FiledPlay) -> tuple[Result, ...]:
    return results_of(trained(room.scenario(play)), room.game.n_agents)


def _json(room: RoomFile, told: list[tuple[Result, ...]]) -> str:
    plays = [
        {
            "rule": play.rule.name,
            "scenario_id": room.scenario(play).scenario_id,
            "moves": [asdict(move) | {"by": by} for move, by in zip(play.moves, play.by, strict=True)],
            "results": [asdict(result) for result in results],
        }
        for play, results in zip(room.plays, told, strict=True)
    ]
    return json_text({"title": room.game.title, "plays": plays})


def _words(room: RoomFile, told: list[tuple[Result, ...]]) -> str:
    parts = [f"{room.game.title}\n"]
    for number, (play, results) in enumerate(zip(room.plays, told, strict=True), 1):
        rows = [
            (
                f"Agent {agent}",
                "-" if move.conduct == "copy" else str(move.samples),
                "cheap" if move.is_cheap else "clean",
                move.conduct,
                _BY[by],
                room.game.cost(move),
                result.worth,
                result.pay,
                result.accuracy_alone,
                result.accuracy,
            )
            for agent, (move, by, result) in enumerate(zip(play.moves, play.by, results, strict=True), 1)
        ]
        parts.append(f"Round of play {number}: {play.rule.name} (run {room.scenario(play).scenario_id})\n")
        parts.append(table(_HEADS, rows))
    if not room.plays:
        parts.append("No round of play was paid.\n")
    return "\n".join(parts)
