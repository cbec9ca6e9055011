"""What goes deeper under the coalition game: one tab a question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from cgs_core import Trace
from cgs_core.contribution import (
    cgsv_approx,
    gram_game,
    permutation_path,
    plane_view,
    shapley_values,
    singleton_values,
    stratified_path,
    table_game,
)
from cgs_core.contribution.costs import measured_costs
from cgs_core.contribution.sampling import SamplingPath, ValueFunction
from cgs_core.errors import JobError
from cgs_core.figures import agent_name, arrows_figure, cost_figure, estimates_figure, tracking_figure
from cgs_core.figures.game.units import UNITS
from cgs_core.figures.style import percent
from cgs_core.mechanisms import is_replayable, replayed_reward_ratio
from cgs_core.metrics import accuracy_error, pearson, shares
from cgs_core.randomness import Stream, random_stream
from cgs_core.records.game import RetrainedGame, coalition_name
from cgs_core.runs import job_id
from cgs_core.studies.presets import PRESETS
from cgs_core.tidy import csv_text
from cgs_core.typing import FloatArray
from cgs_core.words import game_findings
from cgs_core.words.glossary import explained, linked
from cgs_ui import session
from cgs_ui.background import finished_rounds
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.game.axioms import axioms
from cgs_ui.game.captions import of_game
from cgs_ui.game.games import Game
from cgs_ui.session import choices, view

_EVALUATIONS = 20_000  # coalition values that the sampled estimates may ask for
_FORMATS = {"cosine": "%.4f", "accuracy": "%.1f %%", "worth": "%.4f"}  # of a coalition's value, by its unit
_N_PARAMS = 2_410  # of the default model: what the costs are measured with


def deeper(trace: Trace | None, game: Game) -> None:
    """The tabs of a game; without a trace it is the sandbox's."""
    views: dict[str, Callable[[], None]] = {}
    if trace is not None:  # the sandbox has drawn them already
        views["Arrows"] = lambda: _arrows(game)
    views["Exact or estimated"] = lambda: _estimates(game)
    views["Axioms"] = lambda: axioms(trace, game)
    if trace is not None:
        views["Who leaves, who joins"] = lambda: _who_leaves(trace, game)
        views["Does it track the truth?"] = lambda: _tracking(trace)
    views["Numbers"] = lambda: _numbers(game)
    choices.show_views(f"tab_of_{len(views)}", views)


def _arrows(game: Game) -> None:
    assert game.gram is not None
    st.caption(
        explained(
            "Each agent's weighted update as an arrow, in the plane that keeps most of them; their sum, the "
            "shared update, points to the right. The smaller the angle to it, the more an agent agrees."
        )
    )
    figure = arrows_figure(
        plane_view(game.gram), agents=game.agents, cosines=cgsv_approx(game.gram), scenario_id=game.run_id
    )
    chart(figure, "arrows", of_game(game))


# -- exact or estimated --------------------------------------------------------------------------------------


def _estimates(game: Game) -> None:
    exact = shapley_values(game.table)
    approx = singleton_values(game.table)
    _estimates_of(table_game(game.table), game, exact, approx)


def estimates_of_many(trace: Trace) -> None:
    """Estimates where the table of the game is too large: the gradient game of the last round, sampled."""
    gram, agents = trace.gram[-1], tuple(range(trace.scenario.n_agents))
    last = trace.rounds[-1].contribution_exact
    exact = last if last.size else None
    game = Game(
        "gradient", trace.scenario, np.zeros((1, 1)), agents, "cosine", gram, trace.n_rounds, trace.n_rounds - 1
    )
    _estimates_of(gram_game(gram), game, exact, cgsv_approx(gram))


