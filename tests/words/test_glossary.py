"""The glossary: whole, without dead ends, and the same words in texts, reports and pages."""

from __future__ import annotations

import re

import pytest

from cgs_core.export.definitions import RUN_DEFINITIONS
from cgs_core.measures import MEASURES
from cgs_core.scenario import CHOICES
from cgs_core.words.glossary import (
    LEDGER_HEADS,
    choice_key,
    definitions,
    entries,
    explained,
    groups,
    linked,
    looked_for,
    measures_linked,
    spellings,
)
from cgs_core.words.terms import TERMS
from cgs_ui.frame.pages import addresses

ASKED_FOR = (
    "agent update aggregate coalition shapley cgsv psi phi importance pay worth",
    "fedavg pearson power_law gini jain beta gamma alpha round model",
)


def test_every_word_that_a_student_meets_is_a_term() -> None:
    assert set(" ".join(ASKED_FOR).split()) <= TERMS.keys()
    assert all(term.word and term.words.endswith(".") for term in entries().values())


def test_every_measure_and_every_choice_is_an_entry_with_the_words_that_it_has_elsewhere() -> None:
    assert {name: entries()[name].words for name in MEASURES} == {
        name: one.definition for name, one in MEASURES.items()
    }
    for field, options in CHOICES.items():
        for name, one in options.items():
            assert entries()[choice_key(field, name)].words == one.sentence
    assert sum(map(len, groups().values())) == len(entries()) == len(definitions())


def test_no_link_of_an_entry_leads_nowhere() -> None:
    for key, term in entries().items():
        assert set(term.related) <= TERMS.keys() - {key}, key
        assert term.page in addresses(), key


def test_every_term_is_written_in_some_way_and_no_way_means_two() -> None:
    written = [said for term in TERMS.values() for said in term.said]
    assert all(term.said for term in TERMS.values()) and len(written) == len(set(written)) == len(spellings())


def test_no_head_of_a_chart_means_two_things() -> None:
    heads = [(head, key) for key, term in entries().items() for head in term.heads]
    assert len(heads) == len(dict(heads)) > 2 * len(MEASURES)
    assert all(spellings().get(head, key) == key for head, key in heads)
    assert {head for head, _ in LEDGER_HEADS} <= {*dict(heads), *spellings()}


def test_a_text_explains_each_term_where_it_first_occurs() -> None:
    assert explained("An agent and another agent.") == "An [agent](glossary?term=agent) and another agent."
    assert (
        explained("the Pearson r of agents")
        == "the [Pearson r](glossary?term=pearson) of [agents](glossary?term=agent)"
    )


@pytest.mark.parametrize(
    "text",
    [
        "[the pay](method)",
        "`agent`",
        "$\\psi$ of $agent$",
        ":material/update:",
        "unpaid, re-update, models_",
        "Agent 4",
    ],
)
def test_links_code_formulae_and_parts_of_words_stay(text: str) -> None:
    assert explained(text) == text


def test_every_term_is_marked_where_it_is_written() -> None:
    for said, key in spellings().items():
        assert explained(f"so {said}.") == f"so [{said}](glossary?term={key})."


def test_what_is_looked_for_is_found_by_name_first() -> None:
    assert next(iter(looked_for("ψ"))) == "psi" and "psi" in looked_for("cosine approx")
    assert not looked_for("no such word")
    assert {"jain", "jain_score"} <= looked_for("JAIN").keys()


def test_a_report_defines_its_words_as_the_glossary_does() -> None:
    words = {term.words for term in TERMS.values()}
    assert len(RUN_DEFINITIONS) >= 10 and all(one.words in words for one in RUN_DEFINITIONS)


def test_definitions_have_no_markup() -> None:
    for key, term in entries().items():
        assert not re.search(r"[<>`*\[\]$]", term.words), key


def test_heads_lead_to_entries() -> None:
    for text in (linked(LEDGER_HEADS), measures_linked(MEASURES)):
        keys = re.findall(r"\]\(glossary\?term=([\w-]+)\)", text)
        assert keys and set(keys) <= entries().keys()


def test_no_line_ends_within_a_number() -> None:
    assert (
        explained("It falls by 2.9 ± 0.4 points, to 90 %.") == "It falls by 2.9\u00a0±\u00a00.4 points, to 90\u00a0%."
    )
