"""The sentences above the charts: computed from the run, never typed in.

Two accuracies that differ by less than the test's own error are the same (``cgs_core.metrics.accuracy_error``).
"""

from __future__ import annotations

import numpy as np

from cgs_core.figures.style import agent_name, percent, points, signed
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.metrics import MIN_SPREAD, accuracy_error, is_same_accuracy, mean_shares
from cgs_core.records import Trace
from cgs_core.scenario import choice_of
from cgs_core.words.written import agent_names

MASKS = ("sparsified",)
"""The reward rules whose pay is a part of the aggregate's entries and nothing besides."""

_EQUAL_SHARES = 0.005  # shares this close print as one number
_ALL_BUT_LOST = 0.5  # of all uploads: from so many zero ones on, a run has no winner


def headline(trace: Trace) -> str:
    """Over the run so far: who contributed most, who got the best model, who lost by joining."""
    if _is_lost(trace):
        return _lost(trace)
    return _unbroken(f"{_contribution(trace)} {_models(trace)} {_gains(trace)}")


def brief(trace: Trace) -> str:
    """The headline where there is room for two lines: without who lost by joining."""
    if _is_lost(trace):
        return _lost(trace)
    return _unbroken(f"{_contribution(trace)} {_models(trace)}")


def zero_note(trace: Trace) -> str | None:
    """Who uploaded nothing, in how many of the rounds, and what that can mean; None where everybody uploaded."""
    zeros = trace.zero_updates()
    agents = np.flatnonzero(zeros.any(axis=0))
    if not len(agents):
        return None
    counts = zeros.sum(axis=0)[agents]
    many = f"{counts.min()}" if counts.min() == counts.max() else f"{counts.min()} to {counts.max()}"
    whose, who = ("its", agent_names(agents)) if len(agents) == 1 else ("their", agent_names(agents))
    return _unbroken(
        f"{who} uploaded nothing in {many} of {trace.n_rounds} rounds: {whose} training left the range of numbers, or "
        f"had nothing left to change. The learning rate is {trace.scenario.learning_rate:g}."
    )


def fairness(trace: Trace) -> str:
    """Whether models follow what agents could do alone, with the worst gain; or why that cannot be said."""
    if _is_lost(trace):
        return "Fairness is not told: hardly anything was uploaded."
    dishonest = [index for index, agent in enumerate(trace.scenario.full_agents) if agent.conduct != "honest"]
    if dishonest:
        verb = "is" if len(dishonest) == 1 else "are"
        return (
            f"Fairness (Pearson correlation) is not told: {agent_names(dishonest)} {verb} not honest, and what an "
            "agent can do alone is not what it gave."
        )
    last, summary = trace.rounds[-1], trace.summary()
    for what, values in (("alone", last.standalone_accuracy), ("in the end", last.accuracy)):
        if _are_same(trace, values):
            return _unbroken(
                f"Fairness (Pearson correlation) is undefined: the models {what} are the same within the test's error "
                f"({_error(trace, values)} points)."
            )
    score = summary["fairness_score"]
    if score is None:
        return f"Fairness (Pearson correlation) is undefined: {summary['undefined']['fairness_score']}."
    how = (
        "closely follow"
        if score >= 0.9
        else "roughly follow"
        if score >= 0.5
        else "hardly follow"
        if score > -0.5
        else "run against"
    )
    return (
        f"Models in the end {how} models alone (fairness, Pearson r\u00a0=\u00a0{signed(f'{score:.2f}')}; "
        f"worst gain {points(summary['worst_gain'])} points)."
    )


def ratio_is(trace: Trace) -> str:
    """What the reward ratio is under the run's reward rule."""
    return choice_of("reward_rule", trace.scenario.reward_rule).ratio


def pay_note(trace: Trace) -> str | None:
    """Says so where the pay hardly bites: few entries of the update, but nearly all of its length."""
    if trace.scenario.reward_rule not in MASKS:
        return None  # under another rule the ratio counts no entries
    ratio = trace.stack("reward_ratio").mean(axis=0)
    length = trace.stack("reward_length").mean(axis=0)
    agent = int(ratio.argmin())
    if ratio[agent] > 0.8 or length[agent] < 0.9:
        return None
    return _unbroken(
        f"{agent_name(agent)} was paid {percent(ratio[agent])} of the update's entries (mean over the rounds), but "
        f"they are the largest ones and carry {percent(length[agent])} of its length: the lower pay costs it little."
    )


