"""Why an agent is worth, is paid and gets what it does: five steps, each a sentence, formulas with their numbers in
them, and the program that prints these."""

from __future__ import annotations

from functools import lru_cache

from cgs_core.figures.frames import round_number
from cgs_core.figures.style import agent_name, percent
from cgs_core.records import Trace
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


@lru_cache(maxsize=64)
def why_steps(trace: Trace, agent: int, round_index: int | None = None) -> tuple[Step, ...]:
    """The five steps of an agent (from 0) in a round (from 0), or over all rounds so far (None).

    Raises
    ------
    ValueError: the trace has no such agent or round.
    """
    if round_index is None:
        return all_steps(WhyAll(trace, agent))
    why = Why(trace, agent, round_index)
    return update_step(why), worth_step(why), importance_step(why), pay_step(why), model_step(why)


def why_question(trace: Trace, agent: int, round_index: int | None = None) -> str:
    """The question that the steps answer, with what the ledger says of the agent."""
    period = Period(trace, round_index)
    when = "" if round_index is None else f" in round {round_number(round_index)}"
    return unbroken(
        f"Why is {agent_name(agent)} paid {percent(period.pay[agent])}{when}, and its model "
        f"{percent(period.record.accuracy[agent], 1)} right?"
    )


__all__ = ["Formula", "Number", "Step", "why_question", "why_steps"]
