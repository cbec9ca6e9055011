"""A grid of clients in this process: each is an app with a context of its own, or whatever a test makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flwr.app import Context, Error, Message, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import Grid
from flwr.supercore.task_identity import TaskIdentity

Client = Callable[[Message], Message | None]
"""Answers a message; None: not in time."""


def client_of(app: ClientApp, node: int, **config: Any) -> Client:
    """A client that runs an app, and says so when that fails, as Flower's nodes do."""
    context = Context(1, node, config, RecordDict(), {})

    def answer(message: Message) -> Message:
        try:
            return app(message, context)
        except Exception as error:
            return Message(Error(2, f"Traceback\n{type(error).__name__}: {error}"), reply_to=message)

    return answer


class LocalGrid(Grid):
    """Clients by node id; ``sent`` is what they were sent, by node, one dict for each time that any were."""

    def __init__(self, clients: dict[int, Client]) -> None:
        self.clients, self.sent = clients, []
        TaskIdentity.run_id, TaskIdentity.task_id, TaskIdentity.node_id = 1, 1, 1  # of whom makes messages: the server

    def get_node_ids(self) -> Iterable[int]:
        return list(self.clients)

    def send_and_receive(self, messages: Iterable[Message], *, timeout: float | None = None) -> Iterable[Message]:
        asked = {message.metadata.dst_node_id: message for message in messages}
        if asked:
            self.sent.append(asked)
        return [reply for node, message in asked.items() if (reply := self.clients[node](message)) is not None]

    def set_run(self, run: Any) -> None:
        raise NotImplementedError

    run = property(set_run)

    def create_message(self, *arguments: Any, **options: Any) -> Message:
        raise NotImplementedError

    def push_messages(self, messages: Iterable[Message]) -> Iterable[str]:
        raise NotImplementedError

    def pull_messages(self, message_ids: Iterable[str]) -> Iterable[Message]:
        raise NotImplementedError
