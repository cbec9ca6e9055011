"""A lesson's question as a slide, as SVG: large enough for the back row. No answer is in it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from cgs_core.data import federated_data
from cgs_core.export.interactive import FONT_FAMILY
from cgs_core.export.page_parts import escaped
from cgs_core.export.slide_pictures import MOST_ROWS, Box, arrows_drawing, shards_drawing
from cgs_core.figures.style import INK
from cgs_core.lessons import Lesson, Question, Step

WIDTH, HEIGHT = 1600, 900
_MARGIN = 70
_LETTER = 0.48  # width of a letter, in sizes of its font
_BOLD_LETTER = 0.53
_LETTERS = "ABCDEFGHIJ"
_LINE = 1.22  # from line to line, in sizes of the font
_SMALLEST = 28.0
_GREY = "#5b5e69"


def slide(lesson: Lesson, step: Step, text: str, asked: str) -> str:
    """The slide of a step with a question: what it is about, the question, what there is to choose from, a picture.

    Parameters
    ----------
    text, asked: the step's text and its question's, with their facts.
    """
    assert step.question is not None
    lines = [_text(_MARGIN, 80, 32, [f"{lesson.title} · {step.title}"], color=_GREY)]
    whole = WIDTH - 2 * _MARGIN
    size, about = _fitting(_plain(text), whole, 38, 3)
    lines.append(_text(_MARGIN, 96 + size, size, about))
    top = 96 + size * _LINE * len(about) + 24
    size, wrapped = _fitting(_plain(asked), whole, 54, 3, _BOLD_LETTER)
    lines.append(_text(_MARGIN, top + size, size, wrapped, weight=600))
    top += size * _LINE * len(wrapped) + 44
    drawing = _drawing(lesson, step, (WIDTH * 0.56, top, WIDTH * 0.44 - _MARGIN, HEIGHT - top - 40))
    lines += _choices(step.question, top, WIDTH * 0.5 - _MARGIN if drawing else whole)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="{escaped(FONT_FAMILY)}" role="img" aria-label="{escaped(asked)}">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{"".join(lines)}{drawing}</svg>\n'
    )


def _drawing(lesson: Lesson, step: Step, box: Box) -> str:
    """Who holds what, or the arrows; "" where the step draws neither, or of too many agents."""
    arrows, scenario = lesson.chosen_arrows(step), lesson.chosen_scenario(step)
    if step.picture == "arrows" and arrows is not None:
        return arrows_drawing(arrows, box)
    if step.picture is None or scenario is None or scenario.n_agents > MOST_ROWS:
        return ""
    return shards_drawing(scenario, federated_data(scenario), box)


def _choices(question: Question, top: float, width: float) -> list[str]:
    if question.kind == "number":
        unit = f" {question.unit}" if question.unit else ""
        return [_text(_MARGIN, top + 50, 46, [f"A number from {question.low:g} to {question.high:g}{unit}."])]
    size = 46.0
    labels = _wrapped(question, size, width)
    while size > _SMALLEST and _height(labels, size) > HEIGHT - top - 30:
        size -= 2
        labels = _wrapped(question, size, width)
    lines, y = [], top + size
    for letter, label in zip(_LETTERS, labels, strict=False):
        lines.append(_text(_MARGIN, y, size, [letter], weight=700))
        lines.append(_text(_MARGIN + 1.5 * size, y, size, label))
        y += _height([label], size)
    return lines


def _wrapped(question: Question, size: float, width: float) -> list[list[str]]:
    per_line = int((width - 1.5 * size) / (size * _LETTER))
    return [textwrap.wrap(option.label, per_line) for option in question.options]


def _height(labels: Sequence[Sequence[str]], size: float) -> float:
    return sum(size * (_LINE * len(label) + 0.3) for label in labels)


def _fitting(text: str, width: float, size: float, most: int, letter: float = _LETTER) -> tuple[float, list[str]]:
    """The text in so many lines at most, smaller if it must."""
    while True:
        wrapped = textwrap.wrap(text, int(width / (size * letter)))
        if len(wrapped) <= most or size <= _SMALLEST:
            return size, wrapped
        size -= 2


def _plain(text: str) -> str:
    """Without the stars of words that stand out."""
    return text.replace("*", "")


def _text(x: float, y: float, size: float, lines: Sequence[str], weight: int = 400, color: str = INK) -> str:
    spans = "".join(
        f'<tspan x="{x:.0f}" y="{y + place * size * _LINE:.0f}">{escaped(line)}</tspan>'
        for place, line in enumerate(lines)
    )
    return f'<text font-size="{size:.0f}" font-weight="{weight}" fill="{color}">{spans}</text>\n'
