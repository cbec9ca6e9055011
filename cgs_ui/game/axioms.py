"""The axioms checked on every coalition, by rule; individual rationality and the core, in words."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cgs_core import Trace
from cgs_core.contribution import (
    AxiomCheck,
    Rule,
    check_axioms,
    individually_irrational,
    least_core,
    leave_one_out_values,
    shapley_values,
    singleton_values,
    worst_objection,
)
from cgs_core.contribution.stability import MAX_CORE_AGENTS
from cgs_core.data import federated_data
from cgs_core.figures import agent_name
from cgs_core.figures.game.units import UNITS
from cgs_core.figures.style import agent_names
from cgs_ui.game.games import Game

_MEANINGS = {
    "efficiency": "the whole is shared out, no more and no less",
    "symmetry": "who adds the same everywhere gets the same",
    "null agent": "who adds nothing anywhere gets nothing",
    "linearity": "in the sum of two games one gets the sum",
    "monotonicity": "who adds at least as much as another everywhere gets at least as much",
}


def axioms(trace: Trace | None, game: Game) -> None:
    """A table of rules against axioms, and the core; without a trace no rule knows sizes of data."""
    if len(game.agents) > MAX_CORE_AGENTS:
        st.info(
            f"The axioms are checked on every coalition, for up to {MAX_CORE_AGENTS} agents.", icon=":material/info:"
        )
        return
    rules: dict[str, Rule] = {
        "Shapley value": shapley_values,
        "ψ (cosine approximation)" if game.unit == "cosine" else "value alone": singleton_values,
        "leave one out": leave_one_out_values,
    }
    if trace is not None:
        sizes = np.array([federated_data(trace.scenario).shards[agent].n_samples for agent in game.agents], np.float64)
        rules["data size"] = lambda values: (values[-1] - values[0]) * sizes / sizes.sum()
    checks = {name: check_axioms(game.table, game.other_table, rule) for name, rule in rules.items()}
    lines = ["| axiom | " + " | ".join(rules) + " |", "|---|" + "---|" * len(rules)]
    for number, (axiom, meaning) in enumerate(_MEANINGS.items()):
        cells = [_cell(own[number], game) for own in checks.values()]
        lines.append(f"| **{axiom}**: {meaning} | " + " | ".join(cells) + " |")
    st.markdown("\n".join(lines))
    _core(game)


def _cell(check: AxiomCheck, game: Game) -> str:
    if check.verdict == "holds":
        return "✓"
    if check.verdict == "nothing to check":
        return "– no such agents"
    words = UNITS[game.unit]
    who = " and ".join(agent_name(game.agents[place]) for place in check.agents)
    numbers = " against ".join(words.amount(number) for number in check.numbers)
    return f"✗ {who + ': ' if who else ''}{numbers}"


def _core(game: Game) -> None:
    """Individual rationality and the core, in words."""
    table, words = game.table, UNITS[game.unit]
    shapley = shapley_values(table)
    worse = individually_irrational(table, shapley)
    who = "✓ nobody"
    if worse:
        is_everybody = len(worse) == len(game.agents)
        who = f"✗ {'every agent' if is_everybody else agent_names([game.agents[place] for place in worse])}"
    st.markdown(f"**Individual rationality**: {who} would have more alone than the Shapley value gives.")
    if len(game.agents) < 2:
        return
    core = least_core(table)
    members, excess = worst_objection(table, shapley)
    group = ", ".join(str(game.agents[place] + 1) for place in members)
    gap = words.amount(abs(core.epsilon)) + words.points
    more = words.amount(excess) + words.points
    if core.has_core:
        verdict = "the core is not empty: the whole can be shared so that no coalition would have more by leaving"
    else:
        verdict = f"the core is empty: however the whole is shared, some coalition is at least {gap} short (least core)"
    inside = (
        "the Shapley value is in the core"
        if excess <= 1e-9
        else f"under the Shapley value the coalition {group} would have {more} more by leaving"
    )
    st.markdown(f"**Core**: {verdict}; {inside}.")
    if game.unit == "cosine":
        st.caption(
            "In the gradient game a coalition that leaves has a larger cosine, not a better model: an empty "
            "core says that agreement is not shared out stably, not that anybody should leave."
        )
