"""The page "Coalition game": every game and tab, who leaves, the walk, and what is too large to draw."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.contribution import CLASSIC_GAMES, cgsv_exact, cgsv_sampled
from cgs_core.federation.retrained_game import retrained_game
from cgs_core.runs import JobRunner
from cgs_core.scenario import Agent
from cgs_core.studies.presets import OPENING, PRESETS
from cgs_ui.background import finished_rounds
from tests.app.pages import charts, cold, given, headline, is_live, scenario_of, settle, sidebar_control

PAGE = "../../pages/lab/coalition_game.py"
QUICK = Scenario(n_agents=3, n_rounds=2, n_samples=90)
MANY = {"n_rounds": 2, "n_samples": 100}
TEXT = Scenario(dataset="sentences", model="text_cnn", split="owners", n_agents=3, n_rounds=1, n_samples=60)
VIEWS = ("Arrows", "Exact or estimated", "Axioms", "Who leaves, who joins", "Does it track the truth?", "Numbers")
SANDBOX_VIEWS = ("Exact or estimated", "Axioms", "Numbers")


def opened(scenario: Scenario | None = None, **link: str) -> AppTest:
    return cold("coalition-game", scenario, **link)


def played(game: str, scenario: Scenario | None = None) -> AppTest:
    """One of the page's games, ready to be looked at."""
    page = settle(opened(scenario))
    if game != "gradient":
        page.segmented_control(key="game").set_value(game).run()
        assert not page.exception
    return settle(page)


def press(page: AppTest, label: str) -> AppTest:
    (button,) = [button for button in page.main.button if button.label == label]
    button.click().run()
    assert not page.exception
    return page


def control(page: AppTest, kind: str, label: str) -> Any:
    """The one control of the page that is called so."""
    (found,) = [widget for widget in page.main.get(kind) if widget.label.startswith(label)]
    return found


def leave(page: AppTest, *staying: int) -> AppTest:
    """Only these agents stay, counted from 0."""
    switches = next(one for one in page.main.pills if one.label.startswith("Agents present"))
    switches.set_value(list(staying)).run()
    assert not page.exception
    return page


def open_view(page: AppTest, label: str) -> Any:
    """Open a tab; what is in it."""
    page.session_state[f"tab_of_{len(page.tabs)}"] = label
    page.run()
    assert not page.exception and not page.error
    (tab,) = [tab for tab in page.tabs if tab.children]
    assert tab.label == label
    return tab


def figure(page: AppTest, key: str) -> dict[str, Any]:
    """The figure that a chart was given."""
    (component,) = [one for one in page.main.get("bidi_component") if one.key == key]
    return given(component)["figure"]


def bars(page: AppTest) -> tuple[list[float | None], list[float | None], list[float]]:
    """Of the lattice's Shapley bars: solid (the mean walked so far), hollow (this order), ticks (exact)."""
    *_, mean, current, tick, _, _, _ = figure(page, "lattice")["data"]
    return mean["x"], current["x"], tick["x"]


def walked(page: AppTest) -> str:
    """The sentence that says how far the walk has come."""
    (words,) = [caption.value for caption in page.main.caption if "orders" in caption.value and "bars" in caption.value]
    return words


def said(page: AppTest) -> list[str]:
    return [words.value for words in page.main.info]


def cosine_values(gram: np.ndarray) -> list[float]:
    """v(S) = cos(u_S, u_N) of every coalition, one at a time."""
    values = [0.0]
    for index in range(1, 2 ** len(gram)):
        inside = np.array([index >> agent & 1 for agent in range(len(gram))], float)
        values.append(inside @ gram.sum(axis=1) / np.sqrt(inside @ gram @ inside * gram.sum()))
    return values


def mean_marginals(values: Any) -> np.ndarray:
    """The Shapley value by its definition: the mean over all orders of what each agent adds."""
    n_agents = len(values).bit_length() - 1
    total, orders = np.zeros(n_agents), list(permutations(range(n_agents)))
    for order in orders:
        joined = 0
        for agent in order:
            total[agent] += values[joined | 1 << agent] - values[joined]
            joined |= 1 << agent
    return total / len(orders)


def gram_of(page: AppTest, round_index: int = -1) -> np.ndarray:
    return finished_rounds(scenario_of(page).scenario_id).gram[round_index]


