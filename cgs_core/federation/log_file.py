"""The log of a federation: written round by round beside a ``Server``, and read from a file that anybody wrote."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cgs_core.data.own.archive import read_arrays, read_words
from cgs_core.data.own.csv import check_size
from cgs_core.errors import DataError, ScenarioError
from cgs_core.federation.server import Server, ServerRound
from cgs_core.records.federation_log import (
    NUMBERS,
    RULE_FIELDS,
    VERSION,
    FederationLog,
    check_counts,
    check_symmetric,
    rules_of,
    symmetric,
)
from cgs_core.scenario import Scenario
from cgs_core.scenario.own_data import MAX_NAME_LENGTH
from cgs_core.scenario.text import fields_of

MAX_NUMBERS = 4_000_000
"""Of one array: 32 MB."""

_OF_UPDATES = ("n_samples",)  # what goes with updates alone
_OF_GRAM = ("members", "weight", "update_length")  # what the server says of updates itself
_ALL = ("version", "gram", "updates", "present", "members", "agents", "rules", "n_samples", *NUMBERS)
_WANTED = "the arrays version, gram or updates, and perhaps others that docs/how-to/own-federation.md names"
_MAX_RULES = 10_000  # letters


class LogWriter:
    """Keeps of each round of a ``Server`` what its log says: no update, only their inner products.

    Parameters
    ----------
    rules: the server's own, ``server.rules``.
    names: what the agents are called, in the order of their places; none unless told.

    Examples
    --------
    >>> import numpy as np
    >>> from cgs_core.federation import LogWriter, Server
    >>> server = Server(3)
    >>> writer = LogWriter(server.rules, names=["north", "south", "west"])
    >>> for seed in range(4):
    ...     writer.add(server.round(np.random.default_rng(seed).standard_normal((3, 8)) + 1))
    >>> writer.log.n_rounds, writer.log.names, writer.log.gram.shape
    (4, ('north', 'south', 'west'), (4, 3, 3))
    """

    def __init__(self, rules: Scenario, names: Sequence[str] = ()) -> None:
        self._rules = rules
        self._names = tuple(names)
        self._rounds: list[dict[str, np.ndarray]] = []

    def add(self, done: ServerRound) -> None:
        """Keep what a log says of a round."""
        kept = ("gram", "is_present", "is_active", *NUMBERS)
        self._rounds.append({name: np.asarray(getattr(done, name)).copy() for name in kept})

    @property
    def log(self) -> FederationLog:
        """All rounds so far; who joined later was no member before. Raises ``DataError`` before the first round."""
        if not self._rounds:
            raise DataError("must be of at least one round; got none")
        n_agents = len(self._rounds[-1]["is_active"])
        arrays = {name: np.stack([_grown(one[name], n_agents) for one in self._rounds]) for name in self._rounds[0]}
        fields = self._rules.model_dump(mode="json", include=set(RULE_FIELDS))
        return FederationLog(
            is_member=arrays.pop("is_active"),
            names=self._names,
            rules=rules_of(fields, n_agents, len(self._rounds)),
            **arrays,
        )

    def save(self, path: str | Path) -> None:
        """Write the log into an npz file, without pickle. An older file stays whole until the new one is."""
        path = Path(path)
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(self.log.to_npz())
        part.replace(path)


def _grown(values: np.ndarray, n_agents: int) -> np.ndarray:
    """An array over the agents with zeros for those who were not there yet."""
    missing = n_agents - len(values)
    return np.pad(values, [(0, missing)] * values.ndim) if missing else values


def read_log(content: bytes) -> FederationLog:
    """The log in a file's bytes, as docs/how-to/own-federation.md says; nothing in it can run.

    Updates are given to a ``Server`` with the file's rules, which makes the Gram matrix; they are not kept.

    Raises
    ------
    DataError: the file or an array is not as it must be; the array, the round and the agent are named.
    """
    check_size(content)
    if not content.startswith(b"PK"):
        raise DataError("must be an npz file, as numpy.savez writes it")
    arrays = read_arrays(content, _ALL, _WANTED, _check_header)
    if "version" not in arrays:
        raise DataError(f"version: is missing; must be {VERSION}")
    if (version := int(arrays["version"])) != VERSION:
        raise DataError(f"version: must be {VERSION}; got {version}")
    source = _source(arrays)
    n_rounds, n_agents = arrays[source].shape[:2]
    check_counts(source, n_rounds, n_agents)
    rules = _rules(arrays, n_agents, n_rounds)
    is_present = _truths(arrays, "present", n_rounds, n_agents)
    names = tuple(read_words(arrays["agents"], "agents", n_agents, "agents")) if "agents" in arrays else ()
    numbers: dict[str, Any] = {
        name: arrays[name].astype(np.int64 if name == "download_bytes" else np.float64)
        for name in NUMBERS
        if name in arrays
    }
    if source == "updates":
        rules = rules or rules_of({}, n_agents, n_rounds)
        numbers |= _valued(arrays["updates"], is_present, _n_samples(arrays, n_rounds, n_agents), rules)
        members = np.ones((n_rounds, n_agents), np.bool_)
    else:
        numbers["gram"] = _gram(arrays["gram"])
        members = _truths(arrays, "members", n_rounds, n_agents)
    return FederationLog(is_present=is_present, is_member=members, names=names, rules=rules, **numbers)


def _source(arrays: dict[str, np.ndarray]) -> str:
    """Which of the two says what was uploaded, and that nothing is there which goes with the other."""
    if ("gram" in arrays) == ("updates" in arrays):
        got = "both" if "gram" in arrays else "neither"
        raise DataError(f"gram, updates: must be one of the two; got {got}")
    source = "gram" if "gram" in arrays else "updates"
    for name in _OF_UPDATES if source == "gram" else _OF_GRAM:
        if name in arrays:
            other = "updates" if source == "gram" else "gram"
            raise DataError(f"{name}: must be left out beside {source}; it goes with {other}")
    return source


def _check_header(name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Numbers are numbers, words are words, and neither is too long."""
    if name in ("agents", "rules"):
        kinds, allowed = (
            ("uiU" if name == "agents" else "U"),
            ("whole numbers or words" if name == "agents" else "text"),
        )
    elif name in ("version", "download_bytes"):
        kinds, allowed = "ui", "whole numbers"
    elif name in ("present", "members"):
        kinds, allowed = "bui", "truths, or 0 and 1"
    else:
        kinds, allowed = "uif", "whole numbers or decimals"
    if dtype.hasobject or dtype.kind not in kinds:
        got = "pickled objects" if dtype.hasobject else str(dtype)[:40]
        raise DataError(f"{name}: must be {allowed}; got {got}")
    most = {"agents": 4 * MAX_NAME_LENGTH, "rules": 4 * _MAX_RULES}.get(name, 8)
    if dtype.itemsize > most:
        raise DataError(f"{name}: a value must be shorter; got {dtype.itemsize} bytes each")
    wanted = _SHAPES.get(name, ("rounds", "agents"))
    if len(shape) != len(wanted):
        raise DataError(f"{name}: must have the shape ({', '.join(wanted)}); got {shape[:6]}")
    if math.prod(shape) > MAX_NUMBERS:
        raise DataError(f"{name}: must be at most {MAX_NUMBERS:,} numbers; got {math.prod(shape):,}")


