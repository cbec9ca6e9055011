"""The examples in the docstrings of the public names are run, and each of these has some."""

from __future__ import annotations

import doctest
import inspect
from typing import Any

import pytest

import cgs_core
from cgs_core import Scenario, Trace, contribution, federation, reward

DOORS: dict[str, Any] = {
    "run": cgs_core.run,
    "iterate": cgs_core.iterate,
    "sweep": cgs_core.sweep,
    "compare": cgs_core.compare,
    "with_file": cgs_core.with_file,
    "with_arrays": cgs_core.with_arrays,
    "presets": cgs_core.presets,
    "Scenario": Scenario,
    "Trace": Trace,
    "Trace.gram": vars(Trace)["gram"],
    **{f"Trace.{name}": getattr(Trace, name) for name in ("stack", "summary", "to_csv", "to_frame", "save", "load")},
    **{
        name: getattr(contribution, name)
        for name in ("gram_of", "coalition_values", "shapley_values", "cgsv_exact", "cgsv_approx", "cgsv_sampled")
    },
    "update_importance": reward.update_importance,
    "reward_ratio": reward.reward_ratio,
    "sparsify": federation.sparsify,
    "LogWriter": federation.LogWriter,
}


@pytest.mark.parametrize("name", DOORS)
def test_a_public_name_has_examples_that_come_out_as_shown(name: str) -> None:
    text = inspect.getdoc(DOORS[name]) or ""
    assert "Examples\n--------\n" in text
    example = doctest.DocTestParser().get_doctest(text, {}, name, None, None)
    assert example.examples
    told: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example, out=told.append)
    assert told == []


@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if inspect.isfunction(door)])
def test_every_argument_of_a_public_function_is_described(name: str) -> None:
    text, arguments = inspect.getdoc(DOORS[name]) or "", list(inspect.signature(DOORS[name]).parameters)
    described = text.partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    assert [
        argument for argument in arguments if argument not in ("self", "scenario") and argument not in described
    ] == []
