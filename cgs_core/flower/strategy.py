"""CGSV, and every other mechanism by uploads, as a strategy of Flower's server."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from logging import INFO, WARNING, getLogger
from time import sleep
from typing import Any

from flwr.app import ArrayRecord, ConfigRecord, Message, MessageType, MetricRecord
from flwr.serverapp import Grid
from flwr.serverapp.strategy import Result, Strategy

from cgs_core.federation.correspondence import Answer, Correspondence, Letter
from cgs_core.federation.server import Server, ServerRound
from cgs_core.flower.messages import answer_of, content_of, layers_of, metrics_of, record_of
from cgs_core.scenario import Scenario

_LOG = getLogger("flwr")
_FACTS = ("contribution", "importance", "reward_ratio", "download_bytes")


class CgsvStrategy(Strategy):
    """Clients train models of their own; what each is paid is sent to it alone: what is not 0, with its place.

    The clients run ``client_app``. An agent is a node, and has a place, from 0, in the order in which the nodes came;
    in the first round in that of their ids. After each round ``result.train_metrics_clientapp[server_round]`` has, over
    the places, ``contribution``, ``importance``, ``reward-ratio``, ``download-bytes`` and what clients ``reported``.
    The rewards of the last round are sent with a request to evaluate, which each client does with its own model.
    ``result.arrays`` is the server's model: the start, and what all uploads together came to in each round.

    A node that fails, is too late (``start(timeout=...)``) or sends what cannot be used counts as absent in that round;
    the log and its next letter say why. One that comes later joins, and starts from the starting model.

    Parameters
    ----------
    rules: as of ``cgs_core.federation.Server``; the default is the paper's. FedAvg:
        ``with_mechanism(Scenario(), "fedavg")``. Rules that need the agents' models or losses are refused.
    n_agents: how many nodes the first round waits for; later ones go on with whoever is there.
    max_agents: how many places there are at most; None: any number, so let nobody in whom you do not know.
    reported: names of numbers that clients report of a round; NaN for who did not.
    is_evaluated_every_round: whether clients are asked to evaluate after each round, and not after the last alone.
    on_round: called after each round with all that the server says of it.
    functions: ``class_rows`` and so on, as of ``Server``, where the rules need them.

    Raises
    ------
    ScenarioError: by ``start``, as ``Server`` does.
    """

    def __init__(
        self,
        rules: Scenario | None = None,
        *,
        n_agents: int = 2,
        max_agents: int | None = None,
        reported: Sequence[str] = (),
        is_evaluated_every_round: bool = False,
        on_round: Callable[[ServerRound], None] | None = None,
        **functions: Callable[..., Any],
    ) -> None:
        self._rules = Scenario() if rules is None else rules
        self._n_agents, self._max_agents = n_agents, max_agents
        self._reported, self._on_round = tuple(reported), on_round
        self._is_evaluated_every_round = is_evaluated_every_round
        self._functions = functions
        self._last_round, self._timeout = 0, 3600.0
        self._post: Correspondence[int] | None = None

    @property
    def server(self) -> Server:
        """Which values and pays; it can be saved. Raises ``RuntimeError`` before the first round."""
        return self._correspondence.server

    @property
    def node_ids(self) -> tuple[int, ...]:
        """Of the agents, by their places. Raises ``RuntimeError`` before the first round."""
        return self._correspondence.addresses

    def summary(self) -> None:
        """Say in the log by which rules it goes."""
        rules = self._rules
        _LOG.log(INFO, "\t├──> Valued by %s, paid by %s", rules.valuation, rules.reward_rule)
        _LOG.log(INFO, "\t└──> Begins with %d agents", self._n_agents)

    def start(
        self,
        grid: Grid,
        initial_arrays: ArrayRecord,
        num_rounds: int = 3,
        timeout: float = 3600,
        train_config: ConfigRecord | None = None,
        evaluate_config: ConfigRecord | None = None,
        evaluate_fn: Callable[[int, ArrayRecord], MetricRecord | None] | None = None,
    ) -> Result:
        """As of Flower's ``Strategy``; ``initial_arrays`` is the model that all clients start from.

        A client has ``timeout`` seconds for an answer, and does not begin with a message that is older.
        """
        self._last_round, self._timeout = num_rounds, timeout
        self._begin(initial_arrays)
        return super().start(grid, initial_arrays, num_rounds, timeout, train_config, evaluate_config, evaluate_fn)

    def configure_train(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """A message for each node, with its own reward of the round before."""
        if self._post is None:
            self._begin(arrays)
        nodes = _nodes(grid, self._n_agents if server_round == 1 else 1)
        letters = self._correspondence.training_letters(nodes)
        if len(letters) < len(nodes):
            _LOG.log(WARNING, "%d nodes take no part: they left, or there is no place", len(nodes) - len(letters))
        return self._messages(letters, MessageType.TRAIN, config, server_round)

    def aggregate_train(
        self, server_round: int, replies: Iterable[Message]
    ) -> tuple[ArrayRecord | None, MetricRecord | None]:
        """Value and pay: the server's model, and what each agent was worth and is paid."""
        came = {reply.metadata.src_node_id: reply for reply in replies}
        done = self._correspondence.settle({node: answer_of(reply) for node, reply in came.items()})
        for place, why in done.refused.items():
            _LOG.log(WARNING, "agent %d (node %d): %s", place, self.node_ids[place], why)
        if self._on_round is not None:
            self._on_round(done)
        facts = {fact.replace("_", "-"): getattr(done, fact).tolist() for fact in _FACTS}
        return record_of(self.server.server_model), MetricRecord({**facts, **self._reports(came)})

    def configure_evaluate(
        self, server_round: int, arrays: ArrayRecord, config: ConfigRecord, grid: Grid
    ) -> Iterable[Message]:
        """After the last round, or after each: a message for each node, with its own reward."""
        if server_round != self._last_round and not self._is_evaluated_every_round:
            return []
        letters = self._correspondence.closing_letters(grid.get_node_ids())
        return self._messages(letters, MessageType.EVALUATE, config, server_round)

    def aggregate_evaluate(self, server_round: int, replies: Iterable[Message]) -> MetricRecord | None:
        """What the clients ``reported`` of their own models, over the places."""
        came = {reply.metadata.src_node_id: reply for reply in replies}
        self._correspondence.hear({node: _heard(reply) for node, reply in came.items()})
        return MetricRecord(self._reports(came)) if came else None

    @property
    def _correspondence(self) -> Correspondence[int]:
        if self._post is None:
            raise RuntimeError("the strategy has not started")
        return self._post

    def _begin(self, arrays: ArrayRecord) -> None:
        self._post = Correspondence(
            self._n_agents, self._rules, layers_of(arrays), max_agents=self._max_agents, **self._functions
        )

    def _messages(
        self, letters: Mapping[int, Letter], kind: str, config: ConfigRecord, server_round: int
    ) -> list[Message]:
        settings = {**config, "server-round": server_round}
        return [Message(content_of(own, settings), node, kind, ttl=self._timeout) for node, own in letters.items()]

    def _reports(self, came: Mapping[int, Message]) -> dict[str, list[float]]:
        """By name, over the places."""
        reports = {name: [math.nan] * self.server.n_agents for name in self._reported}
        for place, node in enumerate(self.node_ids):
            own = metrics_of(came[node]) if node in came else {}
            for name, values in reports.items():
                value = own.get(name)
                values[place] = math.nan if value is None or isinstance(value, list) else float(value)
        return reports


def _heard(reply: Message) -> Answer:
    """Of an evaluation: whether the letter arrived."""
    answer = answer_of(reply)
    return Answer(failure=answer.failure, is_without_model=answer.is_without_model)


def _nodes(grid: Grid, n_nodes: int) -> list[int]:
    """The nodes that are there, in the order of their ids, once there are so many."""
    is_told = False
    while len(nodes := sorted(grid.get_node_ids())) < n_nodes:
        if not is_told:
            _LOG.log(INFO, "waiting for nodes: %d of %d are there", len(nodes), n_nodes)
        is_told = True
        sleep(1)
    return nodes
