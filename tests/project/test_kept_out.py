"""What a server keeps where the documents' own commands put it is neither committed nor copied into an image."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from cgs_core import Scenario
from cgs_core.data.own import files as own_files
from cgs_core.data.own.csv import read_upload
from cgs_core.runs.store import RunStore
from cgs_ui.session.teacher_link import Lesson, token_of
from tests.data.uploads import csv_of

STORE = re.compile(r"CGS_STORE=([\w.][\w./-]*)")  # one in the checkout


def stores_of_documents(root: Path) -> set[str]:
    documents = [root / "README.md", root / "Makefile", *sorted((root / "docs").rglob("*.md"))]
    return {name for path in documents for name in STORE.findall(path.read_text(encoding="utf-8"))}


@pytest.fixture
def kept(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[Path]]:
    """A checkout with the project's two lists, in which a server was started by each of the documents' commands."""
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for name in (".gitignore", ".dockerignore"):
        shutil.copy(root / name, tmp_path)
    before = set(tmp_path.rglob("*"))
    monkeypatch.delenv("CGS_OWN_DATA", raising=False)
    for name in stores_of_documents(root):
        monkeypatch.setenv("CGS_STORE", str(tmp_path / name))
        token_of(Lesson(Scenario()), tmp_path / name)
        RunStore(tmp_path / name)
        arrays = read_upload(csv_of())
        own_files.keep_arrays(arrays)
        own_files.keep_for_good(arrays.own.sha256)
        for more in ("-wal", "-shm"):  # which are there while a server runs
            (tmp_path / f"{name}{more}").touch()
    return tmp_path, sorted(path for path in set(tmp_path.rglob("*")) - before if path.is_file())


def test_git_sees_nothing_of_it(kept: tuple[Path, list[Path]]) -> None:
    folder, files = kept
    names = {path.name for path in files}
    assert {"runs.sqlite", "runs.sqlite.secret"} <= names and any(name.endswith(".npz") for name in names)
    said = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert sorted(said.splitlines()) == ["?? .dockerignore", "?? .gitignore"]


def test_no_image_holds_any_of_it(kept: tuple[Path, list[Path]]) -> None:
    folder, files = kept
    rules = (folder / ".dockerignore").read_text(encoding="utf-8").split()
    for path in files:
        place = path.relative_to(folder)
        parts = [str(place), *map(str, place.parents)]
        patterns = [rule.removeprefix("**/") for rule in rules]
        assert any(fnmatch(part, rule) for part in parts for rule in patterns), place


def test_only_its_owner_may_read_the_key_and_the_data(kept: tuple[Path, list[Path]]) -> None:
    folder, files = kept
    for path in files:
        if path.suffix in (".secret", ".npz", ".kept"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((folder / "own_data").stat().st_mode) == 0o700
