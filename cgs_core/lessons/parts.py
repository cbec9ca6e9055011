"""The parts of a lesson, as they are written in its file: frozen, validated values.

A text may hold **bold** and *slanted* words, and facts in braces, such as ``{share:.0%}``. A function of truth.py gives
them: the one that the step names under ``given`` those that may be told before an answer, ``facts`` those of after.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cgs_core.contribution import gram_of_arrows
from cgs_core.typing import Gram

StepKind = Literal["read", "predict", "manipulate", "misconception", "follow_up"]
QuestionKind = Literal["order", "number", "choice", "card"]
PlainPicture = Literal["shards", "samples", "arrows"]
ResultPicture = Literal[
    "ledger", "contribution", "pay", "accuracy", "gain", "class_accuracy", "lattice", "marginals", "arrows"
]
MAX_WORDS = 60
"""Of a screen."""

CHOSEN = "chosen"
"""What a step with a change calls the scenario, or the arrows, that the learner has chosen."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")]


class Part(BaseModel):
    """A frozen value without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Option(Part):
    """One thing to choose, to put in order, or to tick.

    ``told`` is what the answer means, shown after it was given. ``value``: where the truth is a number, the number
    that this option stands for.
    """

    key: Key
    label: Text
    told: str = ""
    value: float | None = None


class Question(Part):
    """What the learner predicts, and how the prediction is held against the runs.

    order: the options, the largest value first. number: from ``low`` to ``high``. choice: one option. card: tick
    the options that are so.

    ``margin``, in the truth's unit, says how clear the truth must be: of an order the least gap between neighbours, of
    a choice the gap to the next option (to the border, where options stand for numbers), of a card the least distance
    from ``border``, above which an option is so; a number may differ by so much. ``expected`` is the answer that the
    texts explain.
    """

    kind: QuestionKind
    text: Text
    truth: str
    margin: float = Field(ge=0)
    reveal: Text
    unit: str = ""
    options: tuple[Option, ...] = Field((), alias="option")
    expected: str | tuple[str, ...] | None = None
    border: float = 0.0
    low: float | None = None
    high: float | None = None
    step: float | None = Field(None, gt=0)
    wrong: str = ""
    too_low: str = ""
    too_high: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Of its options, in the order of the file."""
        return tuple(option.key for option in self.options)


class ChangeOption(Part):
    """One setting that a learner may choose: a scenario of the lesson, or arrows."""

    label: Text
    scenario: str | None = None
    arrows: str | None = None


class Change(Part):
    """What a learner may change: one of several settings (``Lesson.first_setting``: which is shown at first)."""

    label: Text
    options: tuple[ChangeOption, ...] = Field(alias="option", min_length=2)


class Step(Part):
    """One screen.

    Attributes
    ----------
    picture: what is drawn from the start; it has no result in it.
    result: what is drawn once the answer is committed, or in a step that asks nothing.
    scenario, arrows: of which scenario, and of which arrows of the lesson, the pictures are.
    runs, games: names of the scenarios whose runs and retrained games its functions read ("chosen": the change's).
    given: the function of truth.py that gives the numbers of ``text``, which a learner is told before it answers.
    facts: the function that gives those of the texts that are shown after an answer, or a click.
    claim: the function that says by how much its text is true, above 0 where it is.
    told: of a step with a change, what is said of the chosen setting.
    answer: what is said after a click: to a follow-up question, or what is so instead of a misconception.
    """

    kind: StepKind
    title: Text
    text: Text
    picture: PlainPicture | None = None
    result: ResultPicture | None = None
    scenario: str | None = None
    arrows: str | None = None
    runs: tuple[str, ...] = ()
    games: tuple[str, ...] = ()
    given: str | None = None
    facts: str | None = None
    claim: str | None = None
    question: Question | None = None
    change: Change | None = None
    told: str = ""
    answer: str = ""


class Check(Part):
    """A question that is asked before the lesson and after it; ``right`` is the key of the right answer."""

    text: Text
    options: tuple[Option, ...] = Field(alias="option", min_length=2)
    right: str
    why: Text


class PlanItem(Part):
    """A line of the teacher's plan."""

    minutes: float = Field(gt=0)
    what: Text


class Arrows(Part):
    """Updates in the plane, as arrows: lengths of at least 0, and angles in degrees."""

    lengths: tuple[float, ...] = Field(min_length=1)
    angles: tuple[float, ...] = Field(min_length=1)

    @property
    def gram(self) -> Gram:
        """(n_agents, n_agents), their inner products."""
        return gram_of_arrows(np.array(self.lengths), np.array(self.angles))


class LessonFile(Part):
    """What stands in lesson.toml; scenarios are read by ``loader``."""

    title: Text
    minutes: float = Field(gt=0)
    aim: Text
    plan: tuple[PlanItem, ...] = Field(min_length=1)
    scenarios: dict[str, dict[str, object]] = Field({}, alias="scenario")
    arrows: dict[str, Arrows] = {}
    steps: tuple[Step, ...] = Field(alias="step", min_length=1)
    checks: tuple[Check, Check] = Field(alias="check")
