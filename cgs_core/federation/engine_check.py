"""A run computed once more by the other engine: NumPy's rounds against torch's, each from the same models."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cgs_core.data import federated_data
from cgs_core.engines import torch_in_words
from cgs_core.federation.models import model_of, second_model
from cgs_core.federation.one_thread import on_one_thread
from cgs_core.federation.rounds import Federation, FederationsRound, iterate_federations
from cgs_core.mechanisms import FEDAVG, STANDALONE
from cgs_core.records.engine_check import CheckRecord
from cgs_core.scenario import Scenario


def iterate_check(scenario: Scenario) -> Iterator[CheckRecord]:
    """Each round by both engines, in float64, from the models with which the run's own round begins, which is float32.

    So rounding does not add up from round to round, and a difference is that of one round of training, worth and pay.

    Raises
    ------
    CgsError: torch is not installed, or there is no second engine for the scenario's model.
    """
    data, everybody = federated_data(scenario), np.ones(scenario.n_agents, np.bool_)
    federations = [
        Federation(scenario, everybody),
        *(Federation.of(scenario, mechanism, everybody) for mechanism in (STANDALONE, FEDAVG)),
    ]
    second, engine = second_model(scenario, np.float64), torch_in_words()
    models = ((model_of(scenario), np.float32), (model_of(scenario, np.float64), np.float64), (second, np.float64))
    runs = [iterate_federations(scenario, data, model, federations, dtype) for model, dtype in models]
    for shown, own, other in on_one_thread(zip(*runs, strict=True)):
        yield CheckRecord(
            round_index=own.round_index,
            params=max(_apart(own.params, other.params), _apart(own.server_params, other.server_params)),
            worth=_worth(own, other),
            pay=_pay(own, other),
            shown_worth=_worth(shown, other),
            shown_pay=_pay(shown, other),
            engine=engine,
        )
        for doubled in (own, other):  # the next round begins from the run's models, whatever this one has made of them
            doubled.params[...] = shown.params
            doubled.server_params[...] = shown.server_params


def _worth(one: FederationsRound, other: FederationsRound) -> float:
    return _apart(one.exchanges[0].contribution, other.exchanges[0].contribution)


def _pay(one: FederationsRound, other: FederationsRound) -> float:
    names = ("importance", "reward_ratio", "reward_length")
    return max(_apart(getattr(one.exchanges[0], name), getattr(other.exchanges[0], name)) for name in names)


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference, as a part of the largest number if that is above 1."""
    return float(np.abs(one - other).max() / max(np.abs(one).max(), 1))
