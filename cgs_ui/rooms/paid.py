"""What a student was worth and gets: the own numbers, the gap to what was expected, and the way into why."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cgs_core.errors import JobError
from cgs_core.figures.style import percent, points
from cgs_core.figures.worth import WorthText
from cgs_core.records import Trace
from cgs_core.rooms import PaidPlay, SeatView
from cgs_core.words.written import unbroken
from cgs_ui.background import finished_rounds
from cgs_ui.rooms.words import BY_WORDS, move_words
from cgs_ui.session.addresses import address
from cgs_ui.why.dialog import ask_in_dialog, asked_in_dialog, why_dialog


def pay(view: SeatView) -> None:
    """The last round of play that was paid, of this seat's agent."""
    play, expected = view.paid[-1], view.predictions[-1]
    mine, move = play.results[view.agent], play.moves[view.agent]
    by = f" ({BY_WORDS[move.by]})" if BY_WORDS[move.by] else ""
    st.markdown(unbroken(f"### You get {percent(mine.pay)} of the class's model"))
    st.markdown(f"You brought {move_words(view.game, move.move)}{by}.")
    gap = "" if expected is None else f"{points(mine.pay - expected, 0)} points against {percent(expected)}"
    worths = [result.worth for result in play.results]
    text = WorthText(play.rule.on(view.game.scenario).valuation, float(np.abs(worths).max()))
    rows = [
        ("Your worth", text.named(mine.worth), f"all together on average {text.number(float(np.mean(worths)))}"),
        ("Your pay", percent(mine.pay), "of what the class has learnt in common"),
        ("Your model alone", percent(mine.accuracy_alone), "right on samples that nobody holds"),
        (
            "Your model with pay",
            percent(mine.accuracy),
            f"{points(mine.accuracy - mine.accuracy_alone)} points by training together",
        ),
        ("Coins left", str(view.game.coins - move.cost), f"of {view.game.coins}; {move.cost} spent"),
        ("You expected", "–" if expected is None else percent(expected), f"paid: {gap}" if gap else "nothing said"),
    ]
    cells = "".join(
        f"<div><dt>{name}</dt><dd><b>{value}</b> <span>{more}</span></dd></div>" for name, value, more in rows
    )
    st.html(f'<dl class="cgs-room-pay">{unbroken(cells)}</dl>')
    _why(play, view.agent)


def _why(play: PaidPlay, agent: int) -> None:
    st.button(
        "Why?",
        key="room_why",
        icon=":material/help:",
        width="stretch",
        on_click=ask_in_dialog,
        args=(play.run_id,),
    )
    link = address("playground", {"run": play.run_id, "tab": "Why", "why": str(agent + 1)})
    st.caption(f"[The whole run in the Playground]({link})")
    if asked_in_dialog() != play.run_id:
        return
    try:
        trace = finished_rounds(play.run_id)
    except JobError as error:
        st.info(str(error), icon=":material/info:")
        return
    if isinstance(trace, Trace):
        why_dialog(trace, agent, None)
