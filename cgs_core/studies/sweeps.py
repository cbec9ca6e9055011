"""A sweep: one or two fields of a scenario varied over a grid, for several seeds, as one tidy table.

A sweep says which scenarios are its points, in which order they should be computed, and which of them train side by
side; what computes them may be this process (``sweep``) or background workers. Points are ordinary runs.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np

from cgs_core.errors import ScenarioError
from cgs_core.federation.experiment import run_batch
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.records import Trace
from cgs_core.records.frame import tidy_frame
from cgs_core.scenario import MECHANISM_FIELDS, Agent, Scenario
from cgs_core.tidy import csv_text
from cgs_core.typing import FloatArray

if TYPE_CHECKING:
    from cgs_core.records.frame import DataFrame

MAX_FIELDS = 2
MAX_POINTS = 5_000
MAX_BATCH = 8
"""Points that train side by side: more would keep the first ones, and everybody else's runs, waiting."""

_AGENT_FIELD = re.compile(r"agent(\d+)\.(\w+)")
_SEEDS = 2**32
_FINAL_QUANTITIES = ("accuracy", "standalone_accuracy", "contribution", "importance", "reward_ratio")


@dataclass(frozen=True)
class Point:
    """One run of a sweep. ``place`` has the index of each field's value; ``seed`` counts from 0."""

    place: tuple[int, ...]
    seed: int
    scenario: Scenario


@dataclass(frozen=True)
class Row:
    """What is kept of a point's run: its measures (None where undefined) and every agent's last round."""

    measures: dict[str, float | None]
    final: dict[str, FloatArray]  # (n_agents,) by quantity


class Sweep:
    """The points of a sweep.

    Parameters
    ----------
    scenario: what all points share; its seeds are those of the first seed.
    grid: one or two fields, each with its different values. An agent's field is named "agent5.label_noise", with the
        agent's number as on the screen.
    n_seeds: how often each value is run; the data seed and the start seed both move on by one.

    Raises
    ------
    ScenarioError: a field is unknown, a value is not allowed in this scenario, or the grid is empty or too large.
    """

    def __init__(self, scenario: Scenario, grid: Mapping[str, Sequence[Any]], n_seeds: int = 1) -> None:
        self.scenario, self.n_seeds = scenario, n_seeds
        self.grid = {name: tuple(values) for name, values in grid.items()}
        if not 1 <= len(self.grid) <= MAX_FIELDS:
            raise ScenarioError("vary", f"one or two fields, each with its values; got {len(self.grid)}", list(grid))
        for name, values in self.grid.items():
            if not values:
                raise ScenarioError(name, "must have at least one value to vary over", list(values))
        if n_seeds < 1 or n_seeds * math.prod(self.shape) > MAX_POINTS:
            raise ScenarioError("seeds", f"at least 1, and at most {MAX_POINTS} points in all", n_seeds)
        seen: dict[str, tuple[int, ...]] = {}
        for place in product(*map(range, self.shape)):
            if (other := seen.setdefault(self.at(place, 0).scenario.scenario_id, place)) != place:
                same = f"different values; those of the points {other} and {place} mean the same"
                raise ScenarioError("vary", same, self.grid)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sweep) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[Scenario, tuple[tuple[str, tuple[Any, ...]], ...], int]:
        return self.scenario, tuple(self.grid.items()), self.n_seeds

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.grid)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each field has."""
        return tuple(len(values) for values in self.grid.values())

    def at(self, place: Sequence[int], seed: int) -> Point:
        """The point at these indices of the fields' values."""
        scenario = self.scenario
        for (name, values), index in zip(self.grid.items(), place, strict=True):
            scenario = varied(scenario, name, values[index])
        seeds = {name: (getattr(scenario, name) + seed) % _SEEDS for name in ("data_seed", "start_seed")}
        return Point(tuple(place), seed, scenario.replace(**seeds))

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """All points in the order in which they should be computed.

        The first seed of every value comes before the second of any; within a seed the ends come first and then
        the middles of the widest gaps, so that a curve shows its shape early.
        """
        ranks = [np.argsort(spread_order(size)) for size in self.shape]
        places = sorted(
            product(*map(range, self.shape)),
            key=lambda place: (max(ranks[axis][index] for axis, index in enumerate(place)), place),
        )
        return tuple(self.at(place, seed) for seed in range(self.n_seeds) for place in places)

    def batches(self, points: Iterable[Point] | None = None) -> list[list[Point]]:
        """Points in groups that train side by side: of one seed, different in their mechanism only."""
        groups: dict[Scenario, list[list[Point]]] = {}
        order: list[list[Point]] = []
        for point in self.points if points is None else points:
            own = groups.setdefault(_without_mechanism(point.scenario), [])
            if not own or len(own[-1]) == MAX_BATCH:
                own.append([])
                order.append(own[-1])
            own[-1].append(point)
        return order


