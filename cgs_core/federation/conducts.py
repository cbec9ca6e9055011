"""What agents really upload, and what they say of their data: the conducts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cgs_core.federation.lengths import as_long_as
from cgs_core.scenario import CHOICES, Agent, Row, Rows
from cgs_core.typing import FloatArray, Params

CLIMB_STEP = 0.25
"""By how much a climber changes its mixture at first."""

_PAID_LESS = 1e-6  # rounding is no loss


@dataclass(frozen=True)
class Memory:
    """What an agent remembers of its pay; F federations, R rounds, D parameters. The arrays are changed in place.

    Attributes
    ----------
    last_reward: (F, D) what the round before added to its model; zeros in the first round, and where it got nothing.
    paid: (F, R) its reward ratio in each round, which by the paper's rule is the part of the entries that came;
        NaN in rounds that are still to come, and where it took no part.
    """

    last_reward: Params
    paid: FloatArray

    @classmethod
    def of_nothing(cls, n_federations: int, n_rounds: int, n_params: int, dtype: npt.DTypeLike = np.float32) -> Memory:
        """Before the first round."""
        return cls(np.zeros((n_federations, n_params), dtype), np.full((n_federations, n_rounds), np.nan))

    def keep(self, f: int, round_index: int, reward: Params, ratio: float) -> None:
        """What came in a round in federation ``f``: (D,), and the reward ratio."""
        self.last_reward[f], self.paid[f, round_index] = reward, ratio


@dataclass(frozen=True)
class Known:
    """What an agent knows besides its own updates; F federations, D parameters. Look at the arrays, and change none.

    Attributes
    ----------
    agent: its own settings.
    last_reward: (F, D) what the round before added to its model; zeros in the first round.
    paid: (F, rounds so far) its reward ratio in each; NaN where it took no part.
    partners: (F, n_partners, D) honest updates of all agents of its conduct, its own too; zeros for who takes no part.
    is_scaled: (F,) bool: whether the update norm bounds the length of uploads there.
    """

    agent: Agent
    last_reward: Params
    paid: FloatArray
    partners: Params
    is_scaled: np.ndarray


@dataclass(frozen=True)
class ConductRow(Row):
    """One row.

    ``send`` takes an agent's honest updates (n_federations, n_params), the length that they have, and the agent's
    random stream of the round; it gives what is sent, of the same shape. Where uploads are as trained, what is sent is
    then made longer or shorter by what the honest update is.

    Attributes
    ----------
    knows: ``send`` takes a fourth argument, what the agent knows besides (``Known``).
    claims: how many times the samples that it has it says that it has.
    """

    kind = "conduct"

    send: Callable[..., Params]
    knows: bool = False
    claims: int = 1

    def of(
        self, updates: Params, update_norm: float, stream: np.random.Generator, known: Known | None = None
    ) -> Params:
        """(n_federations, n_params) what is sent. Raises ``AddedError`` where that is no update."""
        more = (known,) if self.knows else ()
        sent = self.run(lambda: np.asarray(self.send(updates, update_norm, stream, *more)))
        if sent.shape != updates.shape or not np.isfinite(sent).all():
            what = f"shape {sent.shape}" if sent.shape != updates.shape else "numbers that are not finite"
            raise self.error(f"must send finite numbers of the shape {updates.shape}; got {what}")
        return sent

    def check(self) -> None:
        updates = np.ones((2, 6), np.float32)
        for last_reward, n_rounds in ((np.zeros_like(updates), 0), (updates / 2, 1)):
            paid = np.ones((2, n_rounds))
            known = Known(Agent(), last_reward, paid, updates[:, None], np.array([True, False]))
            self.of(updates, 0.25, np.random.default_rng(0), known)


def _honest(updates: Params, update_norm: float, stream: np.random.Generator) -> Params:
    return updates


def _noise(updates: Params, update_norm: float, stream: np.random.Generator) -> Params:
    """Noise as long as an update, the same in every federation."""
    noise = stream.standard_normal(updates.shape[1])
    return np.broadcast_to(update_norm * noise / np.linalg.norm(noise), updates.shape)


def _negated(updates: Params, update_norm: float, stream: np.random.Generator) -> Params:
    return np.negative(updates)


def _echoed(updates: Params, update_norm: float, stream: np.random.Generator, known: Known) -> Params:
    """The last reward, as long as an update; noise where there was none."""
    echo = as_long_as(update_norm, known.last_reward)
    has_none = ~known.last_reward.any(axis=1)
    return np.where(has_none.reshape(-1, 1), _noise(updates, update_norm, stream), echo)


def climbed(paid: FloatArray) -> FloatArray:
    """(F,) the part of its last reward that a climber mixes in, in [0, 1], after the pay (F, n_rounds) so far.

    From 0 it goes up by ``CLIMB_STEP`` a round that paid no less than the one before; where it was paid less it turns
    round, and its step is halved. Rounds in which it took no part (NaN) change nothing.
    """
    part, step, before = np.zeros(len(paid)), np.full(len(paid), CLIMB_STEP), np.zeros(len(paid))
    for now in np.asarray(paid).T:
        was_there = np.isfinite(now)
        step = np.where(was_there & (now < before - _PAID_LESS), -step / 2, step)
        part = np.where(was_there, np.clip(part + step, 0, 1), part)
        before = np.where(was_there, now, before)
    return part


def _climbed(updates: Params, update_norm: float, stream: np.random.Generator, known: Known) -> Params:
    """The update and the last reward, mixed as equally long and as long as an update again; honest without a reward."""
    part = climbed(known.paid).astype(updates.dtype).reshape(-1, 1)
    mixed = (1 - part) * updates + part * as_long_as(update_norm, known.last_reward)
    is_honest = (part == 0) | ~known.last_reward.any(axis=1, keepdims=True)
    return np.where(is_honest, updates, as_long_as(update_norm, mixed))


def _agreed(updates: Params, update_norm: float, stream: np.random.Generator, known: Known) -> Params:
    """The colluders' mean, as long as an update: that of their sum."""
    return as_long_as(update_norm, known.partners.sum(axis=1))


def _blurred(updates: Params, update_norm: float, stream: np.random.Generator, known: Known) -> Params:
    """The update, whose length bounds what it gives away, and noise; as long as an update again where that is asked."""
    noise = known.agent.privacy_noise * update_norm * stream.standard_normal(updates.shape[1])
    blurred = (updates + noise).astype(updates.dtype)
    return np.where(known.is_scaled.reshape(-1, 1), as_long_as(update_norm, blurred), blurred)


CONDUCTS = Rows(
    "conduct",
    {
        "honest": ConductRow(CHOICES["conduct"]["honest"], _honest),
        "free_rider": ConductRow(CHOICES["conduct"]["free_rider"], _noise),
        "sign_flipper": ConductRow(CHOICES["conduct"]["sign_flipper"], _negated),
        "echo": ConductRow(CHOICES["conduct"]["echo"], _echoed, knows=True),
        "climber": ConductRow(CHOICES["conduct"]["climber"], _climbed, knows=True),
        "colluder": ConductRow(CHOICES["conduct"]["colluder"], _agreed, knows=True),
        "overstater": ConductRow(CHOICES["conduct"]["overstater"], _honest, claims=10),
        "private": ConductRow(CHOICES["conduct"]["private"], _blurred, knows=True),
    },
)
"""What an agent uploads, by the names of an agent's ``conduct``."""
