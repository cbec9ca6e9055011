"""The pictures of a step: one that has no result in it, and one of the runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cgs_core import Scenario, Trace
from cgs_core.contribution import cgsv_approx, coalition_values, plane_of_arrows, shapley_values
from cgs_core.data import federated_data
from cgs_core.figures import (
    BarsState,
    Figure,
    LatticeHighlight,
    Unit,
    accuracy_figure,
    arrows_figure,
    class_accuracy_figure,
    contribution_figure,
    gain_figure,
    lattice_figure,
    ledger_figure,
    marginals_by_size_figure,
    pay_figure,
    plain_arrows_figure,
    samples_figure,
    shards_figure,
)
from cgs_core.lessons import Arrows, Finished, Job, Lesson, Step
from cgs_core.records.game import RetrainedGame
from cgs_ui.charts import captions
from cgs_ui.charts.captions import Caption
from cgs_ui.charts.cards import cards
from cgs_ui.charts.chart import chart
from cgs_ui.charts.drawn import drawn

_OF_A_RUN: dict[str, Callable[[Trace], Figure]] = {
    "contribution": contribution_figure,
    "pay": pay_figure,
    "accuracy": accuracy_figure,
    "gain": gain_figure,
    "class_accuracy": class_accuracy_figure,
}


def plain_picture(lesson: Lesson, step: Step, chosen: int = 0) -> None:
    """What the agents bring; nothing that comes of it."""
    if step.picture == "arrows":
        arrows = lesson.chosen_arrows(step, chosen)
        if arrows is not None:
            figure = plain_arrows_figure(arrows.lengths, arrows.angles, scenario_id=lesson.name)
            chart(figure, "lesson_brings", captions.of_page())
    elif step.picture is not None and (scenario := lesson.chosen_scenario(step, chosen)) is not None:
        make = shards_figure if step.picture == "shards" else samples_figure
        figure = drawn(make, scenario, federated_data(scenario))
        chart(figure, "lesson_brings", captions.of_page())  # which names no run


def result_picture(lesson: Lesson, step: Step, finished: Finished, chosen: int = 0) -> None:
    """What came out."""
    if step.result == "arrows":
        arrows = lesson.chosen_arrows(step, chosen)
        if arrows is not None:
            chart(_worth_of_arrows(arrows, lesson.name), "lesson_result", captions.of_page())
        return
    if step.result is None or (scenario := lesson.chosen_scenario(step, chosen)) is None:
        return
    game = finished.get(Job(scenario, "retrained_game"))
    if step.result in ("lattice", "marginals") and isinstance(game, RetrainedGame):
        tables = np.stack([record.accuracy for record in game.rounds])
        _game(step.result, tables, scenario, "accuracy")
        return
    trace = finished[Job(scenario)]
    assert isinstance(trace, Trace)
    if step.result in ("lattice", "marginals"):
        _game(step.result, np.stack([coalition_values(gram) for gram in trace.gram]), scenario, "cosine")
    elif step.result == "ledger":
        figure = drawn(ledger_figure, trace, federated_data(scenario))
        chart(figure, "lesson_ledger", captions.of_example(scenario))
        cards("lesson_ledger")
    else:
        chart(drawn(_OF_A_RUN[step.result], trace), "lesson_result", captions.of_example(scenario))


def _game(name: str, tables: np.ndarray, scenario: Scenario, unit: Unit) -> None:
    caption: Caption = captions.of_example(scenario)
    agents = range(scenario.n_agents)
    if name == "marginals":
        figure = marginals_by_size_figure(tables, agents=agents, unit=unit, scenario_id=scenario.scenario_id)
    else:
        figure = lattice_figure(
            tables,
            agents=agents,
            highlight=LatticeHighlight(),
            bars=BarsState(),
            unit=unit,
            scenario_id=scenario.scenario_id,
        )
    chart(figure, "lesson_result", caption)


def _worth_of_arrows(arrows: Arrows, name: str) -> Figure:
    """The arrows with their sum, and beside each what it is worth."""
    gram = arrows.gram
    return arrows_figure(
        plane_of_arrows(arrows.lengths, arrows.angles),
        agents=range(len(gram)),
        cosines=cgsv_approx(gram),
        shapley=shapley_values(coalition_values(gram)),
        scenario_id=name,
    )
