"""Every sentence about many random and adversarial runs, against numbers computed apart from it."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from math import comb

import numpy as np
import pytest

from cgs_core import Scenario, Trace, compare, run
from cgs_core.data import federated_data
from cgs_core.figures import (
    accuracy_figure,
    contribution_figure,
    gain_figure,
    ledger_figure,
    pay_figure,
    projected_ledger_figure,
)
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.scenario.choices import CONDUCTS, REWARD_RULES
from cgs_core.studies.comparison import tabulated
from cgs_core.words import comparison_findings, findings, game_findings
from cgs_core.words.holds import verdicts
from cgs_core.words.owner_findings import owner_note
from tests.words.made_traces import joined, made_trace
from tests.words.test_game_findings import game

N_TEST = {"digits": 360, "wine": 36}
RULES = tuple(REWARD_RULES)
FACTORS = {"share": 100, "accuracy": 100}  # of a unit: what a printed worth is the worth times


def random_trace(seed: int) -> Trace:
    """Worths of any signs and sizes, models from equal to far apart, with or without the samples that they get right,
    any rule and valuation, some agents dishonest, some uploads failed; from one round to four."""
    rng = np.random.default_rng(seed)
    n_agents, n_rounds, has_pairs = int(rng.integers(2, 8)), int(rng.integers(1, 5)), bool(rng.random() < 0.7)
    rule, valuation = str(rng.choice(RULES)), str(rng.choice(sorted(VALUATIONS)))
    conducts = rng.choice(list(CONDUCTS), n_agents, p=[0.9, *[0.1 / (len(CONDUCTS) - 1)] * (len(CONDUCTS) - 1)])
    shells = np.random.default_rng([seed, 1]).random(n_agents) < (0.2 if n_agents > 3 else 0.0)
    shells[:2] = False  # so that there are two to split the samples among
    level, offset, decimals = rng.choice([0.0, 1e-4, 0.1, 1.0]), rng.choice([0.0, 0.2, 0.9]), int(rng.integers(1, 5))
    dataset, failing = str(rng.choice(["digits", "wine"])), rng.choice([0.0, 0.0, 0.3, 0.9, 1.0])
    spread, base = rng.choice([0.0, 0.01, 0.05, 0.3]), rng.random()

    def one_round() -> Trace:
        skill = np.clip(base + spread * rng.standard_normal(2 * n_agents + 1), 0, 1)
        difficulty, luck = rng.random(N_TEST[dataset]), rng.random((2 * n_agents + 1, N_TEST[dataset]))
        right = 0.8 * difficulty + 0.2 * luck < skill[:, None]  # models mostly fail on the same samples
        accuracy, alone = np.split(right[:-1].mean(axis=1), 2)
        return made_trace(
            [(offset + level * rng.standard_normal(n_agents)).round(decimals).tolist()],
            () if has_pairs else tuple(accuracy.tolist()),
            () if has_pairs else tuple(alone.tolist()),
            ratio=tuple(rng.random(n_agents).round(int(rng.integers(0, 4))).tolist()),
            length=tuple((1.4 * rng.random(n_agents)).tolist()),
            uploads=[(rng.random(n_agents) >= failing).tolist()],
            right=right if has_pairs else None,
            dataset=dataset,
            reward_rule=rule,
            valuation=valuation,
            n_validation=10,
            agents=tuple(
                {"conduct": str(conduct), "shell_of": index % 2 if shells[index] else None}
                for index, conduct in enumerate(conducts)
            ),
        )

    return joined([one_round() for _ in range(n_rounds)])


# -- the same numbers once more, in plain Python ---------------------------------------------------------------


class Told:
    """What the numbers of a run say of all its rounds, or of one: lists, and no function of the program."""

    def __init__(self, trace: Trace, index: int | None) -> None:
        rounds = trace.rounds if index is None else trace.rounds[index : index + 1]
        self.scenario, self.index, self.n = trace.scenario, index, trace.scenario.n_agents
        self.worth = [statistics.fmean(float(one.contribution[i]) for one in rounds) for i in range(self.n)]
        self.pay = [statistics.fmean(float(one.reward_ratio[i]) for one in rounds) for i in range(self.n)]
        last = rounds[-1]
        self.final, self.alone = last.accuracy.tolist(), last.standalone_accuracy.tolist()
        self.n_test = N_TEST[trace.scenario.dataset]
        self.bits = None
        if last.right.size:
            unpacked = [np.unpackbits(own, axis=1)[:, : self.n_test] for own in (last.right, last.standalone_right)]
            self.bits = [[int("".join(map(str, row)), 2) for row in own.tolist()] for own in unpacked]
        self.factor = FACTORS.get(VALUATIONS[trace.scenario.valuation].unit, 1)

    def is_same(self, one: tuple[int, int], other: tuple[int, int]) -> bool:
        """Of two models, each (0 with rewards or 1 alone, agent): McNemar's exact test, or the error of one model."""
        if self.bits is None:
            first, second = ([self.final, self.alone][kind][agent] for kind, agent in (one, other))
            p = (first + second) / 2
            return first == second or abs(first - second) < 4 * (p * (1 - p) / self.n_test) ** 0.5
        first, second = (self.bits[kind][agent] for kind, agent in (one, other))
        lost, won = (first & ~second).bit_count(), (second & ~first).bit_count()
        n = lost + won
        tail = Fraction(sum(comb(n, k) for k in range(min(lost, won) + 1)), 2**n)
        return 2 * tail >= Fraction(1, 20) / self.n


