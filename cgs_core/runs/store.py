"""The store of runs: queue, progress feed, cancel flag, cache and target of links, in one SQLite file.

A run's id is its scenario's id (other kinds of jobs add a suffix, see ``kinds``), so one scenario is one run however
many sessions ask for it. Those sessions are its followers; an unfinished run is cancelled when the last of them
leaves. A worker claims a run for a lease of a few seconds and renews it with every round that it writes; who has
lost the lease writes nothing.
"""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cgs_core.data import dataset_fingerprint
from cgs_core.errors import CgsError, DamagedError, JobError, RecordError
from cgs_core.records.frozen import FrozenRecord
from cgs_core.runs import kept_rounds, transitions, turns
from cgs_core.runs.care import Care
from cgs_core.runs.classes import Classes
from cgs_core.runs.costs import Costs, is_short
from cgs_core.runs.counts import Counts, counts
from cgs_core.runs.database import Database
from cgs_core.runs.kinds import KINDS, KindName, Rounds, job_id
from cgs_core.runs.lesson_progress import LessonProgress
from cgs_core.runs.settings import DEFAULT_MAX_WAITING
from cgs_core.runs.shelf import Shelf
from cgs_core.runs.transitions import LEASE_SECONDS, Line, Now, RunStatus
from cgs_core.runs.views import AfterRound, Claim, RunView
from cgs_core.scenario import Scenario
from cgs_core.version import RESULT_VERSION

FOLLOWER_SECONDS = 120.0  # background tabs tick slowly
DEFAULT_MAX_BYTES = 500_000_000
_dataset_fingerprint = cache(dataset_fingerprint)  # it reads the whole file
_GAP_SECONDS = 5.0  # between two looks of a supervisor: longer, and it stood still
_SEEN_REFRESH_SECONDS = 10.0  # so that most looks at a run write nothing
_log = logging.getLogger(__name__)


def fingerprint_of(scenario: Scenario) -> str:
    """What, besides the scenario, decides its numbers: the program's result version, the data's bytes, and the versions
    of what other packages have added to it."""
    own = scenario.own_data
    data = _dataset_fingerprint(scenario.dataset) if own is None else own.sha256[:12]
    return ":".join((RESULT_VERSION, data, *scenario.added_versions))


def _scenario(run_id: str, kind: KindName, text: str) -> Scenario:
    """The stored scenario of a run; ``CgsError`` where it cannot be read, or is not that of the run's id."""
    scenario = Scenario.from_json(text)
    if job_id(scenario, kind) != run_id:
        raise RecordError("it is not the scenario that was stored")
    return scenario


def _is_readable(run_id: str, kind: KindName, text: str) -> bool:
    try:
        _scenario(run_id, kind, text)
    except CgsError:
        return False
    return True


def _batch(scenario: Scenario, name: str) -> str | None:
    """Its batch; none where another package has a part in it, whose failure is to harm no other run."""
    return None if scenario.added_versions else name


@dataclass(frozen=True)
class _Asker:
    """Who asks, and when: a session, and the hash of the visitor who has it."""

    owner: str
    visitor: str
    now: Now


