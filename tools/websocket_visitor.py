"""A visitor without a browser: speaks Streamlit's protocol as a browser does, and draws nothing.

It opens a page, changes what is on screen, and follows a run by the beats that the page asks for
(``cgs_ui/following/pulse.py``), so that many of them are a class.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_CHART, _PULSE, _PLAYER, _BELL = "cgs_chart", "cgs_pulse", "cgs_player", "cgs_room_bell"
_CHOICES = ("radio", "button_group", "text_area")
_IS_ANSWERED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
_IS_BROKEN = ForwardMsg.FINISHED_WITH_COMPILE_ERROR


@dataclass
class Answer:
    """What the server sent for one request."""

    seconds: float = 0.0  # from the request until the script had finished
    n_bytes: int = 0
    pulse: Delta | None = None  # present while the page follows a run: when to ask again
    players: list[tuple[str, int, int]] = field(default_factory=list)  # (run's id, rounds there are, rounds in all)
    pictures: list[tuple[str, float]] = field(default_factory=list)  # (name of the chart's file, when it came)
    digests: list[str] = field(default_factory=list)  # of the charts' figures, by which files of them are asked for
    errors: list[str] = field(default_factory=list)  # what error boxes say
    texts: list[str] = field(default_factory=list)  # Markdown, HTML, and what boxes say but for errors
    buttons: dict[str, Delta] = field(default_factory=dict)  # by their labels
    choices: dict[str, Delta] = field(default_factory=dict)  # and fields for a text, by theirs
    bell: Delta | None = None  # of a class room's page: what it waits for


@dataclass
class Change:
    """What came of a changed scenario. Seconds are from the change."""

    outcome: str  # "done", or what went wrong
    first_picture: float | None = None  # of the new run
    done: float | None = None  # all rounds are on screen
    ticks: list[float] = field(default_factory=list)  # from a beat to its answer


class Visitor:
    """One open page. Made by ``visitor``."""

    def __init__(self, socket: ClientConnection, page: str, url: str, cookie: str) -> None:
        self._socket = socket
        self._url = url
        self.cookie = cookie
        self.frames: list[bytes] | None = None  # a list: all that is received goes there
        self._page = page
        self._chosen: dict[str, str] = {}  # by the widget's id: sent with every click, as a browser does
        self._kept: dict[str, ForwardMsg] = {}  # by hash: what the server need not send again

    async def open(self, query: str = "", is_history: bool = False) -> Answer:
        """Run the page with this query; with ``is_history`` as Back and Forward do, which takes up what it says."""
        return await self._ask(ClientState(query_string=query, is_history_navigation=is_history))

    async def beat(self, pulse: Delta) -> Answer:
        """Ask for the fragment of a pulse, when it is time."""
        component = pulse.new_element.bidi_component
        told = json.loads(component.json)
        await asyncio.sleep(told["after_ms"] / 1000)
        state = ClientState(fragment_id=pulse.fragment_id)
        event = state.widget_states.widgets.add(id=f"{component.id}__events")
        event.json_trigger_value = json.dumps([{"event": "beat", "value": told["number"]}])
        return await self._ask(state)

    async def rung(self, bell: Delta) -> Answer | None:
        """Wait for a class room's bell, as ``room_bell.js`` does; what is new then, None where nothing was."""
        return await self.drawn_again(bell) if await self.heard(bell) else None

    async def heard(self, bell: Delta) -> bool:
        """Whether a class room's bell has rung, after so long as the server lets one wait."""
        told = json.loads(bell.new_element.bidi_component.json)
        path, token = f"/{told['path']}?after={told['sign']}", {"X-Room": told["token"]}
        status, _, body = await get(self._url, path, token)
        if self.frames is not None:
            self.frames.append(body)
        return status in (200, 404)

    async def drawn_again(self, bell: Delta) -> Answer:
        """What is new, once the bell has rung."""
        component = bell.new_element.bidi_component
        state = ClientState(fragment_id=bell.fragment_id)
        event = state.widget_states.widgets.add(id=f"{component.id}__events")
        event.json_trigger_value = json.dumps([{"event": "beat", "value": json.loads(component.json)["number"]}])
        return await self._ask(state)

    async def choose(self, choice: Delta, value: str) -> Answer | None:
        """Choose an option, or write a text; in a form nothing is asked before its button is pressed."""
        kind = choice.new_element.WhichOneof("type")
        widget = getattr(choice.new_element, str(kind))
        self._chosen[f"{kind}:{widget.id}"] = value
        return None if widget.form_id else await self._ask(self._with_chosen(choice))

    async def press(self, button: Delta) -> Answer:
        """Click a button of an answer."""
        state = self._with_chosen(button)
        state.widget_states.widgets.add(id=button.new_element.button.id).trigger_value = True
        return await self._ask(state)

    def drop(self) -> None:
        """Forget the connection, without a word to the server."""
        self._socket.transport.abort()

    async def freeze(self, n_asked: int) -> None:
        """Ask for the page so often, and from now on read nothing and answer no ping: a phone that is frozen, or whose
        network is gone, and whose connection nobody has closed."""
        self._socket.transport.pause_reading()
        state = ClientState(page_name=self._page)
        for _ in range(n_asked):
            await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    def _with_chosen(self, asking: Delta) -> ClientState:
        state = ClientState(fragment_id=asking.fragment_id)
        for name, value in self._chosen.items():
            kind, _, widget_id = name.partition(":")
            widget = state.widget_states.widgets.add(id=widget_id)
            if kind == "button_group":
                widget.string_array_value.data.append(value)
            else:
                widget.string_value = value
        return state

    async def change_to(self, link: str, run_id: str) -> Change:
        """Show another scenario, by its link, and follow its run to its end."""
        began = time.monotonic()
        answer = await self.open(f"s={link}", is_history=True)
        change = Change("")
        while True:
            for name, came in answer.pictures:
                if change.first_picture is None and run_id in name:
                    change.first_picture = came - began
            if answer.errors or answer.pulse is None:
                break
            answer = await self.beat(answer.pulse)
            change.ticks.append(answer.seconds)
        is_whole = any(run == run_id and n_done == n_all for run, n_done, n_all in answer.players)
        change.outcome = "; ".join(answer.errors) or ("done" if is_whole else "the page follows no run any more")
        change.done = time.monotonic() - began if is_whole else None
        return change

    async def _ask(self, state: ClientState) -> Answer:
        state.page_name = self._page
        state.cached_message_hashes.extend(self._kept)
        began, answer = time.monotonic(), Answer()
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())
        while True:
            message = await self._message(answer)
            kind = message.WhichOneof("type")
            if kind == "delta":
                _read(message.delta, answer)
            elif kind == "script_finished" and message.script_finished in _IS_ANSWERED:
                answer.seconds = time.monotonic() - began
                return answer
            elif kind == "script_finished" and message.script_finished == _IS_BROKEN:
                raise RuntimeError("the page's script does not compile")

    async def _message(self, answer: Answer) -> ForwardMsg:
        received = await self._socket.recv(decode=False)
        answer.n_bytes += len(received)
        if self.frames is not None:
            self.frames.append(received)
        message = ForwardMsg.FromString(received)
        if message.WhichOneof("type") == "ref_hash":
            return self._kept[message.ref_hash]
        if message.metadata.cacheable:
            self._kept[message.hash] = message
        return message


