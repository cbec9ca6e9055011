"""Write the golden trace with the plain loop: ``python -m tests.golden.make``.

It is made anew only when the definition of the algorithm, of the shards or of the random streams is meant to change.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cgs_core.data import federated_data
from cgs_core.scenario import Agent, Scenario
from tests.reference.plain_loop import evaluate, plain_rounds

PATH = Path(__file__).with_name("wine.json")
SCENARIO = Scenario(
    dataset="wine",
    n_agents=3,
    n_samples=60,
    hidden_units=6,
    n_rounds=5,
    batch_size=8,
    altruism_degree=2.0,
    agents=(Agent(), Agent(label_noise=0.5)),
)


def golden() -> dict[str, Any]:
    """The scenario, and each quantity by round, of the chosen mechanism and of the two beside it, in float64."""
    data = federated_data(SCENARIO)
    rounds = list(plain_rounds(SCENARIO, data, "chosen"))
    alone = list(plain_rounds(SCENARIO, data, "standalone"))
    fedavg = list(plain_rounds(SCENARIO, data, "fedavg"))

    def judged(params: np.ndarray) -> tuple[float, float]:
        evaluation = evaluate(SCENARIO, data, params)
        return evaluation.accuracy, evaluation.loss

    return {
        "scenario": json.loads(SCENARIO.to_json()),
        "contribution": [played.psi.tolist() for played in rounds],
        "contribution_exact": [played.phi.tolist() for played in rounds],
        "gram": [played.gram.tolist() for played in rounds],
        "importance": [played.importance.tolist() for played in rounds],
        "reward_ratio": [played.reward_ratio.tolist() for played in rounds],
        "reward_length": [played.reward_length.tolist() for played in rounds],
        "download_bytes": [played.download_bytes.tolist() for played in rounds],
        "accuracy": [[judged(params)[0] for params in played.params] for played in rounds],
        "loss": [[judged(params)[1] for params in played.params] for played in rounds],
        "standalone_accuracy": [[judged(params)[0] for params in played.params] for played in alone],
        "server_accuracy": [judged(played.server_params)[0] for played in rounds],
        "fedavg_accuracy": [judged(played.server_params)[0] for played in fedavg],
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(golden(), indent=1) + "\n", encoding="utf-8")
