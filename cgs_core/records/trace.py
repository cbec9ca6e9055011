"""What a run leaves behind: one frozen record a round, and the trace of all of them.

Arrays are read-only. A record becomes bytes for the store, a trace becomes JSON, CSV and npz; nothing is pickled.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cgs_core.contribution import cgsv_approx
from cgs_core.errors import RecordError
from cgs_core.metrics import summarise
from cgs_core.records.frozen import FrozenRecord, RecordedRounds
from cgs_core.scenario import MAX_EXACT_AGENTS, Scenario
from cgs_core.tidy import csv_text


@dataclass(frozen=True, eq=False)
class RoundRecord(FrozenRecord):
    """One round of the chosen mechanism, with the standalone and FedAvg federations beside it.

    N agents, K classes; a G x G grid of predicted classes for data in the plane (else G = 0).
    Accuracies are fractions of the test set in [0, 1], measured after the round's reward.
    """

    contribution: np.ndarray  # (N,) the valuation that drove this run, in its own unit
    contribution_exact: np.ndarray  # (N,) phi, the exact CGSV; (0,) above 24 agents (2**N coalitions)
    importance: np.ndarray  # (N,) r after this round, sums to 1; 0 for an agent that was evicted
    reward_ratio: np.ndarray  # (N,) in [0, 1]: share of the aggregate's entries that came back, or the rule's own
    reward_length: np.ndarray  # (N,) |v_i| / |u_N|: share of its length that came back, or above 1 if v_i is more
    gram: np.ndarray  # (N, N) inner products of the weighted updates a_i u_i, float64
    accuracy: np.ndarray  # (N,) of the rewarded model
    loss: np.ndarray  # (N,) mean cross-entropy of the rewarded model, nats
    class_accuracy: np.ndarray  # (N, K) part of each class's test samples that the rewarded model gets right
    standalone_accuracy: np.ndarray  # (N,)
    standalone_class_accuracy: np.ndarray  # (N, K)
    server_accuracy: float  # of the server model w_S
    fedavg_accuracy: float  # of the model that all agents of the FedAvg federation share
    download_bytes: np.ndarray  # (N,) int64
    decision: np.ndarray  # (N, G, G) uint8: class predicted at [row y, column x] of the grid
    standalone_decision: np.ndarray  # (N, G, G) uint8


_NPZ_FIELDS = tuple(field.name for field in fields(RoundRecord) if field.name != "round_index")
_CSV_AGENT_QUANTITIES = (
    "importance",
    "reward_ratio",
    "reward_length",
    "accuracy",
    "loss",
    "standalone_accuracy",
    "download_bytes",
)
_CSV_RUN_QUANTITIES = ("server_accuracy", "fedavg_accuracy")


@dataclass(frozen=True, eq=False)
class Trace(RecordedRounds[RoundRecord]):
    """All rounds of one scenario so far (``is_complete`` when all have been run)."""

    def stack(self, name: str) -> np.ndarray:
        """A field of all rounds on a leading axis, e.g. ``importance`` (n_rounds, n_agents)."""
        if name not in _NPZ_FIELDS:
            raise KeyError(f"no quantity {name!r}; there are {', '.join(_NPZ_FIELDS)}")
        return np.stack([np.asarray(getattr(record, name)) for record in self.rounds])

    @cached_property
    def gram(self) -> np.ndarray:
        """(n_rounds, n_agents, n_agents), float64."""
        return self.stack("gram")

    @cached_property
    def contribution_approx(self) -> np.ndarray:
        """psi, the cosine of each upload to the aggregate: (n_rounds, n_agents)."""
        return np.stack([cgsv_approx(gram) for gram in self.gram])

    @cached_property
    def contribution_exact(self) -> np.ndarray | None:
        """phi, the exact CGSV: (n_rounds, n_agents); None above 24 agents (2**N coalitions)."""
        return None if self.scenario.n_agents > MAX_EXACT_AGENTS else self.stack("contribution_exact")

    def summary(self) -> dict[str, Any]:
        """The measures of the last round, by name; an undefined one is None and its reason is under "undefined"."""
        last = self.rounds[-1]
        return {"scenario_id": self.scenario.scenario_id, "n_rounds": self.n_rounds} | summarise(
            accuracy=last.accuracy,
            standalone_accuracy=last.standalone_accuracy,
            server_accuracy=last.server_accuracy,
            fedavg_accuracy=last.fedavg_accuracy,
            contribution=self.stack("contribution"),
            contribution_exact=self.contribution_exact,
            reward_ratio=self.stack("reward_ratio"),
            download_bytes=self.stack("download_bytes"),
        )

    def to_csv(self) -> str:
        """Tidy: round and agent (numbered from 1, as on the screen; no agent: the whole run), quantity, value."""
        return csv_text(("round", "agent", "quantity", "value"), self.tidy_rows())

    def tidy_rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of ``to_csv``: round, agent ("" for the whole run), quantity, value."""
        per_agent = {"contribution": self.stack("contribution"), "contribution_approx": self.contribution_approx}
        if self.contribution_exact is not None:
            per_agent["contribution_exact"] = self.contribution_exact
        per_agent |= {name: self.stack(name) for name in _CSV_AGENT_QUANTITIES}
        for number, record in enumerate(self.rounds, 1):
            for quantity, values in per_agent.items():
                of_agents = enumerate(values[number - 1].tolist(), 1)
                yield from ((number, agent, quantity, value) for agent, value in of_agents)
            yield from ((number, "", quantity, getattr(record, quantity)) for quantity in _CSV_RUN_QUANTITIES)

    def summary_json(self) -> str:
        return json.dumps(self.summary(), indent=2, allow_nan=False) + "\n"

    def save(self, folder: str | Path) -> None:
        """Write scenario.json, trace.csv, trace.npz and summary.json into a folder (made if need be)."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "scenario.json").write_text(self.scenario.to_json() + "\n", encoding="utf-8")
        (folder / "trace.csv").write_text(self.to_csv(), encoding="utf-8", newline="")
        (folder / "summary.json").write_text(self.summary_json(), encoding="utf-8")
        (folder / "trace.npz").write_bytes(self.to_npz())

    def to_npz(self) -> bytes:
        """The arrays of all rounds, each with the rounds on its first axis, as one npz file."""
        content = io.BytesIO()
        arrays: dict[str, Any] = {name: self.stack(name) for name in _NPZ_FIELDS}
        np.savez_compressed(content, **arrays)
        return content.getvalue()

    @classmethod
    def load(cls, folder: str | Path) -> Trace:
        """Read what ``save`` wrote; a missing or damaged file raises ``RecordError``."""
        folder = Path(folder)
        try:
            scenario = Scenario.from_json((folder / "scenario.json").read_text(encoding="utf-8"))
            with zipfile.ZipFile(folder / "trace.npz") as archive:  # not np.load, which parses before it checks the CRC
                members = {name: io.BytesIO(archive.read(f"{name}.npy")) for name in _NPZ_FIELDS}
            arrays = {name: np.lib.format.read_array(member, allow_pickle=False) for name, member in members.items()}
        except (OSError, KeyError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            raise RecordError(f"no readable trace in {folder} ({error})") from None
        return cls(scenario, tuple(_rows(arrays)))


def _rows(arrays: dict[str, np.ndarray]) -> Iterable[RoundRecord]:
    for index in range(len(arrays["importance"])):
        values = {
            name: array[index].copy() if array.ndim > 1 else float(array[index]) for name, array in arrays.items()
        }
        yield RoundRecord(round_index=index, **values)  # type: ignore[arg-type]
