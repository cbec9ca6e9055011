"""The sentences of a waterfall: what the numbers say, and nothing that the test cannot tell."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.scenario import Scenario
from cgs_core.studies.steps import Waterfall
from cgs_core.words.step_findings import each_step, headline

START = 0.90


def made(changes: list[list[float]], same: list[list[bool]] | None = None, in_all: bool = True) -> Waterfall:
    """Of changes in accuracy, (3, N), after a FedAvg that is 90 % right."""
    given = np.array(changes)
    accuracy = START + np.vstack([np.zeros(given.shape[1]), np.cumsum(given, axis=0)])
    is_same = np.abs(given) < 0.03 if same is None else np.array(same)
    return Waterfall(
        Scenario(n_agents=given.shape[1]),
        50,
        alone=np.full(given.shape[1], 0.5),
        accuracy=accuracy,
        is_same=is_same,
        is_same_in_all=np.full(given.shape[1], in_all),
    )


def test_the_costliest_step_is_named_with_whom_it_cost() -> None:
    result = made([[-0.01] * 3, [0.04] * 3, [0.0, -0.08, -0.2]])
    assert headline(result) == "The pay cost most: 8.0 to 20.0 points, from Agents 2 and 3."
    assert each_step(result) == (
        "From plain FedAvg (90.0\u00a0% right), scaling the uploads changed nothing that the test can tell "
        "(−1.0 points); weighing them by worth gave 4.0 points to everybody; the pay took 8.0 to 20.0 points "
        "from Agents 2 and 3."
    )


def test_a_step_may_take_from_one_and_give_to_another() -> None:
    result = made([[0.0, 0.0], [0.0, 0.0], [0.05, -0.2]])
    assert "the pay took 20.0 points from Agent 2 and gave 5.0 points to Agent 1" in each_step(result)
    assert "scaling the uploads changed nothing; weighing them by worth changed nothing;" in each_step(result)


def test_of_two_that_cost_about_as_much_none_is_named() -> None:
    result = made([[-0.10, -0.10], [0.0, 0.0], [0.0, -0.11]])
    assert headline(result).startswith("More than one step clearly cost accuracy")


def test_what_the_test_cannot_tell_is_no_cost() -> None:
    result = made([[-0.02, -0.02], [-0.01, -0.01], [0.0, -0.02]])
    assert headline(result) == "No step from plain FedAvg clearly cost anybody anything."
    assert each_step(result).count("changed nothing that the test can tell") == 3


def test_small_steps_that_cost_something_together_are_told() -> None:
    result = made([[-0.02, -0.02], [-0.02, -0.02], [0.0, 0.0]], in_all=False)
    assert headline(result) == (
        "No single step from plain FedAvg clearly cost anybody anything, but together they took 4.0 points from "
        "everybody."
    )


@pytest.mark.parametrize("seed", range(40))
def test_every_clear_change_is_told_and_no_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    result = made(np.round(rng.uniform(-0.1, 0.1, (3, 4)), 3).tolist(), (rng.random((3, 4)) < 0.5).tolist())
    parts = each_step(result).partition(", ")[2].split("; ")
    for part, change, same in zip(parts, result.change, result.is_same, strict=True):
        assert ("took" in part) == bool(((change < 0) & ~same).any())
        assert ("gave" in part) == bool(((change > 0) & ~same).any())
