"""Mechanisms side by side, and what each valuation costs a round: ``python -m benchmarks.mechanisms``.

Eight mechanisms of the default scenario, with samples set aside, train as one batch; the slowest of them by itself is
the measure. The bar is three times its processor time. Valuations are timed on the uploads of one real round.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.timing import cpu_seconds, one_thread
from cgs_core import Scenario
from cgs_core.data import federated_data
from cgs_core.experiment import iterate, iterate_batch
from cgs_core.federation import Federation, iterate_federations, model_of
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.valuations import VALUATIONS, RoundOffer, Valuation

EIGHT = ("fedavg", "q_ffl", "cffl", "rffl", "cgsv", "shapfed", "iafl", "reconstructed_shapley")
BAR = 3.0
_N_VALIDATION = 100
_REPETITIONS = 3


def lines() -> list[str]:
    """Run the comparisons; the lines of a report."""
    with one_thread():
        return [_batch_line(), *(_valuations_line(n_agents) for n_agents in (10, 50))]


def _batch_line() -> str:
    batch = [with_mechanism(Scenario(n_validation=_N_VALIDATION), name) for name in EIGHT]
    together, *alone = cpu_seconds(
        (lambda: list(iterate_batch(batch)), *(_alone(scenario) for scenario in batch)), _REPETITIONS
    )
    slowest = int(np.argmax(alone))
    ratio = together / alone[slowest]
    return (
        f"eight mechanisms side by side, default scenario: {together:.2f} s, the slowest alone "
        f"({MECHANISMS[EIGHT[slowest]].title}) {alone[slowest]:.2f} s: {ratio:.1f} times as long "
        f"({'within' if ratio <= BAR else 'ABOVE'} the bar of {BAR:g}); one after the other {sum(alone):.2f} s"
    )


def _alone(scenario: Scenario) -> Callable[[], object]:
    return lambda: list(iterate(scenario))


def _valuations_line(n_agents: int) -> str:
    offer = _an_offer(n_agents)
    seconds = cpu_seconds([_valued(row, offer) for row in VALUATIONS.values()], _REPETITIONS)
    parts = [f"{name} {1e3 * spent:.2f}" for name, spent in zip(VALUATIONS, seconds, strict=True)]
    return f"valuations of {n_agents} agents, milliseconds a round: {', '.join(parts)}"


def _valued(row: Valuation, offer: RoundOffer) -> Callable[[], object]:
    return lambda: row.value(offer)


def _an_offer(n_agents: int) -> RoundOffer:
    """What the server of the default model has in its second round."""
    scenario = Scenario(n_agents=n_agents, n_rounds=2, n_validation=_N_VALIDATION)
    offers: list[RoundOffer] = []
    original = VALUATIONS[scenario.valuation]

    def kept(offer: RoundOffer) -> np.ndarray:
        offers.append(offer)
        return original.value(offer)

    VALUATIONS[scenario.valuation] = Valuation(original.title, kept, original.unit)
    try:
        own = Federation(scenario, np.ones(n_agents, np.bool_))
        for _ in iterate_federations(scenario, federated_data(scenario), model_of(scenario), [own]):
            pass
    finally:
        VALUATIONS[scenario.valuation] = original
    return offers[-1]


if __name__ == "__main__":
    print("\n".join(lines()))
