"""A lesson's question as a slide, as SVG: large enough for the back row. No answer is in it."""

from __future__ import annotations

import base64
import textwrap

from cgs_core.export.interactive import FONT_FAMILY
from cgs_core.export.page_parts import escaped
from cgs_core.figures.style import INK
from cgs_core.lessons import Lesson, Question, Step

WIDTH, HEIGHT = 1600, 900
_MARGIN = 80
_LETTER = 0.52  # width of a letter, in sizes of its font
_LETTERS = "ABCDEFGHIJ"


def slide(lesson: Lesson, step: Step, asked: str, picture: bytes | None = None) -> str:
    """The slide of a step with a question: its title, the question, what there is to choose from, a picture if there
    is one.

    Parameters
    ----------
    asked: the question's text, with its facts. picture: an SVG of what is given.
    """
    assert step.question is not None
    lines = [_text(_MARGIN, 96, 38, [f"{lesson.title}: {step.title}"], color="#5b5e69")]
    size, wrapped = _fitting(asked, 60, 4)
    lines.append(_text(_MARGIN, 120 + size, size, wrapped, weight=600))
    top = 130 + size * 1.25 * len(wrapped) + 40
    beside = picture is not None
    lines += _choices(step.question, top, WIDTH * (0.46 if beside else 0.9))
    if picture is not None:
        source = f"data:image/svg+xml;base64,{base64.b64encode(picture).decode()}"
        lines.append(
            f'<image x="{WIDTH * 0.53:.0f}" y="{top:.0f}" width="{WIDTH * 0.44:.0f}" '
            f'height="{HEIGHT - top - 40:.0f}" preserveAspectRatio="xMidYMin meet" href="{source}"/>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="{escaped(FONT_FAMILY)}" role="img" aria-label="{escaped(asked)}">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{"".join(lines)}</svg>\n'
    )


def _choices(question: Question, top: float, width: float) -> list[str]:
    if question.kind == "number":
        unit = f" {question.unit}" if question.unit else ""
        return [_text(_MARGIN, top + 50, 50, [f"A number from {question.low:g} to {question.high:g}{unit}."])]
    room = (HEIGHT - top - 40) / len(question.options)
    size = min(48.0, room / 1.3)
    while True:
        per_line = int((width - 90) / (size * _LETTER))
        labels = [textwrap.wrap(option.label, per_line) for option in question.options]
        if sum(len(label) for label in labels) * size * 1.25 + 12 * len(labels) <= HEIGHT - top - 40 or size <= 24:
            break
        size -= 2
    lines, y = [], top + size
    for letter, label in zip(_LETTERS, labels, strict=False):
        lines.append(_text(_MARGIN, y, size, [letter], weight=700))
        lines.append(_text(_MARGIN + 80, y, size, label))
        y += size * 1.25 * len(label) + 12
    return lines


def _fitting(text: str, size: float, most: int) -> tuple[float, list[str]]:
    """The text in so many lines at most, smaller if it must."""
    while True:
        wrapped = textwrap.wrap(text, int((WIDTH - 2 * _MARGIN) / (size * _LETTER)))
        if len(wrapped) <= most or size <= 30:
            return size, wrapped
        size -= 2


def _text(x: float, y: float, size: float, lines: list[str], weight: int = 400, color: str = INK) -> str:
    spans = "".join(
        f'<tspan x="{x:.0f}" y="{y + place * size * 1.25:.0f}">{escaped(line)}</tspan>'
        for place, line in enumerate(lines)
    )
    return f'<text font-size="{size:.0f}" font-weight="{weight}" fill="{color}">{spans}</text>\n'
