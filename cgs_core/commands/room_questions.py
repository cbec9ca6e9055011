"""The commands ``room gains`` and ``room path``: the Nash question of a room's file, trained here."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path

from cgs_core.commands.output import json_text, table
from cgs_core.commands.progress import with_progress
from cgs_core.errors import RoomError
from cgs_core.records.ending import Ending
from cgs_core.rooms.best_responses import Moves, gains_of, play_on, wanted_for_gains
from cgs_core.rooms.findings import gains_words, move_text, path_words
from cgs_core.rooms.game import Game, Rule
from cgs_core.rooms.playing import accuracies_of
from cgs_core.rooms.room_file import MAX_FILE_BYTES, FiledPlay, RoomFile, read_room
from cgs_core.scenario import Scenario


def add_file_options(action: ArgumentParser) -> None:
    """A room's file, and whether JSON is wanted."""
    action.add_argument("file", type=Path, metavar="FILE", help="a room's file, as its teacher has saved it")
    action.add_argument("--json", action="store_true", help="print one JSON document, and nothing else")


def add_questions(actions: argparse._SubParsersAction[ArgumentParser]) -> None:
    """``gains`` and ``path`` among the actions of ``room``."""
    for name, command, what in (
        ("gains", _gains, "what each agent could have gained by another move; trains each"),
        ("path", _path, "where it leads if each agent in turn makes its best move; trains as it goes"),
    ):
        action = actions.add_parser(name, help=what)
        add_file_options(action)
        action.add_argument("--play", type=int, metavar="N", help="the round of play, from 1 (else the last one)")
        action.set_defaults(command=command)


def read_file(path: Path) -> RoomFile:
    """``RoomError`` for what is no room's file."""
    with path.open("rb") as file:
        return read_room(file.read(MAX_FILE_BYTES + 1))


def _payoffs(game: Game, rule: Rule, has_bar: bool = True) -> Callable[[Moves], tuple[float, ...]]:
    """What moves pay, (n_agents,) in points: trained here when somebody asks, and once."""

    @cache
    def payoffs(moves: Moves) -> tuple[float, ...]:
        accuracies = accuracies_of(_ended(game.played(moves, rule), has_bar), game.n_agents)
        return game.payoffs(moves, accuracies)

    return payoffs


def _gains(options: Namespace) -> None:
    room, play = _asked(options)
    payoffs, wanted = _payoffs(room.game, play.rule, has_bar=False), wanted_for_gains(room.game, play.moves)
    for moves in with_progress(wanted, len(wanted), "training"):
        payoffs(moves)
    gains = gains_of(room.game, play.moves, payoffs) or ()
    if options.json:
        told = [asdict(one) | {"best": asdict(one.best), "gain": one.gain} for one in gains]
        print(json_text({"rule": play.rule.name, "gains": told}), end="")
        return
    rows = [(f"Agent {one.agent + 1}", move_text(one.move), one.payoff, move_text(one.best), one.gain) for one in gains]
    print(table(("agent", "played", "payoff", "best", "gain"), rows), end="")
    print(gains_words(room.game, gains))


def _path(options: Namespace) -> None:
    room, play = _asked(options)
    path = play_on(room.game, play.moves, _payoffs(room.game, play.rule))
    if options.json:
        steps = [
            {"turn": one.turn, "agent": one.agent, "move": asdict(one.move), "gain": one.gain} for one in path.steps
        ]
        content = {"rule": play.rule.name, "end": path.end, "n_turns": path.n_turns, "cycle_from": path.cycle_from}
        print(json_text(content | {"steps": steps}), end="")
        return
    rows = [(one.turn + 1, f"Agent {one.agent + 1}", move_text(one.move), one.gain) for one in path.steps]
    if rows:
        print(table(("turn", "agent", "its best move", "gain"), rows), end="")
    print(path_words(path))


def _ended(scenario: Scenario, has_bar: bool) -> Ending:
    """The end of a run, trained here; without a bar of its own where there is one of all trainings."""
    from cgs_core.federation.ending import iterate_ending  # heavy: only for a file that is a room's

    rounds = iterate_ending(scenario)
    return Ending(scenario, tuple(with_progress(rounds, scenario.n_rounds, "round") if has_bar else rounds))


def _asked(options: Namespace) -> tuple[RoomFile, FiledPlay]:
    room = read_file(options.file)
    number = len(room.plays) if options.play is None else options.play
    if not 1 <= number <= len(room.plays):
        raise RoomError(f"play: the file has rounds of play 1 to {len(room.plays)}; got {number}")
    return room, room.plays[number - 1]
