"""In which line of a TOML file a key stands: Python's reader tells it of what is no TOML, but not of a wrong value."""

from __future__ import annotations

import re
from collections.abc import Sequence

Path = tuple[str | int, ...]
_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\"'-]+)\s*\]\]?")
_KEY = re.compile(r"^\s*([\w.\"'-]+)\s*=")
_LONG_QUOTES = ('"""', "'''")


def lines_of(text: str) -> dict[Path, int]:
    """By path of a table or key, such as ("step", 2, "title"): its line, from 1; () is the first line.

    Keys inside of inline tables are not told apart from the line that they begin in.
    """
    found: dict[Path, int] = {(): 1}
    sizes: dict[tuple[str, ...], int] = {}  # of the arrays of tables, by their names
    table: Path = ()
    open_quotes: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if open_quotes is None:
            if header := _HEADER.match(line):
                table = _opened(_names(header[2]), header[1] == "[[", sizes)
                found.setdefault(table, number)
            elif key := _KEY.match(line):
                found.setdefault((*table, *_names(key[1])), number)
        open_quotes = _still_open(line, open_quotes)
    return found


def line_of(lines: dict[Path, int], path: Sequence[str | int]) -> int:
    """The line of a path, or of what it lies in where it has none of its own."""
    whole = tuple(path)
    return next(lines[whole[:end]] for end in range(len(whole), -1, -1) if whole[:end] in lines)


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in dotted.split("."))


def _opened(names: tuple[str, ...], is_array: bool, sizes: dict[tuple[str, ...], int]) -> Path:
    """The path of a table that a header opens: of the last one of each array that it lies in."""
    if is_array:
        for inner in [one for one in sizes if one[: len(names)] == names and one != names]:
            del sizes[inner]  # they were the arrays of the table before
        sizes[names] = sizes.get(names, 0) + 1
    path: list[str | int] = []
    for end in range(1, len(names) + 1):
        path.append(names[end - 1])
        if names[:end] in sizes:
            path.append(sizes[names[:end]] - 1)
    return tuple(path)


def _still_open(line: str, open_quotes: str | None) -> str | None:
    """Which long quotes are open after the line, if those given are open before it."""
    place = 0
    while True:
        wanted = _LONG_QUOTES if open_quotes is None else (open_quotes,)
        places = [(line.find(one, place), one) for one in wanted if line.find(one, place) >= 0]
        if not places:
            return open_quotes
        place, quotes = min(places)
        place += len(quotes)
        open_quotes = quotes if open_quotes is None else None
