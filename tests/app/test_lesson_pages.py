"""Lessons on the page, without a browser: screens, what is committed, a class with its teacher."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.lessons import Job, Lesson, load_lesson
from cgs_core.runs import JobRunner, classes, job_id
from cgs_ui.lessons import trainings
from cgs_ui.lessons.answers import Answered, to_link
from cgs_ui.session.teacher_link import Lesson as Taught
from cgs_ui.session.teacher_link import control_token_of, token_of
from tests.app.pages import charts, cold, given, rerun_while, unlinked
from tests.lessons.folders import LESSON, lesson_folder

PREDICT, REVEAL = 4, 5
FOLLOW_UP = '[[step]]\nkind = "follow_up"\ntitle = "On"\ntext = "And now?"\nanswer = "This."\n[[check]]'


@pytest.fixture(autouse=True)
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    """The only lesson of one's own, beside those of the course."""
    folder = lesson_folder(tmp_path, LESSON.replace("[[check]]", FOLLOW_UP, 1))
    monkeypatch.setenv("CGS_LESSONS", str(tmp_path))
    return load_lesson(folder)


def opened(step: int = 1, **link: str) -> AppTest:
    return cold("lessons", **({"course": "a-lesson", "step": step} | link))


def words(page: AppTest) -> str:
    parts = (page.main.markdown, page.main.info, page.main.success, page.main.warning, page.main.caption)
    return (
        unlinked("\n".join(str(one.value) for part in parts for one in part))
        .replace("\\", "")
        .replace("\N{NO-BREAK SPACE}", " ")
    )


def head(page: AppTest) -> dict[str, Any]:
    return given(next(one for one in page.main.get("bidi_component") if one.key == "lesson_head"))


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception and not page.error
    return page


def answer(page: AppTest, option: str | None) -> AppTest:
    """Choose and commit; None: "I do not know"."""
    if option is None:
        return press(page, "lesson_skip")
    page.radio[0].set_value(option).run()
    return press(page, "lesson_commit")


def at_prediction() -> AppTest:
    page = opened()
    answer(page, "yes")
    answer(page, None)
    return press(page, "lesson_next")


def until_drawn(page: AppTest) -> AppTest:
    """Rerun until the trainings of the screen are there."""
    return rerun_while(page, lambda now: any("Training" in str(one.proto.text) for one in now.main.get("progress")))


def test_the_list_has_every_lesson_with_how_far_one_is_and_tells_nothing_of_what_it_shows():
    page = cold("lessons")
    assert "A lesson" in [one.value for one in page.main.header] and "To see that it works." not in words(page)
    assert re.search(r"3 minutes in a class, with talk; about \d alone · not begun", words(page))
    press(page, "lesson_open_a-lesson")
    assert page.query_params["course"] == "a-lesson" and head(page)["number"] == 1
    answer(page, "yes")
    press(page, "lesson_back")
    press(page, "lesson_list")
    assert "alone · up to screen 2 of 10" in words(page)
    press(page, "lesson_open_a-lesson")
    assert page.query_params["step"] == "2"
    press(press(press(page, "lesson_back"), "lesson_list"), "lesson_clear_all")
    assert re.search(r"3 minutes in a class, with talk; about \d alone · not begun", words(page))


def test_the_list_asks_the_store_for_progress_once(runner: JobRunner, monkeypatch: pytest.MonkeyPatch):
    kept, asked = type(runner.store.lesson_progress).of, []
    monkeypatch.setattr(
        type(runner.store.lesson_progress), "of", lambda self, visitor: asked.append(visitor) or kept(self, visitor)
    )
    page = cold("lessons")
    assert not page.exception and len(page.main.get("header")) > 5
    assert len(asked) == 1


def test_a_broken_lesson_is_named_with_its_line(tmp_path: Path):
    lesson_folder(tmp_path, LESSON.replace('title = "Look"', 'titel = "Look"'), name="broken")
    (told,) = cold("lessons").error
    assert told.value.replace("\\", "").startswith("A lesson cannot be taught. broken/lesson.toml, line ")


def test_a_lesson_that_there_is_not_is_told_of():
    page = cold("lessons", course="nothing")
    assert "There is no lesson named “nothing” here." in page.error[0].value


def test_a_prediction_is_committed_and_then_revealed():
    page = at_prediction()
    assert head(page)["title"] == "Guess" and charts(page) == []
    press(page, "lesson_commit")
    assert "Choose one of them first." in words(page) and page.query_params["step"] == str(PREDICT)
    answer(page, "a")
    assert page.query_params["step"] == str(REVEAL)
    until_drawn(page)
    assert "You said: **Agent 1**." in words(page) and "Agent 2 is worth" in words(page)
    assert "It has few samples." in words(page) and charts(page) == ["lesson_reveal"]


