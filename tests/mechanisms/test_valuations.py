"""Each valuation against its definition in a few plain lines, on small arrays."""

from __future__ import annotations

import math
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest

from cgs_core.contribution import cgsv_exact
from cgs_core.mechanisms.round import Round
from cgs_core.mechanisms.valuations import (
    SAMPLED_ORDERS,
    VALUATIONS,
    n_reconstructed_models,
    sampled_cgsv,
)
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Scenario

N_PARAMS, N_CLASSES = 12, 3


def accuracy_of(params: np.ndarray) -> np.ndarray:
    """A made-up accuracy in [0, 1] that is no simple function of the parameters."""
    return 0.5 + 0.5 * np.sin(3 * params.sum(axis=1) + params[:, 0])


def offer(n_agents: int = 4, seed: int = 0, **changes: Any) -> Round:
    rng = np.random.default_rng(seed)
    weight = rng.dirichlet(np.ones(n_agents))
    uploads = rng.standard_normal((n_agents, N_PARAMS))
    weighted = weight[:, None] * changes.get("uploads", uploads)
    made: dict[str, Any] = {
        "gram": weighted @ weighted.T,
        "weight": weight,
        "uploads": uploads,
        "update_scale": rng.uniform(0.2, 3, n_agents),
        "contribution_before": rng.uniform(-1, 1, n_agents),
        "starts": rng.standard_normal((n_agents, N_PARAMS)),
        "server_params": rng.standard_normal(N_PARAMS),
        "n_samples": (n_samples := rng.integers(5, 50, n_agents)),
        "samples_at_start": n_samples,
        "rules": Scenario(start_seed=3),
        "agents": np.arange(n_agents),
        "updates": uploads,
        "aggregate": weighted.sum(axis=0),
        "layer_sizes": (N_PARAMS,),
        "round_index": 7,
        "class_rows": lambda params: params.reshape(len(params), N_CLASSES, -1),
        "validation_accuracy": accuracy_of,
        "validation_gradient": np.cos,
        "server_update": lambda: np.ones(N_PARAMS),
    }
    return Round(**(made | changes))


def value(name: str, given: Round) -> np.ndarray:
    return VALUATIONS[name].of(given)


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    return float(x @ y / math.sqrt((x @ x) * (y @ y)))


def shapley(n: int, game: dict[tuple[int, ...], float]) -> np.ndarray:
    """Mean of what each agent adds, over all orders of joining."""
    phi = np.zeros(n)
    for order in permutations(range(n)):
        for place, agent in enumerate(order):
            before = tuple(sorted(order[:place]))
            phi[agent] += game[tuple(sorted((*before, agent)))] - game[before]
    return phi / math.factorial(n)


def coalitions(n: int) -> list[tuple[int, ...]]:
    return [members for size in range(n + 1) for members in combinations(range(n), size)]


def rebuilt(given: Round, members: tuple[int, ...]) -> np.ndarray:
    """w_S plus the members' uploads, weighted among themselves."""
    params = given.server_params.copy()
    total = sum(given.weight[agent] for agent in members)
    for agent in members:
        params = params + given.weight[agent] / total * given.uploads[agent]
    return params


def worth(given: Round, members: tuple[int, ...]) -> float:
    return float(given.validation_accuracy(rebuilt(given, members)[None])[0])


def test_cgsv_approx_is_the_cosine_to_the_aggregate() -> None:
    given = offer()
    aggregate = given.weight @ given.uploads
    np.testing.assert_allclose(value("cgsv_approx", given), [cosine(own, aggregate) for own in given.uploads])


def test_cgsv_exact_is_the_shapley_value_of_the_cosine() -> None:
    given = offer()
    weighted = given.weight[:, None] * given.uploads
    game = {
        members: cosine(weighted[list(members)].sum(axis=0), weighted.sum(axis=0)) if members else 0.0
        for members in coalitions(4)
    }
    np.testing.assert_allclose(value("cgsv_exact", given), shapley(4, game))


def test_cgsv_exact_is_an_estimate_above_24_agents() -> None:
    given = offer(25)
    estimate, error = sampled_cgsv(given.gram, 3, 7)
    assert value("cgsv_exact", given).tolist() == estimate.tolist()
    exact = cgsv_exact(given.gram)  # 28 are still possible, if slow
    assert np.abs((estimate - exact) / error).max() < 4.5
    assert 0 < error.max() < 5 / math.sqrt(SAMPLED_ORDERS)
    assert sampled_cgsv(given.gram, 3, 8)[0].tolist() != estimate.tolist()


def test_data_size_is_the_share_of_the_samples() -> None:
    given = offer(n_samples=np.array([10, 20, 30, 40]))
    np.testing.assert_allclose(value("data_size", given), [0.1, 0.2, 0.3, 0.4])


def test_leave_one_out_is_what_is_lost() -> None:
    given = offer()
    everybody = (0, 1, 2, 3)
    lost = [worth(given, everybody) - worth(given, tuple(set(everybody) - {agent})) for agent in everybody]
    np.testing.assert_allclose(value("leave_one_out", given), lost)


def test_reconstructed_shapley_is_the_shapley_value_of_rebuilt_models() -> None:
    given = offer()
    game = {members: worth(given, members) for members in coalitions(4)}
    phi = value("reconstructed_shapley", given)
    np.testing.assert_allclose(phi, shapley(4, game))
    assert phi.sum() == pytest.approx(game[0, 1, 2, 3] - game[()])


