"""The command ``export``: a run's figures, its report, its program, or all of it as one ZIP."""

from __future__ import annotations

import argparse
import re
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from cgs_core.commands.progress import with_progress
from cgs_core.commands.run import trained
from cgs_core.commands.scenario_option import add_scenario_options, changed_on_its_data, given_scenario
from cgs_core.errors import DamagedError, ExportError, JobError, NoPictureError
from cgs_core.places import check_writable, write_whole
from cgs_core.records import Trace
from cgs_core.words.findings import zero_note

PICTURES = ("svg", "png", "pdf")
FORMATS = (*PICTURES, "csv", "html", "py", "ipynb", "zip")
_PACKAGES = dict.fromkeys(PICTURES, "kaleido") | {"html": "plotly", "zip": "plotly"}  # which the core does without


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of ``export``, and what it does."""
    add_scenario_options(
        command,
        metavar="RUN",
        help="a stored run's id, a folder that the command run has written, or SCENARIO.json (- is standard input), "
        "which is run",
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
    command.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> None:
    formats = _formats(options.format)
    stored = None if options.preset is not None else _stored(options.scenario)
    with changed_on_its_data(options, given_scenario(options) if stored is None else stored.scenario) as scenario:
        out = Path(f"cgs-{scenario.scenario_id}") if options.out is None else options.out
        check_writable(out)  # told before the training
        trace = trained(scenario) if stored is None or stored.scenario != scenario else stored
        files: dict[str, bytes] = {}
        for name in with_progress(formats, len(formats), "format"):
            files |= _files(name, trace)
        write_whole(out, files)
    print(f"{scenario.scenario_id}: {len(files)} files written to {out}")
    if note := zero_note(trace):
        print(note)


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
        if name in _PACKAGES and find_spec(_PACKAGES[name]) is None:
            allowed = f"{name} needs the package {_PACKAGES[name]}, which the extra app of cgs-core brings"
            raise ExportError("format", allowed, text)
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
        except DamagedError:
            raise  # it says what happened
        except JobError:
            trace = None
    if not isinstance(trace, Trace) or trace.n_rounds == 0:
        raise ExportError("RUN", f"must be the id of a run with rounds, stored in {store_path}", run)
    return trace
