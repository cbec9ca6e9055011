"""Estimators of the Shapley value that ask for the values of some coalitions, counted by how many different ones.

Where a coalition's value is the accuracy of a model that it trains, this is how many models are trained: a value that
is known is not asked for again, that of nobody costs nothing, and that of all is always known. An estimator draws; what
it makes of its first draws is its estimate once these have been paid for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.semivalues import checked_table, count_agents
from cgs_core.typing import CoalitionValues, Contribution, FloatArray, IntArray

MIN_AGENTS, MAX_AGENTS = 5, 16
TOLERANCE = 0.01
"""A walk is cut short (``truncated``) where its coalition is worth as much as all but for less than this."""

_DRAWN = 8  # times as many coalitions are drawn as there are
Members = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Draws:
    """What an estimator asks for and makes of it.

    Attributes
    ----------
    first: coalitions asked for before the first draw; bit i says whether agent i is in.
    asked: (n_draws, k) coalitions that each draw asks for; 0, nobody, where it asks for fewer.
    after: from how many draws, to the estimate (n_agents,); from 0 on where something is asked for ``first``.
    """

    first: IntArray
    asked: IntArray
    after: Callable[[int], Contribution]


@dataclass(frozen=True)
class Estimator:
    """``draws`` takes a game's table, the number of draws and a random stream. ``is_unbiased``: however few the draws.

    ``k`` is how many coalitions a draw asks for at most, of a number of agents.
    """

    title: str
    source: str
    is_unbiased: bool
    k: Callable[[int], int]
    draws: Callable[[CoalitionValues, int, np.random.Generator], Draws]


def estimates_at(
    values: npt.ArrayLike, estimator: Estimator, budgets: Sequence[int], rng: np.random.Generator
) -> tuple[FloatArray, IntArray]:
    """What an estimator says of a game when it has asked for at most so many different coalitions, nobody not counted.

    Parameters
    ----------
    values: (2**n_agents,) of 5 to 16 agents.
    budgets: how many coalitions may be asked for; the estimates of all are of one sequence of draws.
    rng: what draws.

    Returns
    -------
    (n_budgets, n_agents) estimates, NaN where a budget is too small for the first draw; (n_budgets,) how many
    coalitions were asked for, at most the budget, as a draw is whole or not there.

    Raises
    ------
    ValueError: not a table of such a game.
    """
    table = checked_table(values)
    n_agents = count_agents(table)
    if not MIN_AGENTS <= n_agents <= MAX_AGENTS:
        raise ValueError(f"values: a game of {MIN_AGENTS} to {MAX_AGENTS} agents; got {n_agents}")
    drawn = estimator.draws(table, _DRAWN * len(table) // estimator.k(n_agents), rng)
    costs = models_after(drawn, n_agents)
    estimates, spent = np.full((len(budgets), n_agents), np.nan), np.zeros(len(budgets), np.intp)
    for place, budget in enumerate(budgets):
        n_draws = int(np.searchsorted(costs, budget, side="right")) - 1  # costs[0] is before the first draw
        if n_draws > 0 or (n_draws == 0 and len(drawn.first)):
            estimates[place], spent[place] = drawn.after(n_draws), costs[n_draws]
    return estimates, spent


def models_after(drawn: Draws, n_agents: int) -> IntArray:
    """(n_draws + 1,) how many different coalitions but nobody have been asked for after 0, 1, ... draws."""
    everything = np.concatenate([[0, 2**n_agents - 1], drawn.first, drawn.asked.ravel()])
    is_new = np.zeros(len(everything), np.intp)
    is_new[np.unique(everything, return_index=True)[1]] = 1
    before = 2 + len(drawn.first)
    of_draws = is_new[before:].reshape(drawn.asked.shape).sum(axis=1)
    return np.asarray(is_new[1:before].sum() + np.concatenate([[0], np.cumsum(of_draws)]))


# -- orders of joining -------------------------------------------------------------------------------------------------

_NONE = np.zeros(0, np.intp)


def _walks(values: CoalitionValues, orders: IntArray) -> tuple[IntArray, FloatArray]:
    """(n_draws, n) the coalition once each agent of an order has joined, and what that agent has added."""
    inside = np.cumsum(np.left_shift(1, orders), axis=1)
    return inside, np.diff(values[inside], axis=1, prepend=values[0])


def _orders(values: CoalitionValues, n_draws: int, rng: np.random.Generator) -> IntArray:
    return rng.permuted(np.tile(np.arange(count_agents(values)), (n_draws, 1)), axis=1)


def _by_agent(orders: IntArray, added: FloatArray) -> FloatArray:
    """What was added in each order, agent by agent."""
    own = np.empty_like(added)
    np.put_along_axis(own, orders, added, axis=1)
    return own


def _running_mean(marginals: FloatArray) -> Callable[[int], Contribution]:
    sums = np.cumsum(marginals, axis=0)
    return lambda n_draws: sums[n_draws - 1] / n_draws


def _permutation(values: CoalitionValues, n_draws: int, rng: np.random.Generator) -> Draws:
    orders = _orders(values, n_draws, rng)
    inside, added = _walks(values, orders)
    return Draws(_NONE, inside, _running_mean(_by_agent(orders, added)))


def _antithetic(values: CoalitionValues, n_draws: int, rng: np.random.Generator) -> Draws:
    orders = _orders(values, n_draws, rng)
    inside, added = _walks(values, orders)
    inside_back, added_back = _walks(values, orders[:, ::-1])
    both = _by_agent(orders, added) + _by_agent(orders[:, ::-1], added_back)
    return Draws(_NONE, np.hstack([inside, inside_back]), _running_mean(both / 2))


def _truncated(values: CoalitionValues, n_draws: int, rng: np.random.Generator) -> Draws:
    orders = _orders(values, n_draws, rng)
    inside, added = _walks(values, orders)
    reached = np.hstack([np.full((n_draws, 1), values[0]), values[inside[:, :-1]]])  # before each joins
    is_cut = np.logical_or.accumulate(np.abs(values[-1] - reached) < TOLERANCE, axis=1)
    marginals = _by_agent(orders, np.where(is_cut, 0.0, added))
    return Draws(_NONE, np.where(is_cut, 0, inside), _running_mean(marginals))


# -- strata of coalition sizes -----------------------------------------------------------------------------------------


def _bits(members: Members) -> IntArray:
    """(..., n_agents) who is in -> (...) the coalition's number."""
    return np.asarray(members @ np.left_shift(1, np.arange(members.shape[-1])))