def _read(delta: Delta, answer: Answer) -> None:
    """Keep of an element what a visitor waits for."""
    element = delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception":
        answer.errors.append(element.exception.message)
    elif kind == "alert":
        (answer.errors if element.alert.format == element.alert.ERROR else answer.texts).append(element.alert.body)
    elif kind in ("markdown", "html"):
        answer.texts.append(getattr(element, kind).body)
    elif kind == "button":
        answer.buttons[element.button.label] = delta
    elif kind in _CHOICES:
        answer.choices[getattr(element, kind).label] = delta
    elif kind == "bidi_component":
        component = element.bidi_component
        if component.component_name == _PULSE:
            answer.pulse = delta
        elif component.component_name == _BELL:
            answer.bell = delta
        elif component.component_name == _PLAYER:
            told = json.loads(component.json)
            answer.players.append((told["run"], told["count"], told["total"]))
        elif component.component_name == _CHART:
            told = json.loads(component.json)
            answer.pictures.append((told["filename"], time.monotonic()))
            answer.digests.append(told["digest"])


async def get(url: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in small letters) and body of one GET on a connection of its own."""
    at = urlsplit(url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    lines = {"Host": at.netloc, "Connection": "close"} | (headers or {})
    asked = f"GET {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    try:
        writer.write(asked.encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
        await writer.wait_closed()
    if not head:
        raise ConnectionError(f"{url} has closed the connection without an answer")
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}, body


@asynccontextmanager
async def visitor(url: str, page: str, cookie: str = "") -> AsyncIterator[Visitor]:
    """Somebody who has never been here: fetches the page, then connects with the cookie that came with it.

    ``cookie``: that of somebody who comes again; which it is, is ``Visitor.cookie``.
    """
    _, headers, _ = await get(url, f"/{page}", {"Accept": "text/html"} | ({"Cookie": cookie} if cookie else {}))
    cookie = cookie or headers["set-cookie"].partition(";")[0]
    async with connect(
        f"{url.replace('http', 'ws', 1)}/_stcore/stream",
        origin=url,  # type: ignore[arg-type]
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers={"Cookie": cookie},
        max_size=None,
        open_timeout=None,
        ping_timeout=None,
    ) as socket:
        yield Visitor(socket, page, url, cookie)
