"""The command ``export``: a run's figures, its report, its program, or all of it as one ZIP."""

from __future__ import annotations

import argparse
import re
import sys
from contextlib import closing
from pathlib import Path

from cgs_core.commands.progress import with_progress
from cgs_core.data.own.given import add_own_data_options, on_given_data
from cgs_core.errors import ExportError, JobError, NoPictureError
from cgs_core.records import Trace
from cgs_core.scenario import Scenario

PICTURES = ("svg", "png", "pdf")
FORMATS = (*PICTURES, "csv", "html", "py", "ipynb", "zip")


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of ``export``, and what it does."""
    command.add_argument(
        "run",
        metavar="RUN",
        help="a stored run's id, a folder that the command run has written, or "
        "SCENARIO.json (- is standard input), which is run",
    )
    command.add_argument(
        "--format",
        required=True,
        metavar="F1,F2,...",
        help=f"of {', '.join(FORMATS)}: pictures of "
        "all figures, their numbers, the report, a program, a notebook, everything",
    )
    command.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where the files go (made if need be); cgs-ID unless told"
    )
    add_own_data_options(command)
    command.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> None:
    formats = _formats(options.format)
    stored = _stored(options.run)
    with on_given_data(options, _scenario(options.run) if stored is None else stored.scenario) as scenario:
        out = Path(f"cgs-{scenario.scenario_id}") if options.out is None else options.out
        out.mkdir(parents=True, exist_ok=True)  # a folder that cannot be made is told before the training
        trace = _run(scenario) if stored is None or stored.scenario != scenario else stored
        n_files = 0
        for name in with_progress(formats, len(formats), "format"):
            for file, content in _files(name, trace).items():
                (out / file).write_bytes(content)
                n_files += 1
    print(f"{scenario.scenario_id}: {n_files} files written to {out}")


def _files(name: str, trace: Trace) -> dict[str, bytes]:
    """What a run is in one of the formats: files by their names."""
    from cgs_core.export import bundle, code, report, scenario_caption
    from cgs_core.export.run_figures import run_figures

    if name in PICTURES:
        return bundle.picture_files(list(run_figures(trace).values()), name, scenario_caption(trace.scenario))
    if name == "csv":
        return bundle.csv_files(list(run_figures(trace).values())) | {"trace.csv": trace.to_csv().encode()}
    if name == "zip":
        return {f"cgs-run-{trace.scenario.scenario_id}.zip": bundle.run_bundle(trace)}
    texts = {
        "html": ("report.html", report.run_report),
        "py": ("script.py", code.run_script),
        "ipynb": ("notebook.ipynb", code.run_notebook),
    }
    file, text_of = texts[name]
    return {file: text_of(trace).encode()}


def _formats(text: str) -> list[str]:
    """The formats asked for, each once, in the order of the table."""
    from cgs_core.export import can_draw

    asked = [name.strip().lower() for name in text.split(",")]
    for name in asked:
        if name not in FORMATS:
            raise ExportError("format", f"must be of {', '.join(FORMATS)}, with commas between", name)
        if name in PICTURES and not can_draw():
            raise NoPictureError(f"format: {name} needs a Chromium; this machine has none, and CGS_CHROMIUM names none")
    return [name for name in FORMATS if name in asked]


def _stored(run: str) -> Trace | None:
    """The trace of a folder, or of a run that the store has; None for the file of a scenario."""
    path = Path(run)
    if path.is_dir():
        return Trace.load(path)
    if path.exists() or run == "-" or path.suffix == ".json":
        return None
    if not re.fullmatch("[0-9a-f]{12}", run):
        raise ExportError("RUN", "must be a run's id (12 of 0-9a-f), a folder with a trace, or a scenario file", run)
    from cgs_core.runs import RunStore, default_store_path

    store_path = default_store_path()
    if not store_path.exists():
        raise ExportError("RUN", f"must be the id of a stored run; there is no store at {store_path}", run)
    with closing(RunStore(store_path)) as store:
        try:
            trace = store.load(run)
        except JobError:
            trace = None
    if not isinstance(trace, Trace) or trace.n_rounds == 0:
        raise ExportError("RUN", f"must be the id of a run with rounds, stored in {store_path}", run)
    return trace


def _scenario(run: str) -> Scenario:
    given = sys.stdin.buffer.read() if run == "-" else Path(run).read_bytes()
    return Scenario.from_json(given.decode("utf-8"))


def _run(scenario: Scenario) -> Trace:
    from cgs_core.federation.experiment import iterate  # heavy: only for what is not stored

    return Trace(scenario, tuple(with_progress(iterate(scenario), scenario.n_rounds, "round")))
