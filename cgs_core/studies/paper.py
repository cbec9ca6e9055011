"""The paper's experiments: data sets x numbers of agents x splits x mechanisms x seeds, as ordinary scenarios.

The settings are those of the authors' program; a ``Budget`` says how much is computed, which may be less than theirs.
What has not been run is in no table, and what is undefined (a correlation of accuracies that do not differ) is counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from types import MappingProxyType

from cgs_core.errors import ScenarioError
from cgs_core.mechanisms import MECHANISMS, PAID_AS_IN_THE_PAPER, Mechanism, with_mechanism
from cgs_core.records import Trace
from cgs_core.scenario import DatasetName, ModelName, Scenario, Split
from cgs_core.scenario.catalogue import DATASETS

SPLITS: tuple[Split, ...] = ("uniform", "powerlaw", "classimbalance")
ALTRUISM_DEGREES = (0.5, 1.0, 1.2, 1.5, 2.0, math.inf)
"""The values of beta that the authors' program goes through; a CGSV row of the tables has one each."""

QUANTITIES = (
    "fairness_score",
    "max_accuracy",
    "mean_accuracy",
    "min_accuracy",
    "server_accuracy",
    "worst_gain",
    "rationality_score",
    "max_standalone_accuracy",
    "below_alone_gap",
)
"""What is kept of a run, by the names of ``Trace.summary`` and of ``measures_of``."""

SECONDS = "processor_seconds"
"""Beside them: the processor time of the run, where it was measured."""

Measures = Mapping[str, float | None]  # by the names of QUANTITIES, and SECONDS; None: undefined, or not measured


@dataclass(frozen=True)
class Budget:
    """How much is computed for a data set: what a reduced grid lowers.

    ``samples_per_agent`` is a mean, and fewer where the data set has fewer; ``n_validation`` samples are set aside in
    every run, whether or not its mechanism looks at them, so that all runs of a cell have the same shards.
    """

    n_rounds: int
    samples_per_agent: int
    model: ModelName
    n_validation: int


@dataclass(frozen=True)
class Settings:
    """The authors' settings for a data set, or for the one that it stands in for (``like``)."""

    like: str
    n_agents: tuple[int, ...]
    update_norm: float
    learning_rate: float
    batch_size: int
    budgets: Mapping[str, Budget]


def _budgets(**budgets: Budget) -> Mapping[str, Budget]:
    return MappingProxyType(budgets)


SETTINGS: Mapping[DatasetName, Settings] = MappingProxyType(
    {
        "digits": Settings(
            "MNIST",
            (5, 10, 20),
            0.5,
            0.15,
            32,
            _budgets(reduced=Budget(30, 200, "mlp", 100), paper=Budget(200, 600, "cnn", 100)),
        ),
        "mnist": Settings(
            "MNIST",
            (5, 10, 20),
            0.5,
            0.15,
            32,
            _budgets(reduced=Budget(30, 200, "mlp", 200), paper=Budget(200, 600, "paper_mnist", 600)),
        ),
        "fashion_mnist": Settings(
            "CIFAR-10",
            (10,),
            0.15,
            0.015,
            128,
            _budgets(reduced=Budget(30, 200, "mlp", 200), paper=Budget(200, 2000, "paper_cifar", 600)),
        ),
        "sentences": Settings(
            "MR",
            (5,),
            1.0,
            1.0,
            128,
            _budgets(reduced=Budget(30, 200, "text_cnn", 200), paper=Budget(200, 440, "text_cnn", 200)),
        ),
    }
)
"""By data set. The learning rate decays by 0.977 a round, alpha is 0.95 and E is 3 for all of them."""

BUDGET_NAMES = ("reduced", "paper")


def _rows(name: str) -> list[str]:
    return [f"{name}@{degree:g}" for degree in ALTRUISM_DEGREES] if name == "cgsv" else [name]


ROWS = tuple(row for name in MECHANISMS for row in _rows(name))
"""Every row that a table may have: a mechanism's name; CGSV's is followed by its altruism degree, "cgsv@0.5"."""

DEFAULT_SEEDS = 10
_LEFT_OUT = (
    "weighed",  # what CGSV at beta = infinity computes
    *PAID_AS_IN_THE_PAPER,  # other worth, the same pay: no rivals of the paper's experiments
    "rho_shapley",  # as many models a round as reconstructed Shapley, for each agent eight more
)

DEFAULT_ROWS = tuple(row for name in MECHANISMS if ":" not in name and name not in _LEFT_OUT for row in _rows(name))
"""The rows that are run unless others are asked for: the paper's own and its rivals, none twice."""


def rows_named(names: Sequence[str]) -> tuple[str, ...]:
    """The rows of mechanisms; "cgsv" means all of its degrees. ``ScenarioError`` for a name that is no row."""
    for name in names:
        if name not in ROWS and name not in MECHANISMS:
            raise ScenarioError("mechanism", f"must be of {', '.join(MECHANISMS)}, or a row such as cgsv@1", name)
    return tuple(dict.fromkeys(row for name in names for row in ([name] if name in ROWS else _rows(name))))


