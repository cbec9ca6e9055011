"""Choices that other packages add: found by their entry points, or given by ``register``; tried, and off if broken.

An added choice is named "package:name". An entry point of the group ``cgs.valuations`` (``cgs.splits`` and so on) in
the metadata of an installed package leads to a row: its words, and what it does. One that is broken is never offered,
and what is wrong with it is a sentence (``problems``). Looking for entry points imports nothing; a package is
imported when its choices are first asked for.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata
from typing import ClassVar, TypeVar

from cgs_core.errors import AddedError, ScenarioError
from cgs_core.scenario.choices import CHOICES, Choice

GROUPS = {
    "valuation": "cgs.valuations",
    "reward_rule": "cgs.reward_rules",
    "importance_rule": "cgs.importance_rules",
    "split": "cgs.splits",
    "conduct": "cgs.conducts",
    "model": "cgs.models",
}
"""By field that others may add choices to: the group of entry points."""

_TITLE_LETTERS = 60
Result = TypeVar("Result")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,60}:[A-Za-z]\w{0,40}", re.ASCII)


@dataclass(frozen=True)
class Row(ABC):
    """A choice with what it does. Each kind of choice has a class of rows: ``Valuation``, ``RewardRule`` and so on.

    ``name`` is the scenario's name for it, which is given to it where it is found.
    """

    kind: ClassVar[str]  # the scenario's field

    choice: Choice
    name: str = field(default="", kw_only=True)

    @abstractmethod
    def check(self) -> None:
        """Try it on something small. Raises ``AddedError``, or whatever its own code raises."""

    @property
    def stands_on(self) -> tuple[str, ...]:
        """What else decides its numbers, as "name==version": it is part of the fingerprint of runs that use it."""
        return ()

    @property
    def is_added(self) -> bool:
        """Whether another package has added it."""
        return ":" in self.name

    def run(self, step: Callable[[], Result]) -> Result:
        """What its own code gives; what goes wrong in another package's code is an error that names the row."""
        try:
            return step()
        except Exception as error:
            if not self.is_added:  # a defect of this package is to be seen as it is
                raise
            raise self.error(f"failed, {type(error).__name__}: {error}") from error

    def error(self, why: str) -> AddedError:
        """What is wrong with it, as an error that names it."""
        return AddedError(f"{self.kind.replace('_', ' ')} '{self.name}'", why)


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class _Added:
    row: Row
    version: str


_registered: dict[tuple[str, str], _Added] = {}


def register(row: Row, name: str, version: str = "0") -> None:
    """Add a choice in this program: scenarios of it run here, by ``run``, ``sweep`` and ``compare``.

    The app and its workers are other processes: what they are to know comes as a package with an entry point.

    Parameters
    ----------
    row: what it is, for instance a ``cgs_core.mechanisms.Valuation``.
    name: "package:name", as a scenario is to say it.
    version: enters the fingerprint of runs that use it.

    Raises
    ------
    ScenarioError: the name is not of that form, or is taken.
    AddedError: the row does not do what a row of its kind does.
    """
    if not _NAME.fullmatch(name):
        raise ScenarioError("name", 'must be "package:name", of letters, digits and underscores', name)
    if (row.kind, name) in _registered or name in _entries(row.kind):
        raise ScenarioError("name", f"must be another one: there is a {row.kind} of this name", name)
    named = _named(row, name)
    _registered[row.kind, name] = _Added(named, version)


def forget(row_kind: str, name: str) -> None:
    """Take back what ``register`` has added."""
    _registered.pop((row_kind, name), None)


def choices_of(kind: str) -> dict[str, Choice]:
    """All choices of a field by name, those of other packages last."""
    return {**CHOICES[kind], **{name: one.row.choice for name, one in _added(kind).items()}}


def choice_of(kind: str, name: str) -> Choice:
    """One choice of a field; raises ``ScenarioError`` where there is none of that name."""
    if not is_choice(kind, name):
        raise ScenarioError(kind, why_not(kind, name) or f"must be one of {', '.join(choices_of(kind))}", name)
    return CHOICES[kind][name] if name in CHOICES[kind] else choices_of(kind)[name]


