"""The pages of a teacher's pack, as HTML for A4: the teacher's page, the hand-out, the two questions."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cgs_core.export.interactive import FONT_FAMILY
from cgs_core.export.page_parts import escaped
from cgs_core.figures.style import GRID, INK, Figure
from cgs_core.lessons import Check, Finished, Lesson, Question, Step
from cgs_core.lessons.trials import Trial
from cgs_core.words.lesson_words import alone_words, answer_words, filled, meanings, spread_words

_STYLE = f"""
:root {{ color-scheme: light; }}
body {{ margin: 0 auto; max-width: 46rem; padding: 1rem 1.25rem 3rem; color: {INK}; background: #fff;
  font: 16px/1.45 {FONT_FAMILY}; }}
h1 {{ font-size: 1.7rem; line-height: 1.2; margin: 0 0 0.25rem; }}
h2 {{ font-size: 1.2rem; margin: 1.6rem 0 0.4rem; border-bottom: 1px solid {GRID}; }}
h3 {{ font-size: 1rem; margin: 1rem 0 0.2rem; }}
p {{ margin: 0.35rem 0; }}
.head {{ color: #5b5e69; margin: 0; }}
.right {{ font-weight: 600; }}
.box {{ border: 1.5px solid {INK}; border-radius: 6px; padding: 0.5rem 0.9rem; margin: 0.8rem 0; break-inside: avoid; }}
ul {{ margin: 0.35rem 0; padding-left: 1.4rem; }}
ul.boxes {{ list-style: none; padding-left: 0.2rem; }}
ul.boxes li {{ padding: 0.12rem 0; }}
ul.boxes li::before {{ content: "\\2610"; font-size: 1.25em; margin-right: 0.5rem; }}
ul.boxes li.right::before {{ content: "\\2611"; }}
.line {{ border-bottom: 1px solid #8a8d96; height: 1.9rem; }}
figure {{ margin: 0.6rem 0; break-inside: avoid; }}
figure img {{ display: block; width: 100%; }}
figcaption, .note {{ color: #5b5e69; font-size: 0.9rem; }}
table {{ border-collapse: collapse; width: 100%; font-size: 0.95rem; }}
th, td {{ padding: 0.25rem 0.6rem 0.25rem 0; border-bottom: 1px solid {GRID}; text-align: left; vertical-align: top; }}
table.plan th, table.fill th {{ white-space: nowrap; }}
table.fill td {{ height: 1.9rem; width: 36%; border-left: 1px solid {GRID}; padding-left: 0.5rem; }}
table.fill td:first-child {{ width: auto; border-left: 0; padding-left: 0; }}
tr, table.fill, ul.boxes, section {{ break-inside: avoid; }}
@page {{ size: A4; margin: 15mm; }}
@media print {{
  body {{ max-width: none; padding: 0; font-size: 11pt; }}
  h2, h3, .before {{ break-after: avoid; }}
  .new-sheet {{ break-before: page; }}
}}
"""


@dataclass(frozen=True)
class Drawn:
    """A figure, and its picture as SVG where one could be drawn."""

    figure: Figure
    svg: bytes | None


Pictures = Mapping[tuple[int, str], Drawn]
"""By place of the step and what it is: "given", "result" or "spread"."""


# -- the pages -------------------------------------------------------------------------------------------------


def teachers_page(
    lesson: Lesson, finished: Finished, trials: Sequence[Trial], pictures: Pictures, note: str = ""
) -> str:
    """All of a lesson for who teaches it: the plan, the screens, the answers with their spread over the seeds."""
    plan = _rows([(f"{item.minutes:g} min", item.what) for item in lesson.plan], "plan")
    parts = [f"<p>{_inline(lesson.aim)}</p>", _note(note), f"<h2>The plan: {lesson.minutes:g} minutes</h2>{plan}"]
    parts.append(_note(alone_words(lesson)))
    parts.append("<h2>The screens</h2>")
    for index, step in enumerate(lesson.steps):
        tried = [one for one in trials if one.step is step]
        parts.append(_for_teacher(lesson, index, step, finished, tried, pictures))
    parts.append("<h2>The two questions, before and after</h2>")
    parts += [_check(number, check, is_answered=True) for number, check in enumerate(lesson.checks, 1)]
    return _page(lesson, "For the teacher", parts)


def hand_out(lesson: Lesson, finished: Finished, pictures: Pictures) -> str:
    """What students are given: what to know, what to predict, where to write. No answer is in it."""
    parts = ["<p>Name (or none): ______________________________</p>"]
    drawn: set[str] = set()
    for index, step in enumerate(lesson.steps):
        text = filled(lesson, step, "text", lesson.given(step, finished))
        told = [f"<h2>{_inline(step.title)}</h2>{_paragraphs(text)}"]
        picture = pictures.get((index, "given"))
        if picture is not None and (alt := picture.figure["layout"]["meta"]["alt"]) not in drawn:
            drawn.add(alt)  # each picture once
            told.append(_picture(picture))
        parts.append(f"<section>{''.join(told)}{_to_fill_in(lesson, step, finished)}</section>")
    return _page(lesson, "Hand-out", parts)


def questions_page(lesson: Lesson) -> str:
    """The two questions, once for before the lesson and once for after; no answer is in it."""
    parts = []
    for place, when in enumerate(("Before", "After")):
        kind = ' class="new-sheet"' if place else ""
        parts.append(f"<h2{kind}>{when} the lesson</h2><p>Tick one each. Nobody is marked by it.</p>")
        parts += [_check(number, check, is_answered=False) for number, check in enumerate(lesson.checks, 1)]
    return _page(lesson, "Two questions", parts)


# -- their parts -----------------------------------------------------------------------------------------------


def _for_teacher(
    lesson: Lesson, index: int, step: Step, finished: Finished, trials: Sequence[Trial], pictures: Pictures
) -> str:
    facts = lesson.facts(step, finished)
    parts = [
        f"<h3>{index + 1}. {_inline(step.title)}</h3>",
        _paragraphs(filled(lesson, step, "text", lesson.given(step, finished))),
    ]
    if step.question is not None:
        parts.append(_answered(lesson, step, step.question, finished, [one for one in trials if one.what == "truth"]))
        for what, words in (
            ("spread", "The answer, and what other seeds give." if lesson.scenarios else "The answer."),
            ("result", "The picture to expect."),
        ):
            if (index, what) in pictures:
                parts.append(_picture(pictures[index, what], words))
    if step.change is not None:
        rows = [
            (option.label, filled(lesson, step, "told", lesson.facts(step, finished, chosen)))
            for chosen, option in enumerate(step.change.options)
        ]
        parts.append(_rows(rows) if step.told else "")
    if step.answer:
        parts.append(f'<p><span class="right">Answer:</span> {_inline(filled(lesson, step, "answer", facts))}</p>')
    parts += [f'<p class="note">{_inline(spread_words(one))}</p>' for one in trials if one.what == "claim"]
    return "".join(parts)


def _answered(lesson: Lesson, step: Step, question: Question, finished: Finished, trials: Sequence[Trial]) -> str:
    """The question with its answer, what each answer means, and how it fares on other seeds."""
    truth, facts = lesson.truth(step, finished), lesson.facts(step, finished)
    right = answer_words(question, truth.answer)
    rows = meanings(lesson, step, question, facts)
    given = filled(lesson, step, "question", lesson.given(step, finished))
    spread = "".join(f"<p>{_inline(spread_words(one))}</p>" for one in trials)
    return (
        f'<div class="box"><p><strong>{_inline(given)}</strong></p><p class="right">Right: {_inline(right)}.</p>'
        f"<p>{_inline(filled(lesson, step, 'reveal', facts))}</p>{spread}</div>"
        f'<p class="note before">What each answer means:</p>{_rows(rows)}'
    )


def _to_fill_in(lesson: Lesson, step: Step, finished: Finished) -> str:
    """Where a student writes."""
    question = step.question
    if question is not None:
        asked = f"<p><strong>{_inline(filled(lesson, step, 'question', lesson.given(step, finished)))}</strong></p>"
        return f'<div class="box">{asked}{_ways(question)}<p>Because:</p>{_lines(2)}</div>'
    if step.change is not None:
        rows = "".join(f"<tr><td>{_inline(option.label)}</td><td></td><td></td></tr>" for option in step.change.options)
        heads = f"<tr><th>{_inline(step.change.label)}</th><th>I expect</th><th>I see</th></tr>"
        return f'<table class="fill">{heads}{rows}</table>'
    if step.kind == "misconception":
        return f"<p>Is it so? What do you say now?</p>{_lines(3)}"
    return _lines(3) if step.kind == "follow_up" else ""


def _ways(question: Question) -> str:
    if question.kind == "number":
        unit = f" {question.unit}" if question.unit else ""
        return f"<p>From {question.low:g} to {question.high:g}{unit}: ____________</p>"
    labels = "".join(f"<li>{_inline(option.label)}</li>" for option in question.options)
    how = {"order": "Number them, 1 for the largest.", "card": "Tick all that are so.", "choice": "Tick one."}
    return f'<p class="note">{how[question.kind]}</p><ul class="boxes">{labels}</ul>'


def _check(number: int, check: Check, is_answered: bool) -> str:
    items = []
    for option in check.options:
        kind = ' class="right"' if is_answered and option.key == check.right else ""
        items.append(f"<li{kind}>{_inline(option.label)}</li>")
    why = f"<p>{_inline(check.why)}</p>" if is_answered else ""
    asked = f"<p><strong>{number}. {_inline(check.text)}</strong></p>"
    return f'<div class="box">{asked}<ul class="boxes">{"".join(items)}</ul>{why}</div>'


def _picture(drawn: Drawn, words: str = "") -> str:
    """The picture with its words; without a Chromium its words alone."""
    alt = drawn.figure["layout"]["meta"]["alt"]
    if drawn.svg is None:
        return f'<p class="note">{_inline(words)} {escaped(alt)}</p>'
    source = f"data:image/svg+xml;base64,{base64.b64encode(drawn.svg).decode()}"
    caption = f"<figcaption>{_inline(words)}</figcaption>" if words else ""
    return f'<figure><img src="{source}" alt="{escaped(alt)}">{caption}</figure>'


def _rows(rows: Sequence[tuple[str, str]], kind: str = "told") -> str:
    lines = "".join(f"<tr><th>{_inline(head)}</th><td>{_inline(text)}</td></tr>" for head, text in rows)
    return f'<table class="{kind}">{lines}</table>'


def _lines(count: int) -> str:
    return '<div class="line"></div>' * count


def _note(words: str) -> str:
    return f'<p class="note">{escaped(words)}</p>' if words else ""


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_inline(part)}</p>" for part in text.split("\n\n"))


def _inline(text: str) -> str:
    """Text as HTML, in which **words** stand out and *words* are slanted."""
    bold = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escaped(text))
    return re.sub(r"\*(.+?)\*", r"<em>\1</em>", bold)


def _page(lesson: Lesson, kind: str, parts: Sequence[str]) -> str:
    number = "" if lesson.number is None else f"Lesson {lesson.number} · "
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escaped(lesson.title)}: {kind}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<header><p class="head">{number}{kind}</p><h1>{_inline(lesson.title)}</h1></header>\n'
        f"<main>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )
