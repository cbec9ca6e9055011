"""What a run's check by the other engine says, in sentences."""

from __future__ import annotations

from cgs_core.records.engine_check import ENGINE_TOLERANCE, EngineCheck


def check_words(check: EngineCheck) -> str:
    """Whether the engines agree, by how much, what that means, and how far the run itself is from double precision."""
    worst, n_rounds = check.worst, len(check.rounds)
    which = f"round {worst.round_index + 1}" if n_rounds == 1 else f"each of {n_rounds} rounds"
    apart = {
        "a parameter": max(record.params for record in check.rounds),
        "worth": max(record.worth for record in check.rounds),
        "importance or pay": max(record.pay for record in check.rounds),
    }
    differences = ", ".join(f"of {name} {_small(value)}" for name, value in apart.items())
    how = (
        f"Computed once more by {worst.engine}, and by NumPy, in double precision: {which}, from the models with which "
        f"the run began it. Largest difference {differences}."
    )
    return " ".join((_verdict(check), how, _shown(check)))


def _verdict(check: EngineCheck) -> str:
    if check.agrees:
        return f"The two engines agree: rounding explains differences up to {_small(ENGINE_TOLERANCE)}."
    return (
        f"The two engines do not agree in round {check.worst.round_index + 1}: rounding explains differences up to "
        f"{_small(ENGINE_TOLERANCE)}. Either training is close to diverging there and magnifies rounding, or one "
        "engine is wrong."
    )


def _shown(check: EngineCheck) -> str:
    """Of the run itself, whose numbers people see."""
    worth = max(record.shown_worth for record in check.rounds)
    pay = max(record.shown_pay for record in check.rounds)
    return (
        f"The run itself is in single precision: its worth is within {_small(worth)}, its importance and pay within "
        f"{_small(pay)} of that."
    )


def _small(value: float) -> str:
    return "0" if value == 0 else f"{value:.0e}".replace("e-0", "e-")
