"""What agents upload that do not send what they learnt, and what it brings them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cgs_core import run
from cgs_core.data import federated_data
from cgs_core.federation.conducts import CONDUCTS, ConductRow, Known, climbed
from cgs_core.federation.local_training import LocalTrainer
from cgs_core.federation.models import model_of
from cgs_core.mechanisms import FEDAVG
from cgs_core.records import Trace
from cgs_core.scenario import Agent, Choice, Scenario, register
from cgs_core.scenario.registry import forget
from tests.federation.helpers import federation, rounds, small

NORM = 0.25
HONEST = (Agent(),) * 4


def sent_by(conduct: str, updates: np.ndarray, is_scaled: bool = True, **known: object) -> np.ndarray:
    """What one agent sends in one federation, of its update (n_params,)."""
    usual = {
        "agent": Agent(),
        "last_reward": np.zeros_like(updates),
        "paid": np.zeros(0),
        "partners": updates[None],
        "is_scaled": np.array(is_scaled),
    }
    fields = {name: np.asarray(value)[None] if name != "agent" else value for name, value in (usual | known).items()}
    return CONDUCTS[conduct].of(updates[None], NORM, np.random.default_rng(0), Known(**fields))[0]


def update(*values: float) -> np.ndarray:
    """As long as the norm."""
    vector = np.array(values)
    return NORM * vector / np.linalg.norm(vector)


def share(trace: Trace, name: str = "contribution") -> np.ndarray:
    mean = trace.stack(name).mean(axis=0)
    return mean / mean.sum()


def mean_of(trace: Trace, name: str) -> np.ndarray:
    return trace.stack(name).mean(axis=0)


# -- what is sent --------------------------------------------------------------------------------------------------


def test_an_echo_sends_its_last_reward_as_long_as_an_update_and_noise_where_there_was_none() -> None:
    reward = np.array([0.0, 3.0, -4.0])
    np.testing.assert_allclose(sent_by("echo", update(1, 1, 1), last_reward=reward), NORM * reward / 5, rtol=1e-6)
    noise = sent_by("echo", update(1, 1, 1))
    assert np.linalg.norm(noise) == pytest.approx(NORM)
    np.testing.assert_array_equal(noise, sent_by("free_rider", update(1, 1, 1)))


def test_a_climber_mixes_more_in_while_it_is_paid_no_less_and_turns_round_by_half_where_it_is() -> None:
    for paid, part in (
        ([], 0.0),
        ([0.0], 0.25),
        ([0.5, 0.5, 0.6, 1.0, 1.0], 1.0),  # and no further
        ([0.5, 0.4], 0.125),  # up by a quarter, then back by an eighth
        ([0.5, 0.4, 0.4], 0.0),
        ([0.5, 0.4, 0.4, 0.4, 0.3], 0.0625),  # at 0, where a loss turns it round again
        ([0.5, np.nan, 0.4, np.nan], 0.125),  # who was absent remembers
        ([0.5, 0.5 - 1e-9], 0.5),  # rounding is no loss
    ):
        np.testing.assert_array_equal(climbed(np.array([paid, paid])), [part, part])
    np.testing.assert_array_equal(climbed(np.array([[0.5, 0.4], [0.5, 0.5]])), [0.125, 0.5])  # each federation its own


def test_what_a_climber_sends_points_between_its_update_and_its_last_reward_and_is_honest_without_one() -> None:
    own, reward = update(1, 0, 0), np.array([0.0, 3.0, 0.0])
    np.testing.assert_allclose(sent_by("climber", own, last_reward=reward, paid=[0.9]), update(3, 1, 0), rtol=1e-6)
    np.testing.assert_allclose(
        sent_by("climber", own, last_reward=reward, paid=[0.9] * 4), update(0, 1, 0), rtol=1e-6, atol=1e-9
    )
    np.testing.assert_array_equal(sent_by("climber", own, paid=[0.9] * 4), own)  # it got nothing last
    np.testing.assert_array_equal(sent_by("climber", own, last_reward=reward, paid=[0.5, 0.4, 0.4]), own)


def test_colluders_send_the_mean_of_what_they_learnt() -> None:
    one, other = update(1, 0, 0), update(0, 1, 0)
    for own in (one, other):
        np.testing.assert_allclose(sent_by("colluder", own, partners=[one, other]), update(1, 1, 0), rtol=1e-6)
    assert not sent_by("colluder", one, partners=[one, -one]).any()
    np.testing.assert_allclose(sent_by("colluder", one), one, rtol=1e-6)  # by itself it is honest


def test_a_private_agents_noise_has_the_standard_deviation_that_it_says() -> None:
    own = update(*np.ones(4000))
    sent = sent_by("private", own, is_scaled=False, agent=Agent(privacy_noise=0.02))
    assert (sent - own).std() == pytest.approx(0.02 * NORM, rel=0.05)
    scaled = sent_by("private", own, agent=Agent(privacy_noise=0.02))
    np.testing.assert_allclose(scaled, NORM * sent / np.linalg.norm(sent), rtol=1e-5)
    np.testing.assert_allclose(sent_by("private", own, agent=Agent(privacy_noise=0.0)), own, rtol=1e-6)


def test_an_overstater_sends_what_it_learnt_and_weighs_ten_times_as_much_under_fedavg() -> None:
    honest, scenario = small(n_rounds=1), small(n_rounds=1, agents=(Agent(conduct="overstater"),))
    sizes = np.array([shard.n_samples for shard in federated_data(honest).shards])
    (before,), (after,) = (list(rounds(one, [federation(one, mechanism=FEDAVG)])) for one in (honest, scenario))
    said = sizes * [10, 1, 1]
    factor = np.outer(said, said) / said.sum() ** 2 / (np.outer(sizes, sizes) / sizes.sum() ** 2)
    np.testing.assert_allclose(after.exchanges[0].gram, factor * before.exchanges[0].gram, rtol=1e-9)


def test_who_takes_no_part_is_no_partner() -> None:
    scenario = small(agents=(Agent(conduct="colluder"),) * 3)
    local = LocalTrainer(scenario, federated_data(scenario), model_of(scenario, np.float64), np.float64)
    start = np.tile(model_of(scenario).initial_params(np.random.default_rng(0)), (1, 3, 1)).astype(np.float64)
    two = local.learn(start, np.array([[True, True, False]]), 0, ["to_norm"], {})
    expected = two.updates[0, :2].mean(axis=0)
    expected *= scenario.update_norm / np.linalg.norm(expected)
    np.testing.assert_allclose(two.uploads[0, 0], expected, rtol=1e-5)


# -- what it brings ------------------------------------------------------------------------------------------------


def test_an_echo_is_worth_most_and_paid_as_the_others_are() -> None:
    """No data of its own, and the best agreement there is; the uploads that it repeats cost nobody accuracy."""
    trace = run(Scenario(split="uniform", agents=(*HONEST, Agent(conduct="echo"))))
    assert share(trace)[4] > 1.1 * share(trace)[:4].max()
    assert share(trace, "contribution_exact")[4] > 0.23
    assert mean_of(trace, "reward_ratio")[4] > 0.85
    assert trace.rounds[-1].accuracy[4] > trace.rounds[-1].standalone_accuracy[4]


def test_a_climber_becomes_an_echo_where_agreement_is_paid_and_stays_honest_where_samples_tell_it() -> None:
    """It is worth more than the others and paid most by the cosine; by FLTrust's it gives half of it up or more."""
    ends = {}
    for valuation in ("cgsv_approx", "fltrust"):
        trace = run(
            Scenario(split="uniform", n_validation=100, valuation=valuation, agents=(*HONEST, Agent(conduct="climber")))
        )
        ends[valuation] = float(climbed(trace.stack("reward_ratio")[:, 4][None])[0])
        if valuation == "cgsv_approx":
            assert share(trace)[4] > 1.1 * share(trace)[:4].max()
            assert mean_of(trace, "reward_ratio")[4] > 0.98 > 0.95 > mean_of(trace, "reward_ratio")[:4].max()
    assert ends["cgsv_approx"] == 1 and ends["fltrust"] < 0.5


