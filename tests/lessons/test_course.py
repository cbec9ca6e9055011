"""The lessons that come with the program: true on ten seeds, and as long as they say."""

import pytest

from cgs_core.lessons import N_SEEDS, Job, Lesson, lessons
from cgs_core.lessons.shelf import COURSE
from cgs_core.lessons.training import train
from cgs_core.lessons.trials import MOST_MISSES, Trial, jobs_of, jobs_of_trials, trials
from cgs_core.records import Trace
from cgs_core.records.game import RetrainedGame
from cgs_core.words.lesson_words import told

NAMES = [one.name for one in lessons().values() if one.folder.parent == COURSE]
Finished = dict[Job, Trace | RetrainedGame]


@pytest.fixture(scope="module")
def kept() -> Finished:
    """What has been trained for a lesson before: several are about the same scenarios."""
    return {}


def trained(kept: Finished, jobs: tuple[Job, ...]) -> Finished:
    kept |= train(job for job in jobs if job not in kept)
    return kept


def tried_until_sure(lesson: Lesson, kept: Finished) -> list[Trial]:
    """On nine seeds, and on the tenth where that can matter: if all is so on the nine, it may be otherwise on it."""
    for n_seeds in (N_SEEDS - MOST_MISSES, N_SEEDS):
        tried = trials(lesson, trained(kept, jobs_of_trials(lesson, n_seeds)), n_seeds)
        if all(all(one.held) for one in tried):
            break
    return tried


@pytest.mark.parametrize("name", NAMES)
def test_what_a_lesson_says_is_so_on_nine_of_ten_seeds(name: str, kept: Finished) -> None:
    lesson = lessons()[name]
    tried = tried_until_sure(lesson, kept)
    assert [(one.step.title, one.by, one.held) for one in tried if not one.is_held] == []
    assert all(question.expected is not None for question in _questions(lesson) if question.kind != "number")


@pytest.mark.parametrize("name", NAMES)
def test_every_text_of_a_lesson_can_be_filled_in(name: str, kept: Finished) -> None:
    lesson = lessons()[name]
    finished = trained(kept, jobs_of(lesson))
    for step in lesson.steps:
        told(step.text, lesson.given(step, finished))
        for chosen in range(1 if step.change is None else len(step.change.options)):
            facts = lesson.facts(step, finished, chosen)
            question = step.question
            texts = [] if question is None else [question.reveal, *(option.told for option in question.options)]
            texts += [] if question is None else [question.wrong, question.too_low, question.too_high]
            for text in [*texts, step.told, step.answer]:
                told(text, facts)


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_has_a_prediction_a_change_a_misconception_and_a_question_to_follow(name: str) -> None:
    lesson = lessons()[name]
    kinds = {step.kind for step in lesson.steps}
    assert {"read", "predict", "misconception", "follow_up"} <= kinds
    assert "manipulate" in kinds or lesson.number in (0, 7)  # the first and the last look on
    assert sum(item.minutes for item in lesson.plan) == lesson.minutes
    for question in _questions(lesson):
        if question.kind in ("choice", "card"):
            assert all(option.told for option in question.options), "what each answer means"
        if question.kind == "order":
            assert question.wrong
        if question.kind == "number":
            assert question.too_low and question.too_high


def test_the_giants_share_of_the_data_is_an_option_of_lesson_2() -> None:
    lesson = lessons()["what-does-the-cosine-see"]
    asked = lesson.predictions[0]
    share = lesson.given(asked, {})["giant"]
    assert asked.question.options[0].value == round(100 * share)


def _questions(lesson: Lesson) -> list:
    return [step.question for step in lesson.predictions]
