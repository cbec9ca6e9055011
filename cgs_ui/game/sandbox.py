"""The sandbox: two to five arrows that people set themselves, or a classic game, played as any other game."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cgs_core.contribution import (
    CLASSIC_GAMES,
    ClassicGame,
    cgsv_approx,
    coalition_values,
    gram_of_arrows,
    plane_of_arrows,
    shapley_values,
)
from cgs_core.figures import Unit, agent_name, arrows_figure
from cgs_core.figures.style import signed
from cgs_core.metrics import shares
from cgs_core.typing import FloatArray, Gram
from cgs_ui.charts.chart import chart
from cgs_ui.game.captions import of_sandbox
from cgs_ui.game.games import Game
from cgs_ui.game.panel import picture
from cgs_ui.game.tips import (
    ANGLE_STEP,
    LENGTH_STEP,
    MOST_ANGLE,
    MOST_LENGTH,
    Arrow,
    angle_key,
    length_key,
    tips,
)
from cgs_ui.game.views import deeper
from cgs_ui.session import choices, view

_ARROWS = "arrows"
_REACH = 3.0  # of the picture either way: an arrow at its longest fits, and mostly their sum
_START = ((1.0, 0), (1.0, 30), (0.8, -40), (1.2, 90), (0.5, 180))  # length, angle in degrees


def sandbox() -> None:
    """The controls of the sandbox and its game."""
    with view.aside("sandbox"):
        game = _played()
    picture(lambda: game, False, partial(deeper, None))


def _played() -> Game:
    """The controls, and the game that they say."""
    titles = {_ARROWS: "Arrows that you set"} | {name: game.title for name, game in CLASSIC_GAMES.items()}
    left, right = st.columns([3, 2])
    first = choices.one("sandbox_source", _ARROWS, titles)
    source = left.selectbox(
        "What is played", titles, list(titles).index(first), format_func=titles.__getitem__, key="sandbox_source"
    )
    if source == _ARROWS:
        with right:
            n_first = int(choices.number("n_arrows", 3, 2, 5))
            n_agents = int(st.slider("Arrows", 2, 5, n_first, key="n_arrows", help="Each arrow is one agent's upload."))
        gram = _arrows(n_agents)
        return _game(coalition_values(gram)[np.newaxis], gram)
    classic = CLASSIC_GAMES[source]
    _story(classic)
    return _game(classic.values[np.newaxis], None)


def _game(tables: np.ndarray, gram: Gram | None) -> Game:
    n_agents = tables.shape[1].bit_length() - 1
    unit: Unit = "worth" if gram is None else "cosine"
    return Game("sandbox", None, tables, tuple(range(n_agents)), unit, gram, 1, 0)


def _story(classic: ClassicGame) -> None:
    known = ", ".join(f"{agent_name(agent)} {value:.3g}" for agent, value in enumerate(classic.shapley))
    st.markdown(f"{classic.story} The Shapley value is known in closed form: {known}.")


def _arrows(n_agents: int) -> Gram:
    """The Gram matrix of the arrows that are set: by their tips in the picture, or by the sliders under it."""
    picture, told = st.container(key="plane_sandbox"), st.container()
    arrows = [_sliders(agent, column) for agent, column in enumerate(st.columns(n_agents))]
    lengths, angles = zip(*arrows, strict=True)
    gram = gram_of_arrows(lengths, angles)
    exact, approx = shapley_values(coalition_values(gram)), cgsv_approx(gram)
    if not view.is_bare():
        figure = arrows_figure(
            plane_of_arrows(lengths, angles),
            agents=range(n_agents),
            cosines=approx,
            shapley=exact,
            reach=_REACH,
        )
        with picture:
            chart(figure, "sandbox_arrows", of_sandbox())
            tips("sandbox_arrows", arrows)
    with told:
        _gap(exact, approx)
        st.caption(
            "Drag the tip of an arrow; or go to it by Tab: the left and right keys turn it, up and down make it longer "
            "or shorter. The sliders do the same."
        )
    return gram


def _sliders(agent: int, column: DeltaGenerator) -> Arrow:
    """The length and the angle of an arrow."""
    name, (length, angle) = agent_name(agent), _START[agent]
    length = choices.number(length_key(agent), length, 0, MOST_LENGTH)
    angle = int(choices.number(angle_key(agent), angle, -MOST_ANGLE, MOST_ANGLE))
    column.slider(f"{name}: length", 0.0, MOST_LENGTH, length, LENGTH_STEP, key=length_key(agent))
    column.slider(f"{name}: angle (°)", -MOST_ANGLE, MOST_ANGLE, angle, ANGLE_STEP, key=angle_key(agent))
    return length, angle


def _gap(exact: FloatArray, approx: FloatArray) -> None:
    gap = float(np.abs(shares(exact) - shares(approx)).sum())
    told = (
        f"Gap of their shares (L1): **{gap:.3f}**."
        if np.isfinite(gap)
        else "The arrows mostly cancel, or most point against their sum: there are no shares to compare."
    )
    pairs = "; ".join(
        f"{agent_name(agent)} φ = {signed(f'{phi:.2f}')}, ψ = {signed(f'{psi:.2f}')}"
        for agent, (phi, psi) in enumerate(zip(exact, approx, strict=True))
    )
    st.markdown(f"**Exact against approximate**: {pairs}. {told}")
