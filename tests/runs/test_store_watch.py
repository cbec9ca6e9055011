"""A store's file that is removed, replaced or damaged under a running server: noticed, told, and gone on with."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cgs_core.errors import JobError, StoreError
from cgs_core.runs import JobRunner, RunStore
from cgs_core.scenario import Scenario
from tests.runs.fake_engine import fake_record
from tests.runs.helpers import eventually

_SCENARIO = Scenario(start_seed=1, n_rounds=3)
_OTHER = _SCENARIO.replace(start_seed=2)


def _opened(path: Path, is_server: bool = True) -> RunStore:
    return RunStore(path, fingerprint=lambda _: "1", is_server=is_server)


def _add(store: RunStore, scenario: Scenario) -> str:
    run_id = store.submit(scenario, "owner")
    (claim,) = store.claim("w")
    for index in range(scenario.n_rounds):
        store.record(index, {claim: fake_record(scenario, index).to_bytes()})
    store.finish(claim)
    return run_id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite"


@pytest.fixture
def server(path: Path) -> Iterator[RunStore]:
    store = _opened(path)
    yield store
    store.close()


def _the_sentence(caplog: pytest.LogCaptureFixture, path: Path) -> str:
    (told,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert str(path) in told and "\n" not in told
    return told


@pytest.mark.parametrize("endings", [("",), ("", "-wal", "-shm")])
def test_what_is_removed_is_written_again_whole(
    path: Path, server: RunStore, endings: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    run_id, worker = _add(server, _SCENARIO), _opened(path, is_server=False)
    assert worker.load(run_id).is_complete  # it has the file open, too
    for ending in endings:
        Path(f"{path}{ending}").unlink()
    with pytest.raises(StoreError, match="was removed while it was in use") as caught:
        worker.load(run_id)
    assert str(path) not in str(caught.value), "a visitor learns no place of the server"
    assert server.load(run_id).is_complete
    assert "was removed while the server ran: it was written there again, whole." in _the_sentence(caplog, path)
    assert _opened(path).load(run_id).is_complete and path.stat().st_mode & 0o077 == 0
    assert _opened(path).load(_add(server, _OTHER)).is_complete, "what comes later is in the same file"


def test_what_is_put_in_its_place_is_taken_up_and_nothing_is_mixed(
    tmp_path: Path, path: Path, server: RunStore, caplog: pytest.LogCaptureFixture
) -> None:
    backup = _opened(tmp_path / "backup.sqlite")
    kept = _add(backup, _OTHER)
    backup.close()
    lost = _add(server, _SCENARIO)
    path.rename(tmp_path / "away.sqlite")  # its latest changes stay beside the old name
    (tmp_path / "backup.sqlite").rename(path)
    assert server.load(kept).is_complete
    assert "was replaced while the server ran: the one that is there now was taken up." in _the_sentence(caplog, path)
    with pytest.raises(JobError, match=r"^No run .* is stored"):
        server.load(lost)
    assert server.load(_add(server, _SCENARIO)).is_complete
    away = _opened(tmp_path / "away.sqlite")
    assert not away.recovered and away.load(lost).is_complete, "what was moved away is whole"


@pytest.mark.parametrize(("content", "what"), [(b"", "was emptied"), (b"this is no database" * 1000, "was damaged")])
def test_what_is_overwritten_is_begun_anew(
    path: Path, server: RunStore, content: bytes, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    run_id = _add(server, _SCENARIO)
    server.close()  # nothing of it is in memory any more
    with path.open("r+b") as file:  # the same file: only SQLite can tell
        file.truncate()
        file.write(content)
    with pytest.raises(StoreError, match=r"has been begun anew: ask again\.$") as caught:
        server.progress([run_id], "owner")
    assert str(path) not in str(caught.value)
    assert what in _the_sentence(caplog, path)
    assert [one.read_bytes() for one in path.parent.glob("runs.sqlite.damaged-*")] == [content] * bool(content)
    assert server.load(_add(server, _SCENARIO)).is_complete
    assert not _opened(path).recovered, "the new file is sound"


def test_runs_go_on_when_the_file_is_removed_under_server_and_workers(path: Path) -> None:
    engine = (sys.executable, str(Path(__file__).with_name("fake_engine.py")))
    with JobRunner(path, 1, worker_command=engine) as runner:
        first = runner.submit(_SCENARIO, "a")
        eventually(lambda: runner.store.events(first).status == "done", "the first run")
        for file in path.parent.glob("runs.sqlite*"):
            file.unlink()
        assert runner.store.load(first).is_complete
        second = runner.submit(_OTHER, "a")
        eventually(lambda: runner.store.events(second).status == "done", "a run by a worker that opened the new file")