class RunStore:
    """The runs in the file at ``path``. All methods may be called from any thread and any process.

    Parameters
    ----------
    path: the file; it and its folders are made when missing. It must lie on a local disk.
    fingerprint: what a stored run must agree with to be current, of its scenario.
    clock: seconds since the epoch.
    ticks: seconds of the clock that only waits (see ``transitions.Now``).
    is_server: whether a damaged file is moved aside and a new one begun; ``recovered`` then says so, for the operator.
    has_express: whether a worker takes what is short alone: a place in the queue is then one in its line.
    ring: called when something may be waiting that was not before: whoever computes need not look all the time.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        fingerprint: Callable[[Scenario], str] = fingerprint_of,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
        is_server: bool = False,
        has_express: bool = False,
        ring: Callable[[], None] = lambda: None,
    ) -> None:
        self._ring = ring
        self.path = Path(path).expanduser().resolve()
        self._fingerprint = fingerprint
        self._clock = clock
        self._ticks = ticks
        self._has_express = has_express
        self._last_look: float | None = None
        self._database = Database(self.path, is_server)
        self.recovered = self._database.recovered

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @property
    def database(self) -> Database:
        """The file itself, for what else is kept in it (``cgs_core.rooms``)."""
        return self._database

    def now(self) -> Now:
        """This moment, by the store's clocks."""
        return Now(self._ticks(), self._clock())

    # -- what sessions do ----------------------------------------------------------------------------------

    def submit(self, scenario: Scenario, owner: str, kind: KindName = "run", visitor: str | None = None) -> str:
        """Ask for a scenario's rounds (or another kind of job on it) and follow the run; returns its id.

        A finished run is answered from the store, an unfinished one is shared, a failed or cancelled one is queued
        again and keeps its rounds; rounds of another fingerprint are dropped. The owner's previous unfinished runs
        are left, as by ``cancel``. ``visitor``: who has this session, by a token that all of its sessions share; those
        who wait get fair turns (see ``turns``). However many runs wait, this one is taken in.
        """
        asker = _Asker(owner, turns.hashed(visitor or owner), self.now())
        with self._database.write() as connection:
            transitions.leave_others(connection, owner, [job_id(scenario, kind)], asker.now)
            run_id, _ = self._ask(connection, scenario, asker, kind, Line(is_express=is_short([scenario], kind)))
        self._ring()
        return run_id

    def submit_batches(
        self,
        batches: Sequence[Sequence[Scenario]],
        owner: str,
        priority: int = 0,
        visitor: str | None = None,
        max_waiting: int = DEFAULT_MAX_WAITING,
        is_whole: bool = False,
        kind: KindName = "run",
    ) -> list[list[str]]:
        """Ask for many runs at once, or for jobs of another kind, as ``submit`` for one; returns their ids.

        Runs of one batch that are still to be computed are computed side by side; their scenarios may differ in
        their mechanism only. ``priority``: smaller goes first. ``is_whole``: the workers compute too what is otherwise
        derived when somebody looks. ``JobError`` when more than ``max_waiting`` batches of this visitor would wait, and
        when the whole queue is full.
        """
        asker = _Asker(owner, turns.hashed(visitor or owner), self.now())
        with self._database.write() as connection:
            wanted = [job_id(scenario, kind) for batch in batches for scenario in batch]
            transitions.leave_others(connection, owner, wanted, asker.now)
            waited = turns.n_waiting(connection, asker.visitor)
            asked = [
                [
                    self._ask(connection, scenario, asker, kind, Line(priority, _batch(scenario, name), is_express))
                    for scenario in batch
                ]
                for batch in batches
                for name, is_express in ((secrets.token_hex(8) + is_whole * transitions.WHOLE, is_short(batch, kind)),)
            ]
            if any(is_new for batch in asked for _, is_new in batch):
                turns.check_waiting(connection, asker.visitor, waited, max_waiting)
        self._ring()
        return [[run_id for run_id, _ in batch] for batch in asked]

    def _ask(
        self,
        connection: sqlite3.Connection,
        scenario: Scenario,
        asker: _Asker,
        kind: KindName,
        line: Line,
    ) -> tuple[str, bool]:
        """Have one run stored, queued if need be, and followed; its id, and whether it was queued."""
        run_id, fingerprint = job_id(scenario, kind), self._fingerprint(scenario)
        query = "SELECT status, fingerprint, scenario FROM runs WHERE id = ?"
        stored = connection.execute(query, (run_id,)).fetchone()
        if stored is not None and not _is_readable(run_id, kind, stored[2]):
            _log.warning("the scenario of run %s was damaged in the store %s: it is replaced", run_id, self.path)
            connection.execute("UPDATE runs SET scenario = ? WHERE id = ?", (scenario.to_json(), run_id))
            stored = (stored[0], "damaged", "")
        if stored is None:
            transitions.add(connection, scenario, run_id, kind, fingerprint, asker.now.day)
        elif stored[1] != fingerprint:
            kept_rounds.drop(connection, run_id)
        is_new = stored is None or stored[1] != fingerprint or stored[0] in ("failed", "cancelled")
        if is_new:
            transitions.queue(connection, run_id, fingerprint, line)
        else:
            transitions.hasten(connection, run_id, line)
        transitions.follow(connection, run_id, asker.owner, asker.visitor, asker.now)
        return run_id, is_new

    def events(self, run_id: str, since: int = 0, owner: str | None = None) -> RunView:
        """The run as it stands, with its rounds from index ``since`` on.

        A session that follows the run gives its token: a run that no follower has looked at for two minutes is
        cancelled. A run with a damaged round is computed again, and its ``error`` says so.
        ``JobError`` when no such run is stored (any more).
        """
        now = self._ticks()
        with self._database.read() as connection:
            status, error, kind = transitions.stored(connection, run_id, "status, error, kind")
            try:
                rounds = kept_rounds.read(connection, run_id, KINDS[kind].record, since)
            except RecordError:
                rounds = None
            place = turns.position(connection, run_id, now, self._has_express) if status == "queued" else None
            is_due = connection.execute(
                "SELECT 1 FROM followers WHERE run_id = ? AND owner = ? AND seen < ?",
                (run_id, owner, now - _SEEN_REFRESH_SECONDS),
            ).fetchone()
        if is_due:
            with self._database.write() as connection:
                connection.execute("UPDATE followers SET seen = ? WHERE run_id = ? AND owner = ?", (now, run_id, owner))
        if rounds is None:
            self._begin_again(run_id)
            return self.events(run_id, since, owner)
        return RunView(status, rounds, place, error)

    def progress(self, run_ids: Sequence[str], owner: str) -> dict[str, RunStatus]:
        """How several runs stand, without their rounds; the owner is seen by those that it follows.

        Runs that are not stored (any more) are left out.
        """
        now, wanted = self._ticks(), json.dumps(list(run_ids))
        with self._database.read() as connection:
            query = "SELECT id, status FROM runs WHERE id IN (SELECT value FROM json_each(?))"
            found: dict[str, RunStatus] = dict(connection.execute(query, (wanted,)).fetchall())
            is_due = connection.execute(
                "SELECT 1 FROM followers WHERE owner = ? AND seen < ?", (owner, now - _SEEN_REFRESH_SECONDS)
            ).fetchone()
        if is_due:
            with self._database.write() as connection:
                connection.execute(
                    "UPDATE followers SET seen = ? WHERE owner = ? AND run_id IN (SELECT value FROM json_each(?))",
                    (now, owner, wanted),
                )
        return found

    def others_wait(self, owner: str) -> bool:
        """Whether anybody else follows a run that is not finished."""
        query = (
            f"SELECT 1 FROM followers JOIN runs ON id = run_id WHERE owner <> ? AND status IN {transitions.UNFINISHED}"
        )
        with self._database.read() as connection:
            return connection.execute(query + " LIMIT 1", (owner,)).fetchone() is not None

    def leave(self, owner: str) -> None:
        """Stop following every run that the owner follows, as by ``cancel``."""
        with self._database.write() as connection:
            transitions.leave_others(connection, owner, (), self.now())

    def cancel(self, run_id: str, owner: str) -> None:
        """Stop following a run; the last follower's leaving stops it. Who does not follow it changes nothing."""
        with self._database.write() as connection:
            transitions.stored(connection, run_id, "id")
            transitions.leave(connection, run_id, owner, self.now())

    def scenario_of(self, run_id: str) -> Scenario:
        """The scenario of a stored run; ``JobError`` when there is none, or when it cannot be read any more."""
        with self._database.read() as connection:
            text, kind = transitions.stored(connection, run_id, "scenario, kind")
        try:
            return _scenario(run_id, kind, text)
        except CgsError as error:
            raise JobError(f"The scenario of run {run_id!r} cannot be read any more ({error}).") from None

    def load(self, run_id: str) -> Rounds:
        """The rounds so far of a stored run, which counts as used now.

        Raises
        ------
        JobError: there is none, or another version of the program, its data or an added package made it: who asks has
            it made anew.
        DamagedError: a round was damaged; the run is computed again.
        """
        with self._database.write() as connection:
            connection.execute("UPDATE runs SET last_used = ? WHERE id = ?", (self._clock(), run_id))
            kind, fingerprint = transitions.stored(connection, run_id, "kind, fingerprint")
        scenario = self.scenario_of(run_id)
        if fingerprint != self._fingerprint(scenario):
            raise JobError(f"Run {run_id!r} was made by another version of the program, of its data or of a package.")
        with self._database.read() as connection:
            transitions.stored(connection, run_id, "id")
            try:
                records = kept_rounds.read(connection, run_id, KINDS[kind].record)
            except RecordError:
                records = None
        if records is None:
            self._begin_again(run_id)
            raise DamagedError(f"Run {run_id}: {kept_rounds.DAMAGED}")
        rounds: Rounds = KINDS[kind].rounds(scenario, records)
        return rounds

    def keep_derived(self, run_id: str, rounds: Sequence[FrozenRecord]) -> None:
        """Keep what was derived of a finished run's rounds when somebody looked, so that it is computed once."""
        with self._database.write() as connection:
            status, kind = transitions.stored(connection, run_id, "status, kind")
            for record in rounds if status == "done" else ():
                payload = record.to_bytes()
                kept_rounds.keep(connection, run_id, record.round_index, payload, KINDS[kind].record)

    def _begin_again(self, run_id: str) -> None:
        """Have a run with a damaged round computed again, unless somebody else has seen to it meanwhile."""
        with self._database.write() as connection:
            (kind,) = transitions.stored(connection, run_id, "kind")
            try:
                kept_rounds.read(connection, run_id, KINDS[kind].record)
            except RecordError as error:
                _log.warning("run %s was damaged in the store %s (%s): it is computed again", run_id, self.path, error)
                kept_rounds.begin_again(connection, run_id)
        self._ring()

    def pin(self, run_id: str, pinned: bool, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """Keep a run from being forgotten, or no longer; ``JobError`` when pinned runs would hold ``max_bytes``."""
        with self._database.write() as connection:
            transitions.stored(connection, run_id, "id")
            connection.execute("UPDATE runs SET pinned = ? WHERE id = ?", (pinned, run_id))
            if pinned and transitions.one(connection, "SELECT SUM(bytes) FROM runs WHERE pinned") > max_bytes:
                raise JobError(f"The pinned runs would fill the store ({max_bytes:,} bytes): unpin one first.")

    def counts(self) -> Counts:
        """How much is in it; cheap, and changes nothing."""
        with self._database.read() as connection:
            return counts(connection)

    @property
    def costs(self) -> Costs:
        """What jobs have cost, and others will."""
        return Costs(self._database)

    @property
    def care(self) -> Care:
        """What an operator lists and forgets."""
        return Care(self._database, self._clock)

    @property
    def classes(self) -> Classes:
        """The classes in this file."""
        return Classes(self._database, self._clock)

    @property
    def lesson_progress(self) -> LessonProgress:
        """The visitors' progress in lessons."""
        return LessonProgress(self._database, self._clock)

    def shelf(self, max_bytes: int = DEFAULT_MAX_BYTES) -> Shelf:
        """The visitors' shelves in this file; their runs may hold ``max_bytes``."""
        return Shelf(self._database, self._fingerprint, self._clock, max_bytes)

    # -- what workers do -----------------------------------------------------------------------------------

    def claim(self, worker: str, is_express: bool = False) -> tuple[Claim, ...]:
        """Take what is to be computed next (see ``turns``), which may be a run whose worker died, with all of its batch
        that waits too. Empty when there is nothing to do. ``is_express``: only what is short and looked at now.
        """
        now = self.now()
        with self._database.read() as connection:
            free = f"SELECT 1 FROM runs WHERE {turns.free_for(is_express)} LIMIT 1"
            if not connection.execute(free, {"now": now.ticks}).fetchone():
                return ()
        with self._database.write() as connection:
            transitions.settle_abandoned(connection, now)
            group = turns.next_group(connection, now.ticks, is_express)
            if group is None:
                return ()
            turns.take_turn(connection, group)
            values = {"now": now.ticks, "worker": worker, "day": now.day, "lease": now.ticks + LEASE_SECONDS}
            taken = connection.execute(
                "UPDATE runs SET status = 'running', worker = :worker, lease = :lease, started = :day, began = :now,"
                f" attempt = attempt + 1 WHERE {transitions.GROUP} = :group AND {transitions.FREE}"
                " RETURNING ticket, id, attempt, kind, scenario, fingerprint, batch",
                values | {"group": group},
            ).fetchall()
            claims = [self._claimed(connection, worker, *columns) for _, *columns in sorted(taken)]
        return tuple(claim for claim in claims if claim is not None)

    def _claimed(
        self,
        connection: sqlite3.Connection,
        worker: str,
        run_id: str,
        attempt: int,
        kind: KindName,
        text: str,
        stored_fingerprint: str,
        batch: str | None,
    ) -> Claim | None:
        """The claim on a run that was just taken; None where its scenario cannot be read any more."""
        try:
            scenario = _scenario(run_id, kind, text)
            fingerprint = self._fingerprint(scenario)
        except CgsError as error:
            transitions.finish(connection, run_id, "failed", self.now(), f"The run cannot be started: {error}")
            return None
        if fingerprint != stored_fingerprint:
            kept_rounds.drop(connection, run_id)
            connection.execute("UPDATE runs SET fingerprint = ? WHERE id = ?", (fingerprint, run_id))
        return Claim(run_id, worker, attempt, kind, scenario, (batch or "").endswith(transitions.WHOLE))

    def renew(self, claim: Claim) -> bool:
        """Extend the lease; False when it is lost."""
        with self._database.write() as connection:
            return self._extend(connection, claim) != "lost"

    def record(self, round_index: int, payloads: Mapping[Claim, bytes]) -> dict[Claim, AfterRound]:
        """Keep a round of one or more claimed runs, renew their leases, and say of each how to go on.

        With a lost lease nothing is written. A round that is stored already must be the same to the byte; if not,
        that run's rounds are dropped and ``JobError`` is raised.
        """
        with self._database.write() as connection:
            after = {claim: self._extend(connection, claim) for claim in payloads}
            differing = [
                claim
                for claim, payload in payloads.items()
                if after[claim] != "lost"
                and not kept_rounds.keep(connection, claim.run_id, round_index, payload, KINDS[claim.kind].record)
            ]
            for claim in after:
                if claim in differing:
                    kept_rounds.drop(connection, claim.run_id)
                elif after[claim] == "cancelled":
                    transitions.finish(connection, claim.run_id, "cancelled", self.now())
        if differing:
            raise JobError(f"Round {round_index + 1} came out differently when it was computed again.")
        return after

    def finish(self, claim: Claim, error: str | None = None) -> bool:
        """End the run as done, or as failed with a sentence; False (and nothing written) when the lease is lost."""
        with self._database.write() as connection:
            if self._extend(connection, claim) == "lost":
                return False
            transitions.finish(connection, claim.run_id, "failed" if error else "done", self.now(), error)
        return True

    def _extend(self, connection: sqlite3.Connection, claim: Claim) -> AfterRound:
        rows = connection.execute(
            "UPDATE runs SET lease = ? WHERE id = ? AND worker = ? AND attempt = ? AND status = 'running'"
            " RETURNING cancel",
            (self._ticks() + LEASE_SECONDS, claim.run_id, claim.worker, claim.attempt),
        ).fetchall()
        if not rows:
            return "lost"
        return "go_on" if rows[0][0] is None else "cancelled"

    # -- what the supervisor does --------------------------------------------------------------------------

    def expire(self, alive: Collection[str] = (), max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """Cancel runs that nobody has looked at for two minutes, free those that no worker has any more, make room.

        ``alive``: the workers whose processes are there: they keep what they have, though they be too slow to say so.
        """
        with self._look() as (connection, now):
            transitions.leave_unseen(connection, now, FOLLOWER_SECONDS)
            transitions.keep_leases(connection, alive, now)
            transitions.settle_abandoned(connection, now)
            transitions.make_room(connection, max_bytes)

    def stop_overdue(self, workers: Collection[str], grace_seconds: float, deadline_seconds: float) -> list[str]:
        """End these workers' runs that were cancelled ``grace_seconds`` ago or run for ``deadline_seconds``.

        Returns the names of the workers that held them and must be killed.
        """
        with self._look() as (connection, now):
            return transitions.end_overdue(connection, workers, now, grace_seconds, deadline_seconds)

    @contextmanager
    def _look(self) -> Iterator[tuple[sqlite3.Connection, Now]]:
        """A supervisor's look, and its moment; if it comes late, what nobody could do since the last has time again.

        Before the first one nobody knows for how long there was no server.
        """
        with self._database.write() as connection:
            now = self.now()
            if self._last_look is None:
                transitions.see_all(connection, now)
            elif now.ticks - self._last_look > _GAP_SECONDS:
                transitions.forgive(connection, now, now.ticks - self._last_look)
            yield connection, now
        self._last_look = now.ticks  # if it was in vain, the next one forgives that too

    def demote(self, worker: str, seconds: float) -> bool:
        """Let the ordinary workers have what the express worker has computed for so long while others wait for it.

        Says whether it was so: then the worker must be killed.
        """
        with self._database.write() as connection:
            is_demoted = transitions.demote(connection, worker, self.now(), seconds)
        if is_demoted:
            self._ring()
        return is_demoted

    def release(self, worker: str, died: bool) -> None:
        """Let others have a gone worker's run at once; the end of one that was ended is not counted as a death."""
        with self._database.write() as connection:
            now = self.now()
            transitions.release(connection, worker, died, now)
            transitions.settle_abandoned(connection, now)
        self._ring()
