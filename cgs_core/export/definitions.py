"""What the words of a report mean: formulae as MathML, which browsers draw without any library."""

from __future__ import annotations

from dataclasses import dataclass

from cgs_core.export.page_parts import escaped
from cgs_core.words.terms import TERMS

PAPER = (
    "Xu, Lyu, Ma, Miao, Foo, Low: Gradient Driven Rewards to Guarantee Fairness in Collaborative Machine "
    "Learning, NeurIPS 2021"
)


@dataclass(frozen=True)
class Definition:
    """A term: what it means in a sentence, its formula (MathML), and where it is from."""

    term: str
    words: str
    formula: str = ""
    source: str = ""


def _i(name: str, below: str = "") -> str:
    """A variable, with an index where there is one."""
    return f"<msub><mi>{name}</mi><mi>{below}</mi></msub>" if below else f"<mi>{name}</mi>"


def _o(sign: str) -> str:
    return f"<mo>{sign}</mo>"


def _in(*parts: str) -> str:
    """Parts in round brackets."""
    return f"<mrow><mo>(</mo>{''.join(parts)}<mo>)</mo></mrow>"


def _sum(below: str) -> str:
    return f"<munder><mo>∑</mo><mrow>{below}</mrow></munder>"


_ROOM = '<mspace width="0.2em"/>'
_COS = "<mi>cos</mi>"
_TANH = "<mi>tanh</mi>"
_S, _N = "<mi>S</mi>", "<mi>N</mi>"
_OTHERS = f"{_S}{_o('⊆')}{_N}{_o('∖')}<mi>i</mi>"
_JOINED = _in(_S, _o("∪"), "<mi>i</mi>")
_LENGTH = f"{_o('‖')}<mi>Δ</mi>{_i('w', 'i')}{_o('‖')}"
_SIZE, _ALL = (f'<mrow><mo stretchy="false">|</mo>{_set}<mo stretchy="false">|</mo></mrow>' for _set in (_S, _N))
_WEIGHT = (
    f"<mfrac><mrow>{_SIZE}{_o('!')}{_ROOM}{_in(_ALL, _o('−'), _SIZE, _o('−'), '<mn>1</mn>')}{_o('!')}</mrow>"
    f"<mrow>{_ALL}{_o('!')}</mrow></mfrac>"
)


def _definition(key: str, formula: str = "", source: str = "") -> Definition:
    """A term of the glossary."""
    term = TERMS[key]
    title = f"{term.word} ({term.field})" if term.field else term.word
    return Definition(title[0].upper() + title[1:], term.words, formula, source)


RUN_DEFINITIONS = (
    _definition(
        "update",
        f"{_i('u', 'i')}{_o('=')}<mi>Γ</mi>{_ROOM}<mfrac><mrow><mi>Δ</mi>{_i('w', 'i')}</mrow>"
        f"<mrow>{_LENGTH}</mrow></mfrac>",
        "paper",
    ),
    _definition("aggregate", f"{_i('u', 'N')}{_o('=')}{_sum('<mi>i</mi>')}{_i('a', 'i')}{_i('u', 'i')}", "paper"),
    _definition(
        "worth_of_a_coalition",
        f"<mi>v</mi>{_in(_S)}{_o('=')}{_COS}{_in(_i('u', 'S'), _o(','), _i('u', 'N'))}",
        "paper",
    ),
    _definition(
        "phi",
        f"{_i('φ', 'i')}{_o('=')}{_sum(_OTHERS)}{_WEIGHT}{_ROOM}"
        f"{_in('<mi>v</mi>', _JOINED, _o('−'), '<mi>v</mi>', _in(_S))}",
        "paper, where it is the Shapley value of the cosine game",
    ),
    _definition(
        "psi",
        f"{_i('ψ', 'i')}{_o('=')}{_COS}{_in(_i('u', 'i'), _o(','), _i('u', 'N'))}",
        "paper, where it stands for the exact value",
    ),
    _definition(
        "importance",
        f"{_i('r', 'i')}{_o('←')}<mi>α</mi>{_ROOM}{_i('r', 'i')}{_o('+')}"
        f"{_in('<mn>1</mn>', _o('−'), '<mi>α</mi>')}{_ROOM}{_i('ψ', 'i')}",
        "paper",
    ),
    _definition(
        "pay",
        f"{_i('ρ', 'i')}{_o('=')}<mfrac><mrow>{_TANH}{_in('<mi>β</mi>', _i('r', 'i'))}</mrow>"
        f"<mrow><munder><mi>max</mi><mi>j</mi></munder>{_ROOM}{_TANH}{_in('<mi>β</mi>', _i('r', 'j'))}</mrow>"
        "</mfrac>",
        "paper",
    ),
    _definition("reward"),
    _definition("alone"),
    _definition("fedavg"),
)


def definition_list() -> str:
    """The definitions of a run's words, as HTML."""
    parts = []
    for one in RUN_DEFINITIONS:
        formula = f'<math display="block">{one.formula}</math>' if one.formula else ""
        source = f" ({escaped(one.source)})" if one.source else ""
        parts.append(f"<dt>{escaped(one.term)}</dt>\n<dd>{escaped(one.words)}{source}{formula}</dd>\n")
    return f'<dl>\n{"".join(parts)}</dl>\n<p class="note">The paper: {escaped(PAPER)}.</p>\n'
