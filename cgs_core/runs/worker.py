"""A worker process: claim a run, compute its rounds, keep each one, see whether to stop; for ever.

``python -m cgs_core.runs.worker --store PATH`` works until its standard input ends, which is how it learns that
the server is gone; whatever is written there says that something may be waiting. Started by hand, it wants
``settings.ONE_THREAD`` in its environment: the numerical libraries read that when they are loaded.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from cgs_core.errors import StoreError, failure_words
from cgs_core.records.frozen import FrozenRecord
from cgs_core.runs.kinds import KindName
from cgs_core.runs.settings import NO_STORE, ONE_THREAD
from cgs_core.runs.store import RunStore
from cgs_core.runs.views import Claim
from cgs_core.scenario import Scenario

if sys.platform == "win32":
    import _winapi
    import msvcrt

Iterate = Callable[[Sequence[Scenario]], Iterable[tuple[FrozenRecord, ...]]]
"""Scenarios that are computed together -> one record each, round by round."""

_RENEW_SECONDS = 1.5
_NICENESS = 10  # a tenth of the share of a process that is not nice
_SHORTEST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.25  # what its server asks for rings the bell; what other processes ask for waits so long
_WINDOWS_LOOK_SECONDS = 0.05
MAX_ERROR_LENGTH = 500
READY = "ready"  # what it writes first: whatever goes wrong from here on is not its start


def run_claimed(store: RunStore, claims: Sequence[Claim], iterate: Iterate) -> None:
    """Compute claimed runs side by side to their end; one that is cancelled or taken away is given up.

    Runs whose computation raises are kept as failed with a sentence; the traceback goes to standard error.
    """
    n_rounds, going = 0, list(claims)
    try:
        with _leases_kept(store, going):
            for records in iterate([claim.scenario for claim in claims]):
                round_index = records[0].round_index
                own = {claim: records[claims.index(claim)] for claim in going}
                payloads = {claim: (one.whole() if claim.is_whole else one).to_bytes() for claim, one in own.items()}
                after = store.record(round_index, payloads)
                going[:] = [claim for claim in going if after[claim] == "go_on"]
                if not going:
                    return
                n_rounds += 1
        if n_rounds != claims[0].scenario.n_rounds:
            raise RuntimeError(f"it ended after {n_rounds} of {claims[0].scenario.n_rounds} rounds")
    except Exception as error:  # whatever a run raises must not end the worker
        if not isinstance(error, StoreError):  # of which one line in the log says enough
            traceback.print_exc(file=sys.stderr)
        for claim in going:
            store.finish(claim, f"The run failed: {failure_words(error)}"[:MAX_ERROR_LENGTH])
    else:
        for claim in going:
            store.finish(claim)


def serve(
    store: RunStore,
    worker: str,
    engine: Callable[[KindName], Iterate],
    is_express: bool = False,
    bell: threading.Event | None = None,
) -> None:
    """Claim and compute runs, one batch after the other, without end; ``engine`` gives what computes a kind of job.

    Where nothing is to be done it rests until the ``bell`` is set, or a while has passed.
    """
    bell, pause = bell or threading.Event(), _SHORTEST_PAUSE_SECONDS
    while True:
        bell.clear()  # before the look: who rings during it is heard after it
        claims = store.claim(worker, is_express)
        if claims:
            run_claimed(store, claims, engine(claims[0].kind))
            pause = _SHORTEST_PAUSE_SECONDS
        else:
            slept_from = time.monotonic()
            bell.wait(pause)
            if time.monotonic() - slept_from > _RENEW_SECONDS:  # everything stood still: let others renew their leases
                time.sleep(2 * _RENEW_SECONDS)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


@contextmanager
def _leases_kept(store: RunStore, claims: Sequence[Claim]) -> Iterator[None]:
    """Renew the leases in the background: one round may take longer than a lease lasts."""
    is_over = threading.Event()

    def renew() -> None:
        while not is_over.wait(_RENEW_SECONDS):
            with suppress(StoreError):  # somebody else has locked it, or the disk is full: perhaps not for long
                if not [claim for claim in list(claims) if store.renew(claim)]:
                    return

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _listen(bell: threading.Event) -> None:
    while _hears():
        bell.set()
    os._exit(0)  # at once, in the middle of a round too: what the store has acknowledged is on disk


def _hears() -> bool:
    """Wait until something is written to this process; False when nobody can write to it any more.

    On Windows it looks now and then: while one thread waits for a pipe there, a library that another loads may wait as
    long (https://github.com/numpy/numpy/issues/24290).
    """
    if sys.platform == "win32":
        try:
            while not _winapi.PeekNamedPipe(msvcrt.get_osfhandle(sys.stdin.fileno()))[0]:
                time.sleep(_WINDOWS_LOOK_SECONDS)
        except BrokenPipeError:
            return False
        except OSError:  # no pipe: it was started by hand
            pass
    return bool(os.read(sys.stdin.fileno(), 1024))


def each_by_itself(iterate: Callable[[Scenario], Iterable[FrozenRecord]]) -> Iterate:
    """What computes one scenario, for several of them."""
    return lambda scenarios: zip(*(iterate(scenario) for scenario in scenarios), strict=True)


def main(arguments: Sequence[str] | None = None, iterate: Iterate | None = None) -> None:
    """The worker's command line; ``iterate`` replaces the engine's in tests."""
    parser = argparse.ArgumentParser(prog="python -m cgs_core.runs.worker", description=__doc__)
    parser.add_argument("--store", required=True, help="the file of stored runs")
    parser.add_argument("--name", default=f"worker-{os.getpid()}", help="what the store calls this worker")
    parser.add_argument("--express", action="store_true", help="take what is short and looked at now, nothing else")
    parser.add_argument("--nice", action="store_true", help="leave the processor to whoever else wants it")
    options = parser.parse_args(arguments)
    if options.nice and hasattr(os, "nice"):
        os.nice(_NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server; its end is ours
    bell = threading.Event()
    threading.Thread(target=_listen, args=(bell,), daemon=True).start()
    os.environ.update(ONE_THREAD)
    engine = engine_of if iterate is None else lambda kind: iterate
    engine("run")  # loaded before the first claim
    try:
        store = RunStore(options.store)
        print(READY, flush=True)
        serve(store, options.name, engine, options.express, bell)
    except StoreError as error:  # the server starts another one, later and later
        print(f"error: {error.for_operator}", file=sys.stderr)
        sys.exit(NO_STORE)


def engine_of(kind: KindName) -> Iterate:
    """What computes a kind of job."""
    from cgs_core.federation import (
        ending,
        engine_check,
        experiment,
        retrained_game,
    )  # here: to spare the server's memory

    if kind == "retrained_game":
        return each_by_itself(retrained_game.iterate_retrained_game)
    if kind == "engine_check":
        return each_by_itself(engine_check.iterate_check)
    if kind == "ending":
        return each_by_itself(ending.iterate_ending)
    return experiment.iterate_batch


if __name__ == "__main__":
    main()