def _estimates_of(values: ValueFunction, game: Game, exact: FloatArray | None, approx: FloatArray) -> None:
    n_agents = len(game.agents)
    if n_agents < 3:
        st.info("Two agents have two orders: there is nothing to estimate.", icon=":material/info:")
        return
    free = "the value alone is free but stays where it is"
    if game.unit == "cosine":
        free = (
            "the cosine approximation ψ is free but stays where it is, and is at best a multiple of the exact value: "
            "its share among the agents counts, not its height here"
        )
    name = f"estimated_of_{n_agents}"
    first = choices.one(name, 0, range(n_agents), lambda place: str(place + 1))
    with view.aside("estimated"):
        st.caption(
            explained(
                f"An estimate from randomly drawn coalitions closes in on the exact value; {free}. "
                "Bands: one standard error."
            )
        )
        agent = st.selectbox(
            "Agent", range(n_agents), first, format_func=lambda place: agent_name(game.agents[place]), key=name
        )
    figure = estimates_figure(
        exact, approx, _paths(values, game), agent=agent, agents=game.agents, unit=game.unit, scenario_id=game.run_id
    )
    chart(figure, "estimates", of_game(game))
    if view.is_bare():
        return
    st.caption(
        f"What each costs as agents are added, measured on this server when the first reader asked, with random "
        f"updates of {_N_PARAMS:,} numbers."
    )
    chart(cost_figure(_costs()), "costs", captions.of_page())


