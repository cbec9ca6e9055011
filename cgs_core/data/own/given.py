"""A person's own file, given to a program on the command line or to a script: there while it runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cgs_core.data.own import files as own_files
from cgs_core.data.own.csv import read_upload
from cgs_core.errors import DataError
from cgs_core.scenario import Scenario
from cgs_core.scenario.own_data import MAX_NAME_LENGTH, OWN_NAME


@contextmanager
def with_file(
    scenario: Scenario, path: str | Path, label_column: str | None = None, agent_column: str | None = None
) -> Iterator[Scenario]:
    """The scenario with the data of a file, which are on this machine meanwhile.

    Parameters
    ----------
    label_column, agent_column: as of ``read_upload``, for a scenario that has no own data; one that has says itself.

    Raises
    ------
    DataError: the file is missing, cannot be read, or does not hold the own data that the scenario speaks of.
    """
    path, before = Path(path), scenario.own_data
    columns = (label_column, agent_column) if before is None else before.columns
    name = path.stem[:MAX_NAME_LENGTH] if before is None else before.name
    if not path.is_file():
        needed = "" if before is None else f"; needed are the data {before.name!r} of this scenario"
        raise DataError(f"{path}: no such file{needed}")
    arrays = read_upload(path.read_bytes(), name, *columns)
    if before is not None and arrays.own != before:
        raise DataError(f"{path} does not hold the data of this scenario ({before.name!r})")
    was_here = own_files.is_here(arrays.own)
    own_files.keep_arrays(arrays)
    try:
        yield scenario.replace(dataset=OWN_NAME, own_data=arrays.own)
    finally:
        if not was_here:
            own_files.delete(arrays.own.sha256)


def add_own_data_options(command: argparse.ArgumentParser) -> None:
    """The options of a command that takes a person's own file."""
    command.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="own data, a CSV table or an npz file of pictures: "
        "what a scenario with own data needs, or what any other is to learn instead",
    )
    command.add_argument("--label-column", metavar="NAME", help="of a table; else the one named label, or the last")
    command.add_argument("--agent-column", metavar="NAME", help="of a table; else the one named agent, if there is one")


@contextmanager
def on_given_data(options: argparse.Namespace, scenario: Scenario) -> Iterator[Scenario]:
    """The scenario with the data of ``--data``, which are on this machine meanwhile; else the scenario itself."""
    if options.data is None:
        yield scenario
        return
    with with_file(scenario, options.data, options.label_column, options.agent_column) as own:
        yield own
