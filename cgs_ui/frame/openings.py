"""What pages and stories open with, on every data set: what is worth to be computed before anybody asks."""

from __future__ import annotations

from collections.abc import Iterator

from cgs_core import Scenario, ScenarioError
from cgs_core.lessons import N_SEEDS, Lesson, lessons
from cgs_core.runs.ahead import Wanted
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.presets import OPENING, PRESETS
from cgs_ui.session.adjusted import adjusted


def openings() -> Iterator[Wanted]:
    """Runs of the stories, what lessons reveal, then every page of the opening, what lessons' other seeds give, then
    stories and pages on the other data sets."""
    stories = [preset.scenario for preset in PRESETS.values()]
    for scenario in (OPENING.scenario, *stories, Scenario()):
        yield "run", [scenario]
    taught = list(lessons().values())
    for lesson in taught:
        yield from _of_lesson(lesson)
    yield from _pages(OPENING.scenario)
    for index in range(1, N_SEEDS):
        for lesson in taught:
            yield from _predicted(lesson.with_seed(index))
    for preset in PRESETS.values():
        if preset.page == "coalition-game":
            yield "retrained_game", [preset.scenario]
    others = [name for name in DATASETS if name != OPENING.scenario.dataset]
    for name in others:
        yield from (("run", [scenario]) for scenario in _on(name, OPENING.scenario))
    for name in others:
        for scenario in _on(name, OPENING.scenario):
            yield from _pages(scenario)
        for story in stories:
            yield from (("run", [scenario]) for scenario in _on(name, story))


def _of_lesson(lesson: Lesson) -> Iterator[Wanted]:
    """What its screens need, with every setting that a learner may choose."""
    for step in lesson.steps:
        for chosen in range(1 if step.change is None else len(step.change.options)):
            yield from ((job.kind, [job.scenario]) for job in lesson.needs(step, chosen))


def _predicted(lesson: Lesson) -> Iterator[Wanted]:
    """What its predictions are held against."""
    for step in lesson.predictions:
        yield from ((job.kind, [job.scenario]) for job in lesson.needs(step))


def _pages(scenario: Scenario) -> Iterator[Wanted]:
    """What the pages ask for besides the run, as long as nothing is chosen on them."""
    from cgs_core.studies.comparison import (
        batches,
    )  # here: these load the engine, which the first visitor need not wait
    from cgs_ui.mechanisms.panel import opening
    from cgs_ui.trade_offs.questions import QUESTIONS, SEED_CHOICES

    yield "retrained_game", [scenario]
    try:
        yield from (("run", batch) for batch in batches(*opening(scenario)))
        question = next(iter(QUESTIONS.values()))
        sweep = question.ask(scenario, SEED_CHOICES[1])
        yield from (("run", [point.scenario for point in batch]) for batch in sweep.batches())
    except ScenarioError:  # a page that says so has nothing to be computed
        return


def _on(dataset: str, scenario: Scenario) -> list[Scenario]:
    """A scenario when another data set is chosen, as the control makes it; none where it cannot be."""
    try:
        return [scenario.replace(**adjusted(scenario, "dataset", dataset)[0])]
    except ScenarioError:
        return []