def mechanism_of(row: str) -> Mechanism:
    """The mechanism of a row."""
    return MECHANISMS[row.partition("@")[0]]


def row_title(row: str) -> str:
    """A row's name for people: "CGSV, β = 0.5"."""
    degree = row.partition("@")[2]
    return mechanism_of(row).title + (f", β = {degree.replace('inf', '∞')}" if degree else "")


@dataclass(frozen=True, order=True)
class Cell:
    """A column of the tables."""

    dataset: DatasetName
    n_agents: int
    split: Split


@dataclass(frozen=True)
class Case:
    """One run of the grid; ``seed`` counts from 0."""

    cell: Cell
    row: str
    seed: int
    budget: Budget

    @cached_property
    def scenario(self) -> Scenario:
        """The run's scenario; ``ScenarioError`` where data set, model and sizes do not go together."""
        name, _, degree = self.row.partition("@")
        return with_mechanism(_of_rows(self.cell, self.seed, self.budget, float(degree or 1)), name)


@lru_cache(maxsize=4096)
def _of_rows(cell: Cell, seed: int, budget: Budget, altruism_degree: float) -> Scenario:
    """What all rows with this degree have in common: made once, as reading a large file makes every run's scenario."""
    settings = SETTINGS[cell.dataset]
    n_samples = min(budget.samples_per_agent * cell.n_agents, DATASETS[cell.dataset].n_train - budget.n_validation)
    return Scenario(
        dataset=cell.dataset,
        n_agents=cell.n_agents,
        split=cell.split,
        n_samples=n_samples,
        model=budget.model,
        n_rounds=budget.n_rounds,
        local_epochs=3,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        learning_rate_decay=0.977,
        update_norm=settings.update_norm,
        importance_smoothing=0.95,
        altruism_degree=altruism_degree,
        n_validation=budget.n_validation,
        seed=seed,
    )


@dataclass(frozen=True)
class Grid:
    """The runs of one data set.

    Raises
    ------
    ScenarioError: an unknown data set, no agents, splits, rows or seeds, or values that a scenario does not allow.
    """

    dataset: DatasetName
    n_agents: tuple[int, ...]
    splits: tuple[Split, ...]
    rows: tuple[str, ...]
    n_seeds: int
    budget: Budget

    def __post_init__(self) -> None:
        if self.dataset not in SETTINGS:
            raise ScenarioError("dataset", f"must be one of {', '.join(SETTINGS)}", self.dataset)
        if self.n_seeds < 1:
            raise ScenarioError("seeds", "must be at least 1", self.n_seeds)
        for field, allowed in (("split", SPLITS), ("mechanism", ROWS)):
            given = self.splits if field == "split" else self.rows
            if not given or not set(given) <= set(allowed):
                raise ScenarioError(field, f"must be of {', '.join(allowed)}", list(given))
        if not self.n_agents:
            raise ScenarioError("agents", "must be at least one number", list(self.n_agents))
        for cell in self.cells:
            _ = Case(cell, self.rows[0], 0, self.budget).scenario

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(Cell(self.dataset, n_agents, split) for n_agents, split in product(self.n_agents, self.splits))

    @cached_property
    def batches(self) -> tuple[tuple[Case, ...], ...]:
        """All runs in the order of computing, those of one cell and seed together: they train side by side.

        Few agents first, as they are quick; the first seed of every split before the second of any.
        """
        return tuple(
            tuple(Case(Cell(self.dataset, n_agents, split), row, seed, self.budget) for row in self.rows)
            for n_agents, seed, split in product(self.n_agents, range(self.n_seeds), self.splits)
        )

    @property
    def cases(self) -> tuple[Case, ...]:
        return tuple(case for batch in self.batches for case in batch)


def paper_grid(dataset: DatasetName, budget: str = "reduced", n_seeds: int = DEFAULT_SEEDS) -> Grid:
    """A data set's whole grid: the paper's numbers of agents and splits, all rows."""
    if dataset not in SETTINGS:
        raise ScenarioError("dataset", f"must be one of {', '.join(SETTINGS)}", dataset)
    settings = SETTINGS[dataset]
    return Grid(dataset, settings.n_agents, SPLITS, DEFAULT_ROWS, n_seeds, settings.budgets[budget])


def measures_of(trace: Trace) -> dict[str, float | None]:
    """What the tables keep of a finished run, by ``QUANTITIES``; a trace of the last round alone is enough.

    ``max_standalone_accuracy`` is of the models trained alone; ``below_alone_gap`` is the part of the agents that end
    less accurate than alone, and not the same by ``Trace.same_models``.
    """
    last, n_agents = trace.rounds[-1], trace.scenario.n_agents
    is_same = trace.same_models().diagonal(n_agents)[:n_agents]  # each agent's model, and its model alone
    own = {
        "max_standalone_accuracy": float(last.standalone_accuracy.max()),
        "below_alone_gap": float(((last.accuracy < last.standalone_accuracy) & ~is_same).mean()),
    }
    found = trace.summary() | own
    return {name: found[name] for name in QUANTITIES}
