"""The log of a federation as a file: what a server writes is read as it was, and of a bad file it is told what is."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgs_core import DataError, Scenario
from cgs_core.federation import LogWriter, Server, read_log
from cgs_core.mechanisms import with_mechanism
from cgs_core.records.federation_log import NUMBERS
from tests.federation.logs import BAD, GRAM, UPDATES, file_of, served


def test_what_a_server_writes_is_read_as_it_was(tmp_path: Path) -> None:
    log, done = served(Scenario(altruism_degree=3.0))
    again = read_log(log.to_npz())
    assert again.log_id == log.log_id and again.names == log.names and again.rules == log.rules
    for at, one in enumerate(done):
        there = len(one.is_present)
        np.testing.assert_array_equal(again.gram[at, :there, :there], one.gram)
        np.testing.assert_array_equal(again.is_present[at, :there], one.is_present)
        for name in NUMBERS:
            np.testing.assert_array_equal(getattr(again, name)[at, :there], getattr(one, name), err_msg=name)
    assert not again.is_member[:4, 4].any() and not again.is_member[3:, 1].any() and again.is_member[0, :4].all()
    writer = LogWriter(Scenario())
    with pytest.raises(DataError, match="must be of at least one round; got none"):
        writer.save(tmp_path / "log.npz")
    writer.add(Server(2).round(UPDATES[0, :2]))
    writer.save(tmp_path / "log.npz")
    assert read_log((tmp_path / "log.npz").read_bytes()).n_rounds == 1


def test_two_arrays_are_a_log() -> None:
    log = read_log(file_of(gram=GRAM.astype(np.float32), agents=np.arange(4)))
    np.testing.assert_allclose(log.gram, GRAM, rtol=1e-6)
    assert log.is_present.all() and log.is_member.all() and log.rules is None and log.names == ("0", "1", "2", "3")
    assert not log.is_paid and not log.gram.flags.writeable


@pytest.mark.parametrize("name", ["cgsv", "rffl"])
def test_updates_go_through_a_server(name: str) -> None:
    rules, present = with_mechanism(Scenario(), name), np.array([[1, 1, 0, 1], [1, 1, 1, 1], [0, 1, 1, 1]])
    n_samples = np.arange(1, 13).reshape(3, 4)
    text = np.array(f'{{"reward_rule": "{rules.reward_rule}", "upload_scaling": "{rules.upload_scaling}"}}')
    log = read_log(file_of(gram=None, updates=UPDATES, present=present, n_samples=n_samples, rules=text))
    server = Server(4, Scenario(reward_rule=rules.reward_rule, upload_scaling=rules.upload_scaling))
    for at, updates in enumerate(UPDATES):
        done = server.round(updates, n_samples[at], present=present[at])
        np.testing.assert_array_equal(log.gram[at], done.gram)
        assert log.weight is not None and log.update_length is not None
        np.testing.assert_array_equal(log.weight[at], done.weight)
        np.testing.assert_array_equal(log.update_length[at], done.update_length)


@pytest.mark.parametrize(("content", "told"), BAD.values(), ids=BAD)
def test_of_a_bad_file_the_error_says_what_and_where(content: bytes, told: str) -> None:
    with pytest.raises(DataError) as caught:
        read_log(content)
    assert told in str(caught.value)


SERVED, SMALL = served()[0].to_npz(), file_of()


@given(st.data())
@settings(deadline=None)
def test_nonsense_is_told_and_never_raises_anything_else(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([SERVED, SMALL])))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(DataError):
        read_log(bytes(content))


@given(
    st.dictionaries(
        st.sampled_from(["gram", "present", "members", "importance", "weight", "agents", "rules", "updates"]),
        st.sampled_from(
            [
                np.zeros(()),
                np.ones((2, 2)),
                np.full((1, 2, 2), -1),
                np.zeros((2, 3, 3)),
                np.array("{}"),
                np.array(["a"]),
            ]
        ),
        max_size=4,
    )
)
@settings(deadline=None)
def test_whatever_the_arrays_are_it_is_a_log_or_told(arrays: dict[str, np.ndarray]) -> None:
    with suppress(DataError):
        log = read_log(file_of(**({"gram": None} | arrays)))
        assert log.n_rounds >= 1 and np.isfinite(log.gram).all()
