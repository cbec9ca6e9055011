"""Which lessons there are: the course, and those of the folder that ``CGS_LESSONS`` names."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from cgs_core.errors import LessonError
from cgs_core.lessons.functions import TRUTH_FILE
from cgs_core.lessons.lesson import LESSON_FILE, Lesson
from cgs_core.lessons.loader import load_lesson

VARIABLE = "CGS_LESSONS"
COURSE = Path(__file__).resolve().parent / "course"
_Stamps = tuple[tuple[int, int], ...]  # of both files: when written, how long


def lessons() -> dict[str, Lesson]:
    """The lessons that can be taught, by name: the course's in its order, then one's own. Files are read again when
    they have changed."""
    return {one.name: one for one in _all() if isinstance(one, Lesson)}


def broken_lessons() -> tuple[LessonError, ...]:
    """What is wrong with those that cannot be taught, with file and line."""
    return tuple(one for one in _all() if isinstance(one, LessonError))


def _all() -> list[Lesson | LessonError]:
    found: list[Lesson | LessonError] = []
    names: set[str] = set()
    for folder in [*_folders(COURSE), *_own_folders()]:
        one = _read(folder, _stamps(folder))
        if isinstance(one, Lesson) and one.name in names:
            one = LessonError(f"{folder.name}/{LESSON_FILE}", 1, f"there is a lesson named {one.name!r} already")
        if isinstance(one, Lesson):
            names.add(one.name)
        found.append(one)
    return sorted(
        found, key=lambda one: (one.number is None, one.number or 0) if isinstance(one, Lesson) else (True, 0)
    )


def _own_folders() -> list[Path]:
    named = os.environ.get(VARIABLE)
    return _folders(Path(named)) if named else []


def _folders(place: Path) -> list[Path]:
    """The folders of a place, but for hidden ones and Python's own; none where there is no such place."""
    if not place.is_dir():
        return []
    return sorted(one for one in place.iterdir() if one.is_dir() and not one.name.startswith((".", "_")))


def _stamps(folder: Path) -> _Stamps:
    files = [folder / LESSON_FILE, folder / TRUTH_FILE]
    return tuple((file.stat().st_mtime_ns, file.stat().st_size) if file.exists() else (0, 0) for file in files)


@cache
def _read(folder: Path, stamps: _Stamps) -> Lesson | LessonError:
    try:
        return load_lesson(folder)
    except LessonError as error:
        return error
