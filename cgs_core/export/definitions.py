"""What the words of a report mean, as the glossary says it."""

from __future__ import annotations

from dataclasses import dataclass

from cgs_core.export.mathml import mathml
from cgs_core.export.page_parts import escaped
from cgs_core.words.terms import TERMS

PAPER = (
    "Xu, Lyu, Ma, Miao, Foo, Low: Gradient Driven Rewards to Guarantee Fairness in Collaborative Machine "
    "Learning, NeurIPS 2021"
)


@dataclass(frozen=True)
class Definition:
    """A term: what it means in a sentence, its formula (LaTeX), and where it is from."""

    term: str
    words: str
    formula: str = ""
    source: str = ""


def _definition(key: str, source: str = "") -> Definition:
    """A term of the glossary."""
    term = TERMS[key]
    title = f"{term.word} ({term.field})" if term.field else term.word
    return Definition(title[0].upper() + title[1:], term.words, term.formula, source)


RUN_DEFINITIONS = (
    _definition("update", "paper"),
    _definition("aggregate", "paper"),
    _definition("worth_of_a_coalition", "paper"),
    _definition("phi", "paper, where it is the Shapley value of the cosine game"),
    _definition("psi", "paper, where it stands for the exact value"),
    _definition("importance", "paper"),
    _definition("pay", "paper"),
    _definition("reward"),
    _definition("alone"),
    _definition("fedavg"),
)


def definition_list() -> str:
    """The definitions of a run's words, as HTML."""
    parts = []
    for one in RUN_DEFINITIONS:
        formula = mathml(one.formula) if one.formula else ""
        source = f" ({escaped(one.source)})" if one.source else ""
        parts.append(f"<dt>{escaped(one.term)}</dt>\n<dd>{escaped(one.words)}{source}{formula}</dd>\n")
    return f'<dl>\n{"".join(parts)}</dl>\n<p class="note">The paper: {escaped(PAPER)}.</p>\n'
