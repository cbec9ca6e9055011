"""A server's state as arrays and JSON values, and as an npz file without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cgs_core.errors import CgsError, RecordError
from cgs_core.federation.layouts import ARRAY, BY_NAME, LAYERS, Layout
from cgs_core.federation.settlement import Standing
from cgs_core.scenario import Scenario

FORMAT, VERSION = "cgs server", 1
_NUMBERS = {"importance": "f", "contribution": "f", "first_samples": "f", "is_active": "b", "is_new": "b"}
_VECTORS = ("upload_sum", "server_params")


def state_of(rules: Scenario, standing: Standing, layout: Layout | None) -> dict[str, Any]:
    """All that goes on to the next round: arrays, and JSON values besides. The arrays are copies."""
    arrays = {name: getattr(standing, name) for name in (*_NUMBERS, *_VECTORS)}
    return {
        "format": FORMAT,
        "version": VERSION,
        "rules": json.loads(rules.to_json()),
        "round_index": standing.round_index,
        "layout": layout and {"kind": layout.kind, "names": list(layout.names), "shapes": list(layout.shapes)},
        **{name: None if array is None else array.copy() for name, array in arrays.items()},
    }


def parts_of(state: Mapping[str, Any]) -> tuple[Scenario, Standing, Layout | None]:
    """Inverse of ``state_of``. Raises ``RecordError`` where it is not what that gives."""
    try:
        if (state["format"], state["version"]) != (FORMAT, VERSION):
            raise ValueError(f"must be '{FORMAT}' {VERSION}; got {state['format']!r} {state['version']!r}")
        rules = Scenario.from_json(json.dumps(state["rules"]))
        layout = _layout(state["layout"])
        standing = Standing(
            **{name: _array(state, name, kind) for name, kind in _NUMBERS.items()},
            **{name: None if state[name] is None else _array(state, name, "f") for name in _VECTORS},  # type: ignore[arg-type]
            layer_sizes=layout.sizes if layout else (),
            round_index=int(state["round_index"]),
        )
        _check(standing, layout)
    except (CgsError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise RecordError(f"this is no state of a server, or it is damaged: {what}") from None
    return rules, standing, layout


def write(path: Path, state: Mapping[str, Any]) -> None:
    """Write a state; the file that was there stays whole until the new one is."""
    arrays = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
    header = json.dumps({name: value for name, value in state.items() if name not in arrays}, allow_nan=False)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        np.savez(file, header=np.array(header), **arrays)  # type: ignore[arg-type]
    part.replace(path)


def read(path: Path) -> dict[str, Any]:
    """Read a state. Raises ``RecordError`` for a file of another kind, or a damaged one."""
    with path.open("rb") as file:
        try:
            with np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            header = json.loads(str(arrays.pop("header")))
            return {**header, **arrays}
        except Exception as error:  # whatever the bytes do to what reads them
            why = f"{type(error).__name__}: {error}"
            raise RecordError(f"{path.name}: this is no state of a server, or it is damaged ({why})") from None


def _layout(stored: Mapping[str, Any] | None) -> Layout | None:
    if stored is None:
        return None
    shapes = tuple(tuple(int(size) for size in shape) for shape in stored["shapes"])
    layout = Layout(stored["kind"], tuple(stored["names"]), shapes)
    n_names = len(shapes) if layout.kind == BY_NAME else 0
    if layout.kind not in (ARRAY, LAYERS, BY_NAME) or len(layout.names) != n_names or layout.n_params < 1:
        raise ValueError(f"layout: names and shapes of layers; got {layout}")
    return layout


def _array(state: Mapping[str, Any], name: str, kind: str) -> np.ndarray:
    array = np.array(state[name])
    if array.dtype.kind != kind or not np.isfinite(array).all():
        raise ValueError(f"{name}: finite numbers of the kind '{kind}'; got {array.dtype}")
    return array


def _check(standing: Standing, layout: Layout | None) -> None:
    n_agents = len(standing.is_active)
    for name in _NUMBERS:
        if (got := getattr(standing, name).shape) != (n_agents,):
            raise ValueError(f"{name}: one value an agent, shape ({n_agents},); got {got}")
    total, n_params = standing.importance.sum(), layout.n_params if layout else 0
    if standing.importance.min(initial=0) < 0 or not (total == 0 or abs(total - 1) < 1e-6):
        raise ValueError(f"importance: at least 0, and sums to 1; got {standing.importance.tolist()}")
    if standing.round_index < 0 or standing.first_samples.min(initial=0) < 0:
        raise ValueError("round_index and first_samples: at least 0")
    for name, shape in (("upload_sum", (n_agents, n_params)), ("server_params", (n_params,))):
        if (vectors := getattr(standing, name)) is not None and vectors.shape != shape:
            raise ValueError(f"{name}: shape {shape}; got {vectors.shape}")
