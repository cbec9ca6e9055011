"""A lesson: its screens and questions, the scenarios that they are about, and the truth, computed from their runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from cgs_core.errors import LessonError
from cgs_core.lessons.functions import Functions
from cgs_core.lessons.lines import line_of
from cgs_core.lessons.parts import CHOSEN, Arrows, Check, PlanItem, Question, Step
from cgs_core.lessons.truths import Truth, truth_of
from cgs_core.records import Trace
from cgs_core.records.game import RetrainedGame
from cgs_core.scenario import Scenario

N_SEEDS = 10
"""Over so many seeds a lesson's truth is tried."""

MAIN = "main"
LESSON_FILE = "lesson.toml"


@dataclass(frozen=True)
class Job:
    """Something to be trained: a scenario's run, or its retrained game (``cgs_core.runs.kinds`` has the same names)."""

    scenario: Scenario
    kind: Literal["run", "retrained_game"] = "run"


class Runs(Protocol):
    """What a function of truth.py reads, by the lesson's names of scenarios and arrows."""

    def scenario(self, name: str = MAIN) -> Scenario:
        """A scenario itself, for what is known before anything is trained."""

    def trace(self, name: str = MAIN) -> Trace:
        """The finished run of a scenario."""

    def game(self, name: str = MAIN) -> RetrainedGame:
        """The finished retrained game of a scenario."""

    def arrows(self, name: str = MAIN) -> Arrows:
        """Arrows of the lesson."""


Finished = Mapping[Job, Trace | RetrainedGame]


@dataclass(frozen=True)
class Lesson:
    """A lesson, on one seed.

    Attributes
    ----------
    name: of its folder, without the number: "from-worth-to-pay". number: where it stands in the course, if it does.
    minutes: how long it takes in a class: the sum of those of the plan, which is the teacher's.
    scenarios, arrows: by the names that steps and functions use.
    steps: the screens, in order. checks: the two questions of before and after.
    """

    name: str
    number: int | None
    title: str
    minutes: float
    aim: str
    plan: tuple[PlanItem, ...]
    scenarios: Mapping[str, Scenario]
    arrows: Mapping[str, Arrows]
    steps: tuple[Step, ...]
    checks: tuple[Check, Check]
    folder: Path
    functions: Functions
    lines: Mapping[tuple[str | int, ...], int]
    seed_index: int = 0

    @property
    def misconception(self) -> Step | None:
        """The screen that names it."""
        return next((step for step in self.steps if step.kind == "misconception"), None)

    @property
    def predictions(self) -> tuple[Step, ...]:
        """The screens that ask for one, in order."""
        return tuple(step for step in self.steps if step.question is not None)

    def needs(self, step: Step, chosen: int = 0) -> tuple[Job, ...]:
        """What must have been trained before the step's functions are called, and its result is drawn.

        Parameters
        ----------
        chosen: of a step with a change, the option that the learner has chosen.
        """
        drawn = [step.scenario or CHOSEN] if step.result not in (None, "arrows") else []
        runs = [self._scenario(step, name, chosen) for name in (*step.runs, *drawn)]
        games = [self._scenario(step, name, chosen) for name in step.games]
        jobs = [*(Job(one) for one in runs), *(Job(one, "retrained_game") for one in games)]
        return tuple(dict.fromkeys(jobs))

    def first_setting(self, step: Step) -> int:
        """Which option of a step with a change is shown at first: that of the main scenario, or the first one."""
        options = () if step.change is None else step.change.options
        return next((place for place, option in enumerate(options) if option.scenario == MAIN), 0)

    def chosen_scenario(self, step: Step, chosen: int = 0) -> Scenario | None:
        """Of which scenario the step's pictures are; None where they are of arrows, or there are none."""
        name = step.scenario or CHOSEN
        return self._scenario(step, name, chosen) if self._is_there(step, name, chosen) else None

    def chosen_arrows(self, step: Step, chosen: int = 0) -> Arrows | None:
        """Of which arrows the step's pictures are, if of any."""
        name = step.arrows if step.change is None else step.change.options[chosen].arrows or step.arrows
        return None if name is None else self.arrows[name]

    def truth(self, step: Step, finished: Finished) -> Truth:
        """The right answer to the step's question, and how clear it is.

        Raises
        ------
        LessonError: the function fails, reads what the step does not name, or gives no such number.
        """
        question = _asked(step)
        given = self._call(question.truth, step, 0, finished)
        try:
            return truth_of(question, given)
        except ValueError as error:
            functions = self.functions
            raise LessonError(functions.place, functions.line(question.truth), f"{question.truth}: {error}") from None

    def given(self, step: Step, finished: Finished, chosen: int = 0) -> dict[str, Any]:
        """The facts of the step's own text, which may be told before an answer; {} where it names no function."""
        return self._facts(step.given, step, chosen, finished)

    def facts(self, step: Step, finished: Finished, chosen: int = 0) -> dict[str, Any]:
        """The facts of the texts that are shown after an answer or a click, by the names in their braces."""
        return self._facts(step.facts, step, chosen, finished)

    def claim(self, step: Step, finished: Finished) -> float | None:
        """By how much what the step says is so, above 0 where it is; None where it makes no claim."""
        return None if step.claim is None else float(self._call(step.claim, step, 0, finished))

    def with_seed(self, index: int) -> Lesson:
        """The lesson on another seed: of ``N_SEEDS``, 0 is the one that is shown. Arrows have none."""
        moved = {
            name: scenario.replace(
                data_seed=_moved(scenario.data_seed, index), start_seed=_moved(scenario.start_seed, index)
            )
            for name, scenario in self.scenarios.items()
        }
        return replace(self, scenarios=moved, seed_index=index)

    def place(self, *path: str | int) -> tuple[str, int]:
        """File and line of something in lesson.toml."""
        return f"{self.folder.name}/{LESSON_FILE}", line_of(dict(self.lines), path)

    def _facts(self, function: str | None, step: Step, chosen: int, finished: Finished) -> dict[str, Any]:
        given = {} if function is None else self._call(function, step, chosen, finished)
        if not isinstance(given, Mapping):
            functions, name = self.functions, str(function)
            raise LessonError(
                functions.place, functions.line(name), f"{name}: must give a dict of facts; got {given!r:.80}"
            )
        return dict(given)

    def _call(self, function: str, step: Step, chosen: int, finished: Finished) -> Any:
        return self.functions.call(function, _StepRuns(self, step, chosen, finished))

    def _is_there(self, step: Step, name: str, chosen: int) -> bool:
        return self._named(step, name, chosen) in self.scenarios

    def _scenario(self, step: Step, name: str, chosen: int) -> Scenario:
        return self.scenarios[self._named(step, name, chosen)]

    def _named(self, step: Step, name: str, chosen: int) -> str:
        """The lesson's name of a scenario: of "chosen", the change's, or the main one where nothing is changed."""
        if name != CHOSEN:
            return name
        return MAIN if step.change is None else step.change.options[chosen].scenario or MAIN


