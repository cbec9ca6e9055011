"""What is said and drawn of a teacher's questions: sentences and figures of gains, of the path, of another rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgs_core.figures.runs.room_gains import gain_text, room_gains_figure
from cgs_core.figures.runs.room_path import room_path_figure
from cgs_core.figures.style import Figure, agent_names
from cgs_core.metrics import accuracy_error
from cgs_core.rooms.best_responses import LEAST_GAIN, Gain, Moves, PathOfPlay
from cgs_core.rooms.game import COPY, SPLIT, Game, Move
from cgs_core.rooms.questions import UnderRule
from cgs_core.scenario import choice_of


def move_text(move: Move) -> str:
    """A move in a few words: "100 clean", "25 cheap, free rider", "a copy"."""
    if move.conduct == COPY:
        return "a copy"
    what = f"{move.samples} {'cheap' if move.is_cheap else 'clean'}"
    if move.conduct == "honest":
        return what
    return f"{what}, " + ("in two" if move.conduct == SPLIT else choice_of("conduct", move.conduct).title.lower())


def gains_figure(gains: Sequence[Gain]) -> Figure:
    """What each had and could have had, with the move that it takes."""
    had = np.array([one.payoff for one in gains])
    gained = np.array([one.gain for one in gains])
    words = [f"{gain_text(one.gain)}: {move_text(one.best)}" if one.gain else "its own is best" for one in gains]
    return room_gains_figure(had, had + gained, words)


def gains_words(game: Game, gains: Sequence[Gain]) -> str:
    """Who could have gained, how much at most and by what; and whether the test could tell so much."""
    who = [one for one in gains if one.gain > 0]
    if not who:
        return (
            f"Nobody could have gained {LEAST_GAIN:g} points or more by another of the moves that were tried: these "
            "moves are an equilibrium among them."
        )
    most = max(who, key=lambda one: one.gain)
    found = (
        f"{len(who)} of {len(gains)} agents could have gained by another move, the others' as they were. Most: "
        f"{agent_names([most.agent])}, {gain_text(most.gain)} points with {move_text(most.best)} instead of "
        f"{move_text(most.move)}."
    )
    saved = game.points_a_coin * (game.cost(most.move) - game.cost(most.best))
    error = 100 * float(accuracy_error(min(max(most.payoff / 100, 0.0), 1.0), game.scenario.info.n_test))
    of_model = most.gain - saved
    if abs(of_model) < error:
        found += (
            f" Of that {gain_text(saved)} are coins; the other {gain_text(of_model)} are its model's, which is within "
            f"the test's own error ({error:.1f} points)."
        )
    return found


def path_figure(game: Game, path: PathOfPlay) -> Figure | None:
    """The moves at first and after each round of turns; None while nothing is known."""
    if path.payoffs is None:
        return None
    n_rounds = -(-path.n_turns // game.n_agents)
    columns = [(path.start, path.payoffs), *(_after(path, (one + 1) * game.n_agents) for one in range(n_rounds))]
    return room_path_figure(
        [[move_text(move) for move in moves] for moves, _ in columns],
        np.array([[game.cost(move) for move in moves] for moves, _ in columns], float),
        [float(np.mean(payoffs)) for _, payoffs in columns],
        path_words(path),
    )


def path_words(path: PathOfPlay) -> str:
    """What it came to, and whether all together have more or less than at first."""
    if path.payoffs is None:
        return "The moves themselves are not trained yet."
    last = path.steps[-1].payoffs if path.steps else path.payoffs
    change = float(np.mean(last) - np.mean(path.payoffs))
    n_changes = f"{len(path.steps)} change{'s' if len(path.steps) != 1 else ''}"
    mean = f"The mean payoff went from {np.mean(path.payoffs):.1f} to {np.mean(last):.1f} points ({gain_text(change)})."
    if path.end is None:
        return f"So far {path.n_turns} turns, {n_changes}. {mean}"
    if path.end == "equilibrium" and not path.steps:
        return "Nobody changes: these moves are an equilibrium among those that were tried."
    ends = {
        "equilibrium": f"After {n_changes} nobody gains by another move that was tried: an equilibrium.",
        "cycle": f"After {n_changes} the moves come again, and would for ever: a cycle, and no equilibrium.",
        "longest": f"After {path.n_turns} turns and {n_changes} it has not come to an end.",
    }
    return f"{ends[path.end]} {mean}"


def rule_figure(played: UnderRule, other: UnderRule) -> Figure | None:
    """The same moves under both rules, by the accuracy of what each was paid; None while one is not trained."""
    if played.results is None or other.results is None:
        return None
    before, after = (100 * np.array([one.accuracy for one in rule.results or ()]) for rule in (played, other))
    return room_gains_figure(
        before,
        after,
        [gain_text(float(change)) for change in after - before],
        names=(f"by {played.rule.name}", f"by {other.rule.name}"),
        title="The same moves under another rule",
        what="right on the test, percent",
    )


def rule_words(game: Game, played: UnderRule, other: UnderRule) -> str:
    """Whose model would have been better or worse by more than the test's own error; "" while it is not trained."""
    if played.results is None or other.results is None:
        return ""
    before, after = (np.array([one.accuracy for one in rule.results or ()]) for rule in (played, other))
    error = accuracy_error((before + after) / 2, game.scenario.info.n_test)
    better, worse = (np.flatnonzero(sign * (after - before) >= error) for sign in (1, -1))
    names = (played.rule.name, other.rule.name)
    mean = f"on average {100 * before.mean():.1f} % right by {names[0]}, {100 * after.mean():.1f} % by {names[1]}."
    if not len(better) and not len(worse):
        return f"By {other.rule.name} nobody's model is better or worse by more than the test's own error: {mean}"
    told = ((better, "a better model"), (worse, "a worse one" if len(better) else "a worse model"))
    parts = [f"{agent_names(who)} {how}" for who, how in told if len(who)]
    return f"By {other.rule.name} the same moves pay {' and '.join(parts)}: {mean}"


def _after(path: PathOfPlay, n_turns: int) -> tuple[Moves, tuple[float, ...]]:
    done = [step for step in path.steps if step.turn < n_turns]
    return (done[-1].moves, done[-1].payoffs) if done else (path.start, path.payoffs or ())
