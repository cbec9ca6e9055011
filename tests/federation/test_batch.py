"""A batch of mechanisms: each record is, to the byte, that of its scenario alone."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.federation import model_of
from cgs_core.federation.experiment import iterate, iterate_batch, last_records, run, run_batch
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.scenario import MECHANISM_FIELDS, Agent, Scenario, choices_now, field_facts

SMALL = Scenario(
    dataset="wine",
    n_agents=4,
    n_samples=60,
    n_rounds=12,  # beyond the first eviction
    n_validation=30,
    importance_smoothing=0.5,
    agents=(Agent(label_noise=0.5), Agent(conduct="sign_flipper"), Agent(copy_of=0)),
)
BASES = {
    "mlp": SMALL,
    "scheming": SMALL.replace(
        n_agents=6,
        agents=(
            Agent(conduct="echo"),
            Agent(conduct="colluder"),
            Agent(conduct="private"),
            Agent(conduct="colluder"),
            Agent(conduct="overstater"),
            Agent(shell_of=4),
        ),
    ),
    "climbing": SMALL.replace(n_agents=5, agents=(Agent(conduct="climber"), Agent(conduct="climber", label_noise=0.8))),
    "plane": SMALL.replace(dataset="moons", n_rounds=3),
    "cnn": SMALL.replace(dataset="digits", model="cnn", n_rounds=2, local_epochs=1),
    "digits": Scenario(n_rounds=2, n_validation=50),
    "many": SMALL.replace(dataset="moons", n_agents=26, agents=(), n_samples=None, n_rounds=2, local_epochs=1),
}


@pytest.mark.parametrize("base", BASES)
def test_a_record_of_a_batch_is_that_of_its_scenario_alone(base: str) -> None:
    possible = [name for name, row in MECHANISMS.items() if row.valuation in choices_now("valuation", BASES[base])]
    batch = [with_mechanism(BASES[base], name) for name in possible]
    traces = run_batch(batch)
    for record, trace in zip(last_records(batch), traces, strict=True):
        assert record.to_bytes() == trace.rounds[-1].to_bytes()
    for scenario, trace in zip(batch, traces, strict=True):
        assert trace.scenario == scenario and trace.is_complete
        for together, alone in zip(trace.rounds, iterate(scenario), strict=True):
            assert together.to_bytes() == alone.to_bytes()


def test_the_last_records_by_torch_are_those_of_numpy_but_for_rounding() -> None:
    (plain,), (by_torch,) = (last_records([BASES["cnn"]], engine=engine) for engine in ("numpy", "torch"))
    assert by_torch.gram.tobytes() != plain.gram.tobytes()
    np.testing.assert_allclose(by_torch.gram, plain.gram, rtol=0, atol=1e-5)
    np.testing.assert_allclose(by_torch.importance, plain.importance, rtol=0, atol=1e-5)


def test_mechanisms_of_a_batch_differ() -> None:
    traces = run_batch([with_mechanism(SMALL, name) for name in MECHANISMS])
    last = [trace.rounds[-1] for trace in traces]
    assert len({record.loss.tobytes() for record in last}) == len(MECHANISMS)
    assert len({record.standalone_accuracy.tobytes() for record in last}) == 1
    assert len({record.fedavg_accuracy for record in last}) == 1


def test_the_references_are_the_mechanisms_of_their_names() -> None:
    alone, fedavg = run_batch([with_mechanism(SMALL, name) for name in ("standalone", "fedavg")])
    np.testing.assert_array_equal(alone.stack("accuracy"), alone.stack("standalone_accuracy"))
    np.testing.assert_array_equal(fedavg.stack("accuracy"), fedavg.stack("fedavg_accuracy")[:, None].repeat(4, axis=1))
    np.testing.assert_array_equal(fedavg.stack("server_accuracy"), fedavg.stack("fedavg_accuracy"))
    assert not alone.stack("download_bytes").any() and not alone.stack("reward_ratio").any()
    assert (fedavg.stack("reward_ratio") == 1).all()
    assert (fedavg.stack("download_bytes") == 4 * model_of(SMALL).n_params).all()


@pytest.mark.parametrize("name", MECHANISM_FIELDS)
def test_scenarios_may_differ_in_how_they_pay(name: str) -> None:
    facts = field_facts(name)
    number = 1 if isinstance(getattr(SMALL, name), int) else 0.25
    other = SMALL.replace(**{name: facts.choices[1] if facts.choices else number}, n_rounds=2)
    plain, changed = run_batch([SMALL.replace(n_rounds=2), other])
    assert [record.to_bytes() for record in changed.rounds] == [record.to_bytes() for record in run(other).rounds]
    assert plain.scenario != changed.scenario


@pytest.mark.parametrize(
    "change", [{"n_rounds": 3}, {"start_seed": 1}, {"n_validation": 31}, {"update_norm": 0.5}, {"agents": ()}]
)
def test_scenarios_that_train_differently_are_refused(change: dict[str, object]) -> None:
    (name,) = change
    with pytest.raises(ValueError, match=f"differ in {name}$"):
        iterate_batch([SMALL, SMALL.replace(**change)])
    with pytest.raises(ValueError, match=f"differ in {name}$"):
        last_records([SMALL, SMALL.replace(**change)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_handed_on(dtype: type) -> None:
    ((record,), *_) = iterate_batch([SMALL], dtype)
    assert record.to_bytes() == next(iterate(SMALL, dtype)).to_bytes()