def is_choice(kind: str, name: str) -> bool:
    """Whether a field has a choice of this name. No package is loaded to say it of our own."""
    return name in CHOICES[kind] or name in choices_of(kind)


def problems() -> tuple[str, ...]:
    """A sentence on each choice of an installed package that is switched off since it is broken."""
    found = (_found(kind, name) for kind in GROUPS for name in _entries(kind))
    return tuple(one for one in found if isinstance(one, str))


def why_not(kind: str, name: object) -> str | None:
    """Why there is no choice of a name that a package could have: which package has it; None for any other value."""
    if kind not in GROUPS or not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    if name in _entries(kind):
        return str(_found(kind, name))
    package, _, own = name.partition(":")
    what = kind.replace("_", " ")
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        return f"needs the package '{package}', which is not installed here, for its {what} '{own}'"
    return f"must be there: the package '{package}' {version}, which is installed here, has no {what} '{own}'"


def versions(names: Mapping[str, str]) -> tuple[str, ...]:
    """Of choices by their fields, those that other packages added, and what these stand on: "package:name==version"."""
    found = [(name, _added(kind).get(name)) for kind, name in names.items() if kind in GROUPS]
    added = [(name, one) for name, one in found if one is not None]
    own = {f"{name}=={one.version}" for name, one in added}
    return tuple(sorted(own.union(*(one.row.stands_on for _, one in added))))


class Rows(Mapping[str, R]):
    """The table of one kind: the rows that come with this package, then those that others have added."""

    def __init__(self, kind: str, rows: Mapping[str, R]) -> None:
        self._kind, self._rows = kind, {name: replace(row, name=name) for name, row in rows.items()}

    def __getitem__(self, name: str) -> R:
        return self._rows[name] if name in self._rows else _added(self._kind)[name].row  # type: ignore[return-value]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._rows, *_added(self._kind)))

    def __len__(self) -> int:
        return len(self._rows) + len(_added(self._kind))


def _added(kind: str) -> dict[str, _Added]:
    installed = {name: _found(kind, name) for name in _entries(kind)}
    there = {name: one for name, one in installed.items() if isinstance(one, _Added)}
    return there | {name: one for (own, name), one in _registered.items() if own == kind}


@cache
def _entries(kind: str) -> dict[str, metadata.EntryPoint]:
    """The entry points of a kind, by the names of their choices."""
    found = metadata.entry_points(group=GROUPS[kind]) if kind in GROUPS else ()
    named = {f"{_plain(one.dist.name)}:{one.name}": one for one in found if one.dist is not None}
    return {name: named[name] for name in sorted(named) if _NAME.fullmatch(name)}


def _plain(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


@cache
def _found(kind: str, name: str) -> _Added | str:
    """The row of an entry point; or, where it is broken, what is wrong with it."""
    entry = _entries(kind)[name]
    assert entry.dist is not None
    try:
        row = entry.load()
        if not isinstance(row, Row) or row.kind != kind:
            raise TypeError(f"{entry.value} must be a row of this kind; got {type(row).__name__}")
        named = _named(row, name)
    except (Exception, SystemExit) as error:  # whatever another package's code does, nothing else is harmed by it
        why = error.why if isinstance(error, AddedError) else f"{type(error).__name__}: {error}"
        package = f"{entry.dist.name} {entry.dist.version}"
        return f"'{name}' of the package {package} is switched off, since it does not work: {' '.join(why.split())}"
    return _Added(named, entry.dist.version)


def _named(row: Row, name: str) -> Row:
    """The row under its name, tried; its title says whose it is, so that no two choices have one title."""
    title = " ".join(str(getattr(row.choice, "title", "")).split())
    if not title or len(title) > _TITLE_LETTERS:
        raise row.error(f"its choice must be a Choice with a title of 1 to {_TITLE_LETTERS} letters; got {title!r}")
    choice = replace(row.choice, title=f"{title} ({name.partition(':')[0]})")
    named = replace(row, name=name, choice=choice)
    named.check()
    return named
