"""What a real federation leaves behind: its Gram matrices round by round, who was there, and what was said of them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cgs_core.contribution import cgsv_exact
from cgs_core.errors import DataError, ScenarioError
from cgs_core.scenario import MAX_AGENTS, MAX_EXACT_AGENTS, MECHANISM_FIELDS, Scenario
from cgs_core.typing import BoolArray, FloatArray, IntArray

VERSION = 1
"""Of the format; a file says which one it is written in."""

MAX_ROUNDS = 500
NUMBERS = (
    "contribution",
    "importance",
    "reward_ratio",
    "reward_length",
    "download_bytes",
    "weight",
    "update_length",
)
"""What a log may hold besides, one number a round and agent."""

RULE_FIELDS = (*MECHANISM_FIELDS, "update_norm", "n_validation", "n_rounds", "split", "start_seed")
"""The fields of a scenario that are rules: what a log keeps of one."""

MOST_COALITIONS = 2**22
"""Of all rounds together: about a second's work. Above it what tries all coalitions is left out."""

_LARGEST = 1e100  # the square of a number stays finite
_ROUNDING = 1e-5  # of the largest number of a matrix, in 32 bits too: how far it may be from symmetric and positive


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FederationLog:
    """The rounds of a federation of N agents, T of them. Arrays are read-only.

    Attributes
    ----------
    gram: (T, N, N) float64, M_ij = a_i a_j <u_i, u_j> of the uploads as they were sent; zeros for who was absent.
    is_present: (T, N) bool, whose upload counted.
    is_member: (T, N) bool, who belonged to the federation: had joined, and had neither left nor been put out.
    names: what the agents are called; () where they have no names.
    rules: by which scenario's rules the federation valued and paid (``rules_of``); None where the log does not say.
    contribution, importance, reward_ratio, reward_length, weight, update_length: (T, N) float64 as in
        ``cgs_core.federation.ServerRound``; None where the log does not say.
    download_bytes: (T, N) int64, or None.

    Raises
    ------
    DataError: an array is not that, with its name, the round and the agents.
    """

    gram: FloatArray
    is_present: BoolArray
    is_member: BoolArray
    names: tuple[str, ...] = ()
    rules: Scenario | None = None
    contribution: FloatArray | None = None
    importance: FloatArray | None = None
    reward_ratio: FloatArray | None = None
    reward_length: FloatArray | None = None
    download_bytes: IntArray | None = None
    weight: FloatArray | None = None
    update_length: FloatArray | None = None

    def __post_init__(self) -> None:
        _check_gram(self.gram)
        _check_presence(self)
        for name in NUMBERS:
            if (values := getattr(self, name)) is not None:
                _check_numbers(name, values, self.is_member.shape)
        if self.names and len(self.names) != self.n_agents:
            raise DataError(f"agents: must be one name for each of the {self.n_agents} agents; got {len(self.names)}")
        for field in fields(self):
            if isinstance(value := getattr(self, field.name), np.ndarray):
                value.setflags(write=False)

    def __repr__(self) -> str:
        """In one line, what is in it."""
        told = f"valued by {self.rules.valuation}" if self.rules else "rules not told"
        return f"<FederationLog {self.log_id}: {self.n_agents} agents, {self.n_rounds} rounds, {told}>"

    @property
    def n_rounds(self) -> int:
        return len(self.gram)

    @property
    def n_agents(self) -> int:
        return self.gram.shape[1]

    @property
    def is_paid(self) -> bool:
        """Whether it says what everybody was worth and was paid, and by which rules."""
        said = (self.rules, self.contribution, self.importance, self.reward_ratio)
        return all(one is not None for one in said)

    @property
    def n_bytes(self) -> int:
        """Of its arrays."""
        return sum(value.nbytes for value in vars(self).values() if isinstance(value, np.ndarray))

    @property
    def is_small(self) -> bool:
        """Whether all coalitions of all rounds are few enough to be tried."""
        return self.n_agents <= MAX_EXACT_AGENTS and self.n_rounds * 2**self.n_agents <= MOST_COALITIONS

    @cached_property
    def contribution_exact(self) -> FloatArray | None:
        """(T, N) phi, the exact CGSV; who was absent adds nothing. None where coalitions are too many."""
        return np.stack([cgsv_exact(gram) for gram in self.gram]) if self.is_small else None

    @cached_property
    def log_id(self) -> str:
        """Twelve hexadecimal digits of a hash of all that is in it."""
        hashed = hashlib.sha256(repr((self.names, self.rules and rules_json(self.rules))).encode())
        for field in fields(self):
            if isinstance(value := getattr(self, field.name), np.ndarray):
                hashed.update(f"{field.name} {value.dtype.str} {value.shape}".encode())
                hashed.update(np.ascontiguousarray(value).tobytes())
        return hashed.hexdigest()[:12]

    def to_npz(self) -> bytes:
        """As a file without pickle (docs/how-to/own-federation.md), which ``cgs_core.federation.read_log`` reads."""
        arrays: dict[str, np.ndarray] = {"version": np.array(VERSION), "gram": self.gram}
        arrays |= {"present": self.is_present, "members": self.is_member}
        arrays |= {name: values for name in NUMBERS if (values := getattr(self, name)) is not None}
        if self.names:
            arrays["agents"] = np.array(self.names)
        if self.rules is not None:
            arrays["rules"] = np.array(rules_json(self.rules))
        content = io.BytesIO()
        np.savez_compressed(content, allow_pickle=False, **arrays)
        return content.getvalue()


