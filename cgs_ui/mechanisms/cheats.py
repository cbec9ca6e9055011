"""Game the rule: one agent cheats, and what it gets under every mechanism is set against being honest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from cgs_core import Scenario, ScenarioError
from cgs_core.data import federated_data
from cgs_core.figures import agent_name
from cgs_core.figures.style import percent, points
from cgs_core.mechanisms import MECHANISMS
from cgs_core.metrics import is_same_accuracy, mean_shares
from cgs_core.scenario import Agent
from cgs_core.studies.comparison import Comparison
from cgs_core.studies.statistics import clearly, paired_differences, verdicts
from cgs_core.typing import FloatArray
from cgs_core.words.glossary import explained
from cgs_ui.mechanisms.panel import show_comparison
from cgs_ui.session import choices


def cheated(scenario: Scenario, agent: int, **changes: object) -> Scenario:
    """The scenario where one agent's fields are others; raises ``ScenarioError`` where it cannot have them."""
    agents = list(scenario.full_agents)
    agents[agent] = Agent(**({name: getattr(agents[agent], name) for name in Agent.model_fields} | changes))
    return scenario.replace(agents=tuple(agents))


def _with_half(scenario: Scenario, agent: int) -> Scenario:
    return cheated(scenario, agent, shard_size=max(1, federated_data(scenario).shards[agent].n_samples // 2))


def _with_neighbour(scenario: Scenario, agent: int) -> Scenario:
    colluding = cheated(scenario, agent, conduct="colluder")
    return cheated(colluding, neighbour(scenario, agent), conduct="colluder")


def _with_shell(scenario: Scenario, agent: int) -> Scenario:
    """One agent more, the last."""
    agents = (*scenario.full_agents, Agent(shell_of=agent))
    return scenario.replace(n_agents=len(agents), agents=agents)


def _of_conduct(conduct: str) -> Callable[[Scenario, int], Scenario]:
    return lambda scenario, agent: cheated(scenario, agent, conduct=conduct)


@dataclass(frozen=True)
class Cheat:
    """A way to cheat: what it is in words, and the scenario in which an agent does it."""

    words: str
    of: Callable[[Scenario, int], Scenario]


CHEATS = {
    "repeat": Cheat("puts each of its samples in twice", lambda scenario, agent: cheated(scenario, agent, repeats=2)),
    "withhold": Cheat("holds back half of its data", _with_half),
    "flip": Cheat("has four of five labels wrong", lambda scenario, agent: cheated(scenario, agent, label_noise=0.8)),
    "noise": Cheat("uploads noise (free rider)", _of_conduct("free_rider")),
    "echo": Cheat("uploads what it got back (echo)", _of_conduct("echo")),
    "climb": Cheat("mixes in what it got back while it pays (climber)", _of_conduct("climber")),
    "negate": Cheat("uploads its update negated", _of_conduct("sign_flipper")),
    "private": Cheat("adds noise to its update (private)", _of_conduct("private")),
    "overstate": Cheat("says that it has ten times its samples", _of_conduct("overstater")),
    "collude": Cheat("uploads the same as its neighbour (colluders)", _with_neighbour),
    "split": Cheat("splits in two (shell company)", _with_shell),
}


def neighbour(scenario: Scenario, agent: int) -> int:
    """With whom an agent colludes: the next one, the first after the last."""
    return (agent + 1) % scenario.n_agents


def game_the_rule(comparison: Comparison, is_live: bool) -> None:
    """One agent cheats: what it gets under every mechanism, against being honest."""
    if is_live:
        st.info("Ready when the comparison is.", icon=":material/hourglass_top:")
        return
    left, right = st.columns(2)
    agents = range(comparison.scenario.n_agents)
    name = f"cheater_of_{len(agents)}"
    first = choices.one(name, agents[-1], agents, lambda agent: str(agent + 1))
    agent = left.selectbox("Who cheats", agents, first, format_func=agent_name, key=name)
    does = choices.one("cheat", next(iter(CHEATS)), CHEATS)
    cheat = right.selectbox(
        "What it does", CHEATS, list(CHEATS).index(does), format_func=lambda name: CHEATS[name].words, key="cheat"
    )
    try:
        cheating = CHEATS[cheat].of(comparison.scenario, agent)
    except ScenarioError as error:
        st.info(f"{agent_name(agent)} cannot do that here. {error}", icon=":material/info:")
        return
    if cheating == comparison.scenario:
        st.info(f"{agent_name(agent)} does that already.", icon=":material/info:")
        return
    words = CHEATS[cheat].words
    if cheat == "collude":
        words = f"and {agent_name(neighbour(comparison.scenario, agent))} upload the mean of what both learnt"

    def draw(cheated: Comparison, is_live: bool) -> None:
        _draw_cheat(comparison, cheated, agent, words)

    show_comparison("cheat", cheating, comparison.mechanisms, comparison.n_seeds, draw)


def _draw_cheat(honest: Comparison, cheating: Comparison, agent: int, words: str) -> None:
    n_seeds, n = min(honest.n_seeds, cheating.n_seeds), honest.scenario.n_agents
    own = [agent, *range(n, cheating.scenario.n_agents)]  # with its shell companies
    before, after = honest.accuracy[:n_seeds, :, agent], cheating.accuracy[:n_seeds, :, own].max(axis=2)
    others = np.delete(cheating.accuracy[:n_seeds, :, :n] - honest.accuracy[:n_seeds], agent, axis=2).mean(axis=(0, 2))
    worth_before, worth_after = _shares(honest.worth[:n_seeds], [agent]), _shares(cheating.worth[:n_seeds], own)
    _say_where_it_pays(f"{agent_name(agent)} {words}", before, after, honest)
    _say_where_it_is_worth_more(worth_after - worth_before, honest)
    rows = [
        {
            "Mechanism": MECHANISMS[name].title,
            "Honest": 100 * before[:, place].mean(),
            "Cheating": 100 * after[:, place].mean(),
            "Change (points)": points(float((after - before)[:, place].mean())),
            "Others (points)": points(float(others[place])),
            "Worth, honest": _mean_share(worth_before[:, place]),
            "Worth, cheating": _mean_share(worth_after[:, place]),
        }
        for place, name in enumerate(honest.mechanisms)
    ]
    columns = {name: st.column_config.NumberColumn(format="%.1f %%") for name in ("Honest", "Cheating")}
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        column_config=columns,
        alt="The cheating agent's accuracy and worth under each mechanism, honest and cheating.",
    )
    st.caption(
        explained(
            "Honest and cheating: accuracy of the agent's own model at the end, mean over the seeds; of two models of "
            "its own, the better. Others: what their accuracy changes by, on average. What it is worth: by the "
            "mechanism's own valuation, as a part of the whole, all of the agent's companies together; – where there "
            "is no whole to share." + (f" Clearly better: {clearly(n_seeds)}." if n_seeds > 1 else "")
        )
    )


def _shares(worth: FloatArray, agents: list[int]) -> FloatArray:
    """What agents are worth of the whole: (n_seeds, M, N) -> (n_seeds, M), NaN where there is no whole to share."""
    return np.array(
        [
            [np.nan if (shares := mean_shares(own)) is None else shares[agents].sum() for own in of_seed]
            for of_seed in worth
        ]
    )


def _mean_share(shares: FloatArray) -> str:
    """Over the seeds that define it."""
    known = shares[np.isfinite(shares)]
    return percent(float(known.mean())) if len(known) else "–"


def _say_where_it_is_worth_more(change: FloatArray, comparison: Comparison) -> None:
    """``change``: (n_seeds, n_mechanisms) of the cheater's share; one seed tells nothing, and the table shows it."""
    n_seeds = len(change)
    if n_seeds < 2:
        return
    more = [
        MECHANISMS[name].title
        for name, verdict in zip(comparison.mechanisms, verdicts(paired_differences(change.T)), strict=True)
        if verdict > 0
    ]
    if more:
        st.warning(
            f"It is worth clearly more by cheating under {', '.join(more)} ({n_seeds} seeds).",
            icon=":material/warning:",
        )


def _say_where_it_pays(whom: str, honest: FloatArray, cheating: FloatArray, comparison: Comparison) -> None:
    """``honest``, ``cheating``: (n_seeds, n_mechanisms), the cheater's accuracy."""
    n_seeds = len(honest)
    if n_seeds > 1:
        is_better = verdicts(paired_differences((cheating - honest).T)) > 0
    else:
        is_better = (cheating > honest)[0] & ~is_same_accuracy(honest, cheating, comparison.scenario.info.n_test)[0]
    better = [MECHANISMS[name].title for name, own in zip(comparison.mechanisms, is_better, strict=True) if own]
    if n_seeds == 1:
        found = f"its model is better under {', '.join(better)}" if better else "its model is better under none of them"
        st.info(
            f"{whom}: in this one run {found} (beyond the test's error). More seeds would tell chance apart.",
            icon=":material/info:",
        )
    elif better:
        st.warning(f"{whom}: cheating pays under {', '.join(better)} ({n_seeds} seeds).", icon=":material/warning:")
    else:
        st.success(
            f"{whom}: under none of these mechanisms is its model clearly better than by being honest "
            f"({n_seeds} seeds).",
            icon=":material/check:",
        )
