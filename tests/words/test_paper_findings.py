"""The sentences on the Paper page against numbers that are counted apart from them."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.stats

from cgs_core.studies.paper import QUANTITIES, Case, Measures, paper_grid, row_title
from cgs_core.studies.paper_tables import PaperTable
from cgs_core.words.paper_findings import OURS, headline, how_sure

ROWS = ("standalone", "fedavg", "q_ffl", "cffl", "rffl", "shapfed", OURS)


def made(seed: int, n_seeds: int = 4, spread: float = 0.03) -> PaperTable:
    """Results that no run gave, of the digits' grid: each row has a level of its own in each column."""
    rng = np.random.default_rng(seed)
    results: dict[Case, Measures] = {}
    levels: dict[tuple[object, ...], float] = {}
    for case in paper_grid("digits", n_seeds=n_seeds).cases:
        if case.row in ROWS:
            level = levels.setdefault((case.cell, case.row), 0.7 + 0.1 * rng.random())
            values = level + spread * rng.standard_normal(len(QUANTITIES))
            own: dict[str, float | None] = dict(zip(QUANTITIES, values.tolist(), strict=True))
            own["worst_gain"], own["below_alone_gap"] = rng.normal(0, 0.05), float(rng.choice([0.0, 0.2, 0.4]))
            if rng.random() < 0.3:
                own["fairness_score"] = None
            results[case] = own
    return PaperTable(results)


def numbers(text: str) -> list[float]:
    return [float(one.replace("−", "-")) for one in re.findall(r"[+−]?\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize("seed", range(6))
def test_every_number_of_the_headline_is_counted_again(seed: int) -> None:
    table = made(seed)
    accuracy, fairness, below, best = headline(table).splitlines()
    check_duels(table, "mean_accuracy", accuracy, ("standalone", "fedavg", "q_ffl", "cffl"))
    check_duels(table, "fairness_score", fairness.partition("; clearly ")[2], ("cffl", "rffl", "shapfed"))
    runs = [own["fairness_score"] for case, own in table.results.items() if case.row == OURS]
    assert f"defined in {sum(own is not None for own in runs)} of {len(runs)} runs" in fairness
    for split, words in {"uniform": "equal", "powerlaw": "power-law", "classimbalance": "class"}.items():
        own = [own for case, own in table.results.items() if case.row == OURS and case.cell.split == split]
        share, worst = (np.mean([one[name] for one in own]) for name in ("below_alone_gap", "worst_gain"))  # type: ignore[misc]
        found = re.search(rf"([\d.]+)\s?% under {words}[\w -]* \(worst gain ([+−\d.]+) points\)", below)
        assert found and abs(float(found[1]) - 100 * share) <= 0.51
        assert abs(numbers(found[2])[0] - 100 * worst) <= 0.051
        gains = np.array([one["max_accuracy"] - one["max_standalone_accuracy"] for one in own])  # type: ignore[operator]
        found = re.search(rf"(\d+) of (\d+) runs under {words}[\w -]* \(([+−\d.]+) points on average\)", best)
        assert found and (int(found[1]), int(found[2])) == ((gains < 0).sum(), len(gains))
        assert abs(numbers(found[3])[0] - 100 * gains.mean()) <= 0.051
    assert how_sure(table).startswith("Clearly: paired differences over 4 seeds")


def check_duels(table: PaperTable, quantity: str, words: str, others: tuple[str, ...]) -> None:
    """Every count of columns, of verdicts that scipy and a plain loop give."""
    tested = {}
    for name in ("fairness_score", "mean_accuracy", "worst_gain"):
        for other in (row for row in ROWS if row != OURS):
            for cell in table.cells:
                ours, theirs = (table.values(cell, row, name) for row in (OURS, other))
                pairs = [(ours[seed], theirs[seed]) for seed in ours if np.isfinite(ours[seed] + theirs[seed])]
                if len(pairs) > 1 and (other, name) != ("standalone", "fairness_score"):
                    tested[name, other, cell] = (
                        float(scipy.stats.ttest_rel(*np.array(pairs).T).pvalue),
                        float(np.mean([one - another for one, another in pairs])),
                    )
    ordered = sorted(p for p, _ in tested.values())
    limit = max((p for k, p in enumerate(ordered, 1) if p <= 0.05 * k / len(ordered)), default=-1.0)
    for other in others:
        own = [found for (name, row, _), found in tested.items() if (name, row) == (quantity, other)]
        is_told = [p <= limit and abs(mean) >= 0.005 for p, mean in own]
        above = sum(told and mean > 0 for told, (_, mean) in zip(is_told, own, strict=True))
        below = sum(told and mean < 0 for told, (_, mean) in zip(is_told, own, strict=True))
        found = re.search(
            rf"above {re.escape(row_title(other))} in (\d+) and below in (\d+) of (\d+).*?\(([+−\d.]+)", words
        )
        assert found and tuple(map(int, found.groups()[:3])) == (above, below, len(own))
        assert abs(numbers(found[4])[0] - 100 * np.mean([mean for _, mean in own])) <= 0.051


def test_one_seed_has_no_verdict_and_counts_its_runs() -> None:
    assert how_sure(made(0, n_seeds=1)).startswith("One seed")
    words = headline(made(0, n_seeds=1))
    assert "lear" not in words and "of 3 runs under class imbalance" in words


def test_equals_are_seldom_called_different() -> None:
    """Six tables in which all rows come from one distribution: no more than one in twenty has a verdict."""
    n_false = 0
    for seed in range(6):
        table = made(seed)
        rng = np.random.default_rng(seed)
        equal = {
            case: {name: rng.normal(0.8, 0.03) for name in ("mean_accuracy", "worst_gain", "fairness_score")}
            for case in table.results
        }
        n_false += any(duel.outcome for duel in PaperTable(equal).duels(OURS, ("mean_accuracy", "worst_gain")))
    assert n_false <= 1


def test_a_table_without_cgsv_says_so() -> None:
    results: dict[Case, Measures] = {paper_grid("digits").cases[1]: dict.fromkeys(QUANTITIES, 0.5)}
    assert row_title(OURS) in headline(PaperTable(results)) and "not among" in headline(PaperTable(results))