# -- every game, every tab -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("game", "scenario"),
    [
        ("gradient", Scenario()),
        ("gradient", Scenario(n_agents=2, **MANY)),
        ("gradient", Scenario(dataset="wine", **MANY, agents=(Agent(conduct="sign_flipper"), Agent(copy_of=0)))),
        ("gradient", Scenario(dataset="mnist", model="cnn", n_agents=3, n_rounds=2, n_samples=64)),
        ("gradient", TEXT.replace(n_agents=4, n_rounds=2)),
        ("gradient", Scenario(n_agents=8, **MANY)),
        ("gradient", Scenario(n_agents=12, n_rounds=2, n_samples=120)),
        ("retrained", QUICK),
        ("retrained", Scenario(dataset="moons", n_agents=2, n_rounds=2, n_samples=60)),
        ("retrained", Scenario(n_agents=7, n_rounds=1, n_samples=70)),
        ("retrained", TEXT),
    ],
    ids=[
        "default",
        "two",
        "flipper and copy",
        "images",
        "text",
        "eight",
        "twelve",
        "retrained",
        "retrained plane",
        "retrained seven",
        "retrained text",
    ],
)
def test_every_tab_of_a_runs_games_draws(game: str, scenario: Scenario):
    page = played(game, scenario)
    assert [tab.label for tab in page.tabs] == list(VIEWS)
    for view in VIEWS:
        tab = open_view(page, view)
        assert tab.get("bidi_component") or tab.dataframe or tab.markdown or tab.info, view


@pytest.mark.parametrize("source", ["arrows", *CLASSIC_GAMES])
def test_every_tab_of_every_sandbox_game_draws(source: str):
    page = played("sandbox")
    control(page, "selectbox", "What is played").set_value(source).run()
    assert not page.exception
    assert [tab.label for tab in page.tabs] == list(SANDBOX_VIEWS)
    for view in SANDBOX_VIEWS:
        tab = open_view(page, view)
        assert tab.get("bidi_component") or tab.dataframe or tab.markdown or tab.info, view


# -- the numbers ---------------------------------------------------------------------------------------------


def test_the_gradient_game_is_the_cosines_of_the_runs_updates():
    page = played("gradient", QUICK)
    expected = cosine_values(gram_of(page))
    table = open_view(page, "Numbers").dataframe[0].value
    assert table["Value"].tolist() == pytest.approx(expected, abs=1e-9)
    assert table["Coalition"].tolist() == ["nobody", "1", "2", "1+2", "3", "1+3", "2+3", "1+2+3"]
    assert table["Agents"].tolist() == [0, 1, 1, 2, 1, 2, 2, 3]
    solid, hollow, exact = bars(page)
    assert solid == exact == pytest.approx(mean_marginals(expected), abs=1e-5)
    assert hollow == [None] * 3


def test_the_retrained_game_is_what_the_core_trains():
    page = played("retrained", QUICK)
    expected = retrained_game(QUICK).rounds[-1].accuracy
    assert open_view(page, "Numbers").dataframe[0].value["Value"].tolist() == pytest.approx(100 * expected, abs=1e-9)
    _, _, exact = bars(page)
    assert exact == pytest.approx(mean_marginals(expected), abs=1e-5)
    assert f"{100 * expected[-1]:.1f}" in headline(page) and f"{100 * expected[0]:.1f}" in headline(page)


def test_what_the_retrained_game_costs_is_said_until_it_is_there():
    fresh = QUICK.replace(data_seed=4711)
    offered = [one.value for one in opened(fresh).caption if one.value.startswith("Retrained:")]
    assert len(offered) == 1 and f"{2**fresh.n_agents - 1} coalitions" in offered[0]
    played("retrained", fresh)
    assert not [one for one in opened(fresh).caption if one.value.startswith("Retrained:")]


def test_the_round_of_a_link_is_the_one_that_is_shown():
    page = settle(opened(s=QUICK.to_link(), round="1"))
    assert "Round 1:" in headline(page)
    table = open_view(page, "Numbers").dataframe[0].value
    assert table["Value"].tolist() == pytest.approx(cosine_values(gram_of(page, 0)), abs=1e-9)
    assert cosine_values(gram_of(page, 0)) != pytest.approx(cosine_values(gram_of(page)), abs=1e-3)


@pytest.mark.parametrize("name", CLASSIC_GAMES)
def test_a_classic_game_comes_to_its_known_answer(name: str):
    page = played("sandbox")
    control(page, "selectbox", "What is played").set_value(name).run()
    classic = CLASSIC_GAMES[name]
    assert any(classic.story in words.value for words in page.main.markdown)
    solid, _, exact = bars(page)
    assert solid == exact == pytest.approx(classic.shapley.tolist(), abs=1e-5)


