"""Coalition game: what every coalition is worth, and the Shapley values that follow from it."""

from functools import partial

import streamlit as st

from cgs_core import Trace
from cgs_core.federation.retrained_game import max_retrained_agents
from cgs_core.records.game import RetrainedGame
from cgs_core.words import game_findings
from cgs_ui import session
from cgs_ui.controls import own_data
from cgs_ui.controls.pin import pin_button
from cgs_ui.controls.scenario_form import sidebar, use_own_data
from cgs_ui.controls.story_card import has_story, story_card
from cgs_ui.following.one_run import show_run
from cgs_ui.game.cost import cost_of_retraining
from cgs_ui.game.games import gradient_game, retrained_game
from cgs_ui.game.panel import MAX_TABLE_AGENTS, agents_present, picture
from cgs_ui.game.sandbox import sandbox
from cgs_ui.game.views import deeper, estimates_of_many
from cgs_ui.session import choices, view

GAMES = {
    "gradient": "Gradient game",
    "retrained": "Retrained game",
    "sandbox": "Sandbox",
}


def draw(trace: Trace, is_live: bool) -> None:
    with st.container():  # so that the pictures keep their place
        if has_story("coalition-game") and not view.is_bare():
            story_card(trace)
    n_agents = trace.scenario.n_agents
    if game_name == "retrained" and n_agents > max_retrained_agents(trace.scenario):
        st.info(game_findings.retraining_cost(trace.scenario), icon=":material/info:")
        return
    if n_agents > MAX_TABLE_AGENTS:
        if view.is_bare():
            view.sentence(game_findings.too_many(n_agents))
        else:
            st.info(game_findings.too_many(n_agents), icon=":material/info:")
        estimates_of_many(trace)
        return
    present = agents_present(trace.scenario)
    if not present:
        st.info("Nobody is left: switch an agent on.", icon=":material/info:")
    elif game_name == "gradient":
        picture(partial(gradient_game, trace, present), is_live, partial(deeper, trace), trace)
    elif trace.scenario != session.scenario() or not trace.is_complete:
        st.info("The coalitions are trained once the run itself is finished.", icon=":material/hourglass_top:")
    else:
        show_run(session.scenario, partial(draw_retrained, trace, present), "retrained", "retrained_game")


def draw_retrained(trace: Trace, present: list[int], game: RetrainedGame, is_live: bool) -> None:
    if game.scenario == trace.scenario:  # else the game before a change, of other agents
        picture(partial(retrained_game, game, trace, present), is_live, partial(deeper, trace), trace)


with (
    view.aside("game"),
    st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"),
):
    game_name = st.segmented_control(
        "Game",
        GAMES,
        format_func=GAMES.__getitem__,
        key="game",
        required=True,
        default=choices.one("game", "gradient", GAMES),
        label_visibility="collapsed",
    )
    if game_name == "gradient":
        cost_of_retraining(session.scenario())
    if game_name != "sandbox":
        pin_button(session.scenario(), "coalition_game")
if game_name != "sandbox":  # which is played without a scenario
    sidebar(session.scenario())
session.show_message()
session.update_link()
if game_name == "sandbox":
    sandbox()
else:
    own_data.require(session.scenario(), use_own_data)
    show_run(session.scenario, draw, key="game_run")
