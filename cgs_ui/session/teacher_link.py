"""A teacher's link: a scenario of which only some fields may be changed, or a lesson that a class takes together. The
server signs it, so nobody can alter it.

The rights are kept here and asked for in one place, ``cgs_ui.session.set_scenario``; controls that are locked are only
a courtesy. A lesson binds who opens its link; the app without the link is as free as ever.

Of a class there are two links with the same content: the students', and the teacher's, which is signed as another
kind of text, so that neither can be made from the other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cgs_core import CgsError, Scenario, ScenarioError
from cgs_core.runs.settings import default_store_path
from cgs_core.scenario import SCHEMA_VERSION, field_facts
from cgs_core.scenario.text import fields_of, packed, unpacked
from cgs_ui.session.adjusted import adjusted

OTHER_PAGES = "pages"  # the right to go to other pages
COMPARED = "compared"  # the right to choose what is compared: the mechanisms, the question of a sweep, the seeds
_USUAL = ("agents", "n_agents", "altruism_degree", "dataset", "split", COMPARED, OTHER_PAGES)
RIGHTS = (*_USUAL, *(name for name in Scenario.model_fields if name not in _USUAL and name != "own_data"))
"""All rights; first what a lesson usually leaves free."""

LOCKED = "Locked in this lesson."
_LEADING = ("dataset", "n_agents")  # what others must follow: ``adjusted``
_SECRET_BYTES = 32
_log = logging.getLogger(__name__)
_CONTROL = "control:"  # before what a teacher's signature is of; no content has a colon
_REFUSED = "must be a teacher's link as this server made it, whole"


class KeyFileError(CgsError):
    """The server's key for teachers' links can be neither read nor made."""


@dataclass(frozen=True)
class Lesson:
    """What a teacher's link shows at first, and what may be changed: those of ``RIGHTS``."""

    scenario: Scenario
    page: str = ""  # "": whichever is opened
    allowed: frozenset[str] = frozenset()
    shown: Mapping[str, str] = field(default_factory=dict)  # the link's other parameters: the round, the tab and so on
    course: str = ""  # the lesson of the course that a class takes; "": the link is of a scenario
    class_id: str = ""
    is_measured: bool = False  # whether what the class learns is counted

    def allows(self, right: str) -> bool:
        """Whether this may be changed."""
        return ("dataset" if right == "own_data" else right) in self.allowed

    def permitted(self, before: Scenario, wanted: Scenario) -> tuple[Scenario, list[str]]:
        """The wanted scenario as far as it may be, and the titles of the fields that are not as wanted.

        What must follow an allowed change (fewer agents: fewer edits) follows; what else came with it does not. All is
        reckoned from the lesson's own scenario, so that no walk through what is free, there and back, moves what is
        locked. ``ScenarioError`` where the rest does not fit.
        """
        changed = [name for name in Scenario.model_fields if getattr(wanted, name) != getattr(before, name)]
        free = {
            name: getattr(wanted, name)
            for name in filter(self.allows, Scenario.model_fields)
            if getattr(wanted, name) != getattr(self.scenario, name)
        }
        new = self.scenario
        for name in _LEADING:
            if name in free or (name == "dataset" and "own_data" in free):
                new = new.replace(**adjusted(new, name, getattr(wanted, name), wanted.own_data)[0])
        new = new.replace(**{name: getattr(wanted, name) for name in filter(self.allows, Scenario.model_fields)})
        return new, [field_facts(name).title for name in changed if self._is_refused(name, before, wanted, new)]

    def _is_refused(self, name: str, before: Scenario, wanted: Scenario, new: Scenario) -> bool:
        """Whether a field is not as wanted; going back to what the lesson says is no refusal."""
        was, asked, is_now, first = (getattr(one, name) for one in (before, wanted, new, self.scenario))
        return is_now != asked and (is_now == was or is_now != first)


def token_of(lesson: Lesson, store: Path | None = None) -> str:
    """The lesson as text for a link: its content, a dot, and the signature of the server with this store."""
    content = _content(lesson)
    return f"{content}.{_signature(content, store)}"


def control_token_of(lesson: Lesson, store: Path | None = None) -> str:
    """The text for the link by which a teacher follows a class and releases its reveals."""
    content = _content(lesson)
    return f"{content}.{_signature(_CONTROL + content, store)}"


def lesson_of(token: str, store: Path | None = None) -> Lesson:
    """The lesson of a text of ``token_of``; ``ScenarioError`` for one that this server has not signed."""
    return _signed("lesson", token, "", store)


def controlled_lesson_of(token: str, store: Path | None = None) -> Lesson:
    """The same of a text of ``control_token_of``; the students' text is refused."""
    return _signed("class", token, _CONTROL, store)


def _content(lesson: Lesson) -> str:
    scenario = {"schema_version": SCHEMA_VERSION} | lesson.scenario.changed_fields()
    fields: dict[str, Any] = {
        "scenario": scenario,
        "page": lesson.page,
        "allowed": sorted(lesson.allowed),
        "shown": dict(lesson.shown),
    }
    if lesson.course:
        fields |= {"course": lesson.course, "class": lesson.class_id, "measured": lesson.is_measured}
    return packed(fields)


def _signed(parameter: str, token: str, kind: str, store: Path | None) -> Lesson:
    content, _, signature = token.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(kind + content, store).encode()):
        raise ScenarioError(parameter, _REFUSED, token)
    fields = fields_of(unpacked(content))
    of_class = (fields.get("course", ""), fields.get("class", ""), fields.get("measured", False))
    scenario = Scenario.from_fields(fields["scenario"])
    return Lesson(scenario, fields["page"], frozenset(fields["allowed"]), fields["shown"], *of_class)


def _signature(content: str, store: Path | None) -> str:
    digest = hmac.new(server_key(store), content.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def server_key(store: Path | None = None) -> bytes:
    """The server's secret, in a file beside its store that only its owner may read; made when first asked for.

    A file that is too short to be one (a full disk, an empty file) is no key: a new one takes its place, and links of
    before are no longer opened.

    Raises
    ------
    KeyFileError: it can be neither read nor made.
    """
    store = store or default_store_path()
    path = store.with_name(f"{store.name}.secret")
    try:
        found = path.read_bytes() if path.exists() else b""
        if len(found) < _SECRET_BYTES:
            _make_secret(path, is_there=path.exists())
            found = path.read_bytes()
    except OSError as error:
        _log.error("the key of teachers' links, %s: %s", path, error.strerror)
        raise KeyFileError("the server cannot read its key for teachers' links; ask who runs it") from None
    return found


def _make_secret(path: Path, is_there: bool) -> None:
    """Whole or not at all; another process may have been first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, new = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_SECRET_BYTES))
    try:
        if is_there:
            _log.warning("%s held no key for teachers' links: a new one was made, links of before do not open", path)
            Path(new).replace(path)
        else:
            os.link(new, path)
    except FileExistsError:
        pass
    finally:
        Path(new).unlink(missing_ok=True)
