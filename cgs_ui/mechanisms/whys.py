"""Why is an agent paid what it is under one of the mechanisms that are compared? Its steps in that run, in a dialog."""

from __future__ import annotations

from itertools import product

from cgs_core.errors import JobError
from cgs_core.figures import agent_name
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.records import Trace
from cgs_core.studies.comparison import Comparison
from cgs_ui.background import finished_rounds
from cgs_ui.why.dialog import ask_in_dialog, asked_in_dialog, why_dialog, why_picker

_WORDS = "Under {mechanism}; the run with the first seed, where the picture shows the mean over {n_seeds} seeds."


def picked(comparison: Comparison, number: int) -> None:
    """A click on a point of the picture of all mechanisms, by its number."""
    place, agent = divmod(number, comparison.scenario.n_agents)
    if 0 <= place < len(comparison.mechanisms):
        ask_in_dialog((comparison.mechanisms[place], agent))


def offer_whys(comparison: Comparison) -> None:
    """The same by keyboard, and the dialog where somebody has asked."""
    options = list(product(comparison.mechanisms, range(comparison.scenario.n_agents)))
    why_picker(options, lambda option: f"Why? {agent_name(option[1])}, {MECHANISMS[option[0]].title}")
    asked = asked_in_dialog()
    if not isinstance(asked, tuple) or asked[0] not in comparison.mechanisms:
        return
    mechanism, agent = asked
    try:
        trace = finished_rounds(with_mechanism(comparison.scenario, mechanism).scenario_id)
    except JobError:
        return  # it has been forgotten meanwhile
    title, n_seeds = MECHANISMS[mechanism].title, comparison.n_seeds
    words = f"Under {title}." if n_seeds == 1 else _WORDS.format(mechanism=title, n_seeds=n_seeds)
    if isinstance(trace, Trace):
        why_dialog(trace, agent, None, words)
