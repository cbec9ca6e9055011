"""A log told as a trace: worth, importance and pay against the run and the server that they are of."""

from __future__ import annotations

import csv
import io
from dataclasses import fields, replace

import numpy as np
import pytest

from cgs_core import DataError, Scenario, ScenarioError, Trace, run
from cgs_core.federation import read_log
from cgs_core.records.federation_log import NUMBERS, FederationLog
from cgs_core.studies.logged import as_logged, default_rules, differences, replay, valuations_of
from cgs_core.words.log_findings import compared
from cgs_core.words.why import why_question, why_steps
from tests.federation.logs import file_of, log_of_run, served
from tests.words.test_why import assert_programs_print_the_page

OF_GRAM = (
    "cgsv_approx",
    "cgsv_exact",
    "banzhaf",
    "beta_shapley",
    "least_core",
    "others_cosine",
    "fedce",
    "information_gain",
)
SMALL = Scenario(dataset="wine", n_agents=4, n_rounds=4, altruism_degree=2.0, importance_smoothing=0.6)


def bare(log: FederationLog) -> FederationLog:
    """The same log without what it was said of its rounds."""
    return replace(log, rules=None, **dict.fromkeys(NUMBERS))


@pytest.mark.parametrize("valuation", OF_GRAM)
def test_a_run_that_was_logged_is_that_run(valuation: str) -> None:
    trace = run(SMALL.replace(valuation=valuation))
    log = read_log(log_of_run(trace).to_npz())
    again = replay(log)
    for name in ("contribution", "importance", "reward_ratio"):
        np.testing.assert_allclose(again.stack(name), trace.stack(name), rtol=0, atol=1e-12, err_msg=name)
        np.testing.assert_array_equal(as_logged(log).stack(name), trace.stack(name))
    np.testing.assert_allclose(again.contribution_exact, trace.contribution_exact, rtol=0, atol=1e-12)
    assert all(one.most < 1e-12 for one in differences(again))
    for agent in range(4):  # what is told of both is the same, word by word
        for index in (0, 3, None):
            mine, theirs = why_steps(again, agent, index), why_steps(trace, agent, index)
            for own, other in zip(mine, theirs, strict=False):
                assert (own.sentence, own.formulas) == (other.sentence, other.formulas)


@pytest.mark.parametrize("valuation", [name for name in OF_GRAM if name != "least_core"])
def test_who_comes_and_goes_is_valued_as_the_server_did(valuation: str) -> None:
    log, _ = served(Scenario(valuation=valuation, importance_smoothing=0.7, altruism_degree=2.0))
    assert {one.quantity: one.most for one in differences(replay(log))} == pytest.approx(
        {"contribution": 0, "importance": 0, "reward_ratio": 0}, abs=1e-12
    )


def test_what_was_logged_in_32_bits_is_the_same_and_what_is_otherwise_is_named() -> None:
    log, _ = served(Scenario(altruism_degree=2.0))
    assert log.importance is not None and log.reward_ratio is not None
    rounded = {name: np.float64(np.float32(getattr(log, name))) for name in ("contribution", "reward_ratio")}
    less = log.reward_ratio * 0.75
    assert compared(differences(replay(replace(log, **rounded))), "its") == (
        "The log says the same: its worth, importance and pay are what its rules give."
    )
    at, agent = np.unravel_index(log.reward_ratio.argmax(), less.shape)
    told = compared(differences(replay(replace(log, reward_ratio=less))), "these").replace("\u00a0", " ")
    assert told == (
        f"The log says otherwise than these rules give: its pay differs by up to 25 points (Agent {agent + 1} in round "
        f"{at + 1}); its worth and importance are the same."
    )
    assert compared(differences(replay(bare(log))), "these") == ""


