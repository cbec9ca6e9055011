"""The sentences about estimators of the truth: how many models must be trained to know it."""

from __future__ import annotations

import math

from cgs_core.contribution.estimators import ESTIMATORS
from cgs_core.figures.style import listed, percent
from cgs_core.studies.estimators.errors import N_STREAMS
from cgs_core.studies.estimators.rebuilt import TITLES
from cgs_core.studies.estimators.told import N_MODELS, Mean, Told
from cgs_core.studies.statistics import ONE_SEED, clearly

_NEAR = 0.1  # of the truth's length
_NAMED = 3  # of those than whom nobody is clearly nearer


def findings(told: Told, restarted: float | None) -> list[str]:
    """What the games tell, a sentence each; nothing where there are none."""
    if told.is_empty:
        return []
    return [*_nearest(told), *_near_enough(told, restarted), _once(told)]


def _nearest(told: Told) -> list[str]:
    """Who is nearest with how many models; runs of budgets with the same leaders together."""
    if len(told.seeds) < 2:
        return [ONE_SEED]
    runs: list[tuple[list[int], list[str]]] = []
    for budget in told.budgets:
        names = told.nearest(budget)
        if runs and set(runs[-1][1]) == set(names):
            runs[-1][0].append(budget)
        else:
            runs.append(([budget], names))
    parts = [f"{_budgets(budgets)} than {_named(told, budgets[0], names)}" for budgets, names in runs]
    return [f"Of {len(told.estimators)} estimators nobody is clearly nearer to the truth {'; '.join(parts)}."]


def _budgets(budgets: list[int]) -> str:
    return f"with {budgets[0]} models" if len(budgets) == 1 else f"with {budgets[0]} to {budgets[-1]} models"


def _named(told: Told, budget: int, names: list[str]) -> str:
    """The nearest by name, each with its error with so many models, and how many others."""
    entries = told.at(budget)
    words = [f"{ESTIMATORS[name].title} (with {budget} off by {error_text(entries[name])})" for name in names[:_NAMED]]
    more = len(names) - _NAMED
    return listed([*words, *([f"{more} {'other' if more == 1 else 'others'}"] if more > 0 else [])])


def _near_enough(told: Told, restarted: float | None) -> list[str]:
    """How many models it takes to be within a tenth of the truth, to tell agents apart, and to be as near as itself."""
    equal = told.once()["equal"]
    sentences = [
        f"To be off by less than {percent(_NEAR)} of the truth's length takes {_first_within(told, _NEAR)}. Who trains "
        f"one model and says that all are worth the same is off by {error_text(equal)}: to be nearer than that takes "
        f"{_first_within(told, equal.error)}."
    ]
    if restarted is not None:
        sentences.append(
            f"Trained once more from another start, the truth itself moves by {percent(restarted)}: to be as near as "
            f"that takes {_first_within(told, restarted)}, and what is nearer still may owe it to the start."
        )
    return sentences


def _first_within(told: Told, error: float) -> str:
    for budget in told.budgets:
        entries = told.at(budget)
        within = sorted((name for name in entries if entries[name].error < error), key=lambda own: entries[own].error)
        if within:
            return f"{budget} of {N_MODELS} models ({listed([ESTIMATORS[name].title for name in within])})"
    return f"more than {told.budgets[-1]} of {N_MODELS} models with every estimator"


def _once(told: Told) -> str:
    """What values that train one model come to."""
    parts = [f"{TITLES[name]} {error_text(own)}" for name, own in told.once().items()]
    return f"What trains one model alone estimates another game, and is off by: {', '.join(parts)}."


def error_text(own: Mean) -> str:
    """A mean error with half of its interval."""
    margin = f" ± {100 * own.margin:.1f}" if math.isfinite(own.margin) else ""
    return f"{percent(own.error, 1)}{margin}"


def how_made(told: Told) -> str:
    """What stands behind the numbers: games, seeds, streams, comparisons."""
    return (
        f"Off by: the length of estimate less truth, as a part of the truth's length; mean over {len(told.cases)} "
        f"games of eight agents, {len(told.seeds)} seeds and {N_STREAMS} streams of draws, ± half of a 95 % interval "
        f"over the seeds. The truth trains {N_MODELS} models. Clearly: {clearly(len(told.seeds))}; all pairs at all "
        f"budgets are one table of {told.n_compared}."
    )


def heads(told: Told) -> tuple[str, ...]:
    """Of the table: the estimator, its error with so many models, whether it is unbiased, its source."""
    return ("", *(f"{budget} models" for budget in told.budgets), "unbiased", "source")


def estimator_rows(told: Told) -> list[tuple[str, ...]]:
    """An estimator a row; starred where nobody is clearly nearer. A cell is empty where it needs more to begin."""
    columns = [told.at(budget) for budget in told.budgets] if not told.is_empty else []
    return [
        (
            ESTIMATORS[name].title,
            *(_cell(own[name]) if name in own else "" for own in columns),
            "yes" if ESTIMATORS[name].is_unbiased else "",
            ESTIMATORS[name].source,
        )
        for name in told.estimators
    ]


def _cell(own: Mean) -> str:
    return error_text(own) + (" ★" if own.rank == 1 else "")


def once_rows(told: Told) -> list[dict[str, str]]:
    """A value that trains one model a row."""
    return [
        {"": TITLES[name], "off by": error_text(own), "models trained": "1", "models rebuilt": f"{own.models:,.0f}"}
        for name, own in told.once().items()
    ]