def test_reconstructed_shapley_is_sampled_above_ten_agents_at_a_stated_cost() -> None:
    evaluated: list[int] = []

    def linear(params: np.ndarray) -> np.ndarray:
        evaluated.append(len(params))
        return params @ np.linspace(-1, 1, N_PARAMS)

    for n_agents in (11, 25, 50):
        evaluated.clear()
        given = offer(n_agents, validation_accuracy=linear)
        phi = value("reconstructed_shapley", given)
        assert (
            sum(evaluated) == n_reconstructed_models(n_agents) == VALUATIONS["reconstructed_shapley"].n_models(n_agents)
        )
        assert n_reconstructed_models(n_agents) < 1_100
        everybody = tuple(range(n_agents))
        assert phi.sum() == pytest.approx(worth(given, everybody) - worth(given, ()))
        others = random_stream(3, Stream.PERMUTATION_SAMPLING, 8)
        assert others.random() != random_stream(3, Stream.PERMUTATION_SAMPLING, 7).random()
    assert n_reconstructed_models(10) == 1024


def test_models_are_evaluated_in_parts_that_bound_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def counted(params: np.ndarray) -> np.ndarray:
        sizes.append(len(params))
        return accuracy_of(params)

    whole = value("reconstructed_shapley", offer())
    monkeypatch.setattr("cgs_core.mechanisms.valuations._MODELS_BYTES", 5 * N_PARAMS * 8)
    np.testing.assert_allclose(value("reconstructed_shapley", offer(validation_accuracy=counted)), whole)
    assert sizes == [5, 5, 5, 1]


@pytest.mark.parametrize("n_agents", [1, 2, 4])
def test_fedsv_is_what_the_loss_falls_by_in_all_orders_of_those_who_are_there(n_agents: int) -> None:
    """Plain means of uploads, whatever they weigh; the worth of all is the whole fall of the loss."""
    given = offer(n_agents, validation_loss=lambda params: np.cos(params[:, 0]) + params[:, 1] ** 2)
    game: dict[tuple[int, ...], float] = {}
    for members in coalitions(n_agents):
        model = given.server_params.copy()
        for agent in members:
            model = model + given.uploads[agent] / len(members)
        start, end = (float(given.validation_loss(one[None])[0]) for one in (given.server_params, model))
        game[members] = start - end
    found = value("fedsv", given)
    np.testing.assert_allclose(found, shapley(n_agents, game), atol=1e-12)
    assert found.sum() == pytest.approx(game[tuple(range(n_agents))])


def test_validation_accuracy_is_the_share_of_the_uploaded_models() -> None:
    given = offer()
    accuracy = np.array(
        [accuracy_of((start + own)[None])[0] for start, own in zip(given.starts, given.uploads, strict=True)]
    )
    np.testing.assert_allclose(value("validation_accuracy", given), accuracy / accuracy.sum())
    hopeless = offer(validation_accuracy=lambda params: np.zeros(len(params)))
    np.testing.assert_allclose(value("validation_accuracy", hopeless), np.full(4, 0.25))


def test_norm_weighted_is_the_shapley_value_on_updates_of_their_own_length() -> None:
    given = offer()
    trained = (given.weight * given.update_scale)[:, None] * given.uploads
    whole = trained.sum(axis=0)
    game = {(): 0.0}
    for members in coalitions(4)[1:]:
        part = trained[list(members)].sum(axis=0)
        game[members] = float(np.linalg.norm(part)) * cosine(part, whole)
    phi = value("norm_weighted", given)
    np.testing.assert_allclose(phi, shapley(4, game))
    assert phi.sum() == pytest.approx(np.linalg.norm(whole))
    cancelling = np.array([[1.0] * N_PARAMS, [-1.0] * N_PARAMS])
    equal = np.full(2, 0.5)
    nothing = offer(2, uploads=cancelling, weight=equal, gram=0.25 * cancelling @ cancelling.T, update_scale=np.ones(2))
    assert value("norm_weighted", nothing).tolist() == [0, 0]


def test_classwise_cosine_is_the_mean_over_the_classes() -> None:
    given = offer()
    rows = given.uploads.reshape(4, N_CLASSES, -1)
    whole = sum(weight * own for weight, own in zip(given.weight, rows, strict=True))
    expected = [np.mean([cosine(own[label], whole[label]) for label in range(N_CLASSES)]) for own in rows]
    np.testing.assert_allclose(value("classwise_cosine", offer(round_index=0)), expected)
    np.testing.assert_allclose(
        value("classwise_cosine", given), 0.9 * given.contribution_before + 0.1 * np.array(expected)
    )
    uploads = given.uploads.copy()
    uploads[0] = 0
    assert value("classwise_cosine", offer(uploads=uploads, round_index=0))[0] == 0


@pytest.mark.parametrize("name", VALUATIONS)
def test_models_are_evaluated_as_often_as_is_said(name: str) -> None:
    """A gradient counts as a model, and so does what the server learns itself."""
    n_evaluated = 0

    def counted(params: np.ndarray) -> np.ndarray:
        nonlocal n_evaluated
        n_evaluated += len(params)
        return accuracy_of(params)

    def gradient(params: np.ndarray) -> np.ndarray:
        return np.ones_like(params) * counted(params)[:, None]

    given = offer(
        validation_accuracy=counted,
        validation_gradient=gradient,
        validation_loss=counted,
        server_update=lambda: gradient(np.ones((1, N_PARAMS)))[0],
        upload_sum=np.eye(4, N_PARAMS),
    )
    value(name, given)
    assert n_evaluated == VALUATIONS[name].n_models(4)
