"""From every number to its definition in one click: what the heads of tables and pictures name is linked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core.data import federated_data
from cgs_core.scenario import Agent, Scenario
from cgs_core.words.glossary import entries
from tests.app.pages import cold, settle
from tests.figures.drawn import drawn_trace
from tests.figures.test_every_figure import EVERY

QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16)
OWNED = QUICK.replace(agents=(Agent(), Agent(shell_of=0)))
MECHANISMS = {"mechanisms": "fedavg,cgsv", "comparison_seeds": 1}
SWEEP = {"n_seeds": 1, "question": "own", "own_field": "altruism_degree", "own_values": "1,2"}
TABLES: dict[str, tuple[str, Scenario, dict[str, Any]]] = {  # the page, and its link, with the tab
    "numbers": ("playground", OWNED, {"tab": "Numbers"}),
    "who leaves": ("coalition-game", QUICK, {"tab_of_6": "Who leaves, who joins"}),
    "coalitions": ("coalition-game", QUICK, {"tab_of_6": "Numbers"}),
    "measures": ("mechanisms", QUICK, MECHANISMS),
    "game the rule": ("mechanisms", QUICK, MECHANISMS | {"tab": "Game the rule"}),
    "sweep": ("trade-offs", QUICK, SWEEP | {"tab_of_4": "Numbers"}),
    "paper": ("paper", QUICK, {"paper_dataset": "digits"}),
}
ROWS = {"Agent", "Mechanism"}  # heads of names, not of numbers
EVERYDAY = {"class", "seconds"}  # titles of axes that need no definition


def spelt(text: str) -> set[str]:
    """The keys of the entries whose words a head says; of words within each other only the longest counts."""
    keys = {word.casefold(): key for key, one in entries().items() for word in (*one.said, *one.heads)}
    words = "|".join(re.escape(word) for word in sorted(keys, key=len, reverse=True))
    return {keys[found] for found in re.findall(rf"(?<![\w-])(?:{words})(?![\w-])", text.casefold())}


def linked(page: AppTest) -> dict[str, str]:
    """The links to the glossary on a page, and what the page says itself what it is: the words, and the key if any."""
    text = "\n".join(one.value for one in (*page.main.markdown, *page.main.caption))
    told = dict.fromkeys(re.findall(r"^- \*\*([^*]+)\*\*:", text, re.MULTILINE), "")
    return told | dict(re.findall(r"\[([^\]]+)\]\(glossary\?term=([\w-]+)\)", text))


@pytest.mark.parametrize("name", TABLES)
def test_what_a_tables_heads_name_is_linked_on_its_page(name: str) -> None:
    address, scenario, link = TABLES[name]
    page = settle(cold(address, scenario, **link))
    assert not page.exception and page.dataframe
    links = linked(page)
    tables = [one.value for one in page.dataframe]
    heads = {str(head) for table in tables for head in (*table.columns, *table.index)} - ROWS
    for head in heads:
        missing = spelt(head) - set(links.values())
        assert not missing or any(said in head for said in links), (head, missing, links)
    assert any(map(spelt, heads)), "this walk looks at nothing"


@pytest.mark.parametrize("kind", EVERY)
def test_every_title_of_a_picture_says_a_term_that_a_link_lies_over(kind: str) -> None:
    """``heads.js`` lays a link over the first term of each title of an axis."""
    trace = drawn_trace(5)
    layout = EVERY[kind](trace, federated_data(trace.scenario))["layout"]
    titles = [part["title"]["text"] for name, part in layout.items() if re.match("[xy]axis", name) and "title" in part]
    for title in titles:
        assert spelt(title) or title in EVERYDAY, title
