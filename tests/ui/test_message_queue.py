"""What waits to be sent when a part of a page is drawn anew."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import app_session
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from cgs_ui.frame.message_queue import WholeQueue, keep_queues_whole

PART, INNER = "a part", "a part within it"


def block(path: list[int], fragment: str) -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.add_block.SetInParent()
    message.delta.fragment_id = fragment
    return message


def words(path: list[int], fragment: str, text: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.new_element.markdown.body = text
    message.delta.fragment_id = fragment
    return message


def reference(path: list[int]) -> ForwardMsg:
    """To something that the browser has, which says nothing of the part that it is of."""
    message = ForwardMsg(ref_hash="a hash")
    message.metadata.delta_path.extend(path)
    return message


WAITING = [
    block([0, 3], PART),
    words([0, 3, 0], PART, "before"),
    reference([0, 3, 1]),
    block([0, 3, 2], PART),
    words([0, 3, 2, 0], INNER),
]


def waiting(queue: ForwardMsgQueue) -> ForwardMsgQueue:
    for message in WAITING:
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[PART])
    return queue


def test_streamlits_own_queue_keeps_what_comes_to_nowhere() -> None:
    """Once this fails the module is not needed any more."""
    assert waiting(ForwardMsgQueue()).flush() == [WAITING[2], WAITING[4]]


def test_nothing_is_dropped_and_what_is_drawn_anew_comes_after_it() -> None:
    queue, anew = waiting(WholeQueue()), words([0, 3, 0], PART, "after")
    queue.enqueue(anew)
    assert queue.flush() == [*WAITING, anew]


def test_before_a_whole_run_it_drops_what_streamlit_drops() -> None:
    queue, finished = WholeQueue(), ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)
    for message in (*WAITING, finished):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True)
    (left,) = queue.flush()
    assert left.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN and queue.is_empty()


def test_every_session_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_session, "ForwardMsgQueue", ForwardMsgQueue)
    keep_queues_whole()
    assert app_session.ForwardMsgQueue is WholeQueue
