"""The store's file: damaged, newer, locked, a folder, out of reach, on a full disk; and who may read it."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cgs_core.errors import StoreError
from cgs_core.runs import JobRunner, RunStore, database
from cgs_core.runs.store_file import refusal_of
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import fake_record
from tests.runs.helpers import eventually

_ROOT = Path(__file__).parents[2]
_SCENARIO = Scenario(start_seed=1, n_rounds=3)


def _open(path: Path, is_server: bool = True) -> RunStore:
    return RunStore(path, fingerprint=lambda _: "1", is_server=is_server)


def _filled(path: Path, n_runs: int = 40) -> None:
    store = _open(path)
    for seed in range(n_runs):
        store.submit(_SCENARIO.replace(start_seed=seed), f"owner {seed}")
        (claim,) = store.claim("w")
        for index in range(3):
            store.record(index, {claim: fake_record(claim.scenario, index).to_bytes()})
        store.finish(claim)
    store.shelf().put("visitor", _SCENARIO, "Mine")
    store.lesson_progress.keep("visitor", "lesson", {"q": 1})
    store.close()


def _refused(path: Path, is_server: bool = True) -> StoreError:
    with pytest.raises(StoreError) as caught:
        _open(path, is_server)
    assert str(path) in caught.value.for_operator and "\n" not in caught.value.for_operator
    assert str(path.parent) not in str(caught.value), "a visitor learns no place of the server"
    return caught.value


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + bytes(2000)])
def test_a_damaged_file_is_moved_aside_and_a_new_one_is_begun(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "runs.sqlite"
    path.write_bytes(content)
    assert "damaged" in str(_refused(path, is_server=False)), "who only reads touches nothing"
    assert path.read_bytes() == content
    store = _open(path)
    (aside,) = tmp_path.glob("runs.sqlite.damaged-*[0-9]")
    assert aside.read_bytes() == content
    assert str(path) in store.recovered and str(aside) in store.recovered and "\n" not in store.recovered
    assert store.submit(_SCENARIO, "a") == _SCENARIO.scenario_id
    store.close()
    again = _open(path)
    assert again.recovered == "" and again.scenario_of(_SCENARIO.scenario_id) == _SCENARIO
    again.close()


def test_what_can_be_read_of_a_damaged_file_is_in_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    _filled(path)
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs_by_status'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[(root - 1) * size : root * size] = os.urandom(size)
    path.write_bytes(content)
    store = _open(path)
    assert "damaged" in store.recovered
    assert store.load(_SCENARIO.scenario_id).is_complete
    assert store.shelf().has("visitor", _SCENARIO.scenario_id)
    assert store.lesson_progress.of("visitor") == {"lesson": {"q": 1}}
    assert not store.claim("w")
    store.close()


def test_a_file_that_lost_its_end_keeps_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    _filled(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3 // 4096 * 4096])
    store = _open(path)
    assert "damaged" in store.recovered
    assert store.submit(_SCENARIO, "a") == _SCENARIO.scenario_id
    store.close()


def test_a_file_of_a_newer_version_or_of_something_else_is_refused_and_not_touched(tmp_path: Path) -> None:
    for name, statements, words in (
        ("newer.sqlite", ("CREATE TABLE birds (name)", "PRAGMA user_version = 99"), "newer version"),
        ("other.sqlite", ("CREATE TABLE birds (name)",), "something else"),
    ):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            for statement in statements:
                connection.execute(statement)
        before = (tmp_path / name).read_bytes()
        assert words in str(_refused(tmp_path / name))
        assert (tmp_path / name).read_bytes() == before and len(list(tmp_path.glob(f"{name}*"))) == 1


def test_a_locked_file_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    path = tmp_path / "runs.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE mine (x)")
        other.execute("BEGIN EXCLUSIVE")
        assert "another program has locked it" in str(_refused(path))


def test_a_folder_and_a_place_where_nothing_can_be_made_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "it is a folder" in str(_refused(tmp_path / "folder"))
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "runs.sqlite", Path("/proc/nowhere/runs.sqlite")):
        assert "cannot be made" in str(_refused(path))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full"),
        (sqlite3.SQLITE_READONLY, "may not be written to"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be opened"),
        (sqlite3.SQLITE_IOERR_READ, "cannot be read or written"),
        (sqlite3.SQLITE_CORRUPT, "is damaged"),
        (sqlite3.SQLITE_ERROR, "something went wrong"),
    ],
)
def test_each_failure_has_its_words(tmp_path: Path, code: int, words: str) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    refusal = refusal_of(tmp_path / "runs.sqlite", error)
    assert words in str(refusal) and str(tmp_path) not in str(refusal)
    assert str(tmp_path / "runs.sqlite") in refusal.for_operator and "disk I/O error" in refusal.for_operator


def test_a_full_disk_is_told_and_what_is_stored_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "runs.sqlite"
    _filled(path, 2)
    store = _open(path)
    with store._database.read() as connection:
        (n_pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {n_pages}")
    with pytest.raises(StoreError, match="the disk is full"):
        store.submit_batches([[_SCENARIO.replace(start_seed=100 + seed)] for seed in range(100)], "a")
    assert "the disk is full" in caplog.text and str(path) in caplog.text
    assert store.load(_SCENARIO.scenario_id).is_complete
    store.close()


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
@pytest.mark.parametrize("is_there", [False, True])
def test_only_its_owner_can_read_the_store(tmp_path: Path, is_there: bool) -> None:
    folder = tmp_path / "a" / "b"
    if is_there:
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        (folder / "runs.sqlite").touch(0o644)
    store = _open(folder / "runs.sqlite")
    store.submit(_SCENARIO, "a")
    rights = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert rights == {"runs.sqlite": 0o600, "runs.sqlite-wal": 0o600, "runs.sqlite-shm": 0o600}
    of_folders = [stat.S_IMODE(one.stat().st_mode) for one in (folder, folder.parent)]
    assert of_folders == ([0o755, of_folders[1]] if is_there else [0o700, 0o700])
    store.close()


@pytest.mark.parametrize("case", ["newer", "folder"])
def test_the_server_ends_with_one_sentence(tmp_path: Path, case: str) -> None:
    path = tmp_path / "runs.sqlite"
    if case == "folder":
        path.mkdir()
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 99")
    ended = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true", "--server.port", "0"],
        cwd=_ROOT,
        env=os.environ | {"CGS_STORE": str(path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr + ended.stdout
    (told,) = [line for line in ended.stderr.splitlines() if str(path) in line]
    assert told.startswith("error: The store of runs")


def test_a_runner_on_a_damaged_file_works_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "runs.sqlite").write_bytes(b"damaged" * 1000)
    worker = (sys.executable, str(Path(__file__).with_name("fake_engine.py")))
    with JobRunner(tmp_path / "runs.sqlite", 1, worker_command=worker) as runner:
        run_id = runner.submit(_SCENARIO, "a")
        eventually(lambda: runner.store.events(run_id).status == "done", "the run")
    assert "was damaged" in caplog.text and "moved to" in caplog.text
