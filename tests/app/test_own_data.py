"""Own data on the pages: given, used, deleted, and asked for by a link."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import DataError, Scenario
from cgs_core.data import federated_data
from cgs_core.data.own import files as own_files
from cgs_core.data.own.csv import read_upload
from cgs_core.figures import samples_figure, shards_figure
from cgs_core.scenario import Agent
from cgs_core.studies.presets import OPENING
from cgs_ui.controls.own_data import counts, link_note
from cgs_ui.controls.own_holdings import GRACE_SECONDS, Holdings
from cgs_ui.plain_text import plain
from tests.app.pages import charts, headline, playground, scenario_of, settle, sidebar_control
from tests.data.uploads import colored, csv_of, npz_of

ODD = ("<b>big</b>", "$x$ [a](b) %{y}")


@pytest.fixture(autouse=True)
def no_data_left():
    yield
    for path in own_files.own_data_folder().glob("*.npz"):
        own_files.delete(path.stem)


def own_scenario(content: bytes = csv_of(), **fields: Any) -> Scenario:
    arrays = read_upload(content, "Boxes & <i>more</i>")
    return Scenario(dataset="own", own_data=arrays.own, n_rounds=2, **fields)


def kept(content: bytes = csv_of(), **fields: Any) -> Scenario:
    own_files.keep_arrays(read_upload(content))
    return own_scenario(content, **fields)


def errors(page: AppTest) -> list[str]:
    return [error.value for error in page.main.error]


def test_a_link_opens_where_the_data_are():
    page = settle(playground(kept()))
    assert errors(page) == [] and headline(page)
    assert sidebar_control(page, "field_dataset").value == "own"


def test_a_link_without_the_data_says_so_and_asks_for_the_file():
    page = playground(own_scenario())
    (words,) = errors(page)
    assert "are not on this server" in words and r"\<i\>" in words
    assert page.main.get("file_uploader")
    sidebar_control(page, "field_dataset").set_value("wine").run()
    assert scenario_of(page) == Scenario(dataset="wine", n_rounds=2) and errors(page) == []


@pytest.mark.parametrize(("edits", "is_kept"), [(OPENING.scenario.agents, False), ((Agent(label_noise=0.5),), True)])
def test_the_openings_blur_stays_off_own_data_and_what_a_reader_set_does_not(edits: tuple[Agent, ...], is_kept: bool):
    arrays = read_upload(csv_of())
    own_files.keep_arrays(arrays)
    before = Scenario(dataset="wine", n_rounds=2, agents=edits)

    def script(own, before):
        from cgs_ui import session
        from cgs_ui.controls.scenario_form import use_own_data

        session.set_scenario(before)
        use_own_data(own)

    page = AppTest.from_function(script, kwargs={"own": arrays.own, "before": before}).run()
    assert not page.exception
    shown = page.session_state["scenario"]
    assert shown.own_data == arrays.own and shown.agents == (edits if is_kept else ())


@pytest.mark.parametrize("name", ["coalition_game", "mechanisms", "trade_offs"])
def test_the_other_pages_ask_for_the_file_too(name):
    page = playground(own_scenario())
    page.switch_page(f"../../pages/lab/{name}.py").run()
    assert not page.exception and "are not on this server" in errors(page)[0]


def test_data_that_are_deleted_while_shown_are_asked_for():
    scenario = kept()
    page = settle(playground(scenario))
    own_files.delete(scenario.own_data.sha256)
    page.run()
    assert not page.exception and "are not on this server" in errors(page)[0]


@pytest.mark.parametrize(
    "content", [csv_of(), npz_of(), npz_of(images=colored())], ids=["table", "pictures", "in colour"]
)
def test_own_data_are_drawn(content):
    scenario = kept(content)
    data = federated_data(scenario)
    assert samples_figure(scenario, data)["data"] and shards_figure(scenario, data)["data"]


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_pictures_in_colour_are_on_the_page_like_others(model):
    scenario = kept(npz_of(images=colored())).replace(model=model)
    page = settle(playground(scenario))
    assert not page.exception and errors(page) == [] and {"ledger", "samples"} <= set(charts(page))
    page.session_state["tab"] = "Who gets which model"
    page.run()
    assert not page.exception and len(charts(page)) >= 2


def test_no_name_of_a_class_is_markup():
    content = csv_of().replace(b"big", ODD[0].encode()).replace(b"small", ODD[1].encode())
    scenario = kept(content)
    drawn = str(shards_figure(scenario, federated_data(scenario))["data"])
    assert "<b>big" not in drawn and "&lt;b&gt;big&lt;/b&gt;" in drawn and "%{y}" not in drawn
    assert plain("<b>[a](b)$x$\n:red[c]") == r"\<b\>\[a\]\(b\)\$x\$ \:red\[c\]"


def test_the_counts_are_those_of_the_file():
    arrays = read_upload(csv_of())
    table = counts(arrays)
    assert table["Class"].tolist() == ["big", "small"] and table["To train on"].tolist() == [16, 16]
    assert (table["of north"] + table["of south"]).tolist() == [16, 16]


def test_a_link_note_is_for_own_data_alone():
    assert link_note(Scenario()) is None
    assert "not in the link" in str(link_note(own_scenario()))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_samples_go_when_their_last_session_has_ended(monkeypatch):
    monkeypatch.setattr("threading.Timer.start", lambda self: None)
    own, clock = kept().own_data, Clock()
    holdings = Holdings(clock)
    holdings.hold("one", own.sha256)
    holdings.hold("two", own.sha256)
    assert holdings.holds("one", own.sha256) and not holdings.holds("three", own.sha256)
    holdings.leave("one")
    holdings.leave("three")  # which holds nothing
    clock.now = GRACE_SECONDS
    holdings.expire()
    assert own_files.is_here(own)
    holdings.leave("two")
    holdings.seen("two")  # the connection was lost for a moment
    clock.now = 5 * GRACE_SECONDS
    holdings.expire()
    assert own_files.is_here(own)
    holdings.leave("two")
    clock.now = 6 * GRACE_SECONDS - 1
    holdings.expire()
    assert own_files.is_here(own)
    clock.now = 6 * GRACE_SECONDS
    holdings.expire()
    assert not own_files.is_here(own)


def test_kept_samples_stay(monkeypatch):
    monkeypatch.setattr("threading.Timer.start", lambda self: None)
    own, clock = kept().own_data, Clock()
    holdings = Holdings(clock)
    holdings.hold("one", own.sha256)
    own_files.keep_for_good(own.sha256)
    holdings.leave("one")
    clock.now = GRACE_SECONDS
    holdings.expire()
    assert own_files.is_here(own)


def test_a_host_may_turn_own_data_off(monkeypatch):
    scenario = kept()
    monkeypatch.setenv("CGS_OWN_DATA", "off")
    page = playground(scenario)
    (words,) = errors(page)
    assert "takes no own data" in words
    assert not [one for one in page.main.get("file_uploader") if (one.key or "").startswith("own_file")]
    button = next(one for one in page.sidebar.button if one.key == "open_own_data")
    assert button.disabled and "takes no own data" in button.help
    with pytest.raises(DataError, match="turned off"):
        own_files.keep_arrays(read_upload(csv_of()))
