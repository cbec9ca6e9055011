"""The table of fields in docs/how-to/links-and-files.md: ``python -m tests.recipes.field_table`` rewrites it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cgs_core.errors import ScenarioError
from cgs_core.scenario import CHOICES, Agent, Scenario, field_facts

DOCUMENT = Path(__file__).parents[2] / "docs" / "how-to" / "links-and-files.md"
OWNERS: dict[str, type[Agent] | type[Scenario]] = {"scenario": Scenario, "agent": Agent}


def table(owner: type[Agent] | type[Scenario]) -> str:
    """One row a field: its name in the file, what it is called on the screen, what it may be, its default, its help."""
    rows = [row(owner, name) for name in owner.model_fields]
    return "\n".join(
        ["| field | on the screen | allowed | default | what it is |", "| --- | --- | --- | --- | --- |", *rows]
    )


def row(owner: type[Agent] | type[Scenario], name: str) -> str:
    facts = field_facts(name, owner)
    title = f"{facts.title} ({facts.symbol})" if facts.symbol else facts.title
    allowed = what_is_allowed(owner, name).removeprefix("must be ")
    default = json.dumps(facts.default if facts.default != () else [])
    return f"| `{name}` | {title} | {allowed} | `{default}` | {facts.help} |"


def choices_table() -> str:
    """One row a choice: its field, its name in the file, its title on the screen, what it does, whose it is."""
    rows = [
        f"| `{field}` | `{name}` | {choice.title} | {choice.sentence} | {choice.source} |"
        for field, choices in CHOICES.items()
        for name, choice in choices.items()
    ]
    heads = ["| field | choice | on the screen | what it does | source |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*heads, *rows])


def what_is_allowed(owner: type[Agent] | type[Scenario], name: str) -> str:
    """The sentence of the error that a value of no allowed type gives."""
    wrong: dict[str, Any] = {name: object()}
    try:
        owner(**wrong)
    except ScenarioError as error:
        return error.allowed
    raise AssertionError(f"{name} takes anything")


def with_tables(document: str) -> str:
    """The document with its tables as the fields are now; each lies between two comments."""
    tables = {f"fields of {label}": table(owner) for label, owner in OWNERS.items()} | {"choices": choices_table()}
    for label, text in tables.items():
        start, end = f"<!-- {label} -->\n", f"<!-- end of {label} -->\n"
        before, rest = document.split(start)
        document = f"{before}{start}\n{text}\n\n{end}{rest.split(end)[1]}"
    return document


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