def set_arrows(page: AppTest, *arrows: tuple[float, int]) -> AppTest:
    """Lengths and angles in degrees."""
    control(page, "slider", "Arrows").set_value(len(arrows)).run()
    for agent, (length, angle) in enumerate(arrows, 1):
        control(page, "slider", f"Agent {agent}: length").set_value(length)
        control(page, "slider", f"Agent {agent}: angle").set_value(angle)
    page.run()
    assert not page.exception
    return page


@pytest.mark.parametrize("n_arrows", [2, 3, 4, 5])
def test_arrows_that_are_set_are_the_game_at_once(n_arrows: int):
    arrows = ((1.0, 15), (0.5, -60), (2.0, 100), (1.3, -90), (0.1, 0))[:n_arrows]
    page = set_arrows(played("sandbox"), *arrows)
    tips = np.array(
        [[length * np.cos(np.radians(angle)), length * np.sin(np.radians(angle))] for length, angle in arrows]
    )
    values = cosine_values(tips @ tips.T)
    phi, psi = mean_marginals(values), [values[1 << agent] for agent in range(n_arrows)]
    assert bars(page)[2] == pytest.approx(phi, abs=1e-5)
    (words,) = [words.value for words in page.main.markdown if "Exact against approximate" in words.value]
    shown = [float(number.replace("−", "-")) for number in re.findall(r"= ([−\d.]+[\d])", words)]
    assert shown == pytest.approx([number for pair in zip(phi, psi, strict=True) for number in pair], abs=0.0051)
    if min(np.sum(own) / np.abs(own).sum() for own in (phi, psi)) < 0.5:  # they mostly cancel
        assert "no shares to compare" in words and "L1" not in words
        return
    gap = np.abs(phi / phi.sum() - np.array(psi) / np.sum(psi)).sum()
    assert float(re.findall(r"\*\*([\d.]+)\*\*", words)[0]) == pytest.approx(gap, abs=6e-4)


@pytest.mark.parametrize("arrows", [((1.0, 0), (1.0, 180)), ((0.0, 0), (0.0, 90), (0.0, 45))], ids=["opposite", "none"])
def test_arrows_that_cancel_are_worth_nothing_and_say_so(arrows: tuple[tuple[float, int], ...]):
    page = set_arrows(played("sandbox"), *arrows)
    assert any("cancel" in words.value for words in page.main.markdown)
    solid, _, exact = bars(page)
    assert solid == exact == [0.0] * len(arrows)
    for view in SANDBOX_VIEWS:
        open_view(page, view)


# -- who leaves ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("staying", [(0, 2), (1,), (1, 2)])
def test_who_leaves_changes_the_others_game(staying: tuple[int, ...]):
    page = leave(played("gradient", QUICK), *staying)
    gram = gram_of(page)
    expected = mean_marginals(cosine_values(gram[np.ix_(staying, staying)]))
    assert bars(page)[2] == pytest.approx(expected, abs=1e-5)
    table = open_view(page, "Who leaves, who joins").dataframe[0].value.set_index("Agent")
    now = table["Shapley value now"].tolist()
    assert [now[agent] for agent in staying] == pytest.approx(expected, abs=1e-9)
    assert all(np.isnan(now[agent]) for agent in range(3) if agent not in staying)
    assert table["Shapley value, all there"].tolist() == pytest.approx(mean_marginals(cosine_values(gram)), abs=1e-9)
    assert table["Pay now"].max() == pytest.approx(100, abs=1e-9)
    assert ("is alone" in headline(page)) == (len(staying) == 1)


def test_who_leaves_the_retrained_game_is_read_from_its_table():
    page = leave(played("retrained", QUICK), 0, 2)
    values = retrained_game(QUICK).rounds[-1].accuracy
    kept = values[[0b000, 0b001, 0b100, 0b101]]
    assert bars(page)[2] == pytest.approx(mean_marginals(kept), abs=1e-5)
    tab = open_view(page, "Who leaves, who joins")
    now = tab.dataframe[0].value["Shapley value now"].tolist()
    assert [now[0], now[2]] == pytest.approx(100 * mean_marginals(kept), abs=1e-9)
    (words,) = [words.value for words in tab.markdown if words.value.startswith("Retrained")]
    assert f"{100 * kept[-1]:.1f}" in words and f"{100 * values[-1]:.1f}" in words


def test_when_all_have_left_there_is_no_game():
    page = leave(played("gradient", QUICK))
    assert said(page) == ["Nobody is left: switch an agent on."]
    assert charts(page) == []
    leave(page, 0, 1, 2)
    assert "lattice" in charts(page)


