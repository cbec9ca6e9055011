"""The functions of a lesson's truth.py: read once, called with the runs, and told of by file and line if they fail."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgs_core.errors import LessonError

TRUTH_FILE = "truth.py"


@dataclass(frozen=True)
class Functions:
    """What truth.py defines: its public functions by name, and where each begins."""

    place: str
    by_name: Mapping[str, Callable[[Any], Any]]

    def line(self, name: str) -> int:
        """Where a function begins, from 1."""
        return int(self.by_name[name].__code__.co_firstlineno)

    def call(self, name: str, runs: Any) -> Any:
        """What a function gives for the runs.

        Raises
        ------
        LessonError: the function fails; of what it raises itself the line of truth.py is told.
        """
        try:
            return self.by_name[name](runs)
        except LessonError:
            raise
        except Exception as error:
            raise LessonError(self.place, _line_in(self.place, error), f"{name}: {_words(error)}") from error


def read_functions(folder: Path) -> Functions:
    """Run a lesson's truth.py.

    Raises
    ------
    LessonError: there is no such file, it is no Python, or it fails when it is run.
    """
    path = folder / TRUTH_FILE
    place = f"{folder.name}/{TRUTH_FILE}"
    names: dict[str, Any] = {"__name__": f"truth of {folder.name}", "__file__": str(path)}
    try:
        exec(compile(path.read_text(encoding="utf-8"), place, "exec"), names)
    except FileNotFoundError:
        raise LessonError(
            place, 1, "a lesson is a folder with lesson.toml and truth.py; there is no truth.py"
        ) from None
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or _line_in(place, error)
        raise LessonError(place, line, f"must be Python; {getattr(error, 'msg', None) or _words(error)}") from None
    except Exception as error:
        raise LessonError(place, _line_in(place, error), _words(error)) from error
    is_own = {
        name: value
        for name, value in names.items()
        if not name.startswith("_") and getattr(getattr(value, "__code__", None), "co_filename", None) == place
    }
    return Functions(place, is_own)


def _line_in(place: str, error: BaseException) -> int:
    """The last line of the file that the error went through; 1 where there is none."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == place]
    return lines[-1] or 1 if lines else 1


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
