"""Letters and answers as Flower's records, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from flwr.app import Array, ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict

from cgs_core.federation.correspondence import Answer, Layers, Letter
from cgs_core.federation.parcels import Parcel, packed

ARRAYS, CONFIG, METRICS = "arrays", "config", "metrics"
"""Flower's own names: of the update in an answer and of the starting model in a letter; of settings; of numbers."""

REWARD, N_SAMPLES, WITHOUT_MODEL = "reward", "num-examples", "without-model"
REWARD_ROUND, TOLD = "reward-round", "told"

_MOST_LETTERS = 300  # of a failure's text


def record_of(layers: Layers) -> ArrayRecord:
    """Layers by name, without pickle."""
    return ArrayRecord({name: Array(np.ascontiguousarray(layer)) for name, layer in layers.items()})


def layers_of(record: ArrayRecord) -> dict[str, np.ndarray]:
    """Raises ``ValueError`` for what is no array."""
    layers = {}
    for name, array in record.items():
        try:
            layers[name] = array.numpy()
        except Exception as error:  # whatever the bytes do to what reads them
            raise ValueError(f"layer '{name}' cannot be read as an array ({type(error).__name__})") from None
    return layers


def content_of(letter: Letter, config: Mapping[str, Any]) -> RecordDict:
    """A letter, with settings of Flower's or of the caller's own."""
    settings = ConfigRecord({**config, REWARD_ROUND: letter.reward_round, TOLD: letter.told})
    content = RecordDict({CONFIG: settings})
    if letter.start is not None:
        content[ARRAYS] = record_of(letter.start)
    if letter.reward is not None:
        parcel = packed(letter.reward)
        parts = {"values": parcel.values} | ({} if parcel.places is None else {"places": parcel.places})
        content[REWARD] = record_of(parts)
    return content


def parcel_of(content: RecordDict) -> Parcel | None:
    """The reward of a letter."""
    if (record := content.array_records.get(REWARD)) is None:
        return None
    parts = layers_of(record)
    return Parcel(parts["values"], parts.get("places"))


def answer_of(message: Message) -> Answer:
    """What a client sent back to train."""
    if message.has_error():
        return Answer(failure=f"the client's app failed: {_short(message.error.reason)}")
    metrics = metrics_of(message)
    if WITHOUT_MODEL in metrics:
        return Answer(is_without_model=True)
    arrays = message.content.array_records.get(ARRAYS, ArrayRecord())
    try:
        return Answer(update=layers_of(arrays), n_samples=metrics.get(N_SAMPLES))
    except ValueError as error:
        return Answer(failure=f"update: {error}")


def metrics_of(message: Message) -> Mapping[str, Any]:
    """The numbers that a client sent besides; none where it failed, or sent none."""
    return message.content.metric_records.get(METRICS, MetricRecord()) if message.has_content() else {}


def _short(reason: str | None) -> str:
    """The last line of a traceback, which says what was wrong."""
    lines = (reason or "").strip().splitlines()
    return lines[-1].strip()[:_MOST_LETTERS] if lines else "it did not say why"