def test_other_rules_give_what_a_server_with_them_gives_for_the_same_weights() -> None:
    """Uploads that weigh the same whatever the importance: the rules change what follows alone."""
    fixed = Scenario(aggregation_weight="equal")
    other = fixed.replace(importance_smoothing=0.2, altruism_degree=5.0, valuation="cgsv_exact")
    log, wanted = served(fixed)[0], served(other)[0]
    again = replay(bare(log), other)
    assert wanted.importance is not None and wanted.reward_ratio is not None
    np.testing.assert_allclose(again.stack("importance"), wanted.importance, atol=1e-12)
    np.testing.assert_allclose(again.stack("reward_ratio"), wanted.reward_ratio, atol=1e-12)
    found = differences(replay(log, other))
    gap = np.abs(again.stack("reward_ratio") - log.reward_ratio)
    assert found[2].most == gap.max() == gap[found[2].round_index, found[2].agent] > 0.1


@pytest.mark.parametrize("is_bare", [True, False], ids=["gram alone", "of a server"])
def test_programs_print_the_numbers_of_who_comes_and_goes(is_bare: bool) -> None:
    log, _ = served(Scenario(altruism_degree=2.0))
    trace = replay(bare(log) if is_bare else log)
    assert_programs_print_the_page(trace)
    told = [step.sentence for step in why_steps(trace, 2, 2)]
    assert told[0] == "Agent 3 was absent in this round: it sent nothing that counted."
    assert told[1] == "Agent 3 was absent: it is worth 0 in this round."
    assert told[3] == "Agent 3 was absent: it gets nothing in this round."
    assert why_steps(trace, 4, 0)[2].sentence == (
        "It was no member of the federation in this round: its importance is 0."
    )
    assert [step.name for step in why_steps(trace, 0, 0)] == ["update", "worth", "importance", "pay"]
    assert why_question(trace, 0, 1).replace("\u00a0", " ").startswith("Why is Agent 1 paid ")
    assert "carry" in why_steps(trace, 1, 0)[3].sentence or is_bare or trace.rounds[0].reward_ratio[1] == 1


def test_how_it_was_logged_is_not_explained_by_rules_that_it_may_not_follow() -> None:
    log, _ = served()
    with pytest.raises(ValueError, match="computed anew"):
        why_steps(as_logged(log), 0)
    with pytest.raises(DataError, match="must hold contribution, importance, reward_ratio and rules"):
        as_logged(bare(log))


def test_where_coalitions_are_too_many_the_others_are_left() -> None:
    log = read_log(file_of(gram=np.tile(np.eye(20), (9, 1, 1))))
    assert set(valuations_of(log)) == {"cgsv_approx", "others_cosine", "fedce"}
    trace = replay(log)
    assert trace.contribution_exact is None
    assert "Of so many coalitions" in why_steps(trace, 0, 0)[1].sentence
    with pytest.raises(ScenarioError, match="valuation: must be one that this log is enough for: cgsv_approx"):
        replay(log, default_rules(log).replace(valuation="cgsv_exact"))
    of_names = Scenario(valuation="data_size", importance_rule="unsmoothed")
    assert default_rules(replace(log, rules=of_names.replace(n_agents=20, n_rounds=9))).valuation == "cgsv_approx"


def test_the_table_has_every_number_and_no_name_is_computed() -> None:
    trace = replay(served()[0])
    rows = list(csv.DictReader(io.StringIO(trace.to_csv())))
    assert {row["name"] for row in rows} == {"north", "south", "'=1+1", "<b>west</b>", "late"}
    found = [row for row in rows if row["quantity"] == "reward_ratio" and row["round"] == "2"]
    assert [float(row["value"]) for row in found] == trace.rounds[1].reward_ratio.tolist()
    assert any(row["quantity"] == "logged reward_ratio" for row in rows)
    told = trace.summary()
    assert [agent["name"] for agent in told["agents"]] == list(trace.log.names)
    assert told["agents"][2]["rounds_present"] == 5 and told["log"] == trace.log.log_id
    assert "<b>west" not in trace._repr_html_() and "&lt;b&gt;west" in trace._repr_html_()
    assert "5 agents, 8 rounds, valued by cgsv_approx, paid by sparsified, computed anew" in repr(trace)


def test_there_are_no_models_to_tell_of(tmp_path: object) -> None:
    trace = replay(served()[0])
    for ask in (trace.same_models, lambda: trace.save("nowhere")):
        with pytest.raises(ValueError, match="a log of a federation"):
            ask()
    assert isinstance(trace, Trace) and {field.name for field in fields(trace)} >= {"log", "is_logged"}
