"""A prediction beside what is so, and a class's predictions: what is drawn, and what the words say."""

from __future__ import annotations

import itertools
import json
from typing import Any

import plotly.graph_objects as go
import pytest

from cgs_core.figures import Figure, plain_arrows_figure
from cgs_core.figures.runs.answers import answer_figure, class_figure
from cgs_core.figures.style import FAINT, SMALL_FONT_SIZE
from cgs_core.lessons import Option, Question, Truth

OPTIONS = tuple(Option(key=key, label=label) for key, label in (("a", "Agent 1"), ("b", "Agent 2"), ("c", "Nobody")))
CHOICES = {
    "kind": "choice",
    "text": "Which?",
    "truth": "t",
    "margin": 0.1,
    "reveal": "So.",
    "option": OPTIONS,
    "unit": "%",
}
CHOICE, ORDER, CARD = (Question(**(CHOICES | {"kind": kind})) for kind in ("choice", "order", "card"))
NUMBER = Question(kind="number", text="How much?", truth="t", margin=5, reveal="So.", unit="%", low=0, high=100, step=1)
VALUES = {"a": 10.0, "b": 60.0, "c": -5.0}
OTHERS = (Truth("b", 1, {"a": 20.0, "b": 50.0, "c": 0.0}), Truth("a", 1, {"a": 55.0, "b": 50.0, "c": 0.0}))
NUMBERS = (Truth(80.0, 1, {"": 80.0}), Truth(95.0, 1, {"": 95.0}))
CASES: dict[str, tuple[Question, Truth, Any, tuple[Truth, ...]]] = {
    "number": (NUMBER, Truth(89.4, 1, {"": 89.4}), 55.0, NUMBERS),
    "order": (ORDER, Truth(("b", "a", "c"), 1, VALUES), ("a", "b", "c"), OTHERS),
    "choice": (CHOICE, Truth("b", 1, VALUES), "a", OTHERS),
    "card": (CARD, Truth(("a", "b"), 1, VALUES), ("a", "c"), OTHERS),
}


def figures_of(kind: str) -> list[Figure]:
    question, truth, answer, others = CASES[kind]
    alone = [
        answer_figure(question, truth, one, name="l", others=seeds) for one in (answer, None) for seeds in ((), others)
    ]
    counted = itertools.product(([], [answer] * 3), (None, truth))
    return alone + [class_figure(question, answers, so, name="l") for answers, so in counted]


def alt(figure: Figure) -> str:
    return str(figure["layout"]["meta"]["alt"])


@pytest.mark.parametrize("kind", CASES)
def test_plotly_accepts_every_kind_and_its_text_is_large_enough(kind: str):
    for figure in figures_of(kind):
        json.dumps(figure, allow_nan=False)
        go.Figure(figure)
        layout = figure["layout"]
        fonts = [one["font"] for one in layout.get("annotations", ())] + [layout["xaxis"]["tickfont"]]
        assert layout["meta"]["min_width"] <= 340
        assert all(font["size"] >= SMALL_FONT_SIZE and font["color"] != FAINT for font in fonts)


def test_the_words_say_what_was_said_and_what_is_so():
    said = {kind: alt(answer_figure(*CASES[kind][:3], name="l")) for kind in CASES}
    assert said["number"] == "A line of numbers. You said 55 %; it is 89 %: 34 points apart."
    assert said["order"].startswith("Agent 2 is 1st with 60 %, you said 2nd; Agent 1 is 2nd with 10 %, you said 1st")
    assert said["choice"] == "Agent 1: 10 %, you said this; Agent 2: 60 %, so it is; Nobody: −5 %."
    assert (
        said["card"] == "Agent 1: 10 %, so it is, you said this; Agent 2: 60 %, so it is; Nobody: −5 %, you said this."
    )
    others = answer_figure(*CASES["number"][:3], name="l", others=NUMBERS)
    assert alt(others).endswith("2 other seeds give 80 % to 95 %.")


def test_the_diamond_of_an_order_lies_where_its_place_is():
    figure = answer_figure(*CASES["order"][:3], name="l")
    (diamonds,) = [one for one in figure["data"] if one.get("name") == "You said"]
    assert (diamonds["x"], diamonds["y"]) == ([10.0, 60.0, -5.0], [0, 1, 2])


