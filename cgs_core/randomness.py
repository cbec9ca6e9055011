"""Named random streams: every draw comes from a seed and the name of what is drawn.

A stream is ``SeedSequence(seed, spawn_key=(stream, *indices))``, so that a new kind of draw, another
agent or another round never shifts the numbers of the others.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What is drawn. The numbers are part of every result: append, never renumber."""

    TOY_TRAINING_DATA = 0
    TOY_TEST_DATA = 1
    PARTITION = 2
    SHARD = 3  # index: agent
    LABEL_NOISE = 4  # index: agent
    FEATURE_NOISE = 5  # index: agent
    INITIAL_PARAMS = 6
    BATCH_ORDER = 7  # indices: agent, round
    FREE_RIDER_NOISE = 8  # indices: agent, round
    PERMUTATION_SAMPLING = 9  # index: round
    VALIDATION = 10
    SHARED_UPDATES = 11  # indices: agent, round
    SYNCHRONISED_AGENTS = 12  # index: round
    SERVER_BATCH_ORDER = 13  # index: round
    DROPOUT = 14  # indices: step, digest of the mini-batch
    PRESENT_AGENTS = 15  # index: round


def random_stream(seed: int, stream: Stream, *indices: int) -> np.random.Generator:
    """The generator of one named draw.

    Parameters
    ----------
    seed: the scenario's ``data_seed`` or ``start_seed``, at least 0.
    stream: what is drawn.
    indices: which one, for instance the agent's index and the round's.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(stream), *indices)))
