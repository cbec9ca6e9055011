"""The leaderboard: scores against plain loops and scipy, outcomes against the engine's runs, verdicts on made lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations

import numpy as np
import pytest
from scipy import stats

from cgs_core.contribution import shapley_values
from cgs_core.data import federated_data
from cgs_core.federation.experiment import run
from cgs_core.federation.retrained_game import retrained_game
from cgs_core.mechanisms import VALUATIONS, Valuation, with_mechanism
from cgs_core.scenario import CHOICES, Agent, Choice, Scenario, register
from cgs_core.scenario.registry import forget
from cgs_core.studies.leaderboard import scores
from cgs_core.studies.leaderboard.board import COLUMNS, Board
from cgs_core.studies.leaderboard.cases import CASES, SETTINGS, STORIES
from cgs_core.studies.leaderboard.lines import SCORES, TRUTH, TRUTH_COLUMNS, played_of_text
from cgs_core.studies.leaderboard.methods import default_methods, own_mechanisms, rules_of
from cgs_core.studies.leaderboard.outcomes import games_of, paid_by, worths_of_uploads
from cgs_core.studies.leaderboard.played import play
from cgs_core.studies.leaderboard.results import Results, results_of
from cgs_core.studies.leaderboard.whole_runs import WHOLE_RUNS

RNG = np.random.default_rng(0)
SMALL = Scenario(
    dataset="wine",
    model="logistic",
    n_agents=3,
    n_samples=60,
    n_rounds=3,
    n_validation=40,
    agents=(Agent(), Agent(conduct="echo"), Agent(conduct="overstater", label_noise=0.5)),
)
TIED = [np.array(own) for own in ([1.0, 1.0, 0.2, -0.3, 0.2], [0.0, 3.0, 3.0, 3.0, 1.0], [2.0, 2.0, 2.0, 2.0, 2.0])]
WORTHS = [*TIED, *RNG.normal(size=(6, 5))]


# -- scores ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("worth", WORTHS)
def test_correlations_are_those_of_scipy_and_0_where_nobody_is_told_apart(worth: np.ndarray) -> None:
    truth = RNG.normal(size=5).round(1)
    if np.ptp(worth) == 0:
        assert scores.pearson(worth, truth) == scores.spearman(worth, truth) == 0
        assert np.isnan(scores.pearson(truth, worth)) and np.isnan(scores.spearman(truth, worth))
        return
    assert scores.pearson(worth, truth) == pytest.approx(stats.pearsonr(worth, truth).statistic)
    assert scores.spearman(worth, truth) == pytest.approx(stats.spearmanr(worth, truth).statistic)


@pytest.mark.parametrize("worth", WORTHS)
def test_detection_and_found_are_counted_pair_by_pair(worth: np.ndarray) -> None:
    is_cheat = np.array([False, True, False, False, True])
    pairs = [(worth[honest], worth[cheat]) for honest in (0, 2, 3) for cheat in (1, 4)]
    won = sum(1.0 if honest > cheat else 0.5 if honest == cheat else 0.0 for honest, cheat in pairs)
    assert scores.detection(worth, is_cheat) == pytest.approx(won / len(pairs))
    truth = np.array([0.3, 0.1, 0.3, -0.2, 0.0])
    tops = [agent for agent in range(5) if worth[agent] == max(worth)]
    assert scores.found(worth, truth) == pytest.approx(sum(agent in (0, 2) for agent in tops) / len(tops))
    own, true = ([max(one, 0) / sum(max(other, 0) for other in values) for one in values] for values in (worth, truth))
    assert scores.share_error(worth, truth) == pytest.approx(sum(abs(a - b) for a, b in zip(own, true, strict=True)))


def test_adding_and_removing_are_those_of_coalitions_spelled_out() -> None:
    values = RNG.normal(size=16)
    worth, tie_break = np.array([0.3, 0.9, 0.3, -1.0]), np.array([3, 0, 1, 2])
    order = [1, 2, 0, 3]  # of the two alike the third agent is first, by the lot

    def of(members: list[int]) -> float:
        return float(values[sum(1 << agent for agent in members)])

    added, removed = [], []
    for size in (1, 2, 3):
        mean = np.mean([of(list(own)) for own in combinations(range(4), size)])
        added.append(of(order[:size]) - mean)
        removed.append(mean - of(order[4 - size :]))
    assert scores.adding_gain(worth, values, tie_break) == pytest.approx(np.mean(added))
    assert scores.removing_gain(worth, values, tie_break) == pytest.approx(np.mean(removed))


def test_the_order_of_the_truth_picks_better_than_its_reverse_and_lots_pick_as_chance() -> None:
    values = np.array([sum(weight for bit, weight in enumerate((5, 3, 2, 1)) if own >> bit & 1) for own in range(16)])
    truth = shapley_values(values)
    lot = np.arange(4)
    assert scores.adding_gain(truth, values, lot) > 0 > scores.adding_gain(-truth, values, lot)
    assert scores.removing_gain(truth, values, lot) > 0
    by_lot = [scores.adding_gain(np.ones(4), values, np.array(own)) for own in permutations(range(4))]
    assert np.mean(by_lot) == pytest.approx(0, abs=1e-12)


# -- outcomes ----------------------------------------------------------------------------------------------------------


def test_the_truth_is_the_retrained_game_and_recall_is_of_its_worst_class() -> None:
    games, game = games_of(SMALL), retrained_game(SMALL)
    np.testing.assert_allclose(games["accuracy"], game.values(), atol=1e-12)
    np.testing.assert_allclose(games["loss"], -game.rounds[-1].loss, rtol=1e-6)
    assert (games["worst_recall"] <= games["accuracy"] + 1e-12).all() and games["worst_recall"][-1] > 0
    fedavg = run(with_mechanism(SMALL, "fedavg")).rounds[-1]  # everybody has one model: that of the grand coalition
    assert games["accuracy"][-1] == fedavg.accuracy[0]
    assert games["worst_recall"][-1] == pytest.approx(fedavg.class_accuracy[0].min())


def test_worths_are_those_of_a_federation_that_averages_and_values_without_consequence() -> None:
    """The engine's own run, a valuation at a time, against all of them on the same uploads."""
    names = [name for name in VALUATIONS if ":" not in name]
    worths = worths_of_uploads(SMALL, names)
    for name in names:
        trace = run(with_mechanism(SMALL, "fedavg").replace(valuation=name))
        rounds = trace.stack("contribution")
        expected = rounds[-1] if VALUATIONS[name].averages else rounds.mean(axis=0)
        np.testing.assert_allclose(worths[name], expected, rtol=1e-5, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("method", ["cgsv_approx", "shapfed", "data_size"])
def test_pay_is_that_of_the_methods_own_run(method: str) -> None:
    trace = run(rules_of(SMALL, method))
    paid, alone = paid_by(SMALL, (method, "fedavg"))
    own = paid[method]
    np.testing.assert_allclose(own.worth, trace.stack("contribution").mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(own.pay, trace.stack("reward_ratio").mean(axis=0), rtol=1e-6)
    np.testing.assert_array_equal(own.accuracy, trace.rounds[-1].accuracy)
    np.testing.assert_array_equal(alone, trace.rounds[-1].standalone_accuracy)
    is_same = trace.same_models().diagonal(3)[:3]
    np.testing.assert_array_equal(own.is_below_alone, (own.accuracy < alone) & ~is_same)
    assert own.download_bytes == trace.stack("download_bytes").mean()


# -- cases -------------------------------------------------------------------------------------------------------------


def test_there_are_cases_of_every_kind_and_every_conduct_has_one_and_several_who_do_it() -> None:
    assert len(CASES) >= 60 and {case.dataset for case in CASES.values()} == set(SETTINGS)
    counts = {conduct: set() for conduct in CHOICES["conduct"] if conduct != "honest"}
    for case in CASES.values():
        for conduct, own in counts.items():
            own.add(sum(agent.conduct == conduct for agent in case.scenario.full_agents))
    assert all(max(own) >= 2 for own in counts.values())
    assert all(1 in own for conduct, own in counts.items() if conduct != "colluder")  # one alone is honest
    assert {case.scenario.n_agents for case in CASES.values()} >= {3, 4, 5, 8, 10}
    assert set(STORIES) == {case.story for case in CASES.values()}


def test_a_twin_has_the_same_data_without_the_cheating() -> None:
    for case in CASES.values():
        twin = case.twin_of(1)
        assert (twin is None) == (not case.cheats)
        if twin is None or case.dataset == "sentences":
            continue
        own, before = federated_data(case.scenario_of(1)).shards, federated_data(twin).shards
        honest = [agent for agent in range(len(before)) if agent not in case.cheats]
        same = honest if "shell" in case.story else range(len(before))
        assert all(np.array_equal(own[agent].features, before[agent].features) for agent in same)
        assert all(agent.conduct == "honest" for agent in twin.full_agents)


# -- lines and boards --------------------------------------------------------------------------------------------------

CASE = CASES["wine/free-rider-1"]


@pytest.fixture
def faulty() -> Iterator[str]:
    """A valuation of another package, which fails in the third round."""

    def late(given: object) -> np.ndarray:
        if given.round_index == 2:  # type: ignore[attr-defined]
            raise RuntimeError("out of order")
        return np.ones(given.n_agents)  # type: ignore[attr-defined]

    register(Valuation(Choice("Late", "Fails.", unit="share"), late), "mine:late")
    yield "mine:late"
    forget("valuation", "mine:late")


def test_a_case_has_a_line_a_method_a_failing_one_is_refused_and_the_text_is_read_back(faulty: str) -> None:
    methods = ("cgsv_approx", "fltrust", "fedavg", faulty)
    found = play(CASE, 1, methods)
    assert set(found.lines) == {TRUTH, "cgsv_approx", "fltrust", "fedavg"} and "out of order" in found.refused[faulty]
    assert all(set(line) == set(SCORES) for line in found.lines.values())
    assert [line["is_cheat"] for line in found.truth] == [0, 0, 0, 0, 1] and set(found.truth[0]) == set(TRUTH_COLUMNS)
    assert found.lines["fedavg"]["pearson"] is None and found.lines["fedavg"]["pay_gain"] == 0
    again = played_of_text(found.to_json())
    assert again == found and again.to_json() == play(CASE, 1, methods).to_json()


def test_methods_are_every_valuation_and_every_other_mechanism_once() -> None:
    assert set(default_methods()) == set(VALUATIONS) | set(own_mechanisms()) | set(WHOLE_RUNS)
    assert "cgsv" not in default_methods() and {"fedavg", "rffl", "rho_shapley"} <= set(default_methods())


def made_results(agreement: dict[str, float], noise: float, n_seeds: int) -> Results:
    """Lines whose agreement is what is told, but for noise."""
    rng = np.random.default_rng(1)
    names = [case.name for case in CASES.values() if case.dataset == "wine"]
    lines, truths = {}, {}
    for name in names:
        for seed in range(n_seeds):
            truths[name, seed] = [dict.fromkeys(TRUTH_COLUMNS, 0.0)]
            for method, mean in agreement.items():
                line = dict.fromkeys(SCORES, mean + noise * rng.normal())
                lines[name, seed, method] = {**dict.fromkeys(SCORES), **line}
    return Results(lines, truths)


def test_ranks_count_who_is_clearly_better_and_ties_share_them() -> None:
    made = {TRUTH: 0.9, "cgsv_approx": 0.5, "cgsv_exact": 0.5, "fedce": -0.6}
    board = Board(made_results(made, 0.05, 6), list(CASES.values()))
    assert board.is_sure.all() and len(board.cases) == 14
    entries = board.entries("pearson")
    assert {name: entry.rank for name, entry in entries.items()} == {
        TRUTH: None,
        "cgsv_approx": 1,
        "cgsv_exact": 1,
        "fedce": 3,
    }
    worse = board.entries("share_error")
    assert worse["fedce"].rank == 1 and not COLUMNS["share_error"].is_more_better
    assert board.right_where["cgsv_approx", "noise"].outcome == 1 and board.right_where["fedce", "noise"].outcome == -1
    assert board.n_wrong("fedce") == 14 and board.n_wrong("cgsv_exact") == 0
    mean, margin = entries["fedce"].mean, entries["fedce"].margin
    by_seed = board.by_seed("fedce", "pearson")
    assert mean == pytest.approx(by_seed.mean())
    assert margin == pytest.approx(stats.t.ppf(0.975, 5) * by_seed.std(ddof=1) / np.sqrt(6))


def test_cases_whose_truth_is_not_sure_of_itself_do_not_count_and_one_seed_ranks_nobody() -> None:
    made = {TRUTH: 0.0, "cgsv_approx": 0.5}
    board = Board(made_results(made, 0.3, 6), list(CASES.values()))
    assert not board.is_sure.any() and board.entries("pearson") == {}
    alone = Board(made_results({TRUTH: 0.9, "cgsv_approx": 0.5}, 0.1, 1), list(CASES.values()))
    assert all(entry.rank is None for entry in alone.entries("mean_accuracy").values())


def test_results_of_parts_are_their_lines() -> None:
    found = play(CASES["wine/equal-4"], 0, ("data_size",))
    results = results_of([found])
    assert results.scores["wine/equal-4", 0, "data_size"] == found.lines["data_size"]
    assert len(results.truth["wine/equal-4", 0]) == 4
