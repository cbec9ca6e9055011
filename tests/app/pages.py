"""The app's pages without a browser: open one, wait for its run, read what it says."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from cgs_core import Scenario
from cgs_core.studies.presets import OPENING, PRESETS
from cgs_ui.charts.packed import unpacked

ROOT = Path(__file__).resolve().parents[2]
PLAYGROUND = "../../pages/lab/playground.py"
_PAUSE_SECONDS = 0.2
GIVE_UP_SECONDS = 600  # of what never ends: on a machine that is busy a worker, nice as it is, may begin late


def session() -> AppTest:
    """A new one, in which nothing has been run."""
    return AppTest.from_file(ROOT / "cgs_ui" / "frame" / "main.py", default_timeout=GIVE_UP_SECONDS)


def home() -> AppTest:
    page = session().run()
    assert not page.exception
    return page


def cold(name: str, scenario: Scenario | None = None, **chosen: object) -> AppTest:
    """A page, by the name in its address, as the first thing that a session opens: by the link of a scenario and of
    what is chosen besides, or by other parameters of a link, or by the bare address."""
    page = session()
    if scenario is not None:
        page.query_params["s"] = scenario.to_link()
    for parameter, value in chosen.items():
        page.query_params[parameter] = ",".join(value) if isinstance(value, list) else str(value)
    page.session_state["more"] = True  # the controls that are not in the open are drawn when somebody opens them
    page._page_hash = calc_hash(name)  # switch_page goes by a file's name, which the address need not have
    page.run()
    assert not page.exception and page.session_state["page"] == name
    return page


def opened(file: str, **state: Any) -> AppTest:
    """A page by its file, in a session that has been told something already."""
    page = session()
    for key, value in state.items():
        page.session_state[key] = value
    page.run()
    page.switch_page(file).run()
    assert not page.exception
    return page


def playground(scenario: Scenario | None = None, **link: str) -> AppTest:
    """The Playground, opened by a link."""
    return cold("playground", scenario, **link)


def scenario_of(page: AppTest) -> Scenario:
    """What is on screen, which the link must agree with."""
    shown: Scenario = page.session_state["scenario"]
    link = page.query_params.get("s")
    assert (Scenario.from_link(link) if link else OPENING.scenario) == shown
    return shown


def sidebar_control(page: AppTest, name: str) -> Any:
    """The one control of that name; its key ends in @ and a number once something else has changed its value."""
    kinds = ("selectbox", "slider", "select_slider", "number_input")
    for widget in (widget for kind in kinds for widget in page.sidebar.get(kind)):
        if widget.key.partition("@")[0] == name:
            return widget
    raise KeyError(name)


def is_live(page: AppTest) -> bool:
    return any(button.label == "Stop" for button in page.button)


def settle(page: AppTest) -> AppTest:
    """Rerun until the run on the page has ended, as the page's timer does in a browser.

    With a pause, as that has: looks without one take the processor from the workers, which are nice to a server.
    """
    return rerun_while(page, is_live)


def rerun_while(page: AppTest, is_waiting: Callable[[AppTest], bool]) -> AppTest:
    """The same for what a page waits for besides its run."""
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while is_waiting(page):
        assert time.monotonic() < give_up, "it did not end"
        time.sleep(_PAUSE_SECONDS)
        page.run()
        assert not page.exception
    return page


def headline(page: AppTest) -> str:
    """The sentences above the main picture; "" where there is no picture yet."""
    if any(component.key == "sentences" for component in page.main.get("bidi_component")):
        words = told(page)
        return " ".join([words["head"], *(text for _, text in words.get("verdicts", ())), words.get("more", "")])
    cards = tuple(f"**{preset.title}.**" for preset in PRESETS.values())
    return next((unlinked(one.value) for one in page.main.markdown if not one.value.startswith(cards)), "")


def unlinked(text: str) -> str:
    """A text in Markdown without the links of its terms to the glossary."""
    return re.sub(r"\[([^\]]*)\]\(glossary\?term=[\w-]+\)", r"\1", text)


def told(page: AppTest, frame: str | None = None) -> dict[str, Any]:
    """What the sentences above the ledger are given for a frame; for the first one unless told."""
    (component,) = [one for one in page.main.get("bidi_component") if one.key == "sentences"]
    shown = given(component)
    words: dict[str, Any] = unpacked(shown["told"])[shown["first"] if frame is None else frame]
    return words


def given(component: Any) -> dict[str, Any]:
    """What a component of ours is given; of a chart with its figure."""
    data: dict[str, Any] = json.loads(component.proto.json or component.proto.mixed.json or "{}")
    return data | {"figure": unpacked(data["packed"])[0]} if "packed" in data else data


def chart_of(page: AppTest, place: int = 0) -> dict[str, Any]:
    """What the browser is given of a chart: the first one, or the one in this place."""
    ours = [one for one in page.main.get("bidi_component") if one.proto.component_name == "cgs_chart"]
    return given(ours[place])


def charts(page: AppTest) -> list[str]:
    """The keys of the charts on the page, and of its player."""
    ours = page.main.get("bidi_component")
    return [one.key for one in ours if one.proto.component_name in ("cgs_chart", "cgs_player")]