def test_a_class_that_is_held_back_is_shown_nothing_of_what_is_so():
    for kind, (question, truth, answer, _) in CASES.items():
        hidden, open_ = (class_figure(question, [answer], so, name="l") for so in (None, truth))
        assert "is so" not in json.dumps(hidden) and "It is" not in alt(hidden) and "order is" not in alt(hidden)
        assert hidden != open_, kind
        assert ("in a ring: it is so" in json.dumps(open_)) == (kind == "order")


def test_a_class_is_counted():
    figure = class_figure(CHOICE, ["a", "b", "b"], None, name="l")
    assert figure["data"][0]["x"] == [1, 2, 0]
    figure = class_figure(NUMBER, [0.0, 100.0, 99.0, 50.0], None, name="l")
    assert sum(figure["data"][0]["y"]) == 4 and figure["data"][0]["y"][-1] == 2
    places = class_figure(ORDER, [("a", "b", "c"), ("a", "c", "b")], None, name="l")["data"][0]
    cells = dict(zip(zip(places["y"], places["x"], strict=True), places["text"], strict=True))
    assert cells == {(0, 0): "2", (1, 1): "1", (1, 2): "1", (2, 1): "1", (2, 2): "1"}


def test_a_label_is_no_markup():
    options = (Option(key="a", label="<b>a</b>"), Option(key="b", label="b & c"))
    question = Question(**(CHOICES | {"option": options}))
    figure = answer_figure(question, Truth("a", 1, {"a": 1.0, "b": 0.0}), None, name="l")
    ticks = " ".join(figure["layout"]["yaxis"]["ticktext"])
    assert "&lt;b&gt;a" in ticks and "b &amp; c" in ticks


def test_plain_arrows_say_nothing_of_their_worth():
    figure = plain_arrows_figure([1, 1, 1], [0, 0, 90])
    go.Figure(figure)
    assert alt(figure) == (
        "Arrows from one origin. Agent 1: length 1, angle 0 degrees; Agent 2: length 1, angle 0 degrees; "
        "Agent 3: length 1, angle 90 degrees."
    )
    assert [one["text"] for one in figure["layout"]["annotations"] if one["text"]] == ["Agent 1<br>Agent 2", "Agent 3"]


def test_words_of_a_unit_stand_at_the_axis_once() -> None:
    unit = "% of the shared update"
    valued = tuple(one.model_copy(update={"value": 50.0 * place}) for place, one in enumerate(OPTIONS))
    by_number = Question(**(CHOICES | {"unit": unit, "option": valued}))
    on_lines: list[tuple[Question, Truth, Any]] = [
        (NUMBER.model_copy(update={"unit": unit}), Truth(89.4, 1, {"": 89.4}), 55.0)
    ]
    on_lines += [(by_number, Truth("a", 1, {"": 12.0}), "b")]
    in_rows = [(question.model_copy(update={"unit": unit}), *CASES[question.kind][1:3]) for question in (CHOICE, ORDER)]
    for question, truth, answer in on_lines + in_rows:
        figures = [answer_figure(question, truth, answer, name="l")]
        figures += [class_figure(question, [answer], truth, name="l")] if question.kind == "number" else []
        for figure in figures:
            axis = figure["layout"]["xaxis"]
            assert axis["title"]["text"] == "of the shared update"
            assert all(tick.endswith(" %") for tick in axis["ticktext"])
            assert "of the shared" not in json.dumps([figure["layout"]["annotations"], alt(figure)])
    gained = answer_figure(CHOICE.model_copy(update={"unit": "points gained"}), *CASES["choice"][1:3], name="l")
    assert gained["layout"]["xaxis"]["title"]["text"] == "points gained"
    assert gained["layout"]["xaxis"]["ticktext"] == ["0", "60"]
    values = {"a": 0.752, "b": 0.427, "c": 0.157}
    order = answer_figure(
        ORDER.model_copy(update={"unit": "cosine"}), Truth(("a", "b", "c"), 1, values), None, name="l"
    )
    assert order["layout"]["xaxis"]["ticktext"] == ["0", "0.6"]


def test_the_border_of_a_card_is_drawn_and_named() -> None:
    question, truth, answer, _ = CASES["card"]
    layout = answer_figure(question.model_copy(update={"border": 45.0}), truth, answer, name="l")["layout"]
    ((line, axis),) = [(shape, layout["xaxis"]) for shape in layout["shapes"]]
    assert line["x0"] == line["x1"] == 45 and axis["range"][0] < 45 < axis["range"][1]
    assert "45" in axis["ticktext"] and axis["tickvals"][axis["ticktext"].index("45")] == 45
