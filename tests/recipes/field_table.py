"""The table of fields in docs/how-to/links-and-files.md: ``python -m tests.recipes.field_table`` rewrites it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cgs_core.errors import ScenarioError
from cgs_core.scenario import Agent, Scenario, field_facts

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
    for label, owner in OWNERS.items():
        start, end = f"<!-- fields of {label} -->\n", f"<!-- end of fields of {label} -->\n"
        before, rest = document.split(start)
        document = f"{before}{start}\n{table(owner)}\n\n{end}{rest.split(end)[1]}"
    return document


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
