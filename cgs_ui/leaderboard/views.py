"""The leaderboard's map, tables and the one case on the page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from cgs_core.figures import CaseCell, agent_name, case_map_figure
from cgs_core.figures.style import percent, signed
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.leaderboard.board import COLUMNS, Board, method_title, n_models, needs_samples
from cgs_core.studies.leaderboard.cases import CASES, FAMILIES, STORIES, Case
from cgs_core.studies.leaderboard.claims import CLAIMS
from cgs_core.studies.leaderboard.lines import TRUTH
from cgs_core.studies.leaderboard.results import COMMITTED_FOLDER, read_costs
from cgs_core.studies.leaderboard.steady import TWO_NAMES
from cgs_core.studies.leaderboard.steady_board import STEADY_COLUMNS, SteadyBoard
from cgs_core.words.glossary import explained
from cgs_core.words.leaderboard_findings import cell_text, claim_text, evidence
from cgs_core.words.steady_findings import steady_cell, steady_sure, two_names
from cgs_ui.charts import captions
from cgs_ui.charts.chart import chart
from cgs_ui.leaderboard.panel import claims, pick_case

_ROW_PIXELS, _NAME_PIXELS, _CELL_PIXELS = 35, 215, 135
_LETTER_PIXELS, _PADDING_PIXELS = 7, 20
_MODELS_OF = 5  # agents, for whom the models a round are counted


def show_map(table: Board, method: str) -> None:
    """A cell a case: how far the value agrees with the truth."""
    columns = list(dict.fromkeys(_column(case) for case in table.cases))
    figure = case_map_figure(
        _groups(table, method),
        columns,
        f"Agreement of {method_title(method)} with the truth",
        filename=method.replace(":", "-"),
    )
    chart(figure, "case_map", captions.of_page(), on_pick=pick_case)


def _groups(table: Board, method: str) -> dict[str, dict[str, list[CaseCell]]]:
    """By family and story, in the order of the cases."""
    means, verdicts = table.means(method), table.case_verdicts[table.methods.index(method)]
    numbers = {name: number for number, name in enumerate(CASES)}
    groups: dict[str, dict[str, list[CaseCell]]] = {}
    ordered = sorted(range(len(table.cases)), key=lambda place: _order(table.cases[place]))
    for place in ordered:
        case = table.cases[place]
        cell = CaseCell(
            column=_column(case),
            value=float(means[place]),
            outcome=int(verdicts[place]),
            is_sure=bool(table.is_sure[place]),
            number=numbers[case.name],
            name=f"{case.title}, {DATASETS[case.dataset].title}",
        )
        heading = FAMILIES[case.family]
        groups.setdefault(heading[:1].upper() + heading[1:], {}).setdefault(case.title, []).append(cell)
    return groups


def show_claims() -> None:
    """What is claimed, on which data sets it holds, and the numbers behind it."""
    found = claims()
    st.markdown("\n".join(f"- {claim_text(claim, found[claim.name])}" for claim in CLAIMS))
    rows = [
        {"Data set": DATASETS[dataset].title} | evidence(one)
        for claim in CLAIMS
        for dataset, checks in found[claim.name].items()
        for one in checks
    ]
    longest = {name: max(len(row[name]) for row in rows) for name in rows[0]}
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height=_ROW_PIXELS * (len(rows) + 1) + 3,
        key="board_claims",
        column_order=[*(name for name in rows[0] if name != "What"), "What"],  # last, as it is the longest
        column_config={
            name: st.column_config.TextColumn(width=_LETTER_PIXELS * longest[name] + padding)
            for name, padding in (("What", 0), ("Measured", _PADDING_PIXELS), ("Wanted", _PADDING_PIXELS))
        },
        alt="Each claim's checks, data set by data set: what was measured and what was wanted.",
    )
    st.caption("The claims were picked when the first seed had been seen. All checks are one table of comparisons.")


def _column(case: Case) -> str:
    """The data set, without its size."""
    return DATASETS[case.dataset].title.partition(" (")[0]


def _order(case: Case) -> tuple[int, int]:
    return list(FAMILIES).index(case.family), list(STORIES).index(case.story)


def table_frame(table: Board, methods: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """A method a row: each score as mean ± half an interval, starred where nobody is clearly better."""
    entries = {name: table.entries(name) for name in columns}
    frame = {"Method": [method_title(method) + (" †" if needs_samples(method) else "") for method in methods]}
    for name, own in entries.items():
        frame[COLUMNS[name].title] = [cell_text(name, own, method, " ★") for method in methods]
    costs = read_costs(COMMITTED_FOLDER)
    if any((method, _MODELS_OF) in costs for method in methods):
        frame["ms a round"] = [_milliseconds(costs.get((method, _MODELS_OF))) for method in methods]
    frame["Models a round"] = ["" if method == TRUTH else str(n_models(method, _MODELS_OF)) for method in methods]
    return pd.DataFrame(frame)


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:.2g}"


def show_table(table: Board, methods: Sequence[str], columns: Sequence[str], key: str) -> None:
    """In full height, the columns' meaning under it."""
    alt = "Every method's scores, mean over the seeds with half of a 95 % interval."
    _show_frame(table_frame(table, methods, columns), key, alt)
    words = [f"{COLUMNS[name].title}: {COLUMNS[name].about}{_way(name)}." for name in columns]
    st.caption(
        f"★ nobody is clearly better, over {table.n_seeds} seeds; only who is defined in all of a column's "
        "cases are compared, and the truth is no rival; (of n): over so many cases alone. † needs samples set aside. "
        "Models a round: that it tries, of "
        f"{_MODELS_OF} agents; ms: of a processor, where the results were made. {' '.join(words)}"
    )


