"""Cases of agents that come and go: the same worth by another way, values of whole runs, and what is no row where."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.contribution.completion import completed_shapley
from cgs_core.scenario import Agent
from cgs_core.scenario.presence import presence_of
from cgs_core.studies.leaderboard import outcomes
from cgs_core.studies.leaderboard.board import Board, method_title, n_models, needs_samples
from cgs_core.studies.leaderboard.cases import CASES, Case
from cgs_core.studies.leaderboard.lines import TRUTH
from cgs_core.studies.leaderboard.methods import default_methods, meant_for, methods_named, why_not_for
from cgs_core.studies.leaderboard.outcomes import worths_of_uploads
from cgs_core.studies.leaderboard.played import play
from cgs_core.studies.leaderboard.results import results_of
from cgs_core.studies.leaderboard.whole_runs import completed_fedsv, losses_of_coalitions

WINE = CASES["wine/equal-4"].scenario.replace(n_rounds=5)
LEAVER = WINE.replace(agents=(*[Agent()] * 3, Agent(leaves=2)))
VALUES = ["cgsv_approx", "fedce", "fedsv"]


def test_worth_where_agents_come_and_go_is_the_same_where_nobody_does(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = worths_of_uploads(WINE, VALUES)
    monkeypatch.setattr(outcomes, "_valued", outcomes._valued_who_come)
    for name, worth in worths_of_uploads(WINE, VALUES).items():
        np.testing.assert_allclose(worth, expected[name], atol=1e-6)


def test_who_is_absent_is_worth_nothing_in_its_rounds_but_to_a_value_of_the_whole_run() -> None:
    by_round = worths_of_uploads(LEAVER, ["data_size", "fedsv"])
    there = presence_of(LEAVER).is_present
    assert by_round["data_size"] == pytest.approx([(2 / 4 + 3 / 3) / 5] * 3 + [2 / 4 / 5])
    table, known = losses_of_coalitions(LEAVER)
    np.testing.assert_array_equal(known.sum(axis=1), 2 ** there.sum(axis=1))
    assert (table[~known] == 0).all() and (table[:, 0] == 0).all()
    whole = completed_fedsv(LEAVER)
    np.testing.assert_array_equal(whole, completed_shapley(table, known))
    assert whole[3] > by_round["fedsv"][3]


def test_where_all_are_there_the_completed_value_is_fedsv() -> None:
    for agents in ((), (*[Agent()] * 3, Agent(conduct="sign_flipper"))):
        scenario = WINE.replace(agents=agents)
        assert completed_fedsv(scenario) == pytest.approx(worths_of_uploads(scenario, ["fedsv"])["fedsv"], abs=1e-6)


def test_what_is_a_row_where() -> None:
    assert "comfedsv" in default_methods() and methods_named(["comfedsv"]) == ("comfedsv",)
    assert meant_for(WINE, ("fedsv", "comfedsv")) == ("fedsv",)
    assert meant_for(LEAVER, ("fedsv", "comfedsv")) == ("fedsv", "comfedsv")
    assert why_not_for(LEAVER, "comfedsv") is None
    never = LEAVER.replace(agents=(*[Agent()] * 2, Agent(joins=4), Agent(leaves=2)))
    assert "all are there" in (why_not_for(never, "comfedsv") or "")
    assert "always there" in (why_not_for(LEAVER, "sampled_sync") or "")
    assert {case.dataset for case in CASES.values() if case.family == "presence"} == {"digits", "fashion_mnist"}
    assert all(case.scenario.is_always_there == (case.family != "presence") for case in CASES.values())


def test_a_value_of_the_whole_run_has_its_scores_and_no_pay() -> None:
    case = Case("wine/leaver", "one leaves", "wine", "leaver-1", "presence", LEAVER)
    methods = ("fedsv", "comfedsv")
    parts = [play(case, seed, methods) for seed in range(2)]
    line = parts[0].lines["comfedsv"]
    assert line["share_error"] is not None and line["mean_accuracy"] is None and line["own_pearson"] is None
    board = Board(results_of(parts), [case])
    assert board.valuations == (TRUTH, *methods) and board.payers == ("fedsv",)
    assert set(board.entries("restart_pearson")) == {TRUTH, *methods}
    assert method_title("comfedsv") == "FedSV, completed" and needs_samples("comfedsv")
    assert n_models("comfedsv", 4) == n_models("fedsv", 4)
