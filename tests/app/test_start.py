"""What the scenario on screen was made from: its story's card, what was changed since, and the way back."""

from cgs_core import Scenario
from cgs_core.scenario import Agent
from cgs_core.studies.presets import OPENING, PRESETS
from tests.app.pages import cold, playground, scenario_of, settle, sidebar_control


def _card(page) -> str:  # type: ignore[no-untyped-def]
    return " ".join(one.value for one in (*page.main.markdown, *page.main.caption))


def _changed(page) -> str | None:  # type: ignore[no-untyped-def]
    return next((one.value for one in page.sidebar.caption if one.value.startswith("Changed from")), None)


def test_the_storys_card_stays_and_says_whether_it_holds() -> None:
    page = settle(playground())
    assert OPENING.claim in _card(page) and OPENING.look_at in _card(page) and "✓ So it is in this run." in _card(page)
    sidebar_control(page, "field_n_agents").set_value(4).run()
    settle(page)
    assert OPENING.claim in _card(page) and "Of this run it says nothing" in _card(page)


def test_a_change_is_listed_and_undone() -> None:
    page = playground()
    assert _changed(page) is None
    sidebar_control(page, "field_local_epochs").set_value(5).run()
    assert _changed(page) == f"Changed from {OPENING.title}: local epochs 5 (was {OPENING.scenario.local_epochs})."
    assert page.query_params["story"] == OPENING.name
    page.button("reset").click().run()
    assert scenario_of(page) == OPENING.scenario and _changed(page) is None and "story" not in page.query_params


def test_a_link_brings_the_story_and_what_was_changed() -> None:
    rider = PRESETS["free_rider"]
    page = settle(playground(rider.scenario.replace(altruism_degree=2.0), story=rider.name))
    assert rider.claim in _card(page) and "altruism" in str(_changed(page))
    page = settle(playground(rider.scenario.replace(data_seed=4)))
    assert rider.claim in _card(page) and _changed(page) == f"Changed from {rider.title}: data seed 4 (was 0)."


def test_a_link_of_no_story_has_no_card_and_is_its_own_start() -> None:
    own = Scenario(dataset="wine", n_rounds=3, agents=(Agent(label_noise=0.2),))
    page = playground(own, story="nonsense")
    assert not any(preset.claim in _card(page) for preset in PRESETS.values()) and _changed(page) is None
    sidebar_control(page, "field_altruism_degree").set_value(5.0).run()
    page.button("reset").click().run()
    assert scenario_of(page) == own


def test_the_next_story_follows_and_after_the_last_the_first() -> None:
    names = list(PRESETS)
    page = settle(playground(PRESETS[names[-1]].scenario))
    page.button("next_story").click().run()
    assert scenario_of(page) == PRESETS[names[0]].scenario


def test_the_coalition_game_has_the_card_too() -> None:
    page = settle(cold("coalition-game", PRESETS["four_alike"].scenario))
    assert PRESETS["four_alike"].claim in _card(page) and "✓ So it is in this run." in _card(page)
