"""A torch module that a program gives: trained as torch would, or refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cgs_core import CgsError, Scenario, Trace, iterate, run
from cgs_core.errors import AddedError, ExportError
from cgs_core.export.code import run_script
from cgs_core.export.report import run_report
from cgs_core.federation import given_model
from cgs_core.federation.torch_net import GivenNet
from cgs_core.version import RESULT_VERSION

WINE = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=2, local_epochs=1, batch_size=8)
N_INPUTS, N_CLASSES = 13, 3


class TwoLayers(nn.Module):
    def __init__(self, n_inputs: int, n_classes: int) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(n_inputs, 5), nn.LayerNorm(5), nn.Linear(5, n_classes)

    def forward(self, rows: Tensor) -> Tensor:
        logits: Tensor = self.last(torch.tanh(self.norm(self.first(rows))))
        return logits


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell, self.last = nn.LSTM(1, 4, batch_first=True), nn.Linear(4, N_CLASSES)

    def forward(self, rows: Tensor) -> Tensor:
        logits: Tensor = self.last(self.cell(rows[:, :, None])[0][:, -1])
        return logits


class Branching(TwoLayers):
    """Looks at a value: vmap cannot."""

    def forward(self, rows: Tensor) -> Tensor:
        logits = super().forward(rows)
        return logits if float(self.last.bias.detach().sum()) < 1e9 else 2 * logits


class Dropping(TwoLayers):
    def forward(self, rows: Tensor) -> Tensor:
        return super().forward(functional.dropout(rows, 0.5, self.training))


def of_two_inputs() -> nn.Module:
    return nn.Linear(2, N_CLASSES)


def lazy() -> nn.Module:
    return nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(N_CLASSES, bias=False))


def half_frozen(n_inputs: int, n_classes: int) -> nn.Module:
    module = TwoLayers(n_inputs, n_classes)
    module.first.requires_grad_(False)
    return module


RIGHT: dict[str, tuple[Callable[..., object], bool]] = {  # and whether its models train side by side
    "two layers": (TwoLayers, True),
    "a function": (lambda n_inputs, n_classes: nn.Linear(n_inputs, n_classes), True),
    "nothing asked": (lambda: nn.Linear(N_INPUTS, N_CLASSES), True),
    "lazy layers": (lazy, True),
    "recurrent": (Recurrent, False),
    "branching": (Branching, False),
}


def net(make: Callable[..., object], dtype: type = np.float64, scenario: Scenario = WINE) -> GivenNet:
    made = given_model(make, scenario, dtype)
    assert isinstance(made, GivenNet)
    return made


def samples(n_samples: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.standard_normal((n_samples, N_INPUTS)), rng.integers(0, N_CLASSES, n_samples)


def by_autograd(
    module: nn.Module, features: np.ndarray, labels: np.ndarray, rows: np.ndarray, rate: float
) -> np.ndarray:
    """One step of plain SGD."""
    optimizer = torch.optim.SGD(module.parameters(), rate)
    functional.cross_entropy(module(torch.from_numpy(features[rows])), torch.from_numpy(labels[rows])).backward()
    optimizer.step()
    return np.concatenate([one.detach().numpy().ravel() for one in module.parameters()])


@pytest.mark.parametrize(("make", "is_stacked"), RIGHT.values(), ids=RIGHT)
def test_a_step_is_autograds_and_the_start_is_the_modules_own(make: Callable[..., object], is_stacked: bool) -> None:
    model, (features, labels) = net(make), samples()
    assert model._is_stacked is is_stacked
    starts = [model.initial_params(np.random.default_rng(seed)) for seed in (0, 1)]
    assert starts[0].tobytes() == model.initial_params(np.random.default_rng(0)).tobytes() != starts[1].tobytes()
    batches = [[np.arange(5)], [np.arange(5, 12)]]
    trained = model.train(np.stack(starts), features, labels, batches, 0.1)
    judged = model.evaluate(trained, features, labels)
    for own, start, (rows,), loss in zip(trained, starts, batches, judged.loss, strict=True):
        module = model._made(0).double()
        nn.utils.vector_to_parameters(torch.from_numpy(start.copy()), module.parameters())
        expected = by_autograd(module, features, labels, rows, 0.1)
        np.testing.assert_allclose(own, expected, rtol=0, atol=1e-12)
        logits = module.eval()(torch.from_numpy(features))
        assert loss == pytest.approx(functional.cross_entropy(logits, torch.from_numpy(labels)).item(), abs=1e-12)


def test_the_last_layers_rows_are_found() -> None:
    model = net(TwoLayers)
    params = model.initial_params(np.random.default_rng(0))
    (rows,) = model.class_rows(params[None])
    np.testing.assert_array_equal(rows, np.concatenate([params[-18:-3].reshape(3, 5), params[-3:, None]], axis=1))
    (without_bias,) = net(lazy).class_rows(net(lazy).initial_params(np.random.default_rng(0))[None])
    assert without_bias.shape == (3, 5) and not without_bias[:, -1].any()


def test_what_is_frozen_is_no_parameter() -> None:
    model, (features, labels) = net(half_frozen), samples()
    assert model.n_params == 10 + 18 == sum(model.layer_sizes)
    start = model.initial_params(np.random.default_rng(0))[None]
    assert not np.array_equal(model.train(start, features, labels, [[np.arange(9)]], 0.1), start)
    assert run(WINE, model=half_frozen).is_complete


def test_a_run_gives_the_same_bytes_and_follows_the_seed() -> None:
    first, again = run(WINE, model=TwoLayers), run(WINE, model=TwoLayers)
    assert first.to_npz() == again.to_npz()
    assert first.to_csv() != run(WINE.replace(start_seed=1), model=TwoLayers).to_csv()
    assert first.to_csv() == Trace(WINE, tuple(iterate(WINE, model=TwoLayers))).to_csv()


def test_dropout_is_the_scenarios_and_an_agents_own_in_every_federation() -> None:
    torch.manual_seed(1)
    first = run(WINE, model=Dropping)
    torch.manual_seed(2)
    assert first.to_npz() == run(WINE, model=Dropping).to_npz() != run(WINE, model=TwoLayers).to_npz()
    model, (features, labels) = net(Dropping), samples()
    start = model.initial_params(np.random.default_rng(0))
    one, other = np.arange(5), np.arange(5, 10)
    trained = model.train(np.stack([start] * 3), features, labels, [[one, one], [other], [one, one]], 0.1)
    assert trained[0].tobytes() == trained[2].tobytes()
    alone = model.train(start[None], features, labels, [[one, one]], 0.1)
    assert alone[0].tobytes() == trained[0].tobytes()
    judged = [model.evaluate(start[None], features, labels).loss[0] for _ in range(2)]
    assert judged[0] == judged[1]


@pytest.mark.parametrize(
    ("fields", "make"),
    [
        (
            {"dataset": "digits"},
            lambda: nn.Sequential(nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(72, 10)),
        ),
        (
            {"dataset": "sentences", "model": "text_cnn"},
            lambda: nn.Sequential(nn.EmbeddingBag(10_000, 3), nn.Linear(3, 2)),
        ),
    ],
    ids=["pictures", "sentences"],
)
def test_pictures_and_sentences_come_as_rows(fields: dict[str, str], make: Callable[..., object]) -> None:
    scenario = Scenario(n_agents=2, n_samples=20, n_rounds=1, local_epochs=1, **fields)
    assert np.isfinite(run(scenario, model=make).rounds[0].loss).all()


class RandomElsewhere(TwoLayers):
    def forward(self, rows: Tensor) -> Tensor:
        return super().forward(rows) * (float(np.random.default_rng().random()) if self.training else 1)


REFUSED: dict[str, tuple[object, str]] = {
    "an instance": (
        TwoLayers(13, 3),
        "a class or a function that makes a module, so that it starts from the scenario's",
    ),
    "no module": (lambda: 7, "must make a torch.nn.Module; got int"),
    "one argument": (lambda n_inputs: nn.Linear(n_inputs, 3), "must need no argument, or n_inputs and n_classes"),
    "other inputs": (lambda: nn.Linear(14, 3), "must take rows of 13 numbers and give 3 for 'wine'; it failed"),
    "other classes": (
        lambda: nn.Linear(13, 4),
        r"must give 3 numbers a row for 'wine', shape \(5, 3\).*got shape \(5, 4\)",
    ),
    "no parameters": (lambda: nn.Flatten(), "must have parameters to train; it has none"),
    "batch norm": (lambda: nn.Sequential(nn.Linear(13, 3), nn.BatchNorm1d(3)), "take nn.GroupNorm or nn.LayerNorm"),
    "batch norm without memory": (
        lambda: nn.Sequential(nn.Linear(13, 3), nn.BatchNorm1d(3, track_running_stats=False)),
        "must give a row the same numbers whatever rows stand beside it",
    ),
    "random elsewhere": (RandomElsewhere, "must be random by torch's own generator alone"),
}


@pytest.mark.parametrize(("make", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_right_is_refused_with_a_sentence(make: Callable[..., object], why: str) -> None:
    with pytest.raises(AddedError, match=f"^model .*{why}"):
        run(WINE, model=make)


def test_a_valuation_that_needs_the_classes_rows_says_so() -> None:
    def without() -> nn.Module:
        return nn.Sequential(nn.Unflatten(1, (13, 1)), nn.Conv1d(13, 3, 1), nn.Flatten())

    with pytest.raises(AddedError, match="must have a linear layer that gives a number for each class"):
        run(WINE.replace(valuation="classwise_cosine"), model=without)


def test_without_torch_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cgs_core.federation.models.has_torch", lambda: False)
    with pytest.raises(AddedError, match="model TwoLayers: needs the package 'torch', which is not installed here"):
        run(WINE, model=TwoLayers)


@pytest.mark.parametrize("device", ["abacus", "cuda"])
def test_a_device_that_is_not_there_is_told(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CGS_DEVICE", device)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(
        CgsError, match=f"CGS_DEVICE: must be cpu, or cuda where torch finds such a device; got '{device}'"
    ):
        run(WINE, model=TwoLayers)


def test_the_trace_says_whose_model_it_is(tmp_path: Path) -> None:
    trace = run(WINE, model=TwoLayers)
    assert repr(trace).endswith("paid by sparsified, model TwoLayers given by a program>")
    assert trace.summary()["given_model"] == "TwoLayers" and "given_model" not in run(WINE).summary()
    trace.save(tmp_path)
    assert Trace.load(tmp_path).given_model == "TwoLayers"
    (tmp_path / "summary.json").unlink()
    assert Trace.load(tmp_path).given_model == ""


def test_the_trace_says_what_computed_it_and_files_say_what_they_were_told(tmp_path: Path) -> None:
    trace = run(WINE, model=TwoLayers)
    assert trace.engine == trace.summary()["engine"] == f"torch {torch.__version__} on cpu, results {RESULT_VERSION}"
    assert run(WINE).engine == f"numpy, results {RESULT_VERSION}"
    Trace(trace.scenario, trace.rounds, told_engine="abacus 1, results 3").save(tmp_path)
    assert Trace.load(tmp_path).engine == Trace.load(tmp_path).summary()["engine"] == "abacus 1, results 3"
    (tmp_path / "summary.json").unlink()
    assert Trace.load(tmp_path).engine == "unknown"


def test_what_needs_the_scenarios_model_is_refused() -> None:
    trace = run(WINE, model=TwoLayers)
    for export in (run_script, run_report):
        with pytest.raises(ExportError, match="not one that a program gave; got 'TwoLayers'"):
            export(trace)