def parsed_grid(texts: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """The grid of texts such as "altruism_degree=0.5,1,inf"; what is no number (nor true, false, null) is a word.

    Raises
    ------
    ScenarioError: a text has no "=", or a field comes twice.
    """
    grid: dict[str, tuple[Any, ...]] = {}
    for text in texts:
        name, sign, values = text.partition("=")
        if not sign or name in grid:
            raise ScenarioError("vary", "must be FIELD=VALUE,VALUE,... and name each field once", text)
        grid[name] = tuple(parsed_value(value) for value in values.split(",") if value)
    return grid


def parsed_value(text: str) -> Any:
    """The value of a field as a person types it: JSON, "inf", or a word."""
    try:
        return json.loads(text)
    except ValueError:
        return math.inf if text == "inf" else text


def varied(scenario: Scenario, field: str, value: object) -> Scenario:
    """The scenario with one field changed; raises ``ScenarioError`` where field or value is not allowed.

    "mechanism" is a field here: its values are the names of ``MECHANISMS``.
    """
    if field == "mechanism":
        if value not in MECHANISMS:
            raise ScenarioError("mechanism", f"must be one of {', '.join(MECHANISMS)}", value)
        return with_mechanism(scenario, str(value))
    if (match := _AGENT_FIELD.fullmatch(field)) is None:
        if field not in Scenario.model_fields or field == "agents":
            names = ", ".join(name for name in Scenario.model_fields if name != "agents")
            raise ScenarioError(
                field, f"must be a field of a scenario ({names}) or of an agent (agent1.label_noise)", value
            )
        return scenario.replace(**{field: value})
    number, name = int(match[1]), match[2]
    if not 1 <= number <= scenario.n_agents or name not in Agent.model_fields:
        names = ", ".join(Agent.model_fields)
        raise ScenarioError(field, f"must name an agent from 1 to {scenario.n_agents} and one of {names}", value)
    agents = list(scenario.full_agents)
    kept = {key: getattr(agents[number - 1], key) for key in Agent.model_fields}
    agents[number - 1] = Agent(**(kept | {name: value}))
    return scenario.replace(agents=tuple(agents))


def spread_order(n: int) -> list[int]:
    """0 to n - 1: the ends, then the middle of the widest gap, again and again."""
    order = [0, n - 1][:n] if n > 1 else list(range(n))
    while len(order) < n:
        known = sorted(order)
        order.extend((low + high) // 2 for low, high in pairwise(known) if high - low > 1)
    return order


def _without_mechanism(scenario: Scenario) -> Scenario:
    default = {name: Scenario.model_fields[name].default for name in MECHANISM_FIELDS}
    return scenario.replace(**default)


# -- its table ---------------------------------------------------------------------------------------------


def row_of(trace: Trace) -> Row:
    """What a sweep keeps of a finished run."""
    summary = trace.summary()
    measures: dict[str, float | None] = {
        name: value for name, value in summary.items() if isinstance(value, float) or value is None
    }
    final: dict[str, FloatArray] = {
        name: np.asarray(getattr(trace.rounds[-1], name), np.float64) for name in _FINAL_QUANTITIES
    }
    final["contribution"] = trace.stack("contribution").mean(axis=0)
    return Row(measures, final)


class SweepRows(Iterator[tuple[Point, Row]]):
    """The points of a sweep with their rows, computed as they are asked for: what ``sweep`` gives."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self._rows: dict[Point, Row] = {}
        self._coming = _computed(sweep)

    def __next__(self) -> tuple[Point, Row]:
        point, row = next(self._coming)
        self._rows[point] = row
        return point, row

    def __repr__(self) -> str:
        varied_fields, n_points = " and ".join(self.sweep.fields), len(self.sweep.points)
        return f"<SweepRows over {varied_fields}: {len(self._rows)} of {n_points} points>"

    def table(self) -> SweepTable:
        """All rows as arrays over the grid, what is still missing computed first."""
        for _ in self:
            pass
        return SweepTable(self.sweep, self._rows)

    def to_frame(self) -> DataFrame:
        """All rows as a tidy pandas DataFrame (see ``SweepTable.to_frame``), what is still missing computed first."""
        return self.table().to_frame()


def _computed(sweep: Sweep) -> Iterator[tuple[Point, Row]]:
    for batch in sweep.batches():
        for point, trace in zip(batch, run_batch([point.scenario for point in batch]), strict=True):
            yield point, row_of(trace)


def sweep(scenario: Scenario, grid: Mapping[str, Sequence[Any]], n_seeds: int = 1) -> SweepRows:
    """One or two fields of a scenario varied, for several seeds, computed in this process.

    Points come as they are computed: the first seed of every value before the second of any, the ends of a range
    before its middle; those that differ in their mechanism only train side by side. A point's run is that of its
    scenario by itself.

    Parameters
    ----------
    scenario: what all points share.
    grid: one or two fields, each with its different values. ``"mechanism"`` is a field here; an agent's own is named
        ``"agent5.label_noise"``, with the agent's number as on the screen.
    n_seeds: how often each value is run; both seeds move on by one.

    Returns
    -------
    An iterator of (``Point``, ``Row``). Its ``to_frame()`` is all of it as a tidy DataFrame, its ``table()`` as arrays
    over the grid; both compute first what is still missing.

    Raises
    ------
    ScenarioError: a field is unknown, a value is not allowed, or the grid is empty or has more than 5,000 points.

    Examples
    --------
    >>> from cgs_core import Scenario, sweep
    >>> wine = Scenario(dataset="wine", n_agents=3, n_rounds=5)
    >>> frame = sweep(wine, {"altruism_degree": [0.5, float("inf")]}).to_frame()
    >>> paid = frame[frame["quantity"] == "reward_ratio"]
    >>> paid.groupby("altruism_degree")["value"].min().round(2).to_dict()
    {0.5: 0.66, inf: 1.0}
    """
    return SweepRows(Sweep(scenario, grid, n_seeds))


class SweepTable:
    """The rows of a sweep that are there, as arrays over its grid and seeds."""

    def __init__(self, sweep: Sweep, rows: Mapping[Point, Row]) -> None:
        self.sweep, self.rows = sweep, rows

    @property
    def is_complete(self) -> bool:
        """Whether every point's row is there."""
        return len(self.rows) == len(self.sweep.points)

    def of_whole_seeds(self) -> SweepTable:
        """Only the seeds that every value has been run with; before there is one, what there is of the first.

        Means over other seeds at every value would show the seeds' difference as the field's effect.
        """
        counts = Counter(point.seed for point in self.rows)
        whole = {seed for seed, count in counts.items() if count == math.prod(self.sweep.shape)} or {0}
        return SweepTable(self.sweep, {point: row for point, row in self.rows.items() if point.seed in whole})

    def measure(self, name: str) -> FloatArray:
        """(*shape, n_seeds) of a measure of ``Trace.summary``; NaN where undefined or not computed yet."""
        values = np.full((*self.sweep.shape, self.sweep.n_seeds), np.nan)
        for point, row in self.rows.items():
            value = row.measures[name]
            values[(*point.place, point.seed)] = np.nan if value is None else value
        return values

    def mean(self, name: str) -> FloatArray:
        """(*shape,) of a measure over the seeds for which it is defined; NaN where it is for none."""
        values = self.measure(name)
        counts = np.isfinite(values).sum(axis=-1)
        mean: FloatArray = np.where(counts > 0, np.nansum(values, axis=-1) / np.maximum(counts, 1), np.nan)
        return mean

    def final(self, quantity: str) -> FloatArray:
        """(*shape, n_seeds, n_agents) of the last round (contribution: mean over rounds); NaN where not computed.

        The agents are the most that any point has; the others' places are NaN.
        """
        n_agents = max((len(row.final[quantity]) for row in self.rows.values()), default=self.sweep.scenario.n_agents)
        values = np.full((*self.sweep.shape, self.sweep.n_seeds, n_agents), np.nan)
        for point, row in self.rows.items():
            values[(*point.place, point.seed)][: len(row.final[quantity])] = row.final[quantity]
        return values

    def to_csv(self) -> str:
        """Tidy: the swept fields, seed (from 1), agent (from 1; none: the whole run), quantity, value.

        In the order of the grid and the seeds, whatever the order of computing; an undefined measure is left out.
        """
        return csv_text((*self.sweep.fields, "seed", "agent", "quantity", "value"), self._tidy_rows())

    def _tidy_rows(self) -> Iterator[tuple[Any, ...]]:
        for point, row in sorted(self.rows.items(), key=lambda item: (item[0].place, item[0].seed)):
            values = [own[index] for own, index in zip(self.sweep.grid.values(), point.place, strict=True)]
            start = (*values, point.seed + 1)
            yield from ((*start, "", name, value) for name, value in row.measures.items() if value is not None)
            for name, array in row.final.items():
                yield from ((*start, number, name, value) for number, value in enumerate(array.tolist(), 1))

    def to_frame(self) -> DataFrame:
        """``to_csv`` as a pandas DataFrame: a column a swept field, then seed, agent, quantity and value."""
        return tidy_frame(self.to_csv())
