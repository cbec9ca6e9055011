"""The models that a scenario may name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pkgutil import resolve_name

import numpy as np

from cgs_core.engines import has_torch, torch_versions
from cgs_core.errors import AddedError, CgsError
from cgs_core.federation.convolutional import ARCHITECTURES, ConvolutionalNet
from cgs_core.federation.dense import DenseNet
from cgs_core.federation.flat_net import FlatNet
from cgs_core.federation.model import Model
from cgs_core.federation.text import TextNet
from cgs_core.records.engine_check import why_no_check
from cgs_core.scenario import CHOICES, Row, Rows, Scenario


@dataclass(frozen=True)
class ModelRow(Row):
    """One row: ``build`` makes the architecture for a scenario's data, in float32 or float64.

    Its choice says by ``fits`` which data sets it is for.

    Attributes
    ----------
    build: a function of a scenario and a type of number that gives a ``Model``; or where a torch module stands,
        "package.module:Name": its class, or a function that makes one (docs/how-to/own-model.md). That module and torch
        are loaded where the model trains, in a worker or a program, and it is tried there.
    """

    kind = "model"

    build: Callable[[Scenario, type], Model] | str

    def of(self, scenario: Scenario, dtype: type) -> Model:
        """The model. Raises ``AddedError`` where what was built is none."""
        build = self.build
        if isinstance(build, str):
            self._check_place(build)
            made: Callable[..., object] = self.run(lambda: resolve_name(build))
            return _torch_model(made, scenario, dtype, f"model '{self.name}'")
        model = self.run(lambda: build(scenario, dtype))
        if not isinstance(model, Model):
            raise self.error(f"must build a cgs_core.federation.Model; got {type(model).__name__}")
        start = model.initial_params(np.random.default_rng(0)) if self.is_added else np.zeros(model.n_params)
        if start.shape != (model.n_params,) or sum(model.layer_sizes) != model.n_params:
            raise self.error(f"initial_params and layer_sizes must agree with n_params = {model.n_params}")
        return model

    def check(self) -> None:
        """What the server can see without loading the module: whether torch and its package are there."""
        if isinstance(self.build, str):
            self._check_place(self.build)
        elif not callable(self.build):
            raise self.error('build must be a function of a scenario and a type of number, or "package.module:Name"')

    def _check_place(self, place: str) -> None:
        if not _PLACE.fullmatch(place):
            raise self.error(f'build must say where a torch module stands, as "package.module:Name"; got {place!r}')
        for package in ("torch", place.partition(":")[0].partition(".")[0]):
            if find_spec(package) is None:
                raise self.error(f"needs the package '{package}', which is not installed here")

    @property
    def stands_on(self) -> tuple[str, ...]:
        """Torch with its version, and the device if it is not the processor, for a torch module."""
        return torch_versions() if isinstance(self.build, str) else ()


_PLACE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)


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
    if not has_torch():
        raise AddedError(name, "needs the package 'torch', which is not installed here")
    return _torch_model(make, scenario, dtype, name)


def _torch_model(make: Callable[..., object], scenario: Scenario, dtype: type, name: str) -> Model:
    from cgs_core.federation.torch_net import GivenNet  # takes seconds and 300 MB: only where it trains

    return GivenNet(make, scenario, dtype, name)


def second_model(scenario: Scenario, dtype: type = np.float32) -> Model:
    """The scenario's model by torch, where it is one of NumPy's: the same flat vectors, start and steps.

    Raises ``CgsError`` where torch is not installed, or the model is not one that comes with this package.
    """
    if why := why_no_check(scenario):
        raise CgsError(why)
    from cgs_core.federation.torch_net import bundled_net

    plain = model_of(scenario, dtype)
    assert isinstance(plain, FlatNet)
    return bundled_net(plain, scenario, dtype)


def given_name(make: Callable[..., object]) -> str:
    """What a program calls what it gives."""
    return str(getattr(make, "__name__", type(make).__name__))


def model_of(scenario: Scenario, dtype: type = np.float32) -> Model:
    """The scenario's architecture, for its data set's shape."""
    return MODELS[scenario.model].of(scenario, dtype)
