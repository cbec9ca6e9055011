"""What is played in a room: the scenario that it starts from, what data cost, which moves and which rules there are."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from cgs_core.errors import ScenarioError
from cgs_core.mechanisms import MECHANISMS
from cgs_core.scenario import Agent, Scenario

COPY, SPLIT = "copy", "split"
CONDUCTS = ("honest", "free_rider", "echo", "sign_flipper", COPY, SPLIT)
"""What a move may do: conducts of a scenario's agent, "copy" the next agent's data, or "split" in two agents."""


@dataclass(frozen=True)
class Rule:
    """A mechanism under the name that the class calls it by; ``altruism_degree``: None leaves the scenario's."""

    name: str
    mechanism: str
    altruism_degree: float | None = None

    def __post_init__(self) -> None:
        _check("name", isinstance(self.name, str) and 0 < len(self.name) <= 40, "1 to 40 characters", self.name)
        known = isinstance(self.mechanism, str) and self.mechanism in MECHANISMS
        _check("mechanism", known, "must be one of " + ", ".join(MECHANISMS), self.mechanism)
        beta = self.altruism_degree
        _check("altruism_degree", beta is None or _is_number(beta), "a number, or null", beta)

    def on(self, scenario: Scenario) -> Scenario:
        """The scenario under this rule."""
        beta = {} if self.altruism_degree is None else {"altruism_degree": self.altruism_degree}
        return scenario.replace(**MECHANISMS[self.mechanism].fields, **beta)


@dataclass(frozen=True)
class Move:
    """What a student brings in a round of play.

    Attributes
    ----------
    samples: how many; one of the game's sizes. Who copies has the next agent's samples, whatever stands here.
    is_cheap: whether the data are cheap ones, of which a part of the labels is wrong.
    conduct: one of those that the game allows.
    prediction: the reward ratio that the student expects, in [0, 1]; None: none was made.
    """

    samples: int
    is_cheap: bool = False
    conduct: str = "honest"
    prediction: float | None = None


@dataclass(frozen=True)
class Bot:
    """How an agent is played that nobody plays: with as many clean samples as the coins are for, or as cheaply as the
    game allows; and its conduct. ``is_bulk``: with as many cheap ones as the coins are for. ``is_replying``: from the
    second round of play on as would have been best for it in the one before, where that was computed
    (``cgs_core.rooms.questions``)."""

    is_cheapest: bool = False
    conduct: str = "honest"
    is_bulk: bool = False
    is_replying: bool = False


BOTS: Mapping[str, Bot] = {
    "honest": Bot(),
    "miser": Bot(is_cheapest=True),
    "bulk_buyer": Bot(is_bulk=True),
    "free_rider": Bot(is_cheapest=True, conduct="free_rider"),
    "echo": Bot(is_cheapest=True, conduct="echo"),
    "best_response": Bot(is_replying=True),
}
"""By name. But for the last one they look at nobody's moves, and play the same in each round of play."""


