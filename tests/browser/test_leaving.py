"""Another page is asked for while the one on screen asks by itself for what is still to come."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from cgs_core import Scenario
from tests.browser.late import LateServer
from tests.browser.playground import open_playground, stop_button, url_of
from tests.browser.server import Server

LONG = Scenario(n_rounds=200, local_epochs=10, start_seed=77)  # nobody waits for its end
BEAT = b'"beat"'
LATE_MS = 8000  # longer than a pulse waits until it asks again


def test_a_page_that_is_asked_for_is_not_called_back_by_the_one_before(page: Page, server: Server) -> None:
    late = LateServer(page)
    page.clock.install()
    open_playground(page, url_of(server, LONG), finished=False)
    expect(stop_button(page)).to_be_visible()
    late.is_late = True  # from here on the browser does not hear that the other page has begun
    page.get_by_role("link", name="Trade-offs").click()
    page.clock.fast_forward(LATE_MS)
    page.clock.run_for(LATE_MS // 8)
    assert BEAT not in late.sent[-1]
    late.be_heard()
    expect(page).to_have_url(re.compile("/trade-offs"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
