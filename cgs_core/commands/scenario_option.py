"""What most commands begin with: a scenario of a file or a preset, with fields changed, on its data."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cgs_core.data.own.given import add_own_data_options, on_given_data
from cgs_core.errors import ScenarioError
from cgs_core.scenario import Scenario
from cgs_core.studies.presets import PRESETS

OnScenario = Callable[[argparse.Namespace, Scenario], None]


def add_scenario_options(
    command: argparse.ArgumentParser,
    metavar: str = "SCENARIO.json",
    help: str = "a scenario file, or - for standard input",
) -> None:
    """The options that say which scenario it is; ``given_scenario`` reads them."""
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("scenario", nargs="?", metavar=metavar, help=help)
    source.add_argument(
        "--preset", choices=list(PRESETS), metavar="NAME", help=f"a scenario that has a name: {', '.join(PRESETS)}"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        dest="changes",
        metavar="FIELD=VALUE",
        help="a field that is to be different, such as altruism_degree=inf, agent5.label_noise=0.4 or "
        "mechanism=fedavg; as often as there are fields",
    )
    add_own_data_options(command)


def on_scenario(command: OnScenario) -> Callable[[argparse.Namespace], None]:
    """The command, given the scenario of its options, whose own data are there meanwhile."""

    def with_scenario(options: argparse.Namespace) -> None:
        with changed_on_its_data(options, given_scenario(options)) as scenario:
            command(options, scenario)

    return with_scenario


def given_scenario(options: argparse.Namespace) -> Scenario:
    """The scenario of the file or the preset, as it is there."""
    return PRESETS[options.preset].scenario if options.preset is not None else read_scenario(options.scenario)


@contextmanager
def changed_on_its_data(options: argparse.Namespace, scenario: Scenario) -> Iterator[Scenario]:
    """The scenario with the data of ``--data``, which are on this machine meanwhile, and then with ``--set``."""
    with on_given_data(options, scenario) as own:
        yield with_changes(own, options.changes)


def read_scenario(name: str) -> Scenario:
    """The scenario of a file, or of standard input ("-"); what is wrong with it is told with the file's name.

    A byte-order mark at its start is passed over.

    Raises
    ------
    ScenarioError: it is no text in UTF-8, no JSON, or no valid scenario.
    OSError: the file cannot be read.
    """
    content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    place = "standard input" if name == "-" else name
    try:
        return Scenario.from_json(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ScenarioError(place, "must be text in UTF-8", content[error.start : error.end]) from None
    except ScenarioError as error:
        raise ScenarioError(f"{place}: {error.field}", error.allowed, error.got) from None


def with_changes(scenario: Scenario, texts: Sequence[str]) -> Scenario:
    """The scenario with the changes of texts such as "n_rounds=10", "agent5.label_noise=0.4", "mechanism=cgsv".

    Fields of the scenario change together, since some are allowed only with each other; then agents and mechanism.

    Raises
    ------
    ScenarioError: a text has no "=", a field comes twice, or what comes out is no valid scenario.
    """
    from cgs_core.studies.sweeps import parsed_value, varied

    changes: dict[str, object] = {}
    for text in texts:
        name, sign, typed = text.partition("=")
        if not sign or name in changes:
            raise ScenarioError("set", "must be FIELD=VALUE, each field once", text)
        changes[name] = parsed_value(typed)
    together = {name: value for name, value in changes.items() if name in Scenario.model_fields and name != "agents"}
    scenario = scenario.replace(**together)
    for name, value in changes.items():
        if name not in together:
            scenario = varied(scenario, name, value)
    return scenario
