"""The page "Trade-offs": every ready question, fields of one's own, what it says and what it counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from streamlit.testing.v1 import AppTest

from cgs_core import Agent, Scenario
from cgs_core.federation.experiment import run
from cgs_core.runs import JobRunner
from cgs_core.studies.sweeps import Sweep, SweepTable, parsed_grid, row_of
from cgs_core.words.sweep_findings import law
from cgs_core.words.written import unbroken
from cgs_ui.controls.field_controls import values_around
from cgs_ui.trade_offs import questions
from tests.app.pages import charts, cold, given, headline, session, settle

PAGE = "../../pages/lab/trade_offs.py"
DEGREES = {"altruism_degree": [*(float(f"{value:.3g}") for value in np.geomspace(0.1, 100, 23)), float("inf")]}
SKEW = {"concentration": [float(f"{value:.3g}") for value in np.geomspace(0.05, 20, 12)]}
NOISE = {"agent3.label_noise": [round(step / 10, 1) for step in range(11)]}
QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=2, batch_size=16)
VIEWS = {"Each agent": "sweep_agents", "This point": "sweep_ledger"}


def opened(scenario: Scenario = QUICK, **chosen: object) -> AppTest:
    return settle(cold("trade-offs", scenario, **({"n_seeds": 1} | chosen)))


def open_view(page: AppTest, label: str) -> AppTest:
    page.session_state["tab_of_4"] = label
    page.run()
    assert not page.exception
    return page


def table_of(page: AppTest, grid: Mapping[str, Sequence[Any]], n_seeds: int = 1, **changes: Any) -> SweepTable:
    """The table on the page, which must be of this sweep."""
    runs = page.session_state["runs_sweep"]
    assert not runs.waiting and not runs.error
    asked = Sweep(QUICK.replace(**changes), grid, n_seeds)
    assert runs.batches == [[point.scenario for point in batch] for batch in asked.batches()]
    return SweepTable(asked, {point: runs.results[point.scenario.scenario_id] for point in asked.points})


@pytest.mark.parametrize(
    ("question", "grid", "changes"),
    [("altruism", DEGREES, {}), ("skew", SKEW, {"split": "dirichlet"}), ("noise", NOISE, {})],
)
def test_a_ready_question_is_answered_by_the_runs_of_its_values(
    question: str, grid: dict[str, list[float]], changes: dict[str, Any]
) -> None:
    page = opened(question=question)
    table = table_of(page, grid, **changes)
    assert charts(page)[0] == "sweep_curves"
    assert headline(page) == unbroken(law(table))
    point = table.sweep.at((5,), 0)
    assert table.rows[point].measures == row_of(run(point.scenario)).measures


def test_every_ready_question_may_be_asked_with_the_most_seeds(tmp_path: Path) -> None:
    scenario, most = Scenario(), max(questions.SEED_CHOICES)
    noise = Sweep(scenario, {"agent5.label_noise": questions._NOISE_VALUES}, most)
    asks = (questions._altruism, questions._skew, questions._approximation)
    with JobRunner(tmp_path / "runs.sqlite", n_workers=0) as runner:
        for number, sweep in enumerate([noise, *(ask(scenario, most) for ask in asks)]):
            batches = [[point.scenario for point in batch] for batch in sweep.batches()]
            ids = runner.submit_batches(batches, f"session {number}", 1)
            assert sum(map(len, ids)) == len(sweep.points) >= 11 * most


def test_sentences_are_swept_like_any_data() -> None:
    text = Scenario(dataset="sentences", model="text_cnn", split="owners", n_agents=3, n_samples=30, n_rounds=1)
    page = opened(text, question="own", own_field="split", own_values="owners, uniform")
    assert not page.error and charts(page)[0] == "sweep_curves"


def test_a_link_to_what_is_now_beside_the_curve_shows_the_same_two_measures() -> None:
    page = opened(across="worst_gain", up="max_accuracy", tab_of_4="One against the other")
    assert page.query_params["across"] == "worst_gain" and page.query_params["up"] == "max_accuracy"
    drawn = {one.key: given(one)["figure"] for one in page.main.get("bidi_component") if "sweep_" in one.key}
    axes = drawn["sweep_scatter"]["layout"]
    assert axes["xaxis"]["title"]["text"] == "Gain of the worst agent (points)"
    assert axes["yaxis"]["title"]["text"] == "Accuracy, best agent"
    assert "Accuracy, best agent" in str(drawn["sweep_curves"]["layout"]["annotations"])


@pytest.mark.parametrize("view", VIEWS)
def test_every_tab_draws(view: str) -> None:
    page = open_view(opened(), view)
    assert charts(page) == ["sweep_curves", "value_player_24", "sweep_scatter", VIEWS[view]]


@pytest.mark.parametrize(
    ("question", "changes", "words"),
    [
        ("skew", {}, "split skewed classes (Dirichlet), not equal shards"),
        ("skew", {"split": "dirichlet"}, None),
        (
            "approximation",
            {"split": "dirichlet", "agents": (Agent(label_noise=0.5),)},
            "all agents as the split makes them",
        ),
        ("altruism", {}, None),
    ],
)
def test_what_a_question_sets_otherwise_than_the_controls_is_said(
    question: str, changes: dict[str, Any], words: str | None
) -> None:
    page = opened(QUICK.replace(**{"split": "uniform"} | changes), question=question)
    told = [one.value for one in page.caption if one.value.startswith("These runs are not as the controls say: ")]
    assert told == ([] if words is None else [f"These runs are not as the controls say: {words}."])


def test_the_numbers_are_means_of_the_runs() -> None:
    page = open_view(opened(question="noise", n_seeds=5), "Numbers")
    assert any(": wrong labels: " in one.value for one in page.caption), "the swept field is explained"
    table, frame = table_of(page, NOISE, 5), page.dataframe[0].value
    assert len(frame) == 11 and set(frame["Runs"]) == {5}
    expected = [
        100
        * np.mean([row_of(run(table.sweep.at((index,), seed).scenario)).measures["mean_accuracy"] for seed in range(5)])
        for index in (0, 10)
    ]
    np.testing.assert_allclose(frame["Accuracy, mean"].iloc[[0, 10]], expected, rtol=1e-12)


def test_the_sentence_has_the_numbers_of_both_ends_and_of_their_paired_difference() -> None:
    page = opened(question="noise", n_seeds=5)
    first, last = table_of(page, NOISE, 5).measure("mean_accuracy")[[0, -1]]
    told = re.search(
        r"accuracy, mean over agents (?:is not told apart:|falls from|rises from) \*\*([\d.]+)\s%\*\* (?:to|and) "
        r"\*\*([\d.]+)\s%\*\* \(([+−][\d.]+)\s±\s([\d.]+) points\)",
        headline(page),
    )
    assert told is not None
    low, high = scipy.stats.ttest_rel(last, first).confidence_interval()
    expected = [100 * number for number in (first.mean(), last.mean(), (last - first).mean(), (high - low) / 2)]
    assert [float(text.replace("−", "-")) for text in told.groups()] == pytest.approx(expected, abs=0.051)
    assert "5 seeds" in headline(page)


def test_how_near_the_cosine_is_to_the_exact_value_is_asked_of_agents_and_skew() -> None:
    scenario = QUICK.replace(n_samples=None, agents=(Agent(label_noise=0.5),))
    page = opened(scenario, question="approximation")
    runs = page.session_state["runs_sweep"]
    assert not runs.error and len(runs.results) == 16 and charts(page) == ["sweep_heat"]
    sweep = Sweep(
        scenario.replace(agents=(), split="dirichlet"),
        {"n_agents": (3, 5, 10, 20), "concentration": (0.1, 0.5, 2.0, 20.0)},
        1,
    )
    errors = [float(runs.results[point.scenario.scenario_id].measures["valuation_l1_error"]) for point in sweep.points]
    told = re.search(r"is highest, \*\*([\d.]+)\*\* at .*? and lowest, \*\*([\d.]+)\*\*", headline(page))
    assert told and [float(told[1]), float(told[2])] == pytest.approx([max(errors), min(errors)], abs=0.0051)
    assert {box.value for box in page.selectbox if box.label == "Measure"} == {"valuation_l1_error"}


def test_a_question_of_ones_own_opens_on_one_that_can_be_asked() -> None:
    page = opened(question="own")
    table_of(page, {"altruism_degree": (0.5, 1, 2, 5)})
    assert not page.error and page.query_params["own_field"] == "altruism_degree"
    old = opened(question="own", own_values="digits, tulips")  # a link of before names no field where it is the first
    assert "dataset: must be one of" in old.error[0].value


def test_every_field_of_ones_own_has_first_values_that_can_be_asked() -> None:
    fields = [*questions._OWN_FIELDS, *(f"agent1.{name}" for name in questions._OWN_AGENT_FIELDS)]
    for scenario in (QUICK, Scenario()):
        for field in fields:
            text = questions._first_values(scenario, field)
            assert Sweep(scenario, parsed_grid([f"{field}={text.replace(' ', '')}"])).points, field


def test_two_fields_of_ones_own_make_a_heat_map() -> None:
    page = opened(
        question="own",
        own_field="altruism_degree",
        own_values="0.5, 2, inf",
        own_field_2="agent1.label_noise",
        own_values_2="0, 0.5",
    )
    table = table_of(page, {"altruism_degree": (0.5, 2, float("inf")), "agent1.label_noise": (0, 0.5)})
    accuracy = table.measure("mean_accuracy")[..., 0]
    told = re.search(
        r"accuracy, mean over agents is highest, \*\*([\d.]+)\s%\*\* at \((.*?), (.*?)\), and lowest, "
        r"\*\*([\d.]+)\s%\*\* at",
        headline(page),
    )
    assert told is not None
    assert [float(told[1]), float(told[4])] == pytest.approx([100 * accuracy.max(), 100 * accuracy.min()], abs=0.051)
    place = ("0.5", "2", "∞").index(told[2]), ("0", "0.5").index(told[3])
    assert accuracy[place] == accuracy.max()
    assert charts(page) == ["sweep_heat"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("0.5, x", "altruism_degree: must be a number"),
        ("", "altruism_degree: must have at least one value"),
        ("1, 1.0", "vary: different values"),
        ("0", "altruism_degree: must be a number of at least 0.1"),
    ],
)
def test_values_that_cannot_be_are_named_and_nothing_breaks(values: str, words: str) -> None:
    page = opened(question="own", own_field="altruism_degree", own_values=values)
    assert words in page.error[0].value
    assert charts(page) == []


def test_the_sweep_is_one_of_the_scenario_on_screen() -> None:
    page = opened(QUICK.replace(n_rounds=3), question="skew")
    table_of(page, SKEW, n_rounds=3, split="dirichlet")


def test_values_of_ones_own_are_put_in_order() -> None:
    page = opened(question="own", own_field="altruism_degree", own_values="2, 0.5, inf, 1")
    table_of(page, {"altruism_degree": (0.5, 1, 2, float("inf"))})


def test_what_was_computed_is_not_computed_again() -> None:
    opened(question="skew")
    page = session()  # another session
    page.query_params["s"] = QUICK.to_link()
    page.session_state["n_seeds"], page.session_state["choices"] = 1, {"trade-offs": {"question": "skew"}}
    page.run()
    page.switch_page(PAGE).run()
    table_of(page, SKEW, split="dirichlet")


def test_every_number_of_the_playground_leads_to_a_sweep_of_its_own() -> None:
    scenario = QUICK.replace(aggregation_weight="loss_power", reward_rule="random_subset", n_validation=14)
    page = session()
    page.query_params["s"] = scenario.to_link()
    page.session_state["more"] = True  # where most of them are
    page.switch_page("../../pages/lab/playground.py").run()
    settle(page)
    keys = [button.key or "" for button in page.sidebar.button]
    names = [key.removeprefix("vary_") for key in keys if key.startswith("vary_")]
    assert len(names) >= 14 and {"altruism_degree", "n_agents", "n_validation", "loss_exponent"} <= set(names)
    for name in names:
        values = ", ".join(f"{value:g}" for value in values_around(name, scenario))
        asked = opened(scenario, question="own", own_field=name, own_values=values)
        assert not asked.error, name
        assert charts(asked)[0] == "sweep_curves", name


@pytest.mark.parametrize(
    ("name", "changes", "values"),
    [
        ("altruism_degree", {"altruism_degree": float("inf")}, [0.25, 0.5, 1, 2, 4]),
        ("altruism_degree", {"altruism_degree": 0.2}, [0.1, 0.2, 0.4, 0.8]),
        ("n_samples", {}, [15, 30, 60, 120]),
        ("n_agents", {}, [2, 3, 6, 12]),
        ("importance_smoothing", {}, [0.2375, 0.475, 0.95]),
    ],
)
def test_values_around_a_number_are_those_that_the_scenario_allows(
    name: str, changes: dict[str, Any], values: list[float]
) -> None:
    assert values_around(name, QUICK.replace(**changes)) == values
