import re
import subprocess
import sys
from pathlib import Path

import pytest

from cgs_core.lessons import LessonError, broken_lessons, lessons, load_lesson
from tests.lessons.folders import LESSON, TRUTH, lesson_folder


def _line(text: str, part: str, count: int = 1) -> int:
    """In which line of a text a part stands for the so-manieth time."""
    places = [number for number, line in enumerate(text.splitlines(), 1) if part in line]
    return places[count - 1]


def _refused(place: Path, lesson: str = LESSON, truth: str = TRUTH) -> LessonError:
    with pytest.raises(LessonError) as caught:
        load_lesson(lesson_folder(place, lesson, truth))
    return caught.value


def test_a_lesson_is_read_from_its_two_files(tmp_path: Path) -> None:
    lesson = load_lesson(lesson_folder(tmp_path, name="7_a_lesson"))
    assert (lesson.name, lesson.number, lesson.title) == ("a-lesson", 7, "A lesson")
    assert [step.kind for step in lesson.steps] == ["read", "predict", "manipulate"]
    assert lesson.scenarios["full"].reward_rule == "full"
    assert lesson.scenarios["full"].n_rounds == lesson.scenarios["main"].n_rounds == 3
    assert lesson.place("step", 1, "question", "option", 2) == (
        "7_a_lesson/lesson.toml",
        _line(LESSON, "[[step.question.option]]", 3),
    )


@pytest.mark.parametrize(
    ("old", "new", "line_of", "count", "words"),
    [
        ('title = "A lesson"', "title = A lesson", "title = A lesson", 1, "must be TOML"),
        ("minutes = 3", 'minutes = "three"', 'minutes = "three"', 1, "minutes: must be a valid number; got 'three'"),
        ("minutes = 3", "minutes = 4", "minutes = 4", 1, "minutes: as many as the plan has, 3; got 4"),
        ('kind = "read"', 'kind = "reed"', 'kind = "reed"', 1, "step 1, kind: must be 'read', 'predict'"),
        ('picture = "shards"', 'piture = "shards"', "piture", 1, "no such field; the fields there are kind, title"),
        (
            'picture = "shards"',
            'picture = "ledger"',
            'picture = "ledger"',
            1,
            "must be 'shards', 'samples' or 'arrows'",
        ),
        ('picture = "shards"', 'result = "ledger"', 'result = "ledger"', 1, "not before the first prediction"),
        ('dataset = "wine"', 'dataset = "beer"', "beer", 1, "scenario main, dataset: must be one of digits"),
        ('like = "main"', 'like = "mian"', "mian", 1, "like: one of main; got 'mian'"),
        ('mechanism = "fedavg"', 'mechanism = "fed"', 'mechanism = "fed"', 1, "mechanism: must be one of standalone"),
        ('truth = "worth"', 'truth = "wort"', 'truth = "wort"', 1, "truth.py, which has worth, of_worth, of_pay; got"),
        ('runs = ["main"]', 'runs = ["other"]', '["other"]', 1, "runs: of main, full; got 'other'"),
        ('expected = "b"', 'expected = "d"', 'expected = "d"', 1, "expected: of the keys a, b, c; got 'd'"),
        (
            'truth = "worth"',
            'truth = "worth"\nborder = 1',
            "border = 1",
            1,
            'border: of a question of kind "card"; got 1',
        ),
        ('key = "c"', 'key = "a"', 'key = "a"', 2, "key: each once; got a, b, a"),
        ('text = "Who is worth most?"', 'text = "{most:.2f}?"', '"{most:.2f}?"', 1, "under given; got most"),
        ('told = "Agent 1 is', 'told = "{Agent 1 is', 'told = "{Agent', 1, "braces hold a fact's name"),
        ('text = "What if?"', f'text = "{"word " * 59}"', "word word", 1, "at most 60 words a screen"),
        ('right = "no"', 'right = "maybe"', '"maybe"', 1, "right: one of yes, no; got 'maybe'"),
        ('scenario = "full"', 'scenario = "half"', 'scenario = "half"', 1, "scenario: one of main, full; got 'half'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, line_of: str, count: int, words: str
) -> None:
    assert old in LESSON
    broken = LESSON.replace(old, new, 1)
    error = _refused(tmp_path, broken)
    assert words in error.what
    assert (error.file, error.line) == ("a_lesson/lesson.toml", _line(broken, line_of, count))
    assert str(error).startswith(f"a_lesson/lesson.toml, line {error.line}: ")


def test_a_truth_that_is_no_python_is_told_with_its_line(tmp_path: Path) -> None:
    error = _refused(tmp_path, truth=TRUTH.replace("return dict", "retrun dict"))
    assert (error.file, error.line) == ("a_lesson/truth.py", _line(TRUTH, "return dict"))


def test_a_truth_that_fails_when_it_is_read_is_told_with_its_line(tmp_path: Path) -> None:
    error = _refused(tmp_path, truth=TRUTH + "\nnothing.there\n")
    assert error.line == len(TRUTH.splitlines()) + 2 and "NameError" in error.what


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = lesson_folder(tmp_path)
    (folder / "truth.py").unlink()
    with pytest.raises(LessonError, match=re.escape("a_lesson/truth.py, line 1: a lesson is a folder with")):
        load_lesson(folder)


def test_ones_own_lessons_stand_after_the_course_and_a_broken_one_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson_folder(tmp_path, name="mine")
    broken = lesson_folder(tmp_path, LESSON.replace("minutes = 3", "minutes = -3"), name="broken")
    lesson_folder(tmp_path, name="9_from_worth_to_pay")  # a name of the course
    monkeypatch.setenv("CGS_LESSONS", str(tmp_path))
    names = list(lessons())
    assert "from-worth-to-pay" in names[:-1] and names[-1] == "mine"
    found = {error.file for error in broken_lessons()}
    assert found == {"broken/lesson.toml", "9_from_worth_to_pay/lesson.toml"}
    (broken / "lesson.toml").write_text(LESSON, encoding="utf-8")
    assert "broken" in lessons()  # read again, as it has changed


def test_the_course_has_nothing_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CGS_LESSONS", raising=False)
    assert broken_lessons() == ()


def test_reading_and_telling_lessons_does_not_load_what_trains() -> None:
    program = (
        "import sys; from cgs_core.lessons import lessons; import cgs_core.words.lesson_words; lessons(); "
        "print([name for name in sys.modules if name.startswith('cgs_core.federation')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