def periods(trace: Trace) -> list[Told]:
    return [Told(trace, index) for index in (None, *range(trace.n_rounds))]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("+", ""))


def named(text: str) -> set[int]:
    """The agents, from 0, of "Agent 2" or "Agents 1, 3 and 4 to 6"."""
    text = text.replace(" and ", ", ").removeprefix("Agents ").removeprefix("Agent ")
    agents: set[int] = set()
    for part in text.split(", "):
        low, _, high = part.partition(" to ")
        agents |= set(range(int(low) - 1, int(high or low)))
    return agents


def assert_names(text: str, agents: set[int]) -> None:
    if text.endswith("of the agents"):
        assert text == f"{len(agents)} of the agents"
    else:
        assert named(text) == agents


AGENTS = r"(Agents? [\d, to and]+?|\d+ of the agents)"
VALUE = r"([+−]?\d+(?:\.\d+)?)"


def ways(value: float, decimals: int) -> set[float]:
    """How a number may be written: two ways where it is halfway between them, but for the last bits of a mean."""
    return {float(f"{value + nudge:.{decimals}f}") + 0.0 for nudge in (-1e-9, 1e-9)}


def assert_extremes(most: str, high: str, least: str, low: str, values: list[float], factor: float = 1) -> None:
    """Two ends of values: each number is the end, and all who are written like it are named, and nobody else."""
    for text, written, end in ((most, high, max(values)), (least, low, min(values))):
        decimals = len(written.partition(".")[2])
        assert number(written) in ways(factor * end, decimals)
        of_agents = [ways(factor * value, decimals) for value in values]
        if all(len(one) == 1 for one in of_agents):
            assert_names(text, {agent for agent, one in enumerate(of_agents) if one == {number(written)}})


# -- the sentences of a run ------------------------------------------------------------------------------------


def check_run(trace: Trace) -> None:
    """Every sentence of every period, and what the ledger says of it."""
    is_lost = check_zero(trace)
    data = federated_data(trace.scenario)
    alts = ledger_figure(trace, data)["layout"]["meta"]["alts"]
    projected = projected_ledger_figure(trace, data)["layout"]["meta"]["alts"]
    assert list(alts) == list(projected) == [*map(str, range(trace.n_rounds)), "all"]
    for told in periods(trace):
        name = "all" if told.index is None else str(told.index)
        check_alt(trace, told, plain(alts[name]))
        assert projected[name].startswith(alts[name])
        fair = plain(findings.fairness(trace, told.index))
        words = plain(findings.headline(trace, told.index))
        assert findings.is_lost(trace) == is_lost == words.startswith("Nobody is named best")
        if is_lost:
            assert "r =" not in fair and "% of all uploads were zero" in words
            continue
        assert words.startswith(f"Round {told.index + 1}: ") if told.index is not None else "Round" not in words
        check_worth(trace, told, words)
        check_models(told, words)
        check_fairness(told, fair)
        check_owners(trace, told)
        for verdict, check in zip(verdicts(trace, told.index), (check_pay, check_order, check_alone), strict=True):
            check(told, verdict.holds, plain(verdict.words))
    check_pay_note(trace)


