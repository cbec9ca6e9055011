"""The captions of a sweep's exported charts."""

from __future__ import annotations

from collections.abc import Sequence

from cgs_core import Scenario, ScenarioError
from cgs_core.export import caption
from cgs_core.mechanisms import with_mechanism
from cgs_core.studies.side_by_side import scenario_words
from cgs_core.studies.sweeps import SweepTable
from cgs_core.words.written import field_title, value_text
from cgs_ui.charts.captions import Caption, seeds_words


def sweep_caption(table: SweepTable) -> Caption:
    """What exported charts of a sweep say of it, as far as it has been computed."""
    scenario, grid = table.sweep.scenario, table.sweep.grid
    varied = " and ".join(
        f"{field_title(field)} from {first} to {last} ({len(values)} values)"
        for field, values in grid.items()
        for first, last in [(value_text(field, values[0]), value_text(field, values[-1]))]
    )
    n_seeds = len({point.seed for point in table.rows})
    words = caption(varied, scenario_words(_without(scenario, table.sweep.fields)), seeds_words(scenario, n_seeds))
    if len(grid) > 1:
        return Caption(words)
    ((field, values),) = grid.items()
    return Caption(words, labels=tuple(f"{field_title(field)}: {value_text(field, value)}" for value in values))


def _without(scenario: Scenario, fields: Sequence[str]) -> Scenario:
    """The scenario with its own values of what is varied left out, where it can be without them."""
    for field in fields:
        try:
            if field == "mechanism":
                scenario = with_mechanism(scenario, "cgsv")
            elif field in Scenario.model_fields:
                scenario = scenario.replace(**{field: Scenario.model_fields[field].default})
        except ScenarioError:  # other fields need it as it is
            continue
    return scenario
