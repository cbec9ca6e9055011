"""``python -m cgs_core check``: a scenario's rounds by the other engine, as a table, a sentence and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cgs_core import Scenario
from cgs_core.__main__ import main
from cgs_core.federation.engine_check import iterate_check
from cgs_core.federation.torch_net import BundledNet

SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3)


@pytest.fixture(autouse=True)
def scenario_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.json").write_text(SMALL.to_json(), encoding="utf-8")


def test_every_round_is_a_row_and_the_sentence_says_that_they_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "s.json"]) == 0
    head, *rows, words = capsys.readouterr().out.splitlines()
    assert head.split() == ["round", "parameters", "worth", "pay", "worth,", "run", "pay,", "run"]
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert words.startswith(f"{SMALL.scenario_id}: The two engines agree: rounding explains differences up to 1e-9.")
    assert "each of 3 rounds" in words and "torch" in words


def test_one_round_is_that_of_the_whole_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "s.json", "--round", "2", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    expected = list(iterate_check(SMALL))[1]
    (row,) = content["rounds"]
    assert row == {"round": 2} | {name: getattr(expected, name) for name in list(row)[1:]}
    assert content["agrees"] is True and content["engine"] == expected.engine and "round 2, from" in content["words"]


def test_engines_that_differ_are_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    train = BundledNet.train
    monkeypatch.setattr(BundledNet, "train", lambda self, *given: train(self, *given[:-1], 1.01 * given[-1]))
    assert main(["check", "s.json"]) == 2
    told = capsys.readouterr()
    assert "do not agree in round" in told.out and told.err.endswith("error: the engines do not agree\n")


def test_what_cannot_be_checked_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "s.json", "--round", "4"]) == 2
    assert "round: must be from 1 to the scenario's 3 rounds; got 4" in capsys.readouterr().err
    monkeypatch.setattr("cgs_core.records.engine_check.has_torch", lambda: False)
    assert main(["check", "s.json"]) == 2
    assert "Checking a run takes the package 'torch', which is not installed here." in capsys.readouterr().err
