"""The trace of a run: all of its records, what follows from them, and its tables and files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cgs_core.contribution import cgsv_approx
from cgs_core.engines import torch_in_words
from cgs_core.metrics import SAME_LEVEL, is_same_accuracy, same_models, summarise
from cgs_core.places import write_whole
from cgs_core.records.frame import tidy_frame
from cgs_core.records.frozen import RecordedRounds
from cgs_core.records.markup import html_table
from cgs_core.records.round_record import RoundRecord
from cgs_core.records.trace_files import npz_of, read_folder, stacked
from cgs_core.reward import among, staying
from cgs_core.scenario import MAX_EXACT_AGENTS, Scenario
from cgs_core.scenario.presence import presence_of
from cgs_core.tidy import csv_text
from cgs_core.typing import FloatArray
from cgs_core.version import RESULT_VERSION

if TYPE_CHECKING:
    from cgs_core.records.frame import DataFrame


EVICTING = ("sparsified_or_evicted", "by_size_or_evicted")
"""The reward rules under which an agent may be put out of the federation."""

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
_VALUATION = "valuation_"  # what the names of measures begin with that compare with the exact CGSV
_SHOWN = ("agent", "mean contribution", "importance", "reward ratio", "accuracy alone", "accuracy")


@dataclass(frozen=True, eq=False, repr=False)
class Trace(RecordedRounds[RoundRecord]):
    """All rounds of one scenario so far (``is_complete`` when all have been run).

    ``rounds`` are frozen ``RoundRecord``s with read-only arrays; printed, a trace is one line, and in a notebook a
    small table.

    Parameters
    ----------
    scenario: what was run.
    rounds: the rounds so far, in order.
    given_model: the name of a model that a program gave instead of the scenario's; empty: it is the scenario's.
    told_engine: what was kept of the engine in the files that the rounds were read from; empty: they were made here.

    Examples
    --------
    >>> from cgs_core import Scenario, run
    >>> trace = run(Scenario(dataset="wine", n_agents=3, n_rounds=5))
    >>> trace.n_rounds, trace.is_complete
    (5, True)
    >>> trace.rounds[-1].importance.round(2)
    array([0.25, 0.38, 0.38])
    """

    given_model: str = ""
    told_engine: str = ""

    def __repr__(self) -> str:
        own = super().__repr__()
        return f"{own[:-1]}, model {self.given_model} given by a program>" if self.given_model else own

    def _repr_html_(self) -> str:
        """What a notebook shows: an agent a row, its mean contribution and its last round."""
        if not self.rounds:
            return html_table(repr(self).strip("<>"), _SHOWN, ())
        last = self.rounds[-1]
        columns = [self.stack("contribution").mean(axis=0), last.importance, last.reward_ratio]
        columns += [last.standalone_accuracy, last.accuracy]
        numbers = [[f"{value:.3f}" for value in column.tolist()] for column in columns]
        rows = [[str(agent), *cells] for agent, cells in enumerate(zip(*numbers, strict=True), 1)]
        return html_table(repr(self).strip("<>"), _SHOWN, rows)

    @property
    def figure_id(self) -> str:
        """What the files of its figures are called by."""
        return self.scenario.scenario_id

    def stack(self, name: str) -> np.ndarray:
        """A field of all rounds on a leading axis, e.g. ``importance`` (n_rounds, n_agents).

        Parameters
        ----------
        name: a field of ``RoundRecord``.

        Returns
        -------
        (n_rounds, ...), the field's own axes behind.

        Raises
        ------
        KeyError: a round has no such field.

        Examples
        --------
        >>> from cgs_core import Scenario, run
        >>> trace = run(Scenario(dataset="wine", n_agents=3, n_rounds=5))
        >>> trace.stack("importance").shape, trace.stack("server_accuracy").shape
        ((5, 3), (5,))
        >>> trace.stack("contribution").mean(axis=0).round(2)
        array([0.71, 0.97, 0.93])
        """
        return stacked(self.rounds, name)

    @cached_property
    def gram(self) -> np.ndarray:
        """(n_rounds, n_agents, n_agents), float64: inner products of the weighted uploads a_i u_i, M_ij of each round.

        Examples
        --------
        >>> from cgs_core import Scenario, run
        >>> from cgs_core.contribution import cgsv_exact
        >>> trace = run(Scenario(dataset="wine", n_agents=3, n_rounds=5))
        >>> cgsv_exact(trace.gram[-1]).round(2)
        array([0.28, 0.37, 0.35])
        """
        return self.stack("gram")

    @cached_property
    def contribution_approx(self) -> np.ndarray:
        """psi, the cosine of each upload to the aggregate: (n_rounds, n_agents)."""
        return np.stack([cgsv_approx(gram) for gram in self.gram])

    @cached_property
    def contribution_exact(self) -> np.ndarray | None:
        """phi, the exact CGSV: (n_rounds, n_agents); None above 24 agents (2**N coalitions)."""
        if self.scenario.n_agents > MAX_EXACT_AGENTS:
            return None
        exact = self.stack("contribution_exact")
        return exact if self.is_always_there else np.where(self.is_present, exact, 0)  # who is absent adds nothing

    @property
    def engine(self) -> str:
        """What trained the models, and the version of this program's numbers, such as "numpy, results 4".

        With a torch module torch's version and the device; with another package's model that package's version. It is
        what is here now, unless the trace was read from files: the store gives out no rounds of another version.
        """
        if self.told_engine:
            return self.told_engine
        model, added = self.scenario.model, self.scenario.added_versions
        if self.given_model or any(one.startswith("torch==") for one in added):
            trained_by = torch_in_words()
        else:
            trained_by = next((one for one in added if one.startswith(f"{model}==")), "numpy")
        return f"{trained_by}, results {RESULT_VERSION}"

    def same_models(self, round_index: int = -1) -> np.ndarray:
        """(2 N + 1, 2 N + 1) bool: which models of a round the test does not tell apart.

        The N rewarded ones, then the N that each agent trained alone, then FedAvg's. Paired where the round has kept
        which samples each gets right (``cgs_core.metrics.same_models``, 5 % shared among the agents); in a trace saved
        before that, by ``cgs_core.metrics.is_same_accuracy``.

        Examples
        --------
        >>> from cgs_core import Scenario, run
        >>> trace = run(Scenario(dataset="wine", n_agents=3, n_rounds=5))
        >>> trace.same_models()[:3, 3:6].diagonal()  # is each agent's model the same as alone?
        array([ True,  True,  True])
        """
        place = range(self.n_rounds)[round_index]
        if place not in self._same_models:
            self._same_models[place] = _same_models(self.rounds[place], self.scenario)
            self._same_models[place].setflags(write=False)
        return self._same_models[place]

    @property
    def is_honest(self) -> bool:
        """Whether every agent is: what another can do alone is not what it gave, and fairness is not told."""
        return all(agent.conduct == "honest" for agent in self.scenario.agents)

    def all_are_same(self, round_index: int = -1) -> tuple[bool, bool]:
        """Whether the test does not tell the best model of a round from the worst: rewarded ones, those trained alone.

        Nothing correlates with models that are all the same: fairness is undefined then.
        """
        record, same, n = self.rounds[round_index], self.same_models(round_index), self.scenario.n_agents
        final, alone = record.accuracy, record.standalone_accuracy
        return (
            bool(same[final.argmax(), final.argmin()]),
            bool(same[n + alone.argmax(), n + alone.argmin()]),
        )

    @cached_property
    def _same_models(self) -> dict[int, np.ndarray]:
        """By round, those that were asked for."""
        return {}

    def zero_updates(self) -> np.ndarray:
        """(n_rounds, n_agents) bool: who took part in a round and uploaded nothing.

        Training that leaves the range of numbers is a zero update. So is one that had nothing left to change: the
        Gram matrix, in which such an agent has no length, cannot tell the two apart. Who was evicted takes no part,
        nor does who was not drawn for the round.

        Examples
        --------
        >>> from cgs_core import Scenario, run
        >>> run(Scenario(dataset="wine", n_agents=3, n_rounds=5)).zero_updates().any()
        np.False_
        """
        return self._zero_updates

    @cached_property
    def is_member(self) -> np.ndarray:
        """(n_rounds, n_agents) bool: who belonged to the federation: had joined, and neither left nor been put out.

        Examples
        --------
        >>> from cgs_core import Agent, Scenario, run
        >>> trace = run(Scenario(dataset="wine", n_agents=3, n_rounds=5, agents=(Agent(joins=4), Agent(leaves=2))))
        >>> trace.is_member.astype(int).sum(axis=0)
        array([2, 2, 5])
        """
        is_member = presence_of(self.scenario).is_member[: self.n_rounds].copy()
        if self.scenario.reward_rule in EVICTING:
            came = presence_of(self.scenario).is_present[: self.n_rounds]
            is_out = np.logical_or.accumulate(came & (self.stack("importance") == 0), axis=0)
            is_member[1:] &= ~is_out[:-1]
        is_member.setflags(write=False)
        return is_member

    @cached_property
    def is_present(self) -> np.ndarray:
        """(n_rounds, n_agents) bool: whose upload came: of the members who were drawn, those who had one to send.

        Examples
        --------
        >>> from cgs_core import Agent, Scenario, run
        >>> trace = run(Scenario(dataset="wine", n_agents=3, n_rounds=5, agents=(Agent(delay=2), Agent(leaves=2))))
        >>> trace.is_present.astype(int).tolist()
        [[0, 1, 1], [0, 1, 1], [1, 0, 1], [1, 0, 1], [1, 0, 1]]
        """
        is_own = self.scenario.reward_rule == "own"  # where nothing is drawn and nothing is late
        came = True if is_own else presence_of(self.scenario).is_present[: self.n_rounds]
        is_present = np.asarray(self.is_member & came)
        is_present.setflags(write=False)
        return is_present

    @property
    def is_always_there(self) -> bool:
        """Whether all agents take part in all rounds, but for those that a reward rule puts out or draws."""
        return self.scenario.is_always_there

    def importance_before(self, round_index: int) -> FloatArray:
        """(n_agents,) r with which a round began: what the round before left, without those who left since."""
        if round_index == 0:
            return np.zeros(self.scenario.n_agents)
        return staying(self.rounds[round_index - 1].importance, self.is_member[round_index])

    def paying_importance(self, round_index: int) -> FloatArray:
        """(n_agents,) r by which a round pays: shares among who was present, 0 for the others."""
        present = self.is_present[round_index]
        return among(self.rounds[round_index].importance, present, self.is_member[round_index])

    @cached_property
    def _zero_updates(self) -> np.ndarray:
        lengths = np.diagonal(self.gram, axis1=1, axis2=2)
        found = np.asarray((lengths == 0) & (self.stack("importance") > 0) & self._is_drawn() & self.is_present)
        found.setflags(write=False)
        return found

    def _is_drawn(self) -> np.ndarray:
        """(n_rounds, n_agents) bool: where a rule draws who trains the next round, who it was; otherwise everybody."""
        ratio = self.stack("reward_ratio")
        if self.scenario.reward_rule != "sampled_sync":
            return np.ones(ratio.shape, np.bool_)
        return np.concatenate([np.ones((1, ratio.shape[1]), np.bool_), ratio[:-1] > 0])

    def summary(self) -> dict[str, Any]:
        """The measures of the last round, by name; an undefined one is None and its reason is under "undefined".

        Returns
        -------
        ``scenario_id``, ``given_model`` where there is one, ``engine``, ``n_rounds``, the measures
        (docs/method.md says what each is), and ``undefined``: why, by name.

        Examples
        --------
        >>> from cgs_core import Scenario, run
        >>> summary = run(Scenario(dataset="wine", n_agents=3, n_rounds=5)).summary()
        >>> summary["n_rounds"], round(summary["mean_reward_ratio"], 2)
        (5, 0.87)
        """
        given = {"given_model": self.given_model} if self.given_model else {}
        made = {"scenario_id": self.scenario.scenario_id, **given, "engine": self.engine, "n_rounds": self.n_rounds}
        return made | self._summarised(self.contribution_exact)

    def measures(self, names: Iterable[str]) -> dict[str, float | None]:
        """Some measures of ``summary``; the exact CGSV is looked at only where one of them is made of it.

        Parameters
        ----------
        names: of ``cgs_core.measures.MEASURES``.

        Raises
        ------
        KeyError: there is no such measure.
        """
        wanted = list(names)
        is_exact = any(name.startswith(_VALUATION) for name in wanted)
        found = self._summarised(self.contribution_exact if is_exact else None)
        return {name: found[name] for name in wanted}

    def _summarised(self, exact: np.ndarray | None) -> dict[str, Any]:
        last = self.rounds[-1]
        same_final, same_alone = self.all_are_same()
        return summarise(
            accuracy=last.accuracy,
            standalone_accuracy=last.standalone_accuracy,
            server_accuracy=last.server_accuracy,
            fedavg_accuracy=last.fedavg_accuracy,
            contribution=self.stack("contribution"),
            contribution_exact=exact,
            reward_ratio=self.stack("reward_ratio"),
            download_bytes=self.stack("download_bytes"),
            same_final=same_final,
            same_alone=same_alone,
            is_honest=self.is_honest,
        )

    def to_csv(self) -> str:
        """Tidy: round and agent (numbered from 1, as on the screen; no agent: the whole run), quantity, value.

        Examples
        --------
        >>> from cgs_core import Scenario, run
        >>> text = run(Scenario(dataset="wine", n_agents=3, n_rounds=5)).to_csv()
        >>> text.splitlines()[0], len(text.splitlines())
        ('round,agent,quantity,value', 161)
        """
        return csv_text(("round", "agent", "quantity", "value"), self.tidy_rows())

    def tidy_rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of ``to_csv``: round, agent ("" for the whole run), quantity, value."""
        per_agent = {"contribution": self.stack("contribution"), "contribution_approx": self.contribution_approx}
        if self.contribution_exact is not None:
            per_agent["contribution_exact"] = self.contribution_exact
        if not self.is_always_there:
            per_agent = {"present": self.is_present.astype(int)} | per_agent
        per_agent |= {name: self.stack(name) for name in _CSV_AGENT_QUANTITIES}
        for number, record in enumerate(self.rounds, 1):
            for quantity, values in per_agent.items():
                of_agents = enumerate(values[number - 1].tolist(), 1)
                yield from ((number, agent, quantity, value) for agent, value in of_agents)
            yield from ((number, "", quantity, getattr(record, quantity)) for quantity in _CSV_RUN_QUANTITIES)

    def to_frame(self) -> DataFrame:
        """``to_csv`` as a pandas DataFrame, with its numbers to the last bit.

        Returns
        -------
        round (Int64), agent (Int64; missing: the whole run), quantity (text), value (float64).

        Raises
        ------
        ImportError: pandas is not installed; the message says what to install.

        Examples
        --------
        >>> from cgs_core import Scenario, run
        >>> frame = run(Scenario(dataset="wine", n_agents=3, n_rounds=5)).to_frame()
        >>> last = frame[(frame["round"] == 5) & (frame["quantity"] == "reward_ratio")]
        >>> last[["agent", "value"]].round(2).to_string(index=False).splitlines()
        [' agent  value', '     1   0.67', '     2   1.00', '     3   1.00']
        """
        return tidy_frame(self.to_csv())

    def summary_json(self) -> str:
        return json.dumps(self.summary(), indent=2, allow_nan=False) + "\n"

    def save(self, folder: str | Path) -> None:
        """Write scenario.json, trace.csv, trace.npz and summary.json into a folder, all or none.

        Parameters
        ----------
        folder: made if need be; files of these names in it are written anew.

        Examples
        --------
        >>> import tempfile
        >>> from cgs_core import Scenario, Trace, run
        >>> trace = run(Scenario(dataset="wine", n_agents=3, n_rounds=5))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     trace.save(folder)
        ...     again = Trace.load(folder)
        >>> again.to_csv() == trace.to_csv()
        True
        """
        texts = {
            "scenario.json": self.scenario.to_json() + "\n",
            "trace.csv": self.to_csv(),
            "summary.json": self.summary_json(),
        }
        write_whole(folder, {name: text.encode() for name, text in texts.items()} | {"trace.npz": self.to_npz()})

    def to_npz(self) -> bytes:
        """The arrays of all rounds, each with the rounds on its first axis, as one npz file."""
        return npz_of(self.rounds)

    @classmethod
    def load(cls, folder: str | Path) -> Trace:
        """Read what ``save`` wrote.

        Parameters
        ----------
        folder: where scenario.json and trace.npz lie.

        Raises
        ------
        RecordError: a file is missing or damaged.

        Examples
        --------
        >>> from cgs_core import RecordError, Trace
        >>> try:
        ...     Trace.load("a folder that is not there")
        ... except RecordError as error:
        ...     print(str(error).partition(" (")[0])
        no readable trace in a folder that is not there
        """
        return cls(*read_folder(Path(folder)))


def _same_models(record: RoundRecord, scenario: Scenario) -> np.ndarray:
    if record.right.size:
        bits = np.concatenate([record.right, record.standalone_right, record.fedavg_right[np.newaxis]])
        return same_models(np.unpackbits(bits, axis=1).astype(np.bool_), SAME_LEVEL / scenario.n_agents)
    every = np.concatenate([record.accuracy, record.standalone_accuracy, [record.fedavg_accuracy]])
    return is_same_accuracy(every[:, np.newaxis], every, scenario.info.n_test)
