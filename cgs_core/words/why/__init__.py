"""Why an agent is worth, is paid and gets what it does: five steps, each a sentence, formulas with their numbers in
them, and the program that prints these."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from cgs_core.figures.frames import round_number
from cgs_core.figures.style import agent_name, percent
from cgs_core.records import Trace
from cgs_core.records.logged_trace import LoggedTrace
from cgs_core.records.period import Period
from cgs_core.studies.why import Why
from cgs_core.studies.why_rounds import WhyAll
from cgs_core.words.why.all_rounds import all_steps
from cgs_core.words.why.importance import importance_step
from cgs_core.words.why.model import model_step
from cgs_core.words.why.parts import Formula, Number, Step
from cgs_core.words.why.pay import pay_step
from cgs_core.words.why.update import update_step, worth_step
from cgs_core.words.written import unbroken


def why_steps(trace: Trace, agent: int, round_index: int | None = None) -> tuple[Step, ...]:
    """The five steps of an agent (from 0) in a round (from 0), or over all rounds so far (None).

    Of the log of a real federation the four that need no model, of numbers that were computed anew.

    Raises
    ------
    ValueError: the trace has no such agent or round, or its numbers are as they were logged, by whatever rule.
    """
    if not isinstance(trace, LoggedTrace):
        return _of_run(trace, agent, round_index)
    if trace.is_logged:
        raise ValueError(
            "trace: of a log one that was computed anew (cgs_core.studies.logged.replay); got it as logged"
        )
    return _steps(trace, agent, round_index)  # not kept: it is a visitor's own


def _steps(trace: Trace, agent: int, round_index: int | None) -> tuple[Step, ...]:
    if round_index is None:
        return all_steps(WhyAll(trace, agent))
    why = Why(trace, agent, round_index)
    steps = update_step(why), worth_step(why), importance_step(why), pay_step(why)
    return steps if why.log is not None else (*steps, model_step(why))


_MOST_KEPT = 32  # of one trace: agents and rounds
_KEPT: WeakKeyDictionary[Trace, dict[tuple[int, int | None], tuple[Step, ...]]] = WeakKeyDictionary()


def _of_run(trace: Trace, agent: int, round_index: int | None) -> tuple[Step, ...]:
    """Kept as long as somebody has the trace: it is many times what the steps are."""
    kept = _KEPT.setdefault(trace, {})
    if (found := kept.get((agent, round_index))) is None:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        found = kept[agent, round_index] = _steps(trace, agent, round_index)
    return found


def why_question(trace: Trace, agent: int, round_index: int | None = None) -> str:
    """The question that the steps answer, with what the ledger says of the agent."""
    period = Period(trace, round_index)
    when = "" if round_index is None else f" in round {round_number(round_index)}"
    if isinstance(trace, LoggedTrace):
        return unbroken(f"Why is {agent_name(agent)} paid {percent(period.pay[agent])}{when}?")
    return unbroken(
        f"Why is {agent_name(agent)} paid {percent(period.pay[agent])}{when}, and its model "
        f"{percent(period.record.accuracy[agent], 1)} right?"
    )


__all__ = ["Formula", "Number", "Step", "why_question", "why_steps"]
