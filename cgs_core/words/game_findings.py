"""The sentences of a coalition game: computed from its values."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np

from cgs_core import Scenario
from cgs_core.contribution import shapley_values
from cgs_core.federation.retrained_game import max_retrained_agents
from cgs_core.figures import agent_name
from cgs_core.figures.game.units import UNITS, Unit
from cgs_core.typing import CoalitionValues, FloatArray


class Game(Protocol):
    """What is read here of a game among some agents."""

    @property
    def name(self) -> Literal["gradient", "retrained", "sandbox"]: ...
    @property
    def unit(self) -> Unit: ...
    @property
    def agents(self) -> tuple[int, ...]: ...
    @property
    def round_index(self) -> int: ...
    @property
    def table(self) -> CoalitionValues: ...


def headline(game: Game) -> str:
    """What the coalition of all is worth and who has most and least of it."""
    words, table = UNITS[game.unit], game.table
    shapley = shapley_values(table)
    best, worst = int(shapley.argmax()), int(shapley.argmin())
    whole = words.value(table[-1], 1)
    what = {
        "gradient": f"Round {game.round_index + 1}: {_whole_of_updates(table[-1], whole)}",
        "retrained": f"Round {game.round_index + 1}: together they train a model that is {whole}\u00a0% right; the "
        f"untrained start is {words.value(table[0], 1)}\u00a0% right.",
        "sandbox": f"All together are worth {whole}.",
    }[game.name]
    if len(game.agents) == 1:
        return f"**{what}** {agent_name(game.agents[0])} is alone and has all of it."
    return (
        f"**{what}** {agent_name(game.agents[best])} has the largest Shapley value "
        f"({words.difference(shapley[best])}{words.points}), {agent_name(game.agents[worst])} the smallest "
        f"({words.difference(shapley[worst])}{words.points})."
    )


def _whole_of_updates(value: float, whole: str) -> str:
    if value == 0:
        return "their updates cancel: every coalition is worth 0."
    return f"together their updates are the aggregate itself (cosine {whole})."


def retraining_cost(scenario: Scenario) -> str:
    """What training every coalition would take, in runs of this scenario."""
    n = scenario.n_agents
    trainings, of_a_run = n * 2 ** (n - 1), 3 * n
    return (
        f"The retrained game of {n} agents has {2**n - 1:,} coalitions to train: {trainings:,} local trainings a "
        f"round, about {trainings / of_a_run:,.0f} times the work of this run, and twice as many with each further "
        f"agent. With this model it is offered up to {max_retrained_agents(scenario)} agents; the gradient game needs "
        "no training."
    )


def too_many(n_agents: int) -> str:
    """Why there is no picture of the whole game."""
    return (
        f"{n_agents} agents form {2.0**n_agents:.2g} coalitions: too many to draw from. "
        "Their Shapley values can still be estimated from a sample of the orders."
    )


def tracking(cgsv: FloatArray, retrained: FloatArray, pearson: float | None) -> str:
    """How far the cosine follows the retrained game, with the worst disagreement named."""
    how = (
        "The correlation is undefined: one side is nearly constant."
        if pearson is None
        else f"Pearson correlation r = {pearson:.2f} over {len(cgsv)} agents."
    )
    by_cgsv, by_training = _ranks(cgsv), _ranks(retrained)
    gap = np.abs(by_cgsv - by_training)
    if not gap.any():
        return f"{how} Both put the agents in the same order."
    agent = int(gap.argmax())
    n = len(cgsv)
    return (
        f"{how} The largest disagreement is about {agent_name(agent)}: number {by_training[agent] + 1} of {n} by "
        f"retraining, number {by_cgsv[agent] + 1} by CGSV."
    )


def tracking_warning(cgsv: FloatArray, retrained: FloatArray) -> str | None:
    """Says so where the agent that training needs most is the one that the cosine values least."""
    best = int(retrained.argmax())
    if len(cgsv) > 2 and cgsv.argmin() == best:
        return (
            f"{agent_name(best)} adds most to the model, and CGSV values it least. The cosine measures agreement, not "
            "usefulness: this is the method's known weakness."
        )
    return None


def _ranks(values: FloatArray) -> np.ndarray:
    """(n,): 0 for the largest."""
    return np.argsort(np.argsort(-values, kind="stable"), kind="stable")
