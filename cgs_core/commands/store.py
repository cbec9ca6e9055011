"""The command ``store``: the file of stored runs looked through, backed up, restored, listed, and cleared of things."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from cgs_core.commands.output import json_text, table
from cgs_core.errors import JobError, RecordError

if TYPE_CHECKING:
    from cgs_core.data.own.files import OwnFile
    from cgs_core.runs import RunStore

_ALL = "all"
_DRY = "Nothing was deleted: add --yes to do it."


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of ``store``, and what each of its own commands does."""
    actions = command.add_subparsers(required=True, metavar="ACTION")
    for name, run, help in (
        ("check", _check, "whether the file is sound: its structure, each run's scenario, each round's digest"),
        ("backup", _backup, "copy it into a new file, also while a server uses it"),
        ("restore", _restore, "put a copy in its place; the one before is kept beside it"),
        ("list", _list, "the runs, and people's own data sets, that are stored"),
        ("forget", _forget, "delete runs, what visitors have left, or people's own data"),
    ):
        action = actions.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
        action.add_argument(
            "--store", type=Path, metavar="FILE", help="which one; CGS_STORE or the default unless told"
        )
        action.set_defaults(command=run)
        if name in ("backup", "restore"):
            action.add_argument("file", type=Path, metavar="FILE", help="the copy")
        if name == "list":
            action.add_argument("--json", action="store_true", help="print one JSON document, and nothing else")
        if name == "forget":
            _add_forget_options(action)


def _add_forget_options(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--run", action="append", default=[], metavar="ID", help="a run, on shelves too; may be repeated"
    )
    action.add_argument("--older-than", type=_days, metavar="DAYS", help="runs unused for so long that nobody keeps")
    action.add_argument(
        "--visitor", metavar="TOKEN", help="what one visitor has left: the value of its cookie cgs_visitor"
    )
    action.add_argument("--visitors", type=_days, metavar="DAYS", help="what visitors unseen for so long have left")
    action.add_argument(
        "--own-data", action="append", default=[], metavar="HASH", help=f"own data by the start of its hash, or {_ALL}"
    )
    action.add_argument("--yes", action="store_true", help="delete; without it, only say what would be")


def _days(text: str) -> float:
    days = float(text)
    if not 0 <= days < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of days from 0 up; got {text}")
    return days


def _path(options: argparse.Namespace) -> Path:
    from cgs_core.runs.settings import default_store_path

    path: Path = default_store_path() if options.store is None else options.store
    return path.expanduser().resolve()


def _check(options: argparse.Namespace) -> None:
    from cgs_core.runs.care import problems

    path = _path(options)
    found = problems(path)
    for problem in found:
        print(problem)
    if found:
        raise RecordError(
            f"{len(found)} problems in {path}. A damaged run is computed again when somebody looks at it; a damaged "
            "file is moved aside when the server starts"
        )
    print(f"{path} is sound.")


def _backup(options: argparse.Namespace) -> None:
    from cgs_core.runs.care import back_up

    back_up(_path(options), options.file.expanduser().resolve())
    print(f"written to {options.file}")


def _restore(options: argparse.Namespace) -> None:
    from cgs_core.runs.care import restore

    path = _path(options)
    aside = restore(path, options.file.expanduser().resolve())
    print(f"{path} is as in {options.file}" + ("" if aside is None else f"; the one before is {aside}"))


# -- what is there, and is to be there no longer -------------------------------------------------------------------


def _opened(options: argparse.Namespace) -> RunStore:
    from cgs_core.runs import RunStore

    path = _path(options)
    if not path.exists():
        raise JobError(f"there is no store of runs at {path}")
    return RunStore(path)


def _list(options: argparse.Namespace) -> None:
    from cgs_core.data.own.files import own_files

    with closing(_opened(options)) as store:
        runs, files = store.care.runs(), own_files()
    if options.json:
        print(
            json_text(
                {
                    "runs": [vars(run) | {"is_kept": bool(run.is_kept)} for run in runs],
                    "own_data": [vars(file) for file in files],
                }
            ),
            end="",
        )
        return
    heads = ("run", "status", "rounds", "bytes", "used", "kept")
    rows = [
        (run.run_id, run.status, run.n_rounds, run.n_bytes, _day(run.used), "yes" if run.is_kept else "no")
        for run in runs
    ]
    print(table(heads, rows))
    print(_own_table(files), end="")


def _own_table(files: list[OwnFile]) -> str:
    rows = [(file.sha256[:12], file.n_bytes, _day(file.came), "yes" if file.is_kept else "no") for file in files]
    return table(("own data", "bytes", "came", "kept"), rows)


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(seconds))


def _forget(options: argparse.Namespace) -> None:
    with closing(_opened(options)) as store:
        steps = [*_runs_to_forget(options, store), *_visitors_to_forget(options, store), *_files_to_forget(options)]
        if not steps:
            raise JobError("say what: --run, --older-than, --visitor, --visitors or --own-data (see --help)")
        for words, delete in steps:
            print(words)
            if options.yes:
                delete()
    print("deleted" if options.yes else _DRY)


_Step = tuple[str, Callable[[], object]]  # what is deleted, in words, and how


def _runs_to_forget(options: argparse.Namespace, store: RunStore) -> list[_Step]:
    known = {run.run_id: run for run in store.care.runs()}
    if missing := [run_id for run_id in options.run if run_id not in known]:
        raise JobError(f"--run: must be the id of a stored run; got {missing[0]!r}")
    old = [] if options.older_than is None else store.care.old_runs(options.older_than)
    ids = list(dict.fromkeys([*options.run, *(run.run_id for run in old)]))
    if not ids and options.older_than is None:
        return []
    n_bytes = sum(known[run_id].n_bytes for run_id in ids)
    words = [f"{len(ids)} runs, {n_bytes:,} bytes", *(f"  run {run_id}" for run_id in ids)]
    return [("\n".join(words), lambda: store.care.forget_runs(ids))]


def _visitors_to_forget(options: argparse.Namespace, store: RunStore) -> list[_Step]:
    steps: list[_Step] = []
    if (visitor := options.visitor) is not None:
        n_answers = sum(len(answers) for answers in store.lesson_progress.of(visitor).values())
        words = f"one visitor: {len(store.shelf().entries(visitor))} runs on the shelf, {n_answers} answers in lessons"

        def delete() -> None:
            store.shelf().clear(visitor)
            store.lesson_progress.clear(visitor)
            store.classes.forget(visitor)

        steps.append((f"{words}, and its answers in classes", delete))
    if (days := options.visitors) is not None:
        words = f"{store.care.n_old_visitors(days)} shelves and sets of answers, not seen for {days:g} days"
        steps.append((words, lambda: store.care.forget_old_visitors(days)))
    return steps


def _files_to_forget(options: argparse.Namespace) -> list[_Step]:
    from cgs_core.data.own.files import delete, own_files

    if not options.own_data:
        return []
    files, wanted = own_files(), []
    for start in options.own_data:
        found = files if start == _ALL else [file for file in files if start and file.sha256.startswith(start)]
        if not found and start != _ALL:
            raise JobError(f"--own-data: must be the start of a hash that list prints, or {_ALL}; got {start!r}")
        wanted += found

    def delete_files() -> None:
        for file in wanted:
            delete(file.sha256)

    return [(_own_table(wanted).rstrip("\n"), delete_files)]