def test_seven_of_eight_draw_lines_and_six_a_lattice():
    page = played("gradient", Scenario(n_agents=8, **MANY))
    leave(page, *range(7))
    assert "marginals" in charts(page)
    leave(page, *range(1, 7))
    assert "lattice" in charts(page)
    assert len(bars(page)[2]) == 6


# -- the walk ------------------------------------------------------------------------------------------------


def test_steps_build_an_orders_marginals_and_every_order_the_exact_values():
    page = played("gradient", QUICK)
    values = cosine_values(gram_of(page))
    expected: list[float | None] = [None] * 3
    for n_joined, agent in enumerate((0, 1, 2), 1):
        press(page, "Step")
        before = (1 << agent) - 1
        expected[agent] = pytest.approx(values[before | 1 << agent] - values[before], abs=1e-5)
        solid, hollow, _ = bars(page)
        assert hollow == expected
        assert (solid == [None] * 3) == (n_joined < 3)
    assert bars(page)[0] == expected  # one order walked: its mean is itself
    assert "1 of 6 orders" in walked(page)
    for n_orders in range(2, 7):
        press(page, "Walk it")
        assert f"{n_orders} of 6 orders" in walked(page)
    solid, _, exact = bars(page)
    assert solid == exact == pytest.approx(mean_marginals(values), abs=1e-5)
    press(page, "Clear")
    assert "all orders" in walked(page) and bars(page)[1] == [None] * 3


def test_all_orders_at_once():
    page = press(played("gradient"), "Walk all")
    assert "120 of 120 orders" in walked(page)
    solid, _, exact = bars(page)
    assert solid == exact == pytest.approx(mean_marginals(cosine_values(gram_of(page))), abs=1e-5)


def test_an_order_that_is_chosen_is_the_one_that_is_walked():
    page = played("gradient", QUICK)
    control(page, "selectbox", "Order").set_value((2, 0, 1)).run()
    assert not page.exception
    press(page, "Step")
    values = cosine_values(gram_of(page))
    assert bars(page)[1] == [None, None, pytest.approx(values[0b100], abs=1e-5)]
    press(page, "Walk it")
    assert bars(page)[1][1] == pytest.approx(values[0b111] - values[0b101], abs=1e-5)


def test_the_walk_starts_anew_when_somebody_leaves():
    page = press(press(played("gradient", QUICK), "Walk it"), "Step")
    leave(page, 0, 2)
    assert "all orders" in walked(page)
    press(page, "Walk it")
    assert "1 of 2 orders" in walked(page)


@pytest.mark.parametrize("what", ["agent 1", "coalition 5"])
def test_a_highlight_from_the_keyboards_control(what: str):
    page = played("gradient", QUICK)
    before = figure(page, "lattice")
    control(page, "selectbox", "Highlight").set_value(what).run()
    assert not page.exception
    assert control(page, "selectbox", "Highlight").value == what
    assert figure(page, "lattice")["data"] != before["data"]


# -- what is too large ---------------------------------------------------------------------------------------


def test_above_six_agents_lines_by_size_stand_for_the_lattice():
    page = played("gradient", Scenario(n_agents=8, **MANY))
    assert "marginals" in charts(page) and "lattice" not in charts(page)
    assert [button for button in page.main.button if button.label == "Step"] == []
    lines = figure(page, "marginals")["frames"][-1]["data"][:8]
    values = np.array(cosine_values(gram_of(page)))
    alone = [values[1 << agent] for agent in range(8)]
    last = [values[-1] - values[-1 - (1 << agent)] for agent in range(8)]
    assert [line["y"][0] for line in lines] == pytest.approx(alone, abs=2e-5)
    assert [line["y"][-1] for line in lines] == pytest.approx(last, abs=2e-5)


@pytest.mark.parametrize("n_agents", [17, 30])
def test_above_sixteen_agents_values_are_sampled_only(n_agents: int):
    page = played("gradient", Scenario(n_agents=n_agents, **MANY))
    (words,) = said(page)
    assert f"{n_agents} agents form {2**n_agents:,} coalitions" in words
    assert charts(page) == ["estimates", "costs"]
    control(page, "selectbox", "Agent").set_value(2).run()
    lines = {drawn.get("name"): drawn["y"] for drawn in figure(page, "estimates")["data"]}
    gram = gram_of(page)
    psi = gram[2].sum() / np.sqrt(gram[2, 2] * gram.sum())
    assert lines["approximate"] == pytest.approx([psi] * 2, abs=1e-5)
    if n_agents <= 24:
        assert lines["exact"] == pytest.approx([cgsv_exact(gram)[2]] * 2, abs=1e-5)
    else:
        assert "exact" not in lines
    estimate, standard_error = cgsv_sampled(gram, 2000, np.random.default_rng(0))
    for name in ("sampled orders", "stratified by size"):
        assert lines[name][-1] == pytest.approx(estimate[2], abs=5 * standard_error[2] + 1e-5)


