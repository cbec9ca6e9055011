"""Every page is drawn with every choice of every field, under the choice's one name."""

from __future__ import annotations

import pytest

from cgs_core import Agent, Scenario
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.scenario import CHOICES, choices_for, choices_of
from cgs_core.scenario.catalogue import DATASETS
from cgs_core.studies.side_by_side import settings
from cgs_core.words.written import setting_text
from tests.app.pages import charts, cold, settle, sidebar_control

WINE = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=2, batch_size=16, n_validation=6)
EVERY = [(field, name) for field in CHOICES for name in choices_of(field)]


def with_choice(field: str, name: str) -> Scenario:
    """A quick scenario in which the choice is made, on data that it is for."""
    if field == "conduct":
        return WINE.replace(agents=(Agent(), Agent(), Agent(conduct=name)))
    is_for = {one for one, info in DATASETS.items() if name in choices_for(field, info)}
    dataset = next(one for one in ("wine", "digits", "mnist", "sentences") if one in is_for)
    model = "text_cnn" if dataset == "sentences" else "mlp"
    n_rounds = 1 if name.startswith("paper_") else 2
    plain = Scenario(
        dataset=dataset, n_agents=3, n_samples=60, n_rounds=n_rounds, local_epochs=1, n_validation=6, model=model
    )
    return plain.replace(**{field: name})


@pytest.mark.parametrize(("field", "name"), EVERY)
def test_every_page_is_drawn_with_the_choice(field: str, name: str) -> None:
    scenario, title = with_choice(field, name), choices_of(field)[name].title
    page = settle(cold("playground", scenario))
    assert charts(page)[0] == "ledger"
    if field == "conduct":
        page.session_state["tab"] = "Data"
        assert list(page.run().get("arrow_data_frame") or [1]) and not page.exception
    else:
        control = sidebar_control(page, f"field_{field}")
        assert control.value == name and control.format_func(name) == title
    assert "lattice" in charts(settle(cold("coalition-game", scenario)))
    swept = {"question": "own", "own_field": f"agent3.{field}" if field == "conduct" else field, "own_values": name}
    if field != "conduct":
        assert charts(settle(cold("trade-offs", scenario, n_seeds=1, **swept)))[0] == "sweep_curves"
    cold("mechanisms", scenario, comparison_seeds=1, mechanisms=["fedavg", "cgsv"])
    shelved = [setting_text(setting, 0, scenario) for setting in settings([scenario])]
    assert title in shelved or (field, name) == ("conduct", "honest")  # which is no edit of an agent


def test_every_mechanism_is_compared() -> None:
    others = [name for name in MECHANISMS if name not in ("standalone", "cgsv")]
    for first in range(0, len(others), 7):
        names = ["cgsv", *others[first : first + 7]]
        page = settle(cold("mechanisms", WINE, comparison_seeds=1, mechanisms=names))
        assert charts(page)[0] == "mechanism_accuracy"
        assert set(page.dataframe[0].value.columns) == {MECHANISMS[name].title for name in names}
        results = page.session_state["runs_comparison"].results
        assert {with_mechanism(WINE, name).scenario_id for name in names} == set(results)
