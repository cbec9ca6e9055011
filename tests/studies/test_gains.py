"""A class's gain: a published example, and how often the interval holds the gain of simulated classes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from cgs_core.studies.gains import gain_of_all, gain_of_question

N_CLASSES = 2_000


def table(both: int, lost: int, gained: int, neither: int) -> tuple[list[bool], list[bool]]:
    counts = ((True, True, both), (True, False, lost), (False, True, gained), (False, False, neither))
    return [first for first, _, n in counts for _ in range(n)], [then for _, then, n in counts for _ in range(n)]


def test_a_published_example_comes_out_as_published():
    """Two-by-two table of Cavo and others (2012), as the R package contingencytables has it: first less second."""
    first, then = table(59, 6, 16, 80)
    gain = gain_of_question(then, first)
    assert (round(gain.gain, 4), round(gain.low, 4), round(gain.high, 4)) == (-0.0621, -0.1186, -0.0046)


def test_a_class_that_agrees_is_not_certain():
    for first, then in (([False] * 8, [True] * 8), ([True] * 8, [True] * 8), ([False] * 8, [False] * 8)):
        for gain in (gain_of_question(first, then), gain_of_all([[one] for one in first], [[one] for one in then])):
            assert -1 <= gain.low < gain.high <= 1 and gain.low <= gain.gain <= gain.high


def test_before_and_after_change_the_sign_alone():
    first, then = table(5, 2, 9, 4)
    forth, back = gain_of_question(first, then), gain_of_question(then, first)
    assert (forth.gain, forth.low, forth.high) == pytest.approx((-back.gain, -back.high, -back.low))


def simulated(
    rng: np.random.Generator, n_students: int, knows: float, learns: float, guesses: float
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Classes on two questions: some know before, some of the others learn, who does not know guesses.

    (N_CLASSES, n_students, 2) right before, right after.
    """
    shape = (N_CLASSES, n_students, 2)
    known = rng.random(shape) < knows
    learned = known | (rng.random(shape) < learns)
    return known | (rng.random(shape) < guesses), learned | (rng.random(shape) < guesses)


@pytest.mark.parametrize("n_students", [8, 25])
@pytest.mark.parametrize(("knows", "learns"), [(0.2, 0.0), (0.2, 0.4), (0.6, 0.5), (0.1, 0.9)])
def test_the_interval_holds_the_known_gain_of_simulated_classes(n_students: int, knows: float, learns: float):
    guesses = 0.25
    true_gain = (1 - knows) * learns * (1 - guesses)
    before, after = simulated(np.random.default_rng(7), n_students, knows, learns, guesses)
    one = [gain_of_question(first[:, 0], then[:, 0]) for first, then in zip(before, after, strict=True)]
    both = [gain_of_all(first, then) for first, then in zip(before, after, strict=True)]
    for gains in (one, both):
        holds = np.mean([gain.low <= true_gain <= gain.high for gain in gains])
        assert holds >= 0.93, (holds, n_students)
        assert np.mean([gain.gain for gain in gains]) == pytest.approx(true_gain, abs=0.01)
