"""The parts of a report's page: sections, tables, figures, and the frame around them. All text is escaped here."""

from __future__ import annotations

import html
import re
from collections.abc import Container, Sequence

from cgs_core.export.interactive import FONT_FAMILY, figure_element, plotly_library, with_slider
from cgs_core.figures.style import GRID, INK, Figure

_NUMBER = re.compile(r"[★ ]*(?:[+−]?[\d,.]+(?:e[+−-]?\d+)?(?:\u00a0?\s?(?:%|kB))?|–|undefined|∞)")
_DIGIT = re.compile(r"\d")
_STYLE = f"""
:root {{ color-scheme: light; }}
body {{ margin: 0 auto; max-width: 66rem; padding: 1rem 1.25rem 3rem; color: {INK}; background: #fff;
  font: 16px/1.5 {FONT_FAMILY}; }}
h1 {{ font-size: 1.75rem; line-height: 1.25; margin: 0.5rem 0; }}
h2 {{ font-size: 1.3rem; margin: 2.5rem 0 0.5rem; border-bottom: 1px solid {GRID}; }}
h3 {{ font-size: 1.05rem; margin: 0 0 0.25rem; }}
p, li, figcaption, dd {{ max-width: 46rem; }}
a {{ color: #00558a; overflow-wrap: anywhere; }}
nav a {{ display: inline-block; margin-right: 1rem; }}
figure {{ margin: 2rem 0; }}
figcaption, caption, .note {{ color: #5b5e69; font-size: 0.9rem; }}
.figure {{ max-width: 50rem; overflow-x: auto; }}
.small-figures {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 0.5rem; }}
.small-figures .figure {{ overflow: hidden; }}
.small-figures .figure > div {{ min-width: 0 !important; }}
.why {{ margin: 1.5rem 0; }}
.why td {{ min-width: 12rem; }}
.why tbody th {{ min-width: 7rem; white-space: normal; }}
.wide {{ overflow-x: auto; margin: 1rem 0; }}
table {{ border-collapse: collapse; min-width: 21rem; font-size: 0.9rem; font-variant-numeric: tabular-nums; }}
caption {{ text-align: left; padding: 0.25rem 0; }}
th, td {{ padding: 0.25rem 0.6rem; border-bottom: 1px solid {GRID}; text-align: left; vertical-align: top; }}
th {{ font-weight: 600; }}
tbody th {{ white-space: nowrap; }}
td:last-child:not(.number) {{ min-width: 15rem; }}
th.number, td.number {{ text-align: right; white-space: nowrap; }}
tr.changed > * {{ background: #fff4d6; font-weight: 600; }}
dt {{ font-weight: 600; margin-top: 1rem; }}
dd {{ margin: 0.1rem 0 0; }}
math {{ width: max-content; max-width: 100%; margin: 0.2rem 0; padding: 0.2em 0; overflow: auto hidden;
  font-size: 1.1em; }}
math .mean {{ border-top: 1px solid; padding-top: 2px; }}
mtd[columnalign="right"] {{ text-align: right; }}
mtd[columnalign="left"] {{ text-align: left; }}
@media print {{
  @page {{ size: A4; margin: 14mm; }}
  body {{ max-width: none; padding: 0; font-size: 10.5pt; }}
  nav, noscript {{ display: none; }}
  .slider-rail-rect, .slider-grip-rect {{ visibility: hidden; }}
  a[href^="http"]::after {{ content: ": " attr(href); overflow-wrap: anywhere; }}
  h2, h3 {{ break-after: avoid; }}
  .small-figures {{ grid-template-columns: repeat(3, 1fr); }}
  .small-figures, figure, tr, dt, dt + dd, #source {{ break-inside: avoid; }}
  dt {{ break-after: avoid; }}
  .wide, .figure {{ overflow: visible; }}
  table {{ font-size: 8.5pt; }}
  th, td, tbody th, th.number {{ padding: 0.15rem 0.35rem; white-space: normal; }}
  tr.changed > * {{ print-color-adjust: exact; -webkit-print-color-adjust: exact; }}
}}
"""
_PRINTING = """
(() => {
  // A figure is made smaller until the sheet holds it. It is not drawn anew: that may come too late for the printer.
  const WIDE = 680, TALL = 880; // pixels of an A4 sheet within its margins
  const resize = (scaleOf) => document.querySelectorAll(".js-plotly-plot").forEach((plot) => {
    plot.style.zoom = scaleOf(plot);
  });
  const fitting = (plot) => Math.min(1, WIDE / plot._fullLayout.width, TALL / plot._fullLayout.height);
  window.addEventListener("beforeprint", () => resize(fitting));
  window.addEventListener("afterprint", () => resize(() => ""));
})();
"""