_SHAPES: dict[str, tuple[str, ...]] = {
    "version": (),
    "rules": (),
    "agents": ("agents",),
    "gram": ("rounds", "agents", "agents"),
    "updates": ("rounds", "agents", "parameters"),
}


def _gram(given: np.ndarray) -> np.ndarray:
    if given.shape[1] != given.shape[2]:
        raise DataError(f"gram: must have the shape (rounds, agents, agents); got {given.shape}")
    check_symmetric(given.astype(np.float64))
    return symmetric(given)


def _truths(arrays: dict[str, np.ndarray], name: str, n_rounds: int, n_agents: int) -> np.ndarray:
    """(n_rounds, n_agents) bool; everybody, where the array is left out."""
    if name not in arrays:
        return np.ones((n_rounds, n_agents), np.bool_)
    values = arrays[name]
    if values.shape != (n_rounds, n_agents):
        raise DataError(f"{name}: must have the shape (rounds, agents), {(n_rounds, n_agents)}; got {values.shape}")
    is_odd = (values != 0) & (values != 1)
    if is_odd.any():
        raise DataError(f"{name}: must be truths, or 0 and 1; got {values[is_odd][0]}")
    return values.astype(np.bool_)


def _rules(arrays: dict[str, np.ndarray], n_agents: int, n_rounds: int) -> Scenario | None:
    if "rules" not in arrays:
        return None
    try:
        text = str(arrays["rules"])
        return rules_of(fields_of(text), n_agents, n_rounds)
    except (ScenarioError, SystemError, ValueError) as error:  # the last two: letters that are no Unicode
        raise DataError(f"rules: {error}") from None


def _n_samples(arrays: dict[str, np.ndarray], n_rounds: int, n_agents: int) -> np.ndarray | None:
    if "n_samples" not in arrays:
        return None
    values = arrays["n_samples"].astype(np.float64)
    if values.shape != (n_rounds, n_agents):
        raise DataError(f"n_samples: must have the shape (rounds, agents), {(n_rounds, n_agents)}; got {values.shape}")
    is_good = (values > 0) & (values < 1e12)  # false for NaN
    if not is_good.all():
        at, agent = (int(place[0]) for place in np.nonzero(~is_good))
        raise DataError(f"n_samples, round {at + 1}, agent {agent + 1}: must be above 0; got {values[at, agent]:g}")
    return values


def _valued(
    updates: np.ndarray, is_present: np.ndarray, n_samples: np.ndarray | None, rules: Scenario
) -> dict[str, np.ndarray]:
    """What a server with these rules holds of the updates: Gram matrices, weights, lengths."""
    if updates.shape[2] < 1:
        raise DataError("updates: must be of at least one parameter; got none")
    try:
        server = Server(updates.shape[1], rules)
        rounds = []
        for at, sent in enumerate(updates):
            vectors = sent.astype(np.float64) if sent.dtype.kind != "f" else sent
            done = server.round(vectors, None if n_samples is None else n_samples[at], present=is_present[at])
            for agent, why in done.refused.items():
                raise DataError(f"updates, round {at + 1}, agent {agent + 1}: {why}")
            rounds.append(done)
    except ScenarioError as error:
        raise DataError(f"rules: {error}") from None
    names = ("gram", "weight", "update_length")
    return {name: np.stack([getattr(done, name) for done in rounds]) for name in names}