def _all_but(values: CoalitionValues) -> tuple[IntArray, IntArray]:
    """(n,) each agent's coalition with nobody, and that of all others."""
    single = np.left_shift(1, np.arange(count_agents(values)))
    return single, len(values) - 1 - single


def _of_size(sizes: IntArray, n_agents: int, rng: np.random.Generator, without: IntArray | None = None) -> Members:
    """(n_draws, n_agents) a random coalition of each size, of those but agent ``without``."""
    keys = rng.random((len(sizes), n_agents))
    if without is not None:
        keys[np.arange(len(sizes)), without] = np.inf
    return np.asarray(keys < np.sort(np.pad(keys, ((0, 0), (0, 1)), constant_values=np.inf))[_at(sizes)])


def _at(sizes: IntArray) -> tuple[IntArray, IntArray]:
    return np.arange(len(sizes))[:, None], sizes[:, None]


@dataclass(frozen=True, eq=False)
class _Strata:
    """Means by agent and stratum (both (n, n)), as the draws go on; those that are known exactly are never drawn."""

    known: FloatArray  # NaN where it is drawn
    cell: IntArray  # (n_draws, m) agent n + stratum
    value: FloatArray  # (n_draws, m)

    def mean(self, n_draws: int) -> Contribution:
        """(n,) the mean over an agent's strata of which something is known."""
        n = len(self.known)
        cell, value = self.cell[:n_draws].ravel(), self.value[:n_draws].ravel()
        counts = np.bincount(cell, minlength=n * n).reshape(n, n)
        sums = np.bincount(cell, weights=value, minlength=n * n).reshape(n, n)
        means = np.where(np.isfinite(self.known), self.known, sums / np.maximum(counts, 1))
        is_there = np.isfinite(self.known) | (counts > 0)
        return np.asarray((means * is_there).sum(axis=1) / is_there.sum(axis=1))


