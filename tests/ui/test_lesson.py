"""A teacher's link: what it lets through, and that nobody but the server can make one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import stat
from pathlib import Path

import pytest

from cgs_core import Scenario, ScenarioError
from cgs_core.scenario import Agent
from cgs_core.scenario.text import fields_of, packed, unpacked
from cgs_ui.session.adjusted import adjusted
from cgs_ui.session.teacher_link import (
    KeyFileError,
    Lesson,
    control_token_of,
    controlled_lesson_of,
    lesson_of,
    token_of,
)

SCENARIO = Scenario(n_agents=4, agents=(Agent(), Agent(), Agent(), Agent(label_noise=0.3)))
LESSON = Lesson(SCENARIO, "playground", frozenset({"altruism_degree", "n_agents"}), {"tab": "Numbers", "round": "3"})


def test_a_lesson_comes_back_as_it_was(tmp_path: Path):
    assert lesson_of(token_of(LESSON, tmp_path / "runs.sqlite"), tmp_path / "runs.sqlite") == LESSON


def test_the_secret_is_its_owners_alone_and_stays(tmp_path: Path):
    store = tmp_path / "a" / "runs.sqlite"
    first, second = token_of(LESSON, store), token_of(LESSON, store)
    secret = store.with_name("runs.sqlite.secret")
    assert first == second and len(secret.read_bytes()) == 32 and stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert list(store.parent.iterdir()) == [secret]


def test_an_altered_token_is_refused(tmp_path: Path):
    store, other = tmp_path / "a" / "runs.sqlite", tmp_path / "b" / "runs.sqlite"
    content, _, signature = token_of(LESSON, store).partition(".")
    freed = packed(fields_of(unpacked(content)) | {"allowed": ["dataset", "pages"]})
    forged = [
        f"{freed}.{signature}",
        content,
        f"{content}.",
        f"{content}.{signature[:-1]}",
        f".{signature}",
        "",
        token_of(LESSON, other),
        f"{content}.ä",
    ]
    for token in forged:
        with pytest.raises(ScenarioError, match="lesson: must be a teacher's link"):
            lesson_of(token, store)


def test_a_class_comes_back_and_neither_of_its_links_is_the_other(tmp_path: Path):
    store = tmp_path / "runs.sqlite"
    taught = Lesson(Scenario(), "lessons", course="from-worth-to-pay", class_id="a-class", is_measured=True)
    student, teacher = token_of(taught, store), control_token_of(taught, store)
    assert lesson_of(student, store) == controlled_lesson_of(teacher, store) == taught
    for read, token in ((controlled_lesson_of, student), (lesson_of, teacher), (controlled_lesson_of, "a.b")):
        with pytest.raises(ScenarioError, match="must be a teacher's link"):
            read(token, store)


def test_a_link_of_before_there_were_classes_is_read(tmp_path: Path):
    """As the version before wrote it, with a secret of 32 zeros."""
    (tmp_path / "runs.sqlite.secret").write_bytes(bytes(32))
    token = (
        "eNodjEEKwzAMBP-yZ18CPekR_UAoQW5EHHAkYyUNJfjvcXubZZa54G9RrquBrs5JNp4-Un01BQ0BOvEiujvo0QJKHyCUzN-l2qEzAjhnO2UGjX_t"
        "eAV4slN_xZ1j_z-PLfYmWrsBm0AmiQ.NYxftTVhEmJJnMA84pYoiYlGFgDEqwgm53cHTsJURXg"
    )
    old = Lesson(Scenario(n_agents=4), "playground", frozenset({"pages"}), {"tab": "Numbers"})
    assert lesson_of(token, tmp_path / "runs.sqlite") == old


def test_only_what_is_allowed_is_changed_and_the_rest_is_named():
    wanted = SCENARIO.replace(altruism_degree=5.0, dataset="wine", start_seed=4)
    new, refused = LESSON.permitted(SCENARIO, wanted)
    assert new == SCENARIO.replace(altruism_degree=5.0) and refused == ["Data set", "Start seed"]


def test_what_follows_an_allowed_change_follows_and_nothing_else_with_it():
    new, refused = LESSON.permitted(SCENARIO, SCENARIO.replace(n_agents=3, agents=()))
    assert new == SCENARIO.replace(n_agents=3, agents=SCENARIO.agents[:3]) and refused == []
    smuggled = SCENARIO.replace(n_agents=3, agents=(Agent(conduct="free_rider"),))
    assert LESSON.permitted(SCENARIO, smuggled) == (new, ["Agents' data"])


@pytest.mark.parametrize("name", [name for name in Scenario.model_fields if name != "own_data"])
def test_without_rights_no_field_can_be_changed(name: str):
    other = {
        "dataset": "moons",
        "split": "uniform",
        "n_samples": 400,
        "agents": (Agent(repeats=2),),
        "model": "cnn",
        "mask_scope": "layer",
        "valuation": "data_size",
        "importance_rule": "cffl",
        "reward_rule": "own",
        "upload_scaling": "as_trained",
        "aggregation_weight": "data_size",
    }
    value = other.get(name, getattr(Scenario(), name))
    if name not in other:
        value = value + 1 if isinstance(value, int) else value * 0.99
    wanted = Scenario().replace(**{name: value})
    assert wanted != Scenario()
    new, refused = Lesson(Scenario()).permitted(Scenario(), wanted)
    assert new == Scenario() and len(refused) == 1


def walk(lesson: Lesson, *changes: dict[str, object]) -> Scenario:
    """The scenario after changes of a control each, with what the page lets follow them."""
    now = lesson.scenario
    for name, value in (pair for change in changes for pair in change.items()):
        wanted = now.replace(**adjusted(now, name, value)[0])
        now, _ = lesson.permitted(now, wanted)
    return now


def test_fewer_agents_and_more_again_do_not_free_a_locked_free_rider():
    agents = (*[Agent()] * 4, Agent(conduct="free_rider"))
    lesson = Lesson(Scenario(n_agents=5, agents=agents), allowed=frozenset({"n_agents"}))
    assert walk(lesson, {"n_agents": 4}).agents == ()
    assert walk(lesson, {"n_agents": 4}, {"n_agents": 5}) == lesson.scenario


def test_another_data_set_and_back_changes_nothing_that_is_locked():
    start = Scenario(n_agents=3, model="cnn", n_samples=400, agents=(Agent(classes=(0, 9)), Agent(), Agent()))
    lesson = Lesson(start, allowed=frozenset({"dataset", "n_agents", "altruism_degree"}))
    away = walk(lesson, {"dataset": "sentences"}, {"altruism_degree": 5.0})
    assert away.model == "text_cnn" and away.altruism_degree == 5.0
    assert walk(lesson, {"dataset": "sentences"}, {"n_agents": 5}, {"dataset": "digits"}, {"n_agents": 3}) == start


def test_what_went_back_to_the_lessons_is_not_told_as_if_it_had_stayed():
    lesson = Lesson(Scenario(model="cnn"), allowed=frozenset({"dataset"}))
    away = walk(lesson, {"dataset": "sentences"})
    back, refused = lesson.permitted(away, away.replace(**adjusted(away, "dataset", "digits")[0]))
    assert back == lesson.scenario and refused == []


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_file_that_holds_no_key_is_replaced_by_one(tmp_path: Path, content: bytes):
    store, secret = tmp_path / "runs.sqlite", tmp_path / "runs.sqlite.secret"
    secret.write_bytes(content)
    token = token_of(LESSON, store)
    assert len(secret.read_bytes()) == 32 and stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert lesson_of(token, store) == LESSON
    forged = hmac.new(content, token.partition(".")[0].encode(), hashlib.sha256).digest()
    with pytest.raises(ScenarioError, match="must be a teacher's link"):
        lesson_of(f"{token.partition('.')[0]}.{base64.urlsafe_b64encode(forged).decode().rstrip('=')}", store)


def test_a_key_that_cannot_be_read_is_one_sentence_without_a_path(tmp_path: Path):
    (tmp_path / "runs.sqlite.secret").mkdir()
    for ask in (lambda store: token_of(LESSON, store), lambda store: lesson_of("a.b", store)):
        with pytest.raises(KeyFileError) as told:
            ask(tmp_path / "runs.sqlite")
        assert str(tmp_path) not in str(told.value)
