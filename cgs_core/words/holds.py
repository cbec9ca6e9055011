"""Does the mechanism hold in this run? Three sentences: is pay ordered as worth, are models ordered as pay, and is
anybody below training alone. Each says what these numbers say, and names who speaks most against it.

Worths count as different from a hundredth of the largest on, pay from one per cent of everything on, models where the
test tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgs_core.figures.style import agent_name, agent_names, percent
from cgs_core.figures.worth import worth_text
from cgs_core.records import Trace
from cgs_core.records.period import Period
from cgs_core.typing import FloatArray
from cgs_core.words.written import gain_points, unbroken

_HUNDREDTH = 0.01


@dataclass(frozen=True)
class Verdict:
    """A sentence, and whether what it is about holds; None where there is nothing to hold."""

    holds: bool | None
    words: str


def verdicts(trace: Trace, round_index: int | None = None) -> tuple[Verdict, Verdict, Verdict]:
    """Of all rounds so far, or of one: pay against worth, models against pay, models against training alone."""
    period = Period(trace, round_index)
    found = (_pay_as_worth(period), _models_as_pay(period), _nobody_below_alone(period))
    first, second, third = (Verdict(one.holds, unbroken(one.words)) for one in found)
    return first, second, third


def _pay_as_worth(period: Period) -> Verdict:
    if period.trace.scenario.reward_rule == "own":
        return Verdict(None, "Nobody is paid: nothing is shared.")
    there, text = period.is_there, worth_text(period.trace)
    if not there.any():
        return Verdict(None, "Nobody took part, and nobody was paid.")
    worth, pay = period.worth[there], period.pay[there]
    enough = _HUNDREDTH * np.abs(worth).max()
    if np.ptp(pay) < _HUNDREDTH:
        return Verdict(None, f"All are paid alike ({percent(pay.mean())}), whatever they are worth.")
    if np.ptp(worth) <= enough:
        return Verdict(None, f"All are worth the same ({text.named(worth.mean())}), so that pay has no order to keep.")
    pair = _strongest(worth[:, None] - worth > enough, pay - pay[:, None], _HUNDREDTH)
    if pair is None:
        return Verdict(True, "Pay is ordered as worth (to one per cent).")
    more, less = pair
    agents = np.flatnonzero(there)
    return Verdict(
        False,
        f"Pay is not ordered as worth: {agent_name(agents[more])} is worth more than {agent_name(agents[less])} "
        f"({text.number(worth[more])} and {text.number(worth[less])}) and paid less "
        f"({percent(pay[more], 1)} and {percent(pay[less], 1)}).",
    )


def _models_as_pay(period: Period) -> Verdict:
    pay, accuracy, there = period.pay, period.record.accuracy, period.is_there
    n = len(pay)
    is_apart = ~period.same[:n, :n] & there & there[:, None]
    if not is_apart.any():
        return Verdict(None, "All models are the same within the test's error.")
    if np.ptp(pay) < _HUNDREDTH:
        return Verdict(None, "Models differ though all are paid alike.")
    is_paid_more = pay[:, None] - pay >= _HUNDREDTH
    pair = _strongest(is_paid_more & is_apart, accuracy - accuracy[:, None])
    if pair is None:
        return Verdict(True, "Models are ordered as pay (within the test's error).")
    more, less = pair
    return Verdict(
        False,
        f"Models are not ordered as pay: {agent_name(more)} is paid more than {agent_name(less)} "
        f"({percent(pay[more], 1)} and {percent(pay[less], 1)}), and its model is worse "
        f"({percent(accuracy[more], 1)} and {percent(accuracy[less], 1)} right).",
    )


def _strongest(condition: np.ndarray, gap: FloatArray, least: float = 0.0) -> tuple[int, int] | None:
    """Of the pairs (n, n) of agents that meet a condition, the one with the largest gap above 0.

    None if that is below ``least``.
    """
    found = np.where(condition & (gap > 0), gap, -np.inf)
    more, less = np.unravel_index(int(found.argmax()), found.shape)
    return (int(more), int(less)) if found[more, less] >= least else None


def _nobody_below_alone(period: Period) -> Verdict:
    record = period.record
    gain, n = record.accuracy - record.standalone_accuracy, len(record.accuracy)
    losers = np.flatnonzero((gain < 0) & ~period.same[:n, n:].diagonal())
    asked = losers if len(losers) else np.arange(n)
    worst = int(asked[gain[asked].argmin()])
    told = f"{gain_points(gain[worst])} points"
    if not len(losers):
        loss = f"{gain_points(-gain[worst]).lstrip('+')} points"
        how = f"smallest gain {told}" if gain[worst] >= 0 else f"largest loss {loss}, within the test's error"
        return Verdict(True, f"Nobody is below training alone ({how}).")
    if len(losers) == 1:
        return Verdict(False, f"{agent_name(worst)} is below training alone ({told}).")
    return Verdict(False, f"{agent_names(losers)} are below training alone, {agent_name(worst)} most ({told}).")
