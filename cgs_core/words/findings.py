"""The sentences above the charts: computed from the run, never typed in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgs_core.figures.style import agent_name, percent, points, signed
from cgs_core.records import Trace

_SAME = 0.001  # accuracies this close are called the same
_MOST_PARTS = 4


def headline(trace: Trace) -> str:
    """Over the run so far: who contributed most, who got the best model, who lost by joining."""
    return _unbroken(f"{_contribution(trace)} {_models(trace)} {_gains(trace)}")


def brief(trace: Trace) -> str:
    """The headline where there is room for two lines: without who lost by joining."""
    return _unbroken(f"{_contribution(trace)} {_models(trace)}")


def fairness(trace: Trace) -> str:
    """Whether pay follows what agents could do alone, or why that cannot be said."""
    summary = trace.summary()
    score = summary["fairness_score"]
    if score is None:
        return f"Fairness (Pearson correlation) is undefined: {summary['undefined']['fairness_score']}."
    how = (
        "closely" if score >= 0.9 else "roughly" if score >= 0.5 else "hardly" if score > -0.5 else "not: the opposite"
    )
    return f"Models in the end follow models alone {how} (fairness, Pearson r\u00a0=\u00a0{signed(f'{score:.2f}')})."


def pay_note(trace: Trace) -> str | None:
    """Says so where the pay hardly bites: few entries of the update, but nearly all of its length."""
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
    total = worth.sum()
    best, worst = int(worth.argmax()), int(worth.argmin())
    if total <= 0:
        return "The agents' updates cancel: no shares of the whole can be given."
    share = worth / total
    if share.max() - share.min() < 0.1 / len(share):
        return (
            f"All agents contributed nearly alike ({percent(share.min())} to {percent(share.max())} of the whole each)."
        )
    return (
        f"{agent_name(best)} contributed most ({percent(share[best])} of the whole, over all rounds), "
        f"{agent_name(worst)} least ({percent(share[worst])})."
    )


def _models(trace: Trace) -> str:
    accuracy = trace.rounds[-1].accuracy
    best = np.nonzero(accuracy >= accuracy.max() - _SAME)[0]
    top = percent(accuracy.max(), 1)
    if len(best) == len(accuracy):
        return f"All ended with equally good models ({top} right)."
    return f"The best model ({top} right) went to {_names(best)}."


def _gains(trace: Trace) -> str:
    gain = trace.rounds[-1].accuracy - trace.rounds[-1].standalone_accuracy
    losers = np.nonzero(gain < -_SAME)[0]
    if len(losers) == 0:
        return f"Nobody lost by joining; the smallest gain over training alone is {points(gain.min())} points."
    worst = int(gain.argmin())
    if len(losers) == 1:
        return f"{agent_name(worst)} lost by joining ({points(gain[worst])} points)."
    return f"{_names(losers)} lost by joining, {agent_name(worst)} most ({points(gain[worst])} points)."


def _unbroken(text: str) -> str:
    """No line break between a number and its percent sign."""
    return text.replace(" %", "\u00a0%")


def _names(agents: Sequence[int] | np.ndarray) -> str:
    """Names of agents in words, runs of neighbours together: "Agent 1", "Agents 2 to 5", "Agents 1, 3 and 4 to 9"."""
    numbers = [int(agent) + 1 for agent in agents]
    if len(numbers) == 1:
        return f"Agent {numbers[0]}"
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [
        part
        for run in runs
        for part in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(number) for number in run])
    ]
    if len(parts) > _MOST_PARTS:
        return f"{len(numbers)} of the agents"
    return f"Agents {parts[0]}" if len(parts) == 1 else f"Agents {', '.join(parts[:-1])} and {parts[-1]}"
