"""Lessons in the store: a visitor's progress, and classes that answer without names."""

from __future__ import annotations

import pytest

from cgs_core.errors import JobError
from cgs_core.runs import RunStore
from cgs_core.runs.classes import MOST_STUDENTS
from tests.runs.helpers import Clock

DAY = 86_400.0


def test_progress_is_the_visitors_alone_and_can_be_cleared(store: RunStore) -> None:
    progress = store.lesson_progress
    progress.keep("ann", "one", {"q": [2, 0, 1]})
    progress.keep("ann", "two", {"q": 0.5})
    progress.keep("bob", "one", {"q": "no"})
    assert progress.of("ann") == {"one": {"q": [2, 0, 1]}, "two": {"q": 0.5}} and progress.of("eve") == {}
    progress.clear("ann", "one")
    assert progress.of("ann") == {"two": {"q": 0.5}} and progress.of("bob") == {"one": {"q": "no"}}
    progress.clear("ann")
    assert progress.of("ann") == {}


def test_no_token_is_in_the_file_and_answers_have_a_limit(store: RunStore) -> None:
    class_id = store.classes.open("one")
    store.lesson_progress.keep("a-secret-token", "one", {"q": 1})
    store.classes.answer(class_id, "a-secret-token", "q", 1)
    with pytest.raises(ValueError, match="at most 20000 characters"):
        store.lesson_progress.keep("ann", "one", {"q": "x" * 20_000})
    with pytest.raises(ValueError, match="at most 2000 characters"):
        store.classes.answer(class_id, "ann", "q", "x" * 2_000)
    store.close()
    files = [*store.path.parent.glob("runs.sqlite*")]
    assert files and not any(b"a-secret-token" in file.read_bytes() for file in files)


def test_a_class_counts_each_student_once_and_pairs_what_one_has_answered(store: RunStore) -> None:
    classes = store.classes
    class_id, other = classes.open("one"), classes.open("one")
    assert classes.answer(class_id, "ann", "before", "a") and classes.answer(class_id, "ann", "before", "b")
    assert classes.answer(class_id, "bob", "before", "a") and classes.answer(class_id, "ann", "after", "c")
    assert sorted(classes.answers(class_id, "before")) == [("a",), ("b",)]
    assert classes.answers(class_id, "before", "after") == [("b", "c")]
    assert (classes.n_students(class_id), classes.n_students(other)) == (2, 0)


def test_what_is_released_is_answered_no_more(store: RunStore) -> None:
    classes = store.classes
    class_id = classes.open("one")
    classes.answer(class_id, "ann", "q", 1)
    assert classes.released(class_id) == frozenset()
    classes.release(class_id, "q")
    classes.release(class_id, "q")
    assert classes.released(class_id) == {"q"}
    assert not classes.answer(class_id, "ann", "q", 2) and classes.answers(class_id, "q") == [(1,)]
    assert classes.answer(class_id, "ann", "other", 2)


def test_a_class_that_is_not_there_takes_nothing_and_an_old_one_is_forgotten(store: RunStore, clock: Clock) -> None:
    classes = store.classes
    assert not classes.answer("never opened", "ann", "q", 1) and classes.released("never opened") == frozenset()
    old = classes.open("one")
    classes.answer(old, "ann", "q", 1)
    clock.now += 61 * DAY
    new = classes.open("one")
    assert not classes.is_open(old) and classes.answers(old, "q") == [] and classes.is_open(new)
    classes.close(new)
    assert not classes.is_open(new)


def test_a_class_has_a_limit(store: RunStore) -> None:
    classes = store.classes
    class_id = classes.open("one")
    with store._database.write() as connection:
        rows = [(class_id, str(number), "q", "1") for number in range(MOST_STUDENTS)]
        connection.executemany("INSERT INTO class_answers VALUES (?, ?, ?, ?)", rows)
    with pytest.raises(JobError, match="class is full"):
        classes.answer(class_id, "one more", "q", 1)
    assert classes.n_students(class_id) == MOST_STUDENTS
