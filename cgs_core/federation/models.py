"""The models that a scenario may name."""

from __future__ import annotations

import numpy as np

from cgs_core.federation.convolutional import ARCHITECTURES, ConvolutionalNet
from cgs_core.federation.dense import DenseNet
from cgs_core.federation.model import Model
from cgs_core.federation.text import TextNet
from cgs_core.scenario import Scenario


def model_of(scenario: Scenario, dtype: type = np.float32) -> Model:
    """The scenario's architecture, for its data set's shape."""
    info = scenario.info
    if scenario.model in ARCHITECTURES:
        return ConvolutionalNet(info.shape, info.n_classes, dtype, ARCHITECTURES[scenario.model])
    if scenario.model == "text_cnn":
        return TextNet(info.n_words, info.n_classes, dtype)
    hidden_units = scenario.hidden_units if scenario.model == "mlp" else None
    return DenseNet(info.n_features, hidden_units, info.n_classes, dtype)
