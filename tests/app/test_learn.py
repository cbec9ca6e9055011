"""The pages under Learn, without a browser."""

from __future__ import annotations

import pytest

from cgs_core import Scenario
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import with_mechanism
from cgs_core.words.glossary import LEDGER_HEADS, choice_key, entries, linked, measures_linked
from cgs_core.words.method_words import STEP_NAMES, method_steps
from cgs_core.words.terms import TERMS
from cgs_ui.background import finished_rounds
from tests.app.pages import charts, cold, given, home, settle


def texts(page) -> str:
    return "\n".join(one.value for one in page.main.markdown)


def test_the_glossary_has_every_term_with_its_meaning_and_formula() -> None:
    page = cold("glossary")
    shown = texts(page)
    for term in TERMS.values():
        assert f"**{term.word}**" in shown and term.words in shown and term.formula in shown


@pytest.mark.parametrize("key", ["psi", "gini_gap", choice_key("valuation", "banzhaf")])
def test_a_link_opens_the_glossary_at_its_term(key: str) -> None:
    page = cold("glossary", term=key)
    assert entries()[key].words in texts(page)
    (listener,) = [one for one in page.main.get("bidi_component") if one.key == "terms"]
    assert given(listener)["shown"] == key
    assert page.query_params["term"] == key


def test_an_unknown_term_is_told_and_the_glossary_is_shown() -> None:
    page = cold("glossary", term="nonsense")
    assert "no such word" in page.info[0].value and TERMS["agent"].words in texts(page)
    assert "term" not in page.query_params


def test_words_are_found_in_names_and_meanings() -> None:
    page = cold("glossary")
    page.text_input(key="glossary_search").set_value("cosine gradient").run()
    assert TERMS["cgsv"].words in texts(page) and TERMS["gini"].words not in texts(page)
    page.text_input(key="glossary_search").set_value("no [such] word").run()
    assert "no \\[such\\] word" in page.info[0].value


def test_home_names_the_paper_and_leads_to_the_method() -> None:
    shown = texts(home())
    assert (
        "papers.neurips.cc" in shown
        and "](method)" in shown
        and "](lessons)" in shown
        and "](glossary?term=agent)" in shown
    )


def test_the_method_says_what_is_proved_what_is_not_and_where_it_is_from() -> None:
    page = cold("method")
    shown = texts(page)
    assert "Theorem 1" in shown and "Theorem 2" in shown and "Nothing of whether" in shown
    assert "github.com/XinyiYS" in shown and "](glossary?term=psi)" in shown


QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16)


def test_the_method_shows_a_round_of_the_run_on_screen_under_the_papers_mechanism() -> None:
    page = settle(cold("method", with_mechanism(QUICK, "fedavg")))
    assert charts(page)[0] == "one_round" and charts(page)[1].startswith("value_player")
    assert any("paid here as in the paper" in words.value for words in page.main.caption)
    (chart,) = [one for one in page.main.get("bidi_component") if one.key == "one_round"]
    figure = given(chart)["figure"]
    trace = finished_rounds(with_mechanism(QUICK, "cgsv").scenario_id)
    assert figure["frames"][5]["data"][-4]["x"] == pytest.approx(trace.rounds[-1].reward_ratio.tolist(), abs=1e-5)
    for place, name in enumerate(STEP_NAMES, 1):
        assert f"**{place}. {name}.**" in texts(page)


def test_a_link_says_which_round_and_whose_numbers() -> None:
    page = settle(cold("method", QUICK, method_round=1, method_agent=2))
    assert page.selectbox(key="method_round").value == 1 and page.selectbox(key="method_agent").value == 2
    assert "Round 1 of" in page.main.caption[-1].value.replace("\u00a0", " ")
    assert method_steps(finished_rounds(QUICK.scenario_id), 0, 2)[5].told in texts(page)


def test_heads_of_columns_and_measures_lead_to_their_definitions() -> None:
    page = settle(cold("playground", QUICK))
    captions = [words.value for words in page.main.caption]
    assert linked(LEDGER_HEADS) in captions
    page.session_state["tab"] = "Numbers"
    shown = [words.value for words in settle(page.run()).main.caption]
    assert measures_linked(MEASURES) in shown


def test_a_bare_page_explains_nothing() -> None:
    page = settle(cold("playground", QUICK, view="projector"))
    assert not any("glossary" in words.value for words in page.main.caption)
    assert "terms" not in [one.key for one in page.main.get("bidi_component")]
