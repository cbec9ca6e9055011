from pathlib import Path

import pytest

from cgs_core.lessons import LessonError, load_lesson
from cgs_core.lessons.training import train
from cgs_core.lessons.trials import jobs_of, jobs_of_trials, trials
from cgs_core.words.lesson_words import told
from tests.lessons.folders import LESSON, TRUTH, lesson_folder


def test_a_step_needs_what_its_functions_read_and_its_picture_draws(tmp_path: Path) -> None:
    lesson = load_lesson(lesson_folder(tmp_path))
    _, predict, change = lesson.steps
    assert [job.scenario for job in lesson.needs(predict)] == [lesson.scenarios["main"]]
    assert [job.scenario for job in lesson.needs(change, 1)] == [lesson.scenarios["full"]]
    assert len(jobs_of(lesson)) == 2 and len(jobs_of_trials(lesson, 3)) == 3


def test_the_truth_is_computed_and_the_texts_hold_its_facts(tmp_path: Path) -> None:
    lesson = load_lesson(lesson_folder(tmp_path))
    finished = train(jobs_of(lesson))
    _, predict, change = lesson.steps
    truth = lesson.truth(predict, finished)
    assert truth.answer == max(truth.values, key=lambda key: truth.values[key])
    assert (
        told(predict.question.reveal, lesson.facts(predict, finished))
        == f"Agent 2 is worth {max(truth.values.values()):.2f}."
    )
    assert told(change.told, lesson.facts(change, finished, 1)) == "Agent 1 is paid 100 %."


def test_other_seeds_are_other_runs_and_the_first_is_the_shown_one(tmp_path: Path) -> None:
    lesson = load_lesson(lesson_folder(tmp_path, LESSON.replace("n_rounds = 3", "n_rounds = 3\nseed = 4")))
    assert lesson.with_seed(0).scenarios == lesson.scenarios
    seeds = {lesson.with_seed(index).scenarios["full"].data_seed for index in range(10)}
    assert seeds == set(range(4, 14))


@pytest.mark.parametrize(
    ("numbers", "is_held"),
    [((0, 0, 0), True), ((0, 0, 1), True), ((0, 1, 1), False), ((1, 0, 0), False)],
)
def test_a_truth_must_hold_on_the_shown_seed_and_all_others_but_one(
    tmp_path: Path, numbers: tuple[int, ...], is_held: bool
) -> None:
    """Where ``numbers`` has a 1 the seed's truth is another than what the texts explain."""
    other = "abc"
    truth = (
        TRUTH
        + f"""

def worth(runs):
    is_other = {numbers}[runs.trace().scenario.data_seed]
    return {{key: float(key == ("a" if is_other else "b")) for key in "{other}"}}
"""
    )
    lesson = load_lesson(lesson_folder(tmp_path, truth=truth))
    (tried,) = trials(lesson, train(jobs_of_trials(lesson, 3)), 3)
    assert tried.is_held is is_held


def test_what_a_function_may_not_read_or_give_is_told_with_its_line(tmp_path: Path) -> None:
    for number, (body, words) in enumerate(
        [
            ('runs.trace("full")', "names under runs: main; got 'full'"),
            ("runs.game()", "names under games: none; got 'main'"),
            ("{}[0]", "KeyError: 0"),
        ]
    ):
        truth = f"{TRUTH}\n\ndef worth(runs):\n    return {body}\n"
        lesson = load_lesson(lesson_folder(tmp_path / str(number), truth=truth))
        with pytest.raises(LessonError) as caught:
            lesson.truth(lesson.steps[1], train(jobs_of(lesson)))
        assert words in str(caught.value) and caught.value.line == len(truth.splitlines())
    truth = f"{TRUTH}\n\ndef worth(runs):\n    return 3\n"
    lesson = load_lesson(lesson_folder(tmp_path / "form", truth=truth))
    with pytest.raises(LessonError, match="each must have a value"):
        lesson.truth(lesson.steps[1], train(jobs_of(lesson)))


def test_facts_are_written_as_the_pages_write_numbers() -> None:
    facts = {"share": 0.934, "gain": -0.042, "psi": -0.5, "who": "Agent 4"}
    assert (
        told("{who}: {share:%}, {share:.1%}, {gain:points}, {psi:.2f}", facts) == "Agent 4: 93 %, 93.4 %, −4.2, −0.50"
    )
    with pytest.raises(ValueError, match="no fact 'other'; the function gives share, gain, psi, who"):
        told("{other}", facts)
