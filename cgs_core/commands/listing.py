"""The commands ``list`` and ``datasets``: what there is to choose from, by its name."""

from __future__ import annotations

import sys
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from cgs_core.commands.output import json_text, table
from cgs_core.mechanisms import MECHANISMS, ROW_FIELDS
from cgs_core.scenario import CHOICES, Agent, FieldFacts, Scenario, choices_of, field_facts, problems
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.presets import PRESETS


def add_options(command: ArgumentParser) -> None:
    """The options of ``list``, and what it does."""
    command.add_argument("what", choices=list(_LISTS), help=f"one of {', '.join(_LISTS)}")
    command.add_argument("--json", action="store_true", help="print one JSON document, and nothing else")
    command.set_defaults(command=_list)


def add_datasets_options(command: ArgumentParser) -> None:
    """The older name of ``list datasets``."""
    command.set_defaults(command=_list, what="datasets", json=False)


def _list(options: Namespace) -> None:
    as_table, content = _LISTS[options.what]
    print(json_text(content()) if options.json else as_table(), end="")
    for problem in problems() if options.what in ("mechanisms", "choices") else ():
        print(problem, file=sys.stderr)


# -- tables to read ----------------------------------------------------------------------------------------------


def _presets_table() -> str:
    return table(("name", "what it shows"), [(preset.name, preset.claim) for preset in PRESETS.values()])


def _mechanisms_table() -> str:
    """Each mechanism with its title; beneath it what it does, whose it is, and the fields that it sets."""
    lines = []
    for row in MECHANISMS.values():
        lines.append(f"{row.name}  {row.title}")
        needs = " Needs validation data." if row.needs_validation else ""
        fields = " ".join(f"{name}={value}" for name, value in row.fields.items())
        for words in (f"{row.sentence} ({row.source}){needs}", fields):
            lines += textwrap.wrap(words, 96, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def _fields_table() -> str:
    """Each field as ``--set`` names it, with its default; beneath it what it is and what it may be."""
    lines = []
    for owner, facts in _fields():
        path = facts.name if owner == "scenario" else f"agentN.{facts.name}"
        lines.append(path if facts.default is None else f"{path}={facts.default}")
        words = " ".join(filter(None, (facts.help, _allowed(facts))))
        lines += textwrap.wrap(words, 96, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def _choices_table() -> str:
    """What each field may be set to, with its words."""
    rows = [(one["field"], one["name"], one["title"], one["sentence"]) for one in _choices()]
    return table(("field", "name", "title", "what it does"), rows)


def _datasets_table() -> str:
    lines = [
        f"{info.name:14} {info.n_train:6} training + {info.n_test:5} test samples  {info.n_classes:2} classes  "
        f"{info.about}\n"
        for info in DATASETS.values()
    ]
    return "".join(lines)


# -- the same as JSON ----------------------------------------------------------------------------------------------


def _presets() -> list[dict[str, Any]]:
    return [
        {
            "name": preset.name,
            "title": preset.title,
            "claim": preset.claim,
            "held_on": preset.held_on,
            "scenario": preset.scenario.changed_fields(),
        }
        for preset in PRESETS.values()
    ]


def _mechanisms() -> list[dict[str, Any]]:
    names = ("name", "title", "sentence", *ROW_FIELDS, "needs_validation", "source")
    return [{name: getattr(row, name) for name in names} for row in MECHANISMS.values()]


def _field_facts() -> list[dict[str, Any]]:
    return [{"of": owner} | asdict(facts) for owner, facts in _fields()]


def _choices() -> list[dict[str, Any]]:
    words = ("title", "sentence", "source", "unit", "needs_validation")
    return [
        {"field": field, "name": name} | {word: getattr(choice, word) for word in words}
        for field in CHOICES
        for name, choice in choices_of(field).items()
    ]


def _datasets() -> list[dict[str, Any]]:
    names = ("name", "title", "about", "n_train", "n_test", "n_classes")
    return [{name: getattr(info, name) for name in names} for info in DATASETS.values()]


_LISTS: dict[str, tuple[Callable[[], str], Callable[[], list[dict[str, Any]]]]] = {
    "presets": (_presets_table, _presets),
    "mechanisms": (_mechanisms_table, _mechanisms),
    "fields": (_fields_table, _field_facts),
    "choices": (_choices_table, _choices),
    "datasets": (_datasets_table, _datasets),
}


# -- fields --------------------------------------------------------------------------------------------------------


def _fields() -> list[tuple[str, FieldFacts]]:
    """The fields of a scenario, but for its agents, and then those of an agent."""
    owners: dict[str, type[Scenario] | type[Agent]] = {"scenario": Scenario, "agent": Agent}
    return [
        (owner, field_facts(name, kind))
        for owner, kind in owners.items()
        for name in kind.model_fields
        if name != "agents"
    ]


def _allowed(facts: FieldFacts) -> str:
    if facts.choices:
        return f"One of {', '.join(facts.choices)}."
    if facts.minimum is None:
        return ""
    below = "below " if facts.is_maximum_open else ""
    return f"From {facts.minimum}" + (" up." if facts.maximum is None else f" to {below}{facts.maximum}.")
