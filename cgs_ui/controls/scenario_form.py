"""The controls: each shows one field of the scenario and changes it at once. Bounds and help come from the field."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cgs_core import Scenario, ScenarioError
from cgs_core.scenario import CHOICES, choice_of, choices_for, choices_now, field_facts, problems
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.scenario.own_data import OWN_NAME, OwnData
from cgs_core.studies.presets import OPENING, PRESETS
from cgs_core.words.written import changes_text
from cgs_ui import session
from cgs_ui.controls import own_data
from cgs_ui.controls.keys import is_shown, key_of
from cgs_ui.places import TRADE_OFFS
from cgs_ui.plain_text import plain
from cgs_ui.session.adjusted import adjusted
from cgs_ui.session.teacher_link import COMPARED, LOCKED, OTHER_PAGES

OWN = "own"
ALTRUISM_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, math.inf)


def sidebar(scenario: Scenario, third: str = "split") -> None:
    """The controls of a scenario: three in the open, the last of them the field ``third``; the rest under "More"."""
    with st.sidebar:
        own_data.stay()
        if session.lesson() is None:
            _starting_point(scenario)
        _whole_number("n_agents", scenario, slider=True)
        _CONTROLS[third](scenario)
        _changes(scenario)
        more = st.expander("More", key="more", on_change="rerun")
        if more.open:
            with more:
                _more(scenario, third)


def _changes(scenario: Scenario) -> None:
    """What has been changed since the scenario was opened, with the way back."""
    opened = session.start()
    if opened is None or opened == scenario:
        return
    told = story.title if (story := session.story()) else "what was opened"
    words, button = st.columns([3, 2], vertical_alignment="center")
    words.caption(f"Changed from {told}: {changes_text(opened, scenario)}.")
    button.button("Reset", icon=":material/undo:", key="reset", on_click=session.reset, type="tertiary")


def _dataset(scenario: Scenario) -> None:
    own = own_data.current(scenario)
    titles = {name: info.title for name, info in DATASETS.items()} | ({OWN_NAME: own.name} if own else {})
    _choice("dataset", scenario, list(titles), titles.__getitem__)
    own_data.controls(scenario, use_own_data)


def use_own_data(own: OwnData) -> None:
    """Put a person's own data on screen; the opening's blur, which nobody asked for, stays off them."""
    before = session.scenario()
    if before.agents == OPENING.scenario.agents and not session.is_locked("agents"):
        before = before.replace(agents=())
    changes, note = adjusted(before, "dataset", OWN_NAME, own)
    session.change(**changes)
    if note and not session.has_new_message():
        session.note(note)


def _more(scenario: Scenario, third: str) -> None:
    """Everything that is not in the open, by subject."""
    st.caption("**Data**")
    _dataset(scenario)
    for name in ("split", "altruism_degree"):
        if name != third:
            _CONTROLS[name](scenario)
    _samples(scenario)
    _draws(scenario)
    st.caption("**Training**")
    _choice("model", scenario, choices_for("model", scenario.info))
    if scenario.model == "mlp":
        _whole_number("hidden_units", scenario)
    for name in ("n_rounds", "local_epochs", "batch_size"):
        _whole_number(name, scenario)
    for name in ("learning_rate", "learning_rate_decay", "update_norm"):
        _number(name, scenario)
    st.caption("**Worth and pay**")
    _number("importance_smoothing", scenario)
    _mechanism(scenario)
    _choice("mask_scope", scenario, list(CHOICES["mask_scope"]))
    _file()
    _switched_off()


def _draws(scenario: Scenario) -> None:
    """Other draws of the same, one after the other or by number."""
    data, start = st.columns(2)
    data.button(
        "New data",
        on_click=_next_seed,
        args=("data_seed",),
        width="stretch",
        disabled=session.is_locked("data_seed"),
        help=f"Draw other shards. Data seed now: {scenario.data_seed}.",
    )
    start.button(
        "New start",
        on_click=_next_seed,
        args=("start_seed",),
        width="stretch",
        disabled=session.is_locked("start_seed"),
        help=f"Draw another start and batch order. Start seed now: {scenario.start_seed}.",
    )
    for name in ("data_seed", "start_seed"):
        _whole_number(name, scenario)


def _mechanism(scenario: Scenario) -> None:
    """The fields of a mechanism, and the numbers of the rules that are chosen."""
    _choice("valuation", scenario, choices_now("valuation", scenario))
    _whole_number("n_validation", scenario)
    for name in ("importance_rule", "upload_scaling", "aggregation_weight"):
        _choice(name, scenario, list(field_facts(name).choices))
    _choice("reward_rule", scenario, choices_now("reward_rule", scenario))
    if scenario.aggregation_weight == "loss_power":
        _number("loss_exponent", scenario)
    if scenario.reward_rule == "random_subset":
        _number("reward_equality", scenario)
        _number("sync_probability", scenario)
    if scenario.reward_rule == "sampled_sync":
        _number("sync_fraction", scenario)
        _whole_number("exploration_rounds", scenario)
        _number("draw_sharpness", scenario)


def _switched_off() -> None:
    """What other packages have added and is broken."""
    for problem in problems():
        st.warning(plain(problem), icon=":material/extension_off:")


def _file() -> None:
    """Where a scenario file is given; of a lesson's locked fields it changes none, so there must be a free one."""
    label, help_words = "Open a scenario file", "A scenario.json saved from this page or written by the command line."
    is_locked = all(map(session.is_locked, Scenario.model_fields))
    if is_locked:
        label, help_words = f":material/lock: {label}", LOCKED
    upload = st.file_uploader(
        label, type="json", key=f"upload_{st.session_state.get('n_uploads', 0)}", help=help_words, disabled=is_locked
    )
    if upload is not None and not is_locked:
        _open_file(upload.getvalue())


