"""A move on a phone: how much data, clean or cheap, what is sent, and what the student expects; then one button."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cgs_core.figures.style import percent
from cgs_core.rooms import Move, SeatView
from cgs_ui.rooms.place import seats
from cgs_ui.rooms.words import CONDUCT_WORDS, act, cheap_words, dealt_words, has_cheap, is_free, move_words

EXPECTED = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""What a student may expect to be paid."""


def choose(token: str, view: SeatView) -> None:
    """The controls, filled with the move that counts; nothing counts before the button."""
    game, before = view.game, view.move or view.last_move or view.game.default_move
    if words := dealt_words(game, view.agent):
        st.markdown(words)
    key = f"room_move_{view.play}"
    is_cheap = _is_cheap(view, before, key)
    conduct = _conduct(view, before, key)
    price = game.cheap_price if is_cheap else game.clean_price
    sizes = [size for size in game.sizes if size * price <= game.coins]
    samples = st.segmented_control(
        f"How much data? You have {game.coins} coins",
        sizes,
        default=before.samples if before.samples in sizes else sizes[-1],
        format_func=lambda size: f"{size} for {size * price}" if price else str(size),
        required=True,
        key=f"{key}_samples_{is_cheap}",
        disabled=conduct == "copy",
    )
    expected = st.segmented_control(
        "What part of the class's model will you be paid?",
        EXPECTED,
        default=before.prediction if view.move and before.prediction in EXPECTED else None,
        format_func=percent,
        key=f"{key}_expected",
    )
    fields = {"samples": samples, "is_cheap": is_cheap, "conduct": conduct, "prediction": expected}
    _send(token, view, fields)


def _is_cheap(view: SeatView, before: Move, key: str) -> bool:
    if not has_cheap(view.game):
        return False
    game = view.game
    kinds = {"clean": f"Clean, {_coins(game.clean_price)}", "cheap": f"Cheap, {_coins(game.cheap_price)}"}
    kind = st.segmented_control(
        "Which data?",
        kinds,
        default="cheap" if before.is_cheap else "clean",
        format_func=kinds.__getitem__,
        required=True,
        key=f"{key}_kind",
        help=cheap_words(game),
    )
    st.caption(cheap_words(game))
    return bool(kind == "cheap")


def _conduct(view: SeatView, before: Move, key: str) -> str:
    if not is_free(view.game):
        return "honest"
    conducts = list(view.game.conducts)
    conduct: str = st.radio(
        "What do you send?",
        conducts,
        conducts.index(before.conduct),
        format_func=CONDUCT_WORDS.__getitem__,
        key=f"{key}_conduct",
    )
    return conduct


def _send(token: str, view: SeatView, fields: dict[str, Any]) -> None:
    move = Move(**fields)
    cost = view.game.cost(move)
    with st.container(key="room_send"):
        st.markdown(f"Costs **{cost}** of {view.game.coins} coins.")
        st.button(
            "This is my move" if view.move is None else "Change my move",
            type="primary",
            width="stretch",
            key="room_move",
            on_click=act,
            args=(seats().move, token, fields),
            disabled=view.move == move,
        )
    if view.move is not None:
        st.success(f"Your move is in: {move_words(view.game, view.move)}.", icon=":material/check:")


def _coins(price: int) -> str:
    return f"{price} coin{'' if price == 1 else 's'} each"
