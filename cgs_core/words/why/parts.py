"""What a step of a "Why" is made of: numbers that know the Python that prints them, and formulas that they stand in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cgs_core.figures.style import signed

_PLACE = re.compile(r"@(\(?)(\w+)\)?@")
_POWER = re.compile(r"e([+-])0*(\d+)")
_COMMAND = re.compile(r"\\[A-Za-z]+ ?|[{}_]+")
_SHORT, _SHORT_HEAD = 70, 18  # letters of TeX, of a formula and of its left side as they are seen: one line is enough
_MOST_TERMS = 4  # of a sum that is written out


@dataclass(frozen=True)
class Number:
    """A number of a formula.

    Attributes
    ----------
    name: what the formula and the program call it.
    value: as the trace has it.
    spec: how it is written, as Python's ``format`` takes it.
    code: a Python expression that gives the value, of the names that the step's ``setup`` makes.
    """

    name: str
    value: float
    spec: str
    code: str

    @property
    def text(self) -> str:
        """As the program prints it, for instance "-0.213"."""
        return format(self.value, self.spec)

    @property
    def words(self) -> str:
        """As people read it, for instance "−0.213" or "81.3 %"; what is written as zero has no sign."""
        plain = _POWER.sub(lambda found: f"·10^{found[1].replace('+', '')}{found[2]}", self.text)
        return signed(plain).replace("%", "\u00a0%")

    @property
    def tex(self) -> str:
        plain = signed(self.text).replace("\N{MINUS SIGN}", "-").replace(",", "{,}").replace("%", r"\,\%")
        return _POWER.sub(lambda found: rf"\cdot 10^{{{found[1].replace('+', '')}{found[2]}}}", plain)


@dataclass(frozen=True)
class Formula:
    """A formula with its numbers in it: for KaTeX, and as plain text for a screen reader and a sheet of paper."""

    tex: str
    text: str


@dataclass(frozen=True)
class Step:
    """One of the five steps.

    Attributes
    ----------
    name: "update", "worth", "importance", "pay" or "model".
    title: its heading.
    sentence: what it says in plain words.
    formulas: none where the step has nothing to compute.
    numbers: all that stand in the formulas.
    setup: the lines of the program before it prints.
    """

    name: str
    title: str
    sentence: str
    formulas: tuple[Formula, ...]
    numbers: tuple[Number, ...]
    setup: tuple[str, ...]

    @property
    def code(self) -> str:
        """A program that prints each number as "name = digits"; it takes a finished ``trace``."""
        if not self.numbers:
            return ""
        prints = [f'print(f"{one.name} = {{{one.code}:{one.spec}}}")' for one in self.numbers]
        return "\n".join([*self.setup, "", *prints]) + "\n"


def step(
    name: str,
    title: str,
    sentence: str,
    lines: Sequence[tuple[str, str]] = (),
    numbers: Sequence[Number] = (),
    setup: Sequence[str] = (),
) -> Step:
    """A step whose ``lines`` are formulas (tex, text) with @name@ where a number stands.

    @(name)@ puts a number in brackets where it is negative. Numbers that no formula shows are left out.
    """
    by_name = {one.name: one for one in numbers}
    shown = {found[1] for line in lines for part in line for found in _PLACE.findall(part)}
    formulas = tuple(Formula(_filled(tex, by_name, "tex"), _filled(text, by_name, "words")) for tex, text in lines)
    return Step(name, title, sentence, formulas, tuple(one for one in numbers if one.name in shown), tuple(setup))


def _filled(template: str, numbers: dict[str, Number], kind: str) -> str:
    def put(found: re.Match[str]) -> str:
        number = numbers[found[2]]
        text: str = getattr(number, kind)
        return f"({text})" if found[1] and number.text[0] == "-" else text

    if kind == "tex":
        template = _on_two_lines(template)
    return _PLACE.sub(put, template)


def _on_two_lines(tex: str) -> str:
    """A longer formula in letters, and under it in numbers, so that a phone's screen is wide enough."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(tex):
        depth += {"{": 1, "}": -1, "(": 1, ")": -1}.get(letter, 0)
        if depth == 0 and tex.startswith(" = ", place):
            parts.append(tex[start:place])
            start = place + 3
    head, *others = [*parts, tex[start:]]
    letters = [one for one in others if "@" not in one]
    numbers = [one for one in others if "@" in one]
    is_short = len(tex) < _SHORT or (not letters and len(_COMMAND.sub("x", head)) < _SHORT_HEAD)
    if not numbers or is_short:
        return tex
    first = f"{head} &= {letters[0]}" if letters else f"& {head}"
    lines = [first, *(f"&= {one}" for one in letters[1:]), f"&= {' = '.join(numbers)}"]
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def at(round_index: int, agent: int) -> str:
    """The line of a program that says which round and which agent."""
    return f"t, i = {round_index}, {agent}  # round {round_index + 1}, Agent {agent + 1}: Python counts from 0"


def sum_of(symbol: str, values: Sequence[float], spec: str, code: str) -> tuple[str, str, list[Number]]:
    """A mean written out, for TeX and as text, with its numbers: the first two, the last, how many, and the mean.

    ``code`` is an expression of all the values, (n,).
    """
    count = len(values)
    places = terms_shown(count)
    numbers = [Number(f"{symbol}_{place + 1}", values[place], spec, f"{code}[{place}]") for place in places]
    names = with_dots([f"@({one.name})@" for one in numbers], count)
    numbers += [Number("n", count, "d", f"len({code})")]
    numbers += [Number(f"mean_{symbol}", sum(values) / count, spec, f"{code}.mean()")]
    tex = rf"\frac{{{' + '.join(names)}}}{{@n@}} = @mean_{symbol}@".replace("…", r"\dots")
    return tex, f"({' + '.join(names)}) / @n@ = @mean_{symbol}@", numbers


def terms_shown(count: int) -> list[int]:
    """Which of so many terms of a sum are written out: all where they are few, else the first two and the last."""
    return list(range(count)) if count < _MOST_TERMS else [0, 1, count - 1]


def with_dots(terms: list[str], count: int) -> list[str]:
    """The terms that are written out of so many, with dots where some are left out."""
    return terms if len(terms) == count else [*terms[:-1], "…", terms[-1]]
