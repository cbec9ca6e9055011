"""Where a teacher makes a room: which game, for how many, and who plays the agents that nobody plays."""

from __future__ import annotations

import streamlit as st

from cgs_core.errors import RoomError, ScenarioError
from cgs_core.rooms import BOTS, READY_GAMES, Game, own_game
from cgs_core.rooms.guides import guide_text
from cgs_ui import session
from cgs_ui.plain_text import plain
from cgs_ui.rooms.place import OWN_PARAMETER, rooms, teachers_parameters
from cgs_ui.rooms.words import bot_words, code_words
from cgs_ui.session.visitor import visitor

_OWN = "own"
_AIMS = {
    "free_riders": "First everybody gets everything, then each by worth. Who still sends noise?",
    "cheap_or_clean": "For the same coins twice as many samples, some of which are wrong. What is worth more?",
    "odd_one_out": "One agent alone holds half of the classes. Does the rule see what it is worth?",
    _OWN: "The scenario that you have on screen in the Playground, with its data, its model and its rule.",
}
_FEWEST, _MOST, _USUAL = 3, 50, 30


def open_room() -> None:
    """The form; its button makes the room and shows its lobby."""
    _own_rooms()
    titles = {name: make(_USUAL).title for name, make in READY_GAMES.items()} | {_OWN: "The Playground's scenario"}
    st.markdown(
        "Every student plays one agent on a phone. Your class trains **one** model together, and each sees what it was "
        "worth and what it gets."
    )
    game = st.radio(
        "Which game?",
        titles,
        format_func=titles.__getitem__,
        captions=[_AIMS[name] for name in titles],
        key="room_game",
    )
    _guide(str(game))
    n_agents = st.slider(
        "Agents",
        _FEWEST,
        _MOST,
        _USUAL,
        key="room_n_agents",
        help="As many as there are students. Places that nobody takes are played by bots; two may share one.",
    )
    bots = _bots()
    if st.button("Open the room", type="primary", key="room_open"):
        try:
            made = _made(str(game), int(n_agents), bots)
            _, token = rooms().open(made, visitor())
        except (ScenarioError, RoomError) as error:
            st.error(plain(f"This room cannot be opened. {error}"), icon=":material/error:")
        else:
            st.query_params.from_dict(teachers_parameters(token))
            st.rerun()
    st.caption("Students need no account and no name. Nothing leaves this server.")


def _own_rooms() -> None:
    """The way back for a teacher whose browser was closed."""
    for room_id, view in rooms().own(visitor()).items():
        with st.container(horizontal=True, vertical_alignment="center", key=f"room_own_{room_id}", border=True):
            st.markdown(
                f"Your room **{code_words(view.code or '')}** is open: {plain(view.game.title)}, round of play "
                f"{view.play + 1}."
            )
            st.button(
                "Back to it",
                key=f"room_back_{room_id}",
                on_click=st.query_params.from_dict,
                args=({OWN_PARAMETER: room_id},),
            )


def _guide(name: str) -> None:
    """The teacher's page of a ready game, for who asks for it."""
    if name not in READY_GAMES:
        return
    with st.expander("Its forty minutes, for the teacher", key="room_guide", on_change="rerun") as opened:
        if opened.open:
            st.markdown(guide_text(name).partition("\n")[2])  # without its title: the game's, which is chosen above


def _bots() -> tuple[str, ...]:
    with st.expander("Who plays for those who are not there"):
        chosen = st.multiselect(
            "Bots, by turns",
            list(BOTS),
            ["honest"],
            format_func=bot_words,
            key="room_bots",
            help="To rehearse alone, take several kinds: a whole class of bots then plays.",
        )
    return tuple(chosen) or ("honest",)


def _made(name: str, n_agents: int, bots: tuple[str, ...]) -> Game:
    if name == _OWN:
        return own_game(session.scenario(), n_agents, bots)
    game = READY_GAMES[name](n_agents)
    allowed = tuple(bot for bot in bots if BOTS[bot].conduct in game.conducts)
    return Game(**(game.__dict__ | {"bots": allowed or ("honest",)}))
