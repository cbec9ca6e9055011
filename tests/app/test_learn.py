"""The pages under Learn, without a browser."""

from __future__ import annotations

import pytest

from cgs_core.words.glossary import choice_key, entries
from cgs_core.words.terms import TERMS
from tests.app.pages import cold, given, home


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
    assert "papers.neurips.cc" in shown and "](method)" in shown and "](glossary?term=agent)" in shown


def test_the_method_says_what_is_proved_what_is_not_and_where_it_is_from() -> None:
    page = cold("method")
    shown = texts(page)
    assert "Theorem 1" in shown and "Theorem 2" in shown and "Nothing of whether" in shown
    assert "github.com/XinyiYS" in shown and "](glossary?term=psi)" in shown
