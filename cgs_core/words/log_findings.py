"""The sentences of a federation's log: who is worth and paid most and least, and how far that is from what it says."""

from __future__ import annotations

import numpy as np

from cgs_core.figures.style import agent_name, listed, percent
from cgs_core.figures.worth import worth_text
from cgs_core.records.logged_trace import LoggedTrace
from cgs_core.studies.logged import Difference
from cgs_core.words.written import unbroken

_ROUNDING = 1e-6  # numbers that differ by less are equal but for their arithmetic, in 32 bits too
_WORDS = {"contribution": "worth", "importance": "importance", "reward_ratio": "pay"}


def headline(trace: LoggedTrace) -> str:
    """Who is worth most and least, mean over the rounds, and what they are paid."""
    worth, pay = trace.stack("contribution").mean(axis=0), trace.stack("reward_ratio").mean(axis=0)
    text, when = worth_text(trace), f"Over {trace.n_rounds} rounds" if trace.n_rounds > 1 else "In one round"
    if np.ptp(worth) <= _ROUNDING:
        return unbroken(f"**{when} all agents are worth the same** ({text.named(float(worth[0]))}).")
    most, least = int(worth.argmax()), int(worth.argmin())
    return unbroken(
        f"**{when} {agent_name(most)} is worth most** ({text.named(float(worth[most]))}) and is paid "
        f"{percent(pay[most])}; {agent_name(least)} is worth least ({text.number(float(worth[least]))}) and is paid "
        f"{percent(pay[least])}."
    )


def compared(found: tuple[Difference, ...], whose: str) -> str:
    """How far what was logged is from what the rules give (``whose``: "its", "these"); "" where nothing was logged."""
    if not found:
        return ""
    same = [_WORDS[one.quantity] for one in found if one.most <= _ROUNDING]
    told = [_difference(one) for one in found if one.most > _ROUNDING]
    if not told:
        return f"The log says the same: its {listed(same)} {'is' if len(same) == 1 else 'are'} what {whose} rules give."
    also = f"; its {listed(same)} {'is' if len(same) == 1 else 'are'} the same" if same else ""
    return unbroken(f"The log says otherwise than {whose} rules give: its {', its '.join(told)}{also}.")


def _difference(one: Difference) -> str:
    where = f"{agent_name(one.agent)} in round {one.round_index + 1}"
    size = f"{100 * one.most:.2g} points" if one.quantity == "reward_ratio" else f"{one.most:.2g}"
    return f"{_WORDS[one.quantity]} differs by up to {size} ({where})"
