"""The sentences above the charts: each of their numbers is worked out here again, by hand or by plain Python."""

from __future__ import annotations

import statistics

import pytest

from cgs_core import Trace
from cgs_core.words import findings
from tests.words.made_traces import joined, made_trace

EVEN = [[0.5, 0.5]]


def headline(trace: Trace) -> str:
    return plain(findings.headline(trace))


def plain(text: str) -> str:
    """With every space an ordinary one."""
    return text.replace("\u00a0", " ")


def test_worth_names_most_and_least_with_the_mean_over_the_rounds():
    # the means over the rounds are 0.3, 0.6 and 0.1; the last round alone would name Agent 1
    trace = made_trace([[0.1, 1.0, 0.1], [0.5, 0.2, 0.1]])
    assert headline(trace).startswith(
        "Agent 2 is worth most (cosine 0.600, mean over 2 rounds), Agent 3 least (0.100)."
    )
    words = plain(findings.headline(trace, 1))
    assert words.startswith("Round 2: Agent 1 is worth most (cosine 0.500), Agent 3 least (0.100).")


def test_who_is_written_alike_is_named_together():
    words = headline(made_trace([[0.9, 0.9001, 0.6]]))
    assert words.startswith("Agents 1 and 2 are worth most (cosine 0.900), Agent 3 least (0.600).")


def test_a_negative_worth_is_told_with_its_sign():
    assert "Agent 1 is worth most (cosine 0.900), Agent 3 least (−0.300)" in headline(made_trace([[0.9, 0.6, -0.3]]))


def test_worths_that_nearly_cancel_are_told_as_values_and_never_as_hundreds_of_percent():
    words = headline(made_trace([[0.538, -0.438]]))
    assert "cosine 0.538" in words and "(−0.438)" in words and "538 %" not in words


def test_worths_within_a_tenth_of_their_mean_are_called_nearly_the_same():
    words = headline(made_trace([[0.255, 0.25, 0.25, 0.24]]))
    assert words.startswith("All agents are worth nearly the same (cosine 0.240 to 0.255).")
    words = headline(made_trace([[0.27, 0.25, 0.24, 0.24]]))  # a spread of 0.03, above 0.1 x 0.25
    assert words.startswith("Agent 1 is worth most (cosine 0.270), Agents 3 and 4 least (0.240).")
    assert headline(made_trace(EVEN)).startswith("All agents are worth the same (cosine 0.500).")


@pytest.mark.parametrize(
    ("valuation", "worth", "words"),
    [
        ("data_size", (0.2, 0.8), "Agent 2 is worth most (share 80.0 %), Agent 1 least (20.0 %)."),
        ("cgsv_exact", (0.2, 0.8), "Agent 2 is worth most (CGSV 0.800), Agent 1 least (0.200)."),
        ("leave_one_out", (0.02, -0.01), "Agent 1 is worth most (accuracy +2.00 points), Agent 2 least (−1.00)."),
        ("norm_weighted", (12.0, 30.0), "Agent 2 is worth most (length 30.0), Agent 1 least (12.0)."),
    ],
)
def test_worth_is_told_in_the_valuations_own_unit(valuation: str, worth: tuple[float, ...], words: str):
    trace = made_trace([worth], valuation=valuation, n_validation=50)
    assert headline(trace).startswith(words)


def test_a_worth_of_nothing_is_not_called_updates_that_cancel():
    words = headline(made_trace([[0.0, 0.0005]], valuation="leave_one_out", n_validation=50))
    assert words.startswith("Nobody's worth (accuracy) is told from nothing") and "cancel" not in words


@pytest.mark.parametrize(
    ("accuracy", "sentence"),
    [
        ((0.9125, 0.84, 0.8), "The best model (91.2 % right) went to Agent 1."),
        (
            (0.9125, 0.88, 0.7),
            "The best models (88.0 % to 91.2 % right, the same within the test's error) went to Agents 1 and 2.",
        ),
        ((0.5, 0.75, 0.75), "The best models (75.0 % right) went to Agents 2 and 3."),
        ((0.75, 0.75, 0.75), "All ended with equally good models (75.0 % right)."),
        (
            (0.75, 0.70, 0.72),
            "All ended with equally good models (70.0 % to 75.0 % right, the same within the test's error).",
        ),
    ],
    ids=["one", "a tie within the test's error", "a tie", "all equal", "all tie"],
)
def test_best_model(accuracy: tuple[float, ...], sentence: str):
    assert sentence in headline(made_trace([[0.2, 0.3, 0.5]], accuracy, alone=(0.1, 0.1, 0.1)))


def test_many_best_models_are_told_in_runs_of_neighbours():
    worth = [[0.1, 0.2, 0.3, 0.1, 0.2, 0.1]]
    words = headline(made_trace(worth, (0.9, 0.5, 0.9, 0.9, 0.9, 0.5), alone=(0.1,) * 6))
    assert "went to Agents 1 and 3 to 5." in words


