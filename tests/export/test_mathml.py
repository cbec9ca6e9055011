"""Formulas of a report: what KaTeX draws on the pages, as MathML that a browser draws by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, fromstring

import pytest

from cgs_core import Agent, Scenario, run
from cgs_core.export.mathml import mathml
from cgs_core.figures.style import signed
from cgs_core.scenario import CHOICES
from cgs_core.words.terms import TERMS
from cgs_core.words.why import Formula, why_steps

MATHML = "{http://www.w3.org/1998/Math/MathML}"
SMALL = Scenario(dataset="wine", n_agents=4, n_rounds=2, n_validation=15, agents=(Agent(conduct="sign_flipper"),))
KNOWN = (  # of MathML Core, which browsers draw
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle", "mfrac", "msqrt", "mtable", "mtr", "mtd"),
    *("msub", "msup", "msubsup", "munder", "mover", "munderover"),
)


def read(tex: str, text: str = "") -> Element:
    return fromstring(mathml(tex, text))


def words(element: Element) -> str:
    return re.sub(r"\s", "", "".join(element.itertext()).replace("\u2212", "-"))


def formulas_of(field: str) -> Iterator[tuple[Formula, list[str]]]:
    """Every formula that a choice of the field can give, with the numbers that stand in it."""
    for choice in CHOICES[field]:
        trace = run(SMALL.replace(**{field: choice}))
        for agent in (0, 3):
            for index in (0, 1, None):
                for step in why_steps(trace, agent, index):
                    for formula in step.formulas:
                        numbers = [one for one in step.numbers if one.tex in formula.tex and "e" not in one.text]
                        yield formula, [signed(one.text).replace("\u2212", "-") for one in numbers]


def assert_drawn(element: Element) -> None:
    tags = {part.tag.removeprefix(MATHML) for part in element.iter()}
    assert tags <= set(KNOWN)
    assert not re.search(r"[\\&@{}#]", words(element)), words(element)


@pytest.mark.parametrize(
    "field", ["valuation", "reward_rule", "importance_rule", "upload_scaling", "aggregation_weight"]
)
def test_every_formula_of_every_choice_has_its_numbers_and_its_words(field: str) -> None:
    n_formulas = 0
    for formula, numbers in formulas_of(field):
        element = read(formula.tex, formula.text)
        assert_drawn(element)
        assert element.get("alttext") == formula.text and element.get("display") == "block"
        assert all(number.replace(",", "") in words(element).replace(",", "") for number in numbers), formula
        n_formulas += 1
    assert n_formulas > 20


@pytest.mark.parametrize("key", [key for key, term in TERMS.items() if term.formula])
def test_every_formula_of_the_glossary(key: str) -> None:
    assert_drawn(read(TERMS[key].formula))


def test_what_browsers_cannot_draw_is_drawn_in_another_way() -> None:
    mean = read(r"\overline{\psi_1} = -0.5")
    (line,) = [part for part in mean.iter() if part.get("class") == "mean"]
    assert line.tag == f"{MATHML}mrow" and words(line) == "ψ1" and "\u2015" not in words(mean)
    arrow = read(r"1 \xrightarrow{5\text{ rounds}} 2")
    (over,) = arrow.iter(f"{MATHML}mover")
    assert [words(part) for part in over] == ["\u2192", "5rounds"]
    lines = read(r"\begin{aligned}a &= b \\ &= c\end{aligned}")
    assert len(list(lines.iter(f"{MATHML}mtr"))) == 2 and "\u2216" in words(read(r"N \setminus i"))


@pytest.mark.parametrize(("tex", "is_number"), [("a = -1", True), ("a - 1", False), ("(a) - 1", False), ("(-1)", True)])
def test_a_sign_of_a_number_stands_close_to_it(tex: str, is_number: bool) -> None:
    (sign,) = [part for part in read(tex).iter(f"{MATHML}mo") if part.text == "\u2212"]
    assert (sign.get("form") == "prefix") == is_number


def test_what_is_read_aloud_cannot_leave_its_place() -> None:
    assert read("a", 'x"><script>').get("alttext") == 'x"><script>' and "<script" not in mathml("a", 'x"><script>')
