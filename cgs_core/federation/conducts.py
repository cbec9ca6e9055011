"""What agents really upload: the conducts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cgs_core.scenario import CHOICES, Row, Rows
from cgs_core.typing import Params


@dataclass(frozen=True)
class ConductRow(Row):
    """One row.

    ``send`` takes an agent's honest updates (n_federations, n_params), the length that they have, and the agent's
    random stream of the round; it gives what is sent, of the same shape.
    """

    kind = "conduct"

    send: Callable[[Params, float, np.random.Generator], Params]

    def of(self, updates: Params, update_norm: float, stream: np.random.Generator) -> Params:
        """(n_federations, n_params) what is sent. Raises ``AddedError`` where that is no update."""
        sent = self.run(lambda: np.asarray(self.send(updates, update_norm, stream)))
        if sent.shape != updates.shape or not np.isfinite(sent).all():
            what = f"shape {sent.shape}" if sent.shape != updates.shape else "numbers that are not finite"
            raise self.error(f"must send finite numbers of the shape {updates.shape}; got {what}")
        return sent

    def check(self) -> None:
        self.of(np.ones((2, 6), np.float32), 0.25, np.random.default_rng(0))


def _honest(updates: Params, update_norm: float, stream: np.random.Generator) -> Params:
    return updates


def _noise(updates: Params, update_norm: float, stream: np.random.Generator) -> Params:
    """Noise as long as an update, the same in every federation."""
    noise = stream.standard_normal(updates.shape[1])
    return np.broadcast_to(update_norm * noise / np.linalg.norm(noise), updates.shape)


def _negated(updates: Params, update_norm: float, stream: np.random.Generator) -> Params:
    return np.negative(updates)


CONDUCTS = Rows(
    "conduct",
    {
        "honest": ConductRow(CHOICES["conduct"]["honest"], _honest),
        "free_rider": ConductRow(CHOICES["conduct"]["free_rider"], _noise),
        "sign_flipper": ConductRow(CHOICES["conduct"]["sign_flipper"], _negated),
    },
)
"""What an agent uploads, by the names of an agent's ``conduct``."""
