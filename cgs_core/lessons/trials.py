"""A lesson's truth on ten seeds: it must hold with its margin in at least nine, or the lesson is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cgs_core.lessons.lesson import N_SEEDS, Finished, Job, Lesson
from cgs_core.lessons.parts import Question, Step
from cgs_core.lessons.truths import Truth, agrees

MOST_MISSES = 1
"""Of the seeds: on so many a truth may be another, or less clear."""


@dataclass(frozen=True)
class Trial:
    """One thing that a lesson says, on several seeds, the shown one first.

    Attributes
    ----------
    what: a prediction's truth, or the claim of another step.
    truths: of a truth, one a seed. by: of a claim, by how much it is so, one a seed.
    held: on which seeds it is so.
    """

    step: Step
    what: Literal["truth", "claim"]
    truths: tuple[Truth, ...]
    by: tuple[float, ...]
    held: tuple[bool, ...]
    is_as_explained: bool = True

    @property
    def is_held(self) -> bool:
        """On the shown seed, on all others but ``MOST_MISSES``, and as the lesson's texts explain it."""
        return self.held[0] and self.held.count(False) <= MOST_MISSES and self.is_as_explained


def jobs_of(lesson: Lesson) -> tuple[Job, ...]:
    """Everything that a lesson's screens need, on its own seed."""
    jobs: dict[Job, None] = {}
    for step in lesson.steps:
        for chosen in range(1 if step.change is None else len(step.change.options)):
            jobs |= dict.fromkeys(lesson.needs(step, chosen))
    return tuple(jobs)


def jobs_of_trials(lesson: Lesson, n_seeds: int = N_SEEDS) -> tuple[Job, ...]:
    """What its trials read: of the screens that ask or claim something, on so many seeds."""
    steps = [step for step in lesson.steps if step.question is not None or step.claim is not None]
    seeds = [lesson.with_seed(index) for index in range(n_seeds)]
    return tuple(dict.fromkeys(job for one in seeds for step in steps for job in one.needs(step)))


def trials(lesson: Lesson, finished: Finished, n_seeds: int = N_SEEDS) -> list[Trial]:
    """What a lesson says, tried on so many seeds.

    Parameters
    ----------
    finished: the rounds of ``jobs_of_trials(lesson, n_seeds)``.

    Raises
    ------
    LessonError: a function of the lesson fails, or gives what it may not.
    """
    seeds = [lesson.with_seed(index) for index in range(n_seeds)]
    tried = []
    for step in lesson.steps:
        if step.question is not None:
            tried.append(_truth_trial(step, step.question, [one.truth(step, finished) for one in seeds]))
        if step.claim is not None:
            by = tuple(one.claim(step, finished) or 0.0 for one in seeds)
            tried.append(Trial(step, "claim", (), by, tuple(one > 0 for one in by)))
    return tried


def _truth_trial(step: Step, question: Question, truths: Sequence[Truth]) -> Trial:
    held = tuple(agrees(question, truth, truths[0]) for truth in truths)
    expected, answer = question.expected, truths[0].answer
    is_as_explained = expected is None or (
        set(expected) == set(answer) if question.kind == "card" and isinstance(answer, tuple) else expected == answer
    )
    return Trial(step, "truth", tuple(truths), tuple(truth.margin for truth in truths), held, is_as_explained)
