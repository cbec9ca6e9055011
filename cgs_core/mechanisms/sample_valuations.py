"""Valuations that a gradient or an update learnt on the samples set aside is enough for: no coalition is tried out.

Sources and departures are in docs/method.md, "Mechanisms".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cgs_core.mechanisms.round import Round
from cgs_core.typing import Contribution


def trust(given: Round) -> Contribution:
    """max(0, cos(u_i, u_0)), with u_0 what the server itself learns on its samples (FLTrust); 0 where one is zero."""
    uploads, own = given.uploads.astype(np.float64), given.server_update().astype(np.float64)
    lengths = np.linalg.norm(uploads, axis=1) * np.linalg.norm(own)
    inner = np.einsum("nd,d->n", uploads, own)
    cosines: Contribution = np.divide(inner, lengths, out=np.zeros(len(uploads)), where=lengths > 0)
    return np.clip(cosines, 0, 1)


def in_run_first(given: Round) -> Contribution:
    """-<a_i u_i, g>, with g the gradient of the validation loss at w_S: what the loss falls by, to first order."""
    return -_along(given, given.validation_gradient(given.server_params[None])[0].astype(np.float64))


def in_run_second(given: Round) -> Contribution:
    """-<a_i u_i, g + H u_N / 2>: the Shapley value of what the loss falls by, to second order.

    H u_N, the Hessian at w_S times the aggregate, is the difference of the gradients a small step to either side.
    """
    direction = given.aggregate.astype(np.float64)
    length = np.linalg.norm(direction)
    if length == 0:
        return np.zeros(given.n_agents)
    server = given.server_params
    step = np.finfo(server.dtype).eps ** (1 / 3) * (1 + float(np.linalg.norm(server)))  # balances both errors
    towards = (step / length * direction).astype(server.dtype)
    here, ahead, behind = given.validation_gradient(np.stack([server, server + towards, server - towards]))
    curved = (ahead.astype(np.float64) - behind) * (length / (2 * step))
    return -_along(given, here + curved / 2)


def _along(given: Round, gradient: npt.NDArray[np.float64]) -> Contribution:
    """(n,): <a_i u_i, gradient>."""
    along: Contribution = given.weight * np.einsum("nd,d->n", given.uploads.astype(np.float64), gradient)
    return along
