"""The sentences above the charts: computed from the run, never typed in.

They speak of all rounds so far (worth and pay are means over the rounds, models those of the last one), or of one
round: of what the ledger draws. Models that the test does not tell apart are the same (``Trace.same_models``).
Whether the mechanism holds is in ``cgs_core.words.holds``.
"""

from __future__ import annotations

import numpy as np

from cgs_core.figures.frames import round_number
from cgs_core.figures.style import agent_name, agent_names, percent, signed
from cgs_core.figures.worth import worth_text
from cgs_core.metrics import MIN_SPREAD, pearson
from cgs_core.records import Trace
from cgs_core.records.period import Period
from cgs_core.scenario import choice_of
from cgs_core.scenario.presence import rounds_in_words
from cgs_core.words.written import gain_points, unbroken

_ALL_BUT_LOST = 0.5  # of all uploads: from so many zero ones on, a run has no winner
_MOST_TOLD = 5  # agents of whom it is said in which rounds they were there
_NEARLY = 0.1  # of the mean: worths that spread by less are nearly alike


def headline(trace: Trace, round_index: int | None = None) -> str:
    """Who is worth most and least, and who has the best model: of all rounds so far, or of one."""
    if is_lost(trace):
        return unbroken(f"Nobody is named best: {percent(trace.zero_updates().mean())} of all uploads were zero.")
    period = Period(trace, round_index)
    words = f"{_worth(period)} {_models(period)}"
    return unbroken(words if round_index is None else f"Round {round_number(round_index)}: {words}")


def zero_note(trace: Trace) -> str | None:
    """Who uploaded nothing, in how many of the rounds, and what that can mean; None where everybody uploaded."""
    zeros = trace.zero_updates()
    agents = np.flatnonzero(zeros.any(axis=0))
    if not len(agents):
        return None
    counts = zeros.sum(axis=0)[agents]
    many = f"{counts.min()}" if counts.min() == counts.max() else f"{counts.min()} to {counts.max()}"
    whose, who = ("its", agent_names(agents)) if len(agents) == 1 else ("their", agent_names(agents))
    return unbroken(
        f"{who} uploaded nothing in {many} of {trace.n_rounds} rounds: {whose} training left the range of numbers, or "
        f"had nothing left to change. The learning rate is {trace.scenario.learning_rate:g}."
    )


def presence_note(trace: Trace) -> str | None:
    """Who was not there in all rounds, and what that makes of the means; None where everybody was."""
    there = trace.is_present
    away = np.flatnonzero(~there.all(axis=0))
    if trace.is_always_there or not len(away):
        return None
    told = [f"{agent_name(agent)} in {rounds_in_words(there[:, agent])}" for agent in away[:_MOST_TOLD]]
    told[0] = told[0].replace(" in ", " took part in ", 1)
    more = f", and {len(away) - _MOST_TOLD} more agents not in all" if len(away) > _MOST_TOLD else ""
    return unbroken(
        f"{', '.join(told)}{more}. Who is not there in a round is worth 0 and paid nothing in it: that says nothing of "
        "its data. Means are over the rounds that each was there."
    )


def fairness(trace: Trace, round_index: int | None = None) -> str:
    """Whether models follow what agents could do alone, with the worst gain; or why that cannot be said."""
    if is_lost(trace):
        return "Fairness is not told: hardly anything was uploaded."
    dishonest = [index for index, agent in enumerate(trace.scenario.full_agents) if agent.conduct != "honest"]
    if dishonest:
        verb = "is" if len(dishonest) == 1 else "are"
        return (
            f"Fairness (Pearson correlation) is not told: {agent_names(dishonest)} {verb} not honest, and what an "
            "agent can do alone is not what it gave."
        )
    period = Period(trace, round_index)
    final, alone = period.record.accuracy, period.record.standalone_accuracy
    same_final, same_alone = trace.all_are_same(-1 if round_index is None else round_index)
    if same_alone or same_final:
        return (
            "Fairness (Pearson correlation) is undefined: the best and the worst model "
            f"{'trained alone' if same_alone else 'with rewards'} are the same within the test's error."
        )
    score = pearson(alone, final)
    if score is None:
        return f"Fairness (Pearson correlation) is undefined: models differ by less than {MIN_SPREAD:g}."
    correlation = f"Pearson r\u00a0=\u00a0{signed(f'{score:.2f}')}"
    return (
        f"Models with rewards {_follows(score)} models alone (fairness, {correlation}; "
        f"worst gain {gain_points((final - alone).min())} points)."
    )


