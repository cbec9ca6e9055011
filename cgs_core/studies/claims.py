"""What the teaching scenarios claim, as conditions on a finished run, and on the steps from plain FedAvg to it.

Models are told apart by the paired test of ``Trace.same_models``, the steps of a waterfall by its own.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cgs_core.records import Trace
from cgs_core.studies.steps import Waterfall
from cgs_core.typing import FloatArray

_LAST = 4  # Agent 5, the odd one of most stories


def _worth(trace: Trace) -> FloatArray:
    """(n_agents,) mean contribution over the rounds."""
    return np.asarray(trace.stack("contribution").mean(axis=0))


def _pay(trace: Trace) -> FloatArray:
    """(n_agents,) mean reward ratio over the rounds."""
    return np.asarray(trace.stack("reward_ratio").mean(axis=0))


def _is_better(trace: Trace) -> npt.NDArray[np.bool_]:
    """(N, N) whether an agent's final model is clearly better than another's."""
    accuracy = trace.rounds[-1].accuracy
    n = len(accuracy)
    return np.asarray((accuracy[:, None] > accuracy) & ~trace.same_models()[:n, :n])


def _loses(trace: Trace) -> npt.NDArray[np.bool_]:
    """(N,) who clearly ends below training alone."""
    return _against_alone(trace, trace.rounds[-1].accuracy < trace.rounds[-1].standalone_accuracy)


def _gains(trace: Trace) -> npt.NDArray[np.bool_]:
    """(N,) who clearly ends above training alone."""
    return _against_alone(trace, trace.rounds[-1].accuracy > trace.rounds[-1].standalone_accuracy)


def _against_alone(trace: Trace, is_so: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    n = len(is_so)
    return np.asarray(is_so & ~trace.same_models()[:n, n : 2 * n].diagonal())


def _takes(result: Waterfall, step: int) -> npt.NDArray[np.bool_]:
    """(N,) from whom a step clearly takes."""
    return np.asarray((result.change[step] < 0) & ~result.is_same[step])


# -- on a run --------------------------------------------------------------------------------------------------


def quality_is_paid(trace: Trace) -> bool:
    """Agents are in the order of their quality, the best first."""
    is_better = _is_better(trace)
    is_ordered = (np.diff(_worth(trace)) < 0).all() and (np.diff(_pay(trace)) < 0).all()
    return bool(is_ordered and is_better[0, -1] and not np.tril(is_better).any() and not _loses(trace).any())


def equals_are_paid_alike(trace: Trace) -> bool:
    """Nobody is paid under three quarters of the best, and nobody clearly loses."""
    return bool(_pay(trace).min() >= 0.75 and not _loses(trace).any())


def the_giant_gives(trace: Trace) -> bool:
    """Agent 1 is paid most and clearly loses; all others clearly gain."""
    return bool(_pay(trace).argmax() == 0 and _gains(trace)[1:].all() and _loses(trace)[0])


def noise_costs(trace: Trace) -> bool:
    """Worth falls with the wrong labels of Agents 4 and 5; Agent 5's model is the worst, and better than alone."""
    worth, is_better = _worth(trace), _is_better(trace)
    is_ordered = worth[:3].min() > worth[3] > worth[_LAST]
    return bool(is_ordered and is_better[:3, _LAST].all() and _gains(trace)[_LAST])


def the_free_rider_is_left_behind(trace: Trace) -> bool:
    """Agent 5 is paid under a tenth and clearly loses."""
    return bool(_pay(trace)[_LAST] < 0.1 and _loses(trace)[_LAST])


def the_flipper_is_caught(trace: Trace) -> bool:
    """Agent 5 is worth less than nothing, paid under a twentieth, and the only one who clearly loses."""
    return bool(
        _worth(trace)[_LAST] < 0 and _pay(trace)[_LAST] < 0.05 and _loses(trace).tolist() == [False] * 4 + [True]
    )


def the_echo_is_worth_most(trace: Trace) -> bool:
    """Agent 5 is worth the most, and nobody's model is clearly better than its own."""
    is_better = _is_better(trace)
    return bool(_worth(trace).argmax() == _LAST and not is_better[:_LAST, _LAST].any())