def test_what_comes_later_is_closed():
    page = opened(REVEAL)
    assert charts(page) == [] and "This screen comes later" in words(page)
    press(page, "lesson_go_there")
    assert page.query_params["step"] == "1"


def test_predicting_again_is_noted():
    page = at_prediction()
    answer(page, "a")
    press(page, "lesson_back")
    assert not page.radio and "You have committed: **Agent 1**" in words(page)
    press(page, "lesson_predict_again")
    answer(page, "b")
    until_drawn(page)
    assert "So it is. (Committed 2 times; at first: Agent 1.)" in words(page)


def test_the_rest_of_the_lesson_and_its_answers():
    page = answer(at_prediction(), "b")
    until_drawn(press(page, "lesson_next"))
    assert "Agent 1 is paid" in words(page) and charts(page) == ["lesson_result"]
    before = words(page)
    page.radio[0].set_value(1).run()
    until_drawn(page)
    assert "Agent 1 is paid 100 %" in words(page) and words(page) != before
    press(page, "lesson_next")
    assert "This." not in words(page)
    page.text_area[0].set_value("My words").run()
    press(page, "lesson_tell")
    assert "This." in words(page)
    answer(press(page, "lesson_next"), "no")
    assert "It is: **Yes**. It is." in words(page)
    answer(press(page, "lesson_next"), "no")
    assert "Yes: **No**. It is not." in words(page)
    press(page, "lesson_next")
    assert head(page)["title"] == "Done"
    for told in (
        "Before: Is it so?  \n**Yes**",
        "And this?  \n**no answer**",
        "Which agent?  \n**Agent 2**",
        "My words",
    ):
        assert told in words(page)
    page.query_params.clear()
    page.run()
    assert "To see that it works." in words(page) and "alone · done" in words(page)


def test_answers_of_a_link_are_shown_and_may_be_taken(lesson: Lesson):
    answers = {"before-1": Answered("no", "no"), "step-2": Answered("c", "a", 2)}
    page = cold("lessons", answers=to_link(lesson, answers))
    assert "Before: Is it so?  \n**No**" in words(page) and "**Agent 3 (at first: Agent 1)**" in words(page).replace(
        "\\", ""
    )
    press(page, "lesson_take")
    assert page.query_params["step"] == "2" and "answers" not in page.query_params
    page = cold("lessons", answers="forged")
    assert "cannot be read" in page.error[0].value


def test_a_teacher_prepares_the_pack_and_downloads_it():
    page = opened()
    assert "All of it." in words(page) and "What it shows: To see that it works." in words(page).replace("*", "")
    until_drawn(press(page, "pack_prepare"))
    assert [button.label for button in page.get("download_button")] == ["Download the pack (ZIP)"]


def test_a_pack_asks_for_few_trainings_at_a_time_and_comes_all_the_same(
    lesson: Lesson, runner: JobRunner, monkeypatch: pytest.MonkeyPatch
):
    file = lesson.folder / "lesson.toml"
    file.write_text(file.read_text().replace("n_rounds = 3", "n_rounds = 4"))  # nothing of it has been trained
    monkeypatch.setattr(trainings, "MOST_AT_ONCE", 3)
    asked: set[str] = set()
    told: list[str] = []
    progress = st.progress
    monkeypatch.setattr(st, "progress", lambda part, text: (told.append(text), progress(part, text)))
    waiting, ask = [], trainings.ask

    def counted(jobs: Sequence[Job], priority: int = 0) -> str:
        error = ask(jobs, priority)
        asked.update(job_id(job.scenario, job.kind) for job in jobs)
        status = runner.store.progress(list(asked), "a test").values()
        waiting.append(sum(one in ("queued", "running") for one in status))
        return error

    monkeypatch.setattr(trainings, "ask", counted)
    until_drawn(press(opened(), "pack_prepare"))
    assert len(asked) > 10 and 1 <= max(waiting) <= 3
    assert any(re.fullmatch(r"Training: \d+ of \d+, about .* left\.", one) for one in told), told


# -- a class ------------------------------------------------------------------------------------------------------


def taught(runner: JobRunner, is_measured: bool = False) -> Taught:
    class_id = runner.store.classes.open("a-lesson")
    return Taught(Scenario(), "lessons", course="a-lesson", class_id=class_id, is_measured=is_measured)


