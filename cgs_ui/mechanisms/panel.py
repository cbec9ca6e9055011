"""A comparison of mechanisms on the page: what is compared, its runs followed, its table as far as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from cgs_core import Scenario, ScenarioError
from cgs_core.mechanisms import MECHANISMS
from cgs_core.studies.comparison import Comparison, batches, tabulated
from cgs_core.words.comparison_findings import ON_THEIR_WAY
from cgs_ui.background import finished_rounds
from cgs_ui.following.many_runs import ManyRuns, show_many
from cgs_ui.plain_text import plain
from cgs_ui.session import choices, view

MOST = 8
SEED_CHOICES = (1, 5, 10)
_START = ("fedavg", "cgsv", "shapfed", "iafl", "leave_one_out")
_VALIDATION_PART = 10  # one in so many training samples is set aside where the scenario sets none


def chosen() -> tuple[list[str], int]:
    """The controls: which mechanisms, and how many seeds."""
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    offered = [name for name in MECHANISMS if name != "standalone"]  # which is beside every one of them
    names = choices.several("mechanisms", _START, offered)
    left.multiselect(
        choices.locked_label("mechanisms", "Mechanisms"),
        offered,
        names,
        max_selections=MOST,
        select_all=False,  # there are more
        wrap=True,  # on a phone, too, all of them are seen
        key="mechanisms",
        format_func=lambda name: MECHANISMS[name].title,
        disabled=choices.is_locked("mechanisms"),
    )
    n_seeds = choices.one("comparison_seeds", SEED_CHOICES[1], SEED_CHOICES)
    right.selectbox(
        "Seeds",
        SEED_CHOICES,
        SEED_CHOICES.index(n_seeds),
        key="comparison_seeds",
        disabled=choices.is_locked("comparison_seeds"),
        help="With more than one, other data and another start each time: bands show the spread.",
    )
    return [name for name in offered if name in names], n_seeds


def told(names: Sequence[str]) -> None:
    """What each mechanism that is compared does, a sentence each; all of them, and whose they are, on asking."""
    st.markdown(
        "\n".join(f"- **{plain(row.title)}**: {plain(row.sentence)}" for row in map(MECHANISMS.__getitem__, names))
    )
    rows = [MECHANISMS[name] for name in (*names, *(name for name in MECHANISMS if name not in names))]
    words = pd.DataFrame(
        {
            "Mechanism": [f"**{plain(row.title)}**" if row.name in names else plain(row.title) for row in rows],
            "What an agent gets, and by which worth": [plain(row.sentence) for row in rows],
            "Source": [plain(row.source) for row in rows],
        }
    )
    with st.expander("All mechanisms, and whose they are", icon=":material/info:"):
        st.table(words.set_index("Mechanism"))


def with_validation(scenario: Scenario) -> Scenario:
    """The scenario with samples set aside, whichever mechanisms are chosen: so one more changes nobody's numbers."""
    if scenario.n_validation:
        return scenario
    n_validation = max(scenario.info.n_classes, scenario.info.n_train // _VALIDATION_PART)
    return scenario.replace(n_validation=n_validation)


def opening(scenario: Scenario) -> tuple[Scenario, tuple[str, ...], int]:
    """What is compared as long as nothing is chosen: the scenario, mechanisms, and how many seeds."""
    return with_validation(scenario), tuple(name for name in MECHANISMS if name in _START), SEED_CHOICES[1]


def show_comparison(
    name: str, scenario: Scenario, mechanisms: Sequence[str], n_seeds: int, draw: Callable[[Comparison, bool], None]
) -> None:
    """Follow a comparison; ``draw(comparison, is_live)`` draws the seeds that are there, once there is one."""
    try:
        asked = batches(scenario, mechanisms, n_seeds)
    except ScenarioError as error:
        st.error(f"This cannot be compared. {error}", icon=":material/error:")
        return

    def draw_seeds(runs: ManyRuns) -> None:
        columns = zip(*asked, strict=True)
        places = [
            place
            for place, column in enumerate(columns)
            if not any(scenario.scenario_id in runs.failed for scenario in column)
        ]
        seeds = [[runs.results.get(of_seed[place].scenario_id) for place in places] for of_seed in asked]
        whole = [[trace for trace in of_seed if trace is not None] for of_seed in seeds if None not in of_seed]
        if places and whole:
            draw(tabulated(whole, [mechanisms[place] for place in places]), runs.is_live)
        elif view.is_bare() and runs.is_live:  # where no bar says how far they are
            view.sentence(ON_THEIR_WAY)

    show_many(name, asked, finished_rounds, draw_seeds)
