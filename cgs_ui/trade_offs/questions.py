"""What may be asked of a sweep: the ready questions, and fields of one's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cgs_core import Agent, Scenario, ScenarioError
from cgs_core.figures import Swept, agent_name
from cgs_core.mechanisms import MECHANISMS
from cgs_core.scenario import field_facts
from cgs_core.studies.side_by_side import differing
from cgs_core.studies.sweeps import Sweep, parsed_grid
from cgs_core.words.sweep_findings import APPROXIMATION, MAIN
from cgs_core.words.written import field_title, setting_text, value_text
from cgs_ui.controls.field_controls import values_around
from cgs_ui.controls.keys import is_shown, key_of
from cgs_ui.session import choices

SEED_CHOICES = (1, 5, 10, 20)
_ALTRUISM_VALUES = (*(float(f"{value:.3g}") for value in np.geomspace(0.1, 100, 23)), math.inf)
_SKEW_VALUES = tuple(float(f"{value:.3g}") for value in np.geomspace(0.05, 20, 12))
_N_AGENTS = (3, 5, 10, 20)
_FEW_SKEWS = (0.1, 0.5, 2.0, 20.0)
_NOISE_VALUES = tuple(round(0.1 * step, 1) for step in range(11))
_NOT_VARIED = ("agents", "own_data", "data_seed", "start_seed")  # single agents' fields are; seeds are averaged over
_OWN_FIELDS = (*(name for name in Scenario.model_fields if name not in _NOT_VARIED), "mechanism")
_OWN_AGENT_FIELDS = ("label_noise", "feature_noise", "shard_size")
_MOST_LETTERS = 120  # of a field's values, so that a link with them stays short
_FIRST_VALUES, _FIRST_SIZES = ("0.5, 1, 2, 5", "0, 0.1, 0.2, 0.5"), "20, 40, 80"
_MOST_NAMES = 3
_LOGARITHMIC = {"altruism_degree", "concentration", "learning_rate", "update_norm"}


@dataclass(frozen=True)
class Question:
    """A ready question: its title, and the sweep that answers it."""

    title: str
    ask: Callable[[Scenario, int], Sweep]  # of the scenario on screen and the number of seeds
    measures: tuple[str, ...] = MAIN  # that answer it, the first one first
    drawn: tuple[str, str] = ("mean_accuracy", "worst_gain")  # at first: the curve's, and what it is set against


@dataclass(frozen=True)
class Asked:
    """What the controls ask for: a sweep, and the measures that answer the question."""

    name: str  # of the question
    sweep: Sweep
    measures: tuple[str, ...]
    drawn: tuple[str, str]


def _altruism(scenario: Scenario, n_seeds: int) -> Sweep:
    return Sweep(scenario, {"altruism_degree": _ALTRUISM_VALUES}, n_seeds)


def _skew(scenario: Scenario, n_seeds: int) -> Sweep:
    return Sweep(scenario.replace(split="dirichlet"), {"concentration": _SKEW_VALUES}, n_seeds)


def _noise(scenario: Scenario, n_seeds: int) -> Sweep:
    agents = range(1, scenario.n_agents + 1)
    name = f"noisy_of_{len(agents)}"
    number = choices.one(name, agents[-1], agents)
    st.selectbox(
        "Whose labels are wrong",
        agents,
        agents.index(number),
        key=name,
        disabled=choices.is_locked(name),
        format_func=lambda one: agent_name(one - 1),
    )
    return Sweep(scenario, {f"agent{number}.label_noise": _NOISE_VALUES}, n_seeds)


def _approximation(scenario: Scenario, n_seeds: int) -> Sweep:
    """Of agents as the split makes them: their edits would not fit another number of agents."""
    asked = scenario.replace(split="dirichlet", valuation="cgsv_approx", agents=(), n_agents=min(_N_AGENTS))
    return Sweep(asked, {"n_agents": _N_AGENTS, "concentration": _FEW_SKEWS}, n_seeds)


def _own(scenario: Scenario, n_seeds: int) -> Sweep:
    options = [
        *_OWN_FIELDS,
        *(f"agent{number}.{name}" for number in range(1, scenario.n_agents + 1) for name in _OWN_AGENT_FIELDS),
    ]
    first, second = st.columns(2)
    is_new = choices.kept("own_values") is None  # a link with values and without a field is of the first one
    field = select(first, "Vary", options, "own_field", opens="altruism_degree" if is_new else options[0])
    other = select(second, "and", ["", *options], "own_field_2")
    grid = [f"{field}={_text(first, 'Its values', 'own_values', _first_values(scenario, field))}"]
    if other:
        grid.append(f"{other}={_text(second, 'Its values', 'own_values_2', '')}")
    parsed = parsed_grid([text.replace(" ", "") for text in grid])
    return Sweep(scenario, {name: _ascending(values) for name, values in parsed.items()}, n_seeds)


def _first_values(scenario: Scenario, field: str) -> str:
    """What a field takes at first: the first of these that it can."""
    name = field.rpartition(".")[2]
    names = MECHANISMS if field == "mechanism" else field_facts(name, Agent if name != field else Scenario).choices
    allowed = [one for one in names if _can_be_swept(scenario, field, one)][:_MOST_NAMES]
    texts = [*_FIRST_VALUES, ", ".join(allowed)]
    if field in Scenario.model_fields and not names:
        texts.append(", ".join(f"{number:g}" for number in values_around(field, scenario)))
    texts.append(_FIRST_SIZES)
    return next((text for text in texts if _can_be_swept(scenario, field, text)), _FIRST_VALUES[0])


def _can_be_swept(scenario: Scenario, field: str, text: str) -> bool:
    try:
        Sweep(scenario, parsed_grid([f"{field}={text.replace(' ', '')}"]))
    except ScenarioError:
        return False
    return True


def _ascending(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Numbers from the smallest to the largest; words as they were given."""
    return tuple(sorted(values)) if all(isinstance(value, int | float) for value in values) else values


