"""What the class room's screens say of a game's choices, and what is told of an action that could not be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from cgs_core.errors import JobError, RoomError, ScenarioError
from cgs_core.figures.style import percent
from cgs_core.mechanisms import MECHANISMS
from cgs_core.rooms import Game, Move, Rule
from cgs_core.scenario.choices import CHOICES
from cgs_ui.plain_text import plain

CONDUCT_WORDS = {
    "honest": "What my model has learnt",
    "free_rider": "Noise: I train nothing",
    "echo": "An echo: what I got back last time",
    "sign_flipper": "The opposite of what it has learnt",
    "copy": "My neighbour's data as mine: no coins",
    "split": "The same, as two agents that share my data",
}
"""What a student sends, as a choice of the student's."""

BY_WORDS = {"moved": "", "kept": "kept from before", "default": "never chosen: honest", "bot": "a bot"}
"""How an agent came to its move."""

_TOLD = "room_told"


def act(what: Callable[..., Any], *given: Any) -> None:
    """Do something in a room, for a callback; why it could not be done is told at the next look."""
    try:
        what(*given)
    except (RoomError, ScenarioError, JobError) as error:
        tell(str(error))


def tell(words: str) -> None:
    """Have this said at the next look, once."""
    st.session_state[_TOLD] = words


def show_told() -> None:
    """What the last action ended in, once."""
    if told := st.session_state.pop(_TOLD, None):
        st.warning(plain(told), icon=":material/warning:")


def move_words(game: Game, move: Move) -> str:
    """A move in one line: "100 clean samples, what my model has learnt"."""
    if move.conduct == "copy":
        return CONDUCT_WORDS["copy"]
    kind = f"{'cheap' if move.is_cheap else 'clean'} " if has_cheap(game) else ""
    sent = CONDUCT_WORDS[move.conduct]
    return f"{move.samples} {kind}samples" + (f"; sent: {sent[0].lower()}{sent[1:]}" if is_free(game) else "")


def has_cheap(game: Game) -> bool:
    """Whether there is anything to choose between clean and cheap data."""
    return game.cheap_price < game.clean_price


def is_free(game: Game) -> bool:
    """Whether the game allows anything but to be honest."""
    return len(game.conducts) > 1


def bot_words(name: str) -> str:
    """A bot's name as people read it: "free rider"."""
    return name.replace("_", " ")


def cheap_words(game: Game) -> str:
    """What cheap data are."""
    return f"Of cheap data {percent(game.cheap_noise)} of the labels are wrong."


def rule_words(rule: Rule) -> str:
    """What a rule pays, in a sentence."""
    row = MECHANISMS[rule.mechanism]
    choice = CHOICES["reward_rule"].get(row.reward_rule)
    return "" if choice is None else choice.sentence


def dealt_words(game: Game, agent: int) -> str:
    """Which classes an agent was dealt; "" where it has all of them."""
    classes = game.scenario.full_agents[agent].classes
    if not classes:
        return ""
    names = [game.scenario.info.class_names[label] for label in classes]
    return f"You were dealt data of these classes alone: {', '.join(names)}."


def code_words(code: str) -> str:
    """Six letters as they are read out: "BCD FGH"."""
    return f"{code[:3]} {code[3:]}"