def _paths(values: ValueFunction, game: Game) -> dict[str, SamplingPath]:
    n_agents = len(game.agents)
    seed = 0 if game.scenario is None else game.scenario.start_seed
    rng = random_stream(seed, Stream.PERMUTATION_SAMPLING, game.round_index)
    n_orders = max(2, _EVALUATIONS // (n_agents - 1))
    n_draws = max(2, _EVALUATIONS // (2 * n_agents * (n_agents - 2)))
    return {
        "sampled orders": permutation_path(values, n_agents, n_orders, rng),
        "stratified by size": stratified_path(values, n_agents, n_draws, rng),
    }


@st.cache_resource(show_spinner="Measuring, once for everybody…")
def _costs() -> dict[str, list[tuple[int, float]]]:
    return measured_costs(_N_PARAMS)


# -- who leaves, and the truth -------------------------------------------------------------------------------


def _who_leaves(trace: Trace, game: Game) -> None:
    scenario, shown = trace.scenario, min(game.round_index, trace.n_rounds - 1)
    everybody, present = range(scenario.n_agents), list(game.agents)
    pay_before = trace.stack("reward_ratio")[shown]
    pay_now = None
    if is_replayable(scenario):
        grams = trace.gram[: shown + 1][:, present][:, :, present]
        settings = scenario.valuation, scenario.importance_smoothing, scenario.altruism_degree
        pay_now = replayed_reward_ratio(grams, *settings)[-1]
    retrained = _finished_game(trace)
    before = _shapley_of_all(trace, game, retrained)
    now, place = shapley_values(game.table), {agent: index for index, agent in enumerate(present)}
    st.caption(
        explained(
            "Switch agents off above. The values come from the tables, the pay from the uploads as they were in "
            "this run; that the others would have trained on from another model is not in it."
        )
    )
    factor = UNITS[game.unit].factor
    _values_and_pay(
        {
            "Agent": [agent_name(agent) for agent in everybody],
            "Shapley value, all there": [None if before is None else factor * before[agent] for agent in everybody],
            "Shapley value now": [factor * now[place[agent]] if agent in place else None for agent in everybody],
            "Pay, all there": [100 * pay_before[agent] for agent in everybody],
            "Pay now": [
                None if pay_now is None or agent not in place else 100 * pay_now[place[agent]] for agent in everybody
            ],
        }
    )
    if retrained is not None:
        values = retrained.values(min(game.round_index, retrained.n_rounds - 1))
        coalition = sum(1 << agent for agent in present)
        st.markdown(
            f"Retrained, this coalition's model is **{percent(values[coalition], 1)}** right; with everybody "
            f"it is {percent(values[-1], 1)} right.".replace(" %", "\u00a0%")
        )


def _values_and_pay(cells: dict[str, list[Any]]) -> None:
    """A row an agent; pay is in percent."""
    table = pd.DataFrame(cells)
    columns = {name: st.column_config.NumberColumn(format="%.3f") for name in table.columns if "Shapley" in name}
    columns |= {name: st.column_config.NumberColumn(format="%.1f %%") for name in table.columns if "Pay" in name}
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        column_config=columns,
        placeholder="–",
        alt="Each agent's Shapley value and pay with everybody there and now.",
    )
    st.caption(linked((("Shapley value", "shapley"), ("Pay", "pay"))))


def _shapley_of_all(trace: Trace, game: Game, retrained: RetrainedGame | None) -> FloatArray | None:
    """The same game's Shapley values with everybody there; None while they are not known."""
    if game.name == "retrained":
        return None if retrained is None else retrained.shapley(game.round_index)
    own = trace.rounds[game.round_index].contribution_exact
    return own if own.size else None


def _finished_game(trace: Trace) -> RetrainedGame | None:
    try:
        rounds = finished_rounds(job_id(trace.scenario, "retrained_game"))
    except JobError:
        return None
    assert isinstance(rounds, RetrainedGame)
    return rounds


def _tracking(trace: Trace) -> None:
    game = _finished_game(trace)
    if game is None:
        st.info(
            "To compare, every coalition has to be trained: choose the retrained game above and let it finish.",
            icon=":material/info:",
        )
        return
    exact = trace.contribution_exact
    cgsv = (trace.contribution_approx if exact is None else exact).mean(axis=0)
    retrained = game.shapley()
    error = float(accuracy_error(game.values()[-1], trace.scenario.info.n_test))
    correlation = None if np.ptp(retrained) <= error else pearson(retrained, cgsv)
    st.caption(
        "Across: an agent's Shapley value in the retrained game, where every coalition trains a model of its own by "
        "plain federated averaging: what it really adds. Up: its CGSV, mean over the rounds. Both as shares of the "
        "whole; on the dotted line they agree."
    )
    if not np.isfinite([shares(cgsv), shares(retrained)]).all():
        st.info("One side adds up to nothing, or mostly cancels: it has no shares.", icon=":material/info:")
        return
    figure = tracking_figure(
        cgsv,
        retrained,
        agents=range(trace.scenario.n_agents),
        pearson=correlation,
        scenario_id=trace.scenario.scenario_id,
    )
    chart(figure, "tracking", captions.of_run(trace.scenario))
    st.markdown(game_findings.tracking(cgsv, retrained, correlation, error))
    if warning := game_findings.tracking_warning(cgsv, retrained, error):
        st.warning(warning, icon=":material/warning:")
    for preset in PRESETS.values():
        if preset.page == "coalition-game" and preset.scenario != trace.scenario:
            st.button(
                f"Open “{preset.title}”", on_click=session.open_scenario, args=(preset.scenario,), help=preset.claim
            )


def _numbers(game: Game) -> None:
    n_agents, words = len(game.agents), UNITS[game.unit]
    names = [coalition_name(index, game.agents) for index in range(2**n_agents)]
    sizes = [index.bit_count() for index in range(2**n_agents)]
    shown = [name or "nobody" for name in names]
    table = pd.DataFrame({"Coalition": shown, "Agents": sizes, "Value": words.factor * game.table})
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        alt="Every coalition's value in the round on screen.",
        column_config={"Value": st.column_config.NumberColumn(format=_FORMATS[game.unit])},
    )
    st.caption(linked((("Coalition", "coalition"), ("Value", "worth_of_a_coalition"))))
    st.download_button(
        "All coalitions (CSV)",
        lambda: coalitions_csv(game),
        f"cgs-{game.run_id}-{game.name}-game.csv",
        "text/csv",
        on_click="ignore",
    )


def coalitions_csv(game: Game) -> str:
    """Tidy: round, coalition (agents' numbers, "1+3"), value; all rounds that were computed."""
    first = 1 if len(game.tables) == game.n_rounds else game.round_index + 1
    names = [coalition_name(index, game.agents) for index in range(2 ** len(game.agents))]
    rows = (
        (number, name, value)
        for number, table in enumerate(game.tables, first)
        for name, value in zip(names, table.tolist(), strict=True)
    )
    return csv_text(("round", "coalition", "value"), rows)
