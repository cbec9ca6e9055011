"""A program that speaks Streamlit's protocol sends anything as the state of controls: no error box comes of it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from cgs_core import ScenarioError
from cgs_core.scenario import Scenario
from cgs_ui.controls.agents_table import edited_scenario
from tools.running_app import running_app

PAGES = (
    "playground",
    "coalition-game",
    "mechanisms",
    "trade-offs",
    "shelf",
    "paper",
    "your-federation",
    "method",
    "glossary",
    "lessons",
    "class-room",
    "join",
)
N_ROUNDS = 3
JSON: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**400,
    1.5,
    "",
    "x",
    "\x00",
    [],
    [[]],
    {},
    {"stopped": "x"},
    {"stopped": {"times": 0}},
    {"stopped": {"times": 0, "round": "x"}},
    {"stopped": {"times": 0, "round": [1]}},
    {"stopped": {"times": 0, "round": 10**400}},
    {"stopped": {"times": 0, "round": -99}},
    {"stopped": {"times": True, "round": None}},
    {"picked": "x"},
    {"picked": 10**400},
    {"picked": {}},
    {"picked": -7},
    {"asked": []},
    {"asked": 99},
    {"opened": {"page": []}},
    {"opened": {"page": "playground", "term": {}}},
    {"opened": [1]},
    {"moved": {"agent": 0, "field": "label_noise", "value": "x"}},
    {"moved": {"agent": 0, "field": [], "value": 1}},
    {"moved": {"agent": [], "length": {}, "angle": "x"}},
    {"moved": 5},
    {"round": "x"},
    {"round": 10**400},
    {"answer": [{}]},
    {"answer": "x"},
    {"edited_rows": 1},
    {"edited_rows": {"x": {}}},
    {"edited_rows": {"0": 5}},
    {"edited_rows": {"99": {"Samples": 1}}},
    {"edited_rows": {"0": {"Samples": "x"}}},
    {"edited_rows": {"0": {"Classes": 5}}},
    {"edited_rows": {"0": {"Classes": ["x"]}}},
    {"edited_rows": {"0": {"Conduct": "x"}}},
    {"edited_rows": {"0": {"Conduct": []}}},
    {"edited_rows": {"0": {"Copies": 1}}},
    {"edited_rows": {"0": {"Copies": "Agent x"}}},
    {"edited_rows": {"0": {"Wrong labels": "x"}}},
    {"edited_rows": {"0": {"Blur": {}}}},
    {"edited_rows": {"-1": {"Blur": 1}}},
    {"added_rows": 1},
    {"added_rows": [1]},
    {"added_rows": [{}] * 500},
    {"added_rows": {}},
    {"deleted_rows": 1},
    {"deleted_rows": ["x"]},
    {"deleted_rows": [[]]},
    {"deleted_rows": list(range(50))},
    {"added_rows": None},
    [{"event": "beat", "value": {}}],
    [{"event": []}],
    [1],
    {"event": "beat"},
)


def forged(widget: str, dice: random.Random) -> WidgetState:
    """A state of any kind with any value."""
    state = WidgetState(id=widget)
    kind = dice.choice(
        ["json", "json", "json", "trigger", "text", "array", "double", "int", "bool", "doubles", "broken", "bytes"]
    )
    if kind == "json":
        state.json_value = json.dumps(dice.choice(JSON))
    elif kind == "trigger":
        state.json_trigger_value = json.dumps(dice.choice(JSON))
    elif kind == "text":
        state.string_value = dice.choice(
            ["", "nobody", "∞", "5", "x" * 5_000, "[a](http://evil.example)", "<b>", "\x00"]
        )
    elif kind == "array":
        state.string_array_value.data.extend(dice.choice([[], ["x"], ["x"] * 500, [""]]))
    elif kind == "double":
        state.double_value = dice.choice([float("nan"), float("inf"), -1.0, 1e308, 0.5])
    elif kind == "int":
        state.int_value = dice.choice([-1, 0, 2**62])
    elif kind == "bool":
        state.bool_value = dice.random() < 0.5
    elif kind == "doubles":
        state.double_array_value.data.extend(dice.choice([[], [float("nan")], [1.0, 2.0, 3.0], [1e308]]))
    elif kind == "broken":
        state.json_value = dice.choice(["", "{", "nan", "[" * 100_000, '"\\ud800"'])
    else:
        state.bytes_value = b"\xff\x00"
    return state


class Forger:
    """One page that is open; knows its controls, and what error boxes it was sent."""

    def __init__(self, socket: ClientConnection, page: str) -> None:
        self._socket, self._page = socket, page
        self.widgets: set[str] = set()
        self.errors: list[str] = []

    def ask(self, states: list[WidgetState]) -> None:
        state = ClientState(page_name=self._page)
        state.widget_states.widgets.extend(states)
        self._socket.send(BackMsg(rerun_script=state).SerializeToString())
        while True:
            message = ForwardMsg.FromString(self._socket.recv(timeout=120))
            kind = message.WhichOneof("type")
            if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                name = element.WhichOneof("type")
                if name == "exception":
                    self.errors.append(element.exception.message)
                one = getattr(element, name)
                if widget := getattr(one, "id", ""):
                    self.widgets.add(widget)
            elif kind == "delta" and message.delta.HasField("add_block"):
                if widget := message.delta.add_block.id:
                    self.widgets.add(widget)
            elif kind == "script_finished":
                return


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("forged")
    with running_app(folder, {"CGS_WORKERS": "1"}) as (url, _):
        yield url, folder / "server.log"


@pytest.mark.parametrize("page", PAGES)
def test_forged_states_are_no_errors(server: tuple[str, Path], page: str) -> None:
    url, log = server
    dice = random.Random(page)
    with connect(
        f"{url.replace('http', 'ws', 1)}/_stcore/stream", origin=url, subprotocols=["streamlit"], max_size=None
    ) as socket:  # type: ignore[arg-type, list-item]
        forger = Forger(socket, page)
        forger.ask([])
        assert forger.widgets
        for _ in range(N_ROUNDS):
            forger.ask([forged(widget, dice) for widget in sorted(forger.widgets)])
            assert forger.errors == []
    assert "Traceback" not in log.read_text()


def reports() -> Iterator[dict[str, Any]]:
    """What the table's editor never reports: values of its list, one or two in place of what it has."""
    usual: dict[str, Any] = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}
    for name in usual:
        for value in JSON:
            yield usual | {name: value}
            yield usual | {name: [value]} if name != "edited_rows" else usual | {name: {0: value}}
    for column in (
        "Samples",
        "Wrong labels",
        "Blur",
        "Conduct",
        "Copies",
        "Shell of",
        "Classes",
        "Repeats",
        "Noise σ",
        "?",
    ):
        for value in JSON:
            yield usual | {"edited_rows": {0: {column: value}}}
            yield usual | {"added_rows": [{column: value}]}


def test_a_forged_edit_of_the_table_is_a_scenario_or_a_sentence() -> None:
    n_told, base = 0, Scenario(n_agents=3)
    for report in reports():
        try:
            assert isinstance(edited_scenario(base, report), Scenario)
        except ScenarioError:
            n_told += 1
    assert n_told > 500
