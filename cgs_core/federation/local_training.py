"""From shards to uploads: mini-batches, local training of all models at once, and the agents' conduct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cgs_core.data import FederatedData
from cgs_core.federation.conducts import CONDUCTS, Known, Memory
from cgs_core.federation.lengths import NORM_FLOOR, brought_to, lengths_of, rescale
from cgs_core.federation.model import Batches, Model
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Scenario, UploadScaling
from cgs_core.typing import IntArray, Params

Memories = Mapping[int, Memory]  # by agent

_NOTHING = 1e-12  # of a length, whose floor is 1e-7


@dataclass(frozen=True)
class Learnt:
    """What the agents of F federations learnt in one round, and what they upload; zeros for who takes no part."""

    round_index: int
    updates: Params  # (F, n_agents, n_params) u_i, as long as the federation's upload scaling says
    scale: np.ndarray  # (F, n_agents): scale u_i is as long as local training went; 1 as trained
    uploads: Params  # (F, n_agents, n_params) u_i, or what the agent's conduct makes of it
    trained_length: np.ndarray  # (F, n_agents): how far local training went, |dw_i|, before anything was scaled or cut


class LocalTrainer:
    """Trains every model of a batch of federations on its agent's shard, round by round.

    The same agent sees the same mini-batches in every federation: what differs is what it got back.
    """

    def __init__(self, scenario: Scenario, data: FederatedData, model: Model, dtype: type = np.float32) -> None:
        self._scenario = scenario
        self._model = model
        self._features: np.ndarray = np.concatenate([shard.features for shard in data.shards]).astype(dtype)
        self._labels = np.concatenate([shard.labels for shard in data.shards])
        self._validation: tuple[np.ndarray, IntArray] = (
            data.validation.features.astype(dtype),
            data.validation.labels,
        )
        sizes = [shard.n_samples for shard in data.shards]
        self._offsets = np.concatenate([[0], np.cumsum(sizes)])

    def learn(
        self,
        params: Params,
        members: np.ndarray,
        round_index: int,
        scalings: Sequence[UploadScaling],
        memories: Memories,
    ) -> Learnt:
        """A round of local training from ``params``, and the uploads.

        ``scalings`` are those of the n_federations' scenarios; ``memories`` is what agents remember whose conduct goes
        by it; the other arguments are those of ``updates``. As trained, an update longer than 1e6 is zero: its
        training has diverged.
        """
        updates, scale = self.updates(params, members, round_index)
        trained_length = scale * self._scenario.update_norm - NORM_FLOOR
        trained_length[trained_length < _NOTHING] = 0  # what rounding leaves of a training that changed nothing
        uploads = self.uploads(updates, round_index, scalings, memories)
        sent = (updates,) if uploads is updates else (updates, uploads)
        for f, scaling in enumerate(scalings):  # a conduct makes a direction; it gets the length of what was trained
            scale[f] = rescale(scaling, self._scenario.update_norm, scale[f], *(vectors[f] for vectors in sent))
        return Learnt(round_index, updates, scale, uploads, trained_length)

    def updates(self, params: Params, members: np.ndarray, round_index: int) -> tuple[Params, np.ndarray]:
        """Honest updates u_i = Gamma dw_i / (|dw_i| + 1e-7), and their scale (|dw_i| + 1e-7) / Gamma: scale u_i = dw_i.

        ``params`` (n_federations, n_agents, n_params) is where each agent starts; the updates have its shape, and
        their scale is (n_federations, n_agents). ``members``, of the latter shape, says who trains; the others'
        update is zero, and so is that of a training that left the range of numbers.
        """
        scenario = self._scenario
        batches = [self._batches(agent, round_index) for agent in range(scenario.n_agents)]
        start = params[members]
        agents = np.nonzero(members)[1]
        with np.errstate(over="ignore", invalid="ignore"):  # a learning rate that is far too large for the data
            trained = self._model.train(
                start, self._features, self._labels, [batches[agent] for agent in agents], self._rate(round_index)
            )
            change = trained - start
            change[~np.isfinite(change).all(axis=1)] = 0
            lengths = lengths_of(change)
            change[~np.isfinite(lengths[:, 0])] = 0  # as long as no float32 number
            lengths[~np.isfinite(lengths)] = 0
        updates, scale = np.zeros_like(params), np.zeros(members.shape)
        updates[members], scale[members] = brought_to(scenario.update_norm, change, lengths)
        return updates, scale

    def server_update(self, server_params: Params, round_index: int) -> Params:
        """(n_params,) the change that a round of training on the samples set aside makes to the server's model."""
        features, labels = self._validation
        stream = random_stream(self._scenario.start_seed, Stream.SERVER_BATCH_ORDER, round_index)
        batches = self._shuffled(np.arange(len(labels)), stream)
        with np.errstate(over="ignore", invalid="ignore"):
            trained = self._model.train(server_params[None], features, labels, [batches], self._rate(round_index))[0]
            change: Params = trained - server_params
        return change if np.isfinite(change).all() else np.zeros_like(change)

    def losses(self, params: Params, agents: np.ndarray) -> np.ndarray:
        """Mean cross-entropy of these agents' models ``(n, n_params)``, each on its own shard: (n,), nats."""
        losses = []
        for own, agent in zip(params, agents, strict=True):
            rows = slice(self._offsets[agent], self._offsets[agent + 1])
            losses.append(self._model.evaluate(own[None], self._features[rows], self._labels[rows]).loss[0])
        return np.array(losses)

    def uploads(
        self, updates: Params, round_index: int, scalings: Sequence[UploadScaling], memories: Memories
    ) -> Params:
        """What the agents really send (F, n_agents, n_params): ``updates``, or what their conduct makes of them."""
        scenario, sent = self._scenario, updates
        is_scaled = np.array([scaling in ("to_norm", "at_most_norm") for scaling in scalings])
        for index, agent in enumerate(scenario.agents):
            if agent.conduct != "honest":
                sent = sent.copy() if sent is updates else sent
                row, stream = CONDUCTS[agent.conduct], self._conduct_stream(index, round_index)
                known = self._known(index, updates, round_index, is_scaled, memories) if row.knows else None
                sent[:, index] = row.of(updates[:, index], scenario.update_norm, stream, known)
        return sent

    def _known(self, index: int, updates: Params, round_index: int, is_scaled: np.ndarray, memories: Memories) -> Known:
        agent = self._scenario.agents[index]
        partners = [index for index, other in enumerate(self._scenario.agents) if other.conduct == agent.conduct]
        memory = memories.get(index) or Memory.of_nothing(len(updates), round_index, updates.shape[2], updates.dtype)
        return Known(agent, memory.last_reward, memory.paid[:, :round_index], updates[:, partners], is_scaled)

    def _conduct_stream(self, agent: int, round_index: int) -> np.random.Generator:
        return random_stream(self._scenario.start_seed, Stream.FREE_RIDER_NOISE, agent, round_index)

    def _batches(self, agent: int, round_index: int) -> Batches:
        """The rows of each mini-batch: a fresh shuffle of the whole shard a local epoch, its last batch short."""
        stream = random_stream(self._scenario.start_seed, Stream.BATCH_ORDER, agent, round_index)
        return self._shuffled(np.arange(self._offsets[agent], self._offsets[agent + 1]), stream)

    def _shuffled(self, rows: IntArray, stream: np.random.Generator) -> Batches:
        size = self._scenario.batch_size
        batches = []
        for _ in range(self._scenario.local_epochs):
            order = stream.permutation(rows)
            batches += [order[first : first + size] for first in range(0, len(order), size)]
        return batches

    def _rate(self, round_index: int) -> float:
        """The learning rate, which decays once a round."""
        return self._scenario.learning_rate * self._scenario.learning_rate_decay**round_index
