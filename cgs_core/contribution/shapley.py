"""The Shapley value of any game given as a table of its coalitions' values, exactly: the semivalue of equal weights."""

from __future__ import annotations

import numpy.typing as npt

from cgs_core.contribution.semivalues import checked_table, count_agents, semivalues, shapley_weights
from cgs_core.typing import Contribution


def shapley_values(values: npt.ArrayLike) -> Contribution:
    """Shapley value of each agent in a game; time doubles with every agent, as the table itself does.

    phi_i = sum over S without i of w(|S|) (v(S + i) - v(S)), with w(s) = s! (n - 1 - s)! / n!.

    Parameters
    ----------
    values: (2**n_agents,), finite, 1 to 28 agents: bit i of the index says whether agent i is in the coalition.

    Returns
    -------
    (n_agents,) in the unit of ``values``; sums to the value of all agents minus that of the empty coalition.

    Raises
    ------
    ValueError: the table's length is not 2**n for 1 to 28 agents, or it holds a number that is not finite.

    Examples
    --------
    A glove game: agent 1 has a left glove, agents 2 and 3 a right one each, and a pair is worth 1. The index counts in
    binary who is in: 3 is agents 1 and 2, 5 is 1 and 3, 7 is all.

    >>> from cgs_core.contribution import shapley_values
    >>> shapley_values([0, 0, 0, 1, 0, 1, 0, 1]).round(3)
    array([0.667, 0.167, 0.167])
    """
    table = checked_table(values)
    return semivalues(table, shapley_weights(count_agents(table)))
