"""The convolutional net against PyTorch: an ordinary module, autograd, one model after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from cgs_core.federation.convolutional import ConvolutionalNet
from cgs_core.federation.model import Batches

Shape = tuple[int, int]

SHAPES = [(8, 8), (28, 28)]
N_CLASSES = 10


class PlainNet(nn.Module):
    """The architecture as one would write it: convolution, tanh, max-pooling, twice; then linear."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        kernel, padding, n_hidden = {(8, 8): (3, 1, 64), (28, 28): (5, 0, 256), (12, 20): (3, 1, 240)}[shape]
        self.first = nn.Conv2d(1, 8, kernel, padding=padding)
        self.second = nn.Conv2d(8, 16, kernel, padding=padding)
        self.last = nn.Linear(n_hidden, N_CLASSES)
        self.shape = shape

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        values = features.reshape(-1, 1, *self.shape)
        for layer in (self.first, self.second):
            values = functional.max_pool2d(torch.tanh(layer(values)), 2)
        logits: torch.Tensor = self.last(values.flatten(1))
        return logits


def plain_net(shape: Shape, flat: np.ndarray) -> PlainNet:
    """A plain net that holds one flat vector of parameters."""
    net = PlainNet(shape).to(torch.from_numpy(flat).dtype)
    nn.utils.vector_to_parameters(torch.from_numpy(flat.copy()), net.parameters())
    return net


def plain_train(
    shape: Shape, flat: np.ndarray, features: np.ndarray, labels: np.ndarray, batches: Batches, learning_rate: float
) -> np.ndarray:
    net = plain_net(shape, flat)
    for rows in batches:
        net.zero_grad()
        loss = functional.cross_entropy(net(torch.from_numpy(features[rows])), torch.from_numpy(labels[rows]))
        loss.backward()
        with torch.no_grad():
            for parameter in net.parameters():
                assert parameter.grad is not None
                parameter.sub_(learning_rate * parameter.grad)
    trained: np.ndarray = nn.utils.parameters_to_vector(net.parameters()).detach().numpy()
    return trained


