"""What a server holds of one federation in one round: the one record that valuations and reward rules go by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from cgs_core.scenario import Scenario
from cgs_core.typing import Contribution, FloatArray, Gram, IntArray, Params


def unknown(*arguments: object) -> np.ndarray:
    """What a rule gets that asks for more than its row says."""
    raise ValueError("this server cannot say it: it was not given what is needed")


@dataclass(frozen=True, kw_only=True)
class Round:
    """What a server holds of one federation in one round: n members, D parameters.

    Arrays are the engine's own: look at them, and change none. A valuation goes by what a server has: uploads, weights,
    models, and how accurate a model is on samples set aside. ``updates`` is left to the agents by some reward rules.

    Attributes
    ----------
    rules: under which the federation values and pays.
    round_index: from 0.
    agents: (n,) the members' places among all agents.
    n_samples: (n,) how many samples each member says that its shard has.
    samples_at_start: those of all who were members at the start, in the order of agents, the evicted too.
    weight: (n,) a_i, sums to 1; less where the reward rule leaves members out of the round, whose weight is 0.
    starts: (n, D) w_i, the members' models before the round.
    updates: (n, D) what each learnt, whatever it uploaded: as long as ``rules.upload_scaling`` says.
    update_scale: (n,) what an update times makes it as long as the local training went; 1 as trained.
    uploads: (n, D) u_i, as they were sent.
    upload_sum: (n, D) each member's uploads so far, this round's too; None unless the valuation's row remembers.
    contribution: (n,) what they are worth in this round; empty until they are valued.
    contribution_before: (n,) what they were worth in the round before; zeros in the first.
    aggregate: (D,) u_N = sum_i a_i u_i.
    gram: (n, n) M_ij = a_i a_j <u_i, u_j>, float64.
    server_params: (D,) w_S before the round.
    layer_sizes: lengths of the parameter tensors, in the order of the flat vector.
    class_rows: (n_models, D) -> (n_models, n_classes, n_inputs + 1), the last layer's weights and bias.
    validation_accuracy: (n_models, D) -> (n_models,), on the samples set aside.
    validation_gradient: (n_models, D) -> (n_models, D), of the mean cross-entropy on the samples set aside.
    validation_loss: (n_models, D) -> (n_models,), mean cross-entropy on the samples set aside, nats.
    server_update: (D,) what the server itself learns from w_S on the samples set aside, trained as an agent trains.
    """

    rules: Scenario
    round_index: int
    agents: IntArray
    n_samples: IntArray
    samples_at_start: IntArray
    weight: FloatArray
    starts: Params
    updates: Params
    update_scale: FloatArray
    uploads: Params
    upload_sum: Params | None = None
    contribution: Contribution = field(default_factory=lambda: np.zeros(0))
    contribution_before: Contribution
    aggregate: Params
    gram: Gram
    server_params: Params
    layer_sizes: Sequence[int]
    class_rows: Callable[[Params], FloatArray]
    validation_accuracy: Callable[[Params], FloatArray]
    validation_gradient: Callable[[Params], Params]
    server_update: Callable[[], Params]
    validation_loss: Callable[[Params], FloatArray] = unknown

    @property
    def n_agents(self) -> int:
        return len(self.agents)

    @property
    def new_server_params(self) -> Params:
        """(D,) w_S + u_N, the server's model after the round."""
        return np.asarray(self.server_params + self.aggregate)

    @property
    def masked_layers(self) -> Sequence[int] | None:
        """The tensors that a mask is made for one by one; None where it is over the whole vector."""
        return self.layer_sizes if self.rules.mask_scope == "layer" else None

    @classmethod
    def of_uploads(cls, rules: Scenario, uploads: Params, weight: FloatArray, **others: object) -> Round:
        """A round with the aggregate and the Gram matrix of its uploads (n, D) and weights (n,)."""
        weighted = (weight[:, None] * uploads).astype(np.float64)
        aggregate = weighted.sum(axis=0).astype(uploads.dtype)
        made = {"aggregate": aggregate, "gram": weighted @ weighted.T}
        return cls(rules=rules, uploads=uploads, weight=weight, **made, **others)  # type: ignore[arg-type]


def small_round(n_agents: int = 4, n_params: int = 12) -> Round:
    """A made-up round of honest agents, on which rows are tried: random updates that agree in part."""
    rng = np.random.default_rng(0)
    updates = rng.standard_normal((n_agents, n_params)) + rng.standard_normal(n_params)
    return Round.of_uploads(
        Scenario(n_agents=n_agents, n_validation=10),
        updates.astype(np.float32),
        np.full(n_agents, 1 / n_agents),
        round_index=0,
        agents=np.arange(n_agents),
        n_samples=np.arange(n_agents) + 10,
        samples_at_start=np.arange(n_agents) + 10,
        starts=np.zeros((n_agents, n_params), np.float32),
        updates=updates.astype(np.float32),
        update_scale=np.ones(n_agents),
        upload_sum=updates.astype(np.float32),
        contribution=np.full(n_agents, 0.5),
        contribution_before=np.zeros(n_agents),
        server_params=np.zeros(n_params, np.float32),
        layer_sizes=(n_params // 2, n_params - n_params // 2),
        class_rows=lambda params: params.reshape(len(params), 3, -1),
        validation_accuracy=lambda params: 0.5 + 0.4 * np.sin(params.sum(axis=1)),
        validation_gradient=lambda params: np.cos(params.astype(np.float64)),
        validation_loss=lambda params: 1 + np.cos(params.sum(axis=1)),
        server_update=lambda: updates.mean(axis=0).astype(np.float32),
    )