def _contribution(trace: Trace) -> str:
    worth = trace.stack("contribution").mean(axis=0)
    share = mean_shares(worth)
    if share is None:
        return _values(trace, worth)
    if share.max() - share.min() < 0.1 / len(share):
        low, high = percent(share.min()), percent(share.max())
        among = low if low == high else f"{low} to {high}"
        return f"All agents contributed nearly alike ({among} of the whole each)."
    most = np.flatnonzero(share > share.max() - _EQUAL_SHARES)
    least = np.flatnonzero(share < share.min() + _EQUAL_SHARES)
    return (
        f"{agent_names(most)} contributed most ({percent(share.max())} of the whole{_each(most)}, over all rounds), "
        f"{agent_names(least)} least ({percent(share.min())}{_each(least)})."
    )


def _values(trace: Trace, worth: np.ndarray) -> str:
    """Most and least where shares mean nothing: the values themselves, in the valuation's own unit."""
    unit = VALUATIONS[trace.scenario.valuation].unit
    if np.abs(worth).max() < MIN_SPREAD:
        return f"Nobody's contribution ({unit}) is told from nothing: all are below {MIN_SPREAD:g} on average."
    if np.ptp(worth) < MIN_SPREAD:
        return f"All agents contributed alike ({unit} {_value(worth.mean())}, mean over the rounds)."
    most = np.flatnonzero(worth > worth.max() - MIN_SPREAD)
    least = np.flatnonzero(worth < worth.min() + MIN_SPREAD)
    return (
        f"{agent_names(most)} contributed most ({unit} {_value(worth.max())}, mean over the rounds), "
        f"{agent_names(least)} least ({_value(worth.min())}); shares of the whole mean nothing here."
    )


def _models(trace: Trace) -> str:
    accuracy = trace.rounds[-1].accuracy
    best = np.flatnonzero(is_same_accuracy(accuracy, accuracy.max(), trace.scenario.info.n_test))
    low, top = percent(accuracy[best].min(), 1), percent(accuracy.max(), 1)
    among = f"{top} right" if low == top else f"{low} to {top} right, the same within the test's error"
    if len(best) == len(accuracy):
        return f"All ended with equally good models ({among})."
    return f"The best model{'s' * (len(best) > 1)} ({among}) went to {agent_names(best)}."


def _gains(trace: Trace) -> str:
    last = trace.rounds[-1]
    gain = last.accuracy - last.standalone_accuracy
    is_same = is_same_accuracy(last.accuracy, last.standalone_accuracy, trace.scenario.info.n_test)
    losers, worst = np.flatnonzero((gain < 0) & ~is_same), int(gain.argmin())
    if not len(losers):
        if gain[worst] >= 0:
            return f"Nobody lost by joining; the smallest gain over training alone is {points(gain[worst])} points."
        error = 100 * accuracy_error((last.accuracy + last.standalone_accuracy)[worst] / 2, trace.scenario.info.n_test)
        return (
            f"Nobody clearly lost by joining: the largest loss ({points(gain[worst])} points) is within the test's "
            f"error ({error:.1f} points)."
        )
    if len(losers) == 1:
        return f"{agent_name(int(losers[0]))} lost by joining ({points(gain[losers[0]])} points)."
    worst = int(losers[gain[losers].argmin()])
    return f"{agent_names(losers)} lost by joining, {agent_name(worst)} most ({points(gain[worst])} points)."


def _is_lost(trace: Trace) -> bool:
    """Whether half of all uploads or more were zero: what such a run says of anybody is chance."""
    return bool(trace.zero_updates().mean() >= _ALL_BUT_LOST)


def _lost(trace: Trace) -> str:
    return _unbroken(f"Nobody is named best: {percent(trace.zero_updates().mean())} of all uploads were zero.")


def _are_same(trace: Trace, accuracy: np.ndarray) -> bool:
    return bool(is_same_accuracy(accuracy.min(), accuracy.max(), trace.scenario.info.n_test))


def _error(trace: Trace, accuracy: np.ndarray) -> str:
    """The test's error of the lowest and the highest, in points."""
    return f"{100 * accuracy_error((accuracy.min() + accuracy.max()) / 2, trace.scenario.info.n_test):.1f}"


def _value(worth: float) -> str:
    return signed(f"{worth:+.3f}")


def _each(agents: np.ndarray) -> str:
    return " each" if len(agents) > 1 else ""


def _unbroken(text: str) -> str:
    """No line break between a number and its percent sign."""
    return text.replace(" %", "\u00a0%")
