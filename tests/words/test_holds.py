"""Does the mechanism hold: the three sentences by hand, where each holds, where it fails, and where it is void."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core import Trace
from cgs_core.words.holds import Verdict, verdicts
from tests.words.made_traces import joined, made_trace

EVEN = [[0.5, 0.5]]


def told(trace: Trace, place: int, round_index: int | None = None) -> tuple[bool | None, str]:
    verdict: Verdict = verdicts(trace, round_index)[place]
    return verdict.holds, verdict.words.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("worth", "ratio", "holds", "words"),
    [
        ((0.9, 0.5, 0.1), (1.0, 0.6, 0.2), True, "Pay is ordered as worth (to one per cent)."),
        ((0.9, 0.895, 0.1), (0.6, 1.0, 0.2), True, "Pay is ordered as worth (to one per cent)."),  # worth the same
        ((0.9, 0.5, 0.1), (0.995, 1.0, 0.2), True, "Pay is ordered as worth (to one per cent)."),  # paid the same
        (
            (0.9, 0.5, 0.1),
            (0.7, 1.0, 0.8),
            False,
            "Pay is not ordered as worth: Agent 1 is worth more than Agent 2 (0.900 and 0.500) and paid less "
            "(70.0 % and 100.0 %).",
        ),
        ((0.9, 0.5, 0.1), (1.0, 1.0, 1.0), None, "All are paid alike (100 %), whatever they are worth."),
        (
            (0.5, 0.5, 0.5),
            (1.0, 0.6, 0.2),
            None,
            "All are worth the same (cosine 0.500), so that pay has no order to keep.",
        ),
    ],
)
def test_pay_as_worth(worth: tuple[float, ...], ratio: tuple[float, ...], holds: bool | None, words: str) -> None:
    assert told(made_trace([worth], ratio=ratio), 0) == (holds, words)


def test_where_nothing_is_shared_nobody_is_paid() -> None:
    assert told(made_trace(EVEN, ratio=(0.0, 0.0), reward_rule="own"), 0) == (
        None,
        "Nobody is paid: nothing is shared.",
    )


def test_pay_and_worth_are_of_the_same_rounds() -> None:
    trace = joined([made_trace([[0.9, 0.1]], ratio=(1.0, 0.2)), made_trace([[0.1, 0.8]], ratio=(0.9, 0.8))])
    assert told(trace, 0)[0] is True  # 0.5 and 0.45 of worth, 0.95 and 0.5 of pay
    assert told(trace, 0, 0)[0] is True
    assert (
        "Agent 2 is worth more than Agent 1 (0.800 and 0.100) and paid less (80.0 % and 90.0 %)" in told(trace, 0, 1)[1]
    )


@pytest.mark.parametrize(
    ("ratio", "accuracy", "holds", "words"),
    [
        ((1.0, 0.6, 0.2), (0.9, 0.7, 0.5), True, "Models are ordered as pay (within the test's error)."),
        ((1.0, 0.6, 0.2), (0.9, 0.5, 0.52), True, "Models are ordered as pay (within the test's error)."),
        (
            (1.0, 0.6, 0.2),
            (0.5, 0.7, 0.9),
            False,
            "Models are not ordered as pay: Agent 1 is paid more than Agent 3 (100.0 % and 20.0 %), and its model is "
            "worse (50.0 % and 90.0 % right).",
        ),
        ((1.0, 0.6, 0.2), (0.9, 0.89, 0.91), None, "All models are the same within the test's error."),
        ((1.0, 1.0, 1.0), (0.9, 0.7, 0.5), None, "Models differ though all are paid alike."),
    ],
)
def test_models_as_pay(ratio: tuple[float, ...], accuracy: tuple[float, ...], holds: bool | None, words: str) -> None:
    assert told(made_trace([[0.3, 0.4, 0.5]], accuracy, ratio=ratio), 1) == (holds, words)


@pytest.mark.parametrize(
    ("accuracy", "alone", "holds", "words"),
    [
        ((0.80, 0.912), (0.75, 0.88), True, "Nobody is below training alone (smallest gain +3.2 points)."),
        ((0.8, 0.9), (0.8, 0.8), True, "Nobody is below training alone (smallest gain 0.0 points)."),
        (
            (0.80, 0.9),
            (0.801, 0.8),
            True,
            "Nobody is below training alone (largest loss 0.1 points, within the test's error).",
        ),
        (
            (0.80, 0.9),
            (0.8002, 0.8),
            True,
            "Nobody is below training alone (largest loss 0.02 points, within the test's error).",
        ),
        ((0.70, 0.9), (0.845, 0.8), False, "Agent 1 is below training alone (−14.5 points)."),
        ((0.6, 0.7), (0.75, 0.9), False, "Agents 1 and 2 are below training alone, Agent 2 most (−20.0 points)."),
    ],
)
def test_nobody_below_alone(
    accuracy: tuple[float, ...], alone: tuple[float, ...], holds: bool | None, words: str
) -> None:
    assert told(made_trace(EVEN, accuracy, alone), 2) == (holds, words)


def test_a_pair_tells_apart_what_the_error_of_one_model_does_not() -> None:
    """Twelve of 360 samples, 3.3 points, are less than four standard errors of one model; all twelve go one way."""
    right = np.zeros((5, 360), np.bool_)
    right[:, :300] = True
    right[2, 300:312] = True  # Agent 1 alone
    paired = made_trace(EVEN, right=right)
    assert told(paired, 2) == (False, "Agent 1 is below training alone (−3.3 points).")
    final, alone = right[:2].mean(axis=1), right[2:4].mean(axis=1)
    assert told(made_trace(EVEN, tuple(final), tuple(alone)), 2)[0] is True
    right[2, :12] = False  # now it wins twelve and loses twelve
    assert told(made_trace(EVEN, right=right), 2) == (
        True,
        "Nobody is below training alone (smallest gain 0.0 points).",
    )