def check_zero(trace: Trace) -> bool:
    took_part = [(gram.diagonal(), record.importance) for gram, record in zip(trace.gram, trace.rounds, strict=True)]
    zero = [[length == 0 and r > 0 for length, r in zip(*one, strict=True)] for one in took_part]
    if trace.scenario.reward_rule == "sampled_sync":  # who has the server's model takes part in the next round
        was_set = [record.reward_ratio.tolist() for record in trace.rounds[:-1]]
        zero[1:] = [[z and s > 0 for z, s in zip(*row, strict=True)] for row in zip(zero[1:], was_set, strict=True)]
    note = findings.zero_note(trace)
    counts = [sum(row[agent] for row in zero) for agent in range(trace.scenario.n_agents)]
    assert (note is None) == (not any(counts))
    if note is not None:
        found = re.match(AGENTS + r" uploaded nothing in (\d+)(?: to (\d+))? of (\d+) rounds: ", note)
        assert found
        assert_names(found[1], {agent for agent, count in enumerate(counts) if count})
        assert (int(found[2]), int(found[3] or found[2])) == (min(filter(None, counts)), max(counts))
        assert int(found[4]) == trace.n_rounds
    return 2 * sum(counts) >= len(zero) * len(zero[0])


def check_worth(trace: Trace, told: Told, words: str) -> None:
    assert "%" not in words.partition(")")[0] or VALUATIONS[trace.scenario.valuation].unit == "share"
    over = f", mean over {trace.n_rounds} rounds" if told.index is None and trace.n_rounds > 1 else ""
    words = words.partition(": ")[2] if told.index is not None else words
    unit = r"(?:cosine |CGSV |share |accuracy |length |distance |score |)"
    size = max(map(abs, told.worth))
    if words.startswith("Nobody's worth"):
        assert size < 1e-3
    elif found := re.match(r"All agents are worth the same \(" + unit + VALUE + r"[^()]*" + over + r"\)\.", words):
        decimals = len(found[1].partition(".")[2])
        assert all(number(found[1]) in ways(told.factor * one, decimals) for one in told.worth)
    elif found := re.match(
        r"All agents are worth nearly the same \(" + unit + VALUE + r"(?: %| nats| points)? to " + VALUE, words
    ):
        assert max(told.worth) - min(told.worth) < 0.1 * abs(statistics.fmean(told.worth))
        assert [number(found[1]), number(found[2])] == pytest.approx(
            [told.factor * min(told.worth), told.factor * max(told.worth)], rel=0.01, abs=1e-3
        )
    else:
        pattern = AGENTS + r" (?:is|are) worth most \(" + unit + VALUE + r"[^(),]*" + over + r"\), "
        found = re.match(pattern + AGENTS + r" least \(" + VALUE, words)
        assert found, words
        assert ("are worth" in words) == (not found[1].startswith("Agent "))
        assert_extremes(found[1], found[2], found[3], found[4], told.worth, told.factor)


def check_models(told: Told, words: str) -> None:
    top = told.final.index(max(told.final))
    best = {agent for agent in range(told.n) if told.is_same((0, agent), (0, top))}
    found = re.search(r"(?:good|best) models? \(" + VALUE + r" %(?: to " + VALUE + r" %)? right", words)
    assert found
    ends = [min(told.final[agent] for agent in best), max(told.final)]
    assert [number(found[1]), number(found[2] or found[1])] == pytest.approx([100 * one for one in ends], abs=0.0501)
    if len(best) == told.n:
        assert "equally good models" in words
    else:
        who = re.search(r"The best models? \(.*?\) (?:went to|is that of|are those of) (.*)\.$", words)
        assert who
        assert_names(who[1], best)
    for loser in ("clearly", "lost", "alone"):
        assert loser not in words


def check_fairness(told: Told, fair: str) -> None:
    dishonest = {index for index, agent in enumerate(told.scenario.full_agents) if agent.conduct != "honest"}
    if dishonest:
        who = re.search(r"is not told: (.*) (?:is|are) not honest", fair)
        assert who
        assert_names(who[1], dishonest)
        return
    kinds = [(1, told.alone, "trained alone"), (0, told.final, "with rewards")]
    same = [
        words
        for kind, values, words in kinds
        if told.is_same((kind, values.index(max(values))), (kind, values.index(min(values))))
    ]
    if same:
        assert f"undefined: the best and the worst model {same[0]} are the same within the test's error" in fair
        return
    r = statistics.correlation(told.alone, told.final)
    worst = 100 * min(final - alone for final, alone in zip(told.final, told.alone, strict=True))
    printed = re.findall(r"r = ([−\d.]+); worst gain ([+−]?[\d.]+) points", fair)
    assert [number(text) for text in printed[0]] == pytest.approx([r, worst], abs=0.0501)
    how = "closely" if r >= 0.9 else "roughly" if r >= 0.5 else "hardly" if r > -0.5 else "run against"
    assert how in fair


