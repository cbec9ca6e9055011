"""Each reward rule against its definition in a few plain lines, and its limit cases."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from cgs_core.federation import sparsify
from cgs_core.mechanisms.reward_rules import REWARD_RULES, ROUNDS_BEFORE_EVICTION, Reward
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


def test_ratio_of_rffl_is_linear() -> None:
    given = settlement([0.2, 0.3, 0.5], round_index=100)
    reward = paid("sparsified_or_evicted", given)
    np.testing.assert_allclose(reward.ratio, [0.4, 0.6, 1.0])
    np.testing.assert_array_equal(reward.updates, sparsify(given.aggregate, reward.ratio))
    assert not reward.is_evicted.any()


@pytest.mark.parametrize(("rule", "limit"), [("smoothed", 1 / 9), ("cffl", 2 / 9)])
def test_who_has_too_little_is_evicted_after_ten_rounds(rule: str, limit: float) -> None:
    for below, is_evicted in ((1e-6, True), (-1e-6, False)):
        importance = [limit - below, 0.3, 0.7 - limit + below]
        late = paid("sparsified_or_evicted", settlement(importance, ROUNDS_BEFORE_EVICTION - 1, importance_rule=rule))
        assert late.is_evicted.tolist() == [is_evicted, False, False]
        assert (late.ratio[0] == 0) == is_evicted and (late.n_bytes[0] == 0) == is_evicted
        early = paid("sparsified_or_evicted", settlement(importance, ROUNDS_BEFORE_EVICTION - 2, importance_rule=rule))
        assert not early.is_evicted.any() and early.ratio[0] > 0


def test_interpolated_lies_between_the_server_and_the_own_model() -> None:
    given = settlement([0.1, 0.3, 0.6])
    reward = paid("interpolated", given)
    for agent, gamma in enumerate((1 / 6, 0.5, 1.0)):
        trained = given.starts[agent] + given.updates[agent]
        expected = gamma * given.new_server_params + (1 - gamma) * trained
        np.testing.assert_allclose(given.starts[agent] + reward.updates[agent], expected)
    np.testing.assert_allclose(given.starts[2] + reward.updates[2], given.new_server_params)  # gamma = 1
    np.testing.assert_allclose(reward.ratio, [1 / 6, 0.5, 1])
    assert reward.n_bytes.tolist() == [4 * N_PARAMS] * 3


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


@pytest.mark.parametrize(("fraction", "count"), [(0.01, 1), (0.25, 1), (0.3, 2), (0.5, 2), (1.0, 4)])
def test_sampled_sync_gives_the_servers_model_to_a_fraction(fraction: float, count: int) -> None:
    given = settlement([0.05, 0.1, 0.25, 0.6], sync_fraction=fraction)
    reward = paid("sampled_sync", given)
    assert reward.ratio.sum() == count
    for agent, is_synchronised in enumerate(reward.ratio == 1):
        trained = given.starts[agent] + given.updates[agent]
        expected = given.new_server_params if is_synchronised else trained
        np.testing.assert_allclose(given.starts[agent] + reward.updates[agent], expected)
        assert reward.n_bytes[agent] == 4 * N_PARAMS * is_synchronised


@pytest.mark.parametrize("altruism_degree", [0.2, 1.0, INFINITY])
def test_sampled_sync_draws_by_the_softmax(altruism_degree: float) -> None:
    shares, n_rounds = [0.1, 0.2, 0.7], 2_000
    weights = np.exp(np.array(shares) / altruism_degree)
    drawn = np.zeros(3)
    for round_index in range(n_rounds):
        drawn += paid(
            "sampled_sync", settlement(shares, round_index, sync_fraction=0.01, altruism_degree=altruism_degree)
        ).ratio
    np.testing.assert_allclose(drawn / n_rounds, weights / weights.sum(), atol=4 * 0.5 / math.sqrt(n_rounds))
