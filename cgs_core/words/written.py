"""A scenario's choices and settings, and a run's measures, as people read them."""

from __future__ import annotations

import math
from typing import Any

from cgs_core.figures.style import agent_name, percent, signed
from cgs_core.scenario import Scenario
from cgs_core.scenario.own_data import OwnData
from cgs_core.studies.side_by_side import Setting

WORDS = {
    "uniform": "equal shards",
    "powerlaw": "unequal sizes (power law)",
    "classimbalance": "unequal classes",
    "dirichlet": "skewed classes (Dirichlet)",
    "owners": "by owner",
    "logistic": "logistic regression",
    "mlp": "neural net, one hidden layer",
    "cnn": "small convolutional net",
    "paper_mnist": "the paper's net for MNIST",
    "paper_cifar": "the paper's net for CIFAR-10",
    "text_cnn": "small convolutional net for text",
    "global": "whole update (paper)",
    "layer": "layer by layer (authors' code)",
    "cgsv_approx": "cosine approximation (paper)",
    "cgsv_exact": "exact Shapley value",
    "data_size": "share of the data",
    "leave_one_out": "leave one out",
    "reconstructed_shapley": "reconstructed Shapley value",
    "validation_accuracy": "validation accuracy (CFFL)",
    "norm_weighted": "length along the aggregate (FedFAIM)",
    "classwise_cosine": "class-wise cosine (ShapFed)",
    "smoothed": "moving average (paper)",
    "cffl": "of its sinh (CFFL)",
    "importance": "importance (paper)",
    "loss_power": "data times a power of the loss (q-FFL)",
    "sparsified": "largest entries (paper)",
    "full": "everything (FedAvg)",
    "own": "nothing (alone)",
    "sparsified_or_evicted": "largest entries, or evicted (RFFL)",
    "interpolated": "between own and server's model (ShapFed)",
    "random_subset": "some others' updates (IAFL)",
    "sampled_sync": "server's model by lot",
}
CONDUCT_WORDS = {"honest": "honest", "free_rider": "uploads noise", "sign_flipper": "flips its update"}
MEASURES = {
    "fairness_score": ("Fairness (Pearson r)", "plain"),
    "mean_accuracy": ("Accuracy, mean over agents", "percent"),
    "worst_gain": ("Gain of the worst agent", "percent"),
    "min_accuracy": ("Accuracy, worst agent", "percent"),
    "max_accuracy": ("Accuracy, best agent", "percent"),
    "mean_gain": ("Gain over training alone, mean", "percent"),
    "rationality_score": ("Agents no worse than alone", "percent"),
    "jain_score": ("Equality (Jain index)", "plain"),
    "contribution_fairness_score": ("Contribution against accuracy (Pearson r)", "plain"),
    "mean_reward_ratio": ("Pay (reward ratio), mean", "percent"),
    "server_accuracy": ("Accuracy of the server's model", "percent"),
    "fedavg_accuracy": ("Accuracy of FedAvg's model", "percent"),
    "gini_gap": ("Inequality (Gini index)", "plain"),
    "proportionality_score": ("Gain in proportion to contribution (Jain index)", "plain"),
    "download_bytes": ("Download a round and agent", "bytes"),
    "valuation_pearson_score": ("Valuation against exact CGSV (Pearson r)", "plain"),
    "valuation_l1_error": ("Valuation against exact CGSV (distance)", "plain"),
}
"""The measures of a run, in the order of a table: title, how it is written."""


def written(value: float | None, style: str) -> str:
    """A measure's number; a dash where it is undefined."""
    if value is None:
        return "–"
    if style == "bytes":
        return f"{value / 1000:.1f} kB"
    return percent(value, 1) if style == "percent" else signed(f"{value:.3f}")


def setting_text(setting: Setting, place: int, scenario: Scenario) -> str:
    """One run's value of a setting as people read it; a dash for what is empty or not there."""
    value: Any = setting.values[place]
    if value is None:
        return "–"
    if setting.field == "copy_of":
        return agent_name(value)
    if setting.field == "classes":
        return ", ".join(scenario.info.class_names[label] for label in value)
    if setting.field == "conduct":
        return CONDUCT_WORDS[value]
    if setting.field == "dataset":
        return scenario.info.title
    if isinstance(value, OwnData):
        return f"{value.name}, {value.sha256[:8]}"
    if setting.field == "label_noise":
        return percent(value, 1)
    if isinstance(value, float):
        return "∞" if math.isinf(value) else signed(f"{value:g}")
    return WORDS.get(value, str(value)) if isinstance(value, str) else str(value)
