"""The command line, ``cgs`` or ``python -m cgs_core``; ``--help`` lists the commands, a module of ``commands`` each."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from cgs_core.commands import (
    check,
    compare,
    estimators,
    export,
    game,
    leaderboard,
    lessons,
    listing,
    paper,
    room,
    run,
    store,
    sweep,
)
from cgs_core.errors import CgsError
from cgs_core.version import __version__

_STATUS_OF_CTRL_C = 130
_COMMANDS = {
    "run": (run.add_options, "run a scenario: its table, its trace in a folder, or JSON"),
    "sweep": (sweep.add_options, "vary one or two fields of a scenario over several seeds"),
    "compare": (compare.add_options, "run mechanisms side by side and write their table"),
    "game": (game.add_options, "what every coalition of the agents is worth, and the Shapley values"),
    "check": (check.add_options, "compute a scenario once more by the other engine, and say how far the two are apart"),
    "export": (export.add_options, "write a run's figures, report, program, or all of it"),
    "paper": (paper.add_options, "run a grid of the paper's experiments and write its tables"),
    "leaderboard": (leaderboard.add_options, "hold valuations and mechanisms against the truth in named cases"),
    "estimators": (estimators.add_options, "how many models must be trained to know what agents are worth"),
    "lessons": (lessons.add_options, "list, show and check the lessons"),
    "room": (room.add_options, "what came of a class room's game, from its file, or computed once more"),
    "store": (store.add_options, "check, back up, restore, list and forget what is stored"),
    "list": (listing.add_options, "list presets, mechanisms, fields or data sets"),
    "datasets": (listing.add_datasets_options, "list the data sets"),
}


def main(arguments: Sequence[str] | None = None, program: str = "python -m cgs_core") -> int:
    """Run a command.

    Parameters
    ----------
    arguments: of the command line; None: those of this process.
    program: how it was called, for the text of ``--help``.

    Returns
    -------
    The exit status: 0; 2 with one line on standard error for bad input; 130 with one line after Ctrl-C.
    """
    options = _parser(program).parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a character shows a question mark
    try:
        options.command(options)
    except (CgsError, OSError) as error:
        print("error:", *_sentence(error).splitlines(), file=sys.stderr)  # a field's name may hold line breaks
        return 2
    except KeyboardInterrupt:
        pass  # the sentence comes when the exception has let go of the bar, which ends its line
    else:
        return 0
    print(f"stopped: {options.when_stopped}", file=sys.stderr)
    return _STATUS_OF_CTRL_C


def console() -> None:
    """The installed command: ``main`` under the name by which it was called."""
    sys.exit(main(program=Path(sys.argv[0]).name))


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return error.for_operator if isinstance(error, CgsError) else str(error)


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description="Fair rewards in collaborative machine learning.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.set_defaults(when_stopped="nothing was written; give the same command again to start anew")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (add_options, help) in _COMMANDS.items():
        add_options(commands.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}."))
    return parser


if __name__ == "__main__":
    sys.exit(main())
