"""The server of a federation: uploads in, what everybody is worth and gets back out, round after round.

The engine's rounds, and everybody's own training loop, go by it. It reads and writes nothing but the files that it is
told to, looks at no clock, and draws only from the named streams of the rules' ``start_seed``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from cgs_core.errors import ScenarioError
from cgs_core.federation import server_file
from cgs_core.federation.arrivals import Arrivals, Sent, arrivals_of
from cgs_core.federation.layouts import ARRAY, Layout, is_array, read, stacked_like
from cgs_core.federation.needs import check_most_agents, check_needs
from cgs_core.federation.settlement import Exchange, Knowledge, Standing, Uploads, settle
from cgs_core.mechanisms.reward_rules import Reward
from cgs_core.scenario import Scenario
from cgs_core.typing import FloatArray, Importance, Params


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ServerRound(Exchange):
    """What a server says of one round; ``Exchange`` has the numbers. Its arrays are read-only.

    Attributes
    ----------
    round_index: from 0.
    rewards: n_agents of them, v_i, laid out as the agent's update: what is added to the model that it had before the
        round. What a rule lets it keep of its own step is in it. None for who gets nothing; where updates came as one
        array (n_agents, ...), an array like it, with zeros for these.
    server_update: what is added to the server's own model, laid out as the first update that counted; None where
        none did.
    is_present: (n_agents,) bool, whose update counted.
    is_active: (n_agents,) bool, who had neither left nor been evicted when the round began.
    is_evicted: (n_agents,) bool, who takes no part from the next round on, by the reward rule.
    refused: why an agent's update did not count, a sentence, by the agent's place: it is as if it had been absent.
    """

    round_index: int
    rewards: Any
    server_update: Any
    is_present: npt.NDArray[np.bool_]
    is_active: npt.NDArray[np.bool_]
    is_evicted: npt.NDArray[np.bool_]
    refused: Mapping[int, str]

    def __post_init__(self) -> None:
        for field in fields(Exchange):
            getattr(self, field.name).setflags(write=False)
        self.is_present.setflags(write=False)
        self.is_active.setflags(write=False)
        self.is_evicted.setflags(write=False)

    def __repr__(self) -> str:
        """Which round, and who was there."""
        n_present, n_agents = self.is_present.sum(), len(self.is_present)
        refused = f", {len(self.refused)} refused" if self.refused else ""
        return f"<ServerRound {self.round_index + 1}: {n_present} of {n_agents} agents{refused}>"


class Server:
    """The server of a federation of ``n_agents``, which goes on from round to round.

    An update is how far an agent's model moved in local training. It may be a flat array, a list of layers or a dict
    of them by name (a state dict), of NumPy arrays or of PyTorch's tensors; it need not be scaled, the server does
    that. A flat vector has a dict's layers in the alphabetical order of their names.

    Parameters
    ----------
    n_agents: how many take part at first, at least 1; agents are named by their places, from 0.
    rules: by which scenario's rules; the default is the paper's. Of its fields these count: those of a mechanism
        (``valuation``, ``importance_rule``, ``upload_scaling``, ``aggregation_weight``, ``reward_rule`` and their
        settings), ``update_norm`` and ``start_seed``; for CFFL ``n_rounds`` and ``split`` too. One that has a name:
        ``with_mechanism(Scenario(), "rffl")``.
    start: the model that all start from, laid out as an update: for rules that go by the server's model w_S.
    class_rows, validation_accuracy, validation_gradient, validation_loss: of flat models (n_models, n_params), as of
        ``cgs_core.mechanisms.Round``: for rules that ask for them.
    server_update: (w_S (n_params,), round_index) -> (n_params,), what the server learns by itself: for FLTrust.

    Raises
    ------
    ScenarioError: a rule needs what was not given, or is for fewer agents.

    Examples
    --------
    Three agents; the second sends the first one's update reversed, and the third is absent.

    >>> import numpy as np
    >>> from cgs_core.federation import Server
    >>> server = Server(3)
    >>> done = server.round([np.array([0.3, 0.1, 0.4]), np.array([-0.3, -0.1, -0.4]), None], n_samples=[30, 10, 20])
    >>> done
    <ServerRound 1: 2 of 3 agents>
    >>> done.contribution, done.importance.round(3)
    (array([ 1., -1.,  0.]), array([0.962, 0.019, 0.019]))
    >>> done.rewards[0].round(3), done.rewards[2]
    (array([0.074, 0.025, 0.098]), None)
    """

    def __init__(
        self,
        n_agents: int,
        rules: Scenario | None = None,
        *,
        start: Any = None,
        class_rows: Callable[[Params], FloatArray] | None = None,
        validation_accuracy: Callable[[Params], FloatArray] | None = None,
        validation_gradient: Callable[[Params], Params] | None = None,
        validation_loss: Callable[[Params], FloatArray] | None = None,
        server_update: Callable[[Params, int], Params] | None = None,
    ) -> None:
        if isinstance(n_agents, bool) or not isinstance(n_agents, int | np.integer) or n_agents < 1:
            raise ScenarioError("n_agents", "must be a whole number of at least 1", n_agents)
        standing, layout = Standing.at_start(int(n_agents)), None
        if start is not None:
            layout, server_params = _start(start)
            standing = replace(standing, server_params=server_params, layer_sizes=layout.sizes)
        knowledge = Knowledge(
            class_rows=class_rows,
            validation_accuracy=validation_accuracy,
            validation_gradient=validation_gradient,
            validation_loss=validation_loss,
            server_update=server_update,
        )
        self._begin(standing, Scenario() if rules is None else rules, knowledge, layout)

    @classmethod
    def at(cls, standing: Standing, rules: Scenario, knowledge: Knowledge, layout: Layout | None = None) -> Server:
        """A server that begins where others have brought a federation. Raises as ``Server`` does."""
        server = cls.__new__(cls)
        server._begin(standing, rules, knowledge, layout)
        return server

    def _begin(self, standing: Standing, rules: Scenario, knowledge: Knowledge, layout: Layout | None) -> None:
        if not isinstance(rules, Scenario):
            raise ScenarioError("rules", 'must be a Scenario, for instance with_mechanism(Scenario(), "rffl")', rules)
        self.rules = rules
        self._standing, self._knowledge, self._layout = standing, knowledge, layout
        given = {name for name, function in vars(knowledge).items() if function is not None}
        check_needs(rules, given | ({"start"} if standing.server_params is not None else set()), is_of_round=False)
        check_most_agents(rules, int(standing.is_active.sum()))

    # -- a round -------------------------------------------------------------------------------------------------

    def round(
        self,
        updates: Any,
        n_samples: Sequence[float] | npt.ArrayLike | None = None,
        *,
        present: Sequence[bool] | npt.ArrayLike | None = None,
        starts: Any = None,
        losses: Sequence[float] | npt.ArrayLike | None = None,
    ) -> ServerRound:
        """Value what the agents sent, and pay them: steps 2 to 6 of the paper's round.

        Who is absent is worth 0 and gets nothing; its importance follows the importance rule with that worth. So it is
        with an agent whose update cannot be used: ``refused`` of the result says why, and nobody else is harmed. Among
        those who are there, uploads weigh and pay goes by their importance as shares; who has none yet (in the first
        round everybody) weighs its share of the data.

        Parameters
        ----------
        updates: n_agents of them, None for who is absent; or one array (n_agents, ...). All that count lie as the
            first round's did, or as ``start``; in the first round as most do.
        n_samples: (n_agents,) how many samples each says that it has, above 0; None: as many each.
        present: (n_agents,) bool, who is there; None: who sent an update.
        starts: the agents' models before the round, laid out as the updates: for rules that need them.
        losses: (n_agents,) of these models on the agents' own samples, at least 0: for the weights of q-FFL.

        Raises
        ------
        ValueError: one of the arguments has not one entry an agent, or nobody is left.
        ScenarioError: a rule needs what was not given.
        AddedError: a rule of another package failed; the server is as it was before.
        """
        if not self.is_active.any():
            raise ValueError("n_agents: nobody is left; join() lets somebody in")
        given = {name for name, value in (("starts", starts), ("losses", losses)) if value is not None}
        check_needs(self.rules, given, is_of_round=True)
        sent = Sent(updates=updates, n_samples=n_samples, present=present, starts=starts, losses=losses)
        came = arrivals_of(self.rules, self.is_active, self._layout, sent)
        standing, layout = self._standing, came.layout or self._layout
        if layout is not None:
            _check_scope(self.rules, layout)
            standing = replace(standing, layer_sizes=layout.sizes)
        self._standing, exchange, reward = settle(self.rules, self._knowledge, standing, came.uploads)
        self._layout = layout
        return _server_round(standing, exchange, reward, updates, came)

    def settle(self, uploads: Uploads) -> tuple[Exchange, Reward]:
        """Steps 3 to 6 for uploads that are flat vectors, scaled and in order: for who has them so, as the engine has.

        The rewards are those of ``uploads.agents``.
        """
        self._standing, exchange, reward = settle(self.rules, self._knowledge, self._standing, uploads)
        return exchange, reward

    # -- who takes part ------------------------------------------------------------------------------------------

    def join(self, n_agents: int = 1) -> list[int]:
        """Let more agents in, from the next round on; their places. Raises as ``Server`` does.

        Their importance starts at 0, as everybody's did: in its first round such an agent weighs its share of the data.
        """
        if n_agents < 1:
            raise ScenarioError("n_agents", "must be at least 1 more", n_agents)
        before = self.n_agents
        check_most_agents(self.rules, int(self.is_active.sum()) + n_agents)
        old, new = self._standing, Standing.at_start(n_agents)
        grown = {
            name: np.concatenate([getattr(old, name), getattr(new, name)])
            for name in ("importance", "contribution", "is_active", "is_new", "first_samples")
        }
        sums = old.upload_sum
        if sums is not None:
            grown["upload_sum"] = np.concatenate([sums, np.zeros((n_agents, sums.shape[1]), sums.dtype)])
        self._standing = replace(old, **grown)  # type: ignore[arg-type]
        return list(range(before, self.n_agents))

    def admit(self, agent: int) -> None:
        """Let an agent in that has had its place from the start, as ``join`` lets in who has none."""
        is_active = self.is_active.copy()
        is_active[agent] = True
        self._standing = replace(self._standing, is_active=is_active)

    def leave(self, agent: int) -> None:
        """Let an agent go for good: it keeps no importance, which the others' then sum up to 1 without.

        Raises ``ValueError`` where nobody active has that place.
        """
        if not 0 <= agent < self.n_agents or not self.is_active[agent]:
            places = np.flatnonzero(self.is_active).tolist()
            raise ValueError(f"agent: the place of one that takes part, of {places}; got {agent}")
        is_active, importance = self.is_active.copy(), self.importance.copy()
        is_active[agent], importance[agent] = False, 0
        total = importance.sum()
        importance = importance / total if total > 0 else np.zeros(len(importance))
        self._standing = replace(self._standing, is_active=is_active, importance=importance)

    # -- how things stand ----------------------------------------------------------------------------------------

    @property
    def n_agents(self) -> int:
        """How many places there are, of those who have left or were evicted too."""
        return len(self._standing.is_active)

    @property
    def round_index(self) -> int:
        """Of the next round, from 0."""
        return self._standing.round_index

    @property
    def is_active(self) -> npt.NDArray[np.bool_]:
        """(n_agents,) who has neither left nor been evicted."""
        return self._standing.is_active

    @property
    def importance(self) -> Importance:
        """(n_agents,) r; sums to 1 once there was a round."""
        return self._standing.importance

    @property
    def server_model(self) -> Any:
        """w_S as an array, a list of arrays or a dict of them, as ``start`` lies; None without that."""
        if self._standing.server_params is None or self._layout is None:
            return None
        return self._layout.arrays(self._standing.server_params.copy())

    def __repr__(self) -> str:
        """In one line, how things stand."""
        n_active, rules = self.is_active.sum(), self.rules
        by = f"valued by {rules.valuation}, paid by {rules.reward_rule}"
        return f"<Server of {n_active} agents, {self.round_index} rounds done, {by}>"

    def state(self) -> dict[str, Any]:
        """All that goes on to the next round: arrays, and JSON values; ``from_state`` goes on from it to the byte."""
        return server_file.state_of(self.rules, self._standing, self._layout)

    @classmethod
    def from_state(cls, state: Mapping[str, Any], **functions: Callable[..., Any]) -> Server:
        """A server that goes on from a ``state``; functions that its rules need are given again, as to ``Server``.

        Raises ``RecordError`` for what is no state, and ``ScenarioError`` for functions that are missing.
        """
        rules, standing, layout = server_file.parts_of(state)
        return cls.at(standing, rules, Knowledge(**functions), layout)

    def save(self, path: str | Path) -> None:
        """Write the ``state`` into an npz file, without pickle. An older file stays whole until the new one is."""
        server_file.write(Path(path), self.state())

    @classmethod
    def load(cls, path: str | Path, **functions: Callable[..., Any]) -> Server:
        """Go on from a saved file, as ``from_state`` does, and with its errors. What is in the file is never run."""
        return cls.from_state(server_file.read(Path(path)), **functions)


def _start(start: Any) -> tuple[Layout, Params]:
    """How the starting model lies, and a copy of it: (n_params,)."""
    try:
        found = read(start)
    except ValueError as error:
        raise ScenarioError("start", str(error), start) from None
    vector = found.vector(np.float64 if found.is_double else np.float32).copy()
    if not np.isfinite(vector).all():
        raise ScenarioError("start", "must be finite numbers", start)
    return found.layout, vector


def _check_scope(rules: Scenario, layout: Layout) -> None:
    if rules.mask_scope == "layer" and layout.kind == ARRAY:
        allowed = "'layer' needs updates that are layers, in a list or by name; for one array an agent: 'global'"
        raise ScenarioError("mask_scope", allowed, "layer")


def _server_round(before: Standing, exchange: Exchange, reward: Reward, updates: Any, came: Arrivals) -> ServerRound:
    agents, n_agents = came.uploads.agents, len(exchange.importance)
    is_present, is_evicted = np.zeros(n_agents, np.bool_), np.zeros(n_agents, np.bool_)
    is_present[agents] = True
    is_evicted[agents[reward.is_evicted]] = True
    server_update = None
    if came.layout is not None and reward.server_update is not None:
        server_update = came.layout.like(reward.server_update, updates[agents[0]])
    return ServerRound(
        **vars(exchange),
        round_index=before.round_index,
        rewards=_rewards(reward, updates, came, n_agents),
        server_update=server_update,
        is_present=is_present,
        is_active=before.is_active.copy(),
        is_evicted=is_evicted,
        refused=MappingProxyType(came.refused),
    )


def _rewards(reward: Reward, updates: Any, came: Arrivals, n_agents: int) -> Any:
    """The rewards, laid out as the updates."""
    agents = came.uploads.agents
    if is_array(updates):
        rows = np.zeros(tuple(updates.shape), reward.updates.dtype)
        rows[agents] = reward.updates.reshape(len(agents), *rows.shape[1:])
        return stacked_like(rows, updates)
    rewards: list[Any] = [None] * n_agents
    for place, agent in enumerate(agents):
        assert came.layout is not None  # somebody is present
        rewards[agent] = came.layout.like(reward.updates[place], updates[agent])
    return rewards
