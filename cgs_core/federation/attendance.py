"""Who takes part in a round of F federations: they come and go as the scenario says, and some updates come late."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cgs_core.federation.local_training import Learnt
from cgs_core.federation.server import Server
from cgs_core.scenario import Scenario
from cgs_core.scenario.presence import presence_of
from cgs_core.typing import BoolArray, IntArray, Params


class Attendance:
    """Goes round by round: ``begin``, then ``trains``, then ``came`` for what was learnt.

    Under a rule that shares nothing (``own``) nothing is drawn and nothing is late: who belongs to the federation takes
    its own step. Under one that gives everybody the same (``full``) all that train begin from the server's model, as
    in plain federated averaging; under the others nobody ever does, but from its own.

    Parameters
    ----------
    scenario: what all federations share.
    members: (F, N) bool, who can be in which federation at all.
    servers: of the F federations.
    """

    def __init__(self, scenario: Scenario, members: BoolArray, servers: Sequence[Server]) -> None:
        self._presence = presence_of(scenario)
        self._is_present = self._presence.is_present
        self._is_whole = scenario.is_always_there
        self._members, self._servers = members, servers
        self._rules = [server.rules.reward_rule for server in servers]
        self._on_the_way: dict[int, deque[Learnt]] = {
            int(agent): deque(maxlen=1 + int(self._presence.delay[agent]))
            for agent in np.flatnonzero(self._presence.delay)
        }

    def begin(self, round_index: int, params: Params, server_params: Params) -> None:
        """Let agents in and go, and hand the server's model to those who begin with it; ``params`` change in place."""
        if self._is_whole:
            return
        now = self._presence.is_member[round_index]
        before = self._presence.is_member[round_index - 1] if round_index else np.ones_like(now)
        for f, server in enumerate(self._servers):
            for agent in np.flatnonzero(now & ~before & self._members[f]).tolist():
                server.admit(agent)
            for agent in np.flatnonzero(before & ~now & server.is_active).tolist():
                server.leave(agent)
            if self._rules[f] == "full":
                params[f][self.trains(round_index)[f]] = server_params[f]

    def trains(self, round_index: int) -> BoolArray:
        """(F, N) bool: who takes part, whose update will come later, and who was put out and trains by itself."""
        if self._is_whole:
            return self._members
        now = self._presence.is_member[round_index]
        takes_part = self._presence.is_drawn[round_index] | (self._presence.delay > 0)
        is_out = np.stack([~server.is_active for server in self._servers])
        is_own = np.array([rule == "own" for rule in self._rules])[:, np.newaxis]
        return np.asarray(self._members & now & (takes_part | is_out | is_own))

    def is_alone(self, f: int, round_index: int) -> BoolArray:
        """(N,) bool, before a round is settled: who was put out of federation ``f`` and belongs to it all the same."""
        return np.asarray(self._members[f] & self._presence.is_member[round_index] & ~self._servers[f].is_active)

    def present(self, f: int, round_index: int) -> IntArray:
        """(n,) the agents whose updates come to federation ``f``, in order."""
        is_active = self._servers[f].is_active
        return np.flatnonzero(is_active if self._rules[f] == "own" else is_active & self._is_present[round_index])

    def came(self, learnt: Learnt) -> list[Learnt]:
        """What comes to each of the F federations: what was learnt now or, of an agent that is late, before."""
        if not self._on_the_way:
            return [learnt] * len(self._servers)
        names = ("updates", "scale", "uploads", "trained_length")
        late = replace(learnt, **{name: getattr(learnt, name).copy() for name in names})
        for agent, kept in self._on_the_way.items():
            kept.append(replace(learnt, **{name: getattr(learnt, name)[:, agent].copy() for name in names}))
            for name in names:
                getattr(late, name)[:, agent] = getattr(kept[0], name)
        return [learnt if rule == "own" else late for rule in self._rules]
