"""What is shown of a log: each agent's row, its files, and a tab each for the rounds, the game and why."""

from __future__ import annotations

import json
from functools import partial

import pandas as pd
import streamlit as st

from cgs_core.figures import agent_name, contribution_figure, pay_figure
from cgs_core.figures.worth import worth_text
from cgs_core.records.federation_log import FederationLog
from cgs_core.records.logged_trace import LoggedTrace
from cgs_core.words import game_findings
from cgs_core.words.glossary import explained
from cgs_core.words.why import why_question
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.game.games import logged_game
from cgs_ui.game.panel import MAX_TABLE_AGENTS, picture
from cgs_ui.game.views import deeper
from cgs_ui.session import choices
from cgs_ui.why.panel import steps

_ALL, _ONE = "All rounds", "One round"


def agents_table(trace: LoggedTrace) -> None:
    """An agent a row: its name, in how many rounds it was there, worth, importance and pay, and what was logged."""
    log, text = trace.log, worth_text(trace)
    cells: dict[str, object] = {"Agent": [agent_name(agent) for agent in range(log.n_agents)]}
    if log.names:
        cells["Name"] = list(log.names)
    if not log.is_present.all():
        cells["Rounds there"] = log.is_present.sum(axis=0)
    cells["Worth, mean"] = trace.stack("contribution").mean(axis=0)
    if trace.scenario.valuation != "cgsv_exact" and trace.contribution_exact is not None:
        cells["CGSV φ, mean"] = trace.contribution_exact.mean(axis=0)
    cells["Importance, last"] = trace.rounds[-1].importance
    cells["Pay, mean"] = 100 * trace.stack("reward_ratio").mean(axis=0)
    if not trace.is_logged and log.reward_ratio is not None:
        cells["Pay as logged, mean"] = 100 * log.reward_ratio.mean(axis=0)
    columns = {name: st.column_config.NumberColumn(format="%.3f") for name in cells if name.endswith(("mean", "last"))}
    columns |= {name: st.column_config.NumberColumn(format="%.1f %%") for name in cells if name.startswith("Pay")}
    st.dataframe(
        pd.DataFrame(cells),
        hide_index=True,
        width="stretch",
        column_config=columns,
        alt=f"Each agent's worth ({text.title}), importance and pay.",
    )


def downloads(trace: LoggedTrace) -> None:
    """The numbers as files."""
    stem = f"cgs-federation-{trace.log.log_id}"
    with st.container(horizontal=True):
        st.download_button("All numbers (CSV)", trace.to_csv, f"{stem}.csv", "text/csv", on_click="ignore")
        st.download_button(
            "Summary (JSON)",
            lambda: json.dumps(trace.summary(), indent=2, allow_nan=False) + "\n",
            f"{stem}.json",
            "application/json",
            on_click="ignore",
        )
        st.download_button("The log (npz)", trace.log.to_npz, f"{stem}.npz", "application/zip", on_click="ignore")


def over_rounds(trace: LoggedTrace, anew: LoggedTrace) -> None:
    """Worth, importance and pay over the rounds."""
    if trace.scenario.valuation not in ("cgsv_approx", "cgsv_exact"):
        st.caption(
            explained("Above the CGSV, whatever drives the pay; below importance and pay as they follow from it.")
        )
    for key, draw in (("log_worth", contribution_figure), ("log_pay", pay_figure)):
        chart(draw(trace) | {"frames": []}, key, captions.of_trace(trace))  # every round is in the lines


def coalition_game(trace: LoggedTrace, anew: LoggedTrace) -> None:
    """The gradient game of a round, or the mean of all rounds' games."""
    log = trace.log
    if log.n_agents > MAX_TABLE_AGENTS or not log.is_small:
        st.info(game_findings.too_many(log.n_agents), icon=":material/info:")
        return
    is_mean = False
    if log.n_rounds > 1:
        scope = st.segmented_control(
            "Game", (_ONE, _ALL), default=_ONE, required=True, key="log_game", label_visibility="collapsed"
        )
        is_mean = scope == _ALL
    picture(partial(logged_game, log, is_mean), False, partial(deeper, None))


def why(trace: LoggedTrace, anew: LoggedTrace) -> None:
    """An agent's steps, of the numbers that the rules give."""
    log = trace.log
    with st.container(horizontal=True, vertical_alignment="bottom"):
        agent = st.selectbox(
            "Agent",
            range(log.n_agents),
            format_func=lambda one: named(log, one),
            key=f"log_why_{log.log_id}",
            label_visibility="collapsed",
            width=240,
        )
        index = _round_of(log)
    if trace.is_logged:
        st.caption("Of worth, importance and pay as the rules of the log give them, computed anew.")
    st.markdown(f"**{why_question(anew, agent, index)}**")
    steps(anew, agent, index, "log_why")


def _round_of(log: FederationLog) -> int | None:
    if log.n_rounds == 1:
        return 0
    scope = st.segmented_control(
        "Shown", (_ALL, _ONE), default=_ALL, required=True, key="log_why_scope", label_visibility="collapsed"
    )
    if scope == _ALL:
        return None
    return int(st.slider("Round", 1, log.n_rounds, log.n_rounds, key=f"log_why_round_{log.log_id}", width=320)) - 1


def named(log: FederationLog, agent: int) -> str:
    """An agent with its name, for a control's list."""
    return f"{agent_name(agent)} · {log.names[agent]}" if log.names else agent_name(agent)


VIEWS = {"Over the rounds": over_rounds, "Coalition game": coalition_game, "Why": why}


def show_views(trace: LoggedTrace, anew: LoggedTrace) -> None:
    """The tabs; the one that is open is drawn."""
    choices.show_views("tab", VIEWS, trace, anew)