@dataclass(frozen=True)
class _StepRuns:
    """The ``Runs`` of one step: only what it names is there, so that ``Lesson.needs`` is all that is needed."""

    lesson: Lesson
    step: Step
    chosen: int
    finished: Finished

    def scenario(self, name: str = MAIN) -> Scenario:
        known = [*self.lesson.scenarios, *([] if self.step.change is None else [CHOSEN])]
        if name not in known:
            raise ValueError(f"scenario: of {', '.join(known) or 'none'}; got {name!r}")
        return self.lesson._scenario(self.step, name, self.chosen)

    def trace(self, name: str = MAIN) -> Trace:
        found = self._found(name, "run", self.step.runs)
        assert isinstance(found, Trace)
        return found

    def game(self, name: str = MAIN) -> RetrainedGame:
        found = self._found(name, "retrained_game", self.step.games)
        assert isinstance(found, RetrainedGame)
        return found

    def arrows(self, name: str = MAIN) -> Arrows:
        if name == CHOSEN:
            found = self.lesson.chosen_arrows(self.step, self.chosen)
            if found is not None:
                return found
        if name not in self.lesson.arrows:
            raise ValueError(f"arrows: of {', '.join(self.lesson.arrows) or 'none'}; got {name!r}")
        return self.lesson.arrows[name]

    def _found(
        self, name: str, kind: Literal["run", "retrained_game"], named: tuple[str, ...]
    ) -> Trace | RetrainedGame:
        if name not in named:
            field = "runs" if kind == "run" else "games"
            allowed = f"a scenario that the step {self.step.title!r} names under {field}: {', '.join(named) or 'none'}"
            raise ValueError(f"{allowed}; got {name!r}")
        return self.finished[Job(self.lesson._scenario(self.step, name, self.chosen), kind)]


def _asked(step: Step) -> Question:
    if step.question is None:
        raise ValueError(f"step: one with a question; got {step.title!r}")
    return step.question


def _moved(seed: int, index: int) -> int:
    return (seed + index) % 2**32
