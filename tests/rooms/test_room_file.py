"""One file with the whole game, from which the same numbers come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cgs_core import iterate
from cgs_core.__main__ import main
from cgs_core.rooms import RoomError, Rooms, Seats, read_room
from cgs_core.runs import RunStore, worker
from tests.rooms.rooms import small_game, visitor


@pytest.fixture
def teacher(store: RunStore, rooms: Rooms, seats: Seats) -> str:
    """Of a room in which two rounds of play were really trained, by two rules."""
    code, teacher = rooms.open(small_game())
    ann, bob = (seats.join(code, visitor(name), f"is {name}") for name in ("ann", "bob"))
    for play in range(2):
        rooms.advance(teacher, "choose")
        seats.move(ann, {"samples": 9, "conduct": "split", "prediction": 0.75})
        if play:
            seats.move(bob, {"samples": 5, "is_cheap": True, "conduct": "echo", "prediction": 0.25})
        rooms.advance(teacher, "training")
        worker.run_claimed(store, store.claim("w"), worker.each_by_itself(iterate))
        rooms.advance(teacher, "pay")
        rooms.open_vote(teacher)
        seats.vote(bob, "CGSV")
        assert json.loads(rooms.file(teacher))["plays"][play]["votes"] == {}  # as long as the vote is open
        rooms.close_vote(teacher)
        rooms.advance(teacher, "reflect")
        seats.reflect(ann, "open_1", "splitting <b>pays</b>")
        seats.reflect(bob, "closed", "no")
    return teacher


def test_the_file_says_what_was_paid_and_nobodys_name(rooms: Rooms, teacher: str) -> None:
    text = rooms.file(teacher)
    first, second = json.loads(text)["plays"]
    assert [move["by"] for move in first["moves"]] == ["moved", "default", "bot", "bot"]
    assert second["moves"][1] == {"samples": 5, "is_cheap": True, "conduct": "echo", "by": "moved"}
    assert (first["rule"], second["rule"], second["predictions"]) == ("FedAvg", "CGSV", [0.25, 0.75])
    assert first["votes"] == {"CGSV": 1}
    assert second["reflections"] == {"closed": ["no"], "open_1": ["splitting <b>pays</b>"]}
    assert "is ann" not in text and teacher not in text
    named = json.loads(rooms.file(teacher, with_nicknames=True))["plays"][1]["moves"]
    assert [move.get("nickname") for move in named] == ["is ann", "is bob", None, None]
    paid = rooms.teacher(teacher).paid
    assert tuple(play.results for play in read_room(text).plays) == tuple(play.results for play in paid)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_replay_prints_the_same_bytes(
    rooms: Rooms, teacher: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], options: list[str]
) -> None:
    file = tmp_path / "room.json"
    file.write_text(rooms.file(teacher, with_nicknames=True), encoding="utf-8")
    assert main(["room", "show", str(file), *options]) == 0
    shown = capsysbinary.readouterr().out
    assert main(["room", "replay", str(file), *options]) == 0
    assert capsysbinary.readouterr().out == shown and b"CGSV" in shown and shown.count(b"echo") == 1


def test_a_file_is_asked_what_could_have_been_gained_and_where_that_leads(
    rooms: Rooms, teacher: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "room.json"
    content = json.loads(rooms.file(teacher))
    content["game"]["conducts"] = ["honest", "split", "echo"]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert main(["room", "gains", str(file), "--json"]) == 0
    gains = json.loads(capsys.readouterr().out)["gains"]
    for gain in gains:
        best = max(payoff for _, payoff in gain["tried"]) - gain["payoff"]
        assert gain["gain"] == pytest.approx(best if best >= 0.5 else 0.0)
    assert main(["room", "gains", str(file)]) == 0
    told = capsys.readouterr().out
    assert "Agent 4" in told and "could have gained" in told.splitlines()[-1]
    assert main(["room", "path", str(file), "--play", "1", "--json"]) == 0
    path = json.loads(capsys.readouterr().out)
    assert path["end"] in ("equilibrium", "cycle", "longest") and path["rule"] == "FedAvg"
    assert main(["room", "path", str(file), "--play", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(path["steps"]) + (2 if path["steps"] else 1)
    assert main(["room", "gains", str(file), "--play", "3"]) == 2
    assert "play: the file has rounds of play 1 to 2; got 3" in capsys.readouterr().err


def test_a_replay_of_other_numbers_says_so(
    rooms: Rooms, teacher: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(rooms.file(teacher))
    content["plays"][1]["results"][2]["pay"] += 1e-15
    file = tmp_path / "room.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    assert main(["room", "replay", str(file)]) == 2
    assert "Round of play 2, Agent 3: another number than the file's" in capsys.readouterr().err


def _without_a_move(content: Any) -> None:
    content["plays"][0]["moves"].pop()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda content: content.update(format="cgs run"), "format: must be"),
        (lambda content: content.update(version=2), "version: this program reads up to 1; got 2"),
        (lambda content: content.update(game=3), "game: a game as it was saved"),
        (lambda content: content.update(plays={}), "plays: must be a list"),
        (_without_a_move, r"plays\[0\]\.moves: must be a list, one of each of the 4 agents"),
        (lambda content: content["plays"][0].update(rule="anarchy"), r"plays\[0\]: rule: must be one of FedAvg"),
        (lambda content: content["plays"][0]["moves"][0].update(samples=1), r"plays\[0\]: samples: must be one of"),
        (lambda content: content["plays"][0]["moves"][0].update(samples=8), r"plays\[0\]\.scenario_id: these moves"),
        (lambda content: content["plays"][0]["moves"][0].update(by=[]), r"plays\[0\]: by: must be one of moved"),
        (lambda content: content["plays"][0]["results"][3].update(pay="1"), r"results\[3\]\.pay: must be a number"),
    ],
)
def test_a_file_that_is_none_is_told(rooms: Rooms, teacher: str, spoil: Any, words: str) -> None:
    content = json.loads(rooms.file(teacher))
    spoil(content)
    with pytest.raises(RoomError, match=words):
        read_room(json.dumps(content))


@pytest.mark.parametrize("text", ["", "[" * 100_000, "[]", "3", b"\xff\xfe", "{"])
def test_what_is_no_file_is_told(text: str | bytes) -> None:
    with pytest.raises(RoomError):
        read_room(text)
