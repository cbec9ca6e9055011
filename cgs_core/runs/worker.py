"""A worker process: claim a run, compute its rounds, keep each one, see whether to stop; for ever.

``python -m cgs_core.runs.worker --store PATH`` works until its standard input ends, which is how it learns that
the server is gone. Started by hand, it wants ``settings.ONE_THREAD`` in its environment: the numerical libraries
read that when they are loaded.
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
from contextlib import contextmanager

from cgs_core.frozen_record import FrozenRecord
from cgs_core.runs.kinds import KindName
from cgs_core.runs.settings import ONE_THREAD
from cgs_core.runs.store import Claim, RunStore
from cgs_core.scenario import Scenario

Iterate = Callable[[Scenario], Iterable[FrozenRecord]]

_RENEW_SECONDS = 1.5
_SHORTEST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.1
_MAX_ERROR_LENGTH = 500


def run_claimed(store: RunStore, claim: Claim, iterate: Iterate) -> None:
    """Compute one claimed run to its end, or until it is cancelled or taken away.

    A run that raises is kept as failed with a sentence; the traceback goes to standard error.
    """
    n_rounds = 0
    try:
        with _lease_kept(store, claim):
            for record in iterate(claim.scenario):
                if store.record(claim, record.round_index, record.to_bytes()) != "go_on":
                    return
                n_rounds += 1
        if n_rounds != claim.scenario.n_rounds:
            raise RuntimeError(f"it ended after {n_rounds} of {claim.scenario.n_rounds} rounds")
    except Exception as error:  # whatever a run raises must not end the worker
        traceback.print_exc(file=sys.stderr)
        store.finish(claim, f"The run failed: {type(error).__name__}: {error}"[:_MAX_ERROR_LENGTH])
    else:
        store.finish(claim)


def serve(store: RunStore, worker: str, engine: Callable[[KindName], Iterate]) -> None:
    """Claim and compute runs, one after the other, without end; ``engine`` gives what computes a kind of job."""
    pause = _SHORTEST_PAUSE_SECONDS
    while True:
        claim = store.claim(worker)
        if claim is not None:
            run_claimed(store, claim, engine(claim.kind))
            pause = _SHORTEST_PAUSE_SECONDS
        else:
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


@contextmanager
def _lease_kept(store: RunStore, claim: Claim) -> Iterator[None]:
    """Renew the lease in the background: one round may take longer than a lease lasts."""
    is_over = threading.Event()

    def renew() -> None:
        while not is_over.wait(_RENEW_SECONDS) and store.renew(claim):
            pass

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _exit_at_end_of_input() -> None:
    while sys.stdin.buffer.read(1024):
        pass
    os._exit(0)  # at once, in the middle of a round too: what the store has acknowledged is on disk


def main(arguments: Sequence[str] | None = None, iterate: Iterate | None = None) -> None:
    """The worker's command line; ``iterate`` replaces the engine's in tests."""
    parser = argparse.ArgumentParser(prog="python -m cgs_core.runs.worker", description=__doc__)
    parser.add_argument("--store", required=True, help="the file of stored runs")
    parser.add_argument("--name", default=f"worker-{os.getpid()}", help="what the store calls this worker")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server; its end is ours
    threading.Thread(target=_exit_at_end_of_input, daemon=True).start()
    os.environ.update(ONE_THREAD)
    engine = _engine if iterate is None else lambda kind: iterate
    engine("run")  # loaded before the first claim
    serve(RunStore(options.store), options.name, engine)


def _engine(kind: KindName) -> Iterate:
    if kind == "retrained_game":
        from cgs_core.retrained_game import iterate_retrained_game  # here: the server must not spend its memory

        return iterate_retrained_game
    from cgs_core.experiment import iterate

    return iterate


if __name__ == "__main__":
    main()
