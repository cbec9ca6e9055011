"""A coalition game on screen: who is there, the walk through the orders, and the main picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import permutations
from math import factorial

import streamlit as st

from cgs_core import Scenario, Trace
from cgs_core.figures import (
    MAX_LATTICE_AGENTS,
    MAX_PROJECTED_LATTICE_AGENTS,
    BarsState,
    LatticeHighlight,
    agent_name,
    lattice_figure,
    marginals_by_size_figure,
)
from cgs_core.records.game import coalition_name
from cgs_core.words import game_findings
from cgs_core.words.glossary import explained
from cgs_ui import session
from cgs_ui.charts.chart import chart, round_player
from cgs_ui.controls.keys import is_shown, key_of
from cgs_ui.game.captions import of_game
from cgs_ui.game.games import Game
from cgs_ui.session import choices, view
from cgs_ui.why.dialog import ask_in_dialog, asked_in_dialog, why_agent, why_dialog, why_picker

MAX_TABLE_AGENTS = 16
"""Above it the tables of 2**N values of a round are too large to draw from."""


def agents_present(scenario: Scenario) -> list[int]:
    """The switches that let an agent leave and come back; all are there at first."""
    everybody = list(range(scenario.n_agents))
    name = f"present_of_{scenario.n_agents}"
    first = choices.several(name, everybody, everybody, lambda agent: str(agent + 1))
    with view.aside("present"):
        chosen = st.pills(
            "Agents present: switch one off and it has left",
            everybody,
            selection_mode="multi",
            default=first,
            format_func=agent_name,
            key=name,
            label_visibility="collapsed",
        )
    return sorted(chosen)


# -- the walk ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Walk:
    """How far the reader has walked through the orders in which ``n_agents`` may join."""

    n_agents: int
    order: tuple[int, ...]
    n_joined: int = 0
    walked: tuple[tuple[int, ...], ...] = ()

    def step(self) -> Walk:
        """The next agent joins; after the last one the next order begins."""
        if self.n_joined == self.n_agents:
            return self.next_order().step()
        joined = replace(self, n_joined=self.n_joined + 1)
        if joined.n_joined < self.n_agents or self.order in self.walked:
            return joined
        return replace(joined, walked=(*self.walked, self.order))

    def finish(self) -> Walk:
        """This order to its end, or the next one if it is there already."""
        walk = self.step()
        while walk.n_joined < walk.n_agents:
            walk = walk.step()
        return walk

    def next_order(self) -> Walk:
        """The start of the next order that has not been walked; of the first one after all were."""
        orders = list(permutations(range(self.n_agents)))
        after = orders.index(self.order) + 1
        left = (order for order in orders[after:] + orders[:after] if order not in self.walked)
        return replace(self, order=next(left, orders[0]), n_joined=0)

    def finish_all(self) -> Walk:
        """Every order walked."""
        everything = tuple(permutations(range(self.n_agents)))
        return Walk(self.n_agents, everything[-1], self.n_agents, everything)

    def to_text(self) -> str:
        """For a link: the order from 1, how many have joined, and the orders walked as bits in hexadecimal digits."""
        numbers = {order: number for number, order in enumerate(permutations(range(self.n_agents)))}
        bits = sum(1 << numbers[order] for order in self.walked)
        return f"{''.join(str(agent + 1) for agent in self.order)}-{self.n_joined}-{bits:x}"

    @classmethod
    def from_text(cls, text: str, n_agents: int) -> Walk:
        """The walk of such a text; a walk that has not begun where it is none of so many agents."""
        orders = list(permutations(range(n_agents)))
        by_text = {"".join(str(agent + 1) for agent in order): order for order in orders}
        found = re.fullmatch(r"(\d{1,9})-(\d)-([0-9a-f]{1,200})", text)
        if found is None or found[1] not in by_text or int(found[2]) > n_agents:
            return cls(n_agents, orders[0])
        bits = int(found[3], 16)
        walked = tuple(order for number, order in enumerate(orders) if bits >> number & 1)
        return cls(n_agents, by_text[found[1]], int(found[2]), walked)


def _walk(n_agents: int) -> Walk:
    """The walk of so many agents that the page remembers."""
    return Walk.from_text(choices.of_page().get(f"walk_of_{n_agents}", ""), n_agents)


def _set_walk(walk: Walk) -> None:
    is_fresh = walk == Walk(walk.n_agents, tuple(range(walk.n_agents)))
    choices.keep(f"walk_of_{walk.n_agents}", None if is_fresh else walk.to_text())


def _walk_controls(game: Game) -> Walk:
    walk = _walk(len(game.agents))
    orders = list(permutations(range(len(game.agents))))
    key = key_of("order", walk.order)

    def change_order() -> None:
        if is_shown("order", key):
            _set_walk(replace(walk, order=st.session_state[key], n_joined=0))

    st.selectbox(
        "Order of joining to walk",
        orders,
        orders.index(walk.order),
        key=key,
        on_change=change_order,
        format_func=lambda one: "Order " + "→".join(str(game.agents[agent] + 1) for agent in one),
        label_visibility="collapsed",
        width=195,
    )
    moves: dict[str, tuple[Callable[[], Walk], str]] = {
        "Step": (
            walk.step,
            "The next agent joins. What it adds, averaged over all orders, is its Shapley value.",
        ),
        "Walk it": (walk.finish, "This order to its end, or the next one."),
        "Walk all": (walk.finish_all, f"All {factorial(walk.n_agents)} orders."),
        "Clear": (partial(Walk, walk.n_agents, walk.order), "Forget the walk."),
    }
    for words, (move, help_text) in moves.items():
        st.button(words, on_click=lambda move=move: _set_walk(move()), help=help_text, key=f"walk_{words}")
    return walk


# -- the picture ---------------------------------------------------------------------------------------------


@st.fragment
def picture(
    build: Callable[[], Game], is_live: bool, below: Callable[[Game], None], trace: Trace | None = None
) -> None:
    """The game's main picture with its controls, the round player, and what goes deeper.

    ``build`` makes the game for the round on screen; a part of the page by itself, so that walking sends little.
    ``trace`` is the run that the game is of: why its agents are paid what they are can be asked then.
    """
    game = build()
    if view.is_bare():
        _bare_picture(build, is_live, trace)
        return
    top, middle, player, foot = (st.container() for _ in range(4))
    if game.n_rounds > 1:
        with player:
            stopped_at = round_player(game.run_id, game.n_rounds, _total(game), session.round_index())
        if stopped_at != session.round_index():
            session.set_round_index(stopped_at)
            game = build()
    top.markdown(explained(game_findings.headline(game, trace)))
    if note := game_findings.absent(game, trace):
        top.caption(note)
    with middle:
        if len(game.agents) <= MAX_LATTICE_AGENTS:
            walk = _lattice(game, is_live, has_whys=trace is not None)
            foot.caption(explained(_progress(walk)))
        else:
            _marginals(game, is_live)
            st.caption(
                explained(
                    f"{2 ** len(game.agents):,} coalitions are too many for a lattice: this is the mean of what an "
                    "agent adds, by how many are there before it. Along its line the mean is its Shapley value."
                )
            )
    if trace is not None and not is_live:
        with foot:
            _offer_whys(game, trace)
    below(game)


def _offer_whys(game: Game, trace: Trace) -> None:
    """What a click on a bar opens, by keyboard; and the dialog where somebody has asked."""
    why_picker(game.agents, why_agent)
    asked = asked_in_dialog()
    if isinstance(asked, int):
        why_dialog(trace, asked, min(game.round_index, trace.n_rounds - 1), _whose(game, trace))


def _whose(game: Game, trace: Trace) -> str:
    """Which run the steps are of, where the game is another one."""
    if game.name == "retrained":
        return "Of the run itself: it pays by its own valuation, and the retrained game pays nobody."
    return "Of the run with all its agents." if len(game.agents) < trace.scenario.n_agents else ""


def _bare_picture(build: Callable[[], Game], is_live: bool, trace: Trace | None) -> None:
    """The sentence, the picture and its player; the walk is as far as the link says."""
    game = build()
    sentence, middle = st.container(), st.container()
    if game.n_rounds > 1:
        stopped_at = round_player(game.run_id, game.n_rounds, _total(game), session.round_index())
        if stopped_at != session.round_index():
            session.set_round_index(stopped_at)
            game = build()
    with sentence:
        view.sentence(game_findings.headline(game, trace))
    most = MAX_PROJECTED_LATTICE_AGENTS if view.is_projected() else MAX_LATTICE_AGENTS
    with middle:
        if len(game.agents) <= most:
            _lattice(game, is_live, has_whys=trace is not None)
        else:
            _marginals(game, is_live)
    if trace is not None and not is_live:
        _offer_whys(game, trace)


def _marginals(game: Game, is_live: bool) -> None:
    figure = marginals_by_size_figure(
        game.tables, agents=game.agents, unit=game.unit, scenario_id=game.run_id, is_projected=view.is_projected()
    )
    chart(figure, "marginals", of_game(game, len(game.tables) > 1), is_live)


def _total(game: Game) -> int:
    return game.n_rounds if game.scenario is None else game.scenario.n_rounds


def _lattice(game: Game, is_live: bool, has_whys: bool = False) -> Walk:
    with view.aside("walk"), st.container(horizontal=True, gap="xsmall"):
        walk = _walk_controls(game)
        highlight = _highlight(game)
    figure = lattice_figure(
        game.tables,
        agents=game.agents,
        unit=game.unit,
        highlight=replace(highlight, path=walk.order[: walk.n_joined]),
        bars=BarsState(walk.walked, walk.order[: walk.n_joined]),
        scenario_id=game.run_id,
        is_projected=view.is_projected(),
    )
    chart(
        figure,
        "lattice",
        of_game(game, len(game.tables) > 1),
        is_live,
        on_pick=lambda number: _picked(number, game, has_whys),
    )
    return walk


def _progress(walk: Walk) -> str:
    n_orders = factorial(walk.n_agents)
    if walk.walked:
        return f"The bars are the mean over {len(walk.walked)} of {n_orders} orders."
    if walk.n_joined:
        return f"The first of {n_orders} orders is being walked: hollow bars are what each agent added so far."
    return "The bars are the mean of what an agent adds over all orders of joining: walk one to see it being made."


def _highlight(game: Game) -> LatticeHighlight:
    n_agents = len(game.agents)
    options = [
        "nothing",
        *(f"agent {place}" for place in range(n_agents)),
        *(f"coalition {index}" for index in range(2**n_agents)),
    ]
    chosen = choices.of_page().get("highlight", "nothing")
    chosen = chosen if chosen in options else "nothing"
    key = key_of("highlight", chosen)

    def change() -> None:
        if is_shown("highlight", key):
            _set_highlight(st.session_state[key])

    def words(option: str) -> str:
        kind, _, number = option.partition(" ")
        if kind == "agent":
            return f"Where {agent_name(game.agents[int(number)])} joins"
        if kind == "coalition":
            return f"Coalition {coalition_name(int(number), game.agents, ' + ') or 'of nobody'}"
        return "Highlight nothing"

    st.selectbox(
        "Highlight",
        options,
        options.index(chosen),
        key=key,
        on_change=change,
        format_func=words,
        label_visibility="collapsed",
        width=165,
    )
    kind, _, number = chosen.partition(" ")
    return LatticeHighlight(
        agent=int(number) if kind == "agent" else None, coalition=int(number) if kind == "coalition" else None
    )


def _picked(number: int, game: Game, has_whys: bool) -> None:
    """A click: on a coalition, or on the bar of an agent, whose numbers follow."""
    agent = number - 2 ** len(game.agents)
    if has_whys and 0 <= agent < len(game.agents):
        ask_in_dialog(game.agents[agent])
    else:
        _pick(number, len(game.agents))


def _pick(coalition: int, n_agents: int) -> None:
    """A click on a coalition; a second one lets it go."""
    chosen = f"coalition {coalition}"
    if 0 <= coalition < 2**n_agents:
        _set_highlight("nothing" if choices.of_page().get("highlight") == chosen else chosen)


def _set_highlight(chosen: str) -> None:
    choices.keep("highlight", None if chosen == "nothing" else chosen)
