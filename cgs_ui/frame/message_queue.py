"""What waits to be sent to a browser when a part of its page is drawn anew: all of it is sent, in its order.

Streamlit 1.67 drops what waits of that part, and keeps what it cannot tell to be of it: an element that is named by
its hash, because the browser has it, and what is of a part within the part. These come without what they lie in or
behind then ("Bad delta path"), and the browser takes the whole page down. To send everything is what happens anyway
where it was sent a moment earlier.
"""

from __future__ import annotations

from streamlit.runtime import app_session
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue


class WholeQueue(ForwardMsgQueue):
    """A session's queue that loses nothing where only a part of the page is drawn anew."""

    def clear(self, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None) -> None:
        """As Streamlit's; before a fragment's run nothing is dropped, and nothing that waits is changed any more."""
        if retain_lifecycle_msgs and fragment_ids_this_run is not None:
            self._delta_index_map = {}
        else:
            super().clear(retain_lifecycle_msgs, fragment_ids_this_run)


def keep_queues_whole() -> None:
    """Give every session from now on such a queue."""
    vars(app_session)["ForwardMsgQueue"] = WholeQueue