def _open_file(content: bytes) -> None:
    st.session_state.n_uploads = st.session_state.get("n_uploads", 0) + 1  # a new key: the uploader is empty again
    try:
        session.open_scenario(Scenario.from_json(content.decode("utf-8-sig")))
    except ScenarioError as error:
        session.tell(f"This file cannot be opened. {error}")
    except UnicodeDecodeError:
        session.tell("This file cannot be opened. scenario: must be text in UTF-8")
    st.rerun(scope="app")


# -- single controls -------------------------------------------------------------------------------------------


def _label(name: str) -> str:
    facts = field_facts(name)
    label = f"{facts.title} ({facts.symbol})" if facts.symbol else facts.title
    return f":material/lock: {label}" if session.is_locked(name) else label


def _changed(name: str, key: str) -> None:
    if not is_shown(f"field_{name}", key):
        return
    own = own_data.current(session.scenario())
    changes, note = adjusted(session.scenario(), name, st.session_state[key], own)
    session.change(**changes)
    if note and not session.has_new_message():
        session.note(note)


def _choice(name: str, scenario: Scenario, options: Sequence[str], titles: Callable[[str], str] | None = None) -> None:
    value = getattr(scenario, name)
    key = key_of(f"field_{name}", value)
    st.selectbox(
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


def _choice_help(name: str, value: str) -> str:
    """What the field is, and what the choice that is made does."""
    if name not in CHOICES:
        return field_facts(name).help
    choice = choice_of(name, value)
    source = f" ({choice.source})" if choice.source else ""
    return f"{field_facts(name).help}\n\n**{plain(choice.title)}**: {plain(choice.sentence)}{plain(source)}"


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


def _whole_number(name: str, scenario: Scenario, slider: bool = False) -> None:
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


def _number(name: str, scenario: Scenario) -> None:
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


def _samples(scenario: Scenario) -> None:
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


def _altruism(scenario: Scenario) -> None:
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


def _split(scenario: Scenario) -> None:
    _choice("split", scenario, choices_for("split", scenario.info))
    if scenario.split == "dirichlet":
        _number("concentration", scenario)


_CONTROLS: dict[str, Callable[[Scenario], None]] = {"split": _split, "altruism_degree": _altruism}


def _starting_point(scenario: Scenario) -> None:
    titles = {name: preset.title for name, preset in PRESETS.items()} | {"default": "Unequal shares (defaults)"}
    seeds = {"data_seed": scenario.data_seed, "start_seed": scenario.start_seed}
    known = {name: preset.scenario for name, preset in PRESETS.items()} | {"default": Scenario()}
    now = next((name for name, start in known.items() if start.replace(**seeds) == scenario), OWN)
    if now == OWN:
        titles[OWN] = "Your own"
    key = key_of("starting_point", now)

    def start_from() -> None:
        if is_shown("starting_point", key) and (name := st.session_state[key]) != OWN:
            session.open_scenario(known[name])

    st.selectbox(
        "Scenario",
        titles,
        list(titles).index(now),
        format_func=titles.__getitem__,
        key=key,
        on_change=start_from,
        help="A scenario to start from; change anything below.",
    )


def _next_seed(name: str) -> None:
    session.change(**{name: (getattr(session.scenario(), name) + 1) % 2**32})