def check_owners(trace: Trace, told: Told) -> None:
    """What is said of each owner of several agents: a shell is its agent's owner's."""
    agents = told.scenario.full_agents
    owner = [index if agent.shell_of is None else agent.shell_of for index, agent in enumerate(agents)]
    several = {one: {i for i in range(told.n) if owner[i] == one} for one in owner if owner.count(one) > 1}
    note = plain(owner_note(trace, told.index) or "")
    assert note.count("one owner's") == len(several)
    told_of = rf"{AGENTS} are one owner's: together they are worth (?:(?:\w+ )?{VALUE}( % of the whole)?)"
    pattern = told_of + r".*?paid ([\d.]+) % on average, and the best of their models gets ([\d.]+) % right\."
    for who, worth, is_share, pay, best in re.findall(pattern, note):
        own = several.pop(min(named(who)))
        assert named(who) == own
        total = sum(told.worth[i] for i in own)
        assert bool(is_share) == (min(told.worth) >= 0 and sum(told.worth) >= 1e-3)
        value = 100 * total / sum(told.worth) if is_share else told.factor * total
        decimals = len(worth.partition(".")[2])
        assert abs(number(worth) - value) <= 0.51 * 10.0**-decimals
        assert abs(float(pay) - 100 * statistics.fmean(told.pay[i] for i in own)) <= 0.51
        assert abs(float(best) - 100 * max(told.final[i] for i in own)) <= 0.0501
    assert not several


def check_pay(told: Told, holds: bool | None, words: str) -> None:
    enough = 0.01 * max(map(abs, told.worth))
    pairs = {
        (more, less)
        for more in range(told.n)
        for less in range(told.n)
        if told.worth[more] - told.worth[less] > enough and told.pay[less] - told.pay[more] >= 0.01
    }
    if holds is None:
        reasons = {
            "Nobody is paid": told.scenario.reward_rule == "own",
            "All are paid alike": max(told.pay) - min(told.pay) < 0.01,
            "All are worth the same": max(told.worth) - min(told.worth) <= enough,
        }
        assert [reason for reason, is_true in reasons.items() if words.startswith(reason) and is_true], words
        assert told.scenario.reward_rule == "own" or not pairs
    elif holds:
        assert not pairs and words == "Pay is ordered as worth (to one per cent)."
    else:
        pattern = (
            r"Pay is not ordered as worth: Agent (\d) is worth more than Agent (\d) "
            r"\(([+−\d.]+)(?: %)? and ([+−\d.]+)(?: %)?\) and paid less \(([\d.]+) % and ([\d.]+) %\)\."
        )
        found = re.fullmatch(pattern, words)
        assert found, words
        more, less = int(found[1]) - 1, int(found[2]) - 1
        assert (more, less) in pairs
        for text, value in ((found[3], told.worth[more]), (found[4], told.worth[less])):
            decimals = len(text.partition(".")[2])
            assert abs(number(text) - told.factor * value) <= 0.51 * 10**-decimals
        assert found[3] != found[4] and found[5] != found[6]
        assert [number(found[5]), number(found[6])] == pytest.approx(
            [100 * told.pay[more], 100 * told.pay[less]], abs=0.0501
        )


def check_order(told: Told, holds: bool | None, words: str) -> None:
    apart = {
        (one, other)
        for one in range(told.n)
        for other in range(told.n)
        if told.final[one] < told.final[other] and not told.is_same((0, one), (0, other))
    }
    against = {(one, other) for one, other in apart if told.pay[one] - told.pay[other] >= 0.01}
    if holds is None:
        if words == "Models differ though all are paid alike.":
            assert apart and max(told.pay) - min(told.pay) < 0.01
        else:
            assert words == "All models are the same within the test's error." and not apart
    elif holds:
        assert apart and not against and words == "Models are ordered as pay (within the test's error)."
    else:
        pattern = (
            r"Models are not ordered as pay: Agent (\d) is paid more than Agent (\d) \(([\d.]+) % and ([\d.]+) %\), "
            r"and its model is worse \(([\d.]+) % and ([\d.]+) % right\)\."
        )
        found = re.fullmatch(pattern, words)
        assert found, words
        more, less = int(found[1]) - 1, int(found[2]) - 1
        assert (more, less) in against
        printed = [number(found[place]) for place in (3, 4, 5, 6)]
        true = [told.pay[more], told.pay[less], told.final[more], told.final[less]]
        assert printed == pytest.approx([100 * one for one in true], abs=0.0501)


