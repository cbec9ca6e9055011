"""The paper's networks, colour images and images of any size, against PyTorch's automatic derivatives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from cgs_core.data import federated_data
from cgs_core.federation import Federation, convolutional, iterate_federations, model_of
from cgs_core.federation.convolutional import ARCHITECTURES, ConvolutionalNet
from cgs_core.scenario import Scenario
from tests.reference.plain_loop import papers_logits, plain_rounds

Shape = tuple[int, ...]

N_CLASSES = 10
PAPERS = {
    "paper_mnist": [(64, 1, 3, 3), (64,), (16, 64, 7, 7), (16,), (200, 256), (200,), (10, 200), (10,)],
    "paper_cifar": [(16, 3, 5, 5), (16,), (32, 16, 5, 5), (32,), (120, 800), (120,), (84, 120), (84,), (10, 84), (10,)],
}
"""Tensors of the authors' nets on the images that they are for: grey 28x28 and colour 32x32."""

CASES: list[tuple[str, Shape]] = [
    ("paper_mnist", (28, 28)),
    ("paper_mnist", (21, 16, 3)),
    ("paper_mnist", (32, 35)),
    ("paper_cifar", (32, 32, 3)),
    ("paper_cifar", (28, 28)),
    ("paper_cifar", (37, 17, 3)),
    ("cnn", (28, 28, 3)),
    ("cnn", (30, 19)),
    ("cnn", (8, 8, 3)),
    ("cnn", (10, 15)),
    ("cnn", (4, 7, 3)),
]


def net_of(model: str, shape: Shape, dtype: type = np.float64) -> ConvolutionalNet:
    return ConvolutionalNet(shape, N_CLASSES, dtype, ARCHITECTURES[model])


def tensors_of(model: str, shape: Shape, flat: np.ndarray) -> list[torch.Tensor]:
    """The flat vector as PyTorch's tensors; the first dense layer takes what the others leave."""
    n_channels = shape[2] if len(shape) == 3 else 1
    if model == "cnn":
        kernel = 5 if min(shape[:2]) >= 16 else 3
        shapes = [(8, n_channels, kernel, kernel), (8,), (16, 8, kernel, kernel), (16,), (10, -1), (10,)]
    else:
        shapes = [tuple(own) for own in PAPERS[model]]
        shapes[0] = (shapes[0][0], n_channels, *shapes[0][2:])
        shapes[4] = (shapes[4][0], -1)
    known = sum(int(np.prod(own)) for own in shapes if -1 not in own)
    tensors, first = [], 0
    for own in shapes:
        size = len(flat) - known if -1 in own else int(np.prod(own))
        tensors.append(torch.tensor(flat[first : first + size].reshape(own), requires_grad=True))
        first += size
    assert first == len(flat)
    return tensors


def plain_logits(model: str, shape: Shape, tensors: list[torch.Tensor], features: np.ndarray) -> torch.Tensor:
    """Images are (height, width, channels) in a feature row, and (channels, height, width) in PyTorch."""
    height, width, n_channels = (*shape, 1)[:3]
    images = torch.tensor(features.reshape(-1, height, width, n_channels)).permute(0, 3, 1, 2)
    if model != "cnn":
        return papers_logits(tensors, images, model)
    padding = 0 if min(shape[:2]) >= 16 else 1
    for weight, bias in ((tensors[0], tensors[1]), (tensors[2], tensors[3])):
        images = functional.max_pool2d(torch.tanh(functional.conv2d(images, weight, bias, padding=padding)), 2)
    return images.flatten(1) @ tensors[4].T + tensors[5]


