"""The rounds of a federation's log as a trace: all that sentences and pictures say of a run, but for its models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from cgs_core.records.federation_log import NUMBERS, FederationLog, rules_json
from cgs_core.records.markup import html_table
from cgs_core.records.round_record import RoundRecord
from cgs_core.records.trace import Trace
from cgs_core.tidy import csv_text
from cgs_core.typing import FloatArray

_SHOWN = ("agent", "rounds present", "mean contribution", "importance", "reward ratio")
_PER_AGENT = ("contribution", "importance", "reward_ratio", "reward_length", "download_bytes")


@dataclass(frozen=True, eq=False, repr=False)
class LoggedTrace(Trace):
    """The rounds of ``log`` under the rules of ``scenario``, which is made of these alone: nothing was trained by it.

    A log knows no models, samples or tests: the fields of the records that tell of them are empty, and what would need
    them raises ``ValueError``. ``cgs_core.studies.logged`` makes one.

    Parameters
    ----------
    log: whose rounds these are.
    is_logged: whether worth, importance and pay are those that the log says, and not computed anew.
    """

    log: FederationLog = None  # type: ignore[assignment]  # it has no default; the fields before it have
    is_logged: bool = False

    def __repr__(self) -> str:
        """In one line whose rounds these are, and by which rules."""
        how = "as logged" if self.is_logged else "computed anew"
        return (
            f"<LoggedTrace of {self.log.log_id}: {self.log.n_agents} agents, {self.n_rounds} rounds, valued by "
            f"{self.scenario.valuation}, paid by {self.scenario.reward_rule}, {how}>"
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: an agent a row, its mean contribution and its last round."""
        last = self.rounds[-1]
        columns = [self.stack("contribution").mean(axis=0), last.importance, last.reward_ratio]
        numbers = [[f"{value:.3f}" for value in column.tolist()] for column in columns]
        n_present = self.log.is_present.sum(axis=0).tolist()
        rows = [
            [self.agent_words(agent), str(n_present[agent]), *cells]
            for agent, cells in enumerate(zip(*numbers, strict=True))
        ]
        return html_table(repr(self).strip("<>"), _SHOWN, rows)

    @property
    def figure_id(self) -> str:
        return self.log.log_id

    @property
    def contribution_exact(self) -> np.ndarray | None:
        """phi, the exact CGSV: (n_rounds, n_agents); None where so many coalitions are not tried."""
        return self.stack("contribution_exact") if self.rounds[0].contribution_exact.size else None

    def agent_words(self, agent: int) -> str:
        """Its number from 1, and its name where it has one."""
        return f"{agent + 1} {self.log.names[agent]}" if self.log.names else str(agent + 1)

    # -- who was there -----------------------------------------------------------------------------------------------

    @property
    def is_member(self) -> np.ndarray:
        """(n_rounds, n_agents) bool: who belonged to the federation."""
        return self.log.is_member

    @property
    def is_present(self) -> np.ndarray:
        """(n_rounds, n_agents) bool: whose upload counted."""
        return self.log.is_present

    @property
    def is_always_there(self) -> bool:
        return bool(self.log.is_present.all())

    def zero_updates(self) -> np.ndarray:
        """(n_rounds, n_agents) bool: who was present and uploaded nothing."""
        return np.asarray((np.diagonal(self.log.gram, axis1=1, axis2=2) == 0) & self.log.is_present)

    # -- as text -----------------------------------------------------------------------------------------------------

    def summary(self) -> dict[str, Any]:
        """What the log is, the rules, and of each agent its name, rounds, mean worth and pay, last importance."""
        worth, pay = self.stack("contribution").mean(axis=0), self.stack("reward_ratio").mean(axis=0)
        exact = self.contribution_exact
        agents = [
            {
                "agent": agent + 1,
                "name": self.log.names[agent] if self.log.names else None,
                "rounds_present": int(self.log.is_present[:, agent].sum()),
                "mean_contribution": float(worth[agent]),
                "mean_contribution_exact": None if exact is None else float(exact[:, agent].mean()),
                "importance": float(self.rounds[-1].importance[agent]),
                "mean_reward_ratio": float(pay[agent]),
            }
            for agent in range(self.log.n_agents)
        ]
        return {
            "log": self.log.log_id,
            "n_rounds": self.n_rounds,
            "as_logged": self.is_logged,
            "rules": json.loads(rules_json(self.scenario)),
            "agents": agents,
        }

    def to_csv(self) -> str:
        """Tidy: round and agent (from 1), its name, quantity, value; the log's own as "logged contribution" and so on.

        A name that a spreadsheet would compute has an apostrophe before it.
        """
        return csv_text(("round", "agent", "name", "quantity", "value"), self.tidy_rows())

    def tidy_rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of ``to_csv``."""
        quantities: dict[str, np.ndarray] = {"present": self.log.is_present.astype(int)}
        quantities["contribution_approx"] = self.contribution_approx
        if (exact := self.contribution_exact) is not None:
            quantities["contribution_exact"] = exact
        quantities |= {name: self.stack(name) for name in _PER_AGENT if getattr(self.rounds[0], name).size}
        logged = {f"logged {name}": getattr(self.log, name) for name in NUMBERS}
        quantities |= {name: values for name, values in logged.items() if values is not None}
        names = self.log.names or ("",) * self.log.n_agents
        for number in range(1, self.n_rounds + 1):
            for quantity, values in quantities.items():
                of_agents = enumerate(values[number - 1].tolist())
                yield from ((number, agent + 1, names[agent], quantity, value) for agent, value in of_agents)

    # -- what there is none of ---------------------------------------------------------------------------------------

    def same_models(self, round_index: int = -1) -> NoReturn:
        """A log knows no models."""
        raise ValueError("a log of a federation has no models to compare")

    def save(self, folder: str | Path) -> NoReturn:
        """A log is kept itself."""
        raise ValueError("a log of a federation is no run of a scenario: keep the log's file")


def empty_record(round_index: int, gram: FloatArray, **numbers: np.ndarray) -> RoundRecord:
    """A round without models: those fields are empty; ``numbers`` are the others, by the names of ``RoundRecord``."""
    nothing, table = np.zeros(0), np.zeros((0, 0))
    models: dict[str, Any] = {
        **dict.fromkeys(("contribution_exact", "reward_length", "accuracy", "loss", "standalone_accuracy"), nothing),
        **dict.fromkeys(("class_accuracy", "standalone_class_accuracy"), table),
        **dict.fromkeys(("decision", "standalone_decision"), np.zeros((0, 0, 0), np.uint8)),
        "server_accuracy": np.nan,
        "fedavg_accuracy": np.nan,
        "download_bytes": np.zeros(0, np.int64),
    }
    return RoundRecord(round_index=round_index, gram=gram, **(models | numbers))
