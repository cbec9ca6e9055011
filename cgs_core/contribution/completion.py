"""What coalitions would have been worth in rounds that not all of them were in: a table of rounds completed.

After the "completed federated Shapley value" of Fan et al., arXiv:2109.09046: what coalitions are worth, round by
round, is nearly a table of low rank, so what was not seen can be filled in, and the absent are credited.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.shapley import shapley_values
from cgs_core.typing import BoolArray, Contribution, FloatArray

RANK = 3
"""Of the completed table, at most."""

RIDGE = 0.001
"""What holds its factors back, where the table's known entries have a mean square of 1."""

_SWEEPS = 50


def completed(table: npt.ArrayLike, is_known: npt.ArrayLike, rank: int = RANK, ridge: float = RIDGE) -> FloatArray:
    """The table with what is not known filled in by W H', which fits what is known.

    W (n_rows, rank) and H (n_columns, rank) make least of the sum over the known entries of (table - W H')**2, plus
    ridge (|W|**2 + |H|**2), in the scale of ``RIDGE``: by turns, a factor more at a time, from its columns' means.

    Parameters
    ----------
    table: (n_rows, n_columns); what is not known is not looked at.
    is_known: (n_rows, n_columns) bool, at least one in each column.

    Raises
    ------
    ValueError: the two differ in shape, or a column has no known entry.
    """
    values, known = np.asarray(table, np.float64), np.asarray(is_known, np.bool_)
    if values.shape != known.shape or values.ndim != 2:
        raise ValueError(f"is_known: must have the shape of the table, {values.shape}; got {known.shape}")
    if not known.any(axis=0).all():
        raise ValueError("is_known: every column must have a known entry")
    values = np.where(known, values, 0.0)
    scale = np.sqrt((values**2).sum() / known.sum())
    if known.all() or scale == 0:
        return values
    rows, columns = _factors(values / scale, known, min(rank, *values.shape), ridge)
    return np.where(known, values, scale * rows @ columns.T)


def _factors(values: FloatArray, known: BoolArray, rank: int, ridge: float) -> tuple[FloatArray, FloatArray]:
    """W and H, a factor more at a time: the first from the columns' means, each from what is left of what is known."""
    rows: FloatArray = np.zeros((len(values), 0))
    columns: FloatArray = np.zeros((values.shape[1], 0))
    added = values.sum(axis=0) / known.sum(axis=0)
    for _ in range(rank):
        columns = np.column_stack([columns, added])
        for _ in range(_SWEEPS):
            rows = _fitted(columns, values, known, ridge)
            columns = _fitted(rows, values.T, known.T, ridge)
        left = np.where(known, values - rows @ columns.T, 0.0)
        _, sizes, right = np.linalg.svd(left, full_matrices=False)
        added = right[0] * np.sqrt(sizes[0])
    return rows, columns


def _fitted(others: FloatArray, values: FloatArray, known: BoolArray, ridge: float) -> FloatArray:
    """One side's factors, (n, rank), where the other side's (m, rank) are given: least squares, a row at a time."""
    weights = known.astype(np.float64)
    squares = np.einsum("nm,mr,ms->nrs", weights, others, others) + ridge * np.eye(others.shape[1])
    return np.asarray(np.linalg.solve(squares, (values @ others)[:, :, None])[:, :, 0])


def completed_shapley(table: npt.ArrayLike, is_known: npt.ArrayLike) -> Contribution:
    """Shapley value of what coalitions are worth in the completed table, mean over the rounds.

    Parameters
    ----------
    table: (n_rounds, 2**n_agents) what each coalition is worth in each round, nobody 0.
    is_known: which of it was seen; everybody together at least once, or some coalition never was.

    Returns
    -------
    (n_agents,); where all is known, the mean of the rounds' Shapley values. It sums to the mean of what everybody
    together is worth in the completed table. Who was absent is not worth 0: that is what it is for.
    """
    return shapley_values(completed(table, is_known).mean(axis=0))
