"""What is said and drawn of what was paid: of effort against pay, of what was expected, of a class's welfare."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cgs_core.figures.runs.room_effort import room_effort_figure
from cgs_core.figures.runs.room_expected import room_expected_figure
from cgs_core.figures.runs.room_gains import gain_text
from cgs_core.figures.runs.room_welfare import room_welfare_figure
from cgs_core.figures.style import Figure, percent
from cgs_core.metrics import accuracy_error
from cgs_core.rooms.game import Game
from cgs_core.rooms.views import PaidPlay
from cgs_core.typing import FloatArray, IntArray


def effort_figure(play: PaidPlay) -> Figure:
    """Coins spent and pay, an agent a mark."""
    return room_effort_figure(*_effort(play), scenario_id=play.run_id)


def effort_words(play: PaidPlay) -> str:
    """Whether those who spent most were paid more than those who spent least."""
    coins, pay = _effort(play)
    least, most = int(coins.min()), int(coins.max())
    low, high = percent(float(pay.min())), percent(float(pay.max()))
    if low == high:
        spent = "" if least == most else f", whether they spent {least} coins or {most}"
        return f"All were paid {low}{spent}."
    if least == most:
        return f"All spent {most} coins, and were paid {low} to {high}."
    parts = [
        f"{int((coins == amount).sum())} spent {amount} coins and got {percent(float(pay[coins == amount].mean()))}"
        for amount in (most, least)
    ]
    return f"{parts[0]} on average; {parts[1]}."


def expected_figure(play: PaidPlay, expected: Sequence[float]) -> Figure:
    """How many students expected how much, beside how many agents that students play were paid so much."""
    return room_expected_figure(expected, _paid_to_students(play).tolist(), scenario_id=play.run_id)


def expected_words(play: PaidPlay, expected: Sequence[float]) -> str:
    """Both on average; "" where nobody said what to expect, or nobody plays."""
    paid = _paid_to_students(play)
    if not len(expected) or not len(paid):
        return ""
    who = "1 student" if len(expected) == 1 else f"{len(expected)} students"
    whose = "the student's agent was" if len(paid) == 1 else f"the {len(paid)} agents of students were"
    return f"{who} expected {percent(float(np.mean(expected)))} on average; {whose} paid {percent(float(paid.mean()))}."


def welfare_figure(game: Game, plays: Sequence[PaidPlay]) -> Figure:
    """The mean and the lowest payoff of all agents, bots too, in each round of play (``Game.payoff``)."""
    payoffs = [_payoffs(game, play) for play in plays]
    means, lowest = [float(one.mean()) for one in payoffs], [float(one.min()) for one in payoffs]
    return room_welfare_figure([play.rule.name for play in plays], means, lowest, scenario_id=plays[-1].run_id)


def welfare_words(game: Game, plays: Sequence[PaidPlay]) -> str:
    """From the first round of play to the last: how the mean payoff changed, what of it are coins, and what the models;
    and whether the test can tell so much."""
    first, last = plays[0], plays[-1]
    before, after = _payoffs(game, first), _payoffs(game, last)
    change = float(after.mean() - before.mean())
    right = [float(np.mean([one.accuracy for one in play.results])) for play in (first, last)]
    of_models = 100 * (right[1] - right[0])
    error = 100 * float(accuracy_error(sum(right) / 2, game.scenario.info.n_test))
    told = "within" if abs(of_models) < error else "more than"
    return (
        f"From {first.rule.name} to {last.rule.name} the mean payoff went from {before.mean():.1f} to "
        f"{after.mean():.1f} points: the models' part is {gain_text(of_models)}, {told} the test's own error "
        f"({error:.1f}), the coins' {gain_text(change - of_models)}."
    )


def _effort(play: PaidPlay) -> tuple[IntArray, FloatArray]:
    return np.array([one.cost for one in play.moves]), np.array([one.pay for one in play.results])


def _paid_to_students(play: PaidPlay) -> FloatArray:
    pairs = zip(play.moves, play.results, strict=True)
    return np.array([result.pay for move, result in pairs if move.by != "bot"])


def _payoffs(game: Game, play: PaidPlay) -> FloatArray:
    return np.array(game.payoffs([one.move for one in play.moves], [one.accuracy for one in play.results]))
