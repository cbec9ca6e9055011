"""Which browser the tests take: the one named, then one on the path, else a sentence that says what to do."""

from pathlib import Path

import pytest

from tools import find_browser as finder


def program(path: Path) -> str:
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CGS_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(finder, "_playwrights_own", lambda: str(tmp_path / "playwright" / "chrome"))


def test_the_browser_named_by_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path / "chromium")
    monkeypatch.setenv("CGS_CHROMIUM", program(tmp_path / "mine"))
    assert finder.find_browser() == str(tmp_path / "mine")


def test_a_wrong_name_in_the_environment_is_not_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path / "chromium")
    monkeypatch.setenv("CGS_CHROMIUM", str(tmp_path / "missing"))
    with pytest.raises(finder.BrowserNotFoundError, match=r"CGS_CHROMIUM: .*missing"):
        finder.find_browser()


def test_commands_are_tried_in_order(tmp_path: Path) -> None:
    for command in reversed(finder.COMMANDS):
        expected = program(tmp_path / command)
        assert finder.find_browser() == expected


def test_playwrights_own_is_the_last_resort(tmp_path: Path) -> None:
    with pytest.raises(finder.BrowserNotFoundError, match="make browser"):
        finder.find_browser()
    (tmp_path / "playwright").mkdir()
    expected = program(tmp_path / "playwright" / "chrome")
    assert finder.find_browser() == expected
    on_path = program(tmp_path / "google-chrome")
    assert finder.find_browser() == on_path
