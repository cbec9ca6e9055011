"""The server of a federation of one's own: one round by hand, who is absent, what is refused, and going on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cgs_core import RecordError, Scenario, ScenarioError
from cgs_core.data import federated_data
from cgs_core.federation import Server, ServerRound, model_of, sparsify
from cgs_core.federation.local_training import LocalTrainer
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.randomness import Stream, random_stream
from cgs_core.reward import reward_ratio, update_importance
from tests.federation.helpers import federation, rounds, small

FACTS = ("contribution", "importance", "reward_ratio", "gram", "reward_length", "download_bytes", "weight")


def drawn(n_agents: int, n_params: int = 12, seed: int = 0) -> np.ndarray:
    """Updates (n, D) that agree in part."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_agents, n_params)) + 0.5


def assert_same(one: ServerRound, other: ServerRound) -> None:
    """To the byte, and in the same words."""
    for name in (*FACTS, "update_length", "is_present", "is_evicted"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
    assert one.refused == other.refused and one.round_index == other.round_index
    for mine, theirs in zip(one.rewards, other.rewards, strict=True):
        assert (mine is None) == (theirs is None) and (mine is None or mine.tobytes() == theirs.tobytes())


# -- one round -----------------------------------------------------------------------------------------------------


def test_two_rounds_by_hand() -> None:
    updates, n_samples, rules = drawn(3), np.array([10, 30, 60]), Scenario(altruism_degree=2.0)
    server, importance, weight = Server(3, rules), np.zeros(3), n_samples / 100
    for round_index in range(2):
        done = server.round(updates, n_samples)
        scaled = rules.update_norm * updates / (np.linalg.norm(updates, axis=1, keepdims=True) + 1e-7)
        aggregate = weight @ scaled
        worth = scaled @ aggregate / np.linalg.norm(scaled, axis=1) / np.linalg.norm(aggregate)
        importance = update_importance(importance, worth, rules.importance_smoothing)
        ratio = reward_ratio(importance, 2.0)
        np.testing.assert_allclose(done.weight, weight, rtol=1e-12)
        np.testing.assert_allclose(done.contribution, worth, rtol=1e-12)
        np.testing.assert_allclose(done.importance, importance, rtol=1e-12)
        np.testing.assert_allclose(done.reward_ratio, ratio, rtol=1e-12)
        np.testing.assert_allclose(done.rewards, sparsify(aggregate, ratio), rtol=1e-12)
        np.testing.assert_allclose(done.update_length, np.linalg.norm(updates, axis=1), rtol=1e-12)
        assert done.round_index == round_index and server.round_index == round_index + 1
        weight = importance


@pytest.mark.parametrize(
    "name", ["cgsv", "rffl", "fedavg", "fedfaim", "iafl", "shapfed", "sampled_sync", "fltrust", "q_ffl"]
)
def test_a_loop_of_ones_own_is_the_engine(name: str) -> None:
    """The changes of the engine's local training go through ``round``, the rewards are added: the same run."""
    scenario = with_mechanism(small(n_validation=20, n_rounds=12, importance_smoothing=0.5), name)
    data, net = federated_data(scenario), model_of(scenario, np.float64)
    trainer = LocalTrainer(scenario, data, net, np.float64)
    start = net.initial_params(random_stream(scenario.start_seed, Stream.INITIAL_PARAMS))
    server = Server(3, scenario, start=start, class_rows=net.class_rows, server_update=trainer.server_update)
    models, everybody = np.tile(start, (3, 1)), np.ones((1, 3), np.bool_)
    sizes = [shard.n_samples for shard in data.shards]
    for played in rounds(scenario, [federation(scenario)], data):
        updates, scale = trainer.updates(models[None], everybody, played.round_index)
        losses = trainer.losses(models, np.arange(3))
        done = server.round(scale[0][:, None] * updates[0], sizes, starts=models, losses=losses)
        models = models + done.rewards
        for fact in FACTS:
            np.testing.assert_allclose(getattr(done, fact), getattr(played.exchanges[0], fact), atol=1e-6, err_msg=fact)
        np.testing.assert_allclose(models, played.params[0], atol=1e-6)
        np.testing.assert_allclose(server.server_model, played.server_params[0], atol=1e-6)


def test_layers_are_a_flat_vector_in_order() -> None:
    flat = drawn(3).astype(np.float32)
    layered = [[row[:6].reshape(2, 3), row[6:]] for row in flat]
    named = [{"a.weight": row[:6].reshape(2, 3), "b.bias": row[6:]} for row in flat]
    expected = Server(3).round(flat)
    for updates in (layered, named, [tuple(layers) for layers in layered], list(flat)):
        done = Server(3).round(updates)
        assert done.importance.tobytes() == expected.importance.tobytes()
        for reward, update, wanted in zip(done.rewards, updates, expected.rewards, strict=True):
            assert type(reward) is type(update)
            parts = (
                reward.values() if isinstance(reward, dict) else [reward] if isinstance(reward, np.ndarray) else reward
            )
            assert np.concatenate([part.ravel() for part in parts]).tobytes() == wanted.tobytes()
            assert all(part.dtype == np.float32 for part in parts)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_tensors_come_back_as_tensors(dtype: torch.dtype) -> None:
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1)).to(dtype)
    updates = [{name: tensor.detach() * (agent + 1) for name, tensor in net.state_dict().items()} for agent in range(3)]
    updates[1] = dict(net.named_parameters())  # that a gradient is kept of
    done = Server(3).round(updates, torch.tensor([1, 2, 3]))
    assert done.refused == {} and done.contribution == pytest.approx(1, abs=1e-2)
    for reward in done.rewards:
        assert list(reward) == list(net.state_dict())
        assert all(part.dtype == dtype and part.shape == net.state_dict()[name].shape for name, part in reward.items())
    stacked = torch.stack([torch.cat([part.ravel() for part in update.values()]) for update in updates])
    rewards = Server(3).round(stacked).rewards
    assert isinstance(rewards, torch.Tensor) and rewards.dtype == dtype and rewards.shape == stacked.shape


