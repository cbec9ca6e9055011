"""Other mechanisms, agent by agent, written from their authors' programs: the engine must agree with them.

Each loop keeps its program's order of steps and says which program it was read in. It shares with the product only the
scenario, the shards and the named random streams. Local training is that of ``plain_loop``: what the programs do about
optimisers, schedules, data and pretraining is the scenario's business here. Comments marked "as read" say what else
a program does and the loop does not; docs/method.md lists them as departures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cgs_core.data import FederatedData
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Scenario
from tests.reference.plain_loop import (
    cosine,
    honest_update,
    initial_params,
    predicted,
    shapley_by_definition,
    sparsified,
    tensor_shapes,
)


@dataclass(frozen=True)
class BaselineRound:
    """After one round; N agents, D parameters."""

    params: np.ndarray  # (N, D) where each agent's next training starts
    server_params: np.ndarray  # (D,)
    worth: np.ndarray  # (N,) the program's measure of contribution
    importance: np.ndarray  # (N,) its reputation, or whatever decides the pay; 0 for the evicted
    ratio: np.ndarray  # (N,) how much came back, in the program's own measure


def cffl(scenario: Scenario, data: FederatedData) -> Iterator[BaselineRound]:
    """CFFL: ``Federated_Learner.py`` of XinyiYS/CollaborativeFairFederatedLearning, commit 5c8f854.

    With the arguments that its main program uses for adult: the mean, the largest entries of all; theta = 1, without
    pretraining. As read: the entry at the threshold is kept with all of its size; the amount 0 keeps everything.
    """
    n, sizes = scenario.n_agents, _sizes(data)
    params, server = _start(scenario)
    reputations, reputable = np.zeros(n), list(range(n))
    coefficient = 1 / 6 if scenario.split == "classimbalance" else 1 / 3
    threshold = coefficient / n
    for epoch in range(scenario.n_rounds):
        updates, accuracies = [], []
        for i in range(n):  # train_locally: everybody, also who is no longer reputable
            clipped = np.clip(local_change(scenario, data, i, epoch, params[i]), -0.01, 0.01)
            params[i] = params[i] + clipped
            updates.append(clipped)
            accuracies.append(_validation_accuracy(scenario, data, params[i]))
        alpha = 5 * (1 + epoch / scenario.n_rounds)  # compute_reputations_sinh
        total, n_before = sum(accuracies[i] for i in reputable), len(reputable)
        worth = np.array([accuracies[i] / total if i in reputable else 0.0 for i in range(n)])
        for i in reputable:
            reputations[i] = reputations[i] * 0.8 + worth[i] * 0.2
        reputations = np.sinh(alpha * reputations)
        reputations /= reputations.sum()
        reputable = [i for i in reputable if reputations[i] >= threshold]
        reputations[reputations < threshold] = 0
        if n_before != len(reputable):
            reputations /= reputations.sum()
            threshold = coefficient / len(reputable)
        aggregated = np.zeros_like(server)  # aggregate_gradients_and_update_federated_model
        for i in reputable:
            aggregated += updates[i] * (sizes[i] / sizes.sum())
        server = server + aggregated
        ratio = np.zeros(n)
        for i in reputable:  # assign_updates_with_filter
            ratio[i] = reputations[i] / reputations.max() * sizes[i] / sizes.max()
            allocated, _ = sparsified(scenario, aggregated, ratio[i])
            params[i] = params[i] + allocated - sizes[i] / sizes.max() * updates[i]
        yield BaselineRound(np.stack(params), server, worth, reputations.copy(), ratio)


def rffl(scenario: Scenario, data: FederatedData) -> Iterator[BaselineRound]:
    """RFFL: ``RFFL_run.py`` of XinyiYS/Robust-and-Fair-Federated-Learning, commit 1bd73d7; its mask is layer by layer.

    As read: the mask drops the smallest entry of a layer even at q = 1, and the server's model is never moved.
    """
    n, sizes = scenario.n_agents, _sizes(data)
    params, server = _start(scenario)
    rs, r_set = np.zeros(n), list(range(n))
    for round_index in range(scenario.n_rounds):
        gradients = []
        for i in range(n):
            gradient = local_change(scenario, data, i, round_index, params[i])
            norm_value = np.linalg.norm(gradient) + 1e-7
            if norm_value > scenario.update_norm:
                gradient = scenario.update_norm * gradient / norm_value
            params[i] = params[i] + gradient  # the own step stays
            gradients.append(gradient)
        weights = sizes / sizes.sum() if round_index == 0 else rs
        aggregated = sum(weight * gradient for weight, gradient in zip(weights, gradients, strict=True))
        phis = np.array([cosine(gradient, aggregated) for gradient in gradients])
        rs = scenario.importance_smoothing * rs + (1 - scenario.importance_smoothing) * phis
        rs[[i for i in range(n) if i not in r_set]] = 0
        rs = rs / rs.sum()
        if round_index >= 10:
            threshold = 1 / 3 / len(r_set)
            for i in [i for i in r_set if rs[i] < threshold]:
                rs[i] = 0
                r_set.remove(i)
        rs = rs / rs.sum()
        q_ratios = rs / rs.max()
        for i in range(n):
            params[i] = params[i] + sparsified(scenario, aggregated, max(0.0, q_ratios[i]))[0]
        server = server + aggregated
        phis[[i for i in range(n) if rs[i] == 0 and weights[i] == 0]] = 0  # of no account once evicted
        yield BaselineRound(np.stack(params), server, phis, rs, q_ratios)


def shapfed(scenario: Scenario, data: FederatedData) -> Iterator[BaselineRound]:
    """ShapFed: ``main_cifar10.py`` of tnurbek/shapfed, commit 5771a37, with ``aggregation`` 2.

    Personalised with the values themselves, not normalised, as ``main_synthetic.py`` and the README have it.
    """
    n = scenario.n_agents
    params, server = _start(scenario)
    weights, values, mu = np.full(n, 1 / n), None, 0.9
    for round_index in range(scenario.n_rounds):
        changes = [local_change(scenario, data, i, round_index, params[i]) for i in range(n)]
        params = [own + change for own, change in zip(params, changes, strict=True)]
        rows = [_class_rows(scenario, change) for change in changes]  # (n_classes, n_inputs + 1) each
        whole = sum(weight * own for weight, own in zip(weights / weights.sum(), rows, strict=True))
        fresh = np.array([np.mean([cosine(own[c], whole[c]) for c in range(len(own))]) for own in rows])
        values = fresh if values is None else mu * values + (1 - mu) * fresh
        weights = values / values.sum()
        server = sum(weight * own for weight, own in zip(weights, params, strict=True))  # of whole models
        params = [(1 - value) * own + value * server for value, own in zip(values, params, strict=True)]
        yield BaselineRound(np.stack(params), server, values, weights, values)


def iafl(scenario: Scenario, data: FederatedData) -> Iterator[BaselineRound]:
    """IAFL: ``main_IAFL.py`` of ZhaoxuanWu/Incentive-Aware-FL, commit 732ffeb; p_i is the shard's size (its option 1).

    The program sets agents to the server's model at the start of an iteration, before they train: so the models of a
    round, here as in the engine, are those after the draw that opens the next iteration.
    """
    n, sizes = scenario.n_agents, _sizes(data)
    params, server = _start(scenario)
    for iteration in range(scenario.n_rounds):
        streams = [random_stream(scenario.start_seed, Stream.SHARED_UPDATES, i, iteration) for i in range(n)]
        is_set_next = [stream.random() < scenario.sync_probability for stream in streams]
        gradients = [local_change(scenario, data, i, iteration, params[i]) for i in range(n)]
        proportions = np.minimum(sizes / sizes.max(), 1) ** (1 - scenario.reward_equality)
        reward_size = np.ceil(proportions * (n - 1))
        inclusion = np.zeros((n, n))
        for i in range(n):
            inclusion[i, streams[i].permutation([j for j in range(n) if j != i])[: int(reward_size[i])]] = 1
            inclusion[i, i] = 1
        r_weights = inclusion / inclusion.sum(axis=1, keepdims=True)
        params = [params[i] + sum(r_weights[i, j] * gradients[j] for j in range(n)) for i in range(n)]
        best = int(proportions.argmax())
        server = server + sum(r_weights[best, j] * gradients[j] for j in range(n))
        params = [server.copy() if is_set_next[i] else params[i] for i in range(n)]  # opens the next iteration
        ratio = np.array([1.0 if is_set_next[i] else (inclusion[i].sum() - 1) / (n - 1) for i in range(n)])
        yield BaselineRound(np.stack(params), server, sizes / sizes.sum(), sizes / sizes.sum(), ratio)


def sampled_sync(scenario: Scenario, data: FederatedData) -> Iterator[BaselineRound]:
    """Lin et al.: ``run_2stages_exp_stream.py`` and ``_fedrl.py`` of xqlin98/Fair-yet-Equal-CML, commit 34dfd30.

    The value of stage 1 is what ``cosine_gradient_linear`` estimates, exactly. As read: that function weighs an update
    twice, which equal shards do not show. Agents take the server's model at the start of an iteration: so the
    models of a round, here as in the engine, are those with which the next iteration starts.
    """
    n, sizes = scenario.n_agents, _sizes(data)
    params, server = _start(scenario)
    weights = sizes / sizes.sum()
    score, value, chances = np.zeros(n), np.zeros(n), np.zeros(n)
    selected = list(range(n))
    for t in range(scenario.n_rounds):
        gradients = {i: local_change(scenario, data, i, t, server) for i in selected}
        weighted = np.stack([weights[i] * gradients.get(i, np.zeros_like(server)) for i in range(n)])
        server = server + weighted.sum(axis=0)
        value = shapley_by_definition(weighted)
        if t < scenario.exploration_rounds:  # stage 1: everybody, from the server's model
            score = t / (t + 1) * score + 1 / (t + 1) * value
        if t + 1 >= scenario.exploration_rounds:  # stage 2: who is drawn, and nobody else
            chances = np.exp(scenario.draw_sharpness * (score - score.max()))
            chances = (chances / chances.sum() + 1e-30) / (1 + n * 1e-30)
            rng = random_stream(scenario.start_seed, Stream.SYNCHRONISED_AGENTS, t + 1)
            size = int(scenario.sync_fraction * n)
            selected = rng.choice(range(n), size=size, replace=False, p=chances).tolist()
        for i in selected:
            params[i] = server.copy()
        ratio = np.array([float(i in selected) for i in range(n)])
        yield BaselineRound(np.stack(params), server, value, score, ratio)


def _start(scenario: Scenario) -> tuple[list[np.ndarray], np.ndarray]:
    start = initial_params(scenario)
    return [start.copy() for _ in range(scenario.n_agents)], start.copy()


def local_change(scenario: Scenario, data: FederatedData, agent: int, t: int, start: np.ndarray) -> np.ndarray:
    """(D,) what local training changes."""
    return honest_update(scenario, data, agent, t, start, is_scaled=False)


def _sizes(data: FederatedData) -> np.ndarray:
    return np.array([shard.n_samples for shard in data.shards], np.float64)


def _class_rows(scenario: Scenario, flat: np.ndarray) -> np.ndarray:
    """(n_classes, n_inputs + 1): of a dense net's last layer, the weights to each class and its bias."""
    weight, bias = tensor_shapes(scenario)[-2:]
    last = flat[-(math.prod(weight) + bias[0]) :]
    return np.vstack([last[: -bias[0]].reshape(weight), last[-bias[0] :]]).T


def _validation_accuracy(scenario: Scenario, data: FederatedData, flat: np.ndarray) -> float:
    samples = data.validation
    return float((predicted(scenario, samples.features, flat) == samples.labels).mean())
