"""Rows that a program adds: of every kind they run, are checked whenever they run, and are told where broken."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from typing import Any

import numpy as np
import pytest

from cgs_core import Agent, Scenario, ScenarioError, run
from cgs_core.data.partition import Partition
from cgs_core.errors import AddedError, CgsError
from cgs_core.federation.conducts import ConductRow
from cgs_core.federation.dense import DenseNet
from cgs_core.federation.models import ModelRow
from cgs_core.figures import mechanism_look
from cgs_core.mechanisms import MECHANISMS, ImportanceRule, Reward, RewardRule, Valuation, with_mechanism
from cgs_core.scenario import Choice, Row, choices_of, field_facts, register
from cgs_core.scenario.registry import GROUPS, forget
from tests.federation.test_given_model import TwoLayers

WINE = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3)


def choice(unit: str = "share") -> Choice:
    return Choice("Mine", "A row of this test.", unit=unit)


ROWS: dict[str, Row] = {
    "valuation": Valuation(choice(), lambda given: given.n_samples / given.n_samples.sum()),
    "reward_rule": RewardRule(
        choice(),
        lambda given, importance: Reward(
            np.broadcast_to(given.aggregate / 2, given.uploads.shape),
            np.full(given.n_agents, 0.5),
            np.full(given.n_agents, 8),
            np.zeros(given.n_agents, np.bool_),
        ),
    ),
    "importance_rule": ImportanceRule(
        choice(), lambda before, earned, smoothing: np.full(len(before), 1 / len(before))
    ),
    "split": Partition(
        choice(),
        lambda labels, settings, rng: np.array_split(rng.permutation(len(labels)), settings.n_agents),
        is_label_skewed=False,
    ),
    "conduct": ConductRow(choice(), lambda updates, length, stream: updates / 2),
    "model": ModelRow(
        choice(), lambda scenario, dtype: DenseNet(scenario.info.n_features, 3, scenario.info.n_classes, dtype)
    ),
}


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    for kind in GROUPS:
        for name in [name for name in choices_of(kind) if ":" in name]:
            forget(kind, name)


def with_row(kind: str, name: str) -> Scenario:
    fields: dict[str, Any] = {"agents": (Agent(conduct=name),)} if kind == "conduct" else {kind: name}
    return WINE.replace(**fields)


def test_there_is_a_row_of_every_kind() -> None:
    assert set(ROWS) == set(GROUPS) == {row.kind for row in ROWS.values()}


@pytest.mark.parametrize("kind", ROWS)
def test_a_row_of_every_kind_runs_and_is_offered_under_its_name(kind: str) -> None:
    register(ROWS[kind], "mine:own", version="2")
    scenario = with_row(kind, "mine:own")
    assert run(scenario).is_complete
    assert Scenario.from_link(scenario.to_link()) == scenario != WINE
    assert scenario.added_versions == ("mine:own==2",) and WINE.added_versions == ()
    assert choices_of(kind)["mine:own"].title == "Mine (mine)"
    assert field_facts(kind, Agent if kind == "conduct" else Scenario).choices[-1] == "mine:own"


def test_the_numbers_are_those_of_the_row() -> None:
    register(ROWS["valuation"], "mine:own")
    register(ROWS["reward_rule"], "mine:own")
    trace = run(WINE.replace(valuation="mine:own", reward_rule="mine:own"))
    np.testing.assert_allclose(trace.stack("contribution"), np.tile(trace.rounds[0].contribution, (3, 1)))
    np.testing.assert_array_equal(trace.stack("reward_ratio"), 0.5)
    np.testing.assert_allclose(trace.stack("reward_length"), 0.5, rtol=1e-6)


def test_a_conduct_changes_what_is_sent_of_its_agent_alone() -> None:
    register(ROWS["conduct"], "mine:own")
    honest, halved = run(WINE).rounds[0].gram, run(with_row("conduct", "mine:own")).rounds[0].gram
    np.testing.assert_allclose(halved[0], honest[0] * [0.25, 0.5, 0.5], rtol=1e-5)
    np.testing.assert_allclose(halved[1:, 1:], honest[1:, 1:], rtol=1e-6)


def test_a_valuation_and_a_reward_rule_are_mechanisms() -> None:
    register(ROWS["valuation"], "mine:worth")
    register(ROWS["reward_rule"], "mine:pay")
    worth, pay = with_mechanism(WINE, "mine:worth"), with_mechanism(WINE, "mine:pay")
    assert (worth.valuation, worth.reward_rule) == ("mine:worth", "sparsified")
    assert (pay.valuation, pay.reward_rule) == ("cgsv_approx", "mine:pay")
    assert list(MECHANISMS)[-2:] == ["mine:pay", "mine:worth"] and len(MECHANISMS) == len(list(MECHANISMS))


def test_sixty_mechanisms_look_different() -> None:
    for number in range(60 - len(MECHANISMS)):
        register(ROWS["valuation"], f"mine:n{number}")
    looks = [mechanism_look(name) for name in MECHANISMS]
    assert len({(look.color, look.symbol) for look in looks}) == len(looks) == 60


BROKEN = {
    "raises": (Valuation(choice(), lambda given: given.nothing), "failed, AttributeError"),  # type: ignore[attr-defined]
    "is not finite": (Valuation(choice(), lambda given: np.full(4, np.inf)), "got inf for agent 1 in round 1"),
    "has another shape": (Valuation(choice(), lambda given: np.ones((4, 1))), r"shape \(4,\); got shape \(4, 1\)"),
    "has no unit": (Valuation(choice("metres"), lambda given: np.ones(4)), "one of cosine, share, length, accuracy"),
    "pays too few": (
        RewardRule(choice(), lambda given, importance: Reward(given.updates[1:], importance, importance, importance)),
        r"updates must have the shape \(4, 12\); got \(3, 12\)",
    ),
    "does not pay": (RewardRule(choice(), lambda given, importance: None), "must give a Reward; got NoneType"),
    "sums to two": (ImportanceRule(choice(), lambda before, earned, smoothing: 2 * before + 2), "that sum to 1"),
    "forgets an agent": (
        Partition(choice(), lambda labels, settings, rng: [np.arange(3)] * 3, is_label_skewed=False),
        "rows of 4 agents; got 3",
    ),
    "leaves one empty": (
        Partition(choice(), lambda labels, settings, rng: [np.arange(0)] * 4, is_label_skewed=False),
        "at least one row an agent.*not so for agent 1",
    ),
    "sends text": (ConductRow(choice(), lambda updates, length, stream: updates[:, :1]), r"got shape \(2, 1\)"),
    "has no title": (Valuation(Choice("", "Nothing."), lambda given: np.ones(4)), "a title of 1 to 60 letters"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_row_that_fails_its_trial_is_refused(fault: str) -> None:
    row, told = BROKEN[fault]
    with pytest.raises(AddedError, match=told):
        register(row, "mine:own")
    assert "mine:own" not in choices_of(row.kind)


def test_what_a_model_lacks_is_told_when_it_is_built() -> None:
    register(ModelRow(choice(), lambda scenario, dtype: object()), "mine:own")  # type: ignore[arg-type, return-value]
    with pytest.raises(AddedError, match=r"model 'mine:own': must build a cgs_core\.federation\.Model; got object"):
        run(with_row("model", "mine:own"))


def test_a_row_that_fails_later_ends_its_run_with_its_name_and_round() -> None:
    late = Valuation(choice(), lambda given: np.full(given.n_agents, 1.0 if given.round_index < 2 else np.nan))
    register(late, "mine:own")
    with pytest.raises(AddedError, match=r"valuation 'mine:own': must give finite .*; got nan for agent 1 in round 3"):
        run(with_row("valuation", "mine:own"))


@pytest.mark.parametrize("name", ["mine", "mine:", ":own", "mine:own:two", "my mine:own", "mine:1st", "mine:own\n"])
def test_a_name_is_a_package_and_a_name(name: str) -> None:
    with pytest.raises(ScenarioError, match='must be "package:name"'):
        register(ROWS["valuation"], name)


def test_a_name_is_given_once() -> None:
    register(ROWS["valuation"], "mine:own")
    with pytest.raises(ScenarioError, match="must be another one"):
        register(ROWS["valuation"], "mine:own")
    register(ROWS["conduct"], "mine:own")  # of another kind it is free


def test_a_torch_module_that_a_row_names_is_the_one_that_a_program_could_give() -> None:
    register(ModelRow(choice(), "tests.federation.test_given_model:TwoLayers"), "mine:net")
    scenario = with_row("model", "mine:net")
    assert run(scenario).to_csv() == run(WINE, model=TwoLayers).to_csv() != run(WINE).to_csv()
    assert scenario.added_versions == ("mine:net==0", f"torch=={metadata.version('torch')}")


def test_the_device_is_in_the_fingerprint_of_what_torch_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    register(ModelRow(choice(), "tests.federation.test_given_model:TwoLayers"), "mine:net")
    monkeypatch.setenv("CGS_DEVICE", "abacus")
    assert "CGS_DEVICE==abacus" in with_row("model", "mine:net").added_versions and WINE.added_versions == ()
    with pytest.raises(
        CgsError, match="CGS_DEVICE: must be cpu, or cuda where torch finds such a device; got 'abacus'"
    ):
        run(with_row("model", "mine:net"))


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("TwoLayers", r'must say where a torch module stands, as "package\.module:Name"; got \'TwoLayers\''),
        ("not_there.nets:Net", "needs the package 'not_there', which is not installed here"),
    ],
)
def test_a_place_where_no_module_can_be_is_refused(place: str, told: str) -> None:
    with pytest.raises(AddedError, match=told):
        register(ModelRow(choice(), place), "mine:net")


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("tests.federation.nothing_here:Net", r"model 'mine:net': failed, ModuleNotFoundError: No module named"),
        ("tests.federation.test_given_model:Nothing", "model 'mine:net': failed, AttributeError"),
        (
            "tests.federation.test_given_model:of_two_inputs",
            "model 'mine:net': must take rows of 13 numbers and give 3",
        ),
    ],
)
def test_a_module_that_cannot_be_trained_is_told_where_it_trains(place: str, told: str) -> None:
    register(ModelRow(choice(), place), "mine:net")
    with pytest.raises(AddedError, match=told):
        run(with_row("model", "mine:net"))
