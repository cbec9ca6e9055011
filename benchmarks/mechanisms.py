"""Mechanisms side by side, and what each valuation costs a round: ``python -m benchmarks.mechanisms``.

Eight mechanisms of the default scenario, with samples set aside, train as one batch; the slowest of them by itself is
the measure. The bar is three times its processor time. Valuations are timed on random uploads, as on that page.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.timing import cpu_seconds, one_thread
from cgs_core import Scenario
from cgs_core.federation.experiment import iterate, iterate_batch
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.studies.valuation_costs import valuation_seconds

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
    scenario = Scenario(n_agents=n_agents, n_validation=_N_VALIDATION)
    spent = valuation_seconds(scenario, VALUATIONS)
    parts = [f"{name} {1e3 * seconds:.2f}" for name, seconds in spent.items()]
    return f"valuations of {n_agents} agents, milliseconds a round: {', '.join(parts)}"


if __name__ == "__main__":
    print("\n".join(lines()))