def samples(shape: Shape, n_rows: int, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Blobs of ink on blank paper: like digits, most squares that a pooling window sees are all zero."""
    rng = np.random.default_rng(0)
    images: np.ndarray = np.zeros((n_rows, *shape), dtype)
    half_height, half_width = shape[0] // 2, shape[1] // 2
    for image in images:
        top, left = rng.integers(0, half_height + 1), rng.integers(0, half_width + 1)
        image[top : top + half_height, left : left + half_width] = rng.random((half_height, half_width))
    return images.reshape(n_rows, -1), rng.integers(0, N_CLASSES, n_rows)


def unequal_batches(n_rounds: int = 1) -> list[Sequence[Batches]]:
    """Three models: batches of 8 with a short last one, a shard smaller than a batch, a single sample twice."""
    rng = np.random.default_rng(1)
    rounds: list[Sequence[Batches]] = []
    for _ in range(n_rounds):
        order = rng.permutation(21)
        rounds.append([[order[:8], order[8:16], order[16:]], [np.arange(21, 26)], [np.array([26]), np.array([26])]])
    return rounds


def some_params(net: ConvolutionalNet, n_models: int) -> np.ndarray:
    return np.stack([net.initial_params(np.random.default_rng(seed)) for seed in range(n_models)])


@pytest.mark.parametrize("shape", [*SHAPES, (12, 20)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_one_step_is_autograds(shape: Shape, dtype: type, tolerance: float) -> None:
    net = ConvolutionalNet(shape, N_CLASSES, dtype)
    features, labels = samples(shape, 8, dtype)
    params = some_params(net, 1)
    trained = net.train(params, features, labels, [[np.arange(8)]], 1.0)
    expected = plain_train(shape, params[0], features, labels, [np.arange(8)], 1.0)
    assert trained.dtype == dtype
    np.testing.assert_allclose(trained[0], expected, rtol=0, atol=tolerance)
    for change in np.split(trained[0] - params[0], np.cumsum(net.layer_sizes)[:-1]):
        assert np.abs(change).max() > 10 * tolerance  # every tensor moved, by more than the comparison forgives


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_rounds_of_unequal_agents_are_a_plain_loops(shape: Shape, dtype: type, tolerance: float) -> None:
    net = ConvolutionalNet(shape, N_CLASSES, dtype)
    features, labels = samples(shape, 27, dtype)
    params = some_params(net, 3)
    expected = params.copy()
    for batches in unequal_batches(n_rounds=4):
        params = net.train(params, features, labels, batches, 0.1)
        expected = np.stack(
            [plain_train(shape, flat, features, labels, own, 0.1) for flat, own in zip(expected, batches, strict=True)]
        )
    np.testing.assert_allclose(params, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("shape", SHAPES)
def test_ties_in_pooling_go_to_the_first_maximum(shape: Shape) -> None:
    """With a first layer of zeros all four places tie in both poolings, while the pixels below them differ."""
    net = ConvolutionalNet(shape, N_CLASSES, np.float64)
    features, labels = samples(shape, 6, np.float64)
    params = some_params(net, 1)
    n_first = sum(net.layer_sizes[:2])
    params[:, :n_first] = 0
    trained = net.train(params, features, labels, [[np.arange(6)]], 1.0)
    expected = plain_train(shape, params[0], features, labels, [np.arange(6)], 1.0)
    np.testing.assert_allclose(trained[0], expected, rtol=0, atol=1e-9)
    turned = plain_train(shape, params[0], features[:, ::-1].copy(), labels, [np.arange(6)], 1.0)
    assert np.abs(expected[:n_first] - turned[:n_first]).max() > 1e-4  # so the choice of place does show


@pytest.mark.parametrize("shape", SHAPES)
def test_blank_images_train_like_autograd(shape: Shape) -> None:
    net = ConvolutionalNet(shape, N_CLASSES, np.float64)
    features, labels = np.zeros((5, shape[0] * shape[1])), np.arange(5)
    params = some_params(net, 1)
    trained = net.train(params, features, labels, [[np.arange(5)]], 1.0)
    expected = plain_train(shape, params[0], features, labels, [np.arange(5)], 1.0)
    np.testing.assert_allclose(trained[0], expected, rtol=0, atol=1e-9)


def test_a_model_without_batches_stays_and_the_argument_is_unchanged() -> None:
    net = ConvolutionalNet((8, 8), N_CLASSES)
    features, labels = samples((8, 8), 8, np.float32)
    params = some_params(net, 2)
    before = params.copy()
    trained = net.train(params, features, labels, [[], [np.arange(8)]], 0.1)
    np.testing.assert_array_equal(params, before)
    np.testing.assert_array_equal(trained[0], before[0])
    assert (trained[1] != before[1]).any()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_evaluation_is_the_plain_nets(shape: Shape, dtype: type, tolerance: float) -> None:
    net = ConvolutionalNet(shape, N_CLASSES, dtype)
    features, labels = samples(shape, 70, dtype)  # more than two passes, the last one short
    params = 3 * some_params(net, 3)
    evaluation = net.evaluate(params, features, labels)
    assert evaluation.predicted.dtype == np.uint8
    assert evaluation.loss.dtype == np.float64
    for model, flat in enumerate(params):
        with torch.no_grad():
            logits = plain_net(shape, flat)(torch.from_numpy(features))
        np.testing.assert_array_equal(evaluation.predicted[model], logits.argmax(1).numpy())
        loss = functional.cross_entropy(logits, torch.from_numpy(labels)).item()
        assert evaluation.loss[model] == pytest.approx(loss, abs=tolerance)
    assert len(np.unique(evaluation.predicted)) > 1
    np.testing.assert_array_equal(net.predict(params, features), evaluation.predicted)


def test_loss_of_logits_far_from_zero_is_finite() -> None:
    net = ConvolutionalNet((8, 8), N_CLASSES)
    features, labels = samples((8, 8), 10, np.float32)
    params = 1e4 * some_params(net, 1)
    evaluation = net.evaluate(params, features, labels)
    assert np.isfinite(evaluation.loss).all()
    assert np.isfinite(net.train(params, features, labels, [[np.arange(10)]], 0.1)).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_results_repeat_to_the_byte_and_do_not_depend_on_the_company(shape: Shape) -> None:
    net = ConvolutionalNet(shape, N_CLASSES)
    features, labels = samples(shape, 40, np.float32)
    params, batches = some_params(net, 3), unequal_batches()[0]
    trained = net.train(params, features, labels, batches, 0.1)
    assert trained.tobytes() == net.train(params, features, labels, batches, 0.1).tobytes()
    assert trained[1:2].tobytes() == net.train(params[1:2], features, labels, batches[1:2], 0.1).tobytes()
    first, again = (net.evaluate(trained, features, labels) for _ in range(2))
    assert first.loss.tobytes() == again.loss.tobytes()
    assert first.predicted.tobytes() == again.predicted.tobytes()
    alone = net.evaluate(trained[2:], features, labels)
    assert alone.loss.tobytes() == first.loss[2:].tobytes()


@pytest.mark.parametrize("shape", [*SHAPES, (12, 20)])
def test_layout_is_that_of_torch(shape: Shape) -> None:
    net = ConvolutionalNet(shape, N_CLASSES)
    sizes = tuple(parameter.numel() for parameter in PlainNet(shape).parameters())
    assert net.layer_sizes == sizes
    assert net.n_params == sum(sizes)


@pytest.mark.parametrize("shape", SHAPES)
def test_initial_params_are_uniform_within_the_fan_in(shape: Shape) -> None:
    net = ConvolutionalNet(shape, N_CLASSES)
    params = net.initial_params(np.random.default_rng(0))
    assert params.shape == (net.n_params,)
    assert params.dtype == np.float32
    assert params.tobytes() == net.initial_params(np.random.default_rng(0)).tobytes()
    tensors = np.split(params, np.cumsum(net.layer_sizes)[:-1])
    plain_weights = list(PlainNet(shape).parameters())[::2]
    for plain_weight, weight, bias in zip(plain_weights, tensors[::2], tensors[1::2], strict=True):
        bound = plain_weight[0].numel() ** -0.5
        assert 0.9 * bound < np.abs(weight).max() <= bound * (1 + 1e-6)
        assert np.abs(bias).max() <= bound * (1 + 1e-6)
        assert abs(weight.mean()) < 0.25 * bound


@pytest.mark.parametrize("shape", [(0, 8), (8, 3), (3, 30)])
def test_images_that_are_too_small_are_refused(shape: Shape) -> None:
    with pytest.raises(ValueError, match="too small"):
        ConvolutionalNet(shape, N_CLASSES)
