"""The command ``store``: check, backup, restore, list and forget, on a store that a server is using or not."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from cgs_core.__main__ import main
from cgs_core.runs import RunStore
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import fake_record
from tests.runs.helpers import Clock, eventually

_SCENARIOS = [Scenario(start_seed=seed, n_rounds=3) for seed in range(3)]
_IDS = [scenario.scenario_id for scenario in _SCENARIOS]
_DAY = 86_400.0


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of three runs: of long ago, of long ago on a shelf, of now."""
    path, clock = tmp_path / "store" / "runs.sqlite", Clock()
    monkeypatch.setenv("CGS_STORE", str(path))
    monkeypatch.delenv("CGS_OWN_DATA", raising=False)
    clock.now = time.time() - 100 * _DAY
    store = RunStore(path, fingerprint=lambda _: "1", clock=clock)
    for number, scenario in enumerate(_SCENARIOS):
        if number == 2:
            clock.advance(100 * _DAY)
        store.submit(scenario, f"owner {number}")
        (claim,) = store.claim("w")
        for index in range(3):
            store.record(index, {claim: fake_record(scenario, index).to_bytes()})
        store.finish(claim)
    clock.advance(-100 * _DAY)
    for visitor in ("token", "other"):
        store.shelf().put(visitor, _SCENARIOS[1], "Mine")
        store.lesson_progress.keep(visitor, "lesson", {"q": 1})
    class_id = store.classes.open("lesson")
    for visitor in ("token", "other"):
        store.classes.answer(class_id, visitor, "q", visitor)
    store.close()
    return path


