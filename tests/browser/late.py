"""A server that is heard late, as on a slow network: what it says is kept back for a while."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, WebSocketRoute


class LateServer:
    """What a page that is not yet opened hears of its server.

    Attributes
    ----------
    is_late: from when on nothing is heard; then ``sent`` has what the page sends meanwhile.
    """

    def __init__(self, page: Page, most_sent: float = float("inf")) -> None:
        """After ``most_sent`` messages from the page everything is heard."""
        self.is_late = False
        self.sent: list[Any] = []
        self._kept_back: list[tuple[WebSocketRoute, Any]] = []
        self._most_sent = most_sent
        page.route_web_socket(re.compile("/_stcore/stream"), self._connect)

    def be_heard(self) -> None:
        """From now on, and what was kept back first."""
        self.is_late = False
        while self._kept_back:
            socket, message = self._kept_back.pop(0)
            socket.send(message)

    def _connect(self, socket: WebSocketRoute) -> None:
        real = socket.connect_to_server()

        def to_server(message: Any) -> None:
            real.send(message)
            if self.is_late:
                self.sent.append(message)
                if len(self.sent) >= self._most_sent:
                    self.be_heard()

        def from_server(message: Any) -> None:
            if self.is_late:
                self._kept_back.append((socket, message))
            else:
                socket.send(message)

        socket.on_message(to_server)
        real.on_message(from_server)