def test_layer_scope_masks_each_layer() -> None:
    updates = [[row[:6], row[6:]] for row in drawn(3)]
    rules = Scenario(mask_scope="layer", altruism_degree=0.1)
    done = Server(3, rules).round(updates, [1, 5, 9])
    whole = [np.concatenate(reward) for reward in done.rewards]
    np.testing.assert_array_equal(whole, sparsify(np.concatenate(done.server_update), done.reward_ratio, [6, 6]))
    with pytest.raises(ScenarioError, match="mask_scope: 'layer' needs updates that are layers"):
        Server(3, rules).round(drawn(3))


# -- who is there --------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("pppan"), min_size=4, max_size=4), min_size=1, max_size=5),
    st.sampled_from(["cgsv_exact", "cgsv", "rffl", "fedavg", "foolsgold", "banzhaf", "fedce"]),
    st.integers(0, 1000),
)
def test_whoever_is_there_the_invariants_hold(pattern: list[list[str]], name: str, seed: int) -> None:
    """p is present, a is absent, n sends numbers that are none."""
    server = Server(4, with_mechanism(Scenario(), name))
    for round_index, letters in enumerate(pattern):
        updates: list[Any] = list(drawn(4, seed=seed + round_index))
        for agent, letter in enumerate(letters):
            updates[agent] = None if letter == "a" else updates[agent] * np.nan if letter == "n" else updates[agent]
        active = server.is_active.copy()
        done = server.round(updates, [1, 2, 3, 4])
        is_there = np.array([letter == "p" for letter in letters]) & active
        np.testing.assert_array_equal(done.is_present, is_there)
        assert set(done.refused) == {agent for agent in range(4) if letters[agent] != "a" and not is_there[agent]}
        assert done.importance.sum() == pytest.approx(1) and done.importance.min() >= 0
        for values in (done.contribution, done.reward_ratio, done.weight, done.download_bytes, done.gram):
            assert not values[~is_there].any()
        assert [reward is not None for reward in done.rewards] == is_there.tolist()
        if is_there.any():
            assert done.weight.sum() == pytest.approx(1)
        if name == "cgsv_exact" and is_there.any():
            assert done.contribution.sum() == pytest.approx(1)


