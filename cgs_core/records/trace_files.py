"""A trace's arrays as an npz file, and the folder that a trace was saved in, read again; nothing is pickled."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cgs_core.errors import RecordError
from cgs_core.records.round_record import RoundRecord
from cgs_core.scenario import Scenario

QUANTITIES = tuple(one.name for one in fields(RoundRecord) if one.name != "round_index")
"""The fields of a round that have a place in the npz file."""

_NEW = ("right", "standalone_right", "fedavg_right", "weight", "update_length")  # not in all older files


class Saved(NamedTuple):
    """What a folder holds of a trace."""

    scenario: Scenario
    rounds: tuple[RoundRecord, ...]
    given_model: str
    engine: str


def stacked(rounds: Sequence[RoundRecord], name: str) -> np.ndarray:
    """(n_rounds, ...) one of ``QUANTITIES`` of all rounds. Raises ``KeyError`` where it is none."""
    if name not in QUANTITIES:
        raise KeyError(f"no quantity {name!r}; there are {', '.join(QUANTITIES)}")
    return np.stack([np.asarray(getattr(record, name)) for record in rounds])


def npz_of(rounds: Sequence[RoundRecord]) -> bytes:
    """The arrays of all rounds, each with the rounds on its first axis, as one npz file."""
    content = io.BytesIO()
    arrays: dict[str, Any] = {name: stacked(rounds, name) for name in QUANTITIES}
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def read_folder(folder: Path) -> Saved:
    """What ``Trace.save`` wrote there. Raises ``RecordError`` where a file is missing or damaged."""
    try:
        scenario = Scenario.from_json((folder / "scenario.json").read_text(encoding="utf-8"))
        with zipfile.ZipFile(folder / "trace.npz") as archive:  # not np.load, which parses before it checks the CRC
            there = set(archive.namelist())
            names = [name for name in QUANTITIES if f"{name}.npy" in there or name not in _NEW]
            members = {name: io.BytesIO(archive.read(f"{name}.npy")) for name in names}
        arrays = {name: np.lib.format.read_array(member, allow_pickle=False) for name, member in members.items()}
        told = folder / "summary.json"  # which a folder that was put together by hand may lack
        summary = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
        given, engine = summary.get("given_model", ""), summary.get("engine", "unknown")
    except (
        OSError,
        KeyError,
        ValueError,
        AttributeError,
        EOFError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise RecordError(f"no readable trace in {folder} ({error})") from None
    return Saved(scenario, tuple(_rounds_of(arrays)), str(given), str(engine))


def _rounds_of(arrays: dict[str, np.ndarray]) -> Iterator[RoundRecord]:
    for index in range(len(arrays["importance"])):
        values = {
            name: array[index].copy() if array.ndim > 1 else float(array[index]) for name, array in arrays.items()
        }
        yield RoundRecord(round_index=index, **values)  # type: ignore[arg-type]