class Html(str):
    """Text that is HTML already; whoever makes one has escaped what is in it."""


def escaped(text: object) -> str:
    """Text as HTML, whoever wrote it."""
    return text if isinstance(text, Html) else html.escape(str(text))


def paragraph(text: str, is_note: bool = False) -> str:
    """Text, in which **words** stand out."""
    bold = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escaped(text))
    return f'<p class="note">{bold}</p>\n' if is_note else f"<p>{bold}</p>\n"


def section(title: str, anchor: str, *parts: str) -> str:
    """A part of the page under its heading."""
    return f'<section id="{escaped(anchor)}">\n<h2>{escaped(title)}</h2>\n{"".join(parts)}</section>\n'


def table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], changed: Container[int] = frozenset()
) -> str:
    """A table with its caption; the first cell of a row is its heading, columns of numbers stand to the right.

    Parameters
    ----------
    changed: places of the rows that stand out.
    """
    columns = [[row[place] for row in rows] for place in range(len(heads))]
    numeric = [
        place > 0 and all(map(_NUMBER.fullmatch, texts)) and any(map(_DIGIT.search, texts))
        for place, texts in enumerate(columns)
    ]
    kinds = [' class="number"' if is_number else "" for is_number in numeric]
    head = "".join(f'<th scope="col"{kind}>{escaped(text)}</th>' for kind, text in zip(kinds, heads, strict=True))
    lines = []
    for place, row in enumerate(rows):
        first, *others = row
        cells = "".join(f"<td{kind}>{escaped(text)}</td>" for kind, text in zip(kinds[1:], others, strict=True))
        mark = ' class="changed"' if place in changed else ""
        lines.append(f'<tr{mark}><th scope="row">{escaped(first)}</th>{cells}</tr>\n')
    return (
        f'<div class="wide"><table>\n<caption>{escaped(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{''.join(lines)}</tbody>\n</table></div>\n"
    )


def figure_part(name: str, question: str, figure: Figure) -> str:
    """A figure under the question that it answers, with a slider over its rounds, and its words below."""
    alt = figure["layout"]["meta"]["alt"]
    return (
        f'<figure id="figure-{escaped(name)}">\n<h3>{escaped(question)}</h3>\n'
        f"{figure_element(with_slider(figure), f'plot-{name}')}<figcaption>{escaped(alt)}</figcaption>\n"
        "</figure>\n"
    )


def link_part(words: str, link: str) -> str:
    """A link to follow; a reader's browser asks nobody before that."""
    return f'<p><a href="{escaped(link)}" rel="noreferrer">{escaped(words)}</a></p>\n'


def page(title: str, sections: Sequence[str], contents: Sequence[tuple[str, str]] = ()) -> str:
    """The whole file: it holds the chart library once, and asks nobody for anything.

    Parameters
    ----------
    contents: (anchor, words) of the links to its sections.
    """
    links = "".join(f'<a href="#{escaped(anchor)}">{escaped(words)}</a>' for anchor, words in contents)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escaped(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<style>{_STYLE}</style>\n<script>{plotly_library()}</script>\n</head>\n<body>\n"
        f'<header><h1>{escaped(title)}</h1>\n<nav aria-label="Contents">{links}</nav></header>\n'
        "<noscript><p><strong>The figures need JavaScript; all else can be read without it.</strong></p></noscript>\n"
        f"<main>\n{''.join(sections)}</main>\n<script>{_PRINTING}</script>\n</body>\n</html>\n"
    )
