"""Arrows about the aggregate: each has its true length and its true angle to it, as if it were turned into the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgs_core.records import RoundRecord
from cgs_core.scenario import Scenario
from cgs_core.typing import FloatArray


@dataclass(frozen=True)
class Fan:
    """One round of N agents as arrows in the page; the aggregate points along +x. Lengths are parts of Γ.

    What of an arrow lies along the aggregate is exact, and so are the sums of these parts. The rest of it, in as many
    dimensions as the model has, is turned into the page: up and down by turns, so that neighbours are apart. Angles
    between two agents are therefore not those of their updates.

    Attributes
    ----------
    trained: (N, 2) the changes that training made, before they were cut to Γ; None where that was not kept.
    sent: (N, 2) the uploads u_i.
    weighted: (N, 2) a_i u_i.
    weight: (N,) a_i.
    length: |u_N|.
    cosine: (N,) psi.
    paid: (N,) |v_i|, of the rewards.
    """

    trained: FloatArray | None
    sent: FloatArray
    weighted: FloatArray
    weight: FloatArray
    length: float
    cosine: FloatArray
    paid: FloatArray


def fan_of(scenario: Scenario, record: RoundRecord, cosine: FloatArray) -> Fan:
    """The arrows of a round in which every upload was scaled to Γ.

    Parameters
    ----------
    cosine: (N,) psi of the round.
    """
    gamma = scenario.update_norm
    weighted = np.sqrt(np.maximum(record.gram.diagonal(), 0)) / gamma
    weight = record.weight if record.weight.size else weighted
    sent = np.divide(weighted, weight, out=np.zeros(len(weight)), where=weight > 0)
    length = float(np.sqrt(max(record.gram.sum(), 0)) / gamma)
    side = np.ones(len(cosine))
    side[np.argsort(-cosine, kind="stable")[1::2]] = -1
    trained = record.update_length / gamma if record.update_length.size else None
    return Fan(
        None if trained is None else _arrows(trained, cosine, side),
        _arrows(sent, cosine, side),
        _arrows(weighted, cosine, side),
        np.asarray(weight),
        length,
        cosine,
        np.asarray(record.reward_length * length),
    )


def _arrows(length: FloatArray, cosine: FloatArray, side: FloatArray) -> FloatArray:
    """(N, 2) the tips."""
    sine = np.sqrt(np.clip(1 - cosine**2, 0, 1))
    return np.stack([length * cosine, length * sine * side], axis=1)
