"""A person's own file or arrays, given to a program on the command line or to a script: there while it runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy.typing as npt

from cgs_core.data.own import files as own_files
from cgs_core.data.own.arrays import own_arrays
from cgs_core.data.own.csv import read_upload
from cgs_core.data.own.memory import samples_of_arrays
from cgs_core.errors import DataError
from cgs_core.scenario import Scenario
from cgs_core.scenario.own_data import MAX_NAME_LENGTH, OWN_NAME, OwnData


@contextmanager
def with_file(
    scenario: Scenario, path: str | Path, label_column: str | None = None, agent_column: str | None = None
) -> Iterator[Scenario]:
    """The scenario with the data of a file, which are on this machine meanwhile.

    Parameters
    ----------
    scenario: what to run; its data set does not matter, unless it speaks of own data, which the file must then hold.
    path: a CSV table or an npz file of pictures, as docs/how-to/own-data.md says.
    label_column: of a table; None: the column named label, else the last one that is not the agent column.
    agent_column: of a table; None: the column named agent, if there is one; "": none. A scenario that has own data
        says itself which columns these are.

    Yields
    ------
    The scenario with ``dataset="own"``. It can be run until the block ends.

    Raises
    ------
    DataError: the file is missing, cannot be read, or does not hold the own data that the scenario speaks of.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from cgs_core import Scenario, run, with_file
    >>> rows = [f"{row / 8},{row % 5},{'big' if row >= 20 else 'small'}" for row in range(40)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "boxes.csv")
    ...     _ = file.write_text("\\n".join(["height,width,label", *rows]))
    ...     with with_file(Scenario(n_agents=2, n_rounds=5), file) as scenario:
    ...         print(scenario.info.title, scenario.info.class_names, run(scenario).n_rounds)
    boxes ('big', 'small') 5
    """
    path, before = Path(path), scenario.own_data
    columns = (label_column, agent_column) if before is None else before.columns
    name = path.stem[:MAX_NAME_LENGTH] if before is None else before.name
    if not path.is_file():
        needed = "" if before is None else f"; needed are the data {before.name!r} of this scenario"
        raise DataError(f"{path}: no such file{needed}")
    arrays = read_upload(path.read_bytes(), name, *columns)
    _check_same(before, arrays.own, f"{path} does")
    was_here = own_files.is_here(arrays.own)
    if not was_here:
        own_files.keep_arrays(arrays)
    try:
        yield scenario.replace(dataset=OWN_NAME, own_data=arrays.own)
    finally:
        if not was_here:
            own_files.delete(arrays.own.sha256)


@contextmanager
def with_arrays(
    scenario: Scenario,
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    agents: npt.ArrayLike | None = None,
    *,
    name: str = "Own data",
    label_column: str = "label",
    agent_column: str = "agent",
) -> Iterator[Scenario]:
    """The scenario with the data of a program's own arrays, which it can run on meanwhile; no file is written.

    The run is that of the same samples in a file (``with_file``): the same id, the same rounds to the byte, if name
    and columns are those of the file.

    Parameters
    ----------
    scenario: what to run; its data set does not matter, unless it speaks of own data, which these must then be.
    features: (n_samples, n_columns) finite numbers of a table; or pictures, (n_samples, height, width) in grey or
        (n_samples, height, width, 3) in colour, whole numbers from 0 to 255 or decimals from 0 to 1.
    labels: (n_samples,) whole numbers or words, 2 to 50 different ones, each on at least 5 samples.
    agents: (n_samples,) whole numbers or words: who holds a sample, for the split "owners"; None: nobody says.
    name: what the data set is called.
    label_column, agent_column: of a table: what these columns are called in a file of the same samples.

    Yields
    ------
    The scenario with ``dataset="own"``. It can be run until the block ends.

    Raises
    ------
    DataError: an argument is not as above, or the arrays are not the own data that the scenario speaks of.

    Examples
    --------
    >>> import numpy as np
    >>> from cgs_core import Scenario, run, with_arrays
    >>> labels = np.arange(60) % 2
    >>> features = np.random.default_rng(0).normal(size=(60, 3)) + labels[:, None]
    >>> with with_arrays(Scenario(n_agents=2, n_rounds=5), features, labels, name="Boxes") as scenario:
    ...     trace = run(scenario)
    >>> trace.scenario.info.title, trace.n_rounds
    ('Boxes', 5)
    """
    before = scenario.own_data
    if before is not None:
        name, label_column, agent_column = before.name, before.label_column, before.agent_column
    arrays = own_arrays(samples_of_arrays(features, labels, agents, label_column, agent_column), name)
    _check_same(before, arrays.own, "these arrays do")
    was_here = own_files.is_here(arrays.own)
    if not was_here:
        own_files.hold(arrays)
    try:
        yield scenario.replace(dataset=OWN_NAME, own_data=arrays.own)
    finally:
        if not was_here:
            own_files.let_go(arrays.own.sha256)


def _check_same(before: OwnData | None, given: OwnData, what_does: str) -> None:
    if before is not None and given != before:
        raise DataError(f"{what_does} not hold the data of this scenario ({before.name!r})")


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
