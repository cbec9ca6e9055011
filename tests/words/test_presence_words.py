"""What is told and drawn of agents that were not always there: absent, and not worth 0 by their own fault."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.contribution import cgsv_exact, coalition_values, shapley_values
from cgs_core.data import federated_data
from cgs_core.federation.experiment import run
from cgs_core.figures import accuracy_figure, contribution_figure, ledger_figure, pay_figure, projected_ledger_figure
from cgs_core.records import Trace
from cgs_core.records.period import Period
from cgs_core.scenario import Agent, Scenario
from cgs_core.words import findings, game_findings
from cgs_core.words.holds import verdicts
from cgs_ui.game.games import Game

SCENARIO = Scenario(dataset="wine", n_agents=4, n_rounds=6, agents=(Agent(), Agent(leaves=2), Agent(joins=4)))


@pytest.fixture(scope="module")
def trace() -> Trace:
    return run(SCENARIO)


def test_the_note_says_who_was_there_and_when(trace: Trace) -> None:
    note = (findings.presence_note(trace) or "").replace("\u00a0", " ")
    assert note.startswith("Agent 2 took part in rounds 1 to 2, Agent 3 in rounds 4 to 6. Who is not there")
    assert findings.presence_note(run(SCENARIO.replace(agents=()))) is None


def test_means_are_over_the_rounds_that_each_was_there(trace: Trace) -> None:
    period, worth = Period(trace), trace.stack("contribution")
    assert period.worth[1] == pytest.approx(worth[:2, 1].mean()) and period.worth[2] == pytest.approx(
        worth[3:, 2].mean()
    )
    assert period.worth[0] == pytest.approx(worth[:, 0].mean())
    assert "mean over the rounds that each was there" in findings.headline(trace).replace("\u00a0", " ")


def test_nobody_absent_is_told_to_be_worth_least_or_paid_less_in_a_round(trace: Trace) -> None:
    for index in range(trace.n_rounds):
        away = np.flatnonzero(~trace.is_present[index])
        about_worth = findings.headline(trace, index).partition("The best")[0].partition("All ")[0]
        said = f"{about_worth} {verdicts(trace, index)[0].words} {verdicts(trace, index)[1].words}".replace(
            "\u00a0", " "
        )
        for agent in away:
            assert f"Agent {agent + 1}" not in said


@pytest.mark.parametrize("make", [ledger_figure, projected_ledger_figure])
def test_a_ledgers_round_says_absent_and_draws_no_bar(trace: Trace, make) -> None:
    figure = make(trace, federated_data(SCENARIO), round_index=2)
    worth, words = (next(one for one in figure["data"] if _is(one, kind)) for kind in ("bar", "text"))
    assert words["text"][1:3] == ["absent", "absent"] and "absent" not in (words["text"][0], words["text"][3])
    assert worth["x"][1:3] == [0, 0]
    assert "Absent: Agents 2 and 3." in figure["layout"]["meta"]["alts"]["2"]


def _is(drawn: dict, kind: str) -> bool:
    """Whether it is the first trace of worth: its bars or their words."""
    is_bar = drawn["type"] == "bar"
    return drawn.get("xaxis") == "x2" and (is_bar if kind == "bar" else drawn.get("mode") == "text")


def test_a_coalition_game_says_that_it_is_one_of_those_who_are_there(trace: Trace) -> None:
    gram = trace.gram[2]
    game = Game("gradient", SCENARIO, coalition_values(gram)[None], (0, 1, 2, 3), "cosine", gram, 6, 2)
    assert game_findings.absent(game, trace) == (
        "Agents 2 and 3 were not there in round 3, and add nothing to any coalition: this is a game of the others."
    )
    np.testing.assert_allclose(shapley_values(game.table)[[0, 3]], cgsv_exact(gram[np.ix_([0, 3], [0, 3])]), atol=1e-12)
    assert game_findings.absent(game, run(SCENARIO.replace(agents=()))) is None
    said = game_findings.headline(game, trace)
    assert "Agent 1" in said and "Agent 4" in said and "Agents 2" not in said and "Agent 3" not in said


def test_a_line_over_the_rounds_has_a_gap_where_an_agent_was_absent(trace: Trace) -> None:
    for figure, name in (
        (contribution_figure(trace), "Agent 3, exact"),
        (pay_figure(trace), "Agent 3, pay (reward ratio)"),
    ):
        line = next(one for one in figure["data"] if one.get("name") == name)
        assert [value is None for value in line["y"]] == [True, True, True, False, False, False]


def test_an_agents_name_stands_as_high_as_its_line_ends_although_it_has_left(trace: Trace) -> None:
    figure = pay_figure(trace)
    line = next(one for one in figure["data"] if one.get("name") == "Agent 2, pay (reward ratio)")
    names = [note for note in figure["layout"]["annotations"] if note["text"].endswith("Agent 2")]
    assert line["y"][1] > 0 and line["y"][2:] == [None] * 4
    (name,) = [note for note in names if note["yref"] == "y2"]
    assert name["y"] > 0.5 * line["y"][1], "at the bottom stand those who are paid nothing"


def test_a_model_is_drawn_from_the_first_round_of_its_agent_on(trace: Trace) -> None:
    lines = {line.get("name"): line["y"] for line in accuracy_figure(trace)["data"] if "y" in line}
    for kind in ("with rewards", "alone"):
        assert [value is None for value in lines[f"Agent 3, {kind}"]] == [True] * 3 + [False] * 3
        assert None not in lines[f"Agent 2, {kind}"]
