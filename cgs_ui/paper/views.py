"""The paper's tables on the page: one a quantity, as the paper lays them out; and CGSV against every other row."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from cgs_core.figures.style import signed
from cgs_core.studies.paper import Cell, mechanism_of, row_title
from cgs_core.studies.paper_tables import QUANTITY_TITLES, PaperTable
from cgs_core.words.paper_findings import DUELLED, OURS, SPLIT_WORDS, duels, mean_difference

_NOTES = (
    "★ {stars}; beside a wide spread a star says that the seeds cannot tell. Only rows that are defined with every "
    "seed are compared, and training alone is no rival. † needs validation data: samples are set aside in every run, "
    "whether or not its mechanism looks at them. – (0 of N): undefined with each of N seeds: the test does not tell "
    "the best model from the worst (McNemar's paired test). Empty: not run."
)
GUARANTEE = (
    "Fair in what sense? The paper's Theorem 2 orders training losses: more importance, no larger loss, "
    "under conditions near a stationary point. It says nothing about correlation or test "
    "accuracy: what these tables show is an observation of these runs."
)
_ROW_PIXELS = 35
_NAME_PIXELS, _CELL_PIXELS = 180, 215  # on a projector three columns, and a part of a fourth, so that it is seen
_LETTER_PIXELS = 8  # so that a head is whole


def notes(table: PaperTable) -> str:
    """What the signs in the tables mean."""
    return _NOTES.format(stars="nobody is clearly better" if table.n_seeds > 1 else "none, as there is one seed")


def _name(row: str) -> str:
    return row_title(row) + (" †" if mechanism_of(row).needs_validation else "")


def cell_words(cell: Cell) -> str:
    """For instance "5 agents, equal shards"."""
    return f"{cell.n_agents} agents, {SPLIT_WORDS[cell.split]}"


def table_frame(table: PaperTable, quantity: str) -> pd.DataFrame:
    """A mechanism a row, a number of agents and a split a column: mean ± standard deviation, the best starred."""
    columns = {"Mechanism": [_name(row) for row in table.rows]}
    for cell in table.cells:
        best = table.best(cell, quantity)
        columns[cell_words(cell)] = [
            signed(table.entry(cell, row, quantity).to_text()) + (" ★" if row in best else "") for row in table.rows
        ]
    return pd.DataFrame(columns)


def duel_frame(table: PaperTable) -> pd.DataFrame:
    """CGSV against every other row: in how many columns it is clearly above, level, clearly below, and the mean."""
    found, rows = duels(table), []
    for other in table.rows:
        if other == OURS:
            continue
        cells: dict[str, str] = {"Against": _name(other)}
        for quantity, words in DUELLED.items():
            own = found.get((other, quantity), [])
            counts = [sum(duel.outcome == outcome for duel in own) for outcome in (1, 0, -1)]
            cells[f"{words}: above – level – below"] = " – ".join(map(str, counts)) if own else ""
            cells[f"{words}: by"] = mean_difference(own) if own else ""
        rows.append(cells)
    return pd.DataFrame(rows)


def show_table(table: PaperTable, quantity: str) -> None:
    """One table, in full height."""
    _show(
        table_frame(table, quantity),
        "Mechanism",
        f"{QUANTITY_TITLES[quantity]}: mean and spread over the seeds.",
        f"paper_{quantity}",
    )


def show_duels(table: PaperTable) -> None:
    """CGSV against every other row, with what counts as clear."""
    _show(duel_frame(table), "Against", f"{row_title(OURS)} against every other row.", "paper_duels")
    st.caption(
        f"{row_title(OURS)} against each other row in each column. Clear as above, all of this table together. "
        "Columns in which fewer than two seeds define both are left out, and where none is left the place is empty. "
        "β was chosen beforehand. Differences are times 100: points of accuracy, or of correlation."
    )


def _show(frame: pd.DataFrame, pinned: str, alt: str, key: str) -> None:
    widths = {name: max(_CELL_PIXELS, _LETTER_PIXELS * len(name)) for name in frame.columns}
    columns = {name: st.column_config.TextColumn(width=width) for name, width in widths.items()}
    columns[pinned] = st.column_config.TextColumn(pinned=True, width=_NAME_PIXELS)
    height = _ROW_PIXELS * (len(frame) + 1) + 3
    st.dataframe(frame, hide_index=True, width="stretch", height=height, key=key, column_config=columns, alt=alt)
