"""Each reward rule against its definition in a few plain lines, and its limit cases."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from cgs_core.federation import sparsify
from cgs_core.mechanisms.reward_rules import REWARD_RULES, ROUNDS_BEFORE_EVICTION, Reward, drawn_agents
from cgs_core.mechanisms.round import Round
from cgs_core.randomness import Stream, random_stream
from cgs_core.scenario import Scenario
from cgs_core.typing import Importance

N_PARAMS = 20
INFINITY = float("inf")


@dataclass(frozen=True, kw_only=True)
class Settlement(Round):
    """A round, and the importance after it that a reward rule is given besides."""

    importance: Importance


def settlement(
    importance: list[float], round_index: int = 0, layers: list[int] | None = None, **fields: Any
) -> Settlement:
    rng = np.random.default_rng(1)
    n = len(importance)
    starts, updates, uploads = rng.standard_normal((3, n, N_PARAMS))
    return Settlement(
        rules=Scenario(mask_scope="global" if layers is None else "layer", **fields),
        round_index=round_index,
        agents=np.arange(n),
        n_samples=np.full(n, 10),
        samples_at_start=np.full(n, 10),
        weight=np.full(n, 1 / n),
        starts=starts,
        updates=updates,
        update_scale=np.ones(n),
        contribution_before=np.zeros(n),
        uploads=uploads,
        aggregate=rng.standard_normal(N_PARAMS),
        gram=np.eye(n),
        server_params=rng.standard_normal(N_PARAMS),
        layer_sizes=layers or [N_PARAMS],
        class_rows=lambda params: params[:, None],
        validation_accuracy=lambda params: np.ones(len(params)),
        validation_gradient=np.zeros_like,
        server_update=lambda: np.zeros(N_PARAMS),
        importance=np.array(importance),
    )


def paid(rule: str, given: Settlement) -> Reward:
    reward = REWARD_RULES[rule].of(given, given.importance)
    assert reward.updates.shape == given.updates.shape and reward.is_evicted.shape == reward.ratio.shape
    assert reward.ratio.min() >= 0 and reward.ratio.max() <= 1
    assert reward.n_bytes.dtype == np.int64 and reward.n_bytes.max() <= 4 * N_PARAMS
    return reward


@pytest.mark.parametrize("layers", [None, [12, 8]])
def test_sparsified_is_the_papers_mask(layers: list[int] | None) -> None:
    given = settlement([0.1, 0.3, 0.6], layers=layers, altruism_degree=2.0)
    ratio = [math.tanh(2 * share) / math.tanh(1.2) for share in given.importance]
    reward = paid("sparsified", given)
    np.testing.assert_allclose(reward.ratio, ratio)
    np.testing.assert_array_equal(reward.updates, sparsify(given.aggregate, np.array(ratio), layers))


def test_sparsified_without_limit_is_fedavgs_download() -> None:
    given = settlement([0.1, 0.3, 0.6], altruism_degree=INFINITY)
    masked, whole = paid("sparsified", given), paid("full", given)
    np.testing.assert_array_equal(masked.updates, whole.updates)
    assert masked.n_bytes.tolist() == whole.n_bytes.tolist() == [4 * N_PARAMS] * 3
    assert masked.ratio.tolist() == whole.ratio.tolist() == [1, 1, 1]


def test_own_is_what_the_agent_learnt_and_nothing_is_sent() -> None:
    given = settlement([0.5, 0.5])
    reward = paid("own", given)
    np.testing.assert_array_equal(reward.updates, given.updates)
    assert reward.ratio.tolist() == reward.n_bytes.tolist() == [0, 0]


def test_ratio_of_rffl_is_linear_and_the_own_step_stays() -> None:
    given = settlement([0.2, 0.3, 0.5], round_index=100)
    reward = paid("sparsified_or_evicted", given)
    np.testing.assert_allclose(reward.ratio, [0.4, 0.6, 1.0])
    np.testing.assert_allclose(reward.updates, given.updates + sparsify(given.aggregate, reward.ratio))
    assert not reward.is_evicted.any()


@pytest.mark.parametrize(
    ("rule", "split", "first", "limit"),
    [
        ("sparsified_or_evicted", "powerlaw", ROUNDS_BEFORE_EVICTION, 1 / 9),
        ("sparsified_or_evicted", "classimbalance", ROUNDS_BEFORE_EVICTION, 1 / 9),
        ("by_size_or_evicted", "powerlaw", 0, 1 / 9),
        ("by_size_or_evicted", "classimbalance", 0, 1 / 18),
    ],
)
def test_who_has_too_little_is_evicted(rule: str, split: str, first: int, limit: float) -> None:
    for below, is_evicted in ((1e-6, True), (-1e-6, False)):
        importance = [limit - below, 0.3, 0.7 - limit + below]
        given = settlement(importance, first, split=split)
        late = paid(rule, given)
        assert late.is_evicted.tolist() == [is_evicted, False, False]
        assert (late.ratio[0] == 0) == is_evicted and (late.n_bytes[0] == 0) == is_evicted
        assert (late.updates[0] == given.updates[0]).all() == is_evicted  # it keeps its own step
        if first:
            early = paid(rule, settlement(importance, first - 1, split=split))
            assert not early.is_evicted.any() and early.ratio[0] > 0


def test_cffl_pays_by_importance_and_size_and_takes_the_own_part_out() -> None:
    """Of four agents one was evicted before, and one is now: the weights are shares of what all four had."""
    given = replace(
        settlement([0.05, 0.35, 0.6], 3), n_samples=np.array([10, 20, 30]), samples_at_start=np.array([10, 20, 40, 30])
    )
    reward = paid("by_size_or_evicted", given)
    aggregate = 0.2 * given.uploads[1] + 0.3 * given.uploads[2]
    ratio = np.array([0, 0.35 / 0.6 * 20 / 40, 30 / 40])
    np.testing.assert_allclose(reward.ratio, ratio)
    np.testing.assert_allclose(reward.server_update, aggregate)
    downloads = sparsify(aggregate, ratio)
    for agent, part in enumerate([0, 20 / 40, 30 / 40]):
        expected = given.updates[agent] + downloads[agent] - part * given.uploads[agent]
        np.testing.assert_allclose(reward.updates[agent], expected)
    assert reward.is_evicted.tolist() == [True, False, False]


@pytest.mark.parametrize("valuation", ["cgsv_approx", "data_size"])
def test_interpolated_lies_between_the_server_and_the_own_model(valuation: str) -> None:
    """By worth where that is a cosine, and not below 0; otherwise by importance."""
    given = replace(
        settlement([0.1, 0.3, 0.6], valuation=valuation, n_validation=10), contribution=np.array([-0.2, 0.3, 0.7])
    )
    reward = paid("interpolated", given)
    server = sum(
        share * (start + sent) for share, start, sent in zip(given.importance, given.starts, given.uploads, strict=True)
    )
    np.testing.assert_allclose(given.server_params + reward.server_update, server)
    gammas = [0, 0.3, 0.7] if valuation == "cgsv_approx" else [1 / 6, 0.5, 1]
    for agent, gamma in enumerate(gammas):
        trained = given.starts[agent] + given.updates[agent]
        np.testing.assert_allclose(given.starts[agent] + reward.updates[agent], gamma * server + (1 - gamma) * trained)
    np.testing.assert_allclose(reward.ratio, gammas)
    assert reward.n_bytes.tolist() == [4 * N_PARAMS * (gamma > 0) for gamma in gammas]


@pytest.mark.parametrize("equality", [0.0, 0.3, 0.9])
def test_random_subset_is_the_mean_of_so_many_updates(equality: float) -> None:
    given = settlement([0.05, 0.1, 0.25, 0.6], 3, reward_equality=equality, sync_probability=0.0)
    reward = paid("random_subset", given)
    for agent, share in enumerate(given.importance):
        count = math.ceil((share / 0.6) ** (1 - equality) * 3)
        rng = random_stream(0, Stream.SHARED_UPDATES, agent, 3)
        rng.random()  # the draw that decides whether it is synchronised
        chosen = rng.permutation([other for other in range(4) if other != agent])[:count]
        vectors = [given.updates[agent], *(given.uploads[other] for other in chosen)]
        np.testing.assert_allclose(reward.updates[agent], sum(vectors) / (1 + count))
        assert reward.ratio[agent] == pytest.approx(count / 3)


def test_random_subset_shares_everything_at_full_equality() -> None:
    given = settlement([0.05, 0.1, 0.25, 0.6], reward_equality=1.0, sync_probability=0.0)
    reward = paid("random_subset", given)
    for agent in range(4):
        others = np.delete(given.uploads, agent, axis=0)
        np.testing.assert_allclose(reward.updates[agent], (given.updates[agent] + others.sum(axis=0)) / 4)
    assert reward.ratio.tolist() == [1, 1, 1, 1]


def test_random_subset_synchronises_with_its_probability() -> None:
    everybody = settlement([0.05, 0.1, 0.25, 0.6], sync_probability=1.0)
    np.testing.assert_allclose(
        everybody.starts + paid("random_subset", everybody).updates, np.tile(everybody.new_server_params, (4, 1))
    )
    n_synchronised = 0
    for round_index in range(200):
        given = settlement([0.05, 0.1, 0.25, 0.6], round_index, sync_probability=0.25)
        moved = given.starts + paid("random_subset", given).updates
        n_synchronised += sum(np.allclose(own, given.new_server_params) for own in moved)
    assert n_synchronised / 800 == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / 800))


def test_an_agents_subset_does_not_depend_on_the_others() -> None:
    fields = {"reward_equality": 0.0, "sync_probability": 0.0}
    one, other = (settlement(shares, **fields) for shares in ([0.3, 0.3, 0.4], [0.3, 0.2, 0.4]))
    np.testing.assert_array_equal(paid("random_subset", one).updates[0], paid("random_subset", other).updates[0])


@pytest.mark.parametrize(("fraction", "count"), [(0.01, 1), (0.25, 1), (0.3, 1), (0.5, 2), (0.75, 3), (1.0, 4)])
def test_sampled_sync_gives_the_servers_model_to_who_trains_the_next_round(fraction: float, count: int) -> None:
    given = settlement([0.05, 0.1, 0.25, 0.6], 20, sync_fraction=fraction)
    reward = paid("sampled_sync", given)
    assert reward.ratio.sum() == count
    takes_part = REWARD_RULES["sampled_sync"].takes_part
    assert takes_part is not None
    np.testing.assert_array_equal(reward.ratio == 1, takes_part(given.rules, given.importance, 21))
    for agent, is_set in enumerate(reward.ratio == 1):
        expected = given.new_server_params if is_set else given.starts[agent]  # who waits does not train on
        np.testing.assert_allclose(given.starts[agent] + reward.updates[agent], expected)
        assert reward.n_bytes[agent] == 4 * N_PARAMS * is_set


def test_everybody_takes_part_while_there_is_exploration() -> None:
    for round_index, count in ((0, 4), (6, 4), (7, 2)):
        drawn = drawn_agents(Scenario(exploration_rounds=7), np.full(4, 0.25), round_index)
        assert drawn.sum() == count
    assert paid("sampled_sync", settlement([0.25] * 4, 5, exploration_rounds=7)).ratio.tolist() == [1] * 4
    assert paid("sampled_sync", settlement([0.25] * 4, 6, exploration_rounds=7)).ratio.sum() == 2


@pytest.mark.parametrize("sharpness", [0.0, 3.0, 1000.0])
def test_agents_are_drawn_by_the_softmax(sharpness: float) -> None:
    shares, n_rounds = np.array([0.1, 0.2, 0.7]), 2_000
    weights = np.exp(sharpness * (shares - shares.max()))
    rules = Scenario(draw_sharpness=sharpness, sync_fraction=0.4, exploration_rounds=1)
    drawn = sum(drawn_agents(rules, shares, 1 + round_index).astype(int) for round_index in range(n_rounds))
    np.testing.assert_allclose(drawn / n_rounds, weights / weights.sum(), atol=4 * 0.5 / math.sqrt(n_rounds))
