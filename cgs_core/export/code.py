"""A run or a comparison as a short Python program, and as a notebook: what a researcher would write to get its numbers.

A program names the fields that differ from the default and nothing else. Text that a person wrote stands in it only
as a string.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from cgs_core.errors import ExportError
from cgs_core.mechanisms import with_mechanism
from cgs_core.records import Trace
from cgs_core.records.logged_trace import LoggedTrace
from cgs_core.scenario import Agent, Scenario
from cgs_core.version import __version__

if TYPE_CHECKING:
    from cgs_core.studies.comparison import Comparison  # which loads the engine

_LINE = 88  # letters; a longer call has an argument a line

_AGENTS_CODE = """\
last, worth = trace.rounds[-1], trace.stack("contribution").mean(axis=0)
print(f"Run {scenario.scenario_id}, after {trace.n_rounds} rounds")
print("agent  contribution  importance  reward_ratio  standalone_accuracy  accuracy")
for agent in range(scenario.n_agents):
    print(f"{agent + 1:5}  {worth[agent]:12.6f}  {last.importance[agent]:10.6f}  {last.reward_ratio[agent]:12.6f}  "
          f"{last.standalone_accuracy[agent]:19.6f}  {last.accuracy[agent]:8.6f}")
"""
_MEASURES_CODE = """\
summary = trace.summary()
undefined = summary.pop("undefined")
for name, value in summary.items():
    print(f"{name}: {value if name not in undefined else 'undefined, ' + undefined[name]}")
"""
_COMPARISON_CODE = """\
print(comparison.to_text(), end="")
print("Final accuracy of each agent, mean over the seeds:")
for name, of_agents in zip(comparison.mechanisms, comparison.accuracy.mean(axis=0)):
    print(f"{name:22}", *(f"{value:.6f}" for value in of_agents))
"""


@dataclass(frozen=True)
class Cell:
    """A step of a program, and what is said of it."""

    words: str
    code: str


def check_is_of_scenario(trace: Trace) -> None:
    """Raises ``ExportError`` for a run of a model that a program gave: the scenario does not say what it was."""
    if trace.given_model:
        raise ExportError("model", "must be one that a scenario names, not one that a program gave", trace.given_model)


def run_script(trace: Trace) -> str:
    """A program that runs the trace's scenario and prints each agent's numbers and the measures."""
    check_is_of_scenario(trace)
    return _script(
        f"The run {trace.scenario.scenario_id} once more", _run_cells(trace.scenario), _added([trace.scenario])
    )


def run_notebook(trace: Trace) -> str:
    """The same as a notebook (nbformat 4), without outputs."""
    check_is_of_scenario(trace)
    return _notebook(
        f"The run {trace.scenario.scenario_id} once more", _run_cells(trace.scenario), _added([trace.scenario])
    )


def comparison_script(comparison: Comparison) -> str:
    """A program that compares the same mechanisms on the same agents and prints the table."""
    title = f"The comparison {comparison.scenario.scenario_id} once more"
    return _script(title, _comparison_cells(comparison), _added(_compared(comparison)))


def comparison_notebook(comparison: Comparison) -> str:
    """The same as a notebook."""
    title = f"The comparison {comparison.scenario.scenario_id} once more"
    return _notebook(title, _comparison_cells(comparison), _added(_compared(comparison)))


def run_code(scenario: Scenario) -> str:
    """The first lines of such a program: they make ``trace``."""
    return _scenario_code(scenario, ["run"]) + "\n" + _with_its_data(scenario, "trace = run(scenario)\n")


def log_code(trace: LoggedTrace) -> str:
    """The same of a federation's log, which was computed anew: it is read from its file."""
    rules = trace.scenario
    beta = 'float("inf")' if math.isinf(rules.altruism_degree) else repr(rules.altruism_degree)
    smoothing = repr(rules.importance_smoothing)
    return (
        "from pathlib import Path\n\n"
        "from cgs_core.federation import read_log\n"
        "from cgs_core.studies.logged import default_rules, replay\n\n"
        'log = read_log(Path("federation.npz").read_bytes())  # the file of this federation\n'
        "rules = default_rules(log).replace(\n"
        f'    valuation="{rules.valuation}", importance_smoothing={smoothing}, altruism_degree={beta}\n'
        ")\n"
        "trace = replay(log, rules)\n"
    )


# -- the steps -------------------------------------------------------------------------------------------------


def _run_cells(scenario: Scenario) -> list[Cell]:
    return [
        Cell("What is run: fields that are not named have their defaults.", _scenario_code(scenario, ["run"])),
        Cell("The training.", _with_its_data(scenario, "trace = run(scenario)\n")),
        Cell("Each agent's numbers.", _AGENTS_CODE),
        Cell("The measures of the run.", _MEASURES_CODE),
    ]