def _stratified(values: CoalitionValues, n_draws: int, rng: np.random.Generator) -> Draws:
    n, (single, others) = count_agents(values), _all_but(values)
    known = np.full((n, n), np.nan)
    known[:, 0], known[:, -1] = values[single] - values[0], values[-1] - values[others]
    n_rounds = -(-n_draws // (n * (n - 2)))
    drawn = rng.permuted(np.tile(np.arange(n * (n - 2)), (n_rounds, 1)), axis=1).ravel()  # no size first
    agents, sizes = drawn % n, 1 + drawn // n
    without = _bits(_of_size(sizes, n, rng, agents))
    asked = np.stack([without, without + single[agents]], axis=1)
    added = values[asked[:, 1]] - values[asked[:, 0]]
    strata = _Strata(known, (agents * n + sizes)[:, None], added[:, None])
    return Draws(np.concatenate([single, others]), asked, strata.mean)


def _complementary(values: CoalitionValues, n_draws: int, rng: np.random.Generator) -> Draws:
    n = count_agents(values)
    known = np.full((n, n), np.nan)
    known[:, -1] = values[-1] - values[0]
    sizes = rng.integers(1, n, n_draws)
    members = _of_size(sizes, n, rng)
    inside = _bits(members)
    asked = np.stack([inside, len(values) - 1 - inside], axis=1)
    gap = (values[asked[:, 0]] - values[asked[:, 1]])[:, None]
    stratum = np.where(members, sizes[:, None], n - sizes[:, None]) - 1
    return Draws(
        _NONE,
        asked,
        _Strata(known, np.arange(n) * n + stratum, np.where(members, gap, -gap)).mean,
    )


def _svarm(values: CoalitionValues, n_draws: int, rng: np.random.Generator) -> Draws:
    n, (single, others) = count_agents(values), _all_but(values)
    with_own, without_own = np.full((n, n), np.nan), np.full((n, n), np.nan)
    with_own[:, 0], with_own[:, -1] = values[single], values[-1]
    without_own[:, 0], without_own[:, -1] = values[0], values[others]
    with_own[:, n - 2] = (values[others].sum() - values[others]) / (n - 1)
    without_own[:, 1] = (values[single].sum() - values[single]) / (n - 1)
    sizes = rng.choice(np.arange(2, n - 1), size=n_draws, p=svarm_sizes(n))
    members = _of_size(sizes, n, rng)
    inside = _bits(members)
    own, worth = np.arange(n) * n, np.broadcast_to(values[inside][:, None], members.shape)
    # an agent that is in tells of the first kind; who is not adds to a cell that is known, where it counts for nothing
    plus = _Strata(with_own, np.where(members, own + sizes[:, None] - 1, own), worth)
    minus = _Strata(without_own, np.where(members, own, own + sizes[:, None]), worth)
    return Draws(
        np.concatenate([single, others]),
        inside[:, None],
        lambda count: plus.mean(count) - minus.mean(count),
    )


def svarm_sizes(n_agents: int) -> FloatArray:
    """(n - 3,) how likely ``svarm`` draws a coalition of 2, ... n - 2 agents: as 1 over the smaller side's size.

    With an even number of agents the middle has 1 / (n log n) instead.
    """
    sizes = np.arange(2, n_agents - 1)
    odds = 1 / np.minimum(sizes, n_agents - sizes)
    if n_agents % 2:
        return odds / odds.sum()
    is_middle, middle = sizes == n_agents // 2, 1 / (n_agents * np.log(n_agents))
    return np.where(is_middle, middle, odds * (1 - middle) / odds[~is_middle].sum())


# -- other draws -------------------------------------------------------------------------------------------------------


def _owen(values: CoalitionValues, n_draws: int, rng: np.random.Generator) -> Draws:
    n, single = count_agents(values), _all_but(values)[0]
    chance = rng.random((n_draws, 1))
    inside = _bits(rng.random((n_draws, n)) < chance)[:, None]
    added = values[inside | single] - values[inside & ~single]
    return Draws(_NONE, np.hstack([inside, inside ^ single]), _running_mean(added))


def _kernel(values: CoalitionValues, n_draws: int, rng: np.random.Generator) -> Draws:
    n = count_agents(values)
    sizes = np.arange(1, n)
    odds = 1 / (sizes * (n - sizes))
    members = _of_size(rng.choice(sizes, size=n_draws, p=odds / odds.sum()), n, rng)
    inside = _bits(members)
    asked = np.stack([inside, len(values) - 1 - inside], axis=1)
    pairs = np.stack([members, ~members], axis=1).astype(np.float64)
    gains = values[asked] - values[0]
    return Draws(
        _NONE, asked, lambda count: _least_squares(pairs[:count], gains[:count], float(values[-1] - values[0]))
    )


def _least_squares(pairs: FloatArray, gains: FloatArray, total: float) -> Contribution:
    """(n,) that sums to ``total`` and, added up over coalitions, comes nearest to their gains; the shortest of several.

    ``pairs`` (n_draws, 2, n) says who is in, 0 or 1; ``gains`` (n_draws, 2).
    """
    n = pairs.shape[-1]
    rows, count = pairs.reshape(-1, n), 2 * len(pairs)
    system = np.ones((n + 1, n + 1))
    system[:n, :n], system[n, n] = rows.T @ rows / count, 0
    right = np.append(rows.T @ gains.ravel() / count, total)
    return np.asarray(np.linalg.lstsq(system, right, rcond=None)[0][:n])


ESTIMATORS: Mapping[str, Estimator] = MappingProxyType(
    {
        "permutation": Estimator("Random orders", "Castro, Gómez and Tejada 2009", True, lambda n: n - 1, _permutation),
        "antithetic": Estimator(
            "Orders and their reverses", "antithetic sampling", True, lambda n: 2 * (n - 1), _antithetic
        ),
        "truncated": Estimator("Truncated orders (TMC)", "Ghorbani and Zou 2019", False, lambda n: n - 1, _truncated),
        "stratified": Estimator("Strata of sizes", "Maleki et al. 2013", False, lambda n: 2, _stratified),
        "owen": Estimator("Owen sampling", "Okhrati and Lipani 2021", True, lambda n: n + 1, _owen),
        "complementary": Estimator(
            "Complementary contributions", "Zhang et al. 2023", False, lambda n: 2, _complementary
        ),
        "svarm": Estimator("Stratified SVARM", "Kolpaczki et al. 2024", False, lambda n: 1, _svarm),
        "kernel": Estimator("KernelSHAP, in pairs", "Covert and Lee 2021", False, lambda n: 2, _kernel),
    }
)
"""By name. ``docs/method.md`` says what each does, and where it departs from its source."""