def check_alone(told: Told, holds: bool | None, words: str) -> None:
    gain = [final - alone for final, alone in zip(told.final, told.alone, strict=True)]
    losers = {agent for agent in range(told.n) if gain[agent] < 0 and not told.is_same((0, agent), (1, agent))}
    printed = re.search(r"([+−]?[\d.]+) points", words)
    assert holds is not losers and holds == (not losers) and printed
    if losers:
        who = re.match(AGENTS + r" (?:is|are) below training alone", words)
        assert who
        assert_names(who[1], losers)
        worst = min(gain[agent] for agent in losers)
        if len(losers) > 1:
            most = re.search(r"Agent (\d+) most", words)
            assert most and gain[int(most[1]) - 1] == worst
    else:
        worst = min(gain)
        assert words.startswith("Nobody is below training alone")
        assert ("largest loss" in words) == ("within the test's error" in words) == (worst < 0)
    size = -worst if "largest loss" in words else worst
    assert number(printed[1]) == pytest.approx(100 * size, abs=0.0501)
    assert (number(printed[1]) == 0) == (worst == 0)


def check_pay_note(trace: Trace) -> None:
    note = findings.pay_note(trace)
    ratio, length = trace.stack("reward_ratio").mean(axis=0), trace.stack("reward_length").mean(axis=0)
    low = int(ratio.argmin())
    is_mask = trace.scenario.reward_rule == "sparsified"  # RFFL and CFFL pay on top of the own step
    assert (note is not None) == (is_mask and ratio[low] <= 0.8 and length[low] >= 0.9)
    if note is not None:
        printed = [number(text) for text in re.findall(r"([\d.]+) %", plain(note))]
        assert printed == pytest.approx([100 * ratio[low], 100 * length[low]], abs=0.51)
    assert findings.ratio_is(trace)


def check_alt(trace: Trace, told: Told, alt: str) -> None:
    """The ledger's words for who does not see it."""
    whole = told.index is None
    assert alt.startswith(f"All {trace.n_rounds} rounds. " if whole else f"Round {told.index + 1}. ")
    for what, values, factor in (
        ("Worth", told.worth, told.factor),
        ("Pay", told.pay, 100),
        ("Right on the test", told.final, 100),
    ):
        part = re.search(what + r"[^:]*: (.*?)(?:\. (?=[A-Z])|\.$)", alt)
        assert part, alt
        if found := re.fullmatch(
            AGENTS + " most, " + VALUE + r"(?: %)?; " + AGENTS + " least, " + VALUE + "(?: %)?", part[1]
        ):
            assert_extremes(found[1], found[2], found[3], found[4], values, factor)
        else:
            (text,) = re.fullmatch(r"all alike, " + VALUE + "(?: %)?", part[1]).groups()
            decimals = len(text.partition(".")[2])
            assert all(abs(number(text) - factor * value) <= 0.51 * 10**-decimals for value in values)


@pytest.mark.parametrize("seed", range(300))
def test_every_sentence_of_a_made_run_holds(seed: int) -> None:
    check_run(random_trace(seed))


@pytest.mark.parametrize("seed", range(0, 300, 10))
def test_every_alternative_text_of_lines_and_gains_holds(seed: int) -> None:
    trace = random_trace(seed)
    for index, told in enumerate(periods(trace)[1:]):
        exact = trace.rounds[index].contribution_exact.tolist()
        has_shares = sum(exact) >= max(1e-3, 0.5 * sum(map(abs, exact)))
        gains = [final - alone for final, alone in zip(told.final, told.alone, strict=True)]
        for draw, what, values in (
            (
                contribution_figure,
                rf"In round {index + 1}: ",
                [one / sum(exact) for one in exact] if has_shares else None,
            ),
            (pay_figure, r"most important: ", trace.rounds[index].importance.tolist()),
            (pay_figure, r"; paid: ", told.pay),
            (accuracy_figure, r"right on the test: ", told.final),
            (gain_figure, r"in points: ", gains),
        ):
            alt = plain(draw(trace, round_index=index)["layout"]["meta"]["alt"])
            assert f"round {index + 1}" in alt
            part = alt.partition(what)[2]
            assert part, alt
            if values is None:
                assert part == "there are no shares."
            elif part.startswith("all alike, "):
                written = re.match(r"all alike, " + VALUE, part)
                assert written
                decimals = len(written[1].partition(".")[2])
                assert all(abs(number(written[1]) - 100 * value) <= 0.51 * 10**-decimals for value in values)
            else:
                pattern = AGENTS + " most, " + VALUE + r"(?: %)?; " + AGENTS + " least, " + VALUE
                found = re.match(pattern, part)
                assert found, part
                assert_extremes(found[1], found[2], found[3], found[4], values, 100)


