"""What the five agents learn, and by which rules: the server and the clients agree on it."""

from __future__ import annotations

import numpy as np

from cgs_core import Agent, Scenario
from cgs_core.federation import model_of
from cgs_core.randomness import Stream, random_stream

SCENARIO = Scenario(dataset="wine", n_agents=5, n_rounds=3, agents=(Agent(label_noise=0.5),))  # the first is half wrong
NET = model_of(SCENARIO, np.float32)


def start() -> dict[str, np.ndarray]:
    """The model that all start from, as ``cgs_core.run`` draws it: layers by name."""
    return layers(NET.initial_params(random_stream(SCENARIO.start_seed, Stream.INITIAL_PARAMS)))


def layers(vector: np.ndarray) -> dict[str, np.ndarray]:
    """A flat vector (n_params,) as layers, whose names are in its order."""
    parts = np.split(vector, np.cumsum(NET.layer_sizes)[:-1])
    return {f"layer-{place}": part for place, part in enumerate(parts)}


def vector(model: dict[str, np.ndarray]) -> np.ndarray:
    """The layers as a flat vector (n_params,)."""
    return np.concatenate([model[name] for name in sorted(model)])
