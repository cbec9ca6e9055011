import pytest

from cgs_core.lessons import Question, agrees, is_right, meaning
from cgs_core.lessons.truths import truth_of


def _question(kind: str, values: tuple[float | None, ...] = (None, None, None), **more: object) -> Question:
    options = tuple(
        {"key": key, "label": key, "told": f"about {key}"} | ({} if value is None else {"value": value})
        for key, value in zip("abc", values, strict=True)
    )
    given = {"kind": kind, "text": "?", "truth": "f", "margin": 5.0, "reveal": "!", "option": options} | more
    return Question.model_validate(given)


def test_the_largest_is_right_of_a_choice_and_its_gap_to_the_next_is_the_margin() -> None:
    question = _question("choice")
    truth = truth_of(question, {"a": 1, "b": 9, "c": 3})
    assert (truth.answer, truth.margin) == ("b", 6)
    assert is_right(question, truth, "b") and not is_right(question, truth, "a")
    assert meaning(question, truth, "a") == "about a"


def test_the_nearest_option_is_right_of_a_number_and_the_border_to_the_next_is_the_margin() -> None:
    truth = truth_of(_question("choice", (10.0, 50.0, 100.0)), 60)
    assert (truth.answer, truth.margin, truth.values) == ("b", 15, {"": 60})  # 75 is the border


def test_an_order_is_as_clear_as_its_closest_neighbours() -> None:
    question = _question("order", wrong="no")
    truth = truth_of(question, {"a": 1, "b": 9, "c": 3})
    assert (truth.answer, truth.margin) == (("b", "c", "a"), 2)
    assert not is_right(question, truth, ("b", "a", "c")) and meaning(question, truth, ("b", "a", "c")) == "no"


def test_of_a_card_those_above_zero_are_ticked() -> None:
    question = _question("card")
    truth = truth_of(question, {"a": 0.5, "b": -0.25, "c": 2})
    assert (truth.answer, truth.margin) == (("a", "c"), 0.25)
    assert is_right(question, truth, ("c", "a"))
    above_1 = truth_of(_question("card", border=1), {"a": 0.5, "b": -0.25, "c": 2})
    assert (above_1.answer, above_1.margin, above_1.values["c"]) == (("c",), 0.5, 2)
    assert meaning(question, truth, ("b", "c")) == "about a about b"


def test_a_number_may_differ_by_the_margin() -> None:
    question = _question("number", too_low="more", too_high="less")
    truth = truth_of(question, 42)
    assert is_right(question, truth, 47.0) and not is_right(question, truth, 48.0)
    assert [meaning(question, truth, answer) for answer in (42.0, 30.0, 60.0)] == ["", "more", "less"]


def test_another_seed_agrees_only_where_its_answer_is_the_same_and_as_clear() -> None:
    choice, number = _question("choice"), _question("number")
    shown = truth_of(choice, {"a": 1, "b": 9, "c": 3})
    assert agrees(choice, truth_of(choice, {"a": 0, "b": 6, "c": 1}), shown)
    assert not agrees(choice, truth_of(choice, {"a": 0, "b": 6, "c": 2}), shown)  # 4 is less than the margin
    assert not agrees(choice, truth_of(choice, {"a": 9, "b": 1, "c": 1}), shown)
    assert agrees(number, truth_of(number, 46), truth_of(number, 42))
    assert not agrees(number, truth_of(number, 48), truth_of(number, 42))


@pytest.mark.parametrize("given", [{"a": 1, "b": 2}, {"a": 1, "b": 2, "c": float("nan")}, "b"])
def test_a_truth_of_the_wrong_form_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"must|options"):
        truth_of(_question("choice"), given)