@pytest.mark.parametrize(
    ("scenario", "most"),
    [(Scenario(n_agents=11, **MANY), 10), (Scenario(dataset="mnist", model="cnn", n_agents=7, **MANY), 6)],
    ids=["eleven", "seven convolutional nets"],
)
def test_a_retrained_game_that_is_too_large_says_what_it_would_cost(scenario: Scenario, most: int):
    page = played("retrained", scenario)
    (words,) = said(page)
    n = scenario.n_agents
    trainings = sum(bin(coalition).count("1") for coalition in range(2**n))  # every member's, a round
    assert f"{2**n - 1:,} coalitions" in words and f"{trainings:,} local trainings a round" in words
    assert f"up to {most} agents" in words
    assert not is_live(page) and charts(page) == []


# -- links, and runs that are not done -----------------------------------------------------------------------


def test_the_first_game_is_there_at_once():
    page = opened()
    assert not is_live(page)
    assert scenario_of(page) == OPENING.scenario and page.query_params == {}
    assert {"lattice", "arrows"} <= set(charts(page))


@pytest.mark.parametrize("link", [{"s": "rubbish"}, {"s": QUICK.to_link()[:-6]}, {"preset": "no_such"}])
def test_a_bad_link_says_so_and_shows_the_opening(link: dict[str, str]):
    page = opened(**link)
    assert scenario_of(page) == OPENING.scenario and page.query_params == {}
    (error,) = page.main.error
    assert error.value.startswith("This link cannot be opened.")
    assert "lattice" in charts(page)


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "9" * 5000])
def test_a_round_that_cannot_be_is_passed_over(text: str):
    page = opened(round=text)
    assert not page.main.error and page.query_params == {}
    assert "Round 50:" in headline(page)


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if preset.page == "coalition-game"])
def test_a_preset_of_this_page_opens_by_its_link(name: str):
    page = settle(opened(preset=name))
    assert scenario_of(page) == PRESETS[name].scenario
    assert "lattice" in charts(page)


def test_a_changed_scenario_is_trained_and_drawn():
    page = opened()
    sidebar_control(page, "field_n_agents").set_value(4).run()
    settle(page)
    assert scenario_of(page).n_agents == 4
    assert bars(page)[2] == pytest.approx(mean_marginals(cosine_values(gram_of(page))), abs=1e-5)


def test_the_truth_is_compared_once_every_coalition_is_trained():
    page = played("gradient", QUICK.replace(start_seed=5))
    assert any("every coalition has to be trained" in words.value for words in open_view(page, VIEWS[4]).info)
    page.segmented_control(key="game").set_value("retrained").run()
    settle(page)
    tab = open_view(page, VIEWS[4])
    assert [component.key for component in tab.get("bidi_component")] == ["tracking"]


@pytest.fixture
def idle_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobRunner]:
    """A job runner without workers: its jobs only wait."""
    with JobRunner(tmp_path / "runs.sqlite", n_workers=0) as runner:
        monkeypatch.setattr("cgs_ui.following.one_run.job_runner", lambda: runner)
        yield runner


def test_coalitions_wait_for_the_run_itself(idle_runner: JobRunner):
    page = opened()  # the default run is done
    sidebar_control(page, "field_start_seed").set_value(77).run()
    assert is_live(page)
    page.segmented_control(key="game").set_value("retrained").run()
    assert not page.exception
    assert said(page) == ["The coalitions are trained once the run itself is finished."]


def test_a_waiting_retrained_game_shows_its_place_and_no_numbers(idle_runner: JobRunner):
    page = opened()
    page.segmented_control(key="game").set_value("retrained").run()
    assert not page.exception
    assert [bar.text for bar in page.progress] == ["Waiting for a free worker: place 1 in the queue."]
    assert charts(page) == []


def test_the_game_before_a_change_is_not_shown_as_the_new_agents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    four = QUICK.replace(n_agents=4)
    settle(opened(four))  # its run is there already
    page = played("retrained", QUICK)
    with JobRunner(tmp_path / "runs.sqlite", n_workers=0) as idle:
        monkeypatch.setattr("cgs_ui.following.one_run.job_runner", lambda: idle)
        sidebar_control(page, "field_n_agents").set_value(4).run()
        assert not page.exception and scenario_of(page) == four
        assert [bar.text for bar in page.progress] == ["Waiting for a free worker: place 1 in the queue."]
        assert charts(page) == []
