"""Tasks of a study computed in processes of their own, some at a time; a failure is a sentence."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar

from cgs_core.errors import JobError, failure_words

if sys.platform == "win32":  # where a pipe's end is of another class
    from multiprocessing.connection import PipeConnection as Connection
else:
    from multiprocessing.connection import Connection

Task = TypeVar("Task")
Found = TypeVar("Found")


class _Failed(str):
    """Why a task failed, in place of what it would have found."""


class Work(Generic[Task, Found]):
    """What is done with a task, and what a task is called in a sentence. Both are functions of a module.

    ``kind`` is what tasks are, for instance "a batch of the grid".
    """

    def __init__(self, do: Callable[[Task], Found], name: Callable[[Task], str], kind: str) -> None:
        self.do, self.name, self.kind = do, name, kind


def computed(tasks: Sequence[Task], work: Work[Task, Found], n_workers: int) -> Iterator[Found]:
    """What each task finds, when it is done; tasks are begun in the order given.

    Whoever stops asking ends the processes; a task that is under way is then lost. ``JobError`` when one fails, or a
    process ends before its task does.
    """
    context = get_context("spawn")
    left = list(reversed(tasks))
    processes: dict[Connection, SpawnProcess] = {}
    try:
        for _ in range(min(n_workers, len(left))):
            ours, theirs = context.Pipe()
            processes[ours] = context.Process(target=_serve, args=(theirs, work), daemon=True)
            processes[ours].start()
            theirs.close()  # so that its end is seen here
            ours.send(left.pop())
        busy = set(processes)
        while busy:
            for pipe in wait(busy):
                assert isinstance(pipe, Connection)
                found: Found = _received(pipe, work.kind)
                if left:
                    pipe.send(left.pop())
                else:
                    busy.remove(pipe)
                yield found
    finally:
        for process in processes.values():
            process.terminate()
            process.join()


def _received(pipe: Connection, kind: str) -> Found:  # type: ignore[type-var]
    try:
        found: Found | _Failed = pipe.recv()
    except EOFError:
        raise JobError(f"a process that computed {kind} ended before its time; its memory may not do") from None
    if isinstance(found, _Failed):
        raise JobError(str(found))
    return found


def _serve(pipe: Connection, work: Work[Task, Found]) -> None:
    """Tasks in, what they find out, until the other end is closed; a failure is a sentence."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asked
    while True:
        try:
            task: Task = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(work.do(task))
        except Exception as error:  # whatever a mechanism raises, the one who asked must hear of it
            pipe.send(_Failed(f"{work.name(task)} failed: {failure_words(error)}"))
