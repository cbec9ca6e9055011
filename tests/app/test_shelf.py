"""The page "Shelf": runs pinned on other pages, named, ticked, compared with a baseline, taken off, put back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario, run
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.runs import MAX_SHELF_RUNS, JobRunner
from cgs_core.scenario import Agent
from cgs_core.studies.side_by_side import default_name
from cgs_core.words.written import written, written_change
from tests.app.pages import PLAYGROUND, chart_of, charts, cold, playground, session, settle
from tests.app.test_mechanisms import compared, opened

SHELF = "../../pages/research/shelf.py"
QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16)
GENEROUS = QUICK.replace(altruism_degree=float("inf"), agents=(Agent(), Agent(label_noise=0.5)))
OTHER = Scenario(dataset="digits", n_agents=2, n_samples=100, n_rounds=2)


@pytest.fixture
def shelf(runner: JobRunner, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[AppTest]:
    """The page of a visitor of its own, whose browser keeps cookies."""
    token = f"{abs(hash(request.node.nodeid)):032d}"[:32]
    for module in ("cgs_ui.controls.pin", "cgs_ui.shelf.contents", "cgs_ui.session.visitor"):
        monkeypatch.setattr(f"{module}.visitor", lambda: token)
    page = session()
    page.switch_page(SHELF)
    yield page
    for entry in runner.shelf.entries(token):
        runner.shelf.remove(token, entry.run_id)


def token_of(page: AppTest) -> str:
    from cgs_ui.shelf import contents as module

    return module.visitor()


def pin(page: AppTest, runner: JobRunner, *scenarios: Scenario) -> AppTest:
    """Have the runs of scenarios on the shelf, finished, and open it."""
    for scenario in scenarios:
        settle(playground(scenario))
        runner.shelf.put(token_of(page), scenario, default_name(scenario))
    return shown(page)


def shown(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def names(page: AppTest) -> list[str]:
    return [field.value for field in page.main.text_input]


def table(page: AppTest, first: str) -> dict[str, list[str]]:
    """The table whose first column has this title, by row: its cells."""
    (frame,) = [one.value for one in page.dataframe if one.value.columns[0] == first]
    return {row[0]: list(row[1:]) for row in frame.itertuples(index=False)}


def button(page: AppTest, label: str) -> Any:
    (found,) = [one for one in page.main.button if one.label == label]
    return found


def test_an_empty_shelf_says_how_to_pin(shelf: AppTest) -> None:
    page = shown(shelf)
    assert "Pin" in page.info[0].value and not page.dataframe and not page.warning


def test_without_a_cookie_the_page_says_how_long_the_shelf_lasts(runner: JobRunner) -> None:
    page = session()
    page.switch_page(SHELF).run()
    assert not page.exception
    assert "no cookies" in page.warning[0].value


def test_the_button_pins_and_then_leads_to_the_shelf(shelf: AppTest) -> None:
    page = settle(playground(QUICK))
    button(page, "Pin").click()
    page.run()
    assert not [one for one in page.main.button if one.label == "Pin"]
    (link,) = page.main.get("page_link")
    assert json.loads(json.dumps(link.proto.label)) == "Pinned"
    page = shown(shelf)
    assert names(page) == [default_name(QUICK)]


def test_only_what_differs_is_shown_until_everything_is_asked_for(shelf: AppTest, runner: JobRunner) -> None:
    page = pin(shelf, runner, QUICK, GENEROUS)
    assert table(page, "Setting") == {"Altruism": ["1", "∞"], "Agent 2: wrong labels": ["0.0 %", "50.0 %"]}
    differing = table(page, "Measure")
    page.toggle(key="only_differing").set_value(False)
    shown(page)
    every = table(page, "Setting")
    assert every["Data set"] == ["Wine", "Wine"] and every["Rounds"] == ["3", "3"] and "Altruism" in every
    assert [*table(page, "Measure")] == [measure.title for measure in MEASURES.values()]
    assert 0 < len(differing) < len(MEASURES)


def test_results_are_the_cores_with_differences_to_the_baseline(shelf: AppTest, runner: JobRunner) -> None:
    page = pin(shelf, runner, QUICK, GENEROUS, OTHER)
    summaries = [run(scenario).summary() for scenario in (QUICK, GENEROUS, OTHER)]

    def expected(baseline: int) -> dict[str, list[str]]:
        rows = {}
        for name, measure in MEASURES.items():
            cells = []
            for place, summary in enumerate(summaries):
                text, base = written(name, summary[name]), summaries[baseline][name]
                known = summary[name] is not None and base is not None and place != baseline
                cells.append(f"{text} ({written_change(name, summary[name] - base)})" if known else text)
            if len({written(name, summary[name]) for summary in summaries}) > 1:
                rows[measure.title] = cells
        return rows

    assert table(page, "Measure") == expected(0)
    baseline = page.selectbox(key="baseline")
    baseline.select(OTHER.scenario_id)
    shown(page)
    assert table(page, "Measure") == expected(2)
    page.selectbox(key="baseline").select("no baseline")
    shown(page)
    assert not any("(" in cell for cells in table(page, "Measure").values() for cell in cells)


def test_every_measure_has_its_words() -> None:
    assert written("mean_accuracy", 0.123) == "12.3 %" and written_change("mean_accuracy", -0.0123) == "−1.2"
    assert written("mean_gain", -0.123) == "−12.3 points" and written_change("mean_gain", 0.01) == "+1.0"
    assert written("gini_gap", None) == "–" and written_change("gini_gap", 0.0456) == "+0.046"
    assert written("download_bytes", 1500.0) == "1.5 kB" and written_change("download_bytes", -1500.0) == "−1.5 kB"


def test_a_run_is_renamed_and_a_bad_name_is_told(shelf: AppTest, runner: JobRunner) -> None:
    page = pin(shelf, runner, QUICK, OTHER)
    page.main.text_input[0].set_value("Strict *pay*")
    shown(page)
    assert names(page) == ["Strict *pay*", default_name(OTHER)]
    assert list(table(page, "Setting").values()) and page.dataframe[0].value.columns[1] == "Strict *pay*"
    page.main.text_input[1].set_value("Strict *pay*")
    shown(page)
    assert "Another run on the shelf" in page.error[0].value
    assert names(page) == ["Strict *pay*", default_name(OTHER)]
    assert [entry.name for entry in runner.shelf.entries(token_of(page))] == names(page)


def test_a_run_is_taken_off_and_put_back(shelf: AppTest, runner: JobRunner) -> None:
    page = pin(shelf, runner, QUICK, OTHER)
    page.button(key=f"take_off_{QUICK.scenario_id}").click()
    shown(page)
    assert names(page) == [default_name(OTHER)]
    button(page, "Put it back").click()
    shown(page)
    assert sorted(names(page)) == sorted([default_name(OTHER), default_name(QUICK)])
    assert not [one for one in page.main.button if one.label == "Put it back"]


def baseline(page: AppTest) -> Any:
    """The control; its key ends in @ and a number once something else has changed its value."""
    (found,) = [one for one in page.selectbox if one.label == "Baseline"]
    return found


def again(page: AppTest) -> AppTest:
    """Another session of the same visitor: what is remembered is in the store alone."""
    other = session()
    other.switch_page(SHELF)
    return shown(other)


def test_a_run_keeps_its_colour_and_its_name_when_it_is_put_back(shelf: AppTest, runner: JobRunner) -> None:
    page = pin(shelf, runner, QUICK, OTHER)
    page.button(key=f"take_off_{QUICK.scenario_id}").click()
    shown(page)
    page.session_state["scenario"] = GENEROUS
    page.switch_page(PLAYGROUND).run()
    button(settle(page), "Pin").click().run()  # meanwhile another run is pinned
    page.switch_page(SHELF)
    button(shown(page), "Put it back").click()
    shown(page)
    colors = {entry.name: entry.color_index for entry in runner.shelf.entries(token_of(page))}
    assert colors == {default_name(OTHER): 1, default_name(GENEROUS): 2, default_name(QUICK): 0}


def test_ticks_baseline_and_charts_are_there_again(shelf: AppTest, runner: JobRunner) -> None:
    page = pin(shelf, runner, QUICK, GENEROUS, OTHER)
    page.checkbox(key=f"tick_{QUICK.scenario_id}").uncheck()
    page.toggle(key="shelf_charts").set_value(True)
    shown(page)
    baseline(page).select(OTHER.scenario_id)
    page.toggle(key="only_differing").set_value(False)
    page.selectbox(key="shelf_quantity").select("gain")
    shown(page)
    page.selectbox(key="shelf_how").select("Agent by agent")
    shown(page)
    other = again(page)
    assert [box.value for box in other.checkbox] == [False, True, True]
    assert baseline(other).value == OTHER.scenario_id
    assert other.toggle(key="only_differing").value is False and other.toggle(key="shelf_charts").value is True
    assert other.selectbox(key="shelf_quantity").value == "gain" and charts(other) == ["shelf_agents"]
    assert table(other, "Measure") == table(page, "Measure")
    baseline(other).select("no baseline")
    shown(other)
    assert baseline(again(page)).value == "no baseline"


def test_two_ticks_changed_at_once_both_count(shelf: AppTest, runner: JobRunner) -> None:
    page = pin(shelf, runner, QUICK, GENEROUS, OTHER)
    page.checkbox[0].uncheck()
    page.checkbox[2].uncheck()
    shown(page)
    assert [box.value for box in page.checkbox] == [False, True, False]


def test_charts_come_on_demand_for_the_runs_that_are_ticked(shelf: AppTest, runner: JobRunner) -> None:
    page = pin(shelf, runner, QUICK, GENEROUS, OTHER)
    assert charts(page) == []
    page.toggle(key="shelf_charts").set_value(True)
    page.checkbox(key=f"tick_{GENEROUS.scenario_id}").uncheck()
    shown(page)
    assert charts(page) == ["shelf_rounds"]
    assert list(page.dataframe[0].value.columns[1:]) == [default_name(QUICK), default_name(OTHER)]
    (whose,) = [one for one in page.selectbox if one.label == "Whose"]
    assert whose.options[-1] == "Agent 3"
    for quantity in ("gain", "contribution_share", "fairness"):
        page.selectbox(key="shelf_quantity").select(quantity)
        shown(page)
        assert charts(page) == ["shelf_rounds"]
    page.selectbox(key="shelf_quantity").select("accuracy")
    shown(page)
    page.selectbox(key="shelf_how").select("Agent by agent")
    shown(page)
    assert charts(page) == ["shelf_agents"]


def test_nothing_ticked_says_so(shelf: AppTest, runner: JobRunner) -> None:
    page = pin(shelf, runner, QUICK)
    assert "Altruism" in table(page, "Setting")  # a single run has all its settings
    page.checkbox(key=f"tick_{QUICK.scenario_id}").uncheck()
    shown(page)
    assert "Tick a run" in page.info[0].value and not page.dataframe


def test_no_more_than_eight_are_ticked(shelf: AppTest, runner: JobRunner) -> None:
    for seed in range(10):
        runner.shelf.put(token_of(shelf), QUICK.replace(data_seed=seed), "one")
    page = shown(shelf)
    assert [box.value for box in page.checkbox] == [True] * 8 + [False] * 2
    assert [box.disabled for box in page.checkbox] == [False] * 8 + [True] * 2
    page.checkbox[0].uncheck()
    shown(page)
    assert not any(box.disabled for box in page.checkbox)


def test_runs_without_rounds_are_shown_and_can_be_computed(shelf: AppTest, runner: JobRunner) -> None:
    scenario = QUICK.replace(data_seed=77)
    runner.shelf.put(token_of(shelf), scenario, "not yet")
    page = shown(shelf)
    assert any("Stopped after round 0 of 3." in caption.value for caption in page.caption)
    assert set(table(page, "Measure")["Fairness (Pearson r)"]) == {"–"}
    button(page, "Compute the unfinished run").click()
    shown(page)
    while any("Waiting." in caption.value or "Training" in caption.value for caption in page.caption):
        shown(page)
    summary = run(scenario).summary()
    assert table(page, "Measure")["Accuracy, mean over agents"] == [written("mean_accuracy", summary["mean_accuracy"])]


def test_a_run_opens_in_the_playground(shelf: AppTest, runner: JobRunner) -> None:
    page = pin(shelf, runner, QUICK, GENEROUS)
    page.button(key=f"open_{GENEROUS.scenario_id}").click().run()
    assert not page.exception
    assert page.session_state["scenario"] == GENEROUS


def test_a_full_shelf_is_said(shelf: AppTest, runner: JobRunner) -> None:
    for seed in range(MAX_SHELF_RUNS):
        runner.shelf.put(token_of(shelf), QUICK.replace(data_seed=seed + 1), "one")
    page = settle(playground(QUICK))
    button(page, "Pin").click().run()
    assert "full: 24 runs" in page.toast[0].value
    assert button(page, "Pin")


def test_each_mechanism_has_its_button(shelf: AppTest, runner: JobRunner) -> None:
    page = opened(mechanisms=["fedavg", "cgsv"])
    for name in ("fedavg", "cgsv"):
        button(page, MECHANISMS[name].title)
    button(page, "FedAvg").click().run()
    (entry,) = runner.shelf.entries(token_of(page))
    assert entry.scenario == with_mechanism(compared().scenario, "fedavg") and entry.status == "done"


def test_the_point_of_a_sweep_has_its_button(shelf: AppTest, runner: JobRunner) -> None:
    page = settle(
        cold(
            "trade-offs",
            QUICK,
            question="own",
            own_field="altruism_degree",
            own_values="0.5, 2",
            n_seeds="1",
            value="2",
            tab_of_4="This point",
        )
    )
    button(page, "Pin").click().run()
    assert not page.exception and not [one for one in page.main.button if one.label == "Pin"]
    (entry,) = runner.shelf.entries(token_of(page))
    assert entry.scenario == QUICK.replace(altruism_degree=2.0) and entry.status == "done"
    assert names(shown(shelf)) == [default_name(entry.scenario)]


def test_the_coalition_games_run_has_its_button(shelf: AppTest, runner: JobRunner) -> None:
    page = settle(playground(QUICK))
    page.switch_page("../../pages/lab/coalition_game.py").run()
    assert not page.exception
    button(settle(page), "Pin").click().run()
    assert not page.exception
    assert [entry.scenario for entry in runner.shelf.entries(token_of(page))] == [QUICK]


def test_the_chart_of_the_ticked_runs_goes_on_a_projector_and_back(shelf: AppTest, runner: JobRunner) -> None:
    pin(shelf, runner, QUICK, GENEROUS)
    shelf.toggle(key="shelf_charts").set_value(True).run()
    assert charts(shelf) == ["shelf_rounds"] and shelf.dataframe
    shelf.button(key="show_projected").click().run()
    assert not shelf.exception and charts(shelf) == ["shelf_rounds"] and not shelf.dataframe
    assert shelf.query_params["view"] == "projector"
    figure = chart_of(shelf)["figure"]
    assert figure["layout"]["font"]["size"] == 24
    assert f"**{figure['layout']['meta']['title']}**" in [words.value for words in shelf.markdown]
    shelf.button(key="leave_projector").click().run()
    assert shelf.dataframe and "view" not in shelf.query_params
