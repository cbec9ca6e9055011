"""The net for sentences against PyTorch: an ordinary module, autograd, one model after the other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from cgs_core.federation.model import Batches
from cgs_core.federation.text import TextNet

N_WORDS, N_PLACES, N_CLASSES = 40, 9, 3
PRECISIONS = [(np.float64, 1e-9), (np.float32, 1e-4)]


class PlainNet(nn.Module):
    """The architecture as one would write it: embedding, three convolutions, ReLU, maximum over time; then linear."""

    def __init__(self) -> None:
        super().__init__()
        self.vectors = nn.Parameter(torch.zeros(N_WORDS - 1, 32))
        self.filters = nn.ModuleList([nn.Conv1d(32, 16, width, padding=width) for width in (3, 4, 5)])
        self.last = nn.Linear(48, N_CLASSES)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        table = torch.cat([torch.zeros_like(self.vectors[:1]), self.vectors])
        sentences = functional.embedding(words, table).transpose(1, 2)
        pooled = [torch.relu(layer(sentences)).amax(dim=2) for layer in self.filters]
        logits: torch.Tensor = self.last(torch.cat(pooled, dim=1))
        return logits


def plain_net(flat: np.ndarray) -> PlainNet:
    """A plain net that holds one flat vector of parameters."""
    net = PlainNet().to(torch.from_numpy(flat).dtype)
    nn.utils.vector_to_parameters(torch.from_numpy(flat.copy()), net.parameters())
    return net


def plain_train(
    flat: np.ndarray, features: np.ndarray, labels: np.ndarray, batches: Batches, learning_rate: float
) -> np.ndarray:
    net = plain_net(flat)
    for rows in batches:
        net.zero_grad()
        loss = functional.cross_entropy(net(torch.from_numpy(features[rows]).long()), torch.from_numpy(labels[rows]))
        loss.backward()
        with torch.no_grad():
            for parameter in net.parameters():
                assert parameter.grad is not None
                parameter.sub_(learning_rate * parameter.grad)
    trained: np.ndarray = nn.utils.parameters_to_vector(net.parameters()).detach().numpy()
    return trained


def samples(n_samples: int, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Sentences of every length, words twice in one among them; the first has no word, the second one, the last all."""
    rng = np.random.default_rng(1)
    words = rng.integers(1, N_WORDS // 2, (n_samples, N_PLACES))
    words[2] = words[2, 0]
    lengths = rng.integers(1, N_PLACES + 1, n_samples)
    lengths[[0, 1, -1]] = 0, 1, N_PLACES
    words[np.arange(N_PLACES) >= lengths[:, None]] = 0
    return words.astype(dtype), rng.integers(0, N_CLASSES, n_samples)


def some_params(net: TextNet, n_models: int) -> np.ndarray:
    return np.stack([net.initial_params(np.random.default_rng(seed)) for seed in range(n_models)])


def unequal_batches(seed: int) -> list[Batches]:
    """Of three agents: many batches with a short last one, a single batch, two of one sentence."""
    order = np.random.default_rng(seed).permutation(21)
    return [[order[:8], order[8:16], order[16:]], [np.arange(21, 26)], [np.array([0]), np.array([26])]]


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_one_step_is_autograds(dtype: type, tolerance: float) -> None:
    net = TextNet(N_WORDS, N_CLASSES, dtype)
    features, labels = samples(12, dtype)
    params = some_params(net, 1)
    trained = net.train(params, features, labels, [[np.arange(12)]], 1.0)
    assert trained.dtype == dtype
    np.testing.assert_allclose(
        trained[0], plain_train(params[0], features, labels, [np.arange(12)], 1.0), rtol=0, atol=tolerance
    )
    for change in np.split(trained[0] - params[0], np.cumsum(net.layer_sizes)[:-1]):
        assert np.abs(change).max() > 10 * tolerance  # every tensor moved, by more than the comparison forgives


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_rounds_of_unequal_agents_are_a_plain_loops(dtype: type, tolerance: float) -> None:
    net = TextNet(N_WORDS, N_CLASSES, dtype)
    features, labels = samples(27, dtype)
    params = some_params(net, 3)
    expected = params.copy()
    for seed in range(4):
        batches = unequal_batches(seed)
        params = net.train(params, features, labels, batches, 0.5)
        expected = np.stack(
            [plain_train(flat, features, labels, own, 0.5) for flat, own in zip(expected, batches, strict=True)]
        )
    np.testing.assert_allclose(params, expected, rtol=0, atol=tolerance)


def test_models_of_the_same_batches_train_as_by_themselves() -> None:
    net = TextNet(N_WORDS, N_CLASSES)
    features, labels = samples(27, np.float32)
    params, (own, other, _) = some_params(net, 3), unequal_batches(0)
    together = net.train(params, features, labels, [own, other, own], 0.5)
    for model, batches in enumerate((own, other, own)):
        alone = net.train(params[model : model + 1], features, labels, [batches], 0.5)
        assert alone[0].tobytes() == together[model].tobytes()


def test_sentences_without_a_word_move_the_biases_alone() -> None:
    net = TextNet(N_WORDS, N_CLASSES, np.float64)
    features, labels = np.zeros((4, N_PLACES)), np.array([0, 0, 0, 1])
    params = some_params(net, 1)
    trained = net.train(params, features, labels, [[np.arange(4)]], 1.0)
    expected = plain_train(params[0], features, labels, [np.arange(4)], 1.0)
    np.testing.assert_allclose(trained[0], expected, rtol=0, atol=1e-12)
    moved = [bool(change.any()) for change in np.split(trained[0] - params[0], np.cumsum(net.layer_sizes)[:-1])]
    assert moved == [False, False, True, False, True, False, True, True, True]  # the last weight sees the biases


def test_padding_after_a_sentence_changes_nothing() -> None:
    net = TextNet(N_WORDS, N_CLASSES)
    features, labels = samples(10, np.float32)
    longer = np.concatenate([features, np.zeros((10, 4), np.float32)], axis=1)
    params = some_params(net, 2)
    assert net.evaluate(params, features, labels).loss.tobytes() == net.evaluate(params, longer, labels).loss.tobytes()


def test_a_model_without_batches_stays_and_the_argument_is_unchanged() -> None:
    net = TextNet(N_WORDS, N_CLASSES)
    features, labels = samples(8, np.float32)
    params = some_params(net, 2)
    before = params.copy()
    trained = net.train(params, features, labels, [[], [np.arange(8)]], 0.1)
    np.testing.assert_array_equal(params, before)
    np.testing.assert_array_equal(trained[0], before[0])
    assert (trained[1] != before[1]).any()


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_evaluation_is_the_plain_nets(dtype: type, tolerance: float) -> None:
    net = TextNet(N_WORDS, N_CLASSES, dtype)
    features, labels = samples(140, dtype)  # more than two passes, the last one short
    params = 3 * some_params(net, 3)
    evaluation = net.evaluate(params, features, labels)
    assert evaluation.predicted.dtype == np.uint8 and evaluation.loss.dtype == np.float64
    for model, flat in enumerate(params):
        with torch.no_grad():
            logits = plain_net(flat)(torch.from_numpy(features).long())
        np.testing.assert_array_equal(evaluation.predicted[model], logits.argmax(1).numpy())
        loss = functional.cross_entropy(logits, torch.from_numpy(labels)).item()
        assert evaluation.loss[model] == pytest.approx(loss, abs=tolerance)
    assert len(np.unique(evaluation.predicted)) > 1
    np.testing.assert_array_equal(net.predict(params, features), evaluation.predicted)


def test_loss_of_logits_far_from_zero_is_finite() -> None:
    net = TextNet(N_WORDS, N_CLASSES)
    features, labels = samples(10, np.float32)
    params = 1e3 * some_params(net, 1)
    assert np.isfinite(net.evaluate(params, features, labels).loss).all()
    assert np.isfinite(net.train(params, features, labels, [[np.arange(10)]], 0.1)).all()


def test_layout_and_last_layer_are_those_of_torch() -> None:
    net = TextNet(N_WORDS, N_CLASSES)
    plain = PlainNet()
    assert net.layer_sizes == tuple(parameter.numel() for parameter in plain.parameters())
    assert net.n_params == sum(net.layer_sizes)
    params = some_params(net, 2)
    for flat, rows in zip(params, net.class_rows(params), strict=True):
        last = plain_net(flat).last
        np.testing.assert_array_equal(rows[:, :-1], last.weight.detach().numpy())
        np.testing.assert_array_equal(rows[:, -1], last.bias.detach().numpy())


def test_initial_params_are_uniform_within_their_bounds() -> None:
    net = TextNet(N_WORDS, N_CLASSES)
    params = net.initial_params(np.random.default_rng(0))
    assert params.dtype == np.float32
    assert params.tobytes() == net.initial_params(np.random.default_rng(0)).tobytes()
    tensors = np.split(params, np.cumsum(net.layer_sizes)[:-1])
    bounds = [0.25, *(n_inputs**-0.5 for n_inputs in (96, 128, 160, 48) for _ in range(2))]
    for tensor, bound in zip(tensors, bounds, strict=True):
        assert np.abs(tensor).max() <= bound * (1 + 1e-6)
    for tensor, bound in zip(tensors[:2], bounds[:2], strict=True):
        assert np.abs(tensor).max() > 0.95 * bound and abs(tensor.mean()) < 0.1 * bound
