"""A lesson for a classroom: what each of its files says, and that no answer is where students look."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader

from cgs_core.errors import NoPictureError
from cgs_core.export.chromium import VARIABLE
from cgs_core.export.lesson_pack import folder_name, jobs_of_pack, lesson_pack, lesson_zip
from cgs_core.export.lesson_slide import slide
from cgs_core.export.printing import printed
from cgs_core.lessons import Finished, Lesson, lessons, load_lesson
from cgs_core.lessons.shelf import COURSE
from cgs_core.lessons.training import train
from cgs_core.lessons.trials import jobs_of
from tests.lessons.folders import lesson_folder

TEXTS = {"teachers-page.html", "hand-out.html", "two-questions.html", "slide.svg"}
PDFS = {"teachers-page.pdf", "hand-out.pdf", "two-questions.pdf"}


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    return load_lesson(lesson_folder(tmp_path_factory.mktemp("own"), name="7_a_lesson"))


@pytest.fixture(scope="module")
def finished(lesson: Lesson) -> Finished:
    return train(jobs_of_pack(lesson))


def _words(file: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", file.decode()))


def test_a_pack_has_four_parts_as_pages_and_three_of_them_as_pdf(lesson: Lesson, finished: Finished) -> None:
    files = lesson_pack(lesson, finished)
    assert set(files) == TEXTS | PDFS and folder_name(lesson) == "7-a-lesson"
    pages = {name: PdfReader(io.BytesIO(files[name])).pages for name in PDFS}
    for name, sheets in pages.items():
        assert (round(float(sheets[0].mediabox.width)), round(float(sheets[0].mediabox.height))) == (595, 842), "A4"
        assert "A lesson" in sheets[0].extract_text(), name
    assert len(pages["two-questions.pdf"]) == 2  # one sheet for before, one for after
    assert files["hand-out.html"].count(b"data:image/svg+xml") == 1
    assert all(b"http" not in re.sub(rb"http://www.w3.org/\d+/\w+", b"", files[name]) for name in TEXTS)


def test_the_teachers_page_has_the_answers_and_their_spread_over_ten_seeds(lesson: Lesson, finished: Finished) -> None:
    words = _words(lesson_pack(lesson, finished, no_pictures="not now.")["teachers-page.html"])
    for part in (
        "All of it.",
        "Right: Agent 2.",
        "of 10 seeds",
        "It has few samples.",
        "Agent 1 is paid 100 %.",
        "It is not.",
    ):
        assert part in words
    assert "There are no pictures and no PDF in this pack: not now." in words


def test_no_answer_is_in_what_students_are_given(lesson: Lesson, finished: Finished) -> None:
    files = lesson_pack(lesson, finished, no_pictures="not now.")
    for name in TEXTS - {"teachers-page.html"}:
        words = _words(files[name])
        for part in ("Right", "is worth 0", "few samples", "is paid", "It is.", "It is not.", 'class="right"'):
            assert part not in words, name
    assert "Who is worth most?" in _words(files["hand-out.html"]) and "Agent 3" in _words(files["hand-out.html"])
    assert "Which agent?" in _words(files["slide.svg"])
    assert _words(files["two-questions.html"]).count("Is it so?") == 2


def test_a_slide_draws_who_holds_what_or_the_arrows_and_its_words_are_large() -> None:
    course = lessons()
    for name, drawn in (("would-you-join", "Agent 5 · 247 samples"), ("what-is-a-shapley-value", "Agent 3")):
        lesson = course[name]
        step = lesson.predictions[0]
        picture = slide(lesson, step, step.text, step.question.text)
        assert drawn in picture and all(option.label in picture for option in step.question.options)
        assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', picture)) >= 25  # of 900 pixels


def test_without_a_chromium_there_are_pages_that_say_so(
    lesson: Lesson, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "no-such-chromium")
    with zipfile.ZipFile(io.BytesIO(lesson_zip(lesson, finished))) as archive:
        assert set(archive.namelist()) == {f"cgs-lesson-7-a-lesson/{name}" for name in TEXTS}
        page = _words(archive.read("cgs-lesson-7-a-lesson/teachers-page.html"))
    assert "No Chromium is on this machine" in page
    assert "Who holds what" in page or "Agent 1" in page  # a picture's place has its words
    with pytest.raises(NoPictureError, match="no PDF"):
        printed({"a": "<p>a</p>"})


def test_a_chromium_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(program))
    with pytest.raises(NoPictureError, match="could not be printed; Chromium ended with status 3"):
        printed({"a": "<p>a</p>"})


@pytest.mark.parametrize("name", ["what-is-a-shapley-value", "would-you-join"])
def test_the_hand_outs_of_the_course_hold_none_of_its_results(name: str) -> None:
    lesson = next(one for one in lessons().values() if one.name == name and one.folder.parent == COURSE)
    finished = train(jobs_of_pack(lesson) if not lesson.scenarios else jobs_of(lesson))
    if lesson.scenarios:  # one seed stands for all: what is asked here is where answers stand
        finished = finished | {
            other: finished[own]
            for index in range(1, 10)
            for own, other in zip(jobs_of(lesson), jobs_of(lesson.with_seed(index)), strict=True)
        }
    files = lesson_pack(lesson, finished, no_pictures="not now.")
    given = _words(files["hand-out.html"]) + _words(files["slide.svg"])
    for step in lesson.steps:
        for number in lesson.facts(step, finished).values():
            if isinstance(number, float) and number not in (0, 1):
                assert f"{number:.3f}" not in given and f"{100 * number:.1f}" not in given
        said = [step.answer, *([] if step.question is None else [one.told for one in step.question.options])]
        assert all(text[:25] not in given for text in said if text)
