"""The algorithm once more, for reading: one agent after the other, PyTorch's autograd, every definition written out.

It shares with the product only the scenario, the shards and the named random streams, so that start, mini-batches
and noise are the same. What a round computes is the table of section 1 of the method's description (docs/method.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import torch
from torch.nn import functional

from cgs_core.data import FederatedData
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Scenario

MechanismName = Literal["chosen", "standalone", "fedavg"]
Shapes = list[tuple[int, ...]]

TEXT_WIDTHS = (3, 4, 5)


@dataclass(frozen=True)
class PlainRound:
    """What one round of one federation did; N agents, D parameters."""

    updates: np.ndarray  # (N, D) honest updates u_i
    uploads: np.ndarray  # (N, D) what the agents sent
    aggregate: np.ndarray  # (D,) u_N
    gram: np.ndarray  # (N, N) inner products of a_i u_i
    psi: np.ndarray  # (N,)
    phi: np.ndarray  # (N,)
    importance: np.ndarray  # (N,)
    reward_ratio: np.ndarray  # (N,)
    rewards: np.ndarray  # (N, D)
    reward_length: np.ndarray  # (N,)
    download_bytes: np.ndarray  # (N,)
    params: np.ndarray  # (N, D) after the reward
    server_params: np.ndarray  # (D,)


@dataclass(frozen=True)
class PlainEvaluation:
    """One model on a test set."""

    predicted: np.ndarray  # (n_test,)
    accuracy: float
    loss: float
    class_accuracy: np.ndarray  # (n_classes,)


# -- models ------------------------------------------------------------------------------------------------


def tensor_shapes(scenario: Scenario) -> Shapes:
    """Shapes of the parameter tensors, in the order of the flat vector."""
    info = scenario.info
    if scenario.model == "logistic":
        return [(info.n_features, info.n_classes), (info.n_classes,)]
    if scenario.model == "mlp":
        hidden = scenario.hidden_units
        return [(info.n_features, hidden), (hidden,), (hidden, info.n_classes), (info.n_classes,)]
    if scenario.model == "paper_mnist":
        return [(64, 1, 3, 3), (64,), (16, 64, 7, 7), (16,), (200, 256), (200,), (10, 200), (10,)]
    if scenario.model == "paper_cifar":
        return [(16, 1, 5, 5), (16,), (32, 16, 5, 5), (32,), (120, 800), (120,), (84, 120), (84,), (10, 84), (10,)]
    if scenario.model == "text_cnn":
        filters = [shape for width in TEXT_WIDTHS for shape in ((16, 32, width), (16,))]
        return [(info.n_words - 1, 32), *filters, (info.n_classes, 48), (info.n_classes,)]
    kernel = _kernel(scenario)
    n_values = {8: 16 * 2 * 2, 28: 16 * 4 * 4}[info.shape[0]]
    return [(8, 1, kernel, kernel), (8,), (16, 8, kernel, kernel), (16,), (info.n_classes, n_values), (info.n_classes,)]


def _kernel(scenario: Scenario) -> int:
    return 5 if scenario.info.shape[0] >= 16 else 3


def initial_params(scenario: Scenario) -> np.ndarray:
    """(D,) uniform within 1 / sqrt(number of inputs of a unit), weight then bias, layer after layer."""
    rng = random_stream(scenario.start_seed, Stream.INITIAL_PARAMS)
    shapes, parts = tensor_shapes(scenario), []
    if scenario.model == "text_cnn":  # word vectors, uniform within 0.25, have no bias
        parts.append(rng.uniform(-0.25, 0.25, math.prod(shapes.pop(0))))
    for weight, bias in zip(shapes[::2], shapes[1::2], strict=True):
        fan_in = weight[0] if scenario.model in ("logistic", "mlp") else math.prod(weight[1:])
        bound = 1 / math.sqrt(fan_in)
        parts += [rng.uniform(-bound, bound, math.prod(shape)) for shape in (weight, bias)]
    return np.concatenate(parts)


def logits(scenario: Scenario, tensors: list[torch.Tensor], features: torch.Tensor) -> torch.Tensor:
    """(n_rows, n_classes)."""
    if scenario.model == "logistic":
        weight, bias = tensors
        return features @ weight + bias
    if scenario.model == "mlp":
        weight_1, bias_1, weight_2, bias_2 = tensors
        return torch.relu(features @ weight_1 + bias_1) @ weight_2 + bias_2
    if scenario.model.startswith("paper"):
        return papers_logits(tensors, features.reshape(-1, 1, *scenario.info.shape), scenario.model)
    if scenario.model == "text_cnn":
        return _text_logits(tensors, features.long())
    weight_1, bias_1, weight_2, bias_2, weight_3, bias_3 = tensors
    padding = 0 if _kernel(scenario) == 5 else 1
    images = features.reshape(-1, 1, *scenario.info.shape)
    values = functional.max_pool2d(torch.tanh(functional.conv2d(images, weight_1, bias_1, padding=padding)), 2)
    values = functional.max_pool2d(torch.tanh(functional.conv2d(values, weight_2, bias_2, padding=padding)), 2)
    return values.flatten(1) @ weight_3.T + bias_3


def papers_logits(tensors: list[torch.Tensor], images: torch.Tensor, model: str) -> torch.Tensor:
    """The forward pass of the authors' nets: CNN_Net (tanh) or CNN_Cifar10 (relu), on images padded to 32x32."""
    activation = torch.tanh if model == "paper_mnist" else torch.relu
    down, across = (max(32 - side, 0) for side in images.shape[2:])
    values = functional.pad(images, (across // 2, across - across // 2, down // 2, down - down // 2))
    for weight, bias in zip(tensors[:4:2], tensors[1:4:2], strict=True):
        values = functional.max_pool2d(activation(functional.conv2d(values, weight, bias)), 2, 2)
    values = values.flatten(1)
    for weight, bias in zip(tensors[4:-2:2], tensors[5:-2:2], strict=True):
        values = activation(values @ weight.T + bias)
    return values @ tensors[-2].T + tensors[-1]


def _text_logits(tensors: list[torch.Tensor], words: torch.Tensor) -> torch.Tensor:
    """Word 0 is padding, a vector of zeros; a padding as wide as the filter gives windows without a word."""
    vectors, *filters, last_weight, last_bias = tensors
    table = torch.cat([torch.zeros_like(vectors[:1]), vectors])
    sentences = functional.embedding(words, table).transpose(1, 2)
    pooled = [
        torch.relu(functional.conv1d(sentences, weight, bias, padding=width)).amax(dim=2)
        for width, weight, bias in zip(TEXT_WIDTHS, filters[::2], filters[1::2], strict=True)
    ]
    return torch.cat(pooled, dim=1) @ last_weight.T + last_bias


def _tensors(scenario: Scenario, flat: np.ndarray) -> list[torch.Tensor]:
    tensors, first = [], 0
    for shape in tensor_shapes(scenario):
        size = math.prod(shape)
        tensors.append(torch.tensor(flat[first : first + size].reshape(shape), requires_grad=True))
        first += size
    return tensors


def predicted(scenario: Scenario, features: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """(n_rows,) the most probable class of each row."""
    with torch.no_grad():
        return logits(scenario, _tensors(scenario, flat), _torch(features, flat.dtype)).argmax(dim=1).numpy()


def evaluate(scenario: Scenario, data: FederatedData, flat: np.ndarray) -> PlainEvaluation:
    """One model on the test set: accuracy, mean cross-entropy, part of each class that it gets right."""
    labels = data.dataset.test_labels
    with torch.no_grad():
        outputs = logits(scenario, _tensors(scenario, flat), _torch(data.dataset.test_features, flat.dtype))
        loss = functional.cross_entropy(outputs.double(), torch.tensor(labels)).item()
    predicted = outputs.argmax(dim=1).numpy()
    is_right = predicted == labels
    class_accuracy = np.array([is_right[labels == label].mean() for label in range(scenario.info.n_classes)])
    return PlainEvaluation(predicted, float(is_right.mean()), loss, class_accuracy)


# -- one agent -----------------------------------------------------------------------------------------------


def honest_update(
    scenario: Scenario, data: FederatedData, agent: int, round_index: int, start: np.ndarray, is_scaled: bool = True
) -> np.ndarray:
    """(D,) u_i = Gamma dw_i / (|dw_i| + 1e-7), or dw_i itself, from E local epochs of mini-batch SGD from ``start``."""
    shard = data.shards[agent]
    features, labels = _torch(shard.features, start.dtype), torch.tensor(shard.labels)
    learning_rate = scenario.learning_rate * scenario.learning_rate_decay**round_index
    rng = random_stream(scenario.start_seed, Stream.BATCH_ORDER, agent, round_index)
    tensors = _tensors(scenario, start)
    for _ in range(scenario.local_epochs):
        order = rng.permutation(shard.n_samples)
        for first in range(0, len(order), scenario.batch_size):
            batch = torch.tensor(order[first : first + scenario.batch_size])
            loss = functional.cross_entropy(logits(scenario, tensors, features[batch]), labels[batch])
            gradients = torch.autograd.grad(loss, tensors)
            with torch.no_grad():
                for tensor, gradient in zip(tensors, gradients, strict=True):
                    tensor -= learning_rate * gradient
    end = np.concatenate([tensor.detach().numpy().ravel() for tensor in tensors])
    change = end - start
    if not is_scaled:
        return change.astype(start.dtype)
    length = np.sqrt((change.astype(np.float64) ** 2).sum())
    return (scenario.update_norm * change / (length + 1e-7)).astype(start.dtype)


def upload(
    scenario: Scenario,
    agent: int,
    round_index: int,
    updates: list[np.ndarray],
    last_reward: np.ndarray,
    is_scaled: bool = True,
    pay: list[float] | None = None,
) -> np.ndarray:
    """(D,) what an agent makes of all agents' updates, of its own last reward, and of its pay so far.

    It is as long as Gamma, or as the agent's own update where updates are as trained.
    """
    own, update = scenario.full_agents[agent], updates[agent]
    rng = random_stream(scenario.start_seed, Stream.FREE_RIDER_NOISE, agent, round_index)
    length = scenario.update_norm if is_scaled else _norm(update) + 1e-7
    if own.conduct == "sign_flipper":
        return -update
    if own.conduct == "free_rider" or (own.conduct == "echo" and not last_reward.any()):
        noise = rng.standard_normal(len(update))
        return (length * noise / _norm(noise)).astype(update.dtype)
    if own.conduct == "echo":
        return (length * last_reward / (_norm(last_reward) + 1e-7)).astype(update.dtype)
    if own.conduct == "climber" and last_reward.any() and (part := climbed_part(pay or [])) > 0:
        norm = scenario.update_norm
        learnt = update if is_scaled else norm * update / (_norm(update) + 1e-7)
        mixed = (1 - part) * learnt + part * norm * last_reward / (_norm(last_reward) + 1e-7)
        return (length * mixed / (_norm(mixed) + 1e-7)).astype(update.dtype)
    if own.conduct == "colluder":
        group = [j for j, other in enumerate(scenario.full_agents) if other.conduct == "colluder"]
        scales = [1.0 if is_scaled else scenario.update_norm / (_norm(updates[j]) + 1e-7) for j in group]
        agreed = sum(scale * updates[j] for j, scale in zip(group, scales, strict=True))
        return (length * agreed / (_norm(agreed) + 1e-7)).astype(update.dtype)
    if own.conduct == "private":
        sent = update + own.privacy_noise * length * rng.standard_normal(len(update))
        return (length * sent / (_norm(sent) + 1e-7) if is_scaled else sent).astype(update.dtype)
    return update


def climbed_part(pay: list[float]) -> float:
    """How much of its last reward a climber mixes in, after the pay of the rounds in which it took part."""
    part, step = 0.0, 0.25
    for index, now in enumerate(pay):
        if index > 0 and now < pay[index - 1] - 1e-6:
            step = -step / 2
        part = min(max(part + step, 0.0), 1.0)
    return part


def _norm(vector: np.ndarray) -> float:
    return math.sqrt((vector.astype(np.float64) ** 2).sum())


def said_sizes(scenario: Scenario, data: FederatedData) -> np.ndarray:
    """(N,) how many samples the agents say that they have."""
    return np.array(
        [
            shard.n_samples * (10.0 if agent.conduct == "overstater" else 1.0)
            for shard, agent in zip(data.shards, scenario.full_agents, strict=True)
        ]
    )


def sparsified(scenario: Scenario, aggregate: np.ndarray, ratio: float) -> tuple[np.ndarray, int]:
    """One agent's reward, and how many entries of the aggregate were kept for it."""
    if scenario.mask_scope == "global":
        return _largest(aggregate, math.floor(len(aggregate) * ratio))
    parts, n_kept, first = [], 0, 0
    for shape in tensor_shapes(scenario):
        size = math.prod(shape)
        part, kept = _largest(aggregate[first : first + size], math.ceil(size * ratio))
        parts.append(part)
        n_kept, first = n_kept + kept, first + size
    return np.concatenate(parts), n_kept


def _largest(vector: np.ndarray, count: int) -> tuple[np.ndarray, int]:
    by_magnitude = sorted(range(len(vector)), key=lambda entry: -abs(vector[entry]))
    reward = np.zeros_like(vector)
    for entry in by_magnitude[:count]:
        reward[entry] = vector[entry]
    return reward, min(count, len(vector))


# -- contribution ----------------------------------------------------------------------------------------------


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    """Of two vectors, 0 when either is zero."""
    lengths = math.sqrt(x @ x) * math.sqrt(y @ y)
    return float(x @ y) / lengths if lengths > 0 else 0.0


def shapley_by_definition(weighted: np.ndarray) -> np.ndarray:
    """(N,) Shapley value of v(S) = cos(u_S, u_N): mean marginal value, over all coalitions of the others."""
    n = len(weighted)
    aggregate = weighted.sum(axis=0)
    value = {
        members: cosine(weighted[list(members)].sum(axis=0), aggregate)
        for size in range(n + 1)
        for members in combinations(range(n), size)
    }
    phi = np.zeros(n)
    for agent in range(n):
        for members, worth in value.items():
            if agent not in members:
                chance = math.factorial(len(members)) * math.factorial(n - len(members) - 1) / math.factorial(n)
                phi[agent] += chance * (value[tuple(sorted((*members, agent)))] - worth)
    return phi


# -- the rounds --------------------------------------------------------------------------------------------------


def plain_rounds(
    scenario: Scenario, data: FederatedData, mechanism: MechanismName, dtype: type = np.float64
) -> Iterator[PlainRound]:
    """One federation, round by round: the scenario's own mechanism, standalone training, or FedAvg."""
    n, dimension = scenario.n_agents, len(initial_params(scenario))
    start = initial_params(scenario).astype(dtype)
    params, server = [start.copy() for _ in range(n)], start.copy()
    importance, rewards = np.zeros(n), [np.zeros_like(start)] * n
    scaled = mechanism == "chosen" and scenario.upload_scaling == "to_norm"  # alone and FedAvg: as people train them
    learnt: list[tuple[list[np.ndarray], list[np.ndarray]]] = []
    pay: list[list[float]] = [[] for _ in range(n)]
    for round_index in range(scenario.n_rounds):
        members = members_of(scenario, round_index)
        present = members if mechanism == "standalone" else present_of(scenario, round_index)
        drawn = drawn_of(scenario, round_index)
        for agent in members:
            if mechanism == "fedavg" and (agent in drawn or scenario.full_agents[agent].delay):
                params[agent] = server.copy()
        updates = [honest_update(scenario, data, agent, round_index, params[agent], scaled) for agent in range(n)]
        sent = [upload(scenario, i, round_index, updates, rewards[i], scaled, pay[i]) for i in range(n)]
        learnt.append((updates, sent))
        late = [0 if mechanism == "standalone" else agent.delay for agent in scenario.full_agents]
        uploads = [learnt[round_index - late[i]][1][i] if i in present else np.zeros(dimension) for i in range(n)]
        if any(importance[i] for i in range(n) if i not in members):  # of who has left
            importance = np.array([importance[i] if i in members else 0.0 for i in range(n)])
            importance = importance / importance.sum() if importance.any() else importance
        sizes = said_sizes(scenario, data) * [i in present for i in range(n)]
        weight = sizes / max(sizes.sum(), 1e-300)
        if mechanism == "chosen":
            weight = _weight_by_importance(importance, weight, scenario, round_index, present)
        weighted = np.stack([weight[agent] * uploads[agent].astype(np.float64) for agent in range(n)])
        aggregate = weighted.sum(axis=0).astype(dtype)
        psi = np.array([cosine(own, weighted.sum(axis=0)) for own in weighted])
        phi = shapley_by_definition(weighted)
        worth = psi if scenario.valuation == "cgsv_approx" else phi
        importance = _next_importance(importance, worth, scenario, members)
        ratio = np.array([float(i in present) for i in range(n)])
        if mechanism == "chosen" and present:
            paying = importance[present]
            paying = paying if present == members else paying / paying.sum()
            ratio[present] = _reward_ratio(paying, scenario)
        paid = [sparsified(scenario, aggregate, ratio[i]) if i in present else (aggregate * 0, 0) for i in range(n)]
        rewards = [update if i in present else aggregate * 0 for i, update in enumerate(updates)]
        rewards = rewards if mechanism == "standalone" else [reward for reward, _ in paid]
        for i in present:
            pay[i].append(0.0 if mechanism == "standalone" else float(ratio[i]))
        server = server + aggregate
        params = [params[agent] + rewards[agent] for agent in range(n)]
        yield PlainRound(
            updates=np.stack(updates),
            uploads=np.stack(uploads),
            aggregate=aggregate,
            gram=np.array([[float(one @ other) for other in weighted] for one in weighted]),
            psi=psi,
            phi=phi,
            importance=importance,
            reward_ratio=ratio,
            rewards=np.stack(rewards),
            reward_length=np.array([_norm(reward) / max(_norm(aggregate), 1e-300) for reward in rewards]),
            download_bytes=np.array([min(8 * kept, 4 * len(aggregate)) for _, kept in paid]),
            params=np.stack(params),
            server_params=server,
        )


def members_of(scenario: Scenario, round_index: int) -> list[int]:
    """Who has joined and not left."""
    last = [agent.leaves or scenario.n_rounds for agent in scenario.full_agents]
    return [i for i, agent in enumerate(scenario.full_agents) if agent.joins <= round_index + 1 <= last[i]]


def drawn_of(scenario: Scenario, round_index: int) -> list[int]:
    """The members whom the round's draw takes: the first in a random order of all agents."""
    members = members_of(scenario, round_index)
    if scenario.participation == 1:
        return members
    order = random_stream(scenario.start_seed, Stream.PRESENT_AGENTS, round_index).permutation(scenario.n_agents)
    count = max(1, math.floor(scenario.participation * len(members) + 1e-9))
    return sorted([int(i) for i in order if i in members][:count])


def present_of(scenario: Scenario, round_index: int) -> list[int]:
    """Who is drawn and has something to send: what it learnt so many rounds ago, when it was a member already."""
    ago = [round_index - agent.delay for agent in scenario.full_agents]
    return [i for i in drawn_of(scenario, round_index) if ago[i] >= 0 and i in members_of(scenario, ago[i])]


def _weight_by_importance(
    importance: np.ndarray, by_size: np.ndarray, scenario: Scenario, round_index: int, present: list[int]
) -> np.ndarray:
    """By importance among who is there; who has joined in this round has none, and weighs its share of the data."""
    new = [i for i in present if scenario.full_agents[i].joins == round_index + 1]
    old = [i for i in present if i not in new]
    if not old or not importance[old].any():
        return by_size
    if old == members_of(scenario, round_index):
        return importance
    weight, rest = np.zeros(len(importance)), 1 - by_size[new].sum()
    weight[new] = by_size[new]
    weight[old] = rest * importance[old] / importance[old].sum()
    return weight


def _next_importance(
    importance: np.ndarray, contribution: np.ndarray, scenario: Scenario, members: list[int]
) -> np.ndarray:
    alpha = scenario.importance_smoothing
    mixed = np.zeros(len(importance))
    for i in members:
        mixed[i] = max(alpha * importance[i] + (1 - alpha) * contribution[i], 1e-3)
    return mixed / sum(mixed)


def _reward_ratio(importance: np.ndarray, scenario: Scenario) -> np.ndarray:
    if scenario.altruism_degree == math.inf:
        return np.ones(len(importance))
    saturated = [math.tanh(scenario.altruism_degree * share) for share in importance]
    return np.array([value / max(saturated) for value in saturated])


def _torch(features: np.ndarray, dtype: np.dtype) -> torch.Tensor:
    return torch.from_numpy(features.astype(dtype))
