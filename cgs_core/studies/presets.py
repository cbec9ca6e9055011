"""The named teaching scenarios: each makes one claim in one sentence, and a test holds it to ten seeds.

Examples
--------
>>> from cgs_core import presets
>>> preset = presets.PRESETS["free_rider"]
>>> preset.claim
'Agent 5 uploads noise: it is paid under a tenth and ends with a worse model than by training alone.'
>>> preset.scenario.agents[4].conduct
'free_rider'
>>> sorted(presets.PRESETS)
['all_equal', 'copycat', 'four_alike', 'free_rider', 'noisy_labels', 'one_giant', 'specialist']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cgs_core.metrics import accuracy_error
from cgs_core.records import Trace
from cgs_core.scenario import Agent, Scenario


@dataclass(frozen=True)
class Preset:
    """A scenario to start from; ``holds`` says of a finished trace whether the claim is true of it."""

    name: str
    title: str
    claim: str
    scenario: Scenario
    holds: Callable[[Trace], bool]
    page: Literal["playground", "coalition-game"] = "playground"  # where the claim is seen


def _worth(trace: Trace) -> np.ndarray:
    """(n_agents,) mean contribution over the rounds."""
    return trace.stack("contribution").mean(axis=0)


def _pay(trace: Trace) -> np.ndarray:
    """(n_agents,) mean reward ratio over the rounds."""
    return trace.stack("reward_ratio").mean(axis=0)


def _gain(trace: Trace) -> np.ndarray:
    """(n_agents,) final accuracy less what training alone reached."""
    return trace.rounds[-1].accuracy - trace.rounds[-1].standalone_accuracy


def _equals_are_paid_alike(trace: Trace) -> bool:
    last = trace.rounds[-1]
    error = accuracy_error((last.accuracy + last.standalone_accuracy) / 2, trace.scenario.info.n_test)
    return bool(_pay(trace).min() >= 0.75 and (_gain(trace) > -error).all())


def _giant_gives(trace: Trace) -> bool:
    return bool(_pay(trace).argmax() == 0 and (_gain(trace)[1:] > 0.02).all() and _gain(trace)[0] < 0)


def _noise_costs(trace: Trace) -> bool:
    accuracy = trace.rounds[-1].accuracy
    return bool(
        accuracy[:3].min() > accuracy[3] > accuracy[4] and _worth(trace)[:3].min() > _worth(trace)[3] > _worth(trace)[4]
    )


def _free_rider_is_left_behind(trace: Trace) -> bool:
    return bool(_pay(trace)[4] < 0.1 and _gain(trace)[4] < 0)


def _specialist_is_undervalued(trace: Trace) -> bool:
    return bool(_worth(trace).argmin() == 4 and _gain(trace)[4] < -0.05)


def _copying_pays(trace: Trace) -> bool:
    return bool(_worth(trace)[[0, 4]].min() > _worth(trace)[[1, 2, 3]].max())


def _unique_is_worth_nothing(trace: Trace) -> bool:
    worth = _worth(trace)
    return bool(worth.argmin() == 4 and worth[4] < 0.05 * worth.sum() and _pay(trace)[4] < 0.1)


_HONEST = (Agent(),) * 4
_COMMON_CLASSES = tuple(range(8))

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "all_equal",
            "All equal",
            "Five agents with equal data are paid nearly alike, and none of them clearly loses by joining.",
            Scenario(split="uniform"),
            _equals_are_paid_alike,
        ),
        Preset(
            "one_giant",
            "One giant and four small",
            "The giant is paid most, but the four small agents are the ones who gain; the giant was better off alone.",
            Scenario(split="uniform", n_samples=300, agents=(Agent(shard_size=1000),)),
            _giant_gives,
        ),
        Preset(
            "noisy_labels",
            "Noisy labels",
            "The more of an agent's labels are wrong, the less it is worth and the worse the model it gets.",
            Scenario(split="uniform", agents=(*_HONEST[:3], Agent(label_noise=0.4), Agent(label_noise=0.8))),
            _noise_costs,
        ),
        Preset(
            "free_rider",
            "A free rider",
            "Agent 5 uploads noise: it is paid under a tenth and ends with a worse model than by training alone.",
            Scenario(split="uniform", agents=(*_HONEST, Agent(conduct="free_rider"))),
            _free_rider_is_left_behind,
        ),
        Preset(
            "specialist",
            "A specialist for rare classes",
            "Only Agent 5 knows the digits 8 and 9, yet it is worth least and loses by joining: "
            "the cosine pays agreement.",
            Scenario(split="uniform", agents=(*(Agent(classes=_COMMON_CLASSES),) * 4, Agent())),
            _specialist_is_undervalued,
        ),
        Preset(
            "copycat",
            "A copycat",
            "Agent 5 copies Agent 1's data, and the two become worth the most: to this value, "
            "copies look like consensus.",
            Scenario(split="uniform", agents=(*_HONEST, Agent(copy_of=0))),
            _copying_pays,
        ),
        Preset(
            "four_alike",
            "Four alike and one unique",
            "Four agents hold the digits 0 to 4, Agent 5 alone holds 5 to 9, and it is worth next to nothing: "
            "the cosine takes what nobody shares for disagreement.",
            Scenario(split="uniform", agents=(*(Agent(classes=(0, 1, 2, 3, 4)),) * 4, Agent(classes=(5, 6, 7, 8, 9)))),
            _unique_is_worth_nothing,
            page="coalition-game",
        ),
    )
}
"""The named scenarios; those whose claim is seen in the Playground are the cards of the home page."""
