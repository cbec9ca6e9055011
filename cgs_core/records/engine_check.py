"""What a run's check by another engine leaves behind: how far the engines are apart, round by round."""

from __future__ import annotations

from dataclasses import dataclass

from cgs_core.engines import has_torch
from cgs_core.records.frozen import FrozenRecord, RecordedRounds
from cgs_core.scenario import CHOICES, Scenario

ENGINE_TOLERANCE = 1e-9
"""Two engines that compute the same round from the same models are no further apart, in double precision.

Rounding leaves less than 1e-13 after a round of training. What is wrong in an engine (a gradient, a mini-batch, an
entry that is paid or is not) moves parameters by a good part of an update, whose entries are 1e-4 and more. There is
room in between; training that is close to diverging magnifies rounding, and may use it up.
"""


@dataclass(frozen=True, eq=False, repr=False)
class CheckRecord(FrozenRecord):
    """One round, computed by both engines in float64 from the models with which the run began it.

    A difference is the largest absolute one, divided by the largest number of its kind if that is above 1.

    Attributes
    ----------
    params: of a parameter of any model after the round: the agents' and the server's, of the chosen mechanism,
        of training alone and of FedAvg.
    worth: of what an agent's upload was worth.
    pay: of an agent's importance, reward ratio or reward length.
    shown_worth, shown_pay: the same between the run itself, which is float32, and the other engine in float64.
    engine: the other engine, its version and device, such as "torch 2.13.0 on cpu".
    """

    params: float
    worth: float
    pay: float
    shown_worth: float
    shown_pay: float
    engine: str

    @property
    def largest(self) -> float:
        """Of the differences between the engines."""
        return max(self.params, self.worth, self.pay)

    @property
    def agrees(self) -> bool:
        """Whether rounding explains the differences between the engines."""
        return self.largest <= ENGINE_TOLERANCE


@dataclass(frozen=True, eq=False, repr=False)
class EngineCheck(RecordedRounds[CheckRecord]):
    """The rounds so far of a run's check (``is_complete`` when all have been checked)."""

    @property
    def agrees(self) -> bool:
        """Whether the engines agree in every round."""
        return all(record.agrees for record in self.rounds)

    @property
    def worst(self) -> CheckRecord:
        """The round in which the engines are furthest apart."""
        return max(self.rounds, key=lambda record: record.largest)


def why_no_check(scenario: Scenario) -> str:
    """Why a scenario's run cannot be computed by another engine here, as a sentence; "" where it can."""
    if scenario.model not in CHOICES["model"]:
        return f"There is no second engine for the model '{scenario.model}', which another package has added."
    if not has_torch():
        return "Checking a run takes the package 'torch', which is not installed here."
    return ""
