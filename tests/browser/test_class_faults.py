"""A class room when things go wrong: servers that are killed, phones that sleep, tokens that are nobody's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cgs_core.rooms import READY_GAMES, Rooms, Seats
from cgs_core.runs import RunStore
from tests.browser.conftest import TIMEOUT_MS, NewPage
from tests.browser.server import Server
from tests.browser.test_class_room import PHONE, PROJECTOR, press
from tests.runs.helpers import eventually
from tools.running_app import MortalApp

FOUR_G = {"offline": False, "latency": 200, "downloadThroughput": 500_000, "uploadThroughput": 375_000}
"""Milliseconds, and bytes a second: 4 and 3 megabits."""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[MortalApp]:
    with MortalApp(tmp_path, {"CGS_WORKERS": "1"}) as app:
        yield app


@pytest.fixture
def store(app: MortalApp) -> Iterator[RunStore]:
    """From beside the server."""
    store = RunStore(app.store)
    yield store
    store.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Not watched: what it says of a server that is gone is no problem."""
    with browser.new_context(**PHONE) as context:
        context.set_default_timeout(TIMEOUT_MS)
        yield context.new_page()


@pytest.fixture
def projector(browser: Browser) -> Iterator[Page]:
    with browser.new_context(**PROJECTOR) as context:
        context.set_default_timeout(TIMEOUT_MS)
        yield context.new_page()


def test_phone_and_projector_find_a_killed_server_again_and_go_on(
    app: MortalApp, store: RunStore, phone: Page, projector: Page
) -> None:
    rooms = Rooms(store)
    code, teacher = rooms.open(READY_GAMES["free_riders"](3))
    projector.goto(f"{app.url}/class-room?room={teacher}")
    expect(projector.get_by_text("0 students have joined")).to_be_visible()
    phone.goto(f"{app.url}/join?code={code}")
    expect(phone.get_by_text("You are Agent 1")).to_be_visible()
    expect(projector.get_by_text("1 student has joined")).to_be_visible()
    for page in (phone, projector):  # Streamlit's own part that holds both is there
        expect(page.locator(".cgs-connection, .cgs-room-bell")).to_have_count(2)
    app.kill()
    rooms.advance(teacher, "choose")  # what neither screen has seen
    app.start()
    phone.get_by_role("button", name="This is my move").click()
    expect(phone.get_by_text("Your move is in")).to_be_visible()
    expect(projector.get_by_text("1 of 1 has chosen")).to_be_visible()
    app.kill()
    Seats(store).join(code, "another-browser-with-a-token")
    app.start()
    expect(projector.get_by_text("1 of 2 have chosen")).to_be_visible()
    press(projector, "Train on what they have chosen")
    assert app.kill_workers()
    press(projector, "Show the pay")
    expect(phone.get_by_text(re.compile("^You get .* of the class's model$"))).to_be_visible()
    expect(projector.locator(".cgs-chart[data-drawn]").first).to_be_visible()


def test_a_phone_on_a_slow_network_that_sleeps_and_is_cut_off_comes_to_the_right_phase(
    server: Server, phone: Page
) -> None:
    store = RunStore(server.store)
    rooms = Rooms(store)
    code, teacher = rooms.open(READY_GAMES["free_riders"](3))
    network = phone.context.new_cdp_session(phone)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", FOUR_G)
    phone.goto(f"{server.url}/join?code={code}")
    expect(phone.get_by_text("You are Agent 1")).to_be_visible()
    rooms.advance(teacher, "choose")
    phone.get_by_role("button", name="This is my move").click()
    expect(phone.get_by_text("Your move is in")).to_be_visible()
    network.send("Page.setWebLifecycleState", {"state": "frozen"})
    rooms.advance(teacher, "training")
    run_id = str(rooms.teacher(teacher).run_id)
    eventually(lambda: store.progress([run_id], "") == {run_id: "done"}, "the run's end")
    rooms.advance(teacher, "pay")
    network.send("Page.setWebLifecycleState", {"state": "active"})
    expect(phone.get_by_role("heading", name="You get")).to_be_visible()
    network.send("Network.emulateNetworkConditions", FOUR_G | {"offline": True})
    rooms.advance(teacher, "reflect")
    network.send("Network.emulateNetworkConditions", FOUR_G)
    expect(phone.get_by_role("heading", name="What do you say?")).to_be_visible()
    store.close()


def test_two_tabs_and_another_phone_are_one_seat_who_comes_late_has_a_bots_and_who_leaves_blocks_nobody(
    server: Server, new_page: NewPage
) -> None:
    store = RunStore(server.store)
    rooms = Rooms(store)
    code, teacher = rooms.open(READY_GAMES["free_riders"](3))
    first, other, late = (new_page(server, **PHONE) for _ in range(3))
    for tab in (first, first.context.new_page()):
        tab.goto(f"{server.url}/join?code={code}")
        expect(tab.get_by_text("You are Agent 1")).to_be_visible()
    rooms.advance(teacher, "choose")
    expect(first.get_by_role("button", name="This is my move")).to_be_visible()
    other.goto(first.url)  # the page's own address, on another phone
    press(other, "This is my move")
    expect(other.get_by_text("Your move is in")).to_be_visible()
    first.reload()
    expect(first.get_by_text("Your move is in")).to_be_visible()
    late.goto(f"{server.url}/join?code={code}")
    expect(late.get_by_text("You are Agent 2")).to_be_visible()
    assert len(rooms.teacher(teacher).seats) == 2
    late.get_by_test_id("stExpander").get_by_text("Your place").click()
    press(late, "Leave the room")
    expect(late.get_by_role("button", name="Join a room")).to_be_visible()
    (left,) = rooms.teacher(teacher).seats
    assert left.has_moved and rooms.teacher(teacher).n_bots == 2
    store.close()
