"""A link stays within 2,000 characters: eight agents edited, every field changed, every choice of a page made."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.figures import SORT_CHOICES
from cgs_core.mechanisms import MECHANISMS
from cgs_core.scenario import Agent, field_facts
from cgs_core.words.sweep_findings import SWEPT
from cgs_ui.mechanisms.panel import MOST
from cgs_ui.mechanisms.views import VIEWS as MECHANISM_VIEWS
from cgs_ui.playground.views import VIEWS as PLAYGROUND_VIEWS
from cgs_ui.session.teacher_link import RIGHTS, Lesson, token_of
from cgs_ui.trade_offs.questions import _MOST_LETTERS, _OWN_FIELDS
from cgs_ui.trade_offs.views import VIEWS as SWEEP_VIEWS

MOST_CHARACTERS = 2_000
HOST = "https://" + "a-rather-long-name." * 4 + "teaching.department.university.example:8501"
EVERYBODY = ",".join("12345678")
LONGEST = {
    name: max(words, key=len)
    for name, words in {"measure": SWEPT, "mechanism": MECHANISMS, "field": _OWN_FIELDS}.items()
}
CHOICES: dict[str, dict[str, str]] = {
    "playground": {"sort_by": max(SORT_CHOICES, key=len), "tab": max(PLAYGROUND_VIEWS, key=len), "shown": EVERYBODY},
    "coalition-game": {
        "game": "retrained",
        "present_of_8": EVERYBODY,
        "walk_of_5": f"54321-5-{2**120 - 1:x}",
        "highlight": EVERYBODY,
        "estimated_of_8": "8",
        "tab_of_6": "Does it track the truth?",
        "sandbox_source": "airport",
        "n_arrows": "5",
        **{f"{what}_{agent}": "-179" for what in ("length", "angle") for agent in range(1, 6)},
    },
    "mechanisms": {
        "mechanisms": ",".join(sorted(MECHANISMS, key=len)[-MOST:]),
        "comparison_seeds": "10",
        "cheater_of_8": "8",
        "tab": max(MECHANISM_VIEWS, key=len),
        "properties_of": LONGEST["mechanism"],
        "cheat": "withhold",
    },
    "trade-offs": {
        "question": "altruism",
        "own_field": LONGEST["field"],
        "own_field_2": LONGEST["field"],
        "n_seeds": "20",
        "own_values": "0.12345, " * (_MOST_LETTERS // 9),
        "own_values_2": "0.1, " * (_MOST_LETTERS // 5),
        "value": "24",
        "heat_measure": LONGEST["measure"],
        "across": LONGEST["measure"],
        "up": LONGEST["measure"],
        "noisy_of_8": "8",
        "tab_of_4": max(SWEEP_VIEWS, key=len),
    },
}


def edited() -> Scenario:
    """Eight agents edited in every field, and every field of the scenario changed, numbers to the last digit."""
    agents = tuple(
        Agent(
            shard_size=100 + 37 * index,
            label_noise=math.sqrt(index + 1) % 1,
            feature_noise=math.exp(index / 4),
            classes=tuple((index * 3 + step * step) % 10 for step in (1, 2, 3, 4)) if index % 2 else (index, 9),
            repeats=2 + index % 3,
            conduct="sign_flipper",
        )
        for index in range(8)
    )
    agents = tuple(agent.model_copy(update={"classes": tuple(set(agent.classes or ()))}) for agent in agents)
    changes: dict[str, Any] = {}
    for name in Scenario.model_fields:
        facts = field_facts(name)
        if facts.choices:
            changes[name] = max((one for one in facts.choices if one != facts.default), key=len)
        elif isinstance(facts.default, float):
            changes[name] = facts.default * math.sqrt(0.9)
    changes |= {
        "n_agents": 8,
        "dataset": "fashion_mnist",
        "split": "dirichlet",
        "model": "paper_mnist",
        "n_samples": 3210,
        "n_validation": 321,
        "n_rounds": 123,
        "local_epochs": 7,
        "batch_size": 123,
        "hidden_units": 123,
        "data_seed": 4294967295,
        "start_seed": 4294967294,
        "agents": agents,
    }
    return Scenario(**changes)


def script() -> None:
    import streamlit as st

    from cgs_ui.session.addresses import page_link

    st.text(page_link())


def link(page: str, **state: Any) -> str:
    """The whole link of what is on screen."""
    app = AppTest.from_function(script)
    start = {
        "page": page,
        "is_link_open": True,
        "scenario": edited(),
        "lesson": None,
        "round_index": 122,
        "choices": {page: CHOICES[page]},
    }
    for name, value in (start | state).items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    parts = urlsplit(app.text[0].value)
    return f"{HOST}{parts.path}?{parts.query}"


@pytest.mark.parametrize("page", CHOICES)
def test_a_link_is_at_most_2000_characters(page: str):
    whole = link(page)
    assert all(f"{name}=" in whole for name in ("s", "round", *CHOICES[page]))
    assert 500 < len(whole) <= MOST_CHARACTERS


@pytest.mark.parametrize("page", CHOICES)
def test_a_teachers_link_is_too(page: str):
    lesson = Lesson(edited(), page, frozenset(RIGHTS), {"round": "123"} | CHOICES[page])
    state = {"lesson": lesson, "lesson_token": token_of(lesson), "round_index": None, "choices": {}}
    assert 500 < len(link(page, **state)) <= MOST_CHARACTERS
