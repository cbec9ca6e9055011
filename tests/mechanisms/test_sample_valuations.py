"""Valuations that ask for a gradient or an update of the server, against PyTorch's automatic derivatives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from cgs_core.federation import model_of
from cgs_core.mechanisms import VALUATIONS
from cgs_core.scenario import Scenario
from tests.mechanisms.rounds import a_round, drawn

FEATURES = torch.from_numpy(np.random.default_rng(0).standard_normal((40, 4)))
LABELS = torch.from_numpy(np.random.default_rng(1).integers(0, 3, 40))
N_PARAMS = 4 * 5 + 5 + 5 * 3 + 3


def loss(params: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of a net with five tanh units: smooth, so that there is a Hessian."""
    first, bias, second, last = params.split([20, 5, 15, 3])
    hidden = torch.tanh(FEATURES @ first.reshape(4, 5) + bias)
    return torch.nn.functional.cross_entropy(hidden @ second.reshape(5, 3) + last, LABELS)


def gradient(params: np.ndarray) -> np.ndarray:
    rows = []
    for own in params:
        point = torch.tensor(own, dtype=torch.float64, requires_grad=True)
        (found,) = torch.autograd.grad(loss(point), point)
        rows.append(found.numpy())
    return np.array(rows)


def made(n_agents: int = 4, seed: int = 0, length: float = 0.5, **changes: object):
    uploads, weight = drawn(n_agents, seed, N_PARAMS)
    uploads = uploads / np.linalg.norm(uploads, axis=1, keepdims=True) * length
    server = 0.5 * np.random.default_rng(seed + 10).standard_normal(N_PARAMS)
    return a_round(uploads, weight, server_params=server, validation_gradient=gradient, **changes)


def shapley_of(game: Callable[[np.ndarray], float], parts: np.ndarray) -> np.ndarray:
    """Mean over all orders of joining of what a part adds to a game of sums of parts."""
    from itertools import permutations

    orders, worth = list(permutations(range(len(parts)))), np.zeros(len(parts))
    for order in orders:
        total = np.zeros(parts.shape[1])
        for agent in order:
            worth[agent] += game(total + parts[agent]) - game(total)
            total = total + parts[agent]
    return worth / len(orders)


def test_first_order_is_the_shapley_value_of_the_linear_game() -> None:
    given = made()
    slope = gradient(given.server_params[None])[0]
    expected = shapley_of(lambda step: -float(slope @ step), given.weight[:, None] * given.uploads)
    np.testing.assert_allclose(VALUATIONS["in_run_first"].of(given), expected, atol=1e-12)


def test_second_order_is_the_shapley_value_of_the_quadratic_game() -> None:
    """With PyTorch's Hessian in the place of the difference of two gradients."""
    given = made()
    slope = gradient(given.server_params[None])[0]
    hessian = torch.autograd.functional.hessian(loss, torch.tensor(given.server_params)).numpy()
    expected = shapley_of(
        lambda step: -float(slope @ step + step @ hessian @ step / 2), given.weight[:, None] * given.uploads
    )
    worth = VALUATIONS["in_run_second"].of(given)
    np.testing.assert_allclose(worth, expected, rtol=1e-6, atol=1e-9)
    assert np.abs(worth - VALUATIONS["in_run_first"].of(given)).max() > 1e-3


def test_second_order_comes_nearer_to_what_the_loss_falls_by() -> None:
    given = made(length=0.3)
    fell = float(loss(torch.tensor(given.server_params)) - loss(torch.tensor(given.server_params + given.aggregate)))
    first, second = (VALUATIONS[name].of(given).sum() for name in ("in_run_first", "in_run_second"))
    assert abs(second - fell) < abs(first - fell) / 5


def test_in_float32_the_difference_of_gradients_is_still_that_of_the_hessian() -> None:
    """As in a run, where the engine's gradient is a step of learning rate 1 in float32."""
    scenario = Scenario(dataset="wine", model="mlp", hidden_units=8, n_validation=40)
    rng, worths = np.random.default_rng(2), []
    features, labels = rng.standard_normal((40, 13)), rng.integers(0, 3, 40)
    for dtype in (np.float32, np.float64):
        net = model_of(scenario, dtype)
        start = net.initial_params(np.random.default_rng(3))
        batch = [[np.arange(40)]]

        def slope(params: np.ndarray, net=net, dtype=dtype, batch=batch) -> np.ndarray:
            return params - net.train(params, features.astype(dtype), labels, batch * len(params), 1.0)

        uploads = 0.25 * np.random.default_rng(4).standard_normal((3, len(start)))
        uploads /= np.linalg.norm(uploads, axis=1, keepdims=True) * 4
        given = a_round(uploads.astype(dtype), server_params=start, validation_gradient=slope)
        worths.append(VALUATIONS["in_run_second"].of(given) - VALUATIONS["in_run_first"].of(given))
    np.testing.assert_allclose(worths[0], worths[1], atol=0.1 * np.abs(worths[1]).max())


def test_updates_that_cancel_are_worth_nothing_to_second_order() -> None:
    opposed = np.array([[1.0] * N_PARAMS, [-1.0] * N_PARAMS])
    given = a_round(opposed, server_params=np.zeros(N_PARAMS), validation_gradient=gradient)
    assert not VALUATIONS["in_run_second"].of(given).any()


def test_trust_is_the_cosine_to_the_servers_own_update_cut_at_zero() -> None:
    uploads, weight = drawn(5, seed=3, agreement=0.0)
    own = np.random.default_rng(9).standard_normal(uploads.shape[1])
    given = a_round(uploads, weight, server_update=lambda: own)
    cosines = [float(one @ own / np.linalg.norm(one) / np.linalg.norm(own)) for one in uploads]
    assert min(cosines) < 0 < max(cosines)
    np.testing.assert_allclose(VALUATIONS["fltrust"].of(given), np.maximum(cosines, 0), atol=1e-12)
    uploads[0] = 0
    assert VALUATIONS["fltrust"].of(a_round(uploads, server_update=lambda: own))[0] == 0
    assert not VALUATIONS["fltrust"].of(a_round(uploads, server_update=lambda: np.zeros_like(own))).any()
