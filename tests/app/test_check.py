"""The button "Check this run" under the Playground's numbers: a worker computes, the page says what came out."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.federation.engine_check import iterate_check
from cgs_core.records.engine_check import EngineCheck
from cgs_core.words.check_words import check_words
from tests.app.pages import playground, settle

SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3)


def numbers(scenario: Scenario) -> AppTest:
    return settle(playground(scenario, tab="Numbers"))


def button(page: AppTest) -> bool:
    return any(one.key == "check_this_run" for one in page.button)


def test_a_run_is_checked_in_the_background_and_another_run_offers_it_anew() -> None:
    page = numbers(SMALL)
    page.button(key="check_this_run").click().run()
    page = settle(page)
    (told,) = page.success
    assert told.value == check_words(EngineCheck(SMALL, tuple(iterate_check(SMALL)))) and not button(page)
    page.session_state["scenario"] = SMALL.replace(start_seed=1)
    page = settle(page.run())
    assert button(page) and not page.success


def test_where_torch_is_missing_the_page_says_so_to_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgs_core.records.engine_check.has_torch", lambda: False)
    page = numbers(SMALL)
    assert not page.info
    page.button(key="check_this_run").click().run()
    assert not button(page)
    assert any("takes the package 'torch', which is not installed here" in one.value for one in page.info)
