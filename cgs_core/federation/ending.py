"""A run of which only the end is wanted: the same training and the same last accuracies, and nothing beside them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cgs_core.data import federated_data
from cgs_core.federation.models import model_of
from cgs_core.federation.one_thread import on_one_thread
from cgs_core.federation.rounds import Federation, iterate_federations
from cgs_core.records.ending import EndingRecord
from cgs_core.scenario import Scenario


def iterate_ending(scenario: Scenario) -> Iterator[EndingRecord]:
    """One ``EndingRecord`` a round; the last one has the accuracies of the run's last ``RoundRecord``, to the byte.

    Nobody trains alone or by FedAvg beside it, and models are tried once: with many agents a quarter of a run's time.
    Raises ``DataError`` as a run does.
    """
    return on_one_thread(_rounds(scenario))


def _rounds(scenario: Scenario) -> Iterator[EndingRecord]:
    data, model = federated_data(scenario), model_of(scenario)
    everybody = np.ones(scenario.n_agents, np.bool_)
    for played in iterate_federations(scenario, data, model, [Federation(scenario, everybody)]):
        accuracy = np.zeros(0)
        if played.round_index == scenario.n_rounds - 1:
            labels = data.dataset.test_labels
            features = data.dataset.test_features.astype(played.params.dtype)
            accuracy = (model.evaluate(played.params[0], features, labels).predicted == labels).mean(axis=1)
        yield EndingRecord(played.round_index, accuracy)
