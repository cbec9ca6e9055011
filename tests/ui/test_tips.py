"""What a browser says of an arrow's tip is checked like a link: it may be anything."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cgs_ui.game.tips import MOST_ANGLE, MOST_LENGTH, read_tip


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ({"agent": 0, "length": 1.2, "angle": -35}, (0, (1.2, -35))),
        ({"agent": 2, "length": 2, "angle": 180}, (2, (2.0, 180))),
        ({"agent": 1, "length": 0.3000000001, "angle": 5.0, "more": "x"}, (1, (0.3, 5))),
    ],
)
def test_a_tip_is_an_agent_a_length_and_an_angle(told: dict[str, Any], read: object) -> None:
    assert read_tip(told, 3) == read


GOOD: dict[str, Any] = {"agent": 0, "length": 1.0, "angle": 0}
FORGED = (None, True, "1", math.nan, math.inf, -math.inf, 10**400, -(10**400), [1], {"a": 1}, 1j)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", FORGED, ids=lambda value: str(value)[:8])
def test_nothing_else_is_taken(name: str, value: object) -> None:
    assert read_tip(GOOD | {name: value}, 3) is None


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        "x",
        {},
        GOOD | {"agent": 3},
        GOOD | {"agent": -1},
        GOOD | {"agent": 0.5},
        GOOD | {"length": MOST_LENGTH + 0.1},
        GOOD | {"length": -0.1},
        GOOD | {"angle": MOST_ANGLE + 1},
    ],
)
def test_what_no_slider_has_is_not_taken(told: object) -> None:
    assert read_tip(told, 3) is None
