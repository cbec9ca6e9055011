"""The store of runs: queue, progress feed, cancel flag, cache and target of links, in one SQLite file.

A run's id is its scenario's id (other kinds of jobs add a suffix, see ``kinds``), so one scenario is one run however
many sessions ask for it. Those sessions are its followers; an unfinished run is cancelled when the last of them
leaves. A worker claims a run for a lease of a few seconds and renews it with every round that it writes; who has
lost the lease writes nothing.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from cgs_core.data import dataset_fingerprint
from cgs_core.errors import CgsError, JobError
from cgs_core.frozen_record import FrozenRecord
from cgs_core.runs import transitions
from cgs_core.runs.database import Database
from cgs_core.runs.kinds import KINDS, KindName, Rounds, job_id
from cgs_core.runs.transitions import UNFINISHED, RunStatus
from cgs_core.scenario import Scenario
from cgs_core.version import RESULT_VERSION

AfterRound = Literal["go_on", "cancelled", "lost"]

LEASE_SECONDS = 5.0
FOLLOWER_SECONDS = 120.0  # background tabs tick slowly
DEFAULT_MAX_BYTES = 500_000_000
DEFAULT_MAX_QUEUED = 200
_dataset_fingerprint = cache(dataset_fingerprint)  # it reads the whole file
_SEEN_REFRESH_SECONDS = 10.0  # so that most looks at a run write nothing


def fingerprint_of(scenario: Scenario) -> str:
    """What, besides the scenario, decides its numbers: the program's result version and the data's bytes."""
    return f"{RESULT_VERSION}:{_dataset_fingerprint(scenario.dataset)}"


@dataclass(frozen=True)
class RunView:
    """A run as it stands.

    ``rounds`` are those asked for, in order; ``queue_position`` is 1 for the next run to start, None when it is not
    waiting; ``error`` is a sentence for people when the run failed.
    """

    run_id: str
    status: RunStatus
    rounds: tuple[FrozenRecord, ...]
    n_rounds_done: int
    n_rounds_total: int
    queue_position: int | None
    error: str | None

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come unless the scenario is submitted again."""
        return self.status not in ("queued", "running")


@dataclass(frozen=True)
class Claim:
    """A worker's right to write one run's rounds, until its lease ends or the run is taken from it."""

    run_id: str
    worker: str
    attempt: int
    kind: KindName
    scenario: Scenario


