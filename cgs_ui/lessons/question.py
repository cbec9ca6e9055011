"""The questions of a lesson on the page: to be put in order, a number on a slider, a choice, a card to tick.

What a component reports is checked like a link: a browser may send anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from cgs_core.errors import ScenarioError
from cgs_core.figures.runs.answers import number_text, number_unit
from cgs_core.lessons import Answer, Option, Question
from cgs_ui.lessons.answers import checked_answer
from cgs_ui.lessons.screens import Screen
from cgs_ui.places import asset
from cgs_ui.served import component_script, nothing

_NOT_YET = {
    "number": "Move the slider first.",
    "choice": "Choose one of them first.",
}


@cache
def _component() -> Any:
    return st.components.v2.component(
        "cgs_question",
        html='<div class="cgs-question"></div>',
        css=asset("lesson_question.css"),
        js=component_script("lesson_question.js"),
        isolate_styles=False,
    )  # what has the focus is asked of the document


def ask(screen: Screen, name: str) -> None:
    """The controls of a screen's question; ``given`` reads what they say. ``name``: unlike that of any other asking."""
    if screen.check is not None:
        _choice(screen.check.text, screen.check.options, name)
    elif screen.step is not None and screen.step.question is not None:
        ask_question(screen.step.question, name)


def given(screen: Screen, name: str) -> Answer:
    """The answer that the controls say. ``ScenarioError``, in words for the learner, where there is none yet."""
    question = None if screen.step is None else screen.step.question
    value = st.session_state.get(name) if question is None else said(question, name)
    if value is None:
        raise ScenarioError("answer", _NOT_YET["choice"], value)
    return checked_answer(screen, value)


def said(question: Question, name: str) -> Any:
    """What the controls of a question say, not yet checked. ``ScenarioError``, in words for the learner, where they say
    nothing yet."""
    value = _said(question, name)
    if value is None:
        raise ScenarioError("answer", _NOT_YET["number" if question.kind == "number" else "choice"], value)
    return value


def _said(question: Question, name: str) -> Any:
    """None where they say nothing."""
    if question.kind == "choice":
        return st.session_state.get(name)
    if question.kind == "card":
        return [key for key in question.keys if st.session_state.get(f"{name}_{key}")]
    state = st.session_state.get(name)
    value = None if state is None else state.get("answer")
    return list(question.keys) if value is None and question.kind == "order" else value


def ask_question(question: Question, name: str) -> None:
    """The controls of a question; ``said`` reads what they say."""
    if question.kind == "choice":
        _choice(question.text, question.options, name)
        return
    with st.container(key="lesson_asked"):
        st.markdown(question.text)
    if question.kind == "card":
        for option in question.options:
            st.checkbox(option.label, key=f"{name}_{option.key}")
        return
    data: dict[str, Any] = {"kind": question.kind, "name": name, "value": None, "label": question.text}
    if question.kind == "number":
        data |= {"low": question.low, "high": question.high, "step": question.step, "unit": number_unit(question)}
    else:
        options = [{"key": option.key, "label": option.label} for option in question.options]
        data |= {"options": options, "first": "most", "last": "least"}
    _component()(data=data, key=name, on_answer_change=nothing)


def _choice(text: str, options: Sequence[Option], name: str) -> None:
    labels = {option.key: option.label for option in options}
    st.radio(text, labels, index=None, format_func=labels.__getitem__, key=name)


def answer_words(screen: Screen, answer: Answer) -> str:
    """An answer as people read it."""
    if screen.check is not None:
        return _labels(screen.check.options, [answer]) or "no answer"
    question = None if screen.step is None else screen.step.question
    return str(answer) if question is None else words_of_answer(question, answer)


def words_of_answer(question: Question, answer: Answer) -> str:
    """An answer to a question as people read it."""
    if question.kind == "number":
        return number_text(question)(float(answer)) if isinstance(answer, float | int) else ""
    if question.kind == "choice":
        return _labels(question.options, [answer])
    keys = list(answer) if isinstance(answer, tuple) else []
    return _labels(question.options, keys, ", " if question.kind == "order" else "; ") or "none of them"


def _labels(options: Sequence[Option], keys: Sequence[object], between: str = "; ") -> str:
    labels = {option.key: option.label for option in options}
    return between.join(labels[str(key)] for key in keys if str(key) in labels)