def test_the_importance_of_who_is_absent_follows_the_rule_with_worth_0() -> None:
    server, rules = Server(3), Scenario()
    before = server.round(drawn(3)).importance
    updates: list[Any] = [*drawn(3)]
    updates[1] = None
    done = server.round(updates)
    expected = update_importance(before, done.contribution, rules.importance_smoothing)
    np.testing.assert_array_equal(done.importance, expected)
    np.testing.assert_allclose(done.weight, np.array([before[0], 0, before[2]]) / (before[0] + before[2]))
    among = expected[[0, 2]] / expected[[0, 2]].sum()
    np.testing.assert_allclose(done.reward_ratio[[0, 2]], reward_ratio(among, rules.altruism_degree))


def test_present_says_who_of_an_array_is_there() -> None:
    updates: list[Any] = [*drawn(3)]
    as_array = Server(3).round(drawn(3), present=[True, False, True])
    updates[1] = None
    as_list = Server(3).round(updates)
    assert as_array.importance.tobytes() == as_list.importance.tobytes()
    assert not as_array.rewards[1].any() and as_array.rewards[0].tobytes() == as_list.rewards[0].tobytes()


def test_a_round_in_which_nobody_is_there_is_the_rule_with_worth_0() -> None:
    server = Server(3)
    before = server.round(drawn(3)).importance
    done = server.round([None, None, None])
    np.testing.assert_array_equal(done.importance, update_importance(before, np.zeros(3), 0.95))
    assert done.rewards == [None] * 3 and done.server_update is None and server.round_index == 2


def test_who_joins_weighs_its_share_of_the_data_first() -> None:
    server = Server(2)
    before = server.round(drawn(2), [1, 1]).importance
    assert server.join() == [2]
    done = server.round(drawn(3), [1, 1, 2])
    np.testing.assert_allclose(done.weight, [before[0] / 2, before[1] / 2, 0.5])
    expected = update_importance([*before, 0], done.contribution, 0.95)
    np.testing.assert_array_equal(done.importance, expected)


def test_who_leaves_keeps_no_importance_and_is_refused() -> None:
    server = Server(3)
    before = server.round(drawn(3)).importance
    server.leave(1)
    np.testing.assert_allclose(server.importance, [before[0], 0, before[2]] / (before[0] + before[2]))
    done = server.round(drawn(3))
    assert done.importance[1] == 0 and "takes no part any more" in done.refused[1]
    with pytest.raises(ValueError, match="agent: the place of one that takes part"):
        server.leave(1)
    for agent in (0, 2):
        server.leave(agent)
    with pytest.raises(ValueError, match="nobody is left"):
        server.round(drawn(3))


def test_who_is_evicted_is_told() -> None:
    rules = with_mechanism(Scenario(importance_smoothing=0.5), "rffl")
    server, updates = Server(4, rules), drawn(4)
    updates[0] *= -1
    records = [server.round(updates) for _ in range(12)]
    assert [done.is_evicted.any() for done in records] == [False] * 10 + [True, False]
    assert records[10].is_evicted.tolist() == [True, False, False, False]
    assert records[11].importance[0] == 0 and records[11].refused.keys() == {0}


# -- what cannot be used -----------------------------------------------------------------------------------------

BAD: dict[str, tuple[Any, str]] = {
    "nan": (np.full(12, np.nan), "update: finite numbers; got nan"),
    "infinity": (np.full(12, np.inf), "update: finite numbers; got inf"),
    "shape": (np.ones(5), "update: must be one array: \\(12,\\); got one array: \\(5,\\)"),
    "structure": ([np.ones(12)], "got a list of layers: \\(12,\\)"),
    "integers": (np.ones(12, int), "update: the update must have floating-point numbers"),
    "text": ("hello", "update: must be an array, a list of arrays .*; got str"),
    "numbers": ([0.1] * 12, "layer 0 must be an array or a tensor; got float"),
    "nothing": ([], "at least one number"),
    "objects": (np.array([None] * 12), "floating-point numbers"),
    "too long": (np.full(12, 1e300), "its length must be a number"),
}