def test_colluders_with_wrong_labels_take_the_federation_over_and_by_themselves_they_do_not() -> None:
    wrong = Agent(label_noise=0.9)
    apart = run(Scenario(split="uniform", n_rounds=40, agents=(Agent(), Agent(), *(wrong,) * 3)))
    agreed = wrong.model_copy(update={"conduct": "colluder"})
    together = run(Scenario(split="uniform", n_rounds=40, agents=(Agent(), Agent(), *(agreed,) * 3)))
    assert mean_of(apart, "contribution")[:2].min() > 0.5 > mean_of(apart, "contribution")[2:].max()
    assert mean_of(together, "contribution")[:2].max() < 0.2 and mean_of(together, "contribution")[2:].min() > 0.9
    assert apart.rounds[-1].accuracy[:2].min() > 0.85 and together.rounds[-1].accuracy[:2].max() < 0.5


def test_a_third_of_the_data_is_worth_more_as_two() -> None:
    """A fifth of the worth and a bit as one of five agents, a third as two of six, of the same samples."""
    third = Agent(shard_size=266)
    one = run(Scenario(split="uniform", n_rounds=20, n_samples=665, agents=(third,)))
    two = run(one.scenario.replace(n_agents=6, agents=(third, *HONEST, Agent(shell_of=0))))
    assert share(one)[0] < 0.24 and share(two)[[0, 5]].sum() > 0.31


def test_the_more_noise_a_private_agent_adds_the_less_it_is_worth() -> None:
    def worth(noise: float) -> float:
        last = Agent(conduct="private", privacy_noise=noise)
        return float(share(run(Scenario(split="uniform", n_rounds=10, agents=(*HONEST, last))))[4])

    assert worth(0.0) > 0.17 > worth(0.03) > 0.08 > worth(1.0)


# -- rows of other packages ----------------------------------------------------------------------------------------


def test_a_row_that_knows_gets_what_it_asks_for() -> None:
    seen: list[Known] = []

    def send(updates: np.ndarray, norm: float, stream: np.random.Generator, known: Known) -> np.ndarray:
        kept = {name: getattr(known, name).copy() for name in ("last_reward", "paid")}  # the engine goes on using them
        seen.append(replace(known, **kept))
        return updates / 2

    register(ConductRow(Choice("Knowing", "Halves its update.", ""), send, knows=True, claims=3), "mine:knowing")
    try:
        seen.clear()
        scenario = small(n_rounds=2, agents=(Agent(conduct="mine:knowing", label_noise=0.5), Agent()))
        one, two = (played.params[0, 0].copy() for played in rounds(scenario))
    finally:
        forget("conduct", "mine:knowing")
    assert [known.agent.label_noise for known in seen] == [0.5, 0.5]
    assert [known.partners.shape[:2] for known in seen] == [(1, 1), (1, 1)]
    assert not seen[0].last_reward.any() and np.abs(two - one).max() > 0
    assert seen[0].paid.shape == (1, 0) and seen[1].paid.shape == (1, 1) and 0 < seen[1].paid[0, 0] <= 1
    np.testing.assert_array_equal(seen[1].is_scaled, [True])