def plain_step(model: str, shape: Shape, flat: np.ndarray, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """One step of length 1 down the mean cross-entropy."""
    tensors = tensors_of(model, shape, flat)
    loss = functional.cross_entropy(plain_logits(model, shape, tensors, features), torch.tensor(labels))
    gradients = torch.autograd.grad(loss, tensors)
    ends = [tensor - gradient for tensor, gradient in zip(tensors, gradients, strict=True)]
    return np.concatenate([end.detach().numpy().ravel() for end in ends])


def samples(shape: Shape, n_rows: int, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Images with a blank half, in which ties in pooling are many."""
    rng = np.random.default_rng(0)
    images = rng.random((n_rows, *shape))
    images[:, : shape[0] // 2] = 0
    return images.reshape(n_rows, -1).astype(dtype), rng.integers(0, N_CLASSES, n_rows)


@pytest.mark.parametrize(("model", "shape"), CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_one_step_is_autograds(model: str, shape: Shape, dtype: type, tolerance: float) -> None:
    net = net_of(model, shape, dtype)
    features, labels = samples(shape, 6, dtype)
    start = net.initial_params(np.random.default_rng(1))
    trained = net.train(start[None], features, labels, [[np.arange(6)]], 1.0)[0]
    expected = plain_step(model, shape, start, features, labels)
    np.testing.assert_allclose(trained, expected, rtol=0, atol=tolerance)
    for change in np.split(trained - start, np.cumsum(net.layer_sizes)[:-1]):
        assert np.abs(change).max() > 2 * tolerance  # every tensor moved


@pytest.mark.parametrize(("model", "shape"), CASES)
def test_evaluation_is_the_plain_nets(model: str, shape: Shape) -> None:
    net = net_of(model, shape)
    features, labels = samples(shape, 50)  # two passes
    params = np.stack([2 * net.initial_params(np.random.default_rng(seed)) for seed in range(2)])
    evaluation = net.evaluate(params, features, labels)
    for own, predicted, loss in zip(params, evaluation.predicted, evaluation.loss, strict=True):
        logits = plain_logits(model, shape, tensors_of(model, shape, own), features).detach()
        np.testing.assert_array_equal(predicted, logits.argmax(1).numpy())
        assert loss == pytest.approx(functional.cross_entropy(logits, torch.tensor(labels)).item(), abs=1e-9)
    np.testing.assert_array_equal(net.predict(params, features), evaluation.predicted)


@pytest.mark.parametrize("model", PAPERS)
def test_the_derivative_is_the_quotient_of_differences(model: str) -> None:
    """No other program's derivatives: the loss a little before and after, in the direction of the gradient."""
    shape = (28, 28) if model == "paper_mnist" else (32, 32, 3)
    net = net_of(model, shape)
    features, labels = samples(shape, 4)
    start = net.initial_params(np.random.default_rng(2))
    gradient = start - net.train(start[None], features, labels, [[np.arange(4)]], 1.0)[0]
    step = 1e-6 * gradient / np.linalg.norm(gradient)
    before, after = net.evaluate(np.stack([start - step, start + step]), features, labels).loss
    assert (after - before) / 2e-6 == pytest.approx(np.linalg.norm(gradient), rel=1e-5)


@pytest.mark.parametrize("model", PAPERS)
def test_layout_is_that_of_the_authors_nets(model: str) -> None:
    shape = (28, 28) if model == "paper_mnist" else (32, 32, 3)
    assert net_of(model, shape).layer_sizes == tuple(int(np.prod(own)) for own in PAPERS[model])
    assert net_of(model, shape).n_params == {"paper_mnist": 104_242, "paper_cifar": 121_182}[model]


@pytest.mark.parametrize("model", PAPERS)
def test_models_repeat_to_the_byte_and_do_not_depend_on_their_company(model: str) -> None:
    net = net_of(model, (28, 28), np.float32)
    features, labels = samples((28, 28), 12, np.float32)
    params = np.stack([net.initial_params(np.random.default_rng(seed)) for seed in range(2)])
    batches = [[np.arange(8), np.arange(8, 12)], [np.arange(3)]]
    trained = net.train(params, features, labels, batches, 0.1)
    assert trained[1:].tobytes() == net.train(params[1:], features, labels, batches[1:], 0.1).tobytes()


@pytest.mark.parametrize("model", PAPERS)
def test_rounds_are_the_plain_loops(model: str) -> None:
    """Training, upload, aggregate and pay; test images are left out, which take PyTorch minutes."""
    scenario = Scenario(dataset="mnist", model=model, n_agents=3, n_samples=40, batch_size=16, n_rounds=2)
    data, everybody = federated_data(scenario), np.ones(3, np.bool_)
    engine = iterate_federations(
        scenario, data, model_of(scenario, np.float64), [Federation(scenario, everybody)], np.float64
    )
    for ours, plain in zip(engine, plain_rounds(scenario, data, "chosen", np.float64), strict=True):
        np.testing.assert_allclose(ours.params[0], plain.params, rtol=0, atol=1e-9)
        np.testing.assert_allclose(ours.server_params[0], plain.server_params, rtol=0, atol=1e-9)
        np.testing.assert_allclose(ours.exchanges[0].contribution, plain.psi, rtol=0, atol=1e-9)


def test_a_large_batch_in_several_passes_is_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = samples((28, 28), 10)
    whole = net_of("cnn", (28, 28))
    start = whole.initial_params(np.random.default_rng(3))[None]
    monkeypatch.setattr(convolutional, "_PASS_VALUES", 4 * 8 * 36 * 16)  # four samples a pass
    parts = net_of("cnn", (28, 28)).train(start, features, labels, [[np.arange(10)]], 1.0)
    np.testing.assert_allclose(parts, whole.train(start, features, labels, [[np.arange(10)]], 1.0), rtol=0, atol=1e-12)
