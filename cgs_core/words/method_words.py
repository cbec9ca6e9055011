"""One round, step by step: what each step does in plain words, its formula, and one agent's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cgs_core.figures.frames import round_number
from cgs_core.figures.style import agent_name, percent, signed
from cgs_core.records import Trace
from cgs_core.words.terms import TERMS
from cgs_core.words.why import Formula, why_steps
from cgs_core.words.written import unbroken

STEP_NAMES = ("Train", "Cut to Γ, upload", "Add up", "Value", "Smooth", "Pay", "Get")
"""As the player has them, in the order of the picture's frames."""

_MOST_TERMS = 3  # of a sum that is written out, so that it fits a phone


@dataclass(frozen=True)
class MethodStep:
    """A step of a round.

    Attributes
    ----------
    title: one of ``STEP_NAMES``.
    formula: the step in LaTeX.
    words: what happens, in one to three sentences.
    told: what happened to one agent, in a sentence; empty where the step is of all of them.
    numbers: the formula with its numbers.
    """

    title: str
    formula: str
    words: str
    told: str
    numbers: tuple[Formula, ...]


_TRAINS = (
    r"w_i \xrightarrow{\text{training on } D_i} w_i + \Delta w_i",
    "Every agent trains its own model on its own samples. What training would change is an arrow Δw, in as many "
    "dimensions as the model has numbers; then the model goes back to where it was.",
)
_CUT = (
    TERMS["update"].formula,
    "Every arrow is brought to the length Γ and sent: nobody can shout. What is left of it is its direction. Samples "
    "never leave their agent.",
)
_ADD = (
    TERMS["aggregate"].formula,
    "The server adds up the arrows, each by its weight. What points along the sum adds up, as the stairs show; what "
    "points aside cancels.",
)
_VALUE = (
    TERMS["psi"].formula,
    "An update is worth how much it agrees with the sum: the shadow that it throws on it, as a part of its length. "
    "That is ψ, by which the paper pays. The exact value φ is what it adds, mean over all orders of joining.",
)
_SMOOTH = (
    TERMS["importance"].formula + r", \quad r_i \leftarrow \frac{\max(r_i, 0.001)}{\sum_j \max(r_j, 0.001)}",
    "One round may be luck, so worth moves importance slowly. Importances add up to 1; nobody falls to nothing.",
)
_PAY = (
    TERMS["pay"].formula,
    "The most important agent gets the whole sum back, the others a part of its entries, the largest ones. These "
    "carry most of the length, so an agent may be paid few entries and get nearly all of the arrow.",
)
_GET = (
    r"w_i \leftarrow w_i + v_i",
    "Each agent adds what it was paid, and nothing else, to its own model. Then the next round begins.",
)


def method_steps(trace: Trace, round_index: int, agent: int) -> tuple[MethodStep, ...]:
    """The seven, with the numbers of an agent (from 0) in a round (from 0).

    Raises
    ------
    ValueError: the trace has no such agent or round.
    """
    why = {step.name: step for step in why_steps(trace, agent, round_index)}
    own = {
        "Cut to Γ, upload": why["update"],
        "Value": why["worth"],
        "Smooth": why["importance"],
        "Pay": why["pay"],
        "Get": why["model"],
    }
    general = (_TRAINS, _CUT, _ADD, _VALUE, _SMOOTH, _PAY, _GET)
    found = []
    for title, (formula, words) in zip(STEP_NAMES, general, strict=True):
        told, numbers = (own[title].sentence, own[title].formulas) if title in own else ("", ())
        if title == "Train":
            told = _trained(trace, agent)
        if title == "Add up":
            told, numbers = _added(trace, round_index)
        found.append(MethodStep(title, formula, words, told, numbers))
    return tuple(found)


def _trained(trace: Trace, agent: int) -> str:
    epochs = trace.scenario.local_epochs
    return unbroken(f"{agent_name(agent)} goes {epochs} time{'s' * (epochs > 1)} through its samples each round.")


def _added(trace: Trace, round_index: int) -> tuple[str, tuple[Formula, ...]]:
    """What the weights are, and the sum with them."""
    record = trace.rounds[round_index]
    length = signed(f"{np.sqrt(max(record.gram.sum(), 0)):.4f}")
    source = "its importance after the round before" if round_index else "its part of all samples"
    told = f"In round {round_number(round_index)} an arrow's weight is {source}. The sum is {length} long."
    if not record.weight.size:
        return unbroken(told), ()
    tex, text = _sum([f"{weight:.3f}" for weight in record.weight])
    return unbroken(told), (Formula(f"u_N = {tex}", f"u_N = {text}"),)


def _sum(weights: Sequence[str]) -> tuple[str, str]:
    """The terms of a weighted sum, of many the first ones and the last."""
    places = list(range(len(weights)))
    if len(places) > _MOST_TERMS:
        places = [*places[: _MOST_TERMS - 1], places[-1]]
    terms = [(rf"{weights[place]} \, u_{{{place + 1}}}", f"{weights[place]} u{place + 1}") for place in places]
    if len(places) < len(weights):
        terms.insert(-1, (r"\dots", "…"))
    return " + ".join(tex for tex, _ in terms), " + ".join(text for _, text in terms)


def shown_agent(trace: Trace, round_index: int) -> int:
    """Whose numbers are shown unless told: who is paid least, since there the pay is seen best."""
    return int(trace.rounds[round_index].reward_ratio.argmin())


def picture_words(trace: Trace, round_index: int) -> str:
    """What the picture is of, and what is not as it is in it."""
    ratio = trace.rounds[round_index].reward_ratio
    return unbroken(
        f"Round {round_number(round_index)} of {trace.scenario.n_rounds}: pay went from {percent(ratio.min())} "
        f"to {percent(ratio.max())}. Every arrow has its true length and its true angle to the shared update; angles "
        "between two agents are not true, since the model has more dimensions than a page."
    )
