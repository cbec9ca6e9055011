"""A folder that a command writes is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgs_core.places import check_writable, write_whole


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_new_folder_has_all_files_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "new", {"x": b"1", "y": b"2"})
    assert contents(tmp_path / "a" / "new") == {"x": b"1", "y": b"2"}
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["new"]


def test_in_a_folder_that_is_there_files_are_replaced_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    (tmp_path / "mine").write_bytes(b"kept")
    write_whole(tmp_path, {"x": b"1", "y": b"2"})
    assert contents(tmp_path) == {"x": b"1", "y": b"2", "mine": b"kept"}


def test_the_folder_one_is_in_can_be_named_by_a_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_whole(".", {"x": b"1"})
    assert contents(tmp_path) == {"x": b"1"}


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
@pytest.mark.parametrize("is_there", [False, True], ids=["new", "there"])
def test_a_write_that_fails_leaves_everything_as_it_was(
    error: BaseException, is_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    if is_there:
        write_whole(folder, {"x": b"old"})
    write_bytes = Path.write_bytes

    def failing(path: Path, content: bytes) -> int:
        if path.name == "y":
            raise error
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", failing)
    with pytest.raises(type(error)):
        write_whole(folder, {"x": b"1", "y": b"2"})
    assert [path.name for path in tmp_path.iterdir()] == (["out"] if is_there else [])
    assert not is_there or contents(folder) == {"x": b"old"}


def test_a_folder_that_cannot_be_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "a" / "b"):
        with pytest.raises(NotADirectoryError) as caught:
            check_writable(folder)
        assert caught.value.filename == str(tmp_path / "file")
    check_writable(tmp_path / "a" / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_may_not_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(PermissionError) as caught:
        check_writable(tmp_path / "new")
    assert caught.value.filename == str(tmp_path)
