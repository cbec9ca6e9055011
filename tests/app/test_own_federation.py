"""The page of a federation's own log: given, valued as logged and by other rules, explained, and let go of."""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import DataError, Scenario
from cgs_core.records.federation_log import NUMBERS, FederationLog
from cgs_core.studies.logged import as_logged, default_rules, replay
from cgs_core.words.log_findings import headline
from cgs_ui.own_federation.given import Room
from cgs_ui.own_federation.rules import ANEW
from tests.app.pages import chart_of, charts, cold, unlinked
from tests.federation.logs import BAD, file_of, served

LOG = served(Scenario(altruism_degree=2.0))[0]


def opened(log: FederationLog | bytes, name: str = "<i>my log.npz") -> AppTest:
    page = cold("your-federation")
    content = log if isinstance(log, bytes) else log.to_npz()
    page.get("file_uploader")[0].upload(name, content, "application/octet-stream").run()
    assert not page.exception
    return page


def texts(page: AppTest) -> list[str]:
    return [unlinked(one.value) for one in (*page.main.markdown, *page.main.caption)]


def tab(page: AppTest, name: str) -> AppTest:
    page.session_state["tab"] = name
    page.run()
    assert not page.exception and not page.error
    return page


def test_a_log_is_shown_as_it_was_logged_and_by_other_rules() -> None:
    page = opened(LOG)
    assert unlinked(headline(as_logged(LOG))) in texts(page)
    assert any("The log says the same: its worth, importance and pay are" in one for one in texts(page))
    table = page.dataframe[0].value
    assert list(table["Name"]) == list(LOG.names) and table["Rounds there"].tolist() == LOG.is_present.sum(0).tolist()
    assert LOG.reward_ratio is not None
    np.testing.assert_array_equal(table["Pay, mean"], 100 * LOG.reward_ratio.mean(axis=0))
    page.button_group(key=f"log_basis_{LOG.log_id}").set_value(ANEW).run()
    page.selectbox(key=f"log_valuation_{LOG.log_id}").set_value("banzhaf").run()
    page.select_slider(key=f"log_altruism_{LOG.log_id}").set_value(10.0).run()
    page.number_input(key=f"log_smoothing_{LOG.log_id}").set_value(0.5).run()
    assert not page.exception
    other = replay(LOG, default_rules(LOG).replace(valuation="banzhaf", altruism_degree=10.0, importance_smoothing=0.5))
    assert headline(other) in texts(page) and any("The log says otherwise" in one for one in texts(page))
    np.testing.assert_array_equal(page.dataframe[0].value["Pay, mean"], 100 * other.stack("reward_ratio").mean(axis=0))


def test_every_tab_draws() -> None:
    page = opened(LOG)
    assert charts(page) == ["log_worth", "log_pay"]
    assert LOG.log_id in chart_of(page)["filename"] and LOG.log_id in chart_of(page)["caption"]["words"]
    tab(page, "Coalition game")
    assert "lattice" in charts(page)
    page.button_group(key="log_game").set_value("All rounds").run()
    assert any(one.startswith("**Mean over 8 rounds: all together are worth 0.875.**") for one in texts(page))
    tab(page, "Why")
    assert [key for key in charts(page) if key.startswith("log_why")] == [
        f"log_why_{step}" for step in ("update", "worth", "importance", "pay")
    ]
    page.selectbox(key=f"log_why_{LOG.log_id}").set_value(2).run()
    page.button_group(key="log_why_scope").set_value("One round").run()
    page.slider(key=f"log_why_round_{LOG.log_id}").set_value(3).run()
    assert not page.exception and any("Agent 3 was absent in this round" in one for one in texts(page))


@pytest.mark.parametrize("n_agents", [2, 20])
def test_gram_matrices_alone_are_enough(n_agents: int) -> None:
    page = opened(file_of(gram=np.tile(np.eye(n_agents) + 0.3, (1 if n_agents == 2 else 12, 1, 1))))
    assert "Name" not in page.dataframe[0].value and not page.get("button_group")
    for name in ("Coalition game", "Why"):
        tab(page, name)
    assert "log_why_pay" in charts(page)


@pytest.mark.parametrize("name", ["pictures", "NaN", "pickled names", "a name that hides", "cut short"])
def test_a_bad_file_is_told(name: str) -> None:
    page = opened(BAD[name][0])
    (error,) = page.main.error
    assert error.value.startswith("This file cannot be used.") and page.get("file_uploader")


def test_no_name_is_markup_and_another_file_may_be_given() -> None:
    page = opened(LOG)
    assert not any("<i>" in one or "<b>" in one for one in texts(page))
    assert any(r"\<i\>my log\.npz" in one for one in texts(page))
    page.button(key="another_log").click().run()
    assert page.get("file_uploader") and "federation_log" not in page.session_state


def test_a_host_may_turn_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CGS_OWN_DATA", "off")
    page = cold("your-federation")
    assert [one.value for one in page.main.info] == ["This server takes no own data."]
    assert not page.get("file_uploader")


def test_logs_take_only_so_much_room_and_give_it_back() -> None:
    first, second = (replace(LOG, **dict.fromkeys(NUMBERS), rules=None) for _ in range(2))
    room = Room(most_of_one=int(1.5 * first.n_bytes), most_of_all=int(2.5 * first.n_bytes))
    room.take(first, "anna")
    with pytest.raises(DataError, match="your logs would hold more than"):
        room.take(second, "anna")
    room.take(second, "bert")
    with pytest.raises(DataError, match="all logs would hold more than"):
        room.take(replace(second), "carl")
    del first
    gc.collect()
    room.take(replace(second), "anna")
