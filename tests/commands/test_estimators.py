"""``python -m cgs_core estimators``: to the byte, and gone on with."""

from __future__ import annotations

from pathlib import Path

import pytest

from cgs_core.__main__ import main
from cgs_core.studies.estimators import errors, games
from cgs_core.studies.estimators.results import write_study
from cgs_core.studies.estimators.runs import Task, trained


def test_it_comes_out_to_the_byte_and_what_is_trained_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CGS_WORKERS", "1")
    monkeypatch.setattr(games, "GAME_CASES", ("wine/dirichlet-05",))  # five agents; seconds
    monkeypatch.setattr(errors, "N_STREAMS", 2)
    parts, whole = tmp_path / "parts", tmp_path / "whole"
    assert main(["estimators", "--seeds", "1", "--out", str(parts)]) == 0
    first = (parts / "games.csv").read_text(encoding="utf-8")
    assert main(["estimators", "--seeds", "2", "--out", str(parts)]) == 0
    assert (parts / "games.csv").read_text(encoding="utf-8").startswith(first)
    told = capsys.readouterr().out
    assert "Stratified SVARM" in told and "32 models" in told
    found = [trained(Task(case, seed)) for seed in range(2) for case in games.GAME_CASES]
    write_study(whole, [own.game for own in found], {(own.game.case, own.game.seed): own.rebuilt for own in found}, 0)
    assert (whole / "games.csv").read_bytes() == (parts / "games.csv").read_bytes()
    assert (whole / "errors.csv").read_bytes() == (parts / "errors.csv").read_bytes()
    monkeypatch.setenv("CGS_WORKERS", "0")
    assert main(["estimators", "--seeds", "2", "--out", str(parts)]) == 0  # nothing is left to train
    assert main(["estimators", "--seeds", "3", "--out", str(parts)]) == 2
    assert "nothing would train the 1 games" in capsys.readouterr().err


def test_what_cannot_be_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimators", "--seeds", "0", "--out", str(tmp_path)]) == 2
    assert "seeds" in capsys.readouterr().err
