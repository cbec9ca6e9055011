"""Events are lines: with a request's number, and nothing of a person in them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from cgs_core.errors import CgsError
from cgs_ui.frame import logs, traffic


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back afterwards."""
    found = logging.getLogger()
    level = found.level
    yield found
    found.setLevel(level)


def line(message: str, *values: object, exc_info: object = None) -> str:
    return logs.Line("name", logging.ERROR, "file", 1, message, values, exc_info).getMessage()


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("closed by 203.0.113.9:5123", "closed by [address]"),
        ("closed by [2001:db8::7]:443 now", "closed by [address] now"),
        ("from ::1", "from [address]"),
        ("GET /playground?s=abc&lesson=def HTTP", "GET /playground?... HTTP"),
        ("session 123e4567-e89b-12d3-a456-426614174000 left", "session [id] left"),
        ("visitor q9Xk_0aBcDeFgHiJkLmNoPqRsTuVwXyZ", "visitor [token]"),
        ("two\nlines", "two lines"),
        ("at 12:30:45 version 1.67.0, SessionClientDisconnectedError", None),
    ],
)
def test_what_could_name_a_person_is_left_out(said: str, written: str | None) -> None:
    assert line("%s", said) == (written or said)


def test_an_exception_is_one_line_without_what_was_typed(root: logging.Logger) -> None:
    try:
        raise ValueError("Anna\nsaid so")
    except ValueError as error:
        raised = (ValueError, error, error.__traceback__)
    root.setLevel(logging.INFO)
    told = line("a page failed", exc_info=raised)
    assert "ValueError" in told and "test_logs.py" in told and "Anna" not in told and "\n" not in told
    root.setLevel(logging.DEBUG)
    assert "Anna said so" in line("a page failed", exc_info=raised)


def test_an_event_has_its_requests_number() -> None:
    token = logs.request_number.set(12)
    try:
        assert line("made") == "#12 made"
    finally:
        logs.request_number.reset(token)
    assert line("made") == "made"


def test_levels_have_names() -> None:
    assert logs.level_of(None) == logs.level_of("INFO") == logging.INFO
    with pytest.raises(CgsError, match=r"CGS_LOG: must be one of debug, info, warning, error; got 'loud'"):
        logs.level_of("loud")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/", "/"),
        ("/playground", "/playground"),
        ("/cgs/export", "/cgs/export"),
        ("/_stcore/upload_file/0b1e/9c2d", "/_stcore/upload_file"),
        ("/media/3f00.csv", "/[a file]"),
        ("/anna", "/[a file]"),
    ],
)
def test_a_path_is_told_without_what_it_names(path: str, told: str) -> None:
    assert traffic.place(path) == told
