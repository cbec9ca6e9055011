"""Every sentence about many random and adversarial runs, against numbers computed apart from it."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from cgs_core import Scenario, Trace, compare, run
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.scenario import CHOICES
from cgs_core.studies.comparison import tabulated
from cgs_core.words import comparison_findings, findings, game_findings
from tests.words.made_traces import made_trace
from tests.words.test_game_findings import game

N_TEST = 360  # of digits
RULES = tuple(CHOICES["reward_rule"])


def random_trace(seed: int) -> Trace:
    """Contributions of any signs and sizes, accuracies from equal to far apart, any rule, some dishonest or failed."""
    rng = np.random.default_rng(seed)
    n_agents, n_rounds = int(rng.integers(2, 8)), int(rng.integers(1, 5))
    scale = rng.choice([0.0, 1e-4, 0.1, 1.0])
    worth = rng.choice([0.0, 0.2]) + scale * rng.standard_normal((n_rounds, n_agents)).round(int(rng.integers(1, 4)))
    spread = rng.choice([0.0, 0.01, 0.1, 0.3])
    accuracy = np.clip(rng.random() + spread * rng.standard_normal(n_agents), 0, 1)
    alone = np.clip(accuracy - rng.choice([0.0, 0.02, 0.2]) * rng.standard_normal(n_agents), 0, 1)
    uploads = rng.random((n_rounds, n_agents)) >= rng.choice([0.0, 0.0, 0.3, 0.9, 1.0])
    conducts = rng.choice(["honest", "free_rider", "sign_flipper"], n_agents, p=[0.9, 0.05, 0.05])
    return made_trace(
        worth.tolist(),
        tuple(accuracy.tolist()),
        tuple(alone.tolist()),
        ratio=tuple(rng.random(n_agents).tolist()),
        length=tuple((1.4 * rng.random(n_agents)).tolist()),
        uploads=uploads.tolist(),
        reward_rule=str(rng.choice(RULES)),
        agents=tuple({"conduct": str(conduct)} for conduct in conducts),
    )


def same(first: float, second: float) -> bool:
    p = (first + second) / 2
    return abs(first - second) < 4 * (p * (1 - p) / N_TEST) ** 0.5 or first == second


def named(text: str) -> set[int]:
    """The agents, from 0, of "Agent 2" or "Agents 1, 3 and 4 to 6"."""
    text = text.replace(" and ", ", ").removeprefix("Agents ").removeprefix("Agent ")
    agents: set[int] = set()
    for part in text.split(", "):
        low, _, high = part.partition(" to ")
        agents |= set(range(int(low) - 1, int(high or low)))
    return agents


def check(trace: Trace) -> None:
    """All sentences of a run; each number in them is worked out here with plain Python."""
    words, fair = findings.headline(trace).replace("\u00a0", " "), findings.fairness(trace).replace("\u00a0", " ")
    check_zero(trace, words)
    if words.startswith("Nobody is named best"):
        assert "r =" not in fair
        return
    assert "cancel" not in words
    last = trace.rounds[-1]
    n_agents = trace.scenario.n_agents
    final, alone = last.accuracy.tolist(), last.standalone_accuracy.tolist()
    check_contribution(trace, words)
    best = {agent for agent in range(n_agents) if same(final[agent], max(final))}
    if len(best) == n_agents:
        assert "All ended with equally good models" in words
    else:
        found = re.search(r"The best models? \(.*?\) went to (.*?)\. ", words)
        assert found and (named(found[1]) == best if "of the agents" not in found[1] else str(len(best)) in found[1])
    losers = {a for a in range(n_agents) if final[a] < alone[a] and not same(final[a], alone[a])}
    worst = min(f - a for f, a in zip(final, alone, strict=True))
    if losers:
        found = re.search(r"\. (Agents? [\d, to and]+|\d+ of the agents) lost by joining", words)
        assert found and (f"{len(losers)} of" in found[1] or named(found[1]) == losers)
        assert "Nobody" not in words.partition("lost by joining")[0].rpartition(". ")[2]
    elif worst < 0:
        assert "Nobody clearly lost" in words and "smallest gain" not in words
    else:
        assert "the smallest gain over training alone is +" in words or "is 0.0 points" in words
    check_fairness(trace, fair, final, alone)


def check_zero(trace: Trace, words: str) -> None:
    took_part = [(gram.diagonal(), record.importance) for gram, record in zip(trace.gram, trace.rounds, strict=True)]
    zero = [[length == 0 and r > 0 for length, r in zip(*one, strict=True)] for one in took_part]
    if trace.scenario.reward_rule == "sampled_sync":  # who has the server's model takes part in the next round
        was_set = [record.reward_ratio.tolist() for record in trace.rounds[:-1]]
        zero[1:] = [[z and s > 0 for z, s in zip(*row, strict=True)] for row in zip(zero[1:], was_set, strict=True)]
    note = findings.zero_note(trace)
    assert (note is None) == (not any(map(any, zero)))
    if note is not None:
        who = note.partition(" uploaded")[0]
        concerned = {agent for agent in range(len(zero[0])) if any(row[agent] for row in zero)}
        assert who.endswith("of the agents") or named(who) == concerned
    share = sum(map(sum, zero)) / (len(zero) * len(zero[0]))
    assert words.startswith("Nobody is named best") == (share >= 0.5)


def check_contribution(trace: Trace, words: str) -> None:
    worth = trace.stack("contribution").mean(axis=0)
    shares = re.findall(r"([−\d]+) % of the whole", words)
    if worth.min() < 0 or worth.sum() < 1e-3:
        assert not shares
    for text in shares:
        assert 0 <= int(text) <= 100
    if found := re.match(r"(Agents? [\d, to and]+) contributed most", words):
        if worth.min() >= 0:
            assert int(worth.argmax()) in named(found[1])
            printed = re.findall(r"contributed most \(([\d]+) %", words)
            assert printed and abs(100 * worth.max() / worth.sum() - int(printed[0])) <= 0.5 + 1e-9
        else:
            printed = re.findall(r"contributed most \(\w+ ([+−][\d.]+)", words)
            assert printed and float(printed[0].replace("−", "-")) == pytest.approx(worth.max(), abs=5.1e-4)
        least = re.findall(r" (Agents? [\d, to and]+) least ", words)
        assert least and int(worth.argmin()) in named(least[0])


def check_fairness(trace: Trace, fair: str, final: list[float], alone: list[float]) -> None:
    if any(agent.conduct != "honest" for agent in trace.scenario.full_agents):
        assert "is not told" in fair and "not honest" in fair
    elif same(min(final), max(final)) or same(min(alone), max(alone)):
        assert "undefined" in fair and "within the test's error" in fair
    else:
        r = np.corrcoef(alone, final)[0, 1]
        worst = 100 * min(f - a for f, a in zip(final, alone, strict=True))
        printed = re.findall(r"r = ([−\d.]+); worst gain ([+−]?[\d.]+) points", fair)
        assert [float(number.replace("−", "-")) for number in printed[0]] == pytest.approx([r, worst], abs=0.0501)


def check_pay(trace: Trace) -> None:
    note = findings.pay_note(trace)
    ratio, length = trace.stack("reward_ratio").mean(axis=0), trace.stack("reward_length").mean(axis=0)
    low = int(ratio.argmin())
    is_mask = trace.scenario.reward_rule == "sparsified"  # RFFL and CFFL pay on top of the own step
    assert (note is not None) == (is_mask and ratio[low] <= 0.8 and length[low] >= 0.9)
    assert findings.ratio_is(trace)


@pytest.mark.parametrize("seed", range(150))
def test_every_sentence_of_a_made_run_holds(seed: int) -> None:
    trace = random_trace(seed)
    check(trace)
    check_pay(trace)


@pytest.mark.parametrize("mechanism", sorted(MECHANISMS))
def test_every_sentence_of_a_trained_run_holds_under_every_mechanism(mechanism: str) -> None:
    base = Scenario(n_agents=3, n_rounds=12, n_samples=120, n_validation=30, split="classimbalance")
    trace = run(with_mechanism(base, mechanism))
    check(trace)
    check_pay(trace)


@pytest.mark.parametrize("seed", range(60))
def test_the_games_sentence_names_all_that_tie_and_only_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gains = rng.choice([0.0, 0.05, 0.1, 0.3], 4)
    table = np.array([sum(gains[agent] for agent in range(4) if index >> agent & 1) for index in range(16)])
    words = game_findings.headline(game("sandbox", table[np.newaxis], (0, 1, 2, 3)))
    if len(set(gains)) == 1:
        assert "All have the same Shapley value" in words
        return
    found = re.search(r"\*\* (.*) ha(?:s|ve) the largest Shapley value \(.*?\), (.*) the smallest \(", words)
    assert found
    assert named(found[1]) == set(np.flatnonzero(gains == gains.max()).tolist())
    assert named(found[2]) == set(np.flatnonzero(gains == gains.min()).tolist())


@pytest.mark.parametrize("seed", range(60))
def test_the_largest_disagreement_is_between_places_that_do_not_meet(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cgsv, retrained = rng.random(5).round(1), rng.random(5).round(1)
    words = game_findings.tracking(cgsv, retrained, 0.5, error=0.15)
    places = re.search(r"about Agent (\d): .*?(\d)(?: to (\d))?(?:, which tie,)? of 5 by", words)
    if places is None:
        assert "same order" in words or "tells nobody apart" in words
        return
    agent = int(places[1]) - 1
    first = 1 + sum(retrained - retrained[agent] > 0.15)
    last = 5 - sum(retrained[agent] - retrained > 0.15)
    assert (int(places[2]), int(places[3] or places[2])) == (first, last)


@pytest.mark.parametrize("seed", range(60))
def test_a_comparison_names_nobody_who_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = ["fedavg", "cgsv", "rffl"]
    base = float(rng.uniform(0.6, 0.9))
    conduct = str(rng.choice(["honest", "honest", "free_rider"]))
    alone = tuple((base - 0.2 * rng.random(4)).tolist())
    traces = []
    for _ in names:
        accuracy = np.clip(base + rng.choice([0.0, 0.02, 0.2]) * rng.standard_normal(4), 0, 1)
        traces.append(
            made_trace([[0.25] * 4], tuple(accuracy), alone, agents=({"conduct": conduct},), reward_rule="sparsified")
        )
    comparison = tabulated([traces], names)
    words = comparison_findings.headline(comparison)
    means = {name: float(trace.rounds[-1].accuracy.mean()) for name, trace in zip(names, traces, strict=True)}
    best = {name for name in names if same(means[name], max(means.values()))}
    part = re.search(r"mean accuracy: (.*?)[;.] ", words)
    assert part
    told = {name for name in names if f"**{MECHANISMS[name].title}**" in part[1]}
    assert (part[1] == "all tie") == (len(best) == len(names)) and told == (best if len(best) < len(names) else set())
    fairness = words.partition("; mean accuracy")[0]
    assert "ighest fairness" not in words  # of one seed there is no winner
    assert ("not told" in fairness) == (conduct != "honest")
    for score in re.findall(r"\((−?[01]\.\d{3})[;)]", words):
        assert f"({score}; worst gain " in words


def test_of_several_seeds_the_fairest_is_named_with_its_worst_gain_and_training_alone_is_no_rival() -> None:
    comparison = compare(Scenario(n_agents=4, n_rounds=4, n_samples=300), ["standalone", "cgsv", "fedavg"], 2)
    words = comparison_findings.headline(comparison)
    fairness = words.partition("ean accuracy")[0]
    assert f"**{MECHANISMS['standalone'].title}**" not in fairness
    assert all("; worst gain " in one for one in re.findall(r"\*\* \((.*?)\)", fairness))
    places = [words.index(part) for part in ("airness", "ean accuracy", "gain of who gains least")]
    assert all(before < after for before, after in pairwise(places))
