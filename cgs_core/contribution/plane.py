"""The agents' updates as arrows in a plane, from their Gram matrix alone, and what the plane loses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cgs_core.contribution.coalitions import checked_gram
from cgs_core.typing import FloatArray, Gram


@dataclass(frozen=True)
class PlaneView:
    """Arrows in the plane of the two leading directions.

    Attributes
    ----------
    arrows: (n_agents, 2), in the updates' unit of length.
    aggregate: (2,), their sum; points along +x, but of arrows that are given in a plane.
    kept: (n_agents,) in [0, 1]: the share of an arrow's length that lies in the plane; 1 for a zero update.
    kept_of_aggregate: the same of the aggregate.
    """

    arrows: FloatArray
    aggregate: FloatArray
    kept: FloatArray
    kept_of_aggregate: float


def plane_view(gram: npt.ArrayLike) -> PlaneView:
    """The plane that keeps most of the updates' squared lengths, turned so that the aggregate points along +x.

    Of the two mirror images, the one in which the first agent off that axis lies above it.

    Parameters
    ----------
    gram: (n_agents, n_agents), symmetric and finite: M_ij = a_i a_j <u_i, u_j>.

    Raises
    ------
    ValueError: ``gram`` is not a Gram matrix.
    """
    scaled = checked_gram(gram)
    strengths, directions = np.linalg.eigh(scaled)
    arrows = np.zeros((len(scaled), 2))
    n_kept = min(2, len(scaled))
    arrows[:, :n_kept] = (directions * np.sqrt(np.maximum(strengths, 0)))[:, ::-1][:, :n_kept]
    along, across = arrows.sum(axis=0)
    length = np.hypot(along, across)
    if length > 0:
        arrows = arrows @ np.array([[along, -across], [across, along]]) / length
    off_axis = np.flatnonzero(np.abs(arrows[:, 1]) > 1e-9)
    if off_axis.size and arrows[off_axis[0], 1] < 0:
        arrows[:, 1] *= -1
    unit = np.sqrt(np.abs(np.asarray(gram, dtype=np.float64)).max())
    return PlaneView(
        arrows=arrows * unit,
        aggregate=np.array([length, 0.0]) * unit,
        kept=_share(np.hypot(*arrows.T), np.sqrt(scaled.diagonal())),
        kept_of_aggregate=float(_share(length, np.sqrt(max(scaled.sum(), 0.0)))),
    )


def gram_of_arrows(lengths: npt.ArrayLike, angles_degrees: npt.ArrayLike) -> Gram:
    """The Gram matrix of arrows in the plane.

    Parameters
    ----------
    lengths: (n_agents,), at least 0.
    angles_degrees: (n_agents,), from +x, counter-clockwise.

    Returns
    -------
    (n_agents, n_agents), <arrow i, arrow j>.

    Raises
    ------
    ValueError: a negative length, or not one angle a length.
    """
    arrows = _arrows(lengths, angles_degrees)
    return arrows @ arrows.T


def plane_of_arrows(lengths: npt.ArrayLike, angles_degrees: npt.ArrayLike) -> PlaneView:
    """Arrows where they are, not turned: the plane is their own.

    Parameters
    ----------
    lengths, angles_degrees: as for ``gram_of_arrows``.

    Raises
    ------
    ValueError: a negative length, or not one angle a length.
    """
    arrows = _arrows(lengths, angles_degrees)
    return PlaneView(arrows, arrows.sum(axis=0), np.ones(len(arrows)), 1.0)


def _arrows(lengths: npt.ArrayLike, angles_degrees: npt.ArrayLike) -> FloatArray:
    """(n_agents, 2), where the tips are."""
    length, angle = np.asarray(lengths, dtype=np.float64), np.radians(np.asarray(angles_degrees, dtype=np.float64))
    if length.ndim != 1 or length.shape != angle.shape:
        raise ValueError(f"angles_degrees: one angle a length; got shapes {angle.shape} and {length.shape}")
    if (length < 0).any():
        raise ValueError(f"lengths: at least 0; got {length.min()}")
    return np.column_stack([length * np.cos(angle), length * np.sin(angle)])


def _share(part: npt.ArrayLike, whole: npt.ArrayLike) -> FloatArray:
    """part / whole, at most 1; 1 where there is nothing to keep."""
    of = np.asarray(whole, dtype=np.float64)
    is_something = of > 1e-12
    return np.where(is_something, np.minimum(np.asarray(part) / np.where(is_something, of, 1.0), 1.0), 1.0)
