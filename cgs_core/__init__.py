"""Fair rewards in collaborative machine learning: the cosine gradient Shapley value and what it pays.

``Scenario`` says what to run, ``run`` and ``iterate`` run it, ``Trace`` is what happened. Importing the
package is light: training code is loaded by the first run.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cgs_core.errors import CgsError, DataError, JobError, RecordError, ScenarioError
from cgs_core.records import RoundRecord, Trace
from cgs_core.scenario import Agent, Scenario
from cgs_core.version import __version__

if TYPE_CHECKING:
    from cgs_core.studies import presets as presets
    from cgs_core.studies.sweeps import Point, Row


def iterate(scenario: Scenario) -> Iterator[RoundRecord]:
    """One ``RoundRecord`` a round of a scenario, as it trains."""
    from cgs_core.federation.experiment import iterate as iterate_rounds

    return iterate_rounds(scenario)


def run(scenario: Scenario) -> Trace:
    """Run a scenario to its last round."""
    from cgs_core.federation.experiment import run as run_all

    return run_all(scenario)


def sweep(scenario: Scenario, grid: Mapping[str, Sequence[Any]], n_seeds: int = 1) -> "Iterator[tuple[Point, Row]]":
    """A scenario with one or two fields varied, for several seeds: a row a point, as it is computed."""
    from cgs_core.studies.sweeps import sweep as sweep_all

    return sweep_all(scenario, grid, n_seeds)


def __getattr__(name: str) -> Any:
    """``cgs_core.presets``, loaded when it is first asked for."""
    if name == "presets":
        return import_module("cgs_core.studies.presets")
    raise AttributeError(f"module 'cgs_core' has no attribute {name!r}")


__all__ = [
    "Agent",
    "CgsError",
    "DataError",
    "JobError",
    "RecordError",
    "RoundRecord",
    "Scenario",
    "ScenarioError",
    "Trace",
    "__version__",
    "iterate",
    "presets",
    "run",
    "sweep",
]