def test_too_many_scattered_best_models_are_counted():
    accuracy = (0.9, 0.5) * 5
    words = headline(made_trace([[*[0.1] * 9, 0.5]], accuracy, alone=(0.1,) * 10))
    assert "went to 5 of the agents." in words


def test_models_of_one_round_are_those_of_that_round():
    early, late = (made_trace(EVEN, accuracy) for accuracy in ((0.9, 0.4), (0.4, 0.9)))
    trace = joined([early, late])
    assert headline(trace).endswith("The best model (90.0 % right) went to Agent 2.")
    assert findings.headline(trace, 0).endswith("right) is that of Agent 1.")


@pytest.mark.parametrize(
    ("accuracy", "how"),
    [
        ((0.5, 0.61, 0.7, 0.8), "closely follow"),
        ((0.5, 0.8, 0.6, 0.75), "roughly follow"),
        ((0.7, 0.6, 0.85, 0.68), "hardly follow"),
        ((0.8, 0.7, 0.6, 0.5), "run against"),
    ],
)
def test_fairness_tells_pearson_of_alone_and_final(accuracy: tuple[float, ...], how: str):
    alone = (0.4, 0.5, 0.6, 0.7)
    r = statistics.correlation(alone, accuracy)
    words = plain(findings.fairness(made_trace([[0.1, 0.2, 0.3, 0.4]], accuracy, alone)))
    score = f"{r:.2f}".replace("-", "−")
    worst = 100 * min(final - start for final, start in zip(accuracy, alone, strict=True))
    gain = "0.0" if abs(worst) < 0.05 else f"{worst:+.1f}".replace("-", "−")
    assert words == f"Models with rewards {how} models alone (fairness, Pearson r = {score}; worst gain {gain} points)."


@pytest.mark.parametrize(
    ("accuracy", "alone", "which"),
    [
        ((0.8, 0.8), (0.5, 0.7), "with rewards"),
        ((0.8, 0.83), (0.5, 0.7), "with rewards"),
        ((0.8, 0.9), (0.7, 0.7), "trained alone"),
    ],
)
def test_fairness_that_is_undefined_says_why(accuracy: tuple[float, ...], alone: tuple[float, ...], which: str):
    assert plain(findings.fairness(made_trace(EVEN, accuracy, alone))) == (
        f"Fairness (Pearson correlation) is undefined: the best and the worst model {which} are the same within the "
        "test's error."
    )


def test_fairness_is_not_told_where_somebody_is_dishonest():
    agents = ({}, {"conduct": "free_rider"})
    words = findings.fairness(made_trace(EVEN, (0.9, 0.2), (0.3, 0.9), agents=agents))
    assert "not told: Agent 2 is not honest" in words and "r\u00a0=" not in words


@pytest.mark.parametrize("rule", ["full", "own", "interpolated", "random_subset", "sampled_sync"])
def test_no_pay_note_under_a_rule_that_is_no_mask(rule: str):
    assert findings.pay_note(made_trace(EVEN, ratio=(0.0, 1.0), length=(1.28, 1.0), reward_rule=rule)) is None


def test_a_run_whose_training_failed_names_no_winner_and_says_who_uploaded_nothing():
    trace = made_trace([[0.0, 0.0]] * 3, accuracy=(0.9, 0.1), uploads=[[False, False]] * 2 + [[True, False]])
    words = headline(trace)
    assert words == "Nobody is named best: 83 % of all uploads were zero."
    note = findings.zero_note(trace)
    assert note is not None
    assert note.startswith("Agents 1 and 2 uploaded nothing in 2 to 3 of 3 rounds: their training left the range")
    assert "r\u00a0=" not in findings.fairness(trace)


def test_a_single_zero_update_is_told_beside_the_findings():
    trace = made_trace([[0.5, 0.5]] * 3, uploads=[[True, True]] * 2 + [[True, False]])
    assert (findings.zero_note(trace) or "").startswith("Agent 2 uploaded nothing in 1 of 3 rounds: its training")
    assert headline(trace).startswith("All agents are worth the same (cosine 0.500, mean over 3 rounds).")


def test_who_uploads_is_told_nothing():
    assert findings.zero_note(made_trace(EVEN)) is None


def test_pay_note_where_few_entries_carry_nearly_all_the_length():
    note = findings.pay_note(made_trace(EVEN, ratio=(0.62, 1.0), length=(0.97, 1.0)))
    assert note is not None
    assert plain(note).startswith("Agent 1 was paid 62 % of the update's entries")
    assert "carry 97 % of its length" in plain(note)


@pytest.mark.parametrize(
    ("ratio", "length"),
    [((0.85, 1.0), (0.99, 1.0)), ((0.3, 1.0), (0.85, 1.0)), ((1.0, 1.0), (1.0, 1.0))],
    ids=["pay hardly below the best", "pay that bites", "all are paid in full"],
)
def test_no_pay_note_where_it_would_say_nothing(ratio: tuple[float, ...], length: tuple[float, ...]):
    assert findings.pay_note(made_trace(EVEN, ratio=ratio, length=length)) is None