@pytest.mark.parametrize("kind", BAD)
def test_who_sends_what_cannot_be_used_is_told_and_harms_nobody(kind: str) -> None:
    bad, sentence = BAD[kind]
    clean: list[Any] = [*drawn(4)]
    clean[2] = None
    spoilt = [*clean]
    spoilt[2] = bad
    for first in (False, True):  # in the first round too, when the server does not yet know how updates lie
        server, other = Server(4), Server(4)
        if not first:
            server.round(drawn(4)), other.round(drawn(4))
        done, expected = server.round(spoilt), other.round(clean)
        assert list(done.refused) == [2]
        with pytest.raises(ValueError, match=sentence):
            raise ValueError(done.refused[2])
        assert done.rewards[2] is None
        for name in FACTS:
            assert getattr(done, name).tobytes() == getattr(expected, name).tobytes()


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf, None, "many"])
def test_who_says_an_impossible_number_of_samples_is_told(bad: object) -> None:
    done = Server(3).round(drawn(3), [1, bad, 2])
    assert list(done.refused) == [1] and done.refused[1].startswith("n_samples: ")
    np.testing.assert_allclose(done.weight, [1 / 3, 0, 2 / 3])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"updates": drawn(2)}, "updates: one entry an agent, 3 of them; got 2"),
        ({"updates": drawn(3)[0, :3]}, "updates: an array has the shape"),
        ({"updates": None}, "updates: one entry an agent, 3 of them; got NoneType"),
        ({"updates": drawn(3), "n_samples": [1, 2]}, "n_samples: one entry an agent"),
        ({"updates": drawn(3), "n_samples": 7}, "n_samples: one entry an agent, 3 of them; got int"),
        ({"updates": drawn(3), "present": [True]}, "present: one entry an agent"),
    ],
)
def test_what_is_no_agents_fault_is_an_error_and_changes_nothing(arguments: dict[str, Any], sentence: str) -> None:
    server, other = Server(3), Server(3)
    with pytest.raises(ValueError, match=sentence):
        server.round(**arguments)
    assert_same(server.round(drawn(3)), other.round(drawn(3)))


# -- rules that need more ----------------------------------------------------------------------------------------

KNOWN: dict[str, Any] = {
    "start": np.zeros(12),
    "class_rows": lambda params: params.reshape(len(params), 3, -1),
    "validation_accuracy": lambda params: 0.5 + 0.4 * np.sin(params.sum(axis=1)),
    "validation_gradient": lambda params: np.cos(params),
    "validation_loss": lambda params: 1 + np.cos(params.sum(axis=1)),
    "server_update": lambda server_params, round_index: np.ones(12),
}
OF_ROUND: dict[str, Any] = {"starts": np.zeros((3, 12)), "losses": [0.5, 1.0, 2.0]}


def played(name: str, given: set[str]) -> ServerRound:
    known = {need: value for need, value in KNOWN.items() if need in given}
    server = Server(3, with_mechanism(Scenario(n_validation=10), name), **known)
    return server.round(drawn(3), [1, 2, 3], **{need: value for need, value in OF_ROUND.items() if need in given})


def refusal(name: str, given: set[str]) -> str | None:
    try:
        played(name, given)
    except ScenarioError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", [name for name in MECHANISMS if ":" not in name])
def test_a_rule_needs_what_it_says_and_no_more(name: str) -> None:
    """One thing after the other is asked for by name, until all that is needed is there; then the round is whole."""
    given: set[str] = set()
    while (missing := refusal(name, given)) is not None:
        field, _, rest = missing.partition(": ")
        needs, without, _ = rest.partition("; without: ")
        named = {need for need in (*KNOWN, *OF_ROUND) if need in needs.split()}
        assert field in ("valuation", "reward_rule", "aggregation_weight") and without
        assert named and not named & given
        given |= named
    done, full = played(name, given), played(name, {*KNOWN, *OF_ROUND})
    assert done.refused == {} and done.is_present.all()
    assert done.importance.tobytes() == full.importance.tobytes() and done.rewards.tobytes() == full.rewards.tobytes()
    if name in ("cgsv", "cgsv_exact", "fedavg", "standalone", "rffl"):
        assert given == set()


