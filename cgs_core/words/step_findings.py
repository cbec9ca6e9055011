"""The sentences of a waterfall: which step from plain FedAvg gave or took how much, as far as the test can tell."""

from __future__ import annotations

import numpy as np

from cgs_core.figures.style import agent_names, percent, points
from cgs_core.metrics import accuracy_error
from cgs_core.studies.steps import Waterfall

_STEPS = ("scaling the uploads", "weighing them by worth", "the pay")


def _names(result: Waterfall) -> tuple[str, str, str]:
    """The steps. Where agents come and go the last one ends, besides, that who comes is handed the server's model."""
    scenario = result.scenario
    if scenario.is_always_there or scenario.reward_rule == "full":
        return _STEPS
    return (*_STEPS[:2], "the pay and starting from one's own model")


def headline(result: Waterfall) -> str:
    """The step that cost most, and whom; where two cost about as much, none is named."""
    is_loss = (result.change < 0) & ~result.is_same
    if not is_loss.any():
        return _together(result)
    losses = np.where(is_loss, result.change, 0.0)
    step, agent = np.unravel_index(int(losses.argmin()), losses.shape)
    others = np.delete(losses[:, agent], step)
    error = accuracy_error(result.accuracy[step : step + 2, agent].mean(), result.scenario.info.n_test)
    if others.min() - losses[step, agent] < error and others.min() < 0:
        return "More than one step clearly cost accuracy; which of them cost most the test does not tell."
    whom = np.flatnonzero(is_loss[step])
    name = _names(result)[step]
    what = f"{name[:1].upper()}{name[1:]}"
    return f"{what} cost most: {_range(-losses[step][whom])} points, from {_whom(whom, result)}."


def _together(result: Waterfall) -> str:
    """Where no single step clearly cost anybody: whether all of them together did."""
    change = result.accuracy[-1] - result.accuracy[0]
    whom = np.flatnonzero((change < 0) & ~result.is_same_in_all)
    if not len(whom):
        return "No step from plain FedAvg clearly cost anybody anything."
    return (
        f"No single step from plain FedAvg clearly cost anybody anything, but together they took "
        f"{_range(-change[whom])} points from {_whom(whom, result)}."
    )


def each_step(result: Waterfall) -> str:
    """What every step gave or took, one after the other."""
    start = percent(float(result.accuracy[0].max()), 1)
    parts = [_step(result, step) for step in range(len(_STEPS))]
    return f"From plain FedAvg ({start} right), {'; '.join(parts)}.".replace(" %", "\u00a0%")


def _step(result: Waterfall, step: int) -> str:
    change, same, name = result.change[step], result.is_same[step], _names(result)[step]
    if not change.any():
        return f"{name} changed nothing"
    found = [
        f"{verb} {_range(np.abs(change[agents]))} points {preposition} {_whom(agents, result)}"
        for verb, preposition, agents in (
            ("took", "from", np.flatnonzero((change < 0) & ~same)),
            ("gave", "to", np.flatnonzero((change > 0) & ~same)),
        )
        if len(agents)
    ]
    if not found:
        low, high = (points(end) for end in (change.min(), change.max()))
        span = low if low == high else f"{low} to {high}"
        return f"{name} changed nothing that the test can tell ({span} points)"
    return f"{name} {' and '.join(found)}"


def _range(sizes: np.ndarray) -> str:
    """Sizes in points, at least 0: "3.1" or "6.7 to 11.0"."""
    low, high = f"{100 * sizes.min():.1f}", f"{100 * sizes.max():.1f}"
    return low if low == high else f"{low} to {high}"


def _whom(agents: np.ndarray, result: Waterfall) -> str:
    return "everybody" if len(agents) == len(result.alone) else agent_names(agents)
