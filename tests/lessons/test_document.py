"""docs/how-to/lessons.md: its lesson is one, and its tables name all that there is."""

import re
from pathlib import Path
from typing import get_args

from cgs_core.lessons import load_lesson
from cgs_core.lessons.parts import PlainPicture, QuestionKind, ResultPicture, StepKind
from cgs_core.lessons.training import train
from cgs_core.lessons.trials import jobs_of_trials, trials
from tests.lessons.folders import lesson_folder

TEXT = (Path(__file__).parents[2] / "docs" / "how-to" / "lessons.md").read_text(encoding="utf-8")


def test_the_lesson_of_the_document_holds(tmp_path: Path) -> None:
    blocks = dict(re.findall(r"^```(toml|python)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
    lesson = load_lesson(lesson_folder(tmp_path, blocks["toml"], blocks["python"], "9_more_data"))
    assert lesson.number == 9
    tried = trials(lesson, train(jobs_of_trials(lesson)))
    assert [one.step.title for one in tried if not one.is_held] == []


def test_the_document_names_every_kind_and_picture() -> None:
    for kinds in (StepKind, QuestionKind, PlainPicture, ResultPicture):
        assert [kind for kind in get_args(kinds) if f"`{kind}`" not in TEXT] == []
