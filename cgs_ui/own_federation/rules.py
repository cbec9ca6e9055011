"""By which rules a log is valued and paid: as it says, or by others that are chosen here."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cgs_core import Scenario
from cgs_core.records.federation_log import FederationLog
from cgs_core.records.logged_trace import LoggedTrace
from cgs_core.scenario import choice_of, field_facts
from cgs_core.studies.logged import as_logged, default_rules, replay, valuations_of
from cgs_ui.controls.field_controls import ALTRUISM_STEPS
from cgs_ui.plain_text import plain

LOGGED, ANEW = "As logged", "By these rules"


def shown(log: FederationLog) -> tuple[LoggedTrace, LoggedTrace]:
    """What is shown, and the same computed anew by the rules that are chosen: one and the same where that is shown."""
    basis = ANEW
    with st.container(horizontal=True, vertical_alignment="bottom", key="log_rules"):
        if log.is_paid:
            basis = st.segmented_control(
                "Worth and pay", (LOGGED, ANEW), default=LOGGED, required=True, key=f"log_basis_{log.log_id}"
            )
        rules = default_rules(log) if basis == LOGGED else _rules(log)
    anew = _made(("anew", log.log_id, rules), lambda: replay(log, rules))
    return (_made(("logged", log.log_id), lambda: as_logged(log)) if basis == LOGGED else anew), anew


def _rules(log: FederationLog) -> Scenario:
    """The controls; the first values are the log's own rules as far as they can be computed anew, else the paper's."""
    first, names = default_rules(log), list(valuations_of(log))
    valuation = st.selectbox(
        "Worth",
        names,
        names.index(first.valuation),
        format_func=lambda name: choice_of("valuation", name).title,
        key=f"log_valuation_{log.log_id}",
        width=280,
    )
    facts = field_facts("importance_smoothing")
    smoothing = st.number_input(
        f"{facts.title} ({facts.symbol})",
        0.0,
        0.999,
        min(first.importance_smoothing, 0.999),
        0.05,
        format="%.3g",
        key=f"log_smoothing_{log.log_id}",
        help=facts.help,
        width=210,
    )
    facts = field_facts("altruism_degree")
    steps = sorted({*ALTRUISM_STEPS, first.altruism_degree})
    altruism = st.select_slider(
        f"{facts.title} ({facts.symbol})",
        steps,
        first.altruism_degree,
        format_func=lambda value: f"{value:g}".replace("inf", "∞"),
        key=f"log_altruism_{log.log_id}",
        help=facts.help,
        width=280,
    )
    return first.replace(valuation=valuation, importance_smoothing=float(smoothing), altruism_degree=float(altruism))


def is_replayable(log: FederationLog) -> bool:
    """Whether worth and pay by the log's own rules can be computed anew."""
    return log.rules is not None and log.rules == default_rules(log)


def about(rules: Scenario) -> str:
    """What the valuation is, in its own sentence."""
    choice = choice_of("valuation", rules.valuation)
    source = f" ({plain(choice.source)})" if choice.source else ""
    return f"**{plain(choice.title)}**{source}: {plain(choice.sentence)}"


def _made(asked: tuple[object, ...], make: Callable[[], LoggedTrace]) -> LoggedTrace:
    """Made once as long as the same is asked for; the session keeps the last one of each kind."""
    kept: dict[object, tuple[object, LoggedTrace]] = st.session_state.setdefault("federation_told", {})
    if asked[0] not in kept or kept[asked[0]][0] != asked:
        kept[asked[0]] = (asked, make())
    return kept[asked[0]][1]
