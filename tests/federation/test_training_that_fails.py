"""Training that leaves the range of numbers is a zero update, and is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgs_core import Scenario, Trace, run
from cgs_core.__main__ import main
from cgs_core.federation.text import TextNet

TOO_STEEP = Scenario(
    dataset="sentences",
    model="text_cnn",
    learning_rate=10,
    learning_rate_decay=1,
    n_agents=3,
    n_rounds=2,
    n_samples=60,
    local_epochs=20,
    batch_size=1,
)


@pytest.fixture(scope="module")
def failed() -> Trace:
    return run(TOO_STEEP)


def test_the_net_for_sentences_ends_without_numbers_and_without_an_error() -> None:
    net = TextNet(n_words=40, n_classes=2)
    start = net.initial_params(np.random.default_rng(0)) * np.float32(1e30)
    features, labels = np.full((4, 5), 7), np.array([0, 1, 0, 1])
    with np.errstate(over="ignore", invalid="ignore"):
        trained = net.train(start[None], features, labels, [[np.arange(4)] * 3], 10.0)
    assert np.isnan(trained).all()


def test_sentences_at_the_steepest_learning_rate_leave_zero_updates_in_the_trace(failed: Trace) -> None:
    zeros = failed.zero_updates()
    assert zeros.shape == (2, 3) and zeros.all()
    assert np.isfinite(failed.stack("accuracy")).all() and np.isfinite(failed.stack("loss")).all()


def test_who_was_evicted_is_not_said_to_have_uploaded_nothing() -> None:
    scenario = Scenario(
        n_agents=4,
        n_rounds=12,
        n_samples=80,
        reward_rule="sparsified_or_evicted",
        importance_rule="smoothed",
        agents=({}, {}, {}, {"conduct": "sign_flipper"}),
    )
    trace = run(scenario)
    is_evicted = trace.stack("importance") == 0
    assert is_evicted.any() and not trace.gram.diagonal(axis1=1, axis2=2)[-1].all()
    assert not trace.zero_updates().any()


def test_the_command_line_says_that_nothing_was_uploaded(
    failed: Trace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "steep.json"
    path.write_text(TOO_STEEP.to_json(), encoding="utf-8")
    assert main(["run", str(path)]) == 0
    assert "Agents 1 to 3 uploaded nothing in 2 of 2 rounds" in capsys.readouterr().out
    failed.save(tmp_path / "run")
    assert main(["export", str(tmp_path / "run"), "--format", "csv", "--out", str(tmp_path / "out")]) == 0
    assert "Agents 1 to 3 uploaded nothing in 2 of 2 rounds" in capsys.readouterr().out
