"""The command ``lessons``: which there are, what one says, whether it is so on ten seeds, and packs for classrooms."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cgs_core.commands.output import json_text, table
from cgs_core.commands.progress import with_progress
from cgs_core.errors import ExportError, LessonError
from cgs_core.lessons import N_SEEDS, Finished, Job, Lesson, broken_lessons, lessons, load_lesson
from cgs_core.lessons.training import trained_one_by_one
from cgs_core.lessons.trials import Trial, jobs_of, jobs_of_trials, trials
from cgs_core.places import check_writable, write_whole
from cgs_core.words.lesson_words import lines_of_step, trial_words

_MOST_SEEDS = 100


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of ``lessons``, and what each of its own commands does."""
    actions = command.add_subparsers(required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="the course, then the lessons of the folder that CGS_LESSONS names")
    listed.add_argument("--json", action="store_true", help="print one JSON document, and nothing else")
    listed.set_defaults(command=_list)
    shown = actions.add_parser("show", help="what a lesson says, screen by screen, with its numbers")
    shown.add_argument("name", metavar="LESSON", help="its name, as list prints it, or a folder")
    shown.set_defaults(command=_show)
    checked = actions.add_parser("check", help="whether what a lesson says is so on several seeds")
    checked.add_argument("name", metavar="FOLDER", help="a lesson's folder, or the name of one")
    checked.add_argument(
        "--seeds",
        type=int,
        default=N_SEEDS,
        metavar="N",
        help=f"how many, {N_SEEDS} unless told; all but one must hold",
    )
    checked.add_argument("--json", action="store_true", help="print one JSON document, and nothing else")
    checked.set_defaults(command=_check)
    packed = actions.add_parser("pack", help="a lesson, or all of them, for a classroom: pages, slide, questions")
    packed.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where a folder a lesson goes")
    packed.add_argument("--lesson", metavar="NAME", help="its name or folder; all lessons unless told")
    packed.set_defaults(command=_pack)


def lesson_of(name: str) -> Lesson:
    """The lesson of a name, or of a folder."""
    known = lessons()
    if name in known:
        return known[name]
    folder = Path(name).resolve()
    if folder.is_dir():
        return load_lesson(folder)
    raise ExportError("LESSON", f"must be a lesson's folder, or one of {', '.join(known)}", name)


def trained(jobs: Iterable[Job]) -> Finished:
    """The runs and games that are asked for, each once, with a bar."""
    distinct = list(dict.fromkeys(jobs))
    return dict(with_progress(trained_one_by_one(distinct), len(distinct), "run"))


# -- list ----------------------------------------------------------------------------------------------------


def _list(options: argparse.Namespace) -> None:
    broken = broken_lessons()
    if options.json:
        print(
            json_text({"lessons": [_facts(one) for one in lessons().values()], "broken": list(map(str, broken))}),
            end="",
        )
        return
    rows = [(one.name, f"{one.minutes:g}", one.title) for one in lessons().values()]
    print(table(("name", "minutes", "title"), rows), end="")
    for error in broken:
        print(f"left out: {error}")


def _facts(lesson: Lesson) -> dict[str, Any]:
    names = ("name", "number", "title", "minutes", "aim")
    return {name: getattr(lesson, name) for name in names} | {"steps": [step.kind for step in lesson.steps]}


# -- show ----------------------------------------------------------------------------------------------------


def _show(options: argparse.Namespace) -> None:
    lesson = lesson_of(options.name)
    finished = trained(jobs_of(lesson))
    print(f"{lesson.title} ({lesson.minutes:g} minutes)\n{lesson.aim}")
    for step in lesson.steps:
        print(f"\n{step.title} [{step.kind}]")
        for line in lines_of_step(lesson, step, finished):
            print(f"  {line}")
    for check in lesson.checks:
        right = next(option.label for option in check.options if option.key == check.right)
        print(f"\n{check.text} [before and after]\n  {right}. {check.why}")


# -- check ---------------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> None:
    lesson = lesson_of(options.name)
    if not 2 <= options.seeds <= _MOST_SEEDS:
        raise ExportError("seeds", f"must be from 2 to {_MOST_SEEDS}", options.seeds)
    finished = trained((*jobs_of(lesson), *jobs_of_trials(lesson, options.seeds)))
    for step in lesson.steps:
        lines_of_step(lesson, step, finished)  # raises where a fact is missing
    tried = trials(lesson, finished, options.seeds)
    if options.json:
        print(
            json_text(
                {"lesson": lesson.name, "held": all(one.is_held for one in tried), "trials": list(map(_tried, tried))}
            ),
            end="",
        )
    else:
        for one in tried:
            print(trial_words(one))
    if not all(one.is_held for one in tried):
        _refuse(lesson, next(one for one in tried if not one.is_held))


def _tried(trial: Trial) -> dict[str, Any]:
    return {
        "step": trial.step.title,
        "what": trial.what,
        "held": trial.is_held,
        "on": list(trial.held),
        "answers": [truth.answer for truth in trial.truths],
        "margins": list(trial.by),
    }


def _refuse(lesson: Lesson, trial: Trial) -> None:
    file, line = lesson.place(
        "step", lesson.steps.index(trial.step), *(["question"] if trial.what == "truth" else ["claim"])
    )
    n_seeds, n_held = len(trial.held), trial.held.count(True)
    if not trial.is_as_explained:
        raise LessonError(
            file, line, f"expected: the texts explain another answer than the runs give, {trial.truths[0].answer!r}"
        )
    raise LessonError(
        file,
        line,
        f"the {trial.what} must hold on the shown seed and at least {n_seeds - 1} of {n_seeds}; it held on {n_held}",
    )


# -- pack ----------------------------------------------------------------------------------------------------


def _pack(options: argparse.Namespace) -> None:
    from cgs_core.export import can_draw, lesson_pack

    chosen = list(lessons().values()) if options.lesson is None else [lesson_of(options.lesson)]
    check_writable(options.out)  # told before the training
    finished = trained(job for lesson in chosen for job in lesson_pack.jobs_of_pack(lesson))
    n_files = 0
    for lesson in with_progress(chosen, len(chosen), "lesson"):
        files = lesson_pack.lesson_pack(lesson, finished)
        write_whole(options.out / lesson_pack.folder_name(lesson), files)
        n_files += len(files)
    what = "1 lesson" if len(chosen) == 1 else f"{len(chosen)} lessons"
    print(f"{what}, {n_files} files written to {options.out}")
    if not can_draw():
        print("without pictures and PDF: this machine has no Chromium, and CGS_CHROMIUM names none")
