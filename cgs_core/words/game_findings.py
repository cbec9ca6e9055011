"""The sentences of a coalition game: computed from its values."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np

from cgs_core import Scenario
from cgs_core.contribution import shapley_values
from cgs_core.durations import time_in_words
from cgs_core.federation.retrained_game import max_retrained_agents
from cgs_core.figures import agent_name
from cgs_core.figures.frames import round_number
from cgs_core.figures.game.units import UNITS, Unit
from cgs_core.figures.style import agent_names, signed
from cgs_core.metrics import accuracy_error
from cgs_core.records import Trace
from cgs_core.typing import CoalitionValues, FloatArray

_ROUNDING = 1e-6  # numbers that differ by less are equal but for their arithmetic


class Game(Protocol):
    """What is read here of a game among some agents."""

    @property
    def name(self) -> Literal["gradient", "retrained", "sandbox"]: ...
    @property
    def scenario(self) -> Scenario | None: ...
    @property
    def unit(self) -> Unit: ...
    @property
    def agents(self) -> tuple[int, ...]: ...
    @property
    def round_index(self) -> int: ...
    @property
    def n_averaged(self) -> int: ...
    @property
    def table(self) -> CoalitionValues: ...


def who_is_away(game: Game, trace: Trace | None) -> list[int]:
    """The agents of a game of a run's updates who were not there in its round."""
    if trace is None or trace.is_always_there or game.round_index >= trace.n_rounds:
        return []
    there = trace.is_present[game.round_index]
    return [agent for agent in game.agents if not there[agent]]


def absent(game: Game, trace: Trace | None) -> str | None:
    """Who of a game's agents was not there in its round, and what that makes of coalitions; None where all were."""
    if not (away := who_is_away(game, trace)):
        return None
    verb = "was" if len(away) == 1 else "were"
    said = f"{agent_names(away)} {verb} not there in round {round_number(game.round_index)}"
    if game.name == "retrained":
        return f"{said}: in each round a coalition trains with those of it who are there."
    return f"{said}, and {'adds' if len(away) == 1 else 'add'} nothing to any coalition: this is a game of the others."


def headline(game: Game, trace: Trace | None = None) -> str:
    """What the coalition of all is worth and who has most and least of it; of ``trace``, who was there in its round."""
    words, table = UNITS[game.unit], game.table
    shapley = shapley_values(table)
    whole = words.value(table[-1], 1)
    what = {
        "gradient": f"Mean over {game.n_averaged} rounds: all together are worth {whole}."
        if game.n_averaged
        else f"Round {game.round_index + 1}: {_whole_of_updates(table[-1], whole)}",
        "retrained": f"Round {game.round_index + 1}: together they train a model that is {whole}\u00a0% right; the "
        f"untrained start is {words.value(table[0], 1)}\u00a0% right.",
        "sandbox": f"All together are worth {whole}.",
    }[game.name]
    away = who_is_away(game, trace) if game.name == "gradient" else []
    is_here = np.isin(game.agents, away, invert=True)
    if is_here.sum() < 2:
        alone = "".join(f" {agent_name(agent)} is alone and has all of it." for agent in np.array(game.agents)[is_here])
        return f"**{what}**{alone}"
    return f"**{what}** {_most_and_least(game, shapley[is_here], np.array(game.agents)[is_here])}"


def _most_and_least(game: Game, shapley: FloatArray, agents: np.ndarray) -> str:
    """Who has the largest and who the smallest value; who ties is named together, and nobody where all tie.

    Who cannot be told apart from the largest, and from the smallest neither, is named apart from both.
    """
    words = UNITS[game.unit]
    error = _error_of(game)
    high, low = (f"{words.difference(value)}{words.points}" for value in (shapley.max(), shapley.min()))
    if np.ptp(shapley) <= error:
        if high == low:
            return f"All have the same Shapley value ({high})."
        return f"All have the same Shapley value within the test's error ({low} to {high})."
    is_most, is_least = shapley >= shapley.max() - error, shapley <= shapley.min() + error
    most, least, between = agents[is_most & ~is_least], agents[is_least & ~is_most], agents[is_most & is_least]
    has, ties = (("have" if len(group) > 1 else "has") for group in (most, between))
    top = f"{agent_names(most)} {has} the largest Shapley value ({_up_to(most)}{high})"
    down = "down to " if len(least) > 1 else ""
    also = f"; {agent_names(between)} {ties} the same as either within the test's error" if len(between) else ""
    return f"{top}, {agent_names(least)} the smallest ({down}{low}){also}."


def _up_to(agents: np.ndarray) -> str:
    return "up to " if len(agents) > 1 else ""


