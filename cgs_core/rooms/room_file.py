"""One file with a whole game: its rules, and of each round of play that was paid the moves, what came of them, and what
the class has answered. From it ``python -m cgs_core room replay`` computes the same numbers."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args

from cgs_core.errors import RoomError, ScenarioError
from cgs_core.rooms.game import Game, Move, Rule, game_of
from cgs_core.rooms.playing import PlayedBy, Result
from cgs_core.rooms.polls import POLL, answers_key, poll_on
from cgs_core.rooms.state import Play, RoomState
from cgs_core.scenario import Scenario

FORMAT, FILE_VERSION = "cgs room", 1
MAX_FILE_BYTES = 10_000_000
_RESULT_FIELDS = ("worth", "pay", "accuracy_alone", "accuracy")


@dataclass(frozen=True)
class FiledPlay:
    """A round of play as a file keeps it; ``moves``, ``by`` and ``results`` have one of each agent, in order."""

    rule: Rule
    moves: tuple[Move, ...]
    by: tuple[PlayedBy, ...]
    results: tuple[Result, ...]


@dataclass(frozen=True)
class RoomFile:
    """What a room's file says."""

    game: Game
    plays: tuple[FiledPlay, ...]

    def scenario(self, play: FiledPlay) -> Scenario:
        """What was trained in a round of play."""
        return self.game.played(play.moves, play.rule)


def room_text(state: RoomState, with_nicknames: bool = False) -> str:
    """The file of a room: JSON. Predictions and answers are sorted, so that none says whose it is."""
    plays = [_filed(state, play, with_nicknames) for play in state.plays if play.results is not None]
    content = {"format": FORMAT, "version": FILE_VERSION, "game": json.loads(state.game.to_json()), "plays": plays}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_room(text: str | bytes) -> RoomFile:
    """The game of a file; ``RoomError`` names what in it is not as ``room_text`` writes it."""
    try:
        content = _object("the file", _parsed(text))
        version = content.get("version")
        if content.get("format") != FORMAT or type(version) is not int or version < 1:
            raise RoomError(f'format: must be "{FORMAT}" with a version; got {str(content.get("format"))[:40]!r}')
        if version > FILE_VERSION:
            raise RoomError(f"version: this program reads up to {FILE_VERSION}; got {version}")
        game = game_of(json.dumps(content.get("game")))
        plays = content.get("plays")
        if not isinstance(plays, list):
            raise RoomError("plays: must be a list")
        return RoomFile(game, tuple(_play(game, f"plays[{place}]", play) for place, play in enumerate(plays)))
    except ScenarioError as error:
        raise RoomError(str(error)) from None


def _filed(state: RoomState, play: Play, with_nicknames: bool) -> dict[str, Any]:
    names = {seat.number: seat.nickname for seat in state.seats}
    moves = []
    for one in play.moves:
        move = asdict(one.move) | {"by": one.by}
        del move["prediction"]
        moves.append(move | ({"nickname": names.get(one.seat, "")} if with_nicknames and one.seat is not None else {}))
    every = [one for one in state.answers if one.play == play.play]
    own = [one for one in every if not one.question.startswith(POLL)]
    votes = Counter(one.answer for one in own if one.question == "vote")
    is_open = state.vote == "open" and play.play == state.play
    predictions = [one.move.prediction for one in state.moves if one.play == play.play]
    return {
        "rule": play.rule.name,
        "scenario_id": play.run_id,
        "moves": moves,
        "results": [asdict(result) for result in play.results or ()],
        "predictions": sorted(one for one in predictions if one is not None),
        "votes": {} if is_open else {rule.name: votes[rule.name] for rule in state.game.rules if votes[rule.name]},
        "reflections": {
            question: sorted(str(one.answer) for one in own if one.question == question)
            for question in sorted({one.question for one in own} - {"vote"})
        },
        "polls": _polls(state, play),
    }


def _polls(state: RoomState, play: Play) -> dict[str, list[Any]]:
    """What was answered, sorted, by lesson and screen; not of one that is open."""
    on = poll_on(state) if play.play == state.play else None
    is_open = answers_key(on[0], on[1]) if on is not None and on[2] == "open" else ""
    found: dict[str, list[Any]] = {}
    for one in state.answers:
        if one.play == play.play and one.question.startswith(f"{POLL}:") and one.question != is_open:
            found.setdefault(one.question.removeprefix(f"{POLL}:"), []).append(one.answer)
    return {key: sorted(answers, key=str) for key, answers in sorted(found.items())}


def _play(game: Game, path: str, given: object) -> FiledPlay:
    fields = _object(path, given)
    moves, results = fields.get("moves"), fields.get("results")
    for name, rows in (("moves", moves), ("results", results)):
        if not isinstance(rows, list) or len(rows) != game.n_agents:
            raise RoomError(f"{path}.{name}: must be a list, one of each of the {game.n_agents} agents")
    assert isinstance(moves, list) and isinstance(results, list)
    try:
        rule, made = game.rule(fields.get("rule")), [_move(game, move) for move in moves]
    except ScenarioError as error:
        raise RoomError(f"{path}: {error}") from None
    play = FiledPlay(
        rule,
        tuple(move for move, _ in made),
        tuple(by for _, by in made),
        tuple(_result(f"{path}.results[{place}]", result) for place, result in enumerate(results)),
    )
    scenario_id = game.played(play.moves, rule).scenario_id
    if fields.get("scenario_id") != scenario_id:
        raise RoomError(
            f"{path}.scenario_id: these moves make {scenario_id}; got {str(fields.get('scenario_id'))[:20]}"
        )
    return play


def _move(game: Game, given: object) -> tuple[Move, PlayedBy]:
    fields = _object("move", given)
    by: PlayedBy | None = next((known for known in get_args(PlayedBy) if known == fields.get("by")), None)
    if by is None:
        raise ScenarioError("by", "must be one of " + ", ".join(get_args(PlayedBy)), fields.get("by"))
    move = game.checked({name: value for name, value in fields.items() if name not in ("by", "nickname")})
    return replace(move, prediction=None), by


def _result(path: str, given: object) -> Result:
    fields = _object(path, given)
    for name in _RESULT_FIELDS:
        value = fields.get(name)
        if not isinstance(value, float) or not math.isfinite(value):
            raise RoomError(f"{path}.{name}: must be a number with a point; got {str(value)[:20]!r}")
    return Result(**{name: fields[name] for name in _RESULT_FIELDS})


def _parsed(text: str | bytes) -> object:
    if len(text) > MAX_FILE_BYTES:
        raise RoomError(f"a room's file has at most {MAX_FILE_BYTES} bytes; got {len(text)}")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RoomError(f"a room's file is JSON ({str(error)[:80]})") from None


def _object(path: str, given: object) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise RoomError(f"{path}: must be a JSON object; got {str(given)[:20]!r}")
    return given
