"""A lesson for a classroom, as files: the teacher's page, the hand-out, the slide, the two questions, HTML and PDF.

All of it is generated from the lesson and its runs; nothing is trained here.
"""

from __future__ import annotations

from cgs_core.errors import NoPictureError
from cgs_core.export.bundle import Files, zipped
from cgs_core.export.lesson_pages import Drawn, Pictures, hand_out, questions_page, teachers_page
from cgs_core.export.lesson_pictures import given_figure, result_figure, spread_figure
from cgs_core.export.lesson_slide import slide
from cgs_core.export.pictures import pictures
from cgs_core.export.printing import printed
from cgs_core.figures.style import Figure
from cgs_core.lessons import Finished, Job, Lesson
from cgs_core.lessons.trials import Trial, jobs_of, jobs_of_trials, trials
from cgs_core.words.lesson_words import filled

TEACHERS = "teachers-page"
_SHEET_WIDTH = 700  # pixels between the margins of A4


def jobs_of_pack(lesson: Lesson) -> tuple[Job, ...]:
    """What a pack is made of: the runs and games of all screens, and those of the ten seeds."""
    return tuple(dict.fromkeys((*jobs_of(lesson), *jobs_of_trials(lesson))))


def lesson_pack(lesson: Lesson, finished: Finished, no_pictures: str | None = None) -> Files:
    """The files of one lesson, by name; about ten seconds where there is a Chromium, else one.

    Parameters
    ----------
    finished: the rounds of ``jobs_of_pack(lesson)``.
    no_pictures: why nothing shall be drawn and printed, if so. The teacher's page says it.

    Raises
    ------
    LessonError: a function of the lesson fails.
    """
    tried = trials(lesson, finished)
    figures = _figures(lesson, finished, tried)
    drawn, why_not = _drawn(figures, no_pictures)
    note = "" if why_not is None else f"There are no pictures and no PDF in this pack: {why_not}"
    pages = {
        TEACHERS: teachers_page(lesson, finished, tried, drawn, note),
        "hand-out": hand_out(lesson, finished, drawn),
        "two-questions": questions_page(lesson),
    }
    files = {f"{name}.html": html.encode() for name, html in pages.items()}
    files |= _slides(lesson, finished)
    if why_not is None:
        try:
            files |= {f"{name}.pdf": pdf for name, pdf in printed(pages).items()}
        except NoPictureError as error:
            files[f"{TEACHERS}.html"] = teachers_page(
                lesson, finished, tried, drawn, f"There is no PDF: {error}"
            ).encode()
    return files


def folder_name(lesson: Lesson) -> str:
    """Under which a lesson's files lie: "3-from-worth-to-pay"."""
    return lesson.name if lesson.number is None else f"{lesson.number}-{lesson.name}"


def lesson_zip(lesson: Lesson, finished: Finished, no_pictures: str | None = None) -> bytes:
    """``lesson_pack`` as one ZIP."""
    return zipped(f"cgs-lesson-{folder_name(lesson)}", lesson_pack(lesson, finished, no_pictures))


def _figures(lesson: Lesson, finished: Finished, tried: list[Trial]) -> dict[tuple[int, str], Figure]:
    """All figures of the pack, by step and what they are."""
    found: dict[tuple[int, str], Figure | None] = {}
    for index, step in enumerate(lesson.steps):
        found[index, "given"] = given_figure(lesson, step)
        if step.question is not None:
            truths = next(one.truths for one in tried if one.step is step and one.what == "truth")
            found[index, "result"] = result_figure(lesson, step, finished)
            found[index, "spread"] = spread_figure(lesson, step, truths[0], truths[1:] if lesson.scenarios else ())
    return {place: figure for place, figure in found.items() if figure is not None}


def _drawn(figures: dict[tuple[int, str], Figure], no_pictures: str | None) -> tuple[Pictures, str | None]:
    """The figures with their pictures, or without and why."""
    svgs: list[bytes] | None = None
    if no_pictures is None:
        try:
            svgs = pictures([_for_paper(figure) for figure in figures.values()], "svg")
        except NoPictureError as error:
            no_pictures = str(error)
    drawn = {
        place: Drawn(figure, None if svgs is None else svgs[number])
        for number, (place, figure) in enumerate(figures.items())
    }
    return drawn, no_pictures


def _for_paper(figure: Figure) -> Figure:
    """The figure as wide as a sheet's text, so that its own text is as large as that."""
    layout = figure["layout"]
    return figure | {"layout": layout | {"meta": layout["meta"] | {"picture_width": _SHEET_WIDTH}}}


def _slides(lesson: Lesson, finished: Finished) -> Files:
    """A slide for each question."""
    files: Files = {}
    for number, step in enumerate(lesson.predictions, 1):
        given = lesson.given(step, finished)
        text, asked = (filled(lesson, step, field, given) for field in ("text", "question"))
        name = "slide.svg" if len(lesson.predictions) == 1 else f"slide-{number}.svg"
        files[name] = slide(lesson, step, text, asked).encode()
    return files