def colluders_ruin_the_honest(trace: Trace) -> bool:
    """Agents 3 to 5 collude."""
    loss = trace.rounds[-1].standalone_accuracy - trace.rounds[-1].accuracy
    return bool(_worth(trace)[2:].min() > _worth(trace)[:2].max() and loss[:2].min() > 0.2)


def two_names_are_worth_more_than_one(trace: Trace) -> bool:
    """Agent 5 is a shell of Agent 1."""
    worth = _worth(trace)
    return bool(worth[0] + worth[_LAST] > 1.25 * worth[1:_LAST].max())


def the_specialist_is_undervalued(trace: Trace) -> bool:
    """Agent 5 is worth the least and clearly loses."""
    return bool(_worth(trace).argmin() == _LAST and _loses(trace)[_LAST])


def all_classes_are_worth_less_than_seven(trace: Trace) -> bool:
    """Agent 5 is worth less than Agent 4 and clearly loses."""
    return bool(_worth(trace)[_LAST] < _worth(trace)[3] and _loses(trace)[_LAST])


def copying_pays(trace: Trace) -> bool:
    """Agents 1 and 5 are worth and paid more than all others."""
    copies, others = [0, _LAST], [1, 2, 3]
    return all(values[copies].min() > values[others].max() for values in (_worth(trace), _pay(trace)))


def the_unique_is_worth_nothing(trace: Trace) -> bool:
    """Agent 5 is worth the least, under a twentieth of the whole, and paid under a tenth."""
    worth = _worth(trace)
    return bool(worth.argmin() == _LAST and worth[_LAST] < 0.05 * worth.sum() and _pay(trace)[_LAST] < 0.1)


def who_came_late_is_left_behind(trace: Trace) -> bool:
    """When Agent 5 comes, it is worth three quarters of the others or more and paid under a fifth; it ends last."""
    first = trace.scenario.full_agents[_LAST].joins - 1
    if not 0 < first < trace.n_rounds:
        return False
    worth, pay = trace.rounds[first].contribution, trace.rounds[first].reward_ratio
    is_worth_it = worth[_LAST] >= 0.75 * worth[:_LAST].mean() and pay[_LAST] < 0.2
    return bool(is_worth_it and _is_better(trace)[:_LAST, _LAST].all())


# -- on the steps ----------------------------------------------------------------------------------------------


def before_the_pay(result: Waterfall) -> bool:
    """Everybody is worse off than under plain FedAvg by scaling and weighing, and the pay takes nothing."""
    return bool((result.accuracy[2] < result.accuracy[0]).all() and not _takes(result, 2).any())


def by_the_pay(result: Waterfall) -> bool:
    """Agent 5 loses by the pay, and most by it."""
    return bool(_takes(result, 2)[_LAST] and result.change[:, _LAST].argmin() == 2)


def by_the_weights(result: Waterfall) -> bool:
    """Weighing by worth takes from Agents 1 and 2, and the pay nothing."""
    return bool(_takes(result, 1)[:2].all() and not _takes(result, 2)[:2].any())


def by_averaging_and_scaling(result: Waterfall) -> bool:
    """FedAvg already is worse for Agent 5 than training alone, scaling takes more, and the pay nothing."""
    is_worse = result.accuracy[0, _LAST] < result.alone[_LAST]
    return bool(is_worse and result.change[0, _LAST] < 0 and not _takes(result, 2)[_LAST])


def mostly_by_scaling(result: Waterfall) -> bool:
    """Scaling takes more from Agent 5 than averaging with the others does, and the pay nothing."""
    averaging = result.accuracy[0, _LAST] - result.alone[_LAST]
    is_most = result.change[0, _LAST] < min(averaging, 0.0)
    return bool(is_most and _takes(result, 0)[_LAST] and not _takes(result, 2)[_LAST])


def the_pay_costs_nobody(result: Waterfall) -> bool:
    """The pay clearly takes from nobody."""
    return not _takes(result, 2).any()
