"""What came in one round of a real federation: read, checked agent by agent, and made as long as the rules say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cgs_core.federation.layouts import Layout, Read, is_array, read, usual
from cgs_core.federation.lengths import DIVERGED, brought_to, lengths_of, rescale
from cgs_core.federation.settlement import Uploads
from cgs_core.scenario import Scenario
from cgs_core.typing import FloatArray, Params

_GONE = "agent: takes no part any more, since it has left or was evicted"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The arguments of ``Server.round``, one entry an agent each."""

    updates: Any
    n_samples: Any = None
    present: Any = None
    starts: Any = None
    losses: Any = None


@dataclass(frozen=True)
class Arrivals:
    """What can be used of it, how that lies (None: nothing can be used), and by agent why the rest cannot."""

    uploads: Uploads
    layout: Layout | None
    refused: dict[int, str]


@dataclass(frozen=True)
class _Arrival:
    """One agent's."""

    agent: int
    update: Read
    start: Read | None
    n_samples: float
    loss: float


def arrivals_of(rules: Scenario, is_active: npt.NDArray[np.bool_], layout: Layout | None, sent: Sent) -> Arrivals:
    """Read what was sent to a server with these rules, whose updates lie as ``layout`` says (None: not known yet).

    Raises ``ValueError`` where an argument has not one entry an agent.
    """
    refused: dict[int, str] = {}
    came: list[_Arrival] = []
    for agent in _present(sent, len(is_active)):
        try:
            if not is_active[agent]:
                raise ValueError(_GONE)
            came.append(_arrival(sent, agent))
        except ValueError as error:
            refused[agent] = str(error)
    if not came:
        return Arrivals(Uploads.of_nobody(), None, refused)
    layout = layout or usual(one.update.layout for one in came)
    dtype = np.float64 if any(one.update.is_double for one in came) else np.float32
    usable, vectors = [], []
    for one in came:
        try:
            vectors.append(_vectors(one, layout, dtype, rules))
            usable.append(one)
        except ValueError as error:
            refused[one.agent] = str(error)
    refused = dict(sorted(refused.items()))
    if not usable:
        return Arrivals(Uploads.of_nobody(), None, refused)
    return Arrivals(_uploads(rules, usable, vectors), layout, refused)


def _present(sent: Sent, n_agents: int) -> list[int]:
    """The places of those who are there."""
    for name in ("updates", "n_samples", "present", "starts", "losses"):
        values = getattr(sent, name)
        if values is None and name != "updates":
            continue
        if isinstance(values, str | bytes | dict) or not hasattr(values, "__len__") or len(values) != n_agents:
            got = len(values) if hasattr(values, "__len__") else type(values).__name__
            raise ValueError(f"{name}: one entry an agent, {n_agents} of them; got {got}")
    if is_array(sent.updates) and len(sent.updates.shape) < 2:
        raise ValueError(f"updates: an array has the shape (n_agents, n_params); got {tuple(sent.updates.shape)}")
    if sent.present is None:
        return [agent for agent in range(n_agents) if sent.updates[agent] is not None]
    return [agent for agent in range(n_agents) if bool(sent.present[agent])]


def _arrival(sent: Sent, agent: int) -> _Arrival:
    """What one agent sent. Raises ``ValueError``, a sentence."""
    update = _read("update", sent.updates[agent])
    start = None if sent.starts is None else _read("starts", sent.starts[agent])
    n_samples = 1.0 if sent.n_samples is None else _number("n_samples", sent.n_samples[agent])
    if n_samples == 0:
        raise ValueError("n_samples: a number above 0; got 0")
    return _Arrival(
        agent, update, start, n_samples, _number("losses", 0 if sent.losses is None else sent.losses[agent])
    )


def _read(name: str, value: Any) -> Read:
    try:
        return read(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not (np.isfinite(number) and number >= 0):
        raise ValueError(f"{name}: a finite number of at least 0; got {value!r}")
    return number


def _vectors(one: _Arrival, layout: Layout, dtype: type, rules: Scenario) -> tuple[Params, Params]:
    """An agent's update and its start (0,) where it is not known, (n_params,) each. Raises ``ValueError``."""
    vectors: list[Params] = []
    for name, own in (("update", one.update), ("starts", one.start)):
        if own is None:
            vectors.append(np.zeros(0, dtype))
            continue
        if own.layout != layout:
            raise ValueError(f"{name}: must be {layout}; got {own.layout}")
        with np.errstate(over="ignore"):
            vector = own.vector(dtype)
        if not np.isfinite(vector).all():
            place = int(np.flatnonzero(~np.isfinite(vector))[0])
            raise ValueError(f"{name}: finite numbers; got {vector[place]} at place {place} of {len(vector)}")
        vectors.append(vector)
    with np.errstate(over="ignore"):
        length = float(lengths_of(vectors[0][None])[0, 0])
    if not np.isfinite(length) or (rules.upload_scaling == "as_trained" and length > DIVERGED):
        raise ValueError(f"update: its length must be a number up to {DIVERGED:g}; got {length:g}: training diverged")
    return vectors[0], vectors[1]


def _uploads(rules: Scenario, came: Sequence[_Arrival], vectors: Sequence[tuple[Params, Params]]) -> Uploads:
    trained = np.stack([update for update, _ in vectors])
    lengths = lengths_of(trained)
    sent, scale = brought_to(rules.update_norm, trained, lengths)
    scale = rescale(rules.upload_scaling, rules.update_norm, scale.astype(np.float64), sent)
    return Uploads(
        agents=np.array([one.agent for one in came]),
        sent=sent,
        learnt=sent,
        scale=scale,
        length=_flat(lengths),
        n_samples=np.array([one.n_samples for one in came]),
        starts=np.stack([start for _, start in vectors]),
        losses=np.array([one.loss for one in came]),
    )


def _flat(lengths: np.ndarray) -> FloatArray:
    flat: FloatArray = lengths[:, 0].astype(np.float64)
    return flat
