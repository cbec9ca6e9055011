"""Why an agent ended a round as it did: the numbers of its five steps, all from the trace's own records.

Update -> worth -> importance -> pay -> model, as in docs/method.md, "One round". The sentences, formulas and programs
made of them are in ``cgs_core.words.why``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cgs_core.contribution import (
    banzhaf_weights,
    beta_weights,
    coalition_values,
    mean_marginals_by_size,
    shapley_weights,
)
from cgs_core.mechanisms.gram_valuations import BETA
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.records import RoundRecord, Trace
from cgs_core.records.federation_log import FederationLog
from cgs_core.records.logged_trace import LoggedTrace
from cgs_core.records.trace import EVICTING
from cgs_core.reward import MIN_IMPORTANCE, SINH_FACTOR, SINH_MEMORY, effective_memory, shares
from cgs_core.scenario import Scenario, choice_of
from cgs_core.scenario.presence import presence_of
from cgs_core.typing import FloatArray

MAX_TABLE_AGENTS = 12
"""Up to so many agents a semivalue is told as a mean over coalitions; the table of the game doubles with each."""


@dataclass(frozen=True)
class Why:
    """One agent of N in one round of a trace; ``agent`` and ``round_index`` are from 0.

    Raises
    ------
    ValueError: the trace has no such agent or round.
    """

    trace: Trace
    agent: int
    round_index: int

    def __post_init__(self) -> None:
        for name, most in (("agent", self.trace.scenario.n_agents - 1), ("round_index", self.trace.n_rounds - 1)):
            if not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name}: from 0 to {most}; got {getattr(self, name)}")

    @property
    def scenario(self) -> Scenario:
        return self.trace.scenario

    @property
    def record(self) -> RoundRecord:
        return self.trace.rounds[self.round_index]

    @property
    def before(self) -> RoundRecord | None:
        """The round before; None in the first."""
        return self.trace.rounds[self.round_index - 1] if self.round_index else None

    @property
    def log(self) -> FederationLog | None:
        """The log of a real federation that the trace tells; None of a run."""
        return self.trace.log if isinstance(self.trace, LoggedTrace) else None

    # -- who takes part ---------------------------------------------------------------------------------------

    @cached_property
    def is_active(self) -> np.ndarray:
        """(N,) bool: who was a member, had joined and neither left nor been evicted before this round."""
        if not self.trace.is_always_there:
            return np.asarray(self.trace.is_member[self.round_index])
        n = self.scenario.n_agents
        if self.before is None or self.scenario.reward_rule not in EVICTING:
            return np.ones(n, np.bool_)
        return np.asarray(self.before.importance > 0)

    @property
    def is_evicted_before(self) -> bool:
        """Whether an earlier round of a run has put it out."""
        if self.log is not None or self.is_active[self.agent]:
            return False
        return bool(presence_of(self.scenario).is_member[self.round_index, self.agent])

    @property
    def is_on_the_way(self) -> bool:
        """Whether it is absent since what it would send, late as it is, it has not learnt as a member yet."""
        if self.log is not None or not self.is_absent:
            return False
        return bool(presence_of(self.scenario).is_drawn[self.round_index, self.agent])

    @property
    def delay(self) -> int:
        """How many rounds ago it learnt what it sent."""
        if self.log is not None or self.scenario.reward_rule == "own":
            return 0
        return self.scenario.full_agents[self.agent].delay

    @property
    def begins_with_server(self) -> bool:
        """Whether it was not there in the round before, and began this one with the server's model."""
        if self.trace.is_always_there or self.scenario.reward_rule != "full" or not self.before:
            return False
        return bool(self.is_present[self.agent] and not self.trace.is_present[self.round_index - 1, self.agent])

    @property
    def is_evicted_now(self) -> bool:
        """Whether this round is its last together with the others."""
        is_evicting = self.scenario.reward_rule in EVICTING
        return is_evicting and bool(self.is_present[self.agent]) and self.record.importance[self.agent] == 0

    @cached_property
    def is_present(self) -> np.ndarray:
        """(N,) bool: who is active, and sent something that counted."""
        return self.is_active if self.trace.is_always_there else self.trace.is_present[self.round_index]

    @property
    def is_absent(self) -> bool:
        """Whether it is active and sent nothing."""
        return bool(self.is_active[self.agent] and not self.is_present[self.agent])

    @property
    def is_waiting(self) -> bool:
        """Whether the reward rule has not drawn it for this round, so that its upload weighs nothing."""
        if self.scenario.reward_rule != "sampled_sync" or self.before is None or self.log is not None:
            return False
        return bool(self.before.reward_ratio[self.agent] == 0)

    @property
    def takes_part(self) -> bool:
        return bool(self.is_present[self.agent]) and not self.is_waiting

    # -- 1. the update ----------------------------------------------------------------------------------------

    @property
    def trained_length(self) -> float | None:
        """|dw_i|, how far its training went; None where the trace was saved before that was kept."""
        kept = self.record.update_length
        return float(kept[self.agent]) if kept.size else None

    @property
    def weight(self) -> float | None:
        """a_i, what its upload weighed; None as above."""
        kept = self.record.weight
        return float(kept[self.agent]) if kept.size else None

    @property
    def weighted_length(self) -> float:
        """|a_i u_i|."""
        return math.sqrt(max(self.record.gram[self.agent, self.agent], 0.0))

    @property
    def sent_length(self) -> float | None:
        """|u_i|, how long its upload was; None where it weighed nothing, or where weights were not kept."""
        return self.weighted_length / self.weight if self.weight else None

    @property
    def is_zero(self) -> bool:
        """Whether it took part and uploaded nothing."""
        return self.takes_part and self.weighted_length == 0

    @property
    def inner(self) -> float:
        """<a_i u_i, u_N>."""
        return float(self.record.gram[self.agent].sum())

    @property
    def aggregate_length(self) -> float:
        """|u_N|."""
        return math.sqrt(max(self.record.gram.sum(), 0.0))

    @property
    def cosine(self) -> float:
        """psi_i, of the upload to the aggregate; 0 where either is zero."""
        return float(self.trace.contribution_approx[self.round_index, self.agent])

    @property
    def angle(self) -> float | None:
        """Degrees between its upload and the aggregate; None where one of them has no direction."""
        has_direction = self.weighted_length > 0 and self.trace.contribution_approx[self.round_index].any()
        return math.degrees(math.acos(self.cosine)) if has_direction else None

    # -- 2. worth ---------------------------------------------------------------------------------------------

    @property
    def worth(self) -> float:
        """What drives the run, in the valuation's own unit."""
        return float(self.record.contribution[self.agent])

    @property
    def exact(self) -> float | None:
        """phi_i; None above 24 agents."""
        kept = self.record.contribution_exact
        return float(kept[self.agent]) if kept.size else None

    @cached_property
    def marginals(self) -> FloatArray | None:
        """(N,): [s] is the mean of v(S + i) - v(S) over the coalitions S of s others; None of many agents."""
        if self.scenario.n_agents > MAX_TABLE_AGENTS:
            return None
        return np.asarray(mean_marginals_by_size(coalition_values(self.record.gram))[self.agent])

    @cached_property
    def size_weights(self) -> FloatArray | None:
        """(N,) what the sizes weigh in the valuation, or in phi beside psi; None where it is no semivalue."""
        n = self.scenario.n_agents
        weights: dict[str, Callable[[int], FloatArray]] = {
            "cgsv_approx": shapley_weights,
            "cgsv_exact": shapley_weights,
            "banzhaf": banzhaf_weights,
            "beta_shapley": lambda n_agents: beta_weights(n_agents, *BETA),
        }
        make = weights.get(self.scenario.valuation)
        is_exact = self.marginals is not None and (self.scenario.reward_rule not in EVICTING or self.is_active.all())
        return np.asarray(make(n)) if make is not None and is_exact else None

    # -- 3. importance ----------------------------------------------------------------------------------------

    @cached_property
    def all_old(self) -> FloatArray:
        """(N,) r before the round; zeros before the first."""
        if not self.trace.is_always_there:
            return self.trace.importance_before(self.round_index)
        return np.zeros(self.scenario.n_agents) if self.before is None else self.before.importance

    @property
    def old_importance(self) -> float:
        """r_i before the round; 0 before the first."""
        return float(self.all_old[self.agent])

    @property
    def is_cosine(self) -> bool:
        """Whether worth moves importance as it is; in another unit it becomes a share first."""
        return choice_of("valuation", self.scenario.valuation).unit == "cosine"

    @cached_property
    def all_earned(self) -> FloatArray:
        """(N,) what moves importance; 0 for who was evicted before, or absent."""
        earned = np.zeros(self.scenario.n_agents)
        worth = self.record.contribution[self.is_present]
        earned[self.is_present] = VALUATIONS[self.scenario.valuation].earned(worth) if len(worth) else worth
        return earned

    @property
    def earned(self) -> float:
        return float(self.all_earned[self.agent])

    @property
    def smoothing(self) -> float:
        """alpha; 0 where importance is of this round alone."""
        return 0.0 if self.scenario.importance_rule == "unsmoothed" else self.scenario.importance_smoothing

    @cached_property
    def all_mixed(self) -> FloatArray:
        """(N,) alpha r + (1 - alpha) earned, before the floor."""
        return np.asarray(self.smoothing * self.all_old + (1 - self.smoothing) * self.all_earned)

    @property
    def mixed(self) -> float:
        return float(self.all_mixed[self.agent])

    @property
    def floored(self) -> float:
        """``mixed``, or the floor."""
        return max(self.mixed, MIN_IMPORTANCE)

    @property
    def floored_total(self) -> float:
        """Of all who take part: what r is divided by."""
        return float(np.maximum(self.all_mixed[self.is_active], MIN_IMPORTANCE).sum())

    @property
    def is_floored(self) -> bool:
        return self.mixed < MIN_IMPORTANCE

    @property
    def stretch_factor(self) -> float:
        """CFFL's f, which grows to twice its beginning."""
        return SINH_FACTOR * (1 + self.round_index / self.scenario.n_rounds)

    @cached_property
    def all_remembered(self) -> FloatArray:
        """(N,) m = 0.8 r + 0.2 s: of f m CFFL takes the sinh."""
        share = np.zeros(self.scenario.n_agents)
        share[self.is_active] = shares(self.all_earned[self.is_active])
        return np.asarray(SINH_MEMORY * self.all_old + (1 - SINH_MEMORY) * share)

    @property
    def share(self) -> float:
        """Its part of what is worth more than nothing, among those who take part."""
        return float(shares(self.all_earned[self.is_active])[np.flatnonzero(self.is_active) == self.agent].sum())

    @property
    def importance(self) -> float:
        """r_i after the round."""
        return float(self.record.importance[self.agent])

    @property
    def evicted_part(self) -> float:
        """The importance of who is evicted in this round, which the others share out among themselves."""
        if self.scenario.reward_rule not in EVICTING:
            return 0.0
        raw = self.raw_importance
        return float(raw[self.is_active & (self.record.importance == 0)].sum())

    @cached_property
    def raw_importance(self) -> FloatArray:
        """(N,) r after the round by the importance rule alone, before anybody is evicted; zeros under a rule of
        another package."""
        rule, active = self.scenario.importance_rule, self.is_active
        raw = np.zeros(self.scenario.n_agents)
        if rule in ("smoothed", "unsmoothed"):
            raw[active] = np.maximum(self.all_mixed[active], MIN_IMPORTANCE)
        elif rule == "cffl":
            raw[active] = np.sinh(self.stretch_factor * self.all_remembered[active])
        elif rule == "explored":
            return self.record.importance
        return raw / raw.sum() if raw.any() else raw

    @property
    def memory(self) -> float | None:
        """How much of the new r is the old one; None in the first round, and where the rule has no such memory."""
        if self.before is None or self.scenario.importance_rule != "smoothed":
            return None
        return effective_memory(self.all_earned, self.scenario.importance_smoothing)

    # -- 4. pay -----------------------------------------------------------------------------------------------

    @cached_property
    def paying(self) -> FloatArray:
        """(N,) r by which the round pays: shares among who was present."""
        if not self.trace.is_always_there:
            return self.trace.paying_importance(self.round_index)
        return self.record.importance

    @property
    def ratio(self) -> float:
        return float(self.record.reward_ratio[self.agent])

    @property
    def length_share(self) -> float | None:
        """|v_i| / |u_N|; None where a log does not say it."""
        kept = self.record.reward_length
        return float(kept[self.agent]) if kept.size else None

    @cached_property
    def n_params(self) -> int | None:
        """D, from the bytes of who gets the whole vector; None where nobody does, or not in the paper's way."""
        whole = self.record.reward_ratio == 1
        counts = choice_of("reward_rule", self.scenario.reward_rule).counts_entries
        if not (counts and whole.any() and self.record.download_bytes.size):
            return None
        return int(self.record.download_bytes[whole].max()) // 4

    @property
    def n_entries(self) -> int | None:
        """q_i = floor(D rho_i), the entries that came back; None where they are not masked as a whole vector."""
        if self.n_params is None or self.scenario.mask_scope != "global":
            return None
        return math.floor(self.n_params * self.ratio)

    # -- 5. the model -----------------------------------------------------------------------------------------

    @property
    def accuracy_before(self) -> float | None:
        """Of its model before the round; None in the first: all begin with one untrained model, which is not tried."""
        return float(self.before.accuracy[self.agent]) if self.before is not None else None

    @property
    def accuracy(self) -> float:
        return float(self.record.accuracy[self.agent])

    @property
    def alone(self) -> float:
        """Of the model that it had trained alone by the end of this round."""
        return float(self.record.standalone_accuracy[self.agent])

    @property
    def fedavg(self) -> float:
        return float(self.record.fedavg_accuracy)