@dataclass(frozen=True)
class Game:
    """The rules of a room. Bad ones raise ``ScenarioError``, which names the field.

    Attributes
    ----------
    title: what it is called.
    scenario: what the federation is: its data, model, rounds and number of agents, and which classes and noise each
        agent is dealt. What agents do, and how much they hold, are the moves.
    rules: the first one is played first; teacher and class choose among them. Names differ.
    sizes: numbers of samples that a move may have, smallest first, at least 2 each.
    coins: what a student may spend in each round of play; what is left cannot be spent later.
    points_a_coin: what a coin that is spent counts in the payoff, in points of accuracy: see ``payoff``.
    clean_price, cheap_price: coins a sample.
    cheap_noise: part of cheap data's labels that is wrong, in [0, 1].
    conducts: those allowed, of ``CONDUCTS``; "honest" is always one.
    open_questions: two at most, for the reflection.
    closed_question: one, with its options.
    bots: who plays the agents that nobody plays, of ``BOTS``: agent i the i-th of them, and again from the first.
    """

    title: str
    scenario: Scenario
    rules: tuple[Rule, ...]
    sizes: tuple[int, ...] = (25, 50, 100, 200)
    coins: int = 200
    clean_price: int = 2
    cheap_price: int = 1
    cheap_noise: float = 0.4
    conducts: tuple[str, ...] = ("honest",)
    open_questions: tuple[str, ...] = ("What surprised you?", "Which rule would you choose, and why?")
    closed_question: str = "Was the pay fair?"
    options: tuple[str, ...] = ("yes", "partly", "no")
    bots: tuple[str, ...] = ("honest",)
    points_a_coin: float = 0.02

    def __post_init__(self) -> None:
        self._check_words()
        self._check_numbers()
        for index, agent in enumerate(self.scenario.agents):
            is_dealt = agent == Agent(
                classes=agent.classes, label_noise=agent.label_noise, feature_noise=agent.feature_noise
            )
            _check(f"scenario.agents[{index}]", is_dealt, "dealt classes and noise alone; the rest are moves", agent)
        for conduct in {"honest", SPLIT} & set(self.conducts):  # the most that can be asked for, under every rule
            most = Move(self.sizes[-1], conduct=conduct)
            for rule in self.rules:
                self.played((most,) * self.n_agents, rule)

    def _check_words(self) -> None:
        texts = {"title": self.title, "closed_question": self.closed_question}
        texts |= {f"open_questions[{index}]": text for index, text in enumerate(self.open_questions)}
        texts |= {f"options[{index}]": text for index, text in enumerate(self.options)}
        for field, text in texts.items():
            _check(field, isinstance(text, str) and 0 < len(text) <= 200, "1 to 200 characters", text)
        _check("open_questions", len(self.open_questions) <= 2, "at most two", self.open_questions)
        _check("options", 2 <= len(set(self.options)) == len(self.options), "at least two, all different", self.options)
        names = [rule.name for rule in self.rules]
        _check("rules", 0 < len(names) == len(set(names)), "at least one, with different names", names)
        allowed = "honest" in self.conducts and set(self.conducts) <= set(CONDUCTS)
        _check("conducts", allowed, "'honest', and others of " + ", ".join(CONDUCTS), self.conducts)
        playing = [name for name, bot in BOTS.items() if bot.conduct in self.conducts]
        known = bool(self.bots) and set(self.bots) <= set(playing)
        _check("bots", known, "at least one of those that do what the game allows, " + ", ".join(playing), self.bots)

    def _check_numbers(self) -> None:
        grow = all(isinstance(size, int) and size >= 2 for size in self.sizes) and sorted(set(self.sizes)) == [
            *self.sizes
        ]
        _check("sizes", bool(self.sizes) and grow, "whole numbers of at least 2, smallest first", self.sizes)
        for field in ("coins", "clean_price", "cheap_price"):
            value = getattr(self, field)
            _check(field, isinstance(value, int) and 0 <= value <= 1_000_000, "a whole number from 0 to 1000000", value)
        noise = self.cheap_noise
        _check("cheap_noise", _is_number(noise) and 0 <= noise <= 1, "a number from 0 to 1", noise)
        points = self.points_a_coin
        _check("points_a_coin", _is_number(points) and 0 <= points <= 10, "a number of points from 0 to 10", points)
        least = self.sizes[0] * self.clean_price
        _check("coins", self.coins >= least, f"at least {least}, the smallest clean size", self.coins)

    @property
    def n_agents(self) -> int:
        """How many agents are played: seats, or bots."""
        return self.scenario.n_agents

    @property
    def default_move(self) -> Move:
        """What who has never moved plays, and an honest bot: clean data, as much as the coins are for."""
        return Move(max(size for size in self.sizes if size * self.clean_price <= self.coins))

    def bot_move(self, agent: int) -> Move:
        """What this agent plays where nobody plays it."""
        bot = BOTS[self.bots[agent % len(self.bots)]]
        if bot.is_bulk:
            cheap = [one for size in self.sizes if self.cost(one := Move(size, True)) <= self.coins]
            return cheap[-1] if cheap else self.default_move
        if not bot.is_cheapest:
            return replace(self.default_move, conduct=bot.conduct)
        return Move(self.sizes[0], self.cheap_price < self.clean_price, bot.conduct)

    def rule(self, name: object) -> Rule:
        """The rule of this name; ``ScenarioError`` where the game has none."""
        found = next((rule for rule in self.rules if rule.name == name), None)
        if found is None:
            raise ScenarioError("rule", "must be one of " + ", ".join(rule.name for rule in self.rules), name)
        return found

    def cost(self, move: Move) -> int:
        """In coins: each sample has its price; a copy costs nothing."""
        if move.conduct == COPY:
            return 0
        return move.samples * (self.cheap_price if move.is_cheap else self.clean_price)

    def payoff(self, move: Move, accuracy: float) -> float:
        """What a move was good for, in points: the accuracy of the model that the agent was paid, in percent, less the
        price of its coins. ``accuracy``: a part of the test set. The price is a choice of the game: if data cost
        nothing, nobody would have a reason to bring less."""
        return 100 * accuracy - self.points_a_coin * self.cost(move)

    def payoffs(self, moves: Sequence[Move], accuracies: Iterable[float]) -> tuple[float, ...]:
        """(n_agents,) what each agent's move was good for, of the accuracies of their models."""
        return tuple(self.payoff(move, accuracy) for move, accuracy in zip(moves, accuracies, strict=True))

    def checked(self, fields: Mapping[str, Any]) -> Move:
        """The move of these fields, as a browser sent them; ``ScenarioError`` names the one that is not allowed."""
        if not isinstance(fields, Mapping):
            raise ScenarioError("move", "a move's fields by name", fields)
        unknown = set(fields) - {"samples", "is_cheap", "conduct", "prediction"}
        _check("move", not unknown, "samples, is_cheap, conduct and prediction", sorted(unknown, key=str))
        samples, is_cheap = fields.get("samples"), fields.get("is_cheap", False)
        allowed = "must be one of " + ", ".join(map(str, self.sizes))
        if type(samples) is not int or samples not in self.sizes:
            raise ScenarioError("samples", allowed, samples)
        _check("is_cheap", isinstance(is_cheap, bool), "must be true or false", is_cheap)
        conduct, prediction = fields.get("conduct", "honest"), fields.get("prediction")
        is_allowed = isinstance(conduct, str) and conduct in self.conducts
        _check("conduct", is_allowed, "must be one of " + ", ".join(self.conducts), conduct)
        is_ratio = prediction is None or (_is_number(prediction) and 0 <= prediction <= 1)
        _check("prediction", is_ratio, "must be a number from 0 to 1, or null", prediction)
        move = Move(samples, is_cheap, conduct, None if prediction is None else float(prediction))
        _check("samples", self.cost(move) <= self.coins, f"may cost {self.coins} coins", self.cost(move))
        return move

    def played(self, moves: tuple[Move, ...], rule: Rule) -> Scenario:
        """The round of play as a scenario: agent i makes the i-th move; shells of who splits come after all agents.

        A copy of who copies is one of whom that one copies. Where all copy in a ring, the ring's first agent has
        nobody to copy: it holds as many samples of its own as the smallest size.
        """
        if len(moves) != self.n_agents:
            raise ScenarioError("moves", f"one of each of the {self.n_agents} agents", len(moves))
        dealt = self.scenario.full_agents
        agents = [self._agent(dealt[index], index, moves) for index in range(self.n_agents)]
        shells = [Agent(shell_of=index) for index, move in enumerate(moves) if move.conduct == SPLIT]
        all_agents = (*agents, *shells)
        return rule.on(self.scenario.replace(n_agents=len(all_agents), agents=all_agents))

    def _agent(self, dealt: Agent, index: int, moves: tuple[Move, ...]) -> Agent:
        move = moves[index]
        noise = max(dealt.label_noise, self.cheap_noise) if move.is_cheap else dealt.label_noise
        bring: dict[str, Any] = {"shard_size": move.samples, "classes": dealt.classes, "label_noise": noise}
        if move.conduct == COPY and (source := _copied(index, moves)) != index:
            return Agent(copy_of=source)
        if move.conduct == COPY:
            return Agent(shard_size=self.sizes[0], classes=dealt.classes, feature_noise=dealt.feature_noise)
        conduct = "honest" if move.conduct == SPLIT else move.conduct
        return Agent(**bring, feature_noise=dealt.feature_noise, conduct=conduct)

    def to_json(self) -> str:
        """As the store and files keep it."""
        return json.dumps(asdict(self) | {"scenario": json.loads(self.scenario.to_json())})


