"""What exported charts say of themselves: each chart of each page names what it shows, and with which seeds."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.export import scenario_caption
from cgs_core.studies.presets import OPENING
from cgs_core.studies.side_by_side import default_name
from cgs_core.version import __version__
from tests.app import test_coalition_game as coalition_game
from tests.app import test_mechanisms as mechanisms
from tests.app import test_trade_offs as trade_offs
from tests.app.pages import given, home, playground, settle
from tests.app.test_shelf import pin, shelf  # noqa: F401 - a fixture

QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16)


def captions(page: AppTest) -> dict[str, dict[str, Any]]:
    """By the chart's key; every chart has one, and it says the version."""
    found = {}
    for component in page.main.get("bidi_component"):
        data = given(component)
        if "figure" in data:
            found[component.key] = data["caption"]
            assert f"cgs {__version__}" in data["caption"]["words"]
            assert data["export"] == "cgs/export" and data["menu"].startswith("cgs/save.js?")
    return found


def test_a_run_is_named_on_every_tab() -> None:
    page = settle(playground(QUICK))
    for view in ("Who has what", "Who contributed", "Who is paid what", "Who gets which model"):
        page.session_state["tab"] = view
        found = captions(page.run())
        assert len(found) >= 2
        for caption in found.values():
            assert caption["words"] == scenario_caption(QUICK)
            assert caption["link"] is None and caption["labels"] is None
            assert caption["short_link"].endswith(f"/playground?run={QUICK.scenario_id}")


def test_a_run_that_is_not_the_pages_own_has_its_own_link() -> None:
    caption = captions(home())["home_ledger"]
    assert caption["words"] == scenario_caption(OPENING.scenario)
    assert caption["link"].endswith(f"/playground?s={OPENING.scenario.to_link()}")


@pytest.mark.parametrize(("n_seeds", "words"), [(1, "seed 4"), (5, "seeds 4 to 8")])
def test_a_comparison_names_its_mechanisms_and_seeds(n_seeds: int, words: str) -> None:
    found = captions(mechanisms.opened(QUICK.replace(seed=4), comparison_seeds=n_seeds))
    assert list(found) == ["mechanism_accuracy", "measures"]
    for caption in found.values():
        assert caption["words"].startswith("FedAvg, CGSV, CFFL, IAFL · ") or "CFFL" in caption["words"]
        assert f" · {words} · " in caption["words"] and "Wine, 3 agents" in caption["words"]
        assert caption["link"] is None


def test_a_sweep_names_its_values_and_calls_its_frames_by_them() -> None:
    page = trade_offs.opened(QUICK.replace(altruism_degree=3), question="altruism")
    caption = captions(page)["sweep_curves"]
    assert caption["words"].startswith("Altruism (β) from 0.1 to ∞ (24 values) · ")
    assert "β 3" not in caption["words"]  # which none of the values is
    assert len(caption["labels"]) == 24 and caption["labels"][-1] == "Altruism (β): ∞"
    for label, key in trade_offs.VIEWS.items():
        found = captions(trade_offs.open_view(page, label))
        assert set(found) == {"sweep_curves", "sweep_scatter", key}
    assert found["sweep_ledger"]["words"] != caption["words"]
    assert "/playground?s=" in found["sweep_ledger"]["link"]


def test_two_seeds_that_differ_are_both_said() -> None:
    own = {"question": "own", "own_field": "n_rounds", "own_values": "2,3"}
    page = trade_offs.opened(QUICK.replace(data_seed=2), **own, n_seeds=5)
    assert " · data seeds 2 to 6, start seeds 0 to 4 · " in captions(page)["sweep_curves"]["words"]


def test_a_game_names_its_agents_and_the_round_where_a_chart_has_one() -> None:
    page = coalition_game.played("gradient", QUICK)
    found = captions(page)
    assert found["lattice"]["words"] == f"gradient game among agents 1, 2, 3 · {scenario_caption(QUICK)}"
    assert found["lattice"]["labels"] is None
    assert found["arrows"]["words"] == f"round 3 · {found['lattice']['words']}"
    page.session_state["tab_of_6"] = "Exact or estimated"
    found = captions(page.run())
    assert found["estimates"]["words"].startswith("round 3 · gradient game")
    assert found["costs"]["words"] == f"cgs {__version__}"


def test_a_sandbox_names_no_scenario() -> None:
    found = captions(coalition_game.played("sandbox"))
    assert {"sandbox_arrows", "lattice"} <= set(found)
    words = {caption["words"] for key, caption in found.items() if key != "costs"}
    assert words == {f"Sandbox of the coalition game · cgs {__version__}"}


def test_runs_of_a_shelf_are_named_with_ids_and_without_the_shelfs_link(shelf: AppTest, runner: Any) -> None:  # noqa: F811
    others = [QUICK, QUICK.replace(altruism_degree=2)]
    page = pin(shelf, runner, *others)
    page.toggle(key="shelf_charts").set_value(True).run()
    caption = captions(page)["shelf_rounds"]
    for scenario in others:
        assert f"{default_name(scenario)} (run {scenario.scenario_id})" in caption["words"]
    assert caption["link"] == ""
