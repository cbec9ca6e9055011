"""Lessons: screens, a prediction, and a truth that is computed from runs; each a folder of two files."""

from cgs_core.errors import LessonError
from cgs_core.lessons.lesson import LESSON_FILE, MAIN, N_SEEDS, Finished, Job, Lesson, Runs
from cgs_core.lessons.loader import load_lesson
from cgs_core.lessons.parts import (
    CHOSEN,
    MAX_WORDS,
    Arrows,
    Change,
    ChangeOption,
    Check,
    Option,
    PlanItem,
    Question,
    Step,
)
from cgs_core.lessons.shelf import broken_lessons, lessons
from cgs_core.lessons.truths import Answer, Truth, agrees, is_right, meaning

__all__ = [
    "CHOSEN",
    "LESSON_FILE",
    "MAIN",
    "MAX_WORDS",
    "N_SEEDS",
    "Answer",
    "Arrows",
    "Change",
    "ChangeOption",
    "Check",
    "Finished",
    "Job",
    "Lesson",
    "LessonError",
    "Option",
    "PlanItem",
    "Question",
    "Runs",
    "Step",
    "Truth",
    "agrees",
    "broken_lessons",
    "is_right",
    "lessons",
    "load_lesson",
    "meaning",
]
