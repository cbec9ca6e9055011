"""What the costs are measured on, and how: with a clock that only the valuations themselves move."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cgs_core.contribution import cgsv_approx, cgsv_exact, coalition_values, costs, shapley_values

N_PARAMS = 30
SIZES = {"EXACT_AGENTS": (2, 5), "SAMPLED_AGENTS": (3, 6), "APPROX_AGENTS": (1, 4, 9)}
NAMES = ("exact", f"sampled, {costs.SAMPLED_ORDERS} orders", "cosine approximation")


class Clock:
    """Stands still unless it is told to go on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that costs are read from; few agents, so that nothing real is waited for."""
    clock = Clock()
    monkeypatch.setattr(costs, "perf_counter", clock)
    for name, sizes in SIZES.items():
        monkeypatch.setattr(costs, name, sizes)
    return clock


def slow(monkeypatch: pytest.MonkeyPatch, clock: Clock, name: str, seconds: Callable[[int], float]) -> list[tuple]:
    """Make a valuation move the clock by ``seconds(n_agents)``; its calls' arguments and results."""
    valuation, calls = getattr(costs, name), []

    def slowed(array: np.ndarray, *more: object) -> object:
        clock.now += seconds(len(array))
        result = valuation(array, *more)
        calls.append((array, *more, result))
        return result

    monkeypatch.setattr(costs, name, slowed)
    return calls


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> dict[str, list[tuple]]:
    """Arguments and results of every valuation that was measured."""
    return {
        "exact": slow(monkeypatch, clock, "cgsv_exact", lambda n: 0.001 * 2**n),
        "sampled": slow(monkeypatch, clock, "cgsv_sampled", lambda n: 0.0005 * n),
        "approx": slow(monkeypatch, clock, "_cosines_to_the_sum", lambda n: 0.0001 * n),
    }


def test_a_cost_is_the_time_of_one_call(calls: dict[str, list[tuple]]) -> None:
    measured = costs.measured_costs(N_PARAMS)
    assert tuple(measured) == NAMES
    for name, expected in zip(NAMES, ([0.004, 0.032], [0.0015, 0.003], [0.0001, 0.0004, 0.0009]), strict=True):
        assert [seconds for _, seconds in measured[name]] == pytest.approx(expected, rel=1e-9)
    assert [[n_agents for n_agents, _ in measured[name]] for name in NAMES] == [list(own) for own in SIZES.values()]


def test_the_quicker_a_call_the_oftener_it_is_repeated(calls: dict[str, list[tuple]]) -> None:
    costs.measured_costs(N_PARAMS)
    n_calls = {n: sum(len(array) == n for array, _ in calls["approx"]) for n in SIZES["APPROX_AGENTS"]}
    assert n_calls[1] > n_calls[4] > n_calls[9] >= 3  # one that warms up, and until 2 ms have passed
    assert sum(len(array) == 5 for array, _ in calls["exact"]) == 2


def test_all_are_measured_on_the_same_updates(calls: dict[str, list[tuple]]) -> None:
    """The most agents' updates come from the approximation; the others see the Gram matrix of the first of them."""
    costs.measured_costs(N_PARAMS)
    updates = max((array for array, _ in calls["approx"]), key=len).astype(np.float64)
    assert updates.shape == (9, N_PARAMS) and np.linalg.matrix_rank(updates) == 9
    for gram, *_ in [*calls["exact"], *calls["sampled"]]:
        own = updates[: len(gram)]
        np.testing.assert_allclose(gram, [[one @ other for other in own] for one in own], rtol=1e-12, atol=1e-12)


def test_what_is_measured_is_the_valuation_itself(calls: dict[str, list[tuple]]) -> None:
    costs.measured_costs(N_PARAMS)
    for updates, psi in calls["approx"]:
        wide = updates.astype(np.float64)
        np.testing.assert_allclose(psi, cgsv_approx(wide @ wide.T), atol=1e-6)  # the updates are float32
    for gram, phi in calls["exact"]:
        np.testing.assert_allclose(phi, shapley_values(coalition_values(gram)), rtol=0, atol=1e-12)
    for gram, n_orders, _, (estimate, standard_error) in calls["sampled"]:
        assert n_orders == costs.SAMPLED_ORDERS
        assert (np.abs(estimate - cgsv_exact(gram)) <= 5 * standard_error + 1e-12).all()


def test_the_sizes_go_as_far_as_each_valuation_is_offered() -> None:
    assert costs.EXACT_AGENTS[-1] == 24
    assert costs.APPROX_AGENTS[-1] >= 1000
    for sizes in (costs.EXACT_AGENTS, costs.SAMPLED_AGENTS, costs.APPROX_AGENTS):
        assert list(sizes) == sorted(set(sizes))