def rules_of(fields: Mapping[str, Any], n_agents: int, n_rounds: int) -> Scenario:
    """A scenario of such rules, some of ``RULE_FIELDS``, for a log of so many agents and rounds.

    Raises
    ------
    DataError: a field is no rule, or is not what it may be.
    """
    for name in fields:
        if name not in RULE_FIELDS:
            raise DataError(f"rules: must be fields of {', '.join(RULE_FIELDS)}; got {str(name)[:60]!r}")
    is_planned = fields.get("importance_rule") == "cffl"  # whose stretch goes by the rounds that were planned
    planned = fields.get("n_rounds", n_rounds) if is_planned else n_rounds
    try:
        return Scenario.from_fields({**fields, "n_agents": n_agents, "n_rounds": planned})
    except (ScenarioError, TypeError) as error:
        raise DataError(f"rules: {error}") from None


def rules_json(rules: Scenario) -> str:
    """The rules of a scenario as the text of a file."""
    return json.dumps(rules.model_dump(mode="json", include=set(RULE_FIELDS)), sort_keys=True, allow_nan=False)


def check_counts(name: str, n_rounds: int, n_agents: int) -> None:
    """``DataError`` unless a log may have so many rounds and agents; ``name`` is the array that does."""
    if not 1 <= n_rounds <= MAX_ROUNDS:
        raise DataError(f"{name}: must be of 1 to {MAX_ROUNDS} rounds; got {n_rounds:,}")
    if not 2 <= n_agents <= MAX_AGENTS:
        raise DataError(f"{name}: must be of 2 to {MAX_AGENTS} agents; got {n_agents:,}")


