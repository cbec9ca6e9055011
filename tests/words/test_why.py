"""Why an agent is paid what it is: every number against the trace, every program against the page, every sentence."""

from __future__ import annotations

import contextlib
import gc
import io
import math
import weakref
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from cgs_core import Agent, Scenario, Trace, run
from cgs_core.mechanisms.importance import IMPORTANCE_RULES
from cgs_core.mechanisms.reward_rules import REWARD_RULES
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.scenario import CHOICES, choice_of
from cgs_core.studies.presets import PRESETS
from cgs_core.words.why import Step, why_question, why_steps
from tests.words.made_traces import made_trace

NAMES = ["update", "worth", "importance", "pay", "model"]
SMALL = Scenario(
    dataset="wine",
    n_agents=4,
    n_rounds=3,
    n_validation=15,
    agents=(Agent(), Agent(conduct="sign_flipper"), Agent(label_noise=0.4)),
)
LONG = SMALL.replace(n_rounds=14)  # RFFL evicts from the eleventh round on
OLD_FIELDS = ("weight", "update_length")

SHOWN = {
    "the app's first": PRESETS["unequal_quality"].scenario.replace(n_rounds=12),
    "RFFL with a free rider": LONG.replace(
        reward_rule="sparsified_or_evicted", upload_scaling="at_most_norm", agents=(Agent(conduct="free_rider"),)
    ),
    "exact, of two agents": Scenario(dataset="wine", n_agents=2, n_rounds=4, valuation="cgsv_exact"),
}
TRACES = {name: run(scenario) for name, scenario in SHOWN.items()}