def _comparison_cells(comparison: Comparison) -> list[Cell]:
    scenario = with_mechanism(comparison.scenario, "cgsv")  # whose fields are the defaults: the mechanisms are named
    names = [_python(name) for name in comparison.mechanisms]
    call = _call("compare", ["scenario", _bracketed("[", names, "]"), f"n_seeds={comparison.n_seeds}"])
    return [
        Cell("What is compared: fields that are not named have their defaults.", _scenario_code(scenario, ["compare"])),
        Cell(
            "The same agents, data, start and mini-batches under every mechanism.",
            _with_its_data(scenario, f"comparison = {call}\n"),
        ),
        Cell("The table: * marks the best, or several that tie.", _COMPARISON_CODE),
    ]


def _scenario_code(scenario: Scenario, names: Sequence[str]) -> str:
    """The imports and the scenario; of own data also which file is needed."""
    own = scenario.own_data
    data = ["OwnData", "with_file"] if own else []
    used = sorted([*(["Agent"] if scenario.agents else []), *data, "Scenario", *names])
    lines = [f"from cgs_core import {', '.join(used)}"]
    lines += ["", f"scenario = {_call('Scenario', _arguments(scenario))}"]
    if own is not None:
        ending = "csv" if own.kind == "table" else "npz"
        lines += [
            "# The data are not in this program: name the file that they are in.",
            f"DATA_FILE = {_python(f'{own.name}.{ending}')}",
        ]
    return "\n".join(lines) + "\n"


def _with_its_data(scenario: Scenario, code: str) -> str:
    if scenario.own_data is None:
        return code
    indented = "".join(f"    {line}\n" for line in code.splitlines())
    return f"with with_file(scenario, DATA_FILE):\n{indented}"


# -- values as Python ------------------------------------------------------------------------------------------


def _arguments(scenario: Scenario) -> list[str]:
    """What differs from the default, as a call's arguments; two equal seeds as one."""
    changed = _changed(scenario)
    if scenario.data_seed == scenario.start_seed != 0:
        del changed["data_seed"], changed["start_seed"]
        changed["seed"] = scenario.data_seed
    return [f"{name}={_python(value)}" for name, value in changed.items()]


def _changed(model: BaseModel) -> dict[str, Any]:
    fields = type(model).model_fields
    return {name: getattr(model, name) for name in fields if getattr(model, name) != fields[name].default}


def _python(value: object) -> str:
    """A field's value as Python text that gives it back."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and math.isinf(value):
        return 'float("inf")'
    if isinstance(value, Agent):
        return f"Agent({', '.join(f'{name}={_python(own)}' for name, own in _changed(value).items())})"
    if isinstance(value, BaseModel):
        return _call(type(value).__name__, [f"{name}={_python(own)}" for name, own in _changed(value).items()], 4)
    if isinstance(value, tuple):
        return _bracketed("(", [_python(item) for item in value], ",)" if len(value) == 1 else ")", 4)
    return repr(value)


def _call(name: str, arguments: Sequence[str], indent: int = 0) -> str:
    return name + _bracketed("(", arguments, ")", indent)


def _bracketed(opening: str, items: Sequence[str], closing: str, indent: int = 0) -> str:
    """In a line if it is short, else an item a line, in a bracket that stands ``indent`` spaces in."""
    line = f"{opening}{', '.join(items)}{closing}"
    if indent + len(line) <= _LINE - 24 and "\n" not in line:
        return line
    inner = "".join(f"{' ' * (indent + 4)}{item},\n" for item in items)
    return f"{opening}\n{inner}{' ' * indent}{closing[-1]}"


# -- programs and notebooks ------------------------------------------------------------------------------------


def _compared(comparison: Comparison) -> list[Scenario]:
    return [with_mechanism(comparison.scenario, name) for name in comparison.mechanisms]


def _added(scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """What other packages have added to the scenarios, with their versions."""
    return tuple(dict.fromkeys(one for scenario in scenarios for one in scenario.added_versions))


def _needs(added: tuple[str, ...]) -> str:
    packages = {f"{one.partition('==')[0].partition(':')[0]}=={one.rpartition('==')[2]}" for one in added}
    others = f" Needs {', '.join(sorted(packages))} besides." if packages else ""
    return (
        f"Needs cgs_core, here version {__version__} (another one may give other numbers): "
        "keep it in the project's folder, beside app.py, or put that folder on PYTHONPATH." + others
    )


def _script(title: str, cells: Sequence[Cell], added: tuple[str, ...]) -> str:
    head = f'"""{title}.\n\n{_needs(added)}\n"""\n'
    return "\n".join([head, *(cell.code for cell in cells)])


def _notebook(title: str, cells: Sequence[Cell], added: tuple[str, ...]) -> str:
    pieces: list[tuple[str, str]] = [("markdown", f"# {title}\n\n{_needs(added)}")]
    for cell in cells:
        pieces += [("markdown", cell.words), ("code", cell.code.rstrip("\n"))]
    content = {
        "cells": [_notebook_cell(kind, text, number) for number, (kind, text) in enumerate(pieces, 1)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _notebook_cell(kind: str, text: str, number: int) -> dict[str, Any]:
    plain = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": text.splitlines(keepends=True)}
    return plain | ({"execution_count": None, "outputs": []} if kind == "code" else {})
