"""The Shapley value estimated from a sample of marginal contributions, with its standard error, as the sample grows.

Two designs: whole orders of joining (permutation sampling, Castro et al., Computers & Operations Research 2009), and a
fixed number of draws for each agent and coalition size (stratified sampling, Maleki et al., arXiv:1306.4265). Both are
unbiased. A game is a function here, not a table, so that any number of agents can play.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.coalitions import aggregate_squared, checked_gram, cosines
from cgs_core.contribution.semivalues import checked_table, count_agents
from cgs_core.typing import FloatArray, Gram, IntArray

ValueFunction = Callable[[npt.NDArray[np.bool_]], FloatArray]
"""(n_coalitions, n_agents) who is in -> (n_coalitions,) values."""

_FEW_AGENTS = 64  # to here one large product of matrices is as quick as a walk along each order
_MAX_MEMBERSHIPS = 2**20  # entries of the membership table built at a time, 8 MB once they are float64


@dataclass(frozen=True)
class SamplingPath:
    """An estimate at growing sample sizes.

    Attributes
    ----------
    evaluations: (n_points,), rising: coalition values asked for so far.
    estimate: (n_points, n_agents), in the unit of the game.
    standard_error: (n_points, n_agents), at least 0: of the estimate beside it.
    """

    evaluations: IntArray
    estimate: FloatArray
    standard_error: FloatArray


@dataclass(frozen=True)
class _GramGame:
    """The gradient game of a Gram matrix as ``checked_gram`` returns it."""

    gram: Gram

    @cached_property
    def _rows(self) -> FloatArray:
        return np.asarray(self.gram.sum(axis=1))

    @cached_property
    def _total(self) -> float:
        return aggregate_squared(self.gram)

    def __call__(self, is_member: npt.NDArray[np.bool_]) -> FloatArray:
        inside = is_member.astype(np.float64)
        squared = np.einsum("si,si->s", inside @ self.gram, inside)
        return cosines(inside @ self._rows, squared, inside @ self.gram.diagonal(), self._total)

    def along(self, orders: IntArray) -> FloatArray:
        """(n_orders, n - 1) what the first 1, 2, ... n - 1 agents of each order are worth; O(n**2) an order.

        The agent that joins adds to |u_S|^2 its own square, and twice its products with those before it.
        """
        n_agents = len(self.gram)
        values, is_before = np.empty((len(orders), n_agents - 1)), np.tri(n_agents, k=-1)
        for order, own in zip(orders, values, strict=True):
            with_earlier = np.einsum("ij,ij->i", self.gram[np.ix_(order, order)], is_before)
            alone = self.gram.diagonal()[order]
            inner, squared, trace = np.cumsum([self._rows[order], alone + 2 * with_earlier, alone], axis=1)[:, :-1]
            own[:] = cosines(inner, squared, trace, self._total)
        return values


def gram_game(gram: npt.ArrayLike) -> ValueFunction:
    """The gradient game v(S) = cos(u_S, u_N) as a function; O(n_agents**2) a coalition, any number of agents.

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix.
    """
    return _GramGame(checked_gram(gram))


def table_game(values: npt.ArrayLike) -> ValueFunction:
    """A game given as its table of (2**n_agents,) values, as a function.

    Raises
    ------
    ValueError: not a table of a game.
    """
    table = checked_table(values)
    bits = np.left_shift(1, np.arange(count_agents(table)))
    return lambda is_member: table[is_member @ bits]


def permutation_path(
    game: ValueFunction, n_agents: int, n_permutations: int, rng: np.random.Generator, n_points: int = 40
) -> SamplingPath:
    """Mean of what each agent adds over random orders of joining.

    An order asks for n_agents - 1 values; those of nobody and of all are asked for once. Above 64 agents the game of a
    Gram matrix (``gram_game``) is walked along each order, which costs O(n_agents**2) an order instead of the cube.

    Parameters
    ----------
    game: what a coalition is worth.
    n_agents: at least 1.
    n_permutations: orders drawn in all, at least 2.
    rng: what draws them.
    n_points: at most so many points, spaced about evenly in the logarithm from 2 orders on.

    Raises
    ------
    ValueError: fewer than 2 permutations, an agent or a point too few.
    """
    counts = _checkpoints(n_agents, n_permutations, n_points, "n_permutations")
    ends = game(np.array([[False] * n_agents, [True] * n_agents]))

    def draw(n_orders: int) -> FloatArray:
        orders = rng.permuted(np.tile(np.arange(n_agents), (n_orders, 1)), axis=1)
        places = np.argsort(orders, axis=1)
        values = np.empty((n_orders, n_agents + 1))
        values[:, [0, -1]] = ends
        if isinstance(game, _GramGame) and n_agents > _FEW_AGENTS:
            values[:, 1:-1] = game.along(orders)
        else:
            joined = places[:, np.newaxis, :] <= np.arange(n_agents - 1)[:, np.newaxis]
            values[:, 1:-1] = game(joined.reshape(-1, n_agents)).reshape(n_orders, -1)
        return np.take_along_axis(np.diff(values, axis=1), places, axis=1)

    path = list(_running_means(draw, counts, step=max(1, _MAX_MEMBERSHIPS // n_agents**2)))
    return SamplingPath(
        evaluations=2 + counts * (n_agents - 1),
        estimate=np.array([mean for mean, _ in path]),
        standard_error=np.sqrt([variance for _, variance in path]),
    )


def stratified_path(
    game: ValueFunction, n_agents: int, n_rounds: int, rng: np.random.Generator, n_points: int = 40
) -> SamplingPath:
    """Mean over coalition sizes of the mean of what each agent adds to random coalitions of that size.

    A round draws one coalition for each agent and size, all independently, and asks for its value with and without
    the agent: 2 n (n - 2) values. Nobody, all, single agents and all but one are no matter of chance and are asked for
    once, 2 n + 2 values. The standard error adds up the variances of the sizes.

    Parameters
    ----------
    game: what a coalition is worth.
    n_agents: at least 1.
    n_rounds: draws for each agent and size, at least 2.
    rng: what draws them.
    n_points: at most so many points, spaced about evenly in the logarithm from 2 rounds on.

    Raises
    ------
    ValueError: fewer than 2 rounds, an agent or a point too few.
    """
    counts = _checkpoints(n_agents, n_rounds, n_points, "n_rounds")
    first, last, draw = _strata(game, n_agents, rng)
    certain = first if n_agents == 1 else first + last  # with one agent, its first size is its last
    path = list(_running_means(draw, counts, _strata_step(n_agents)))
    return SamplingPath(
        evaluations=2 + 2 * n_agents + counts * (2 * n_agents * max(n_agents - 2, 0)),
        estimate=np.array([certain + mean.sum(axis=1) for mean, _ in path]) / n_agents,
        standard_error=np.sqrt([variance.sum(axis=1) for _, variance in path]) / n_agents,
    )


def stratified_marginals(game: ValueFunction, n_agents: int, n_rounds: int, rng: np.random.Generator) -> FloatArray:
    """Unbiased estimate of ``mean_marginals_by_size``, of which every semivalue is a weighted sum, for any game.

    A round draws one coalition for each agent and size and asks for 2 n (n - 2) values, as in ``stratified_path``.

    Parameters
    ----------
    game: what a coalition is worth.
    n_agents: at least 1.
    n_rounds: draws for each agent and size, at least 1.
    rng: what draws them.

    Returns
    -------
    (n_agents, n_agents): [i, s] is the mean of what agent i adds to the coalitions drawn of s others.

    Raises
    ------
    ValueError: fewer than 1 round or agent.
    """
    if n_agents < 1 or n_rounds < 1:
        raise ValueError(f"n_agents, n_rounds: at least 1 each; got {n_agents}, {n_rounds}")
    first, last, draw = _strata(game, n_agents, rng)
    if n_agents == 1:
        return first[:, np.newaxis]
    step, total = _strata_step(n_agents), np.zeros((n_agents, n_agents - 2))
    for drawn in range(0, n_rounds, step):
        total += draw(min(step, n_rounds - drawn)).sum(axis=0)
    return np.column_stack([first, total / n_rounds, last])


def _strata(
    game: ValueFunction, n_agents: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, Callable[[int], FloatArray]]:
    """What each agent adds to nobody and to all others, (n,) each, and draws of what it adds to coalitions between.

    A draw is (n_draws, n, n - 2): one coalition for each agent and each size from 1 to n - 2.
    """
    sizes = np.arange(1, n_agents - 1)
    is_agent = np.eye(n_agents, dtype=bool)
    empty, full, *others = game(np.vstack([np.zeros(n_agents, bool), np.ones(n_agents, bool), is_agent, ~is_agent]))

    def draw(n_draws: int) -> FloatArray:
        keys = rng.random((n_draws, n_agents, len(sizes), n_agents))
        keys[:, np.arange(n_agents), :, np.arange(n_agents)] = np.inf
        limits = np.take_along_axis(np.sort(keys, axis=-1), sizes[np.newaxis, np.newaxis, :, np.newaxis], axis=-1)
        without = keys < limits
        with_agent = without | is_agent[:, np.newaxis, :]
        asked = np.concatenate([without.reshape(-1, n_agents), with_agent.reshape(-1, n_agents)])
        lower, upper = game(asked).reshape(2, n_draws, n_agents, len(sizes))
        return upper - lower

    return np.array(others[:n_agents]) - empty, full - np.array(others[n_agents:]), draw


def _strata_step(n_agents: int) -> int:
    """How many draws are made at a time."""
    return max(1, _MAX_MEMBERSHIPS // (2 * n_agents**3))


def _checkpoints(n_agents: int, n_samples: int, n_points: int, name: str) -> IntArray:
    if n_agents < 1:
        raise ValueError(f"n_agents: at least 1; got {n_agents}")
    if n_samples < 2:
        raise ValueError(f"{name}: at least 2, since one draw has no spread; got {n_samples}")
    if n_points < 2:
        raise ValueError(f"n_points: at least 2; got {n_points}")
    return np.unique(np.geomspace(2, n_samples, n_points).round().astype(np.intp))


def _running_means(
    draw: Callable[[int], FloatArray], counts: IntArray, step: int
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Mean of independent draws, and the estimated variance of that mean, after each count.

    Sums are kept about the mean so far (Chan, Golub and LeVeque 1983), so that little spread about a large mean counts.

    Parameters
    ----------
    draw: (n_draws) -> (n_draws, ...), independent along the first axis.
    counts: rising, the first at least 2.
    step: most draws made at a time.
    """
    n_drawn, mean, squares = 0, np.zeros(()), np.zeros(())
    for count in counts:
        while n_drawn < count:
            sample = draw(min(step, int(count) - n_drawn))
            n_new, n_both = len(sample), n_drawn + len(sample)
            shift = sample.mean(axis=0) - mean
            squares = squares + sample.var(axis=0) * n_new + shift**2 * (n_drawn * n_new / n_both)
            mean = mean + shift * (n_new / n_both)
            n_drawn = n_both
        yield mean, squares / (n_drawn * (n_drawn - 1))
