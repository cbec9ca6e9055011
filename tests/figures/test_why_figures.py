"""The small pictures of a "Why": accepted by Plotly, with the trace's numbers, for every rule and of every size."""

from __future__ import annotations

import math

import pytest

from cgs_core import Agent, Scenario, Trace, run
from cgs_core.figures.agents.why import why_figure, why_figures
from cgs_core.figures.projector import TEXT_SIZE
from cgs_core.figures.style import FAINT, SMALL_FONT_SIZE, Figure, agent_look
from cgs_core.scenario import CHOICES
from tests.figures.test_every_figure import accept, fonts_of

SMALL = Scenario(dataset="wine", n_agents=3, n_rounds=3, n_validation=15, agents=(Agent(conduct="sign_flipper"),))
TRACE = run(SMALL)


def texts(figure: Figure) -> str:
    return " ".join(one["text"] for one in figure["layout"]["annotations"])


@pytest.mark.parametrize("field", ["valuation", "reward_rule", "importance_rule", "upload_scaling"])
def test_plotly_accepts_the_pictures_of_every_choice(field: str) -> None:
    for choice in CHOICES[field]:
        trace = run(SMALL.replace(**{field: choice}))
        for agent in range(3):
            for round_index in (0, 2, None):
                for figure in why_figures(trace, agent, round_index).values():
                    accept(figure)


@pytest.mark.parametrize(
    "trace",
    [
        run(SMALL.replace(learning_rate=10.0, upload_scaling="as_trained")),
        run(SMALL.replace(n_rounds=1)),
        run(Scenario(dataset="wine", n_agents=50, n_samples=100, n_rounds=2, valuation="data_size")),
        Trace(SMALL, TRACE.rounds[:1]),
    ],
    ids=["diverged", "one round", "fifty", "unfinished"],
)
def test_extremes(trace: Trace) -> None:
    for round_index in (0, trace.n_rounds - 1, None):
        for agent in (0, trace.scenario.n_agents - 1):
            for figure in why_figures(trace, agent, round_index).values():
                accept(figure)
                assert 20 < len(figure["layout"]["meta"]["alt"]) < 400
                assert "nan" not in figure["layout"]["meta"]["alt"]


def test_of_a_round_they_show_its_numbers() -> None:
    record = TRACE.rounds[1]
    for agent in range(3):
        figures = why_figures(TRACE, agent, 1)
        psi = float(TRACE.contribution_approx[1, agent])
        (tip,) = [drawn for drawn in figures["worth"]["data"] if drawn.get("name") == agent_look(agent).name]
        assert tip["x"][1] == pytest.approx(psi, abs=1e-4) and math.hypot(tip["x"][1], tip["y"][1]) == pytest.approx(
            1, abs=1e-4
        )
        (shadow,) = [drawn for drawn in figures["worth"]["data"] if drawn.get("name") == "worth"]
        assert shadow["x"] == [0, pytest.approx(psi, abs=1e-4)]
        (sent,) = [drawn for drawn in figures["update"]["data"] if drawn.get("name") == "as sent"]
        assert math.hypot(sent["x"][1], sent["y"][1]) == pytest.approx(0.25, rel=1e-3)
        assert "sent 0.25" in texts(figures["update"])
        marked = figures["importance"]["data"][-1]
        assert marked["x"] == [2] and marked["y"] == [pytest.approx(record.importance[agent], abs=1e-4)]
        pay = figures["pay"]["data"][0]["x"]
        assert pay == [
            pytest.approx(record.reward_ratio[agent], abs=1e-4),
            pytest.approx(record.reward_length[agent], abs=1e-4),
        ]
        before = TRACE.rounds[0].accuracy[agent]
        wanted = [before, record.accuracy[agent], record.standalone_accuracy[agent], record.fedavg_accuracy]
        assert figures["model"]["data"][0]["x"] == pytest.approx(wanted, abs=1e-4)
    assert len(why_figure(TRACE, 0, "model", 0)["data"][0]["x"]) == 3  # no model before the first round


def test_what_was_trained_is_drawn_only_of_who_sends_it() -> None:
    drawn = [[one.get("name") for one in why_figure(TRACE, agent, "update", 1)["data"]] for agent in (0, 1)]
    assert "as trained" not in drawn[0] and "as trained" in drawn[1]


def test_text_is_large_enough_and_for_a_class_larger() -> None:
    for round_index in (1, None):
        for figure in why_figures(TRACE, 1, round_index).values():
            fonts = list(fonts_of(figure))
            assert min(size for size, _ in fonts) >= SMALL_FONT_SIZE and FAINT not in {color for _, color in fonts}
        for figure in why_figures(TRACE, 1, round_index, is_projected=True).values():
            accept(figure)
            assert min(size for size, _ in fonts_of(figure)) >= TEXT_SIZE


def test_an_axis_of_rounds_says_so_and_begins_with_the_first() -> None:
    for figure in why_figures(TRACE, 1).values():
        axis = figure["layout"]["xaxis"]
        assert axis["ticktext"] == [f"round {at:g}" for at in axis["tickvals"]] and min(axis["tickvals"]) >= 1


def test_no_such_step() -> None:
    with pytest.raises(ValueError, match="step: one of update, worth, importance, pay, model; got 'gain'"):
        why_figure(TRACE, 0, "gain")