def _damage(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def _count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def test_a_sound_store_is_said_to_be_so(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = path.read_bytes()
    assert main(["store", "check"]) == 0
    assert capsys.readouterr().out == f"{path} is sound.\n"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE rounds SET payload = x'00' WHERE round_index = 1", "round 2 is not what was written"),
        ("DELETE FROM rounds WHERE round_index = 2", "round 3 of 3 is missing"),
        ("UPDATE runs SET scenario = '{'", "its scenario cannot be read"),
        ("UPDATE runs SET scenario = (SELECT MAX(scenario) FROM runs)", "its scenario is not the one"),
        ("INSERT INTO rounds VALUES ('nobody', 0, x'00', NULL)", "belongs to nothing in runs"),
    ],
)
def test_what_is_damaged_is_told_with_the_exit_status(
    path: Path, statement: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _damage(path, statement)
    assert main(["store", "check"]) == 2
    printed = capsys.readouterr()
    assert words in printed.out and "problems in" in printed.err and printed.err.count("\n") == 1


def test_what_is_no_store_is_refused(tmp_path: Path, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newer, text = tmp_path / "newer.sqlite", tmp_path / "text.sqlite"
    _damage(newer, "PRAGMA user_version = 99")
    text.write_text("this is no database" * 100)
    for one, words in ((newer, "store version 99"), (tmp_path / "none", "no such file"), (text, "not a database")):
        assert main(["store", "check", "--store", str(one)]) == 2
        printed = capsys.readouterr()
        assert words in printed.out + printed.err
    assert not (tmp_path / "none").exists()


def test_a_backup_made_while_the_store_is_used_can_be_restored(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copies" / "copy.sqlite"
    with closing(RunStore(path, fingerprint=lambda _: "1")) as store:
        assert main(["store", "backup", str(copy)]) == 0
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600 or os.name != "posix"
        assert main(["store", "check", "--store", str(copy)]) == 0
        assert main(["store", "backup", str(copy)]) == 2, "what is there is not written over"
        store.care.forget_runs(_IDS)
    assert main(["store", "restore", str(copy)]) == 0
    assert "the one before is" in capsys.readouterr().out
    (aside,) = path.parent.glob("runs.sqlite.before-*[0-9]")
    assert _count(aside, "runs") == 0 and _count(path, "runs") == 3
    with closing(RunStore(path, fingerprint=lambda _: "1")) as store:
        assert store.load(_IDS[0]).is_complete and store.shelf().has("token", _IDS[1])
    assert sorted(file.name for file in copy.parent.iterdir()) == ["copy.sqlite"]


_USES = """
import sys
from cgs_core.runs import RunStore
store = RunStore(sys.argv[1])
store.care.runs()
print("used", flush=True)
sys.stdin.read()
"""


def test_a_store_that_a_server_uses_is_not_replaced(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.sqlite"
    assert main(["store", "backup", str(copy)]) == 0
    command = [sys.executable, "-c", _USES, str(path)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as server:
        assert server.stdout is not None and server.stdout.readline() == b"used\n"
        assert main(["store", "restore", str(copy)]) == 2
        assert "stop the server first" in capsys.readouterr().err
        assert _count(path, "runs") == 3 and not list(path.parent.glob("*before*"))
        server.kill()
    eventually(lambda: main(["store", "restore", str(copy)]) == 0, "the end of the server")


def test_a_damaged_copy_is_not_put_in_place(path: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.sqlite"
    bad.write_bytes(path.read_bytes()[:5000] + b"x" * 5000)
    for copy in (bad, tmp_path / "none"):
        assert main(["store", "restore", str(copy)]) == 2
    assert _count(path, "runs") == 3


def test_a_damaged_store_is_replaced_by_a_copy(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    assert main(["store", "backup", str(copy)]) == 0
    path.write_bytes(b"this is no database" * 100)
    assert main(["store", "restore", str(copy)]) == 0
    assert _count(path, "runs") == 3 and list(path.parent.glob("*before*"))


def test_where_there_are_no_own_data_the_list_says_so_by_a_head_alone(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", "list"]) == 0
    assert capsys.readouterr().out.endswith("\nown data  bytes  came  kept\n")


def test_the_list_has_runs_and_peoples_own_data(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = path.parent / "own_data"
    folder.mkdir()
    (folder / f"{'ab' * 32}.npz").write_bytes(b"12345")
    (folder / f"{'ab' * 32}.kept").touch()
    assert main(["store", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {run["run_id"]: (run["n_rounds"], run["is_kept"]) for run in listed["runs"]} == {
        _IDS[0]: (3, False),
        _IDS[1]: (3, True),
        _IDS[2]: (3, False),
    }
    assert [(file["sha256"], file["n_bytes"], file["is_kept"]) for file in listed["own_data"]] == [("ab" * 32, 5, True)]
    assert main(["store", "list"]) == 0
    printed = capsys.readouterr().out
    assert all(run_id in printed for run_id in _IDS) and "abababababab" in printed
    assert main(["store", "forget", "--own-data", "abab", "--yes"]) == 0
    assert list(folder.iterdir()) == []
    assert main(["store", "forget", "--own-data", "abab", "--yes"]) == 2


@pytest.mark.parametrize(
    ("what", "left"),
    [
        (["--run", _IDS[1]], {_IDS[0], _IDS[2]}),
        (["--older-than", "30"], {_IDS[1], _IDS[2]}),
        (["--older-than", "30", "--run", _IDS[2]], {_IDS[1]}),
        (["--older-than", "300"], set(_IDS)),
    ],
)
def test_runs_are_forgotten_when_it_is_said_twice(
    path: Path, what: list[str], left: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", "forget", *what]) == 0
    assert "Nothing was deleted" in capsys.readouterr().out and _count(path, "runs") == 3
    assert main(["store", "forget", *what, "--yes"]) == 0
    with closing(RunStore(path)) as store:
        assert {run.run_id for run in store.care.runs()} == left
    assert _count(path, "rounds") == 3 * len(left)
    assert main(["store", "check"]) == 0


def test_what_a_visitor_has_left_is_forgotten(path: Path) -> None:
    assert main(["store", "forget", "--visitor", "token"]) == 0
    assert _count(path, "shelf") == _count(path, "class_answers") == 2
    assert main(["store", "forget", "--visitor", "token", "--yes"]) == 0
    assert [_count(path, name) for name in ("shelf", "lesson_progress", "class_answers")] == [1, 1, 1]
    with closing(RunStore(path)) as store:
        assert store.shelf().has("other", _IDS[1]) and not store.shelf().has("token", _IDS[1])
    assert main(["store", "forget", "--visitors", "30", "--yes"]) == 0
    assert [_count(path, name) for name in ("shelf", "lesson_progress")] == [0, 0]


def test_bad_words_are_refused_in_one_line(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["forget"], ["forget", "--run", "nobody"], ["list", "--store", str(path.parent / "none")]):
        assert main(["store", *arguments]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert not (path.parent / "none").exists()
