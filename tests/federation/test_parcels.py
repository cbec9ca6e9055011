"""Rewards as they are sent: what is added is what was paid, and no parcel is longer than it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgs_core.federation import sparsify
from cgs_core.federation.parcels import Parcel, added, packed
from cgs_core.mechanisms.download import download_bytes

SHAPES = {"b": (3, 4), "a": (5,), "c": (2, 1, 2)}


def layers(seed: int, dtype: type = np.float32) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(shape).astype(dtype) for name, shape in SHAPES.items()}


@given(st.integers(0, 1000), st.floats(0, 1))
def test_what_is_paid_is_added_and_takes_the_bytes_that_were_said(seed: int, ratio: float) -> None:
    model, whole = layers(seed), np.random.default_rng(seed).standard_normal(21).astype(np.float32)
    (reward,) = sparsify(whole, np.array([ratio]))
    parts = np.split(reward, [5, 17])
    by_name = {name: part.reshape(SHAPES[name]) for name, part in zip("abc", parts, strict=True)}
    parcel = packed(by_name)
    assert parcel.n_bytes == download_bytes(21, np.array([ratio]))[0]
    richer = added(model, parcel)
    assert list(richer) == list(model)
    for name, layer in richer.items():
        np.testing.assert_array_equal(layer, model[name] + by_name[name])


def test_the_layers_keep_their_types() -> None:
    model = {"a": np.zeros(2, np.float16), "b": np.zeros(2, np.float64)}
    richer = added(model, packed({"a": np.ones(2, np.float16), "b": np.ones(2)}))
    assert [layer.dtype for layer in richer.values()] == [np.float16, np.float64]


@pytest.mark.parametrize(
    ("parcel", "message"),
    [
        (Parcel(np.ones(20)), "values: 21 of them"),
        (Parcel(np.full(21, np.nan)), "values: finite numbers"),
        (Parcel(np.ones((1, 21))), "values: finite numbers in one row"),
        (Parcel(np.ones(21, np.int64)), "values: finite numbers"),
        (Parcel(np.ones(2), np.array([3])), "places: whole numbers, one a value"),
        (Parcel(np.ones(2), np.array([0.0, 1.0])), "places: whole numbers"),
        (Parcel(np.ones(2), np.array([-1, 3])), "places: ascending, from 0 to 20"),
        (Parcel(np.ones(2), np.array([3, 21])), "places: ascending"),
        (Parcel(np.ones(2), np.array([3, 3])), "places: ascending"),
    ],
)
def test_a_parcel_for_another_model_is_refused(parcel: Parcel, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        added(layers(0), parcel)