def dealt(scenario: Scenario, n_agents: int) -> Scenario:
    """A scenario for a game of so many agents: each is dealt its classes and its noise; what agents do, and how much
    they hold, is left to the moves. ``ScenarioError`` where so many agents do not go with the rest."""
    kept = [
        Agent(classes=agent.classes, label_noise=agent.label_noise, feature_noise=agent.feature_noise)
        for agent in scenario.agents[:n_agents]
    ]
    return scenario.replace(n_agents=n_agents, agents=tuple(kept))


def _copied(index: int, moves: tuple[Move, ...]) -> int:
    """Whose samples a copier holds: those of the next agent that does not itself copy; of the first where all do."""
    others = [(index + step) % len(moves) for step in range(1, len(moves))]
    return next((other for other in others if moves[other].conduct != COPY), 0)


def _is_number(value: object) -> bool:
    """Also one that is too large for a float, which is as finite as any other."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf


def _check(field: str, is_right: bool, allowed: str, got: object) -> None:
    if not is_right:
        raise ScenarioError(field, allowed, got)


@lru_cache(maxsize=64)  # a room's game is read by all of its students
def game_of(text: str) -> Game:
    """The game of ``Game.to_json``; ``ScenarioError`` for what is none."""
    try:
        fields = json.loads(text)
        fields["scenario"] = Scenario.from_fields(fields["scenario"])
        fields["rules"] = tuple(Rule(**rule) for rule in fields["rules"])
        for name in {"sizes", "conducts", "open_questions", "options", "bots"} & set(fields):
            fields[name] = tuple(fields[name])
        return Game(**fields)
    except ScenarioError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ScenarioError("game", "a game as it was saved", type(error).__name__) from None