def _show_frame(frame: pd.DataFrame, key: str, alt: str) -> None:
    config = {name: st.column_config.TextColumn(width=_CELL_PIXELS) for name in frame.columns}
    config["Method"] = st.column_config.TextColumn(pinned=True, width=_NAME_PIXELS)
    st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        height=_ROW_PIXELS * (len(frame) + 1) + 3,
        key=key,
        column_config=config,
        alt=alt,
    )


def steady_frame(table: SteadyBoard) -> pd.DataFrame:
    """A value a row: how far it is the same over seeds, starred; what two names gain, with an arrow if clear."""
    frame = {"Method": [method_title(method) + (" †" if needs_samples(method) else "") for method in table.methods]}
    for name, score in STEADY_COLUMNS.items():
        entries = table.entries(name)
        frame[score.title] = [
            steady_cell(name, entries, method, " ★") + _arrow(table, method, name) for method in entries
        ]
    return pd.DataFrame(frame)


def _arrow(table: SteadyBoard, method: str, name: str) -> str:
    return {1: " ▲", -1: " ▼"}.get(table.gains[method, name].outcome, "") if name in TWO_NAMES else ""


def show_steady(table: SteadyBoard) -> None:
    """How steady each value is, under the sentence that says who gains by a second name."""
    if not table.methods:
        st.info(
            "Nothing has been computed here: `python -m cgs_core leaderboard --steady` does.", icon=":material/info:"
        )
        return
    st.markdown("\n".join(f"- {explained(own)}" for own in two_names(table)))
    _show_frame(
        steady_frame(table),
        "board_steady",
        "Every value: how far it is the same over seeds, what a second name gains; mean and half of a 95 % interval.",
    )
    words = [
        f"{score.title}: {score.about}{'' if score.is_more_better or name in TWO_NAMES else ' (less is better)'}."
        for name, score in STEADY_COLUMNS.items()
    ]
    st.caption(
        "★ nobody is clearly better; (of n): over so many cases alone. ▲ ▼ the share clearly grows, falls. "
        f"{' '.join(words)} {steady_sure(table)}"
    )


def _way(name: str) -> str:
    return "" if COLUMNS[name].is_more_better else " (less is better)"


def case_frame(table: Board, case: Case) -> pd.DataFrame:
    """Each agent's truth: mean and spread over the seeds, with what it has alone."""
    lines = [own for (name, _), own in sorted(table.results.truth.items()) if name == case.name]
    rows = []
    for agent in range(case.scenario.n_agents):
        cells = {"Agent": agent_name(agent) + (" (cheats)" if agent in case.cheats else "")}
        for key, title in (
            ("accuracy", "Truth by accuracy"),
            ("worst_recall", "by recall of the worst class"),
            ("loss", "by loss (nats)"),
            ("alone", "Accuracy alone"),
        ):
            values = np.array([own[agent][key] for own in lines], np.float64)
            cells[title] = _spread(values, key)
        rows.append(cells)
    return pd.DataFrame(rows)


def _spread(values: np.ndarray, key: str) -> str:
    known = values[np.isfinite(values)]
    if not len(known):
        return "–"
    mean, spread = known.mean(), known.std(ddof=1) if len(known) > 1 else 0.0
    if key == "loss":
        return signed(f"{mean:.3f} ± {spread:.3f}")
    return f"{percent(float(mean), 1)} ± {100 * spread:.1f}"


def show_case(table: Board, case: Case) -> None:
    """What the truth says of each agent, and how far each value agrees."""
    st.dataframe(
        case_frame(table, case),
        hide_index=True,
        width="stretch",
        key="board_case_truth",
        alt="Each agent's Shapley value in the retrained game, mean and spread over the seeds.",
    )
    n_seeds = table.of_seeds(case.name)
    st.caption(
        f"`{case.name}`. Shapley values of the retrained game: mean ± standard deviation over {n_seeds} "
        f"{'seed' if n_seeds == 1 else 'seeds'}, which move data, start and mini-batches together."
    )
