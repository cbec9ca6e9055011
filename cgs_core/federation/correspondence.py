"""A federation by messages: what each agent is sent, what comes back, and what is owed to whom meanwhile.

Messages are late or lost, and agents die, come later, or come back without their model. An agent trains a model of its
own and adds to it what it is paid, once: a reward goes along in each letter until the agent has answered one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import numpy as np

from cgs_core.errors import ScenarioError
from cgs_core.federation.needs import check_needs
from cgs_core.federation.server import Server, ServerRound
from cgs_core.scenario import Scenario

Address = TypeVar("Address", bound=Hashable)
Layers = Mapping[str, np.ndarray]

NO_ANSWER = "no answer came in time"
NO_MODEL = "it has no model: the one to start from is on its way"


@dataclass(frozen=True, kw_only=True, eq=False)
class Letter:
    """What an agent is sent.

    Attributes
    ----------
    start: the model that it begins with, instead of any that it has; None: it goes on with its own.
    reward: what it adds to its model unless it has added that of ``reward_round`` before; None: nothing.
    reward_round: of the round, from 0, whose reward that is; -1 for none.
    told: why what it sent last did not count; empty where it did, or where it was not asked.
    """

    start: Layers | None
    reward: Layers | None
    reward_round: int
    told: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """What an agent sent back: its update and the number of its samples, or why there is none.

    Attributes
    ----------
    update: as of ``Server.round``.
    n_samples: how many it says that it has.
    failure: a sentence; the agent may have got nothing of the letter.
    is_without_model: it had to go on with a model of its own, and has none.
    """

    update: Any = None
    n_samples: Any = None
    failure: str = ""
    is_without_model: bool = False


class Correspondence(Generic[Address]):
    """A ``Server`` whose agents have addresses. Who writes for the first time gets the next place.

    Parameters
    ----------
    n_agents: how many are expected at first; the others join when they come.
    rules: as of ``Server``; what needs the agents' models or losses (``starts``, ``losses``) is refused.
    start: the model that all start from, by the names of its layers.
    max_agents: how many places there are at most, of those who left too; None: any number.
    functions: as of ``Server``, where its rules need them.

    Raises
    ------
    ScenarioError: as ``Server`` does.
    """

    def __init__(
        self,
        n_agents: int,
        rules: Scenario,
        start: Layers,
        *,
        max_agents: int | None = None,
        **functions: Callable[..., Any] | None,
    ) -> None:
        self.server = Server(n_agents, rules, start=start, **functions)
        check_needs(rules, set(), is_of_round=True)
        if max_agents is not None and max_agents < n_agents:
            raise ScenarioError("max_agents", f"must be at least the {n_agents} who are expected", max_agents)
        self._start, self._max_agents = start, max_agents
        self._places: dict[Address, int] = {}
        self._asked: set[int] = set()
        self._has_model: set[int] = set()
        self._owed: dict[int, tuple[int, Layers]] = {}
        self._told: dict[int, str] = {}

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Of the agents, by their places; fewer than there are places where some have not come yet."""
        return tuple(self._places)

    def training_letters(self, addresses: Iterable[Address]) -> dict[Address, Letter]:
        """A round begins: what those who can be reached are sent; those who left, or find no place, nothing."""
        letters = {}
        for address in addresses:
            place = self._place_of(address)
            if place is not None and self.server.is_active[place]:
                letters[address] = self._letter(place)
        self._asked = {self._places[address] for address in letters}
        return letters

    def settle(self, answers: Mapping[Address, Answer]) -> ServerRound:
        """The round ends: value and pay. Who was asked and sent nothing that counts is told so in its next letter.

        Answers of those who were not asked do not count. ``refused`` of the result has all the sentences, by place.

        Raises
        ------
        AddedError: a rule of another package failed; everything is as it was before.
        """
        n_agents = self.server.n_agents
        updates: list[Any] = [None] * n_agents
        n_samples: list[Any] = [None] * n_agents
        asked, refused = self._asked, dict.fromkeys(self._asked, NO_ANSWER)
        answers = {address: answer for address, answer in answers.items() if self._places.get(address) in asked}
        for address, answer in answers.items():
            place = self._places[address]
            if answer.failure or answer.is_without_model:
                refused[place] = answer.failure or NO_MODEL
            else:
                updates[place] = () if answer.update is None else answer.update  # of a round, None is who is absent
                n_samples[place] = answer.n_samples
                del refused[place]
        done = self.server.round(updates, n_samples)
        self.hear(answers)
        for place in np.flatnonzero(done.is_present).tolist():
            self._owed[place] = (done.round_index, done.rewards[place])
        self._asked = set()
        refused = dict(sorted({**refused, **done.refused}.items()))
        self._told = {place: self._told[place] for place in self._told if place not in asked} | refused
        return _with_refused(done, refused)

    def closing_letters(self, addresses: Iterable[Address]) -> dict[Address, Letter]:
        """What agents are sent besides, so that they have what they were paid last, those who were evicted too."""
        return {address: self._letter(self._places[address]) for address in addresses if address in self._places}

    def hear(self, answers: Mapping[Address, Answer]) -> None:
        """Answers to letters of either kind say that these arrived."""
        for address, answer in answers.items():
            if (place := self._places.get(address)) is None or answer.failure:
                continue
            self._owed.pop(place, None)
            if answer.is_without_model:
                self._has_model.discard(place)
            else:
                self._has_model.add(place)

    def _place_of(self, address: Address) -> int | None:
        """The address's place, which it may get now; None: there is none for it."""
        if address not in self._places:
            place = len(self._places)
            if place == self.server.n_agents and not self._is_joined():
                return None
            self._places[address] = place
        return self._places[address]

    def _is_joined(self) -> bool:
        """Whether the server has made one more place."""
        if self._max_agents is not None and self.server.n_agents >= self._max_agents:
            return False
        try:
            self.server.join()
        except ScenarioError:  # the rules are for no more
            return False
        return True

    def _letter(self, place: int) -> Letter:
        reward_round, reward = self._owed.get(place, (-1, None))
        start = None if place in self._has_model else self._start
        return Letter(start=start, reward=reward, reward_round=reward_round, told=self._told.get(place, ""))


def _with_refused(done: ServerRound, refused: dict[int, str]) -> ServerRound:
    return replace(done, refused=MappingProxyType(refused))
