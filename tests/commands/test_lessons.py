"""``python -m cgs_core lessons``: what a teacher with a lesson of their own runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgs_core.__main__ import main
from cgs_core.lessons import lessons
from tests.lessons.folders import LESSON, TRUTH, lesson_folder


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CGS_LESSONS", raising=False)
    return tmp_path


def test_list_names_the_course_and_ones_own_and_says_what_is_broken(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson_folder(folder, name="mine")
    lesson_folder(folder, LESSON.replace('kind = "read"', 'kind = "reed"'), name="broken")
    monkeypatch.setenv("CGS_LESSONS", str(folder))
    assert main(["lessons", "list"]) == 0
    told = capsys.readouterr().out
    assert told.index("what-is-going-on") < told.index("from-worth-to-pay") < told.index("mine")
    line = LESSON.splitlines().index('kind = "read"') + 1
    assert f"left out: broken/lesson.toml, line {line}: step 1, kind: must be" in told
    assert main(["lessons", "list", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in content["lessons"]] == list(lessons())
    assert len(content["broken"]) == 1


def test_show_tells_every_screen_with_its_numbers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lesson_folder(folder)
    assert main(["lessons", "show", "a_lesson"]) == 0
    told = capsys.readouterr().out
    for words in (
        "Look [read]",
        "Which agent?",
        "Right: Agent 2.",
        "Mechanism FedAvg: Agent 1 is paid 100 %.",
        "It is not.",
    ):
        assert words in told
    assert "{" not in told


def test_check_tries_what_a_lesson_says_on_other_seeds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lesson_folder(folder)
    assert main(["lessons", "check", "a_lesson", "--seeds", "2"]) == 0
    assert "held     1 of 2  Guess (truth)" in capsys.readouterr().out
    assert main(["lessons", "check", "a_lesson", "--seeds", "2", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["held"] is True and content["trials"][0]["answers"] == ["b", "c"]


def test_pack_writes_a_folder_a_lesson(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CGS_CHROMIUM", "no-such-chromium")  # what is drawn and printed is tested with the exports
    lesson_folder(folder)
    assert main(["lessons", "pack", "--out", "packs", "--lesson", "a_lesson"]) == 0
    told = capsys.readouterr().out
    assert "1 lesson, 4 files written to packs" in told and "no Chromium" in told
    assert (folder / "packs" / "a-lesson" / "hand-out.html").is_file()


@pytest.mark.parametrize(
    ("lesson", "truth", "words"),
    [
        (
            LESSON.replace("margin = 0.01", "margin = 2"),
            TRUTH,
            "must hold on the shown seed and at least 1 of 2; it held on 0",
        ),
        (LESSON.replace('expected = "b"', 'expected = "a"'), TRUTH, "explain another answer than the runs give, 'b'"),
        (LESSON.replace("{most:.2f}", "{least:.2f}"), TRUTH, "no fact 'least'; the function gives most"),
        (LESSON, TRUTH.replace('"contribution"', '"worth"'), "KeyError"),
    ],
)
def test_check_refuses_what_is_not_so_with_file_and_line(
    folder: Path, capsys: pytest.CaptureFixture[str], lesson: str, truth: str, words: str
) -> None:
    lesson_folder(folder, lesson, truth)
    assert main(["lessons", "check", "a_lesson", "--seeds", "2"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: a_lesson/") and ", line " in told and words in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "nothing"], "error: LESSON: must be a lesson's folder, or one of what-is-going-on"),
        (["check", "from-worth-to-pay", "--seeds", "1"], "error: seeds: must be from 2 to 100; got 1"),
    ],
)
def test_what_is_not_allowed_is_told(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert main(["lessons", *arguments]) == 2
    assert words in capsys.readouterr().err
