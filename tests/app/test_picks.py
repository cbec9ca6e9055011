"""Many agents' lines: the picked ones are in colour, and the pick is a choice that the link keeps."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.figures.many_agents import usual_picks
from cgs_core.figures.style import FAINT
from tests.app.pages import given, playground, settle

MANY = Scenario(n_agents=12, n_rounds=2, n_samples=120)
TAB = "Who is paid what"


def colored(page: AppTest) -> set[int]:
    """The agents whose lines are in colour in the chart of pay."""
    (chart,) = [one for one in page.main.get("bidi_component") if one.key == "pay"]
    lines = [one for one in given(chart)["figure"]["data"] if one.get("legendgroup") == "pay (reward ratio)"]
    return {int(one["name"].split(",")[0].split()[1]) - 1 for one in lines if one["line"]["color"] != FAINT}


def test_a_pick_is_in_colour_and_in_the_link() -> None:
    page = settle(playground(MANY, tab=TAB))
    assert colored(page) == set(usual_picks(12)) and "picked" not in page.query_params
    page.multiselect(key="picked").set_value([3, 1]).run()
    assert colored(page) == {1, 3} and page.query_params["picked"] in (["2,4"], ["4,2"], "2,4", "4,2")
    page.multiselect(key="picked").set_value([]).run()
    assert colored(page) == set()


def test_a_link_picks_and_nonsense_picks_as_usual() -> None:
    assert colored(settle(playground(MANY, tab=TAB, picked="5,12"))) == {4, 11}
    assert colored(settle(playground(MANY, tab=TAB, picked="5,13"))) == set(usual_picks(12))


def test_few_agents_are_all_in_colour() -> None:
    page = settle(playground(MANY.replace(n_agents=8), tab=TAB))
    assert colored(page) == set(range(8)) and not any(one.key == "picked" for one in page.multiselect)
