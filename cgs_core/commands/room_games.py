"""The commands ``room games``, ``room guide`` and ``room rehearse``: the ready games, and bots that play them."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace

from cgs_core.commands.output import table
from cgs_core.commands.progress import with_progress
from cgs_core.records import Trace
from cgs_core.rooms.guides import GUIDES, guide_text
from cgs_core.rooms.ready_games import READY_GAMES
from cgs_core.rooms.rehearsal import Strategy, csv_of, rehearse
from cgs_core.scenario import Scenario

_AGENTS = 30
_HEADS = ("game", "agents", "rule", "bots", "n", "coins", "worth", "pay", "alone", "model", "payoff")


def add_games(actions: argparse._SubParsersAction[ArgumentParser]) -> None:
    """These three among the actions of ``room``."""
    actions.add_parser("games", help="the games that are ready, and what each is for").set_defaults(command=_list)
    guide = actions.add_parser("guide", help="a teacher's page of a ready game, as Markdown")
    guide.add_argument("game", choices=list(READY_GAMES))
    guide.set_defaults(command=lambda options: print(guide_text(options.game), end=""))
    action = actions.add_parser("rehearse", help="let bots play the ready games, once by each rule")
    action.add_argument("game", nargs="?", choices=list(READY_GAMES), help="all of them unless told")
    what = f"numbers of agents, {_AGENTS} unless told"
    action.add_argument("--agents", type=int, nargs="+", default=[_AGENTS], metavar="N", help=what)
    action.add_argument("--csv", action="store_true", help="print a CSV table, with all digits")
    action.set_defaults(command=_rehearse)


def _list(options: Namespace) -> None:
    rows = [(name, make(_AGENTS).title, GUIDES[name].aim) for name, make in READY_GAMES.items()]
    print(table(("game", "title", "aim"), rows), end="")


def _rehearse(options: Namespace) -> None:
    names = [options.game] if options.game else list(READY_GAMES)
    plays = [(name, n_agents) for name in names for n_agents in options.agents]
    found: list[Strategy] = []
    for name, n_agents in with_progress(plays, len(plays), "game"):
        found += rehearse(name, n_agents, _train)
    if options.csv:
        print(csv_of(found), end="")
        return
    rows = [
        (
            one.game,
            one.n_agents,
            one.rule,
            one.bot + ", other classes" * one.is_odd,
            one.n_bots,
            round(one.coins),
            one.worth,
            one.pay,
            one.accuracy_alone,
            one.accuracy,
            one.payoff,
        )
        for one in found
    ]
    print(table(_HEADS, rows), end="")


def _train(scenario: Scenario) -> Trace:
    from cgs_core.federation.experiment import run  # heavy: only when something is trained

    return run(scenario)