def test_the_made_runs_reach_every_kind_of_sentence() -> None:
    """Or else a sentence could be false without anybody's noticing."""
    met: Counter[str] = Counter()
    for seed in range(300):
        trace = random_trace(seed)
        if findings.is_lost(trace):
            met["lost"] += 1
            continue
        words, fair = findings.headline(trace), findings.fairness(trace)
        kinds = (
            "is worth most",
            "are worth most",
            "nearly the same",
            "worth the same",
            "Nobody's worth",
            "equally good",
        )
        met.update(kind for kind in kinds if kind in words)
        met.update(
            kind
            for kind in ("not told", "trained alone are", "with rewards are", "follow", "run against")
            if kind in fair
        )
        met.update(f"{place} {one.holds}" for place, one in enumerate(verdicts(trace)))
        met["pay note"] += findings.pay_note(trace) is not None
    wanted = {f"{place} {holds}" for place in range(2) for holds in (True, False, None)} | {"2 True", "2 False"}
    assert wanted | {"lost", "is worth most", "are worth most", "nearly the same", "Nobody's worth"} <= set(+met), met
    assert {"equally good", "not told", "trained alone are", "with rewards are", "follow", "pay note"} <= set(+met), met


@pytest.mark.parametrize("mechanism", sorted(MECHANISMS))
def test_every_sentence_of_a_trained_run_holds_under_every_mechanism(mechanism: str) -> None:
    base = Scenario(n_agents=3, n_rounds=6, n_samples=120, n_validation=30, split="classimbalance")
    check_run(run(with_mechanism(base, mechanism)))


@pytest.mark.parametrize("valuation", sorted(VALUATIONS))
def test_every_sentence_of_a_trained_run_holds_under_every_valuation(valuation: str) -> None:
    agents = ({}, {"label_noise": 1.0}, {"conduct": "sign_flipper"})
    scenario = Scenario(
        dataset="wine", n_agents=3, n_rounds=3, n_samples=60, n_validation=20, agents=agents, valuation=valuation
    )
    trace = run(scenario)
    is_lost = check_zero(trace)
    for told in periods(trace):
        words = plain(findings.headline(trace, told.index))
        if not is_lost:
            check_models(told, words)
        for verdict, check in zip(verdicts(trace, told.index), (check_pay, check_order, check_alone), strict=True):
            check(told, verdict.holds, plain(verdict.words))


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
def test_a_retrained_game_names_nobody_within_the_tests_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gains = rng.choice([0.02, 0.03, 0.12, 0.2], 4)
    table = np.array([0.1 + sum(gains[agent] for agent in range(4) if index >> agent & 1) for index in range(16)])
    error = 4 * (table[-1] * (1 - table[-1]) / N_TEST["digits"]) ** 0.5
    words = game_findings.headline(game("retrained", table[np.newaxis], (0, 1, 2, 3)))
    assert f"{100 * table[-1]:.1f}" in words and f"{100 * table[0]:.1f}" in words
    if gains.max() - gains.min() <= error:
        assert "All have the same Shapley value" in words and "largest" not in words
        return
    found = re.search(r"\*\* (.*) ha(?:s|ve) the largest Shapley value \(.*?\), (.*) the smallest \(", words)
    assert found
    most, least = gains >= gains.max() - error, gains <= gains.min() + error
    assert named(found[1]) == set(np.flatnonzero(most & ~least).tolist())
    assert named(found[2]) == set(np.flatnonzero(least & ~most).tolist())
    tied = re.search(r"; (Agents? [^;]*) ha(?:s|ve) the same as either within the test's error\.$", words)
    assert (named(tied[1]) if tied else set()) == set(np.flatnonzero(most & least).tolist())


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


def same(first: float, second: float) -> bool:
    p = (first + second) / 2
    return abs(first - second) < 4 * (p * (1 - p) / N_TEST["digits"]) ** 0.5 or first == second


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
    part = re.search(r"mean accuracy: (.*?)(?:; gain|\. \(One)", words)
    assert part
    told = {name for name in names if f"**{MECHANISMS[name].title}**" in part[1]}
    assert part[1].startswith("no two can be told apart") == (len(best) == len(names)) and told == (
        best if len(best) < len(names) else set()
    )
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
