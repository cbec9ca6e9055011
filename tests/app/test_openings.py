"""What is computed ahead is what pages ask for."""

from __future__ import annotations

import pytest

from cgs_core.lessons import N_SEEDS, lessons
from cgs_core.runs import job_id
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.presets import OPENING, PRESETS
from cgs_ui.frame.openings import openings
from tests.app.pages import cold, sidebar_control

AHEAD = [job_id(scenario, kind) for kind, batch in openings() for scenario in batch]


def test_each_story_comes_first_and_every_data_set_is_there() -> None:
    stories = [preset.scenario.scenario_id for preset in PRESETS.values()]
    assert set(AHEAD[: len(stories) + 2]) >= {*stories, OPENING.scenario.scenario_id}
    assert {scenario.dataset for _, batch in openings() for scenario in batch} == set(DATASETS)


@pytest.mark.parametrize(("page", "place"), [("mechanisms", "runs_comparison"), ("trade-offs", "runs_sweep")])
def test_a_page_that_is_opened_asks_for_nothing_else(page: str, place: str) -> None:
    asked = cold(page).session_state[place].batches
    assert {scenario.scenario_id for batch in asked for scenario in batch} <= set(AHEAD)


def test_another_data_set_is_there_as_the_control_chooses_it() -> None:
    page = cold("playground")
    sidebar_control(page, "field_dataset").select("mnist").run()
    assert page.session_state["scenario"].scenario_id in AHEAD
    assert job_id(page.session_state["scenario"], "retrained_game") in AHEAD


def test_what_lessons_reveal_is_there_with_every_setting_and_their_other_seeds() -> None:
    for lesson in lessons().values():
        wanted = [job for step in lesson.steps for job in lesson.needs(step)]
        wanted += [job for step in lesson.predictions for job in lesson.with_seed(N_SEEDS - 1).needs(step)]
        assert {job_id(job.scenario, job.kind) for job in wanted} <= set(AHEAD), lesson.name
