"""The pictures of a lesson, as figures: what is given, what came out, and the answer with its spread over seeds."""

from __future__ import annotations

from collections.abc import Sequence

from cgs_core.contribution import cgsv_approx, cgsv_exact, plane_of_arrows
from cgs_core.data import federated_data
from cgs_core.export.run_figures import RUN_FIGURES
from cgs_core.figures import Figure, arrows_figure, gain_figure, plain_arrows_figure, samples_figure, shards_figure
from cgs_core.figures.runs.answers import answer_figure
from cgs_core.lessons import Finished, Job, Lesson, Step, Truth
from cgs_core.records import Trace


def given_figure(lesson: Lesson, step: Step, chosen: int = 0) -> Figure | None:
    """What a step draws from the start; no result is in it. None where it draws nothing."""
    if step.picture is None:
        return None
    if step.picture == "arrows":
        arrows = lesson.chosen_arrows(step, chosen)
        if arrows is None:
            return None
        return plain_arrows_figure(arrows.lengths, arrows.angles, scenario_id=lesson.name)
    scenario = lesson.chosen_scenario(step, chosen)
    if scenario is None:
        return None
    data = federated_data(scenario)
    return shards_figure(scenario, data) if step.picture == "shards" else samples_figure(scenario, data)


def result_figure(lesson: Lesson, step: Step, finished: Finished, chosen: int = 0) -> Figure | None:
    """What a step draws of its runs; None where it draws nothing."""
    if step.result == "arrows":
        arrows = lesson.chosen_arrows(step, chosen)
        if arrows is None:
            return None
        gram = arrows.gram
        return arrows_figure(
            plane_of_arrows(arrows.lengths, arrows.angles),
            agents=range(len(gram)),
            cosines=cgsv_approx(gram),
            shapley=cgsv_exact(gram),
            scenario_id=lesson.name,
        )
    scenario = lesson.chosen_scenario(step, chosen)
    if step.result is None or scenario is None:
        return None
    trace = finished[Job(scenario)]
    assert isinstance(trace, Trace)
    if step.result == "gain":
        return gain_figure(trace, is_of_last=True)
    return RUN_FIGURES[step.result].draw(trace, federated_data(scenario))


def spread_figure(lesson: Lesson, step: Step, truth: Truth, others: Sequence[Truth]) -> Figure | None:
    """The right answer of the shown run, and what other seeds give; None for a step without a question."""
    if step.question is None:
        return None
    return answer_figure(step.question, truth, None, name=lesson.name, others=others)
