"""The controls of a scenario's fields: each shows one field and changes it. Bounds and help come from the field."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cgs_core import Scenario, ScenarioError
from cgs_core.scenario import CHOICES, choice_of, choices_for, field_facts
from cgs_ui import session
from cgs_ui.controls import own_data
from cgs_ui.controls.keys import is_shown, key_of
from cgs_ui.places import TRADE_OFFS
from cgs_ui.plain_text import plain
from cgs_ui.session.adjusted import adjusted
from cgs_ui.session.teacher_link import COMPARED, OTHER_PAGES

ALTRUISM_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, math.inf)


def _label(name: str) -> str:
    facts = field_facts(name)
    label = f"{facts.title} ({facts.symbol})" if facts.symbol else facts.title
    return f":material/lock: {label}" if session.is_locked(name) else label


def _changed(name: str, key: str) -> None:
    if not is_shown(f"field_{name}", key):
        return
    own = own_data.current(session.scenario())
    before = session.scenario()
    changes, note = adjusted(before, name, st.session_state[key], own)
    session.change(**changes)
    if note and not session.has_new_message() and session.scenario() == before.replace(**changes):
        session.note(note)  # else a lesson has kept something


def choice(name: str, scenario: Scenario, options: Sequence[str], titles: Callable[[str], str] | None = None) -> None:
    """A menu of a field's choices; its help says what the one that is chosen does."""
    value = getattr(scenario, name)
    key = key_of(f"field_{name}", value)
    alone().selectbox(
        _label(name),
        options,
        options.index(value),
        format_func=titles or (lambda one: choice_of(name, one).title),
        key=key,
        on_change=_changed,
        args=(name, key),
        help=_choice_help(name, value),
        disabled=session.is_locked(name),
    )


def alone() -> DeltaGenerator:
    """A place for one control whose key may change: beside its successor the old one is not seen (frame.css)."""
    return st.container()


def _choice_help(name: str, value: str) -> str:
    """What the field is, and what the choice that is made does."""
    if name not in CHOICES:
        return field_facts(name).help
    chosen = choice_of(name, value)
    source = f" ({chosen.source})" if chosen.source else ""
    return f"{field_facts(name).help}\n\n**{plain(chosen.title)}**: {plain(chosen.sentence)}{plain(source)}"


def _beside(name: str, scenario: Scenario) -> DeltaGenerator:
    """The place of a numeric control, with a button that varies its field on the page Trade-offs."""
    place, button = st.columns([6, 1], vertical_alignment="bottom", gap="xsmall")
    label = field_facts(name).title.lower()
    if button.button(
        "",
        icon=":material/tune:",
        key=f"vary_{name}",
        on_click=_vary,
        args=(name, scenario),
        help=f"Vary this: many runs, other {label} each time",
        type="tertiary",
        disabled=session.is_locked(OTHER_PAGES) or session.is_locked(COMPARED),
    ):
        st.switch_page(TRADE_OFFS)
    return place


def _vary(name: str, scenario: Scenario) -> None:
    session.ask_own(name, ", ".join(f"{number:g}" for number in values_around(name, scenario)))


def values_around(name: str, scenario: Scenario) -> list[float]:
    """Up to five values of a numeric field: a quarter to four times the scenario's, as far as it allows them."""
    facts, value = field_facts(name), getattr(scenario, name)
    if value is None:  # of the fields only n_samples may be left to the data set
        value = scenario.total_samples
    value = facts.default if math.isinf(value) or value == 0 else value
    is_whole = isinstance(value, int)
    around = [(value or 1) * factor for factor in (0.25, 0.5, 1, 2, 4)]
    numbers = sorted({round(number) if is_whole else float(f"{number:.4g}") for number in around})
    return [number for number in numbers if _is_allowed(scenario, name, number)]


def _is_allowed(scenario: Scenario, name: str, value: float) -> bool:
    try:
        scenario.replace(**{name: value})
    except ScenarioError:
        return False
    return True


def whole_number(name: str, scenario: Scenario, slider: bool = False) -> None:
    """A field that is a whole number: a box, or a slider."""
    facts, value = field_facts(name), getattr(scenario, name)
    key = key_of(f"field_{name}", value)
    place = st if name.endswith("_seed") else _beside(name, scenario)
    control = place.slider if slider else place.number_input
    low, high = int(facts.minimum or 0), int(facts.maximum or 0)
    control(
        _label(name),
        low,
        high,
        value,
        key=key,
        on_change=_changed,
        args=(name, key),
        help=facts.help,
        disabled=session.is_locked(name),
    )


def number(name: str, scenario: Scenario) -> None:
    """A field that is any number."""
    facts, value = field_facts(name), float(getattr(scenario, name))
    key = key_of(f"field_{name}", value)
    minimum, maximum = float(facts.minimum or 0), float(facts.highest or 0)
    _beside(name, scenario).number_input(
        _label(name),
        minimum,
        maximum,
        value,
        key=key,
        on_change=_changed,
        args=(name, key),
        help=facts.help,
        step=0.01,
        format="%g",
        disabled=session.is_locked(name),
    )


def samples(scenario: Scenario) -> None:
    """The number of samples, which may be left to the data set."""
    facts, value, total = field_facts("n_samples"), scenario.n_samples, scenario.total_samples
    key = key_of("field_n_samples", value)
    _beside("n_samples", scenario).number_input(
        f"{_label('n_samples')} (now {total})",
        scenario.n_agents,
        scenario.info.n_train,
        value,
        key=key,
        on_change=_changed,
        args=("n_samples", key),
        help=facts.help,
        disabled=session.is_locked("n_samples"),
    )


def altruism(scenario: Scenario) -> None:
    """The altruism degree, in steps up to infinity."""
    value = scenario.altruism_degree
    key = key_of("field_altruism_degree", value)
    _beside("altruism_degree", scenario).select_slider(
        _label("altruism_degree"),
        sorted({*ALTRUISM_STEPS, value}),
        value,
        key=key,
        format_func=lambda step: "∞" if math.isinf(step) else f"{step:g}",
        on_change=_changed,
        args=("altruism_degree", key),
        help=field_facts("altruism_degree").help,
        disabled=session.is_locked("altruism_degree"),
    )


def split(scenario: Scenario) -> None:
    """How the samples are dealt out, and by which concentration."""
    choice("split", scenario, choices_for("split", scenario.info))
    if scenario.split == "dirichlet":
        number("concentration", scenario)
