"""What the words of a report mean: formulae as MathML, which browsers draw without any library."""

from __future__ import annotations

from dataclasses import dataclass

from cgs_core.export.page_parts import escaped

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

RUN_DEFINITIONS = (
    Definition(
        "Update",
        "What an agent uploads: the change that its local training made to its model, scaled to the length Γ.",
        f"{_i('u', 'i')}{_o('=')}<mi>Γ</mi>{_ROOM}<mfrac><mrow><mi>Δ</mi>{_i('w', 'i')}</mrow>"
        f"<mrow>{_LENGTH}</mrow></mfrac>",
        "paper",
    ),
    Definition(
        "Aggregate",
        "The weighted sum of all updates. The weights a are the shares of the data in the first "
        "round, then the importance of the round before.",
        f"{_i('u', 'N')}{_o('=')}{_sum('<mi>i</mi>')}{_i('a', 'i')}{_i('u', 'i')}",
        "paper",
    ),
    Definition(
        "Worth of a coalition",
        "How far the updates of some agents together point where everybody's do.",
        f"<mi>v</mi>{_in(_S)}{_o('=')}{_COS}{_in(_i('u', 'S'), _o(','), _i('u', 'N'))}",
        "paper",
    ),
    Definition(
        "Contribution: cosine gradient Shapley value (CGSV), exact",
        "What an agent adds to the worth of those before it, mean over all orders of joining. All CGSVs add up to 1.",
        f"{_i('φ', 'i')}{_o('=')}{_sum(_OTHERS)}{_WEIGHT}{_ROOM}"
        f"{_in('<mi>v</mi>', _JOINED, _o('−'), '<mi>v</mi>', _in(_S))}",
        "paper, where it is the Shapley value of the cosine game",
    ),
    Definition(
        "Contribution, approximate",
        "The cosine of an agent's own update to the aggregate.",
        f"{_i('ψ', 'i')}{_o('=')}{_COS}{_in(_i('u', 'i'), _o(','), _i('u', 'N'))}",
        "paper, where it stands for the exact value",
    ),
    Definition(
        "Importance",
        "The contribution, smoothed over the rounds, kept above 0.001, and scaled so that all "
        "agents' importances add up to 1.",
        f"{_i('r', 'i')}{_o('←')}<mi>α</mi>{_ROOM}{_i('r', 'i')}{_o('+')}"
        f"{_in('<mn>1</mn>', _o('−'), '<mi>α</mi>')}{_ROOM}{_i('ψ', 'i')}",
        "paper",
    ),
    Definition(
        "Reward ratio (pay)",
        "The part of the aggregate's entries that an agent gets back; the most important "
        "agent gets all. β is the altruism degree.",
        f"{_i('ρ', 'i')}{_o('=')}<mfrac><mrow>{_TANH}{_in('<mi>β</mi>', _i('r', 'i'))}</mrow>"
        f"<mrow><munder><mi>max</mi><mi>j</mi></munder>{_ROOM}{_TANH}{_in('<mi>β</mi>', _i('r', 'j'))}</mrow>"
        "</mfrac>",
        "paper",
    ),
    Definition(
        "Reward",
        "That part of the aggregate's entries, the largest by magnitude. It is added to the agent's "
        "own model; nobody keeps its own update. The largest entries carry most of the aggregate's length.",
    ),
    Definition(
        "Alone (standalone)",
        "The agent trains on the same mini-batches from the same start and shares nothing: it adds its own updates.",
    ),
    Definition(
        "FedAvg", "Federated averaging: everybody gets the whole sum of the updates, weighted by the share of the data."
    ),
)


def definition_list() -> str:
    """The definitions of a run's words, as HTML."""
    parts = []
    for one in RUN_DEFINITIONS:
        formula = f'<math display="block">{one.formula}</math>' if one.formula else ""
        source = f" ({escaped(one.source)})" if one.source else ""
        parts.append(f"<dt>{escaped(one.term)}</dt>\n<dd>{escaped(one.words)}{source}{formula}</dd>\n")
    return f'<dl>\n{"".join(parts)}</dl>\n<p class="note">The paper: {escaped(PAPER)}.</p>\n'
