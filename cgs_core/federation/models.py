"""The models that a scenario may name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from cgs_core.errors import AddedError
from cgs_core.federation.convolutional import ARCHITECTURES, ConvolutionalNet
from cgs_core.federation.dense import DenseNet
from cgs_core.federation.model import Model
from cgs_core.federation.text import TextNet
from cgs_core.scenario import CHOICES, Row, Rows, Scenario


@dataclass(frozen=True)
class ModelRow(Row):
    """One row: ``build`` makes the architecture for a scenario's data, in float32 or float64.

    Its choice says by ``fits`` which data sets it is for.
    """

    kind = "model"

    build: Callable[[Scenario, type], Model]

    def of(self, scenario: Scenario, dtype: type) -> Model:
        """The model. Raises ``AddedError`` where what was built is none."""
        model = self.run(lambda: self.build(scenario, dtype))
        if not isinstance(model, Model):
            raise self.error(f"must build a cgs_core.federation.Model; got {type(model).__name__}")
        start = model.initial_params(np.random.default_rng(0)) if self.is_added else np.zeros(model.n_params)
        if start.shape != (model.n_params,) or sum(model.layer_sizes) != model.n_params:
            raise self.error(f"initial_params and layer_sizes must agree with n_params = {model.n_params}")
        return model

    def check(self) -> None:
        if not callable(self.build):
            raise self.error("build must be a function of a scenario and a type of number")


def _dense(scenario: Scenario, dtype: type) -> Model:
    hidden_units = scenario.hidden_units if scenario.model == "mlp" else None
    return DenseNet(scenario.info.n_features, hidden_units, scenario.info.n_classes, dtype)


def _convolutional(scenario: Scenario, dtype: type) -> Model:
    info = scenario.info
    return ConvolutionalNet(info.shape, info.n_classes, dtype, ARCHITECTURES[scenario.model])


def _text(scenario: Scenario, dtype: type) -> Model:
    return TextNet(scenario.info.n_words, scenario.info.n_classes, dtype)


MODELS = Rows(
    "model",
    {name: ModelRow(CHOICES["model"][name], _dense) for name in ("logistic", "mlp")}
    | {name: ModelRow(CHOICES["model"][name], _convolutional) for name in ARCHITECTURES}
    | {"text_cnn": ModelRow(CHOICES["model"]["text_cnn"], _text)},
)
"""What each agent trains, by the names of a scenario's ``model``."""


def given_model(make: Callable[..., object], scenario: Scenario, dtype: type = np.float32) -> Model:
    """What a program gives, a class of torch modules or a function that makes one, for the scenario's data.

    Raises ``AddedError`` where torch is not installed, or what it makes cannot be trained on these data.
    """
    name = f"model {given_name(make)}"
    if find_spec("torch") is None:
        raise AddedError(name, "needs the package 'torch', which is not installed here")
    from cgs_core.federation.torch_net import GivenNet  # takes seconds and 300 MB: only where it trains

    return GivenNet(make, scenario, dtype, name)


def given_name(make: Callable[..., object]) -> str:
    """What a program calls what it gives."""
    return str(getattr(make, "__name__", type(make).__name__))


def model_of(scenario: Scenario, dtype: type = np.float32) -> Model:
    """The scenario's architecture, for its data set's shape."""
    return MODELS[scenario.model].of(scenario, dtype)