class RunStore:
    """The runs in the file at ``path``. All methods may be called from any thread and any process.

    Parameters
    ----------
    path: the file; it and its folders are made when missing. It must lie on a local disk.
    fingerprint: what a stored run must agree with to be current, of its scenario.
    clock: seconds since the epoch.
    """

    def __init__(self, path: str | Path, *, fingerprint: Callable[[Scenario], str] = fingerprint_of,
                 clock: Callable[[], float] = time.time) -> None:  # fmt: skip
        self.path = Path(path).expanduser().resolve()
        self._fingerprint = fingerprint
        self._clock = clock
        self._database = Database(self.path)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # -- what sessions do ----------------------------------------------------------------------------------

    def submit(self, scenario: Scenario, owner: str, max_queued: int = DEFAULT_MAX_QUEUED,
               kind: KindName = "run") -> str:  # fmt: skip
        """Ask for a scenario's rounds (or another kind of job on it) and follow the run; returns its id.

        A finished run is answered from the store, an unfinished one is shared, a failed or cancelled one is queued
        again and keeps its rounds; rounds of another fingerprint are dropped. The owner's previous unfinished run is
        left, as by ``cancel``. ``JobError`` when ``max_queued`` runs are waiting already.
        """
        run_id, fingerprint, now = job_id(scenario, kind), self._fingerprint(scenario), self._clock()
        with self._database.write() as connection:
            previous = "SELECT run_id FROM followers WHERE owner = ? AND run_id <> ?"
            for (other,) in connection.execute(previous, (owner, run_id)).fetchall():
                transitions.leave(connection, other, owner, now)
            stored = connection.execute("SELECT status, fingerprint FROM runs WHERE id = ?", (run_id,)).fetchone()
            if stored is None:
                text = scenario.to_json()
                connection.execute(
                    "INSERT INTO runs (id, kind, scenario, fingerprint, n_rounds, status, ticket, bytes, created,"
                    " last_used) VALUES (?, ?, ?, ?, ?, 'cancelled', 0, ?, ?, ?)",
                    (run_id, kind, text, fingerprint, scenario.n_rounds, len(text), now, now))  # fmt: skip
            elif stored[1] != fingerprint:
                transitions.drop_rounds(connection, run_id)
            if stored is None or stored[1] != fingerprint or stored[0] in ("failed", "cancelled"):
                transitions.queue(connection, run_id, fingerprint, max_queued)
            connection.execute("UPDATE runs SET last_used = ?, cancel = NULL WHERE id = ?", (now, run_id))
            connection.execute(
                f"INSERT INTO followers SELECT id, ?, ? FROM runs WHERE id = ? AND status IN {UNFINISHED}"
                " ON CONFLICT DO UPDATE SET seen = excluded.seen", (owner, now, run_id))  # fmt: skip
        return run_id

    def events(self, run_id: str, since: int = 0, owner: str | None = None) -> RunView:
        """The run as it stands, with its rounds from index ``since`` on; a follower who gives ``owner`` is seen.

        ``JobError`` when no such run is stored.
        """
        now = self._clock()
        with self._database.read() as connection:
            columns = "status, n_rounds, ticket, error, kind"
            status, total, ticket, error, kind = transitions.stored(connection, run_id, columns)
            payloads = connection.execute(
                "SELECT payload FROM rounds WHERE run_id = ? AND round_index >= ? ORDER BY round_index", (run_id, since)
            ).fetchall()
            done = transitions.one(connection, "SELECT COUNT(*) FROM rounds WHERE run_id = ?", run_id)
            waiting = "SELECT COUNT(*) FROM runs WHERE status = 'queued' AND ticket < ?"
            ahead = transitions.one(connection, waiting, ticket)
            is_due = connection.execute("SELECT 1 FROM followers WHERE run_id = ? AND owner = ? AND seen < ?",
                                        (run_id, owner, now - _SEEN_REFRESH_SECONDS)).fetchone()  # fmt: skip
        if is_due:
            with self._database.write() as connection:
                connection.execute("UPDATE followers SET seen = ? WHERE run_id = ? AND owner = ?", (now, run_id, owner))
        rounds = tuple(KINDS[kind].record.from_bytes(payload) for (payload,) in payloads)
        return RunView(run_id, status, rounds, done, total, ahead + 1 if status == "queued" else None, error)

    def cancel(self, run_id: str, owner: str) -> None:
        """Stop following a run; the last follower's leaving stops it. Who does not follow it changes nothing."""
        with self._database.write() as connection:
            transitions.stored(connection, run_id, "id")
            transitions.leave(connection, run_id, owner, self._clock())

    def scenario_of(self, run_id: str) -> Scenario:
        """The scenario of a stored run; ``JobError`` when there is none."""
        with self._database.read() as connection:
            (text,) = transitions.stored(connection, run_id, "scenario")
        return Scenario.from_json(text)

    def load(self, run_id: str) -> Rounds:
        """The rounds so far of a stored run, which counts as used now; ``JobError`` when there is none."""
        with self._database.write() as connection:
            connection.execute("UPDATE runs SET last_used = ? WHERE id = ?", (self._clock(), run_id))
            (kind,) = transitions.stored(connection, run_id, "kind")
        rounds: Rounds = KINDS[kind].rounds(self.scenario_of(run_id), self.events(run_id).rounds)
        return rounds

    def pin(self, run_id: str, pinned: bool, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """Keep a run from being forgotten, or no longer; ``JobError`` when pinned runs would hold ``max_bytes``."""
        with self._database.write() as connection:
            transitions.stored(connection, run_id, "id")
            connection.execute("UPDATE runs SET pinned = ? WHERE id = ?", (pinned, run_id))
            if pinned and transitions.one(connection, "SELECT SUM(bytes) FROM runs WHERE pinned") > max_bytes:
                raise JobError(f"The pinned runs would fill the store ({max_bytes:,} bytes): unpin one first.")

    # -- what workers do -----------------------------------------------------------------------------------

    def claim(self, worker: str) -> Claim | None:
        """Take the run that has waited longest, or one whose worker died; None when there is nothing to do."""
        now = self._clock()
        with self._database.read() as connection:
            if not connection.execute("SELECT 1 FROM runs WHERE status = 'queued'"
                                      " OR (status = 'running' AND lease < ?)", (now,)).fetchone():  # fmt: skip
                return None
        with self._database.write() as connection:
            transitions.settle_abandoned(connection, now)
            taken = connection.execute(
                "UPDATE runs SET status = 'running', worker = ?, lease = ?, started = ?, attempt = attempt + 1"
                " WHERE id = (SELECT id FROM runs WHERE status = 'queued' OR (status = 'running' AND lease < ?)"
                " ORDER BY ticket LIMIT 1) RETURNING id, attempt, kind, scenario, fingerprint",
                (worker, now + LEASE_SECONDS, now, now)).fetchall()  # fmt: skip
            if not taken:
                return None
            run_id, attempt, kind, text, stored_fingerprint = taken[0]
            try:
                scenario = Scenario.from_json(text)
                fingerprint = self._fingerprint(scenario)
            except CgsError as error:
                transitions.finish(connection, run_id, "failed", now, f"The run cannot be started: {error}")
                return None
            if fingerprint != stored_fingerprint:
                transitions.drop_rounds(connection, run_id)
                connection.execute("UPDATE runs SET fingerprint = ? WHERE id = ?", (fingerprint, run_id))
        return Claim(run_id, worker, attempt, kind, scenario)

    def renew(self, claim: Claim) -> bool:
        """Extend the lease; False when it is lost."""
        with self._database.write() as connection:
            return self._extend(connection, claim) != "lost"

    def record(self, claim: Claim, round_index: int, payload: bytes) -> AfterRound:
        """Keep a round, renew the lease, and say how to go on; with a lost lease nothing is written.

        A round that is stored already must be the same to the byte; if not, the run's rounds are dropped and
        ``JobError`` is raised.
        """
        with self._database.write() as connection:
            state = self._extend(connection, claim)
            if state == "lost":
                return "lost"
            key = (claim.run_id, round_index)
            same_round = "SELECT payload FROM rounds WHERE run_id = ? AND round_index = ?"
            stored = connection.execute(same_round, key).fetchone()
            is_same = stored is None or stored[0] == payload
            if not is_same:
                transitions.drop_rounds(connection, claim.run_id)
            elif stored is None:
                connection.execute("INSERT INTO rounds VALUES (?, ?, ?)", (*key, payload))
                connection.execute("UPDATE runs SET bytes = bytes + ? WHERE id = ?", (len(payload), claim.run_id))
            if is_same and state == "cancelled":
                transitions.finish(connection, claim.run_id, "cancelled", self._clock())
                return "cancelled"
        if not is_same:
            raise JobError(f"Round {round_index + 1} came out differently when it was computed again.")
        return "go_on"

    def finish(self, claim: Claim, error: str | None = None) -> bool:
        """End the run as done, or as failed with a sentence; False (and nothing written) when the lease is lost."""
        with self._database.write() as connection:
            if self._extend(connection, claim) == "lost":
                return False
            transitions.finish(connection, claim.run_id, "failed" if error else "done", self._clock(), error)
        return True

    def _extend(self, connection: sqlite3.Connection, claim: Claim) -> AfterRound:
        rows = connection.execute(
            "UPDATE runs SET lease = ? WHERE id = ? AND worker = ? AND attempt = ? AND status = 'running'"
            " RETURNING cancel",
            (self._clock() + LEASE_SECONDS, claim.run_id, claim.worker, claim.attempt)).fetchall()  # fmt: skip
        if not rows:
            return "lost"
        return "go_on" if rows[0][0] is None else "cancelled"

    # -- what the supervisor does --------------------------------------------------------------------------

    def expire(self, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """Cancel runs that nobody has looked at for two minutes, settle dead workers' runs, make room."""
        now = self._clock()
        with self._database.write() as connection:
            gone = connection.execute("SELECT run_id, owner FROM followers WHERE seen < ?", (now - FOLLOWER_SECONDS,))
            for run_id, owner in gone.fetchall():
                transitions.leave(connection, run_id, owner, now)
            transitions.settle_abandoned(connection, now)
            transitions.make_room(connection, max_bytes)

    def stop_overdue(self, workers: Collection[str], grace_seconds: float, deadline_seconds: float) -> list[str]:
        """End these workers' runs that were cancelled ``grace_seconds`` ago or run for ``deadline_seconds``.

        Returns the names of the workers that held them and must be killed.
        """
        now, stopped = self._clock(), []
        with self._database.write() as connection:
            running = "SELECT id, worker, cancel, started FROM runs WHERE status = 'running'"
            for run_id, worker, cancel, started in connection.execute(running).fetchall():
                if worker in workers and cancel is not None and cancel <= now - grace_seconds:
                    transitions.finish(connection, run_id, "cancelled", now)
                elif worker in workers and started <= now - deadline_seconds:
                    transitions.finish(connection, run_id, "failed", now,
                            f"The run was stopped: it took longer than {deadline_seconds / 60:g} minutes.")  # fmt: skip
                else:
                    continue
                stopped.append(worker)
        return stopped

    def release(self, worker: str, died: bool) -> None:
        """Let others have a gone worker's run at once; the end of one that did not die is no attempt."""
        with self._database.write() as connection:
            if died:
                connection.execute("UPDATE runs SET lease = 0 WHERE worker = ? AND status = 'running'", (worker,))
            else:
                connection.execute("UPDATE runs SET lease = 0, attempt = attempt - 1,"
                                   " status = IIF(cancel IS NULL, 'queued', status)"
                                   " WHERE worker = ? AND status = 'running'", (worker,))  # fmt: skip
            transitions.settle_abandoned(connection, self._clock())