def test_a_valuation_for_few_agents_is_refused_for_more() -> None:
    rules = Scenario(valuation="least_core")
    with pytest.raises(ScenarioError, match="n_agents: must be at most 10"):
        Server(11, rules)
    with pytest.raises(ScenarioError, match="n_agents: must be at most 10"):
        Server(10, rules).join()


@pytest.mark.parametrize("n_agents", [0, -1, 2.5, True, "five"])
def test_a_number_of_agents_that_is_none(n_agents: Any) -> None:
    with pytest.raises(ScenarioError, match="n_agents: must be a whole number"):
        Server(n_agents)


# -- going on ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cgsv", "foolsgold", "rffl", "stratified_cgsv", "sampled_sync"])
def test_going_on_from_a_file_is_going_on_to_the_byte(name: str, tmp_path: Path) -> None:
    rules = with_mechanism(Scenario(altruism_degree=float("inf"), exploration_rounds=2), name)
    whole = Server(3, rules, start=np.zeros(12))
    parted = Server(3, rules, start=np.zeros(12))
    for round_index in range(14):
        updates, present = drawn(3, seed=round_index), [round_index % 3 > 0, True, True]
        assert_same(*(one.round(updates, [1, 2, 3], present=present, starts=updates) for one in (whole, parted)))
        parted.save(tmp_path / "server.npz")
        parted = Server.load(tmp_path / "server.npz")
        if round_index == 5:
            whole.state()  # looking at it changes nothing
    assert [path.name for path in tmp_path.iterdir()] == ["server.npz"]


def test_a_state_is_arrays_and_json() -> None:
    server = Server(2)
    server.round([{"b": np.ones((2, 2)), "a": np.ones(3)}, None])
    state = server.state()
    rest = {name: value for name, value in state.items() if not isinstance(value, np.ndarray)}
    again = Server.from_state({**state, **json.loads(json.dumps(rest))})
    assert repr(again) == repr(server) and again.state().keys() == state.keys()
    assert "must be layers by name: a (3,), b (2, 2)" in again.round([None, np.ones(7)]).refused[1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "other"),
        ("version", 2),
        ("importance", np.array([0.5, 0.6, 0.7])),
        ("importance", np.array([0.5, np.nan, 0.5])),
        ("is_active", np.ones(3)),
        ("is_new", np.ones(2, np.bool_)),
        ("contribution", np.array([None] * 3)),
        ("round_index", -1),
        ("server_params", np.ones(5)),
        ("rules", {"valuation": "unknown"}),
        ("layout", {"kind": "one array", "names": [], "shapes": []}),
    ],
)
def test_a_state_that_is_none_is_refused(field: str, value: object) -> None:
    server = Server(3)
    server.round(drawn(3))
    with pytest.raises(RecordError, match="no state of a server, or it is damaged"):
        Server.from_state(server.state() | {field: value})
    with pytest.raises(RecordError, match=f"lacks '{field}'"):
        Server.from_state({name: own for name, own in server.state().items() if name != field})


def test_a_damaged_or_foreign_file_is_refused(tmp_path: Path) -> None:
    server = Server(3)
    server.round(drawn(3))
    path = tmp_path / "server.npz"
    server.save(path)
    whole = path.read_bytes()
    np.savez(tmp_path / "foreign.npz", weights=np.ones(3))
    np.savez(tmp_path / "pickled.npz", header=np.array({"a": 1}, dtype=object))
    np.save(tmp_path / "one.npy", np.ones(3))
    foreign = [(tmp_path / name).read_bytes() for name in ("foreign.npz", "pickled.npz", "one.npy")]
    for damaged in (b"", b"hello", whole[: len(whole) // 2], *foreign):
        path.write_bytes(damaged)
        with pytest.raises(RecordError, match=r"server\.npz: this is no state of a server, or it is damaged"):
            Server.load(path)
    expected = Server.from_state(server.state()).round(drawn(3))
    n_refused = 0
    for place in range(0, len(whole), 7):  # a bit of a byte here and there: refused, or it says nothing
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        try:
            assert_same(Server.load(path).round(drawn(3)), expected)
        except RecordError:
            n_refused += 1
    assert n_refused > 100
