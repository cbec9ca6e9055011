"""What can go wrong, as a small tree: every error says which field, what is allowed and what came.

CgsError
├── ScenarioError   a scenario that cannot be run (also an unknown or missing field)
├── AddedError      a choice that another package has added does not do what one of its kind does
├── DataError       a data file that is missing, damaged or not what it may be; own data name row and column
├── RecordError     a stored trace or round that cannot be read
├── LessonError     a lesson that cannot be read, or whose truth function fails: its file and line
├── JobError        a background job that cannot be accepted, found or finished
│   ├── DamagedError    what was stored of one was damaged; it was dropped and is computed again
│   └── StoreError      the file of stored runs cannot be used
├── RoomError       a class room that cannot be found, entered or moved on; a token that opens nothing
├── ExportError     something that cannot be exported: a format, a run, a figure that came from a browser
└── NoPictureError  no picture can be drawn: no Chromium is there, or it did not draw
"""

from __future__ import annotations


class CgsError(Exception):
    """Base of all errors that this package raises on purpose. Its text may be shown to anybody."""

    @property
    def for_operator(self) -> str:
        """The same for whoever runs the program: a ``StoreError`` names its file."""
        return str(self)


def failure_words(error: BaseException) -> str:
    """What failed, for a sentence: an error of this package says it itself, of another one its kind is told too."""
    return str(error) if isinstance(error, CgsError) else f"{type(error).__name__}: {error}"


class ScenarioError(CgsError, ValueError):
    """A scenario field is out of range, of the wrong type, unknown, or clashes with another field.

    Parameters
    ----------
    field: the field's path as in the JSON file, for instance ``agents[2].label_noise``.
    allowed: what the field may be, in words.
    got: the value that came.
    """

    def __init__(self, field: str, allowed: str, got: object) -> None:
        self.field = field
        self.allowed = allowed
        self.got = got
        super().__init__(f"{field}: {allowed}; got {_shown(got)}")


class AddedError(CgsError):
    """A valuation, rule, split, conduct or model of another package failed, or gave what none of its kind may give.

    Parameters
    ----------
    row: which one, for instance "valuation 'my-worth:projection'".
    why: what is wrong with it, in words.
    """

    def __init__(self, row: str, why: str) -> None:
        self.why = why
        super().__init__(f"{row}: {why}")


class DataError(CgsError):
    """A data file is missing or does not hold what it must.

    Parameters
    ----------
    message: what is allowed and what came.
    row: of a person's own file, from 1 as a spreadsheet counts (a table's names are row 1); None: the whole file.
    column: its number, from 1, or the array's name; None: the whole row.
    """

    def __init__(self, message: str, row: int | None = None, column: int | str | None = None) -> None:
        self.row = row
        self.column = column
        place = [f"{word} {value}" for word, value in (("row", row), ("column", column)) if value is not None]
        super().__init__(": ".join(filter(None, [", ".join(place), message])))


class LessonError(CgsError):
    """A lesson's file is not what it must be, or a function of it fails.

    Parameters
    ----------
    file: its path, for instance "my_lesson/lesson.toml".
    line: where, from 1.
    what: the field or function, what is allowed, and what came.
    """

    def __init__(self, file: str, line: int, what: str) -> None:
        self.file = file
        self.line = line
        self.what = what
        super().__init__(f"{file}, line {line}: {what}")


class RecordError(CgsError):
    """Stored bytes are not a readable round or trace."""


class JobError(CgsError):
    """A background job cannot be accepted, found or finished."""


class DamagedError(JobError):
    """What was stored of a run was damaged: its rounds have been dropped, and it is computed again."""


class StoreError(JobError):
    """The file of stored runs cannot be used.

    Parameters
    ----------
    message: for whoever visits; it names no place of the server.
    for_operator: the same with the file's path and the cause.
    """

    def __init__(self, message: str, for_operator: str) -> None:
        self._for_operator = for_operator
        super().__init__(message)

    @property
    def for_operator(self) -> str:
        """With the path of the file."""
        return self._for_operator


class RoomError(CgsError):
    """A class room cannot be found or entered, a token opens nothing, or something is not for the room's phase."""


class ExportError(CgsError, ValueError):
    """Something cannot be exported: which field, what is allowed, and what came, as of a ``ScenarioError``."""

    def __init__(self, field: str, allowed: str, got: object) -> None:
        self.field = field
        super().__init__(f"{field}: {allowed}; got {_shown(got)}")


class NoPictureError(CgsError):
    """No picture can be drawn here: there is no Chromium, or it did not draw."""


def _shown(value: object, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
