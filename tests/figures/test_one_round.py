"""The moving picture of a round: its arrows say what the round's numbers say."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from cgs_core import Agent, Scenario, Trace, run
from cgs_core.data import federated_data
from cgs_core.figures import Figure, agent_look, one_round_figure
from cgs_core.figures.learn.fan import Fan, fan_of
from cgs_core.figures.learn.one_round import STEPS
from tests.figures.drawn import drawn_trace


@cache
def trained() -> Trace:
    agents = (Agent(), Agent(feature_noise=2.0), Agent(conduct="sign_flipper"))
    return run(Scenario(n_agents=4, n_samples=200, n_rounds=3, agents=agents))


def fan(round_index: int) -> Fan:
    trace = trained()
    return fan_of(trace.scenario, trace.rounds[round_index], trace.contribution_approx[round_index])


def figure(round_index: int = 1) -> Figure:
    return one_round_figure(trained(), federated_data(trained().scenario), round_index=round_index)


@pytest.mark.parametrize("round_index", [0, 2])
def test_lengths_and_shadows_are_those_of_the_updates(round_index: int) -> None:
    record, drawn, gamma = trained().rounds[round_index], fan(round_index), trained().scenario.update_norm
    np.testing.assert_allclose(np.hypot(*drawn.sent.T), 1, rtol=1e-4)
    np.testing.assert_allclose(drawn.sent[:, 0], trained().contribution_approx[round_index], rtol=1e-4)
    np.testing.assert_allclose(np.hypot(*drawn.weighted.T) * gamma, np.sqrt(record.gram.diagonal()), rtol=1e-6)
    np.testing.assert_allclose(drawn.weighted[:, 0].sum(), drawn.length, rtol=1e-6)
    assert drawn.trained is not None
    np.testing.assert_allclose(np.hypot(*drawn.trained.T) * gamma, record.update_length, rtol=1e-6)
    np.testing.assert_allclose(drawn.paid / drawn.length, record.reward_length, rtol=1e-6)


def test_the_stairs_end_at_the_tip_of_the_shared_update() -> None:
    frame = figure()["frames"][STEPS.index("add up")]["data"]
    stairs = frame[5 + 4 : 5 + 8]
    assert stairs[-1]["x"][1] == pytest.approx(frame[2]["x"][1], abs=2e-5)
    for one, other in pairwise(stairs):
        assert one["x"][1] == other["x"][0]


def test_rows_show_worth_importance_pay_and_accuracy_of_the_round() -> None:
    record, before = trained().rounds[1], trained().rounds[0]
    wanted = {
        "value": (trained().contribution_approx[1], record.contribution_exact),
        "smooth": (record.importance, before.importance),
        "pay": (record.reward_ratio, record.reward_length),
        "get": (record.accuracy, before.accuracy),
    }
    for step, (bars, marks) in wanted.items():
        shown = figure()["frames"][STEPS.index(step)]["data"][-4:]
        np.testing.assert_allclose(shown[0]["x"], bars, atol=1e-5)
        np.testing.assert_allclose(shown[1]["x"], marks, atol=1e-5)


def test_the_first_round_has_nothing_before_it() -> None:
    frames = figure(0)["frames"]
    for step in ("smooth", "get"):
        assert frames[STEPS.index(step)]["data"][-3]["x"] == [None] * 4


def test_every_step_can_be_read_aloud_and_agents_have_their_looks() -> None:
    made = figure()
    alts = made["layout"]["meta"]["alts"]
    assert list(alts) == [frame["name"] for frame in made["frames"]] == [str(place) for place in range(7)]
    assert all(f"Step {place + 1} of 7" in alt for place, alt in enumerate(alts.values()))
    assert [one["line"]["color"] for one in made["data"][5:9]] == [agent_look(index).color for index in range(4)]


def test_only_rounds_that_are_there_and_uploads_that_are_scaled() -> None:
    with pytest.raises(ValueError, match="round_index: from 0 to 2"):
        figure(3)
    other = drawn_trace(5)
    plain = Trace(other.scenario.replace(upload_scaling="as_trained"), other.rounds)
    with pytest.raises(ValueError, match="upload_scaling"):
        one_round_figure(plain, federated_data(plain.scenario))