def student(of_class: Taught, step: int = 1) -> AppTest:
    return cold("lessons", lesson=token_of(of_class), step=step)


def test_a_teacher_makes_a_class_and_its_two_links(runner: JobRunner):
    page = press(opened(), "class_make")
    made = page.session_state["class_made"]
    assert made.course == "a-lesson" and not made.is_measured and runner.store.classes.is_open(made.class_id)
    links = [given(one)["url"] for one in page.main.get("bidi_component") if str(one.key).startswith("class_")]
    assert [token_of(made) in links[0], control_token_of(made) in links[1]] == [True, True]


def test_a_class_waits_for_its_teacher(runner: JobRunner):
    of_class = taught(runner)
    page = student(of_class)
    assert "Your class takes this lesson." in words(page) and "before and after" not in words(page)
    answer(answer(page, "yes"), "no")
    answer(press(page, "lesson_next"), "c")
    assert page.query_params["step"] == str(REVEAL) and "Your teacher will show what is so." in words(page)
    assert charts(page) == [] and not any(one.key == "lesson_next" for one in page.button)
    answered = runner.store.classes
    assert answered.answers(of_class.class_id, "step-2") == [("c",)]
    assert answered.answers(of_class.class_id, "before-1") == [], "it does not measure"

    teacher = cold("lessons", **{"class": control_token_of(of_class)})
    assert "**1** has predicted." in words(teacher) and charts(teacher) == []
    teacher.toggle[0].set_value(True).run()
    assert charts(teacher) == ["class_answers"] and "is so" not in str(given_chart(teacher))
    until_drawn(press(teacher, "class_release"))
    assert "Agent 2 is worth" in words(teacher) and "is so" in str(given_chart(teacher))

    until_drawn(page.run())
    assert "Agent 2 is worth" in words(page) and charts(page) == ["lesson_reveal"]
    press(page, "lesson_back")
    assert not any(one.key == "lesson_predict_again" for one in page.button), "what is released is not predicted again"


def given_chart(page: AppTest) -> Any:
    return given(next(one for one in page.main.get("bidi_component") if one.key == "class_answers"))["figure"]


def test_a_class_that_measures_tells_its_students_and_shows_the_gain_of_five_or_more(runner: JobRunner):
    of_class = taught(runner, is_measured=True)
    assert "what you answer before and after" in words(student(of_class))
    answer(student(of_class), "yes")
    answered = runner.store.classes
    assert answered.answers(of_class.class_id, "before-1") == [("yes",)]
    teacher = cold("lessons", **{"class": control_token_of(of_class)})
    part = next(one for one in teacher.get("button_group") if one.key == "class_part")
    part.set_value("What was learned").run()
    assert "0 of the class have answered" in words(teacher)
    for number in range(6):
        said = {"before-1": "no", "before-2": "no", "after-1": "yes", "after-2": "no" if number else ""}
        for key, one in said.items():
            answered.answer(of_class.class_id, f"student {number}", key, one)
    teacher.run()
    assert not teacher.exception
    told = words(teacher)
    assert "| Is it so? | 0 % | 100 % | **+100**" in told and "| And this? | 100 % | 83 % | **−17**" in told
    assert "6 students" in told


def test_a_full_class_is_told_of_and_nothing_is_kept(runner: JobRunner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(classes, "MOST_STUDENTS", 1)
    of_class = taught(runner, is_measured=True)
    runner.store.classes.answer(of_class.class_id, "somebody", "before-1", "yes")
    page = student(of_class)
    page.radio[0].set_value("yes").run()
    press(page, "lesson_commit")
    assert "This class is full: it has 1 students." in words(page) and head(page)["number"] == 1
    assert page.radio and len(runner.store.classes.answers(of_class.class_id, "before-1")) == 1


def test_a_class_page_needs_the_teachers_own_link(runner: JobRunner):
    of_class = taught(runner)
    page = cold("lessons", **{"class": token_of(of_class)})
    assert "This teacher's link cannot be opened." in page.error[0].value and not page.main.markdown
    runner.store.classes.close(of_class.class_id)
    assert "This class is closed" in words(cold("lessons", **{"class": control_token_of(of_class)}))


def test_a_student_cannot_leave_the_lesson_unless_the_teacher_lets_them(runner: JobRunner):
    page = student(taught(runner))
    assert page.session_state["page"] == "lessons" and not any(one.key == "lesson_list" for one in page.button)
    assert not any("For teachers" in one.label for one in page.expander)
