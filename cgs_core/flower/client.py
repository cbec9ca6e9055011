"""An app for Flower's clients: each has a model of its own, and adds what it is paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from cgs_core.federation.parcels import added
from cgs_core.flower.messages import (
    ARRAYS,
    CONFIG,
    METRICS,
    N_SAMPLES,
    REWARD_ROUND,
    WITHOUT_MODEL,
    layers_of,
    parcel_of,
    record_of,
)

Model = dict[str, np.ndarray]
Train = Callable[[Model, Mapping[str, Any], Context], tuple[Mapping[str, Any], float, Mapping[str, float]]]
Evaluate = Callable[[Model, Mapping[str, Any], Context], Mapping[str, float]]

_MODEL, _PAID = "cgs-model", "cgs-paid"


def client_app(train: Train, evaluate: Evaluate | None = None, **options: Any) -> ClientApp:
    """An app whose clients each keep a model of their own between the rounds, in the context's state.

    Parameters
    ----------
    train: (model, config, context) -> (trained, n_samples, metrics). ``model`` is a copy of the client's own, arrays by
        name, with what the server paid in it; ``trained`` is the model after local training, laid out alike (arrays or
        tensors); ``metrics`` are numbers by name. ``config`` has ``server-round``, from 1, ``told`` (why the
        update before did not count; empty where it did) and what the server's ``train_config`` has.
    evaluate: (model, config, context) -> metrics, of the client's own model; None: it has nothing to say.
    options: as of Flower's ``ClientApp``.

    The update, trained less before, is what is sent; the client's model does not move by it, but by its reward.
    """
    app = ClientApp(**options)

    @app.train()
    def _train(message: Message, context: Context) -> Message:
        model = _model_after(message, context)
        if model is None:
            return _reply(message, {WITHOUT_MODEL: 1})
        own = {name: layer.copy() for name, layer in model.items()}
        trained, n_samples, metrics = train(own, message.content[CONFIG], context)
        return _reply(message, {**metrics, N_SAMPLES: n_samples}, _update(model, trained))

    @app.evaluate()
    def _evaluate(message: Message, context: Context) -> Message:
        model = _model_after(message, context)
        if model is None:
            return _reply(message, {WITHOUT_MODEL: 1})
        metrics = {} if evaluate is None else evaluate(model, message.content[CONFIG], context)
        return _reply(message, {**metrics, N_SAMPLES: metrics.get(N_SAMPLES, 1)})

    return app


def _model_after(message: Message, context: Context) -> Model | None:
    """The client's model with what the letter brings, kept in the context; None: it has none to go on with.

    A letter may come twice, or late: a reward is added once.
    """
    content, state = message.content, context.state
    start, own = content.array_records.get(ARRAYS), state.array_records.get(_MODEL)
    if start is None and own is None:
        return None
    model = layers_of(own if start is None else start)
    paid = -1 if start is not None else state.metric_records[_PAID]["round"]
    reward_round, parcel = content.config_records[CONFIG][REWARD_ROUND], parcel_of(content)
    if parcel is not None and reward_round > paid:
        model, paid = added(model, parcel), reward_round
    state[_MODEL], state[_PAID] = record_of(model), MetricRecord({"round": paid})
    return model


def _update(model: Model, trained: Mapping[str, Any]) -> ArrayRecord:
    if set(trained) != set(model):
        raise ValueError(f"train: must give the layers {sorted(model)}; got {sorted(trained)}")
    update = {}
    for name, layer in model.items():
        after = trained[name].detach().cpu().numpy() if hasattr(trained[name], "detach") else np.asarray(trained[name])
        if after.shape != layer.shape:
            raise ValueError(f"train: layer '{name}' must have the shape {layer.shape}; got {after.shape}")
        update[name] = (after - layer).astype(layer.dtype, copy=False)
    return record_of(update)


def _reply(message: Message, metrics: Mapping[str, float], arrays: ArrayRecord | None = None) -> Message:
    content = RecordDict({METRICS: MetricRecord(dict(metrics))})
    if arrays is not None:
        content[ARRAYS] = arrays
    return Message(content, reply_to=message)
