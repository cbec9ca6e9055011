"""The words of a round's steps."""

from __future__ import annotations

import pytest

from cgs_core.figures.learn.one_round import STEPS
from cgs_core.words.glossary import explained
from cgs_core.words.method_words import STEP_NAMES, method_steps, picture_words, shown_agent
from tests.figures.drawn import drawn_trace


@pytest.mark.parametrize("n_agents", [2, 5, 24, 50])
@pytest.mark.parametrize("round_index", [0, 2])
def test_every_step_has_a_formula_plain_words_and_what_happened(n_agents: int, round_index: int) -> None:
    trace = drawn_trace(n_agents)
    agent = shown_agent(trace, round_index)
    steps = method_steps(trace, round_index, agent)
    assert [step.title for step in steps] == list(STEP_NAMES) and len(steps) == len(STEPS)
    for step in steps:
        assert step.formula and step.told and 1 <= step.words.count(". ") + 1 <= 3, step.title
    assert any("](glossary?term=" in explained(step.words) for step in steps)


def test_the_agent_that_is_paid_least_is_shown() -> None:
    trace = drawn_trace(5)
    agent = shown_agent(trace, 1)
    assert trace.rounds[1].reward_ratio[agent] == trace.rounds[1].reward_ratio.min()
    assert "Round\u00a02" in picture_words(trace, 1) or "Round 2" in picture_words(trace, 1)
