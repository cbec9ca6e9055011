"""Fair rewards in collaborative machine learning: the cosine gradient Shapley value and what it pays.

``Scenario`` says what to run, ``run`` and ``iterate`` run it, ``Trace`` is what happened; ``sweep`` varies a field,
``compare`` puts mechanisms side by side. Importing the package is light: what computes is loaded when it is first asked
for, numpy with it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cgs_core.errors import CgsError, DataError, ExportError, JobError, NoPictureError, RecordError, ScenarioError
from cgs_core.scenario import Agent, Scenario
from cgs_core.scenario.own_data import OwnData
from cgs_core.version import __version__

if TYPE_CHECKING:
    from cgs_core.data.own.given import with_arrays, with_file
    from cgs_core.federation.experiment import iterate, run
    from cgs_core.records import RoundRecord, Trace
    from cgs_core.studies import presets as presets
    from cgs_core.studies.comparison import compare
    from cgs_core.studies.sweeps import sweep

_LAZY = {
    "RoundRecord": "cgs_core.records:RoundRecord",
    "Trace": "cgs_core.records:Trace",
    "compare": "cgs_core.studies.comparison:compare",
    "iterate": "cgs_core.federation.experiment:iterate",
    "presets": "cgs_core.studies.presets",
    "run": "cgs_core.federation.experiment:run",
    "sweep": "cgs_core.studies.sweeps:sweep",
    "with_arrays": "cgs_core.data.own.given:with_arrays",
    "with_file": "cgs_core.data.own.given:with_file",
}
"""What is loaded when it is first asked for: name -> the module that it is, or the one that has it."""


def __getattr__(name: str) -> Any:
    """A lazy name of the package, which is looked up once."""
    if name not in _LAZY:
        raise AttributeError(f"module 'cgs_core' has no attribute {name!r}")
    module, _, attribute = _LAZY[name].partition(":")
    found = import_module(module)
    globals()[name] = getattr(found, attribute) if attribute else found
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})


__all__ = [
    "Agent",
    "CgsError",
    "DataError",
    "ExportError",
    "JobError",
    "NoPictureError",
    "OwnData",
    "RecordError",
    "RoundRecord",
    "Scenario",
    "ScenarioError",
    "Trace",
    "__version__",
    "compare",
    "iterate",
    "presets",
    "run",
    "sweep",
    "with_arrays",
    "with_file",
]
