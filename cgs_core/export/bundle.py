"""Everything of a run or of a comparison as one ZIP: figures, numbers, settings, report, program.

The same run gives the same files in the same order, with a fixed date; pictures are as Chromium draws them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

from cgs_core.errors import NoPictureError
from cgs_core.export.caption import captioned, scenario_caption
from cgs_core.export.code import comparison_notebook, comparison_script, run_notebook, run_script
from cgs_core.export.comparison_report import comparison_report
from cgs_core.export.drawn import drawn_csv
from cgs_core.export.names import file_name
from cgs_core.export.pictures import PICTURE_FORMATS, pictures
from cgs_core.export.report import run_report
from cgs_core.export.run_figures import comparison_figures, run_figures
from cgs_core.figures.style import Figure
from cgs_core.records import Trace
from cgs_core.scenario import Scenario
from cgs_core.studies.comparison import Comparison
from cgs_core.version import __version__

Files = dict[str, bytes]

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP can say
_WHAT = {
    "report.html": "everything to read, with the figures to play; needs no network",
    "scenario.json": "all settings; opens in the app and on the command line",
    "trace.csv": "every round: round, agent (both from 1), quantity, value",
    "trace.npz": "the same and more as arrays: cgs_core.Trace.load(FOLDER)",
    "summary.json": "the measures of the last round; why, where one is undefined",
    "comparison.csv": "mechanism, seed, agent (both from 1), quantity, value",
    "comparison.json": "the whole table, with ranks and properties",
    "script.py": "a Python program that prints the same numbers",
    "notebook.ipynb": "the same as a notebook",
}


def run_bundle(trace: Trace, link: str | None = None, no_pictures: str | None = None) -> bytes:
    """A run as a ZIP; half a minute where there is a Chromium, else a second.

    Parameters
    ----------
    link: where the run can be opened.
    no_pictures: why no pictures shall be drawn, if so.

    Raises
    ------
    DataError: the run learned from own data that are not on this machine.
    """
    files = {
        "report.html": run_report(trace, link).encode(),
        "scenario.json": f"{trace.scenario.to_json()}\n".encode(),
        "trace.csv": trace.to_csv().encode(),
        "trace.npz": trace.to_npz(),
        "summary.json": trace.summary_json().encode(),
        "script.py": run_script(trace).encode(),
        "notebook.ipynb": run_notebook(trace).encode(),
    }
    words = scenario_caption(trace.scenario, link)
    figures = list(run_figures(trace).values())
    return _zipped("run", trace.scenario, files, figures, words, no_pictures)


def comparison_bundle(
    comparison: Comparison, words: str, link: str | None = None, no_pictures: str | None = None
) -> bytes:
    """A comparison as a ZIP; ``words`` is the caption of its pictures, the rest is as of ``run_bundle``."""
    files = {
        "report.html": comparison_report(comparison, link).encode(),
        "scenario.json": f"{comparison.scenario.to_json()}\n".encode(),
        "comparison.csv": comparison.to_csv().encode(),
        "comparison.json": comparison.to_json().encode(),
        "script.py": comparison_script(comparison).encode(),
        "notebook.ipynb": comparison_notebook(comparison).encode(),
    }
    figures = list(comparison_figures(comparison).values())
    return _zipped("comparison", comparison.scenario, files, figures, words, no_pictures)


def picture_files(figures: Sequence[Figure], picture_format: str, words: str) -> Files:
    """The figures as pictures with their caption, by file name. Raises as ``pictures`` does."""
    drawn = pictures([captioned(figure, words) for figure in figures], picture_format)
    return {file_name(figure, picture_format): picture for figure, picture in zip(figures, drawn, strict=True)}


def csv_files(figures: Sequence[Figure]) -> Files:
    """The numbers that each figure draws, by file name."""
    return {file_name(figure, "csv"): drawn_csv(figure).encode() for figure in figures}


def _zipped(
    kind: str, scenario: Scenario, files: Files, figures: Sequence[Figure], words: str, no_pictures: str | None
) -> bytes:
    in_folder = csv_files(figures)
    if no_pictures is None:
        try:
            for picture_format in PICTURE_FORMATS:
                in_folder |= picture_files(figures, picture_format, words)
        except NoPictureError as error:
            no_pictures = str(error)
            in_folder = csv_files(figures)
    readme = _readme(kind, scenario, files, words, no_pictures)
    named = {"README.txt": readme.encode()} | files | {f"figures/{name}": in_folder[name] for name in sorted(in_folder)}
    return zipped(f"cgs-{kind}-{scenario.scenario_id}", named)


def _readme(kind: str, scenario: Scenario, files: Mapping[str, bytes], words: str, no_pictures: str | None) -> str:
    pictures_words = "each figure as SVG, PNG and PDF, and its drawn numbers as CSV"
    if no_pictures is not None:
        pictures_words = "the drawn numbers of each figure as CSV"
    lines = [
        f"A {kind} of cgs {__version__}",
        words,
        "",
        *(f"{name:16} {_WHAT[name]}" for name in files),
        f"{'figures/':16} {pictures_words}",
    ]
    if no_pictures is not None:
        lines += ["", f"There are no pictures: {no_pictures}", "The figures are in report.html, drawn by your browser."]
    if scenario.own_data is not None:
        lines += ["", "The data that were learned from are not in here, and no sample of them is drawn."]
    return "\n".join(lines) + "\n"


def zipped(folder: str, files: Mapping[str, bytes]) -> bytes:
    """The files under a folder as a ZIP, in their order, with a fixed date."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(f"{folder}/{name}", _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return content.getvalue()
