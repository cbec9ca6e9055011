"""What is measured of a run: each measure once, with its title, its head in a table, its unit and what it is.

The numbers are those of ``Trace.summary``, under the same names (``cgs_core.metrics``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Unit = Literal["", "percent", "points", "bytes"]


@dataclass(frozen=True)
class Measure:
    """A measure as people read it.

    ``unit``: a fraction is written in percent, a difference of fractions in points. ``is_more_better`` is None where
    neither more nor less is better.
    """

    title: str
    head: str  # of a column, where there is less room
    unit: Unit
    definition: str
    is_more_better: bool | None

    @property
    def is_fraction(self) -> bool:
        """Whether it is a fraction, or a difference of two."""
        return self.unit in ("percent", "points")

    @property
    def column(self) -> str:
        """The head of a column of numbers, which say their unit by themselves but for points."""
        return f"{self.head} (points)" if self.unit == "points" else self.head


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "fairness_score": Measure(
            "Fairness (Pearson r)",
            "Fairness (r)",
            "",
            "Correlation of accuracy alone and final accuracy, over the agents: the paper's fairness. "
            "It is an observation of this run, not a guarantee.",
            True,
        ),
        "mean_accuracy": Measure(
            "Accuracy, mean over agents",
            "Accuracy, mean",
            "percent",
            "Final accuracy: the part of the test samples that a model gets right.",
            True,
        ),
        "worst_gain": Measure(
            "Gain of the worst agent",
            "Gain, worst",
            "points",
            "Final accuracy less that of training alone, in percentage points; the smallest of the agents.",
            True,
        ),
        "min_accuracy": Measure(
            "Accuracy, worst agent",
            "Accuracy, worst",
            "percent",
            "Final accuracy of the least accurate model.",
            True,
        ),
        "max_accuracy": Measure(
            "Accuracy, best agent", "Accuracy, best", "percent", "Final accuracy of the most accurate model.", True
        ),
        "mean_gain": Measure(
            "Gain over training alone, mean",
            "Gain, mean",
            "points",
            "Final accuracy less that of training alone, in percentage points.",
            True,
        ),
        "rationality_score": Measure(
            "Agents no worse than alone",
            "No worse than alone",
            "percent",
            "Part of the agents that end at least as accurate as alone.",
            True,
        ),
        "jain_score": Measure(
            "Equality (Jain index)",
            "Equality (Jain)",
            "",
            "1 when all models are equally accurate, 1/n when one has it all; opposed to fairness by design.",
            True,
        ),
        "contribution_fairness_score": Measure(
            "Worth against accuracy (Pearson r)",
            "Worth against accuracy (r)",
            "",
            "Correlation of mean worth and final accuracy, over the agents.",
            True,
        ),
        "mean_reward_ratio": Measure(
            "Pay (reward ratio), mean",
            "Pay, mean",
            "percent",
            "Mean over rounds and agents of the part that came back.",
            None,
        ),
        "server_accuracy": Measure(
            "Accuracy of the server's model",
            "Accuracy, server",
            "percent",
            "Of the model that sums up all shared updates, from which no agent starts.",
            None,
        ),
        "fedavg_accuracy": Measure(
            "Accuracy of FedAvg's model",
            "Accuracy, FedAvg",
            "percent",
            "Of the model that federated averaging gives everybody.",
            None,
        ),
        "gini_gap": Measure(
            "Inequality (Gini index)",
            "Inequality (Gini)",
            "",
            "0 when all models are equally accurate, towards 1 when one has it all.",
            False,
        ),
        "proportionality_score": Measure(
            "Gain in proportion to worth (Jain index)",
            "Gain by worth (Jain)",
            "",
            "1 when everybody gains in proportion to its mean worth.",
            True,
        ),
        "download_bytes": Measure(
            "Download a round and agent",
            "Download a round",
            "bytes",
            "Mean over rounds and agents of the bytes that come back.",
            False,
        ),
        "valuation_pearson_score": Measure(
            "Valuation against exact CGSV (Pearson r)",
            "To exact CGSV (r)",
            "",
            "The value that drove the pay against the exact CGSV, mean over the rounds.",
            True,
        ),
        "valuation_l1_error": Measure(
            "Valuation against exact CGSV (distance)",
            "To exact CGSV (distance)",
            "",
            "The same as a distance: sum of the differences of the shares; 0 where they agree.",
            False,
        ),
    }
)
"""By name, in the order of a table."""
