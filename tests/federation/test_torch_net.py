"""The bundled nets by torch: the numbers of the NumPy engine, for every net and every mechanism."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from cgs_core.data import federated_data
from cgs_core.federation import Federation, FederationsRound, Model, iterate_federations, model_of, torch_net
from cgs_core.federation.convolutional import ARCHITECTURES, ConvolutionalNet
from cgs_core.federation.flat_net import FlatNet
from cgs_core.federation.torch_net import BundledNet, PictureNet, Pictures, bundled_net
from cgs_core.mechanisms import FEDAVG, MECHANISMS, STANDALONE, with_mechanism
from cgs_core.scenario import CHOICES, Agent, Scenario

TOLERANCE = 1e-12
SMALL = {"n_agents": 3, "n_rounds": 3, "local_epochs": 1, "batch_size": 8, "altruism_degree": 2.0}
SCENARIOS = {
    "logistic": Scenario(dataset="wine", model="logistic", n_samples=60, **SMALL),
    "mlp": Scenario(dataset="wine", hidden_units=6, n_samples=60, mask_scope="layer", **SMALL),
    "cnn": Scenario(dataset="digits", model="cnn", n_samples=40, **SMALL),
    "text_cnn": Scenario(dataset="sentences", model="text_cnn", n_samples=30, **SMALL),
}
PICTURES = {name: Scenario(dataset="mnist", model=name, n_samples=8) for name in ("cnn", "paper_mnist", "paper_cifar")}

FIFTY = Scenario(
    dataset="wine",
    n_agents=4,
    n_samples=60,
    n_rounds=50,
    n_validation=20,
    hidden_units=6,
    local_epochs=1,
    altruism_degree=2.0,
    exploration_rounds=5,
    agents=(Agent(label_noise=0.3), Agent(conduct="free_rider")),
)

UNSETTLED = FIFTY.replace(agents=(*FIFTY.agents, Agent(label_noise=0.2), Agent(label_noise=0.2)))
"""Nobody's training ends: an update that has shrunk to 1e-6 would be scaled to Γ together with its rounding."""


def plain_and_torch(scenario: Scenario, dtype: type = np.float64) -> tuple[Model, BundledNet]:
    plain = model_of(scenario, dtype)
    assert isinstance(plain, FlatNet)
    return plain, bundled_net(plain, scenario, dtype)


def last_round(model: Model, scenarios: Sequence[Scenario], dtype: type = np.float64) -> FederationsRound:
    first, everybody = scenarios[0], np.ones(scenarios[0].n_agents, np.bool_)
    federations = [Federation(own, everybody) for own in scenarios]
    *_, last = iterate_federations(first, federated_data(first), model, federations, dtype)
    return last


