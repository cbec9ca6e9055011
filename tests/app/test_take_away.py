"""What the pages offer to take away, and that the list of a run's figures misses no chart of the Playground."""

from __future__ import annotations

import threading
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.export.run_figures import COMPARISON_FIGURES, RUN_FIGURES
from cgs_ui import background
from cgs_ui.background import one_at_a_time, seconds_of_the_last
from cgs_ui.following import one_run
from cgs_ui.frame import take_away
from cgs_ui.mechanisms.views import VIEWS as COMPARISON_VIEWS
from cgs_ui.playground.views import VIEWS
from tests.app.pages import charts, playground, settle
from tests.app.test_mechanisms import open_view, opened

QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=2, batch_size=16)


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.get("download_button")]


def opened_dialog(page: AppTest) -> AppTest:
    page.button(key="take_away").click().run()
    assert not page.exception
    return page


@pytest.mark.parametrize("dataset", ["wine", "moons", "digits"])
def test_every_chart_of_a_run_is_in_the_list(dataset: str) -> None:
    page, drawn = settle(playground(QUICK.replace(dataset=dataset))), set[str]()
    for view in VIEWS:
        page.session_state["tab"] = view
        drawn |= {key for key in charts(page.run()) if not key.startswith("why_")}  # those are of one agent each
        assert not page.exception
    drawn.discard("waterfall")  # of more runs than this one: it is there once they are done
    assert {"ledger", "samples", "gain"} <= drawn <= {*RUN_FIGURES, "round_player"}


def test_every_chart_of_a_comparison_is_in_the_list() -> None:
    page, drawn = opened(), set[str]()
    for view in COMPARISON_VIEWS:
        drawn |= set(charts(open_view(page, view)))
    assert drawn == set(COMPARISON_FIGURES)


def test_a_finished_run_gives_its_files() -> None:
    page = opened_dialog(settle(playground(QUICK)))
    assert labels(page) == [
        "Report (HTML)",
        "Everything (ZIP)",
        "Program (Python)",
        "Notebook",
        "All rounds (CSV)",
        "Scenario (JSON)",
        "Measures (JSON)",
    ]


def test_a_comparison_gives_its_files() -> None:
    assert labels(opened_dialog(opened())) == [
        "Report (HTML)",
        "Everything (ZIP)",
        "Program (Python)",
        "Notebook",
        "Comparison (CSV)",
        "Comparison (JSON)",
        "Scenario (JSON)",
    ]


def test_the_dialog_stays_while_the_page_is_drawn_anew_and_closes_with_it() -> None:
    page = opened_dialog(settle(playground(QUICK)))
    assert labels(page.run()) != []
    assert labels(page.switch_page("../../pages/lab/coalition_game.py").run()) == []
    page.switch_page("../../pages/lab/playground.py").run()
    assert not page.exception and "Report (HTML)" not in labels(settle(page))


def test_nothing_is_given_of_another_page() -> None:
    page = opened()
    page.session_state["offer"] = None
    page.button(key="take_away").click().run()
    assert labels(page) == [] and "once what is on this page has been computed" in page.info[-1].value


def test_a_run_before_a_change_is_not_given_and_the_dialog_fills_when_the_new_one_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = settle(playground(QUICK.replace(data_seed=41)))
    with monkeypatch.context() as patch:
        patch.setattr(one_run, "_update", lambda following, key: following)  # nothing comes of the new one
        page.session_state["scenario"] = QUICK.replace(data_seed=42)
        opened_dialog(page.run())
        assert labels(page) == [] and "once what is on this page has been computed" in page.info[-1].value
        assert page.session_state["beats_take_away"] == 1  # it looks again by itself
    assert "Report (HTML)" in labels(settle(page.run()).run())  # in a browser the dialog's own next look


def test_pictures_are_drawn_for_one_at_a_time() -> None:
    is_drawing, may_end, made = threading.Event(), threading.Event(), list[Any]()

    def make(no_pictures: str | None = None) -> bytes:
        if no_pictures is None:
            is_drawing.set()
            assert may_end.wait(10)
        return (no_pictures or "pictures").encode()

    first = threading.Thread(target=lambda: made.append(one_at_a_time(make)))
    first.start()
    assert is_drawing.wait(10)
    assert b"somebody else" in one_at_a_time(make)  # at once, without pictures
    may_end.set()
    first.join(10)
    assert made == [b"pictures"] and one_at_a_time(make) == b"pictures"


def test_how_long_pictures_take_is_what_the_last_took(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_took", deque[float](maxlen=1))
    assert seconds_of_the_last() is None
    clock = iter([100.0, 142.4])
    monkeypatch.setattr(background, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    one_at_a_time(lambda: b"pictures")
    assert seconds_of_the_last() == pytest.approx(42.4)
    assert take_away._zip_time() == "Takes about 42 s."