def _follows(score: float) -> str:
    if score >= 0.9:
        return "closely follow"
    if score >= 0.5:
        return "roughly follow"
    return "hardly follow" if score > -0.5 else "run against"


def ratio_is(trace: Trace) -> str:
    """What the reward ratio is under the run's reward rule."""
    return choice_of("reward_rule", trace.scenario.reward_rule).ratio


def pay_note(trace: Trace) -> str | None:
    """Says so where the pay hardly bites: few entries of the update, but nearly all of its length."""
    if not choice_of("reward_rule", trace.scenario.reward_rule).counts_entries:
        return None
    period = Period(trace)
    ratio, length = period.pay, period.length
    agent = int(ratio.argmin())
    if ratio[agent] > 0.8 or length[agent] < 0.9:
        return None
    return unbroken(
        f"{agent_name(agent)} was paid {percent(ratio[agent])} of the update's entries (mean over the rounds), but "
        f"they are the largest ones and carry {percent(length[agent])} of its length: the lower pay takes little "
        "of the update away."
    )


def is_lost(trace: Trace) -> bool:
    """Whether half of all uploads or more were zero: what such a run says of anybody is chance."""
    return bool(trace.zero_updates().mean() >= _ALL_BUT_LOST)


def _worth(period: Period) -> str:
    """Most and least, in the valuation's own unit; who is written alike is named together."""
    there = np.flatnonzero(period.is_there)
    if not len(there):
        return "Nobody took part."
    worth, text = period.worth[there], worth_text(period.trace)
    over = "" if period.round_index is not None else _over(period.trace)
    if np.abs(worth).max() < MIN_SPREAD:
        return f"Nobody's worth ({text.name}) is told from nothing: less than {MIN_SPREAD:g} either way{over}."
    written = [text.number(one) for one in worth]
    high, low = text.named(worth.max()), text.number(worth.min())
    if len(set(written)) == 1:
        return f"{_all(there, period)} worth the same ({high}{over})."
    if np.ptp(worth) < _NEARLY * abs(worth.mean()):
        spread = f"{text.named(worth.min())} to {text.number(worth.max())}"
        return f"{_all(there, period)} worth nearly the same ({spread}{over})."
    most = np.flatnonzero([one == text.number(worth.max()) for one in written])
    least = np.flatnonzero([one == low for one in written])
    verb = "is" if len(most) == 1 else "are"
    return f"{agent_names(there[most])} {verb} worth most ({high}{over}), {agent_names(there[least])} least ({low})."


def _all(there: np.ndarray, period: Period) -> str:
    if len(there) == len(period.is_there):
        return "All agents are"
    return "All who are there are" if len(there) > 1 else f"{agent_names(there)}, alone, is"


def _over(trace: Trace) -> str:
    if not trace.scenario.is_always_there:
        return ", mean over the rounds that each was there"
    return f", mean over {trace.n_rounds} rounds" if trace.n_rounds > 1 else ""


def _models(period: Period) -> str:
    accuracy, n = period.record.accuracy, len(period.record.accuracy)
    best = np.flatnonzero(period.same[int(accuracy.argmax()), :n])
    low, top = percent(accuracy[best].min(), 1), percent(accuracy.max(), 1)
    among = f"{top} right" if low == top else f"{low} to {top} right, the same within the test's error"
    if len(best) == n:
        return (
            f"All ended with equally good models ({among})."
            if period.round_index is None
            else (f"All have equally good models ({among}).")
        )
    has = "went to" if period.round_index is None else ("are those of" if len(best) > 1 else "is that of")
    return f"The best model{'s' * (len(best) > 1)} ({among}) {has} {agent_names(best)}."