def assert_same(found: FederationsRound, expected: FederationsRound) -> None:
    np.testing.assert_allclose(found.params, expected.params, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(found.server_params, expected.server_params, rtol=0, atol=TOLERANCE)
    for own, other in zip(found.exchanges, expected.exchanges, strict=True):
        for name in ("contribution", "importance", "reward_ratio", "reward_length", "gram", "weight", "update_length"):
            np.testing.assert_allclose(getattr(own, name), getattr(other, name), rtol=1e-11, atol=TOLERANCE)
        np.testing.assert_array_equal(own.download_bytes, other.download_bytes)


def test_every_bundled_net_is_tried() -> None:
    assert {*SCENARIOS, *PICTURES} == set(CHOICES["model"])


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_net_gives_the_same_rounds_as_in_numpy(scenario: Scenario) -> None:
    federations = [scenario, *(with_mechanism(scenario, mechanism.name) for mechanism in (STANDALONE, FEDAVG))]
    plain, by_torch = plain_and_torch(scenario)
    expected, found = last_round(plain, federations), last_round(by_torch, federations)
    assert_same(found, expected)
    test = federated_data(scenario).dataset
    features, models = test.test_features.astype(np.float64), expected.params[0]
    judged, told = (
        by_torch.evaluate(models, features, test.test_labels),
        plain.evaluate(models, features, test.test_labels),
    )
    np.testing.assert_allclose(judged.loss, told.loss, rtol=TOLERANCE)
    np.testing.assert_array_equal(judged.predicted, told.predicted)
    np.testing.assert_array_equal(by_torch.predict(models, features[:9]), told.predicted[:, :9])
    np.testing.assert_array_equal(by_torch.class_rows(models), plain.class_rows(models))


def steps_on_pictures(plain: Model, n_samples: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray, list, float]:
    """Two models of a net for 28x28 pixels, and what they are trained with."""
    start = plain.initial_params(np.random.default_rng(0))
    features, labels = np.random.default_rng(1).random((n_samples, 784)), np.arange(n_samples) % 10
    batches = [[np.arange(3), np.arange(3, n_samples)], [np.arange(2)]]
    return np.stack([start, start / 2]), features.astype(start.dtype), labels, batches, 0.1


@pytest.mark.parametrize("form", ["in one pass", "in several passes", "side by side"])
@pytest.mark.parametrize("scenario", PICTURES.values(), ids=PICTURES)
def test_a_net_for_large_pictures_takes_the_same_step(
    scenario: Scenario, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a processor model by model, in passes of few samples; side by side on a GPU."""
    if form == "in several passes":
        monkeypatch.setattr(torch_net, "_PASS_VALUES", 1)  # a sample each
    plain, by_torch = plain_and_torch(scenario)
    assert isinstance(by_torch, PictureNet)
    if form == "side by side":
        assert isinstance(plain, FlatNet)
        by_torch = BundledNet(plain, scenario, np.float64)
    given = steps_on_pictures(plain)
    start, features, labels, _, _ = given
    np.testing.assert_array_equal(by_torch.initial_params(np.random.default_rng(0)), start[0])
    np.testing.assert_allclose(by_torch.train(*given), plain.train(*given), rtol=0, atol=TOLERANCE)
    np.testing.assert_array_equal(start, steps_on_pictures(plain)[0])
    judged, told = by_torch.evaluate(start, features, labels), plain.evaluate(start, features, labels)
    np.testing.assert_allclose(judged.loss, told.loss, rtol=TOLERANCE)
    np.testing.assert_array_equal(by_torch.predict(start, features), told.predicted)


@pytest.mark.parametrize("scenario", PICTURES.values(), ids=PICTURES)
def test_single_precision_which_torch_convolves_in_another_way_is_as_close_as_it_can_be(scenario: Scenario) -> None:
    plain, by_torch = plain_and_torch(scenario, np.float32)
    given = steps_on_pictures(plain, n_samples=40)
    found, expected = by_torch.train(*given), plain.train(*given)
    assert found.dtype == np.float32 and np.abs(found - given[0]).max() > 1e-3
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert found.tobytes() == by_torch.train(*given).tobytes()


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        ("paper_mnist", (21, 16, 3)),
        ("paper_mnist", (32, 35)),
        ("paper_cifar", (37, 17, 3)),
        ("paper_cifar", (32, 32, 3)),
        ("cnn", (30, 19)),
        ("cnn", (10, 15)),
        ("cnn", (4, 7, 3)),
    ],
)
def test_pictures_of_any_size_get_the_same_frame(model: str, shape: tuple[int, ...]) -> None:
    plain, rows = ConvolutionalNet(shape, 10, np.float64, ARCHITECTURES[model]), int(np.prod(shape))
    start = plain.initial_params(np.random.default_rng(0))
    features = np.random.default_rng(1).random((7, rows))
    tensors = [torch.from_numpy(tensor) for tensor in plain._tensors(start)]
    found = Pictures.of(plain)(tensors, torch.from_numpy(features)).numpy()
    ((_, (expected,)),) = plain._logits(start[None], features)
    np.testing.assert_allclose(found.T, expected, rtol=0, atol=TOLERANCE)


def test_every_mechanism_gives_the_same_fifty_rounds_each_from_the_same_models() -> None:
    """From its own models a run drifts away from the other engine's, as training magnifies rounding: to 2e-10 here
    (``test_engine_check``)."""
    federations = [
        Federation(with_mechanism(UNSETTLED, name), np.ones(UNSETTLED.n_agents, np.bool_)) for name in MECHANISMS
    ]
    data, n_rounds = federated_data(UNSETTLED), 0
    runs = [
        iterate_federations(UNSETTLED, data, model, federations, np.float64) for model in plain_and_torch(UNSETTLED)
    ]
    for expected, found in zip(*runs, strict=True):
        assert_same(found, expected)
        found.params[...], found.server_params[...] = expected.params, expected.server_params
        n_rounds += 1
    assert n_rounds == 50


def test_the_same_scenario_gives_the_same_bytes_and_leaves_torch_as_it_was() -> None:
    scenario = SCENARIOS["mlp"]
    threads, state = torch.get_num_threads(), torch.random.get_rng_state()
    torch.use_deterministic_algorithms(False)
    first, again = (last_round(plain_and_torch(scenario, np.float32)[1], [scenario], np.float32) for _ in range(2))
    assert first.params.dtype == np.float32 and first.params.tobytes() == again.params.tobytes()
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.get_num_threads() == threads and torch.equal(torch.random.get_rng_state(), state)
