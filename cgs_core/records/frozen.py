"""What is stored of a job: a frozen record of numbers and arrays a round, as bytes; and all rounds of a scenario."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np

from cgs_core.errors import RecordError
from cgs_core.scenario import Scenario

_MAX_RECORD_BYTES = 64 * 2**20


@dataclass(frozen=True, eq=False, repr=False)
class FrozenRecord:
    """Fields are single numbers or arrays; the arrays are made read-only. One record is one round.

    A field of ``derived`` is not there until somebody looks at it; given is then what stands there.
    """

    derived: ClassVar[Mapping[str, np.ndarray]] = {}

    round_index: int

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __repr__(self) -> str:
        """Which round, and the shapes of the arrays: their numbers would fill a screen."""
        shapes = {name: value.shape for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        inside = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if 0 not in shape)
        return f"<{type(self).__name__} of round {self.round_index + 1}: {inside}>"

    def to_bytes(self) -> bytes:
        """A JSON header line (names, types, shapes, single numbers), then the arrays' bytes; compressed.

        Without derived fields that are not there.
        """
        return zlib.compress(self._packed(self._there()), 1)

    def whole(self) -> Self:
        """This record, once its derived fields are there."""
        for field in fields(self):
            getattr(self, field.name)
        return self

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to be derived."""
        return self.derived.keys() <= vars(self).keys()

    def agrees_with(self, other: FrozenRecord) -> bool:
        """Whether all that both hold is the same, to the byte: one may have been looked at, and the other not."""
        both = [name for name in self._there() if name in other._there()]
        return self._packed(both) == other._packed(both)

    def _there(self) -> list[str]:
        return [field.name for field in fields(self) if field.name in vars(self)]

    def _packed(self, names: Collection[str]) -> bytes:
        header: dict[str, Any] = {}
        chunks = []
        for name in names:
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
                header[name] = [little.dtype.str, value.shape]
                chunks.append(little.tobytes())
            else:
                header[name] = value
        return json.dumps(header).encode() + b"\n" + b"".join(chunks)

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Inverse of ``to_bytes``; damaged bytes raise ``RecordError``."""
        try:
            unpacker = zlib.decompressobj()
            head, _, body = unpacker.decompress(payload, _MAX_RECORD_BYTES).partition(b"\n")
            if not unpacker.eof:
                raise ValueError("cut short or too long")
            header = json.loads(head)
            values: dict[str, Any] = {}
            offset = 0
            for field in fields(cls):
                if field.name not in header and field.default_factory is not MISSING:
                    continue  # it was stored before this was kept
                value = header[field.name] if field.name in header else cls.derived[field.name]
                if isinstance(value, list):
                    dtype, shape = np.dtype(value[0]), tuple(value[1])
                    count = math.prod(shape)  # of numpy it would be half of the reading
                    value = np.frombuffer(body, dtype, count, offset).reshape(shape)
                    offset += count * dtype.itemsize
                values[field.name] = value
            return cls(**values)
        except (ValueError, KeyError, TypeError, OverflowError, zlib.error) as error:
            raise RecordError(f"stored round cannot be read ({error})") from None


Record = TypeVar("Record", bound=FrozenRecord)


@dataclass(frozen=True, eq=False, repr=False)
class RecordedRounds(Generic[Record]):
    """All rounds of one scenario so far (``is_complete`` when all have been run)."""

    scenario: Scenario
    rounds: tuple[Record, ...]

    def __repr__(self) -> str:
        """In one line which run this is, and how much of it is there."""
        own = self.scenario
        return (
            f"<{type(self).__name__} {own.scenario_id}: {own.info.title}, {own.n_agents} agents, "
            f"{self.n_rounds} of {own.n_rounds} rounds, valued by {own.valuation}, paid by {own.reward_rule}>"
        )

    @property
    def n_rounds(self) -> int:
        """How many rounds there are so far."""
        return len(self.rounds)

    @property
    def is_complete(self) -> bool:
        """Whether all of the scenario's rounds are there."""
        return self.n_rounds == self.scenario.n_rounds

    @property
    def is_whole(self) -> bool:
        """Whether nothing of these rounds is left to be derived when somebody looks."""
        return all(one.is_whole for one in self.rounds)