def _error_of(game: Game) -> float:
    """How far apart Shapley values must be to be told apart: by the test's error, or by rounding."""
    if game.name == "retrained" and game.scenario is not None:
        return max(float(accuracy_error(game.table[-1], game.scenario.info.n_test)), _ROUNDING)
    return _ROUNDING


def _whole_of_updates(value: float, whole: str) -> str:
    if value == 0:
        return "nothing is left of the sum of their updates: every coalition is worth 0."
    return f"together their updates are the shared update itself (cosine {whole})."


def retraining_cost(scenario: Scenario) -> str:
    """What training every coalition would take, in runs of this scenario."""
    n = scenario.n_agents
    return (
        f"The retrained game of {n} agents has {2**n - 1:,} coalitions to train: {n * 2 ** (n - 1):,} local trainings "
        f"a round, about {_times_a_run(n):,.0f} times the work of this run, and twice as many with each further "
        f"agent. With this model it is offered up to {max_retrained_agents(scenario)} agents; the gradient game needs "
        "no training."
    )


def _times_a_run(n_agents: int) -> float:
    """Local trainings of a round of the retrained game, by those of a run: rewarded, alone and with FedAvg."""
    return 2 ** (n_agents - 1) / 3


def retraining_offer(n_agents: int, seconds: float | None, run_seconds: float | None) -> str:
    """What the retrained game will cost, before it is asked for.

    seconds: as games like it took; None where none was measured. run_seconds: the same of this run.
    """
    if seconds is None and run_seconds is not None:
        seconds = run_seconds * _times_a_run(n_agents)
    long = "" if seconds is None else f", about {time_in_words(max(1.0, seconds))} here"
    return f"Retrained: {2**n_agents - 1:,} coalitions{long}."


def too_many(n_agents: int) -> str:
    """Why there is no picture of the whole game."""
    return (
        f"{n_agents} agents form {2**n_agents:,} coalitions: too many to draw from. "
        "Their Shapley values can still be estimated from a sample of the orders."
    )


def tracking(cgsv: FloatArray, retrained: FloatArray, pearson: float | None, error: float = 0.0) -> str:
    """How far the cosine follows the retrained game, with the worst disagreement named.

    ``error``: how far apart two retrained values must be to be told apart, as ``cgs_core.metrics.accuracy_error``.
    """
    if np.ptp(retrained) <= error:
        return "The correlation is undefined: retraining tells nobody apart within the test's error."
    how = (
        "The correlation is undefined: one side is nearly constant."
        if pearson is None
        else f"Pearson correlation r = {signed(f'{pearson:.2f}')} over {len(cgsv)} agents."
    )
    by_cgsv, by_training = _ranks(cgsv, _ROUNDING), _ranks(retrained, max(error, _ROUNDING))
    gap = np.maximum(by_cgsv[0] - by_training[1], by_training[0] - by_cgsv[1])
    if gap.max() <= 0:
        has_ties = any((first < last).any() for first, last in (by_cgsv, by_training))
        return f"{how} Both put the agents in the same order{', but for ties' * has_ties}."
    agent = int(gap.argmax())
    return (
        f"{how} The largest disagreement is about {agent_name(agent)}: {_rank_words(by_training, agent)} of "
        f"{len(cgsv)} by retraining, {_rank_words(by_cgsv, agent)} by CGSV."
    )


def tracking_warning(cgsv: FloatArray, retrained: FloatArray, error: float = 0.0) -> str | None:
    """Says so where the agent that training clearly needs most is the one that the cosine values least."""
    best = int(retrained.argmax())
    is_clear = _ranks(retrained, max(error, _ROUNDING))[1][best] == 1 and _ranks(cgsv, _ROUNDING)[0][best] == len(cgsv)
    if len(cgsv) > 2 and is_clear:
        return (
            f"{agent_name(best)} adds most to the model, and CGSV values it least. The cosine measures agreement, not "
            "usefulness: this is the method's known weakness."
        )
    return None


def _ranks(values: FloatArray, error: float) -> tuple[np.ndarray, np.ndarray]:
    """Each agent's highest and lowest place, from 1 for the largest; values within ``error`` share their places."""
    gap = values[None, :] - values[:, None]
    return 1 + (gap > error).sum(axis=1), len(values) - (gap < -error).sum(axis=1)


def _rank_words(ranks: tuple[np.ndarray, np.ndarray], agent: int) -> str:
    first, last = (int(places[agent]) for places in ranks)
    return f"number {first}" if first == last else f"one of numbers {first} to {last}, which tie,"