def printed(code: str, trace: Trace) -> dict[str, str]:
    """What the program of a step prints, by name."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "why", "exec"), {"trace": trace})
    return dict(line.split(" = ") for line in out.getvalue().splitlines())


def every_step(trace: Trace) -> list[tuple[int, int | None, Step]]:
    return [
        (agent, round_index, step)
        for agent in range(trace.scenario.n_agents)
        for round_index in (*range(trace.n_rounds), None)
        for step in why_steps(trace, agent, round_index)
    ]


def assert_programs_print_the_page(trace: Trace) -> None:
    for agent, round_index, step in every_step(trace):
        told = printed(step.code, trace)
        assert told == {number.name: number.text for number in step.numbers}, (agent, round_index, step.name)
        for number in step.numbers:
            assert any(number.tex in one.tex for one in step.formulas)
            assert any(number.words in one.text for one in step.formulas)


def numbers(trace: Trace, agent: int, round_index: int | None, name: str) -> dict[str, str]:
    step = why_steps(trace, agent, round_index)[NAMES.index(name)]
    return {number.name: number.text for number in step.numbers}


def sentence(trace: Trace, agent: int, round_index: int | None, name: str) -> str:
    return why_steps(trace, agent, round_index)[NAMES.index(name)].sentence


# -- the programs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHOWN)
def test_every_number_of_three_scenarios_is_what_its_program_prints(name: str) -> None:
    assert_programs_print_the_page(TRACES[name])


@pytest.mark.parametrize(
    "field", ["valuation", "reward_rule", "importance_rule", "upload_scaling", "aggregation_weight"]
)
def test_every_choice_has_five_steps_whose_programs_print_the_page(field: str) -> None:
    for choice in CHOICES[field]:
        start = LONG if field == "reward_rule" else SMALL
        trace = run(start.replace(**{field: choice}))
        assert [step.name for step in why_steps(trace, 0)] == NAMES
        assert_programs_print_the_page(trace)


@pytest.mark.parametrize(
    "scenario",
    [
        SMALL.replace(altruism_degree=math.inf, mask_scope="layer"),
        SMALL.replace(n_rounds=1, importance_smoothing=0.0),
        SMALL.replace(learning_rate=10.0, upload_scaling="as_trained"),
        SMALL.replace(reward_rule="by_size_or_evicted", importance_rule="cffl", valuation="validation_accuracy"),
        Scenario(dataset="wine", n_agents=25, n_samples=75, n_rounds=2, valuation="cgsv_exact"),
        Scenario(dataset="digits", n_agents=50, n_samples=500, n_rounds=2),
    ],
    ids=["everything for all", "one round", "diverging", "CFFL", "25 agents", "50 agents"],
)
def test_extremes(scenario: Scenario) -> None:
    assert_programs_print_the_page(run(scenario))


def test_the_programs_of_agents_that_come_late_leave_and_are_drawn_print_the_page() -> None:
    agents = (Agent(joins=3), Agent(conduct="sign_flipper", leaves=4), Agent(delay=2))
    start = LONG.replace(n_rounds=5, agents=agents)
    fitting = {
        field: [name for name, choice in CHOICES[field].items() if not choice.needs_all_there]
        for field in ("valuation", "reward_rule", "importance_rule", "aggregation_weight", "upload_scaling")
    }
    for place in range(max(map(len, fitting.values()))):
        chosen = {field: names[place % len(names)] for field, names in fitting.items()}
        assert_programs_print_the_page(run(start.replace(participation=0.5 if place % 2 else 1.0, **chosen)))
    late_and_out = start.replace(
        n_rounds=14, reward_rule="sparsified_or_evicted", agents=(Agent(joins=12), Agent(leaves=13))
    )
    assert_programs_print_the_page(run(late_and_out))


def test_absence_is_told_as_absence() -> None:
    agents = (Agent(joins=3), Agent(leaves=2), Agent(delay=2), Agent())
    trace = run(SMALL.replace(n_rounds=5, agents=agents))
    assert sentence(trace, 0, 0, "update").startswith("It had not joined the federation yet")
    assert sentence(trace, 1, 3, "worth").startswith("It had left the federation before this round")
    assert (
        sentence(trace, 2, 1, "update") == "Nothing of Agent 3 came in this round: what it learns comes 2 rounds later."
    )
    assert "It sent what it learnt 2 rounds ago." in sentence(trace, 2, 2, "update")
    assert "It was there in rounds 3 to 5" in sentence(trace, 0, None, "update")
    assert "stays as it was" in sentence(trace, 1, 4, "model")
    drawn = run(SMALL.replace(n_rounds=5, participation=0.5, reward_rule="full"))
    at, agent = (int(place[0]) for place in np.nonzero(~drawn.is_present))
    assert "was not drawn" in sentence(drawn, agent, at, "update") and "gets nothing" in sentence(
        drawn, agent, at, "pay"
    )
    back = np.nonzero(~drawn.is_present[:-1] & drawn.is_present[1:])
    assert "began with the server's model" in sentence(drawn, int(back[1][0]), int(back[0][0]) + 1, "update")


# -- the digits, by another way --------------------------------------------------------------------------------------


def test_a_round_of_the_papers_by_hand() -> None:
    trace = TRACES["the app's first"]
    scenario, t = trace.scenario, 7
    record, before = trace.rounds[t], trace.rounds[t - 1]
    gram, n = record.gram, scenario.n_agents

    def agreement(coalition: tuple[int, ...]) -> float:
        inner = sum(gram[i, j] for i in coalition for j in range(n))
        squared = sum(gram[i, j] for i in coalition for j in coalition)
        return inner / math.sqrt(squared * gram.sum()) if coalition else 0.0

    psi = [agreement((i,)) for i in range(n)]
    for i in range(n):
        worth = numbers(trace, i, t, "worth")
        assert worth["psi"] == f"{psi[i]:z.3f}" and worth["angle"] == f"{math.degrees(math.acos(psi[i])):.1f}"
        orders = list(permutations(range(n)))
        adds = [agreement(order[: order.index(i) + 1]) - agreement(order[: order.index(i)]) for order in orders]
        assert worth["phi"] == f"{sum(adds) / len(orders):z.3f}"

        mixed = [0.95 * before.importance[j] + 0.05 * psi[j] for j in range(n)]
        floored = [max(one, 0.001) for one in mixed]
        assert numbers(trace, i, t, "importance") == {
            "old_r": f"{before.importance[i]:.4f}",
            "alpha": "0.95",
            "rest": "0.05",
            "earned": f"{psi[i]:z.4f}",
            "mixed": f"{mixed[i]:z.4f}",
            "floored": f"{floored[i]:.4f}",
            "total": f"{sum(floored):.4f}",
            "new_r": f"{floored[i] / sum(floored):.4f}",
            "sum_earned": f"{sum(psi):.3f}",
            "memory": f"{0.95 / (0.95 + 0.05 * sum(psi)):.3f}",
        }
        r = [one / sum(floored) for one in floored]
        assert r == pytest.approx(record.importance)
        pay, ratio = numbers(trace, i, t, "pay"), math.tanh(r[i]) / math.tanh(max(r))
        assert pay["tanh"] == f"{math.tanh(r[i]):.4f}" and pay["rho"] == f"{ratio:.5f}"
        assert pay["n_params"] == "2410"  # of 64 features, 32 hidden units and 10 classes
        assert pay["n_entries"] == str(int(2410 * ratio)) and pay["length"] == f"{record.reward_length[i]:.3f}"
        model = numbers(trace, i, t, "model")
        assert model["before"] == f"{before.accuracy[i]:.1%}" and model["after"] == f"{record.accuracy[i]:.1%}"
        assert model["alone"] == f"{record.standalone_accuracy[i]:.1%}"
        update = numbers(trace, i, t, "update")
        trained = float(update["trained_length"])
        assert trained > 0 and update["sent_length"] == "0.25" and update["gamma"] == "0.25"


def test_all_rounds_are_means_and_the_last_model() -> None:
    trace = TRACES["the app's first"]
    for i in range(trace.scenario.n_agents):
        worth = [record.contribution[i] for record in trace.rounds]
        assert numbers(trace, i, None, "worth")["mean_worth"] == f"{sum(worth) / len(worth):z.3f}"
        ratio = [record.reward_ratio[i] for record in trace.rounds]
        assert numbers(trace, i, None, "pay")["mean_rho"] == f"{sum(ratio) / len(ratio):.3f}"
        assert numbers(trace, i, None, "importance")["last_r"] == f"{trace.rounds[-1].importance[i]:.4f}"
        assert numbers(trace, i, None, "model")["after"] == f"{trace.rounds[-1].accuracy[i]:.1%}"


def test_lengths_and_weights_are_those_of_the_training() -> None:
    scaled, plain = run(SMALL), run(SMALL.replace(upload_scaling="as_trained", reward_rule="full"))
    for trace in (scaled, plain):
        for before, record in zip((None, *trace.rounds), trace.rounds, strict=False):
            assert record.weight.sum() == pytest.approx(1)
            if before is not None:
                np.testing.assert_allclose(record.weight, before.importance)
            sent = np.sqrt(record.gram.diagonal()) / record.weight
            wanted = np.full(4, 0.25) if trace is scaled else record.update_length
            np.testing.assert_allclose(sent, wanted, rtol=1e-5)
    np.testing.assert_allclose(scaled.rounds[0].update_length, plain.rounds[0].update_length, rtol=1e-5)


# -- the sentences --------------------------------------------------------------------------------------------------


def test_a_formula_stands_only_where_its_rule_is_used() -> None:
    for rule in REWARD_RULES:
        trace = run(SMALL.replace(reward_rule=rule, n_rounds=2))
        pay = why_steps(trace, 0, 1)[3]
        assert ("tanh" in " ".join(one.tex for one in pay.formulas)) == (rule == "sparsified")
        if not choice_of("reward_rule", rule).goes_by_worth:
            assert "Worth changes nothing in that." in pay.sentence
    for valuation in VALUATIONS:
        trace = run(SMALL.replace(valuation=valuation, n_rounds=2))
        worth = why_steps(trace, 0, 1)[1]
        assert (r"\psi" in " ".join(one.tex for one in worth.formulas)) == (valuation == "cgsv_approx")
        is_named = VALUATIONS[valuation].choice.title in worth.sentence
        assert is_named == (valuation not in ("cgsv_approx", "cgsv_exact"))
    for rule in IMPORTANCE_RULES:
        trace = run(SMALL.replace(importance_rule=rule, n_rounds=2))
        importance = " ".join(one.tex for one in why_steps(trace, 0, 1)[2].formulas)
        assert ("sinh" in importance) == (rule == "cffl") and ("memory" in importance) == (rule == "smoothed")


def test_who_was_put_out_is_told_so_and_has_no_formula_of_the_others() -> None:
    trace = TRACES["RFFL with a free rider"]
    out = int(np.flatnonzero(trace.stack("importance")[:, 0] == 0)[0])
    assert out == 10 and "is put out of the federation" in sentence(trace, 0, out, "importance")
    for name in NAMES[:4]:
        assert not numbers(trace, 0, out + 1, name)
        assert "put out of the federation in an earlier round" in sentence(trace, 0, out + 1, name)
    assert f"in round {out + 1} it was put out" in sentence(trace, 0, None, "importance")
    assert "those who are not put out" in why_steps(trace, 1, out)[2].formulas[-1].text


def test_a_zero_update_has_no_direction_and_no_worth() -> None:
    trace = run(SMALL.replace(learning_rate=10.0, upload_scaling="as_trained", n_rounds=3))
    zeros = np.argwhere(trace.zero_updates())
    assert len(zeros)
    t, i = zeros[0].tolist()
    assert "uploaded nothing" in sentence(trace, i, t, "update") and "angle" not in numbers(trace, i, t, "update")
    assert "worth 0 in this round" in sentence(trace, i, t, "worth")


def test_a_dishonest_agent_is_named_by_its_conduct() -> None:
    trace = run(SMALL)
    told = sentence(trace, 1, 1, "update")
    assert "sign flipper" in told and "more against it than with it" in told
    assert numbers(trace, 1, 1, "worth")["psi"].startswith("-")
    assert "floor of 0.001 holds it up" in sentence(trace, 1, 1, "importance")
    assert "sign flipper" in sentence(trace, 1, None, "update")


def test_cut_stretched_or_sent_as_it_is() -> None:
    trace = TRACES["the app's first"]
    long, short = (
        trace.scenario.replace(update_norm=0.01, n_rounds=1),
        trace.scenario.replace(update_norm=5, n_rounds=1),
    )
    assert "was cut to Γ = 0.01 like everybody's" in sentence(run(long), 0, 0, "update")
    assert "was stretched to Γ = 5 like everybody's" in sentence(run(short), 0, 0, "update")
    at_most = run(short.replace(upload_scaling="at_most_norm"))
    assert "sent as it is" in sentence(at_most, 0, 0, "update")


def test_the_first_round_remembers_nothing_and_has_no_model_before() -> None:
    trace = TRACES["the app's first"]
    assert "nothing is remembered" in sentence(trace, 0, 0, "importance")
    assert "memory" not in numbers(trace, 0, 0, "importance") and "before" not in numbers(trace, 0, 0, "model")


def test_fewer_entries_than_all_never_carry_the_whole() -> None:
    trace = run(Scenario(n_rounds=4))
    for i in range(trace.scenario.n_agents):
        for t in (*range(4), None):
            told = sentence(trace, i, t, "pay")
            assert "100.0\u00a0%" not in told and "100.0 %" not in told
    whole = run(SMALL.replace(altruism_degree=math.inf))
    assert "all of what was sent together, in every round" in sentence(whole, 0, None, "pay")
    assert "everybody gets everything" in sentence(whole, 0, 1, "pay")


def test_an_unfinished_run_says_how_far_it_is() -> None:
    whole = TRACES["the app's first"]
    trace = Trace(whole.scenario, whole.rounds[:5])
    assert_programs_print_the_page(trace)
    assert "after 5 of 12 rounds" in sentence(trace, 0, None, "model")


def test_a_run_that_was_saved_before_lengths_were_kept_says_so() -> None:
    whole = TRACES["the app's first"]
    bare = {name: np.zeros(0) for name in OLD_FIELDS}
    trace = Trace(whole.scenario, tuple(replace(record, **bare) for record in whole.rounds[:3]))
    assert_programs_print_the_page(trace)
    assert "not recorded in this older run" in sentence(trace, 0, 1, "update")


def test_the_question_has_the_ledgers_numbers() -> None:
    trace = made_trace([[0.5, 0.9]], ratio=[0.25, 1.0], accuracy=[0.7, 0.8])
    assert why_question(trace, 0) == "Why is Agent 1 paid 25\u00a0%, and its model 70.0\u00a0% right?"
    assert why_question(trace, 1, 0) == "Why is Agent 2 paid 100\u00a0% in round 1, and its model 80.0\u00a0% right?"


def test_no_such_agent_or_round() -> None:
    trace = TRACES["exact, of two agents"]
    with pytest.raises(ValueError, match="agent: from 0 to 1; got 2"):
        why_steps(trace, 2, 0)
    with pytest.raises(ValueError, match="agent: from 0 to 1; got 2"):
        why_steps(trace, 2)
    with pytest.raises(ValueError, match="round_index: from 0 to 3; got 4"):
        why_steps(trace, 0, 4)


def test_the_steps_that_are_kept_keep_no_trace() -> None:
    trace = run(SMALL)
    assert why_steps(trace, 0) is why_steps(trace, 0)
    gone = weakref.ref(trace)
    del trace
    gc.collect()
    assert gone() is None
