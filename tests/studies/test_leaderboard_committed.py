"""The committed leaderboard: whole cases, as its card says, and a case that comes out again here."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from cgs_core.studies.leaderboard.cases import CASES, SETTINGS
from cgs_core.studies.leaderboard.lines import SCORES, TRUTH
from cgs_core.studies.leaderboard.methods import default_methods, meant_for, why_not_for
from cgs_core.studies.leaderboard.played import play
from cgs_core.studies.leaderboard.results import COMMITTED_FOLDER, committed_results
from cgs_core.version import RESULT_VERSION

CARD = (COMMITTED_FOLDER / "LEADERBOARD.md").read_text(encoding="utf-8")
LATER = set(re.findall(r"`(\w+)`", CARD.partition("Rows that came later")[2].partition(".")[0]))
"""Rows that not all cases have, by the card."""

MADE = json.loads((COMMITTED_FOLDER / "made.json").read_text(encoding="utf-8"))


def test_every_case_has_every_method_with_the_seeds_that_are_said() -> None:
    results = committed_results()
    assert len(MADE["seeds_of_cases"]) == MADE["n_cases"] >= 60 and MADE["result_version"] == RESULT_VERSION
    assert {name for name, _ in results.truth} == set(MADE["seeds_of_cases"])
    assert {CASES[name].dataset for name, _ in results.truth} == set(SETTINGS)
    for name, n_seeds in MADE["seeds_of_cases"].items():
        scenario = CASES[name].scenario
        expected = {own for own in meant_for(scenario, MADE["methods"]) if why_not_for(scenario, own) is None}
        for seed in range(n_seeds):
            methods = {method for case, own, method in results.scores if (case, own) == (name, seed)}
            assert expected - LATER <= methods - {TRUTH} <= expected
            assert methods == {TRUTH, *expected} or CASES[name].scenario.is_always_there
            assert len(results.truth[name, seed]) == CASES[name].scenario.n_agents


def test_the_card_says_how_many_seeds_there_are() -> None:
    counts = sorted(set(MADE["seeds_of_cases"].values()))
    for count in counts:
        n_cases = sum(own == count for own in MADE["seeds_of_cases"].values())
        assert f"{n_cases} cases with {count} seed" in CARD
    missing = set(default_methods()) - set(MADE["methods"])
    assert all(f"`{name}`" in CARD for name in missing) and len(MADE["methods"]) >= 30
    assert f'`RESULT_VERSION` was "{RESULT_VERSION}"' in CARD


def test_a_cheap_case_comes_out_again() -> None:
    """To the byte on the processor that made it; another one's kernels move last digits, at times a test sample."""
    case, methods = CASES["wine/labels-steps"], ("cgsv_approx", "fedce", "fltrust", "rffl")
    found, kept = play(case, 0, methods), committed_results().scores
    gaps = []
    for method in (TRUTH, *methods):
        for name in SCORES:
            again, before = found.lines[method][name], kept[case.name, 0, method][name]
            assert (again is None) == (before is None)
            if again is not None and before is not None:
                gaps.append(abs(again - before) / max(abs(before), 1e-2))
    assert np.mean(np.array(gaps) < 2e-3) > 0.8
    assert found.truth[0]["accuracy"] == pytest.approx(committed_results().truth[case.name, 0][0]["accuracy"], abs=0.06)
