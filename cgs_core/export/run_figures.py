"""The one list of a run's figures, and of a comparison's: what each answers, and how it is drawn.

The report, the ZIP and the command line all read it; its names are those of the charts on the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cgs_core.contribution import cgsv_approx, coalition_values, plane_view
from cgs_core.data import FederatedData, federated_data
from cgs_core.figures import (
    MAX_LATTICE_AGENTS,
    BarsState,
    Figure,
    LatticeHighlight,
    accuracy_figure,
    arrows_figure,
    class_accuracy_figure,
    contribution_figure,
    decision_figure,
    gain_figure,
    lattice_figure,
    ledger_figure,
    marginals_by_size_figure,
    measures_figure,
    mechanism_accuracy_figure,
    pay_figure,
    samples_figure,
    shards_figure,
)
from cgs_core.records import Trace
from cgs_core.studies.comparison import Comparison
from cgs_core.typing import FloatArray
from cgs_core.words.comparison_findings import measure_columns

MOST_SAMPLED_AGENTS = 6  # in pictures of single samples and boundaries
MAX_GAME_AGENTS = 16  # above it the tables of 2**N values of a round are too large to draw from
_MAX_FRAMED_AGENTS = 10  # above it only the last round's table is drawn


@dataclass(frozen=True)
class RunFigure:
    """One figure of a finished run: the question that it answers, how to draw it, and of which runs there is one."""

    question: str
    draw: Callable[..., Figure]  # (trace, data); with picks also the agents in colour
    is_of: Callable[[Trace], bool] = lambda trace: True
    has_picks: bool = False  # whether of many agents' lines the picked ones are in colour


@dataclass(frozen=True)
class ComparisonFigure:
    """One figure of a comparison."""

    question: str
    draw: Callable[[Comparison], Figure]


def _n_agents(trace: Trace) -> int:
    return trace.scenario.n_agents


def _is_plane(trace: Trace) -> bool:
    return trace.scenario.info.kind == "plane"


def _first_agents(trace: Trace) -> list[int]:
    return list(range(min(_n_agents(trace), MOST_SAMPLED_AGENTS)))


def _game_tables(trace: Trace) -> FloatArray:
    """The gradient game's values, (n_rounds, 2**n_agents); of many agents the last round's alone."""
    grams = trace.gram if _n_agents(trace) <= _MAX_FRAMED_AGENTS else trace.gram[-1:]
    return np.stack([coalition_values(gram) for gram in grams])


def _lattice(trace: Trace, data: FederatedData) -> Figure:
    return lattice_figure(
        _game_tables(trace),
        agents=range(_n_agents(trace)),
        unit="cosine",
        highlight=LatticeHighlight(),
        bars=BarsState(),
        scenario_id=trace.scenario.scenario_id,
    )


def _marginals(trace: Trace, data: FederatedData) -> Figure:
    return marginals_by_size_figure(
        _game_tables(trace), agents=range(_n_agents(trace)), unit="cosine", scenario_id=trace.scenario.scenario_id
    )


def _arrows(trace: Trace, data: FederatedData) -> Figure:
    gram = trace.gram[-1]
    return arrows_figure(
        plane_view(gram), agents=range(len(gram)), cosines=cgsv_approx(gram), scenario_id=trace.scenario.scenario_id
    )


def _contribution(trace: Trace, data: FederatedData, picked: Sequence[int] | None = None) -> Figure:
    return contribution_figure(trace, picked=picked)


def _pay(trace: Trace, data: FederatedData, picked: Sequence[int] | None = None) -> Figure:
    return pay_figure(trace, picked=picked)


def _accuracy(trace: Trace, data: FederatedData, picked: Sequence[int] | None = None) -> Figure:
    return accuracy_figure(trace, picked=picked)


RUN_FIGURES: dict[str, RunFigure] = {
    "ledger": RunFigure(
        "What does each agent bring, what is it worth, what is it paid, and what does it get?", ledger_figure
    ),
    "shards": RunFigure("Who holds what?", lambda trace, data: shards_figure(trace.scenario, data)),
    "samples": RunFigure(
        "What do the samples look like, as the agents have them?",
        lambda trace, data: samples_figure(trace.scenario, data, _first_agents(trace)),
        lambda trace: trace.scenario.own_data is None,
    ),  # a person's own samples are not given away
    "contribution": RunFigure("Who contributed how much?", _contribution, has_picks=True),
    "pay": RunFigure("Who is paid what?", _pay, has_picks=True),
    "accuracy": RunFigure("Who gets which model?", _accuracy, has_picks=True),
    "gain": RunFigure("Who gains by joining, and who loses?", lambda trace, data: gain_figure(trace)),
    "decision": RunFigure(
        "Where does each model see which class?",
        lambda trace, data: decision_figure(trace, data, _first_agents(trace)),
        _is_plane,
    ),
    "class_accuracy": RunFigure(
        "Which classes does each model get right?",
        lambda trace, data: class_accuracy_figure(trace),
        lambda trace: not _is_plane(trace),
    ),
    "lattice": RunFigure(
        "What is each coalition worth in the gradient game, and what does that make each agent worth?",
        _lattice,
        lambda trace: _n_agents(trace) <= MAX_LATTICE_AGENTS,
    ),
    "marginals": RunFigure(
        "What does an agent add in the gradient game, by how many are there before it?",
        _marginals,
        lambda trace: MAX_LATTICE_AGENTS < _n_agents(trace) <= MAX_GAME_AGENTS,
    ),
    "arrows": RunFigure(
        "Whose update points where everybody's does?", _arrows, lambda trace: _n_agents(trace) <= MAX_GAME_AGENTS
    ),
}
"""Every figure that a finished run has without anything trained anew."""

COMPARISON_FIGURES: dict[str, ComparisonFigure] = {
    "mechanism_accuracy": ComparisonFigure(
        "How good a model does each agent get under each mechanism?",
        lambda comparison: mechanism_accuracy_figure(
            comparison.accuracy,
            comparison.standalone,
            comparison.mechanisms,
            scenario_id=comparison.scenario.scenario_id,
        ),
    ),
    "measures": ComparisonFigure(
        "Which mechanism is best by which measure?",
        lambda comparison: measures_figure(
            measure_columns(comparison), comparison.mechanisms, scenario_id=comparison.scenario.scenario_id
        ),
    ),
}


def run_figures(trace: Trace) -> dict[str, Figure]:
    """The figures of a run by their names, at its last round, with a frame a round where they move.

    Raises
    ------
    DataError: the run learned from own data that are not on this machine.
    """
    data = federated_data(trace.scenario)
    return {name: figure.draw(trace, data) for name, figure in RUN_FIGURES.items() if figure.is_of(trace)}


def comparison_figures(comparison: Comparison) -> dict[str, Figure]:
    """The figures of a comparison by their names."""
    return {name: figure.draw(comparison) for name, figure in COMPARISON_FIGURES.items()}
