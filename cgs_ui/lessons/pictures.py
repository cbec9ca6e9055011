"""The pictures of a step on the page: one that has no result in it, and one of the runs."""

from __future__ import annotations

from cgs_core.export.lesson_pictures import given_figure, result_figure
from cgs_core.lessons import Finished, Lesson, Step
from cgs_ui.charts import captions
from cgs_ui.charts.cards import cards
from cgs_ui.charts.chart import chart


def plain_picture(lesson: Lesson, step: Step, chosen: int = 0) -> None:
    """What the agents bring; nothing that comes of it, and no link to a run."""
    if (figure := given_figure(lesson, step, chosen)) is not None:
        chart(figure, "lesson_brings", captions.of_page())


def result_picture(lesson: Lesson, step: Step, finished: Finished, chosen: int = 0) -> None:
    """What came out."""
    if (figure := result_figure(lesson, step, finished, chosen)) is None:
        return
    scenario = None if step.result == "arrows" else lesson.chosen_scenario(step, chosen)
    caption = captions.of_page() if scenario is None else captions.of_example(scenario)
    key = "lesson_ledger" if step.result == "ledger" else "lesson_result"
    chart(figure, key, caption)
    if step.result == "ledger":
        cards(key)
