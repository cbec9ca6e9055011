"""What contributions cost: exact, approximate, sampled, and the least core: ``python -m benchmarks.contribution``.

The rival at 10 agents is the definition as one writes it down with NumPy: a loop over the coalitions sums their
updates, and a loop over coalitions and agents weighs the marginal contributions. Updates are random, of the default
model's size (2,410 parameters). Sampling is judged by the error that is left after about as many coalition values:
against the exact value where there is one, and at 50 agents against a stratified sample of its own, thirty times as
long.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from math import factorial

import numpy as np

from benchmarks.timing import cpu_seconds, one_thread
from cgs_core.contribution import (
    MAX_CORE_AGENTS,
    SamplingPath,
    cgsv_approx,
    cgsv_exact,
    cgsv_sampled,
    coalition_values,
    gram_game,
    gram_of,
    least_core,
    permutation_path,
    shapley_values,
    stratified_path,
)

_N_PARAMS = 2_410
_EXACT_AGENTS = (5, 10, 16, 20, 24, 28)
_APPROX_AGENTS, _SAMPLED_AGENTS = 1000, 50
_GRAM_AGENTS, _MANY_AGENTS, _MANY_ORDERS = 2000, 500, 200
_EVALUATIONS = 100_000  # coalition values that a sample may ask for
_LONGER = 30  # the reference's sample is so many times as long
_REPETITIONS = 5


def lines() -> list[str]:
    """Run the measurements; the lines of a report."""
    with one_thread():
        return [
            _against_the_definition(10),
            *(_exact(n_agents) for n_agents in _EXACT_AGENTS),
            _approximate(_APPROX_AGENTS),
            _gram_matrix(_GRAM_AGENTS),
            *_sampled(20),
            *_sampled(_SAMPLED_AGENTS),
            _many_sampled(_MANY_AGENTS),
            _least_core(MAX_CORE_AGENTS),
        ]


def _updates(n_agents: int) -> np.ndarray:
    """(n_agents, 2410): random directions with a part in common, so that cosines are neither all 0 nor all 1."""
    rng = np.random.default_rng(n_agents)
    own = rng.standard_normal((n_agents, _N_PARAMS)) * rng.uniform(0.3, 1.5, (n_agents, 1))
    return own + 0.3 * rng.standard_normal(_N_PARAMS)


def _gram(n_agents: int) -> np.ndarray:
    updates = _updates(n_agents)
    return updates @ updates.T


def _against_the_definition(n_agents: int) -> str:
    updates = _updates(n_agents)
    results: dict[str, np.ndarray] = {}

    def ours() -> None:
        results["ours"] = cgsv_exact(updates @ updates.T)

    def plain() -> None:
        results["plain"] = _plain_shapley(updates)

    fast, slow = cpu_seconds((ours, plain), _REPETITIONS)
    gap = np.abs(results["ours"] - results["plain"]).max()
    return (
        f"exact CGSV of {n_agents} agents with the Gram matrix: {1000 * fast:.2f} ms, the definition in NumPy "
        f"{1000 * slow:.0f} ms: {slow / fast:.0f} times as fast (largest difference {gap:.0e})"
    )


def _plain_shapley(updates: np.ndarray) -> np.ndarray:
    """The mean marginal cosine of each agent, coalition by coalition."""
    n_agents, aggregate = len(updates), updates.sum(axis=0)
    values = np.zeros(2**n_agents)
    for coalition in range(1, 2**n_agents):
        members = [agent for agent in range(n_agents) if coalition >> agent & 1]
        summed = updates[members].sum(axis=0)
        values[coalition] = summed @ aggregate / (np.linalg.norm(summed) * np.linalg.norm(aggregate))
    shapley = np.zeros(n_agents)
    for coalition in range(2**n_agents):
        size = coalition.bit_count()
        for agent in range(n_agents):
            if not coalition >> agent & 1:
                weight = factorial(size) * factorial(n_agents - 1 - size) / factorial(n_agents)
                shapley[agent] += weight * (values[coalition | 1 << agent] - values[coalition])
    return shapley


def _exact(n_agents: int) -> str:
    gram = _gram(n_agents)
    (seconds,) = cpu_seconds((lambda: cgsv_exact(gram),), _REPETITIONS)
    tracemalloc.start()
    try:
        total = cgsv_exact(gram).sum()
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (
        f"exact CGSV of {n_agents} agents: {1000 * seconds:.2f} ms, {peak_bytes / 1e6:.1f} MB at its peak "
        f"(the values sum to 1 to {abs(total - 1):.0e})"
    )


def _approximate(n_agents: int) -> str:
    updates = _updates(n_agents)
    gram = updates @ updates.T
    whole, given = cpu_seconds((lambda: cgsv_approx(updates @ updates.T), lambda: cgsv_approx(gram)), _REPETITIONS)
    return (
        f"approximate CGSV of {n_agents} agents: {1000 * given:.1f} ms from their Gram matrix, "
        f"{1000 * whole:.0f} ms with it"
    )


def _gram_matrix(n_agents: int) -> str:
    """Against the bare product of matrices: checks and weights are what is added."""
    updates, weights = _updates(n_agents), np.full(n_agents, 1 / n_agents)
    ours, bare = cpu_seconds((lambda: gram_of(updates, weights), lambda: updates @ updates.T), _REPETITIONS)
    return f"Gram matrix of {n_agents} agents: {1000 * ours:.0f} ms, {ours / bare:.2f} times the bare product"


def _many_sampled(n_agents: int) -> str:
    """Against the same orders where each coalition is asked for by itself, a large product of matrices."""
    gram = _gram(n_agents)
    game = gram_game(gram)

    def asked() -> SamplingPath:
        return permutation_path(lambda own: game(own), n_agents, _MANY_ORDERS, np.random.default_rng(0), n_points=2)

    ours, slow = cpu_seconds((lambda: cgsv_sampled(gram, _MANY_ORDERS, np.random.default_rng(0)), asked), 1)
    return (
        f"CGSV of {n_agents} agents sampled from {_MANY_ORDERS} orders: {ours:.2f} s, coalition by coalition "
        f"{slow:.2f} s: {slow / ours:.1f} times as fast"
    )


def _sampled(n_agents: int) -> list[str]:
    """Both designs on about as many coalition values."""
    gram = _gram(n_agents)
    game = gram_game(gram)
    n_orders = _EVALUATIONS // (n_agents - 1)
    n_draws = _EVALUATIONS // (2 * n_agents * (n_agents - 2))

    def orders() -> SamplingPath:
        return permutation_path(game, n_agents, n_orders, np.random.default_rng(0), n_points=2)

    def stratified(factor: int = 1) -> SamplingPath:
        return stratified_path(game, n_agents, factor * n_draws, np.random.default_rng(factor), n_points=2)

    if n_agents <= _EXACT_AGENTS[-1]:
        reference, reference_name = cgsv_exact(gram), "the exact value"
    else:
        reference, reference_name = stratified(_LONGER).estimate[-1], "a long run"
    designs = {"sampled orders": orders, "stratified by size": stratified}
    return [
        _sample_line(f"{name}, {n_agents} agents", sample, reference, reference_name)
        for name, sample in designs.items()
    ]


def _sample_line(what: str, sample: Callable[[], SamplingPath], reference: np.ndarray, reference_name: str) -> str:
    (seconds,) = cpu_seconds((sample,), 1)
    path = sample()
    n_values = int(path.evaluations[-1])
    error = np.sqrt(((path.estimate[-1] - reference) ** 2).mean())
    claimed = np.sqrt((path.standard_error[-1] ** 2).mean())
    return (
        f"{what}: {n_values / seconds / 1000:,.0f} thousand coalition values a second; after {n_values:,} of them "
        f"{error:.1e} from {reference_name}, standard error {claimed:.1e}"
    )


def _least_core(n_agents: int) -> str:
    table = coalition_values(_gram(n_agents))
    (seconds,) = cpu_seconds((lambda: least_core(table),), _REPETITIONS)
    (shapley_seconds,) = cpu_seconds((lambda: shapley_values(table),), _REPETITIONS)
    return (
        f"least core of {n_agents} agents: {1000 * seconds:.0f} ms (the Shapley values of the same table "
        f"{1000 * shapley_seconds:.2f} ms)"
    )


if __name__ == "__main__":
    print("\n".join(lines()))
