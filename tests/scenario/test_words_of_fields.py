"""Titles and help texts are for people: no name of the program stands in them, and rounds count from 1."""

from __future__ import annotations

import re

import pytest

from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS
from cgs_core.scenario import CHOICES, Agent, Scenario, field_facts
from cgs_core.scenario.catalogue import DATASETS

NO_ENGLISH = {"mlp", "cnn", "powerlaw", "classimbalance", "cgsv", "fedavg", "cffl", "rffl", "iafl", "shapfed", "fedce"}
FIELDS = [(name, Scenario) for name in Scenario.model_fields] + [(name, Agent) for name in Agent.model_fields]


def inner_names(text: str) -> set[str]:
    """Names with an underscore, and names of choices that are no English words, written as in a file."""
    words = set(re.findall(r"[a-z][a-z0-9_]*", text))
    return {word for word in words if "_" in word or word in NO_ENGLISH}


@pytest.mark.parametrize(("name", "owner"), FIELDS)
def test_a_fields_words(name: str, owner: type[Scenario] | type[Agent]) -> None:
    facts = field_facts(name, owner)
    assert facts.title and facts.help and not inner_names(f"{facts.title} {facts.help}")
    assert "ound 0" not in facts.help


@pytest.mark.parametrize("kind", CHOICES)
def test_a_choices_words(kind: str) -> None:
    for choice in CHOICES[kind].values():
        assert choice.title and choice.sentence
        assert not inner_names(f"{choice.title} {choice.sentence} {choice.ratio}"), choice.title


def test_words_of_measures_mechanisms_and_data() -> None:
    texts = [f"{one.title} {one.head} {one.definition}" for one in MEASURES.values()]
    texts += [row.title for row in MECHANISMS.values()] + [info.title for info in DATASETS.values()]
    assert not [text for text in texts if inner_names(text)]
