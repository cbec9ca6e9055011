"""The controls of a scenario in the sidebar: three in the open, the rest under "More"."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cgs_core import Scenario, ScenarioError
from cgs_core.durations import time_in_words
from cgs_core.scenario import CHOICES, choices_for, choices_now, field_facts, problems
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.scenario.own_data import OWN_NAME, OwnData
from cgs_core.studies.presets import OPENING, PRESETS
from cgs_core.words.written import changes_text
from cgs_ui import session
from cgs_ui.background import job_runner
from cgs_ui.controls import own_data
from cgs_ui.controls.field_controls import alone, altruism, choice, number, samples, split, whole_number
from cgs_ui.controls.keys import is_shown, key_of
from cgs_ui.plain_text import plain
from cgs_ui.session.adjusted import adjusted
from cgs_ui.session.teacher_link import LOCKED

OWN = "own"
_LONG_SECONDS = 2.0
_CONTROLS: dict[str, Callable[[Scenario], None]] = {"split": split, "altruism_degree": altruism}


def sidebar(scenario: Scenario, third: str = "split") -> None:
    """The controls of a scenario: three in the open, the last of them the field ``third``; the rest under "More"."""
    with st.sidebar:
        own_data.stay()
        if session.lesson() is None:
            _starting_point(scenario)
        whole_number("n_agents", scenario, slider=True)
        _CONTROLS[third](scenario)
        with st.container():  # so that More keeps its place
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
    choice("dataset", scenario, list(titles), titles.__getitem__)
    if slow := _slow_data_sets(scenario):
        st.caption(f"A first run of these takes longer here: {slow}.")
    own_data.controls(scenario, use_own_data)


def _slow_data_sets(scenario: Scenario) -> str:
    """The data sets of which a run with these settings takes longer than a reader likes to wait, and how long."""
    found = []
    for name, info in DATASETS.items():
        try:
            other = scenario.replace(**adjusted(scenario, "dataset", name)[0])
        except ScenarioError:
            continue  # which choosing it will tell
        seconds = job_runner().expected_seconds([other])
        if name != scenario.dataset and seconds is not None and seconds > _LONG_SECONDS:
            found.append(f"{info.title} about {time_in_words(seconds)}")
    return ", ".join(found)


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
    samples(scenario)
    _draws(scenario)
    st.caption("**Training**")
    choice("model", scenario, choices_for("model", scenario.info))
    if scenario.model == "mlp":
        whole_number("hidden_units", scenario)
    for name in ("n_rounds", "local_epochs", "batch_size"):
        whole_number(name, scenario)
    for name in ("learning_rate", "learning_rate_decay", "update_norm"):
        number(name, scenario)
    number("participation", scenario)
    st.caption("**Worth and pay**")
    number("importance_smoothing", scenario)
    _mechanism(scenario)
    choice("mask_scope", scenario, list(CHOICES["mask_scope"]))
    _file()
    _switched_off()


def _draws(scenario: Scenario) -> None:
    """Other draws of the same, one after the other or by number."""
    seeds = {
        "data_seed": ("New data", f"Draw other shards. Data seed now: {scenario.data_seed}."),
        "start_seed": ("New start", f"Draw another start and batch order. Start seed now: {scenario.start_seed}."),
    }
    for place, (name, (label, words)) in zip(st.columns(2), seeds.items(), strict=True):
        place.button(
            label,
            on_click=_next_seed,
            args=(name,),
            width="stretch",
            disabled=session.is_locked(name),
            help=words,
        )
    for name in seeds:
        whole_number(name, scenario)


def _mechanism(scenario: Scenario) -> None:
    """The fields of a mechanism, and the numbers of the rules that are chosen."""
    choice("valuation", scenario, choices_now("valuation", scenario))
    whole_number("n_validation", scenario)
    choice("importance_rule", scenario, choices_now("importance_rule", scenario))
    for name in ("upload_scaling", "aggregation_weight"):
        choice(name, scenario, list(field_facts(name).choices))
    choice("reward_rule", scenario, choices_now("reward_rule", scenario))
    if scenario.aggregation_weight == "loss_power":
        number("loss_exponent", scenario)
    if scenario.reward_rule == "random_subset":
        number("reward_equality", scenario)
        number("sync_probability", scenario)
    if scenario.reward_rule == "sampled_sync":
        number("sync_fraction", scenario)
        whole_number("exploration_rounds", scenario)
        number("draw_sharpness", scenario)


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

    alone().selectbox(
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