QUESTIONS = {
    "altruism": Question("What does altruism cost?", _altruism, drawn=("fairness_score", "mean_accuracy")),
    "skew": Question("How unequal may data be?", _skew),
    "noise": Question("Whom does one noisy agent hurt?", _noise),
    "approximation": Question("When is the cosine a good approximation?", _approximation, APPROXIMATION),
    "own": Question("Your own", _own, drawn=("mean_accuracy", "fairness_score")),
}


def asked(scenario: Scenario) -> Asked | None:
    """The controls of the question; what it asks for, or None, with the reason on the page, where there is none."""
    needs_agent = _asked("question", "") == "noise"
    left, *middle, right = st.columns([6, 3, 2] if needs_agent else [5, 1], vertical_alignment="bottom")
    name = select(left, "Question", list(QUESTIONS), "question", lambda one: QUESTIONS[one].title)
    n_seeds = choices.one("n_seeds", SEED_CHOICES[1], SEED_CHOICES)
    right.selectbox(
        "Seeds",
        SEED_CHOICES,
        SEED_CHOICES.index(n_seeds),
        key="n_seeds",
        disabled=choices.is_locked("n_seeds"),
        help="How often each value is run, with other data and another start each time: the band is their spread.",
    )
    try:
        with middle[0] if middle else st.container():
            question = QUESTIONS[name]
            sweep = question.ask(scenario, n_seeds)
    except ScenarioError as error:
        st.error(f"This cannot be swept. {error}", icon=":material/error:")
        return None
    if words := otherwise_than_asked(scenario, sweep):
        st.caption(words)
    return Asked(name, sweep, question.measures, question.drawn)


def otherwise_than_asked(scenario: Scenario, sweep: Sweep) -> str:
    """What a question sets otherwise than the controls beside it, but for what it varies; empty where nothing."""
    asked_and_run = [scenario, sweep.scenario]
    parts = [
        f"{setting.title.lower()} {setting_text(setting, 1, sweep.scenario)}, not {setting_text(setting, 0, scenario)}"
        for setting in differing(asked_and_run)
        if setting.agent_index is None and setting.field not in sweep.fields
    ]
    if sweep.scenario.agents != scenario.agents:
        parts.append("all agents as the split makes them")
    return f"These runs are not as the controls say: {'; '.join(parts)}." if parts else ""


def _asked(name: str, default: str) -> str:
    text = choices.kept(name)
    return default if text is None else text


def _remember(name: str, key: str, default: str) -> None:
    if is_shown(name, key):
        choices.keep(name, None if st.session_state[key] == default else st.session_state[key])


def select(
    place: DeltaGenerator,
    label: str,
    options: Sequence[str],
    name: str,
    words: Callable[[str], str] | None = None,
    opens: str | None = None,
) -> str:
    """A choice of one, kept in the link unless it is the first option; always where it opens on another."""
    value = _asked(name, opens or options[0])
    value = value if value in options else options[0]
    if opens is not None:
        choices.keep(name, value)
    key = key_of(name, value)
    place.selectbox(
        choices.locked_label(name, label),
        options,
        options.index(value),
        key=key,
        format_func=words or field_title,
        on_change=_remember,
        args=(name, key, options[0] if opens is None else ""),
        disabled=choices.is_locked(name),
    )
    return value


def _text(place: DeltaGenerator, label: str, name: str, default: str) -> str:
    value = _asked(name, default)[:_MOST_LETTERS]
    key = key_of(name, value)
    place.text_input(
        choices.locked_label(name, label),
        value,
        key=key,
        on_change=_remember,
        args=(name, key, default),
        max_chars=_MOST_LETTERS,
        disabled=choices.is_locked(name),
    )
    return value


# -- a swept field in words and on an axis ---------------------------------------------------------------------


def swept(sweep: Sweep, axis: int = 0) -> Swept:
    """One field of a sweep on an axis: as it is, as its logarithm, or in equal steps for words; infinity last."""
    field, values = list(sweep.grid.items())[axis]
    texts = tuple(value_text(field, value) for value in values)
    if any(isinstance(value, str) or value is None for value in values):
        return Swept(field_title(field), texts, tuple(map(float, range(len(values)))))
    numbers = np.array(values, dtype=np.float64)
    finite = np.isfinite(numbers)
    if field in _LOGARITHMIC:
        numbers[finite] = np.log10(numbers[finite])
    if not finite.all():
        steps = np.diff(np.sort(numbers[finite]))
        numbers[~finite] = numbers[finite].max(initial=0) + 2 * (steps.max() if len(steps) else 1)
    return Swept(field_title(field), texts, tuple(numbers.tolist()), is_last_apart=not finite.all())