def symmetric(gram: npt.ArrayLike) -> FloatArray:
    """(T, N, N) float64: the matrices and their transposes halved, which are the same but for rounding."""
    matrices = np.asarray(gram, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told afterwards
        return np.asarray(0.5 * matrices + 0.5 * matrices.transpose(0, 2, 1))


def check_symmetric(gram: FloatArray) -> None:
    """``DataError`` unless (T, N, N) finite matrices are symmetric but for rounding."""
    _check_finite(gram)
    gap = np.abs(gram - gram.transpose(0, 2, 1))
    is_bad = gap > _ROUNDING * np.abs(gram).max(axis=(1, 2))[:, None, None]
    if is_bad.any():
        at, row, column = (int(place[0]) for place in np.nonzero(is_bad))
        pair = f"{gram[at, row, column]:g} and {gram[at, column, row]:g}"
        where = _where("gram", at, row, column)
        raise DataError(f"{where}: must be symmetric, the same for two agents either way; got {pair}")


def _check_finite(gram: FloatArray) -> None:
    is_good = np.abs(gram) <= _LARGEST  # false for NaN
    if not is_good.all():
        at, row, column = (int(place[0]) for place in np.nonzero(~is_good))
        got = gram[at, row, column]
        raise DataError(f"{_where('gram', at, row, column)}: must be finite, at most {_LARGEST:g}; got {got}")


def _check_gram(gram: FloatArray) -> None:
    """Square, finite, symmetric, and no vector of negative length, but for rounding."""
    if gram.ndim != 3 or gram.shape[1] != gram.shape[2]:
        raise DataError(f"gram: must have the shape (rounds, agents, agents); got {gram.shape}")
    check_counts("gram", *gram.shape[:2])
    check_symmetric(gram)
    scale = np.maximum(np.abs(gram).max(axis=(1, 2)), np.finfo(float).tiny)
    least = np.linalg.eigvalsh(gram / scale[:, None, None])[:, 0]
    if (least < -_ROUNDING * gram.shape[1]).any():
        at = int(np.argmax(least < -_ROUNDING * gram.shape[1]))
        allowed = "must be inner products of updates, which have no eigenvalue below 0"
        raise DataError(f"gram, round {at + 1}: {allowed}; got {least[at] * scale[at]:.3g}")


def _check_presence(log: FederationLog) -> None:
    """Who is present is a member, and who is absent has sent nothing."""
    shape = (log.n_rounds, log.n_agents)
    for name, values in (("present", log.is_present), ("members", log.is_member)):
        if values.shape != shape:
            raise DataError(f"{name}: must have the shape (rounds, agents), {shape} as gram; got {values.shape}")
    for at, agent in zip(*np.nonzero(log.is_present & ~log.is_member), strict=True):
        raise DataError(f"{_where('present', at, agent)}: who is no member cannot be present")
    sent = np.abs(log.gram).max(axis=2) > 0
    for at, agent in zip(*np.nonzero(sent & ~log.is_present), strict=True):
        raise DataError(f"{_where('gram', at, agent)}: must be 0 for who is absent; got {log.gram[at, agent, agent]:g}")


def _check_numbers(name: str, values: np.ndarray, shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        raise DataError(f"{name}: must have the shape (rounds, agents), {shape} as gram; got {values.shape}")
    low = -_LARGEST if name == "contribution" else 0.0
    high = 1.0 if name in ("importance", "reward_ratio") else _LARGEST
    is_good = (values >= low) & (values <= high * (1 + 1e-9))  # false for NaN
    if not is_good.all():
        at, agent = (int(place[0]) for place in np.nonzero(~is_good))
        allowed = f"from {low:g} to {high:g}" if high == 1 else "finite" if low else "finite, at least 0"
        raise DataError(f"{_where(name, at, agent)}: must be {allowed}; got {values[at, agent]}")
    if name == "importance":
        total = values.sum(axis=1)
        is_bad = (np.abs(total - 1) > 1e-4) & (total != 0)
        if is_bad.any():
            at = int(np.argmax(is_bad))
            raise DataError(f"importance, round {at + 1}: must sum to 1; got {total[at]:g}")


def _where(name: str, round_index: int, *agents: int) -> str:
    """For instance "gram, round 3, agents 1 and 2"; counted from 1."""
    numbers = sorted({int(agent) + 1 for agent in agents})
    who = f"agents {numbers[0]} and {numbers[1]}" if len(numbers) > 1 else f"agent {numbers[0]}"
    return f"{name}, round {int(round_index) + 1}, {who}"
