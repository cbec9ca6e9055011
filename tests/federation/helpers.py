"""Small scenarios and hand-made data for the tests of federated training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cgs_core.data import FederatedData, Shard, federated_data
from cgs_core.federation import Federation, FederationsRound, iterate_federations, model_of
from cgs_core.mechanisms import Mechanism
from cgs_core.scenario import Scenario


def small(**changes: object) -> Scenario:
    """Wines, three agents with unequal shards, five rounds."""
    usual = {"dataset": "wine", "n_agents": 3, "n_samples": 60, "hidden_units": 6, "n_rounds": 5, "batch_size": 8}
    return Scenario(**(usual | changes))


def federation(
    scenario: Scenario, members: Sequence[bool] | np.ndarray | None = None, mechanism: Mechanism | None = None
) -> Federation:
    """Of everybody under the scenario's own mechanism, unless told otherwise."""
    inside = np.ones(scenario.n_agents, np.bool_) if members is None else np.array(members, np.bool_)
    return Federation.of(scenario, mechanism, inside) if mechanism else Federation(scenario, inside)


def rounds(
    scenario: Scenario,
    federations: Sequence[Federation] | None = None,
    data: FederatedData | None = None,
    dtype: type = np.float64,
) -> Iterator[FederationsRound]:
    chosen = [federation(scenario)] if federations is None else federations
    own = federated_data(scenario) if data is None else data
    return iterate_federations(scenario, own, model_of(scenario, dtype), chosen, dtype)


def with_shards(data: FederatedData, order: Sequence[int]) -> FederatedData:
    """The same data set with the shards in another order."""
    return FederatedData(
        data.dataset, tuple(_moved(data.shards[old], new) for new, old in enumerate(order)), data.validation
    )


def _moved(shard: Shard, agent_index: int) -> Shard:
    return Shard(agent_index, shard.source_index, shard.features, shard.labels, shard.true_labels)
