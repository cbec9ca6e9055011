"""The axioms: what keeps them, what breaks them, and the agents and numbers that show it."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.contribution import (
    AxiomCheck,
    airport_game,
    check_axioms,
    coalition_values,
    glove_game,
    individually_irrational,
    leave_one_out_values,
    shapley_values,
    singleton_values,
    unanimity_game,
    voting_game,
)

_AXIOMS = ["efficiency", "symmetry", "null agent", "linearity", "monotonicity"]


def _checks(values: np.ndarray, rule: object, other: np.ndarray | None = None) -> dict[str, AxiomCheck]:
    if other is None:
        other = np.random.default_rng(0).normal(size=len(values))
    checks = check_axioms(values, other, rule)  # type: ignore[arg-type]
    assert [check.axiom for check in checks] == _AXIOMS
    for check in checks:
        assert (check.verdict == "broken") == bool(check.numbers)
    return {check.axiom: check for check in checks}


def _verdicts(values: np.ndarray, rule: object, other: np.ndarray | None = None) -> list[str]:
    return [check.verdict for check in _checks(values, rule, other).values()]


@pytest.mark.parametrize("n_agents", range(1, 9))
def test_shapley_breaks_nothing(n_agents: int) -> None:
    rng = np.random.default_rng(n_agents)
    for _ in range(5):
        assert "broken" not in _verdicts(rng.normal(size=2**n_agents), shapley_values)


@pytest.mark.parametrize(
    "values",
    [glove_game(2, 3).values, voting_game(51, [50, 49, 1]).values, unanimity_game(4, (0, 2)).values],
)
def test_shapley_keeps_all_where_all_can_be_checked(values: np.ndarray) -> None:
    verdicts = _verdicts(np.concatenate([values, values]), shapley_values)  # one more agent, who adds nothing
    assert verdicts == ["holds"] * 5


def test_most_games_have_nobody_alike() -> None:
    verdicts = _verdicts(np.random.default_rng(1).normal(size=64), shapley_values)
    assert verdicts == ["holds", "nothing to check", "nothing to check", "holds", "nothing to check"]


def test_values_alone_break_efficiency_where_gloves_are_worth_nothing_alone() -> None:
    checks = _checks(glove_game(1, 2).values, singleton_values)
    assert checks["efficiency"] == AxiomCheck("efficiency", "broken", (), (0.0, 1.0))
    assert [checks[axiom].verdict for axiom in _AXIOMS[1:]] == ["holds", "nothing to check", "holds", "holds"]


def test_leave_one_out_breaks_efficiency_where_all_are_needed() -> None:
    checks = _checks(unanimity_game(3, (0, 1, 2)).values, leave_one_out_values)
    assert checks["efficiency"] == AxiomCheck("efficiency", "broken", (), (3.0, 1.0))
    assert checks["symmetry"].verdict == checks["linearity"].verdict == "holds"


def test_psi_breaks_efficiency_and_nothing_else_of_the_gradient_game() -> None:
    """Lengths 3, 4 and 4 at right angles, and a zero update."""
    values = coalition_values(np.diag([9.0, 16.0, 16.0, 0.0]))
    checks = _checks(values, singleton_values)
    assert [check.verdict for check in checks.values()] == ["broken", "holds", "holds", "holds", "holds"]
    assert checks["efficiency"].numbers == pytest.approx((11 / np.sqrt(41), 1), abs=1e-12)


def test_data_size_breaks_symmetry_null_agent_and_linearity() -> None:
    """Agents 1 and 2 make the pair of gloves, Agent 3 has nothing, and half of the data."""
    values = unanimity_game(3, (0, 1)).values
    shares = np.array([0.2, 0.3, 0.5])
    checks = _checks(values, lambda game: shares, other=values)
    assert checks["efficiency"].verdict == "holds"
    assert checks["symmetry"] == AxiomCheck("symmetry", "broken", (0, 1), (0.2, 0.3))
    assert checks["null agent"] == AxiomCheck("null agent", "broken", (2,), (0.5, 0.0))
    assert checks["linearity"] == AxiomCheck("linearity", "broken", (2,), (0.5, 1.0))
    assert checks["monotonicity"] == AxiomCheck("monotonicity", "broken", (0, 2), (0.2, 0.5))


def test_shares_of_the_whole_value_are_linear_and_efficient_all_the_same() -> None:
    shares = np.array([0.2, 0.3, 0.5])
    verdicts = _verdicts(unanimity_game(3, (0, 1)).values, lambda game: shares * (game[-1] - game[0]))
    assert verdicts == ["holds", "broken", "broken", "holds", "broken"]


def test_witness_is_the_worst_of_several() -> None:
    """Five alike: of all pairs, Agents 2 and 5 are paid most differently."""
    given = np.array([0.2, 0.5, 0.3, 0.2, 0.1])
    check = _checks(voting_game(3, [1] * 5).values, lambda game: given)["symmetry"]
    assert (check.agents, check.numbers) == ((1, 4), (0.5, 0.1))


def test_monotonicity_names_the_better_agent_first() -> None:
    """A larger runway saves at least as much; here pay goes the other way."""
    given = np.array([4.0, 3.0, 2.0, 1.0])
    check = _checks(airport_game([1, 2, 3, 4]).values, lambda game: given)["monotonicity"]
    assert (check.agents, check.numbers) == ((3, 0), (1.0, 4.0))


def test_tolerance_decides_what_is_equal() -> None:
    values = glove_game(1, 2).values
    off = shapley_values(values) + np.array([0, 1e-4, 0])
    assert [check.verdict for check in check_axioms(values, values * 0, lambda game: off)][:2] == ["broken", "broken"]
    loose = check_axioms(values, values * 0, lambda game: off if game.any() else off * 0, tolerance=1e-3)
    assert "broken" not in [check.verdict for check in loose]


def test_one_agent() -> None:
    assert _verdicts(np.array([0.5, 2.0]), shapley_values, np.array([1.0, 0.0])) == [
        "holds",
        "nothing to check",
        "nothing to check",
        "holds",
        "nothing to check",
    ]


def test_individual_rationality() -> None:
    values = np.array([0.5, 1.5, 2.5, 2.0])  # alone worth 1 and 2, together 1.5
    assert individually_irrational(values, [0.25, 1.25]) == [0, 1]
    assert individually_irrational(values, [1.0, 0.5]) == [1]
    assert individually_irrational(values, [1.0 - 1e-12, 2.0]) == []


def test_what_are_no_games_of_the_same_agents_is_refused() -> None:
    with pytest.raises(ValueError, match="other_values: a game of the same agents, 4 values; got 8"):
        check_axioms(np.zeros(4), np.zeros(8), shapley_values)
    with pytest.raises(ValueError, match=r"^values: "):
        check_axioms(np.zeros(3), np.zeros(3), shapley_values)
