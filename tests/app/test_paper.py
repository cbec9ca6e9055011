"""The page "Paper": its tables are those of the committed file; what is missing is empty until it is run."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pytest

from cgs_core.federation.experiment import run
from cgs_core.studies.paper import (
    DEFAULT_ROWS,
    QUANTITIES,
    Case,
    Measures,
    measures_of,
    mechanism_of,
    paper_grid,
    row_title,
)
from cgs_core.studies.paper_results import committed_results
from cgs_core.studies.paper_tables import PaperTable, table_of
from cgs_core.words.paper_findings import OURS, duels, headline
from cgs_core.words.written import unbroken
from cgs_ui.paper import panel
from cgs_ui.paper.views import cell_words
from tests.app.pages import opened, session, settle, unlinked

PAGE = "../../pages/research/paper.py"
SMALL = {"paper_dataset": "digits", "paper_mechanisms": ["fedavg", "sampled_sync"]}


def committed(dataset: str) -> PaperTable:
    return table_of(committed_results(), paper_grid(dataset).cases)  # type: ignore[arg-type]


@pytest.mark.parametrize("dataset", ["digits", "mnist"])
def test_the_tables_are_the_committed_ones(dataset: str) -> None:
    page = opened(PAGE, paper_dataset=dataset)
    table = committed(dataset)
    assert table.results and len(table.rows) == len(DEFAULT_ROWS) and len(table.cells) == 9
    assert unlinked(page.main.markdown[0].value) == unbroken(headline(table))
    for frame, quantity in zip(page.dataframe, ("fairness_score", "worst_gain"), strict=True):
        shown = frame.value
        assert [name.removesuffix(" †") for name in shown["Mechanism"]] == [row_title(row) for row in table.rows]
        assert [name for name in shown["Mechanism"] if name.endswith("†")] == [
            f"{row_title(row)} †" for row in table.rows if mechanism_of(row).needs_validation
        ]
        for cell in table.cells:
            for place, row in enumerate(table.rows):
                text = shown[cell_words(cell)][place]
                assert text.removesuffix(" ★") == table.entry(cell, row, quantity).to_text().replace("-", "−")
                assert text.endswith("★") == (row in table.best(cell, quantity))
    words = page.main.caption[0].value
    assert "30 rounds, 200 samples an agent" in words and "one hidden layer" in words


def made() -> dict[Case, Measures]:
    """Results of a whole grid that no run gave: normal around 0.8."""
    rng = np.random.default_rng(0)
    cases = [case for case in paper_grid("digits").cases if case.row in ("standalone", "fedavg", "cffl", "cgsv@1")]
    values = rng.normal(0.8, 0.05, (len(cases), len(QUANTITIES)))
    return {case: dict(zip(QUANTITIES, own, strict=True)) for case, own in zip(cases, values.tolist(), strict=True)}


def test_cgsv_is_compared_with_every_other_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "committed_results", made)
    page = opened(PAGE, paper_dataset="digits", tab="CGSV against the others")
    table = table_of(made(), paper_grid("digits").cases)
    frame = page.dataframe[1].value.set_index("Against")
    assert len(frame) == len(table.rows) - 1
    found = duels(table)["fedavg", "mean_accuracy"]
    counts = [sum(duel.outcome == outcome for duel in found) for outcome in (1, 0, -1)]
    assert frame.loc["FedAvg", "Mean accuracy: above – level – below"] == " – ".join(map(str, counts))
    assert frame.loc["FedAvg", "Fairness: by"] != "" and frame.loc["Alone", "Fairness: by"] == ""


def test_what_has_not_been_run_is_empty_and_can_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    few = paper_grid("digits", n_seeds=1)
    monkeypatch.setattr(panel, "_SEEDS", (1,))  # a grid that is quick to run
    alike = dict.fromkeys(QUANTITIES, 0.5) | {"fairness_score": None}
    there = {case: alike for case in few.cases if case.row == "fedavg"}
    monkeypatch.setattr(panel, "committed_results", lambda: there)
    page = opened(PAGE, **SMALL)
    column = page.dataframe[0].value["5 agents, equal shards"]
    assert column[1] == "" and column[0] == "– (0 of 1)"
    cell = next(one for one in few.cells if (one.n_agents, one.split) == (5, "uniform"))
    chooser = next(box for box in page.selectbox if box.label == "What to run")
    assert chooser.options[:2] == ["All that is missing (9 runs)", "5 agents, equal shards (1 run)"]
    assert any(words.value.startswith("9 runs") for words in page.caption), "what it costs, before it is asked for"
    chooser.select_index(1).run()
    assert any(re.match(r"1 run(;|, about \d)", words.value) for words in page.caption)
    next(button for button in page.button if button.label == "Run").click().run()
    settle(page)
    case = Case(cell, "sampled_sync", 0, few.budget)
    expected = PaperTable({case: measures_of(run(case.scenario))}).entry(cell, "sampled_sync", "fairness_score")
    shown = page.dataframe[0].value
    assert shown["5 agents, equal shards"][1].removesuffix(" ★") == expected.to_text().replace("-", "−")
    assert shown["5 agents, power-law shards"][1] == ""
    again = opened(PAGE, **SMALL)  # another visitor sees what the store has
    assert again.dataframe[0].value["5 agents, equal shards"][1].removesuffix(" ★") == expected.to_text().replace(
        "-", "−"
    )


def test_the_authors_budget_says_how_long_it_takes_and_shows_nothing_that_was_not_run() -> None:
    page = opened(PAGE, paper_budget="paper")
    assert any("None of these runs" in info.value for info in page.info)
    assert any("python -m cgs_core paper --budget paper" in info.value for info in page.info)
    assert any("200 rounds, 600 samples" in words.value for words in page.markdown)
    assert not page.dataframe


def test_a_link_opens_what_was_chosen() -> None:
    page = session()
    page.query_params.update({"paper_dataset": "digits", "paper_mechanisms": "fedavg,cgsv", "paper_seeds": "5"})
    page.switch_page(PAGE).run()
    assert not page.exception
    assert {box.key: box.value for box in page.selectbox if box.key in ("paper_dataset", "paper_seeds")} == {
        "paper_dataset": "digits",
        "paper_seeds": 5,
    }
    assert len(page.dataframe[0].value) == 7


def test_no_mechanism_is_told() -> None:
    assert "Choose a mechanism" in opened(PAGE, paper_mechanisms=[]).info[0].value


def test_a_table_without_cgsv_says_so() -> None:
    results: Mapping[Case, Measures] = {paper_grid("digits").cases[1]: dict.fromkeys(QUANTITIES, 0.5)}
    assert row_title(OURS) in headline(PaperTable(results)) and "not among" in headline(PaperTable(results))
