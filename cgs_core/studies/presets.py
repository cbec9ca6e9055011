"""The named teaching scenarios: each makes one claim in one sentence, and a test holds it to ten seeds.

Examples
--------
>>> from cgs_core import presets
>>> preset = presets.PRESETS["free_rider"]
>>> preset.claim
'Agent 5 uploads noise: it is paid under a tenth, and that pay leaves it with a worse model than training alone.'
>>> preset.scenario.agents[4].conduct
'free_rider'
>>> preset.held_on
'Seen on Digits (8×8); on Fashion-MNIST (28×28) it is not.'
>>> presets.OPENING.name
'unequal_quality'
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cgs_core.records import Trace
from cgs_core.scenario import Agent, Scenario
from cgs_core.studies import claims
from cgs_core.studies.steps import Waterfall


@dataclass(frozen=True)
class Preset:
    """A scenario to start from; ``holds`` says of a finished trace whether the claim is true of it.

    ``elsewhere`` is the same story on another data set, and ``is_general`` whether the claim is true of that too.
    ``because`` says of the steps from plain FedAvg whether they bear out the cause that the claim names.
    """

    name: str
    title: str
    claim: str
    look_at: str  # where the claim is seen, as the end of a sentence
    scenario: Scenario
    holds: Callable[[Trace], bool]
    elsewhere: Scenario
    is_general: bool = True
    because: Callable[[Waterfall], bool] | None = None
    page: Literal["playground", "coalition-game"] = "playground"  # where the claim is seen

    def holds_in(self, trace: Trace) -> bool | None:
        """Whether the claim is true of a run that may have been changed since.

        None where the run is not finished, or has another number of agents than the claim speaks of.
        """
        is_of_it = trace.is_complete and trace.scenario.n_agents == self.scenario.n_agents
        return self.holds(trace) if is_of_it else None

    @property
    def held_on(self) -> str:
        """On which data sets the claim is true, as a sentence."""
        here, there = self.scenario.info.title, self.elsewhere.info.title
        return f"Seen on {here} and on {there}." if self.is_general else f"Seen on {here}; on {there} it is not."


_HONEST = (Agent(),) * 4
_WRONG = (*_HONEST[:3], Agent(label_noise=0.4), Agent(label_noise=0.8))
_BLURRED = tuple(Agent(feature_noise=blur) for blur in (0.0, 1.0, 2.0, 3.0, 3.5))
_COLLUDERS = (Agent(label_noise=0.8, conduct="colluder"),) * 3
_GIANT = (Agent(shard_size=1000),)
_SPECIALIST = (*(Agent(classes=tuple(range(8))),) * 4, Agent())
_UNIQUE = (*(Agent(classes=(0, 1, 2, 3, 4)),) * 4, Agent(classes=(5, 6, 7, 8, 9)))


def _digits(*agents: Agent, split: str = "uniform", n_samples: int | None = None) -> Scenario:
    return Scenario(split=split, agents=agents, n_samples=n_samples)


def _clothes(*agents: Agent, split: str = "uniform", n_samples: int = 500) -> Scenario:
    """The same on pictures of clothes, sized to run in a fraction of a second."""
    sized = Scenario(dataset="fashion_mnist", model="logistic", n_rounds=15, update_norm=0.3)
    return sized.replace(split=split, agents=agents, n_samples=n_samples)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "four_alike",
            "Four alike and one unique",
            "Four agents hold the classes 0 to 4, Agent 5 alone holds 5 to 9, and it is worth next to nothing: "
            "the cosine takes what nobody shares for disagreement.",
            "Agent 5's worth in the gradient game, then in the retrained game.",
            _digits(*_UNIQUE),
            claims.the_unique_is_worth_nothing,
            _clothes(*_UNIQUE),
            page="coalition-game",
        ),
        Preset(
            "unequal_quality",
            "Unequal quality",
            "The sharper an agent's pictures, the more it is worth and is paid: the sharpest ends with a better model "
            "than the most blurred, and nobody clearly ends below training alone.",
            "the rows from top to bottom: blur grows, worth and pay shrink.",
            _digits(*_BLURRED),
            claims.quality_is_paid,
            _clothes(*_BLURRED),
            is_general=False,
        ),
        Preset(
            "all_equal",
            "All equal",
            "Five agents with equal data are paid nearly alike, and none of them clearly loses by joining.",
            "worth, pay and models: how little they differ.",
            _digits(),
            claims.equals_are_paid_alike,
            _clothes().replace(dataset="mnist"),
        ),
        Preset(
            "one_giant",
            "One giant and four small",
            "The four small agents gain, and the giant, who is paid most, was better off alone: its uploads are scaled "
            "and weighed down towards theirs, and the pay costs nobody anything.",
            "Agent 1's model, alone and rewarded; then “What did each step cost?”.",
            _digits(*_GIANT, n_samples=200),
            claims.the_giant_gives,
            _clothes(*_GIANT, n_samples=200),
            because=claims.before_the_pay,
        ),
        Preset(
            "noisy_labels",
            "Noisy labels",
            "The more of an agent's labels are wrong, the less it is worth; the pay leaves the noisiest with the worst "
            "model, which is better than its own all the same.",
            "the hatched samples of Agents 4 and 5, and what these are worth.",
            _digits(*_WRONG),
            claims.noise_costs,
            _clothes(*_HONEST[:3], Agent(label_noise=0.5), Agent(label_noise=0.9)),
            because=claims.by_the_pay,
        ),
        Preset(
            "free_rider",
            "A free rider",
            "Agent 5 uploads noise: it is paid under a tenth, and that pay leaves it with a worse model than training "
            "alone.",
            "Agent 5's worth, and its model alone and rewarded.",
            _digits(*_HONEST, Agent(conduct="free_rider")),
            claims.the_free_rider_is_left_behind,
            _clothes(*_HONEST, Agent(conduct="free_rider")),
            is_general=False,
            because=claims.by_the_pay,
        ),
        Preset(
            "sign_flipper",
            "A sign flipper",
            "Agent 5 uploads its update negated: it is worth less than nothing and paid next to nothing, which leaves "
            "it with a useless model, and nobody else clearly loses.",
            "Agent 5's worth, on the other side of zero.",
            _digits(*_HONEST, Agent(conduct="sign_flipper")),
            claims.the_flipper_is_caught,
            _clothes(*_HONEST, Agent(conduct="sign_flipper")),
            because=claims.by_the_pay,
        ),
        Preset(
            "echo",
            "An echo",
            "Agent 5 sends back what it was sent last: it is worth the most of all, as nothing agrees with the others "
            "like their own sum, and ends with as good a model as they do.",
            "Agent 5's worth beside that of the honest four.",
            _digits(*_HONEST, Agent(conduct="echo")),
            claims.the_echo_is_worth_most,
            _clothes(*_HONEST, Agent(conduct="echo")),
        ),
        Preset(
            "colluders",
            "Colluders",
            "Agents 3 to 5 send the same update, learnt from mostly wrong labels: they become worth the most, and the "
            "two honest agents end far below training alone, since uploads are weighed by worth.",
            "who is worth most; then Agents 1 and 2 in “What did each step cost?”.",
            _digits(*_HONEST[:2], *_COLLUDERS),
            claims.colluders_ruin_the_honest,
            _clothes(*_HONEST[:2], *_COLLUDERS),
            because=claims.by_the_weights,
        ),
        Preset(
            "shell_company",
            "A shell company",
            "Agent 5 is a shell company of Agent 1, and each holds half of one shard: together they are worth over a "
            "quarter more than anybody with a whole one.",
            "Agents 1 and 5 together, by owner, in “Numbers”.",
            _digits(*_HONEST, Agent(shell_of=0)),
            claims.two_names_are_worth_more_than_one,
            _clothes(*_HONEST, Agent(shell_of=0)),
        ),
        Preset(
            "specialist",
            "A specialist for rare classes",
            "Only Agent 5 knows two of the ten classes, yet it is worth least, and loses by joining: to averaging with "
            "those who lack them and to scaling, not to the pay.",
            "Agent 5's classes, its worth, and its model alone and rewarded.",
            _digits(*_SPECIALIST),
            claims.the_specialist_is_undervalued,
            _clothes(*_SPECIALIST),
            because=claims.by_averaging_and_scaling,
        ),
        Preset(
            "class_imbalance",
            "One who knows all classes",
            "Agent 5 knows all ten classes, yet it is worth less than Agent 4, who lacks three, and it loses by "
            "joining: most of it to scaling, nothing to the pay.",
            "Agents 4 and 5: their classes, their worth and their models.",
            _digits(split="classimbalance"),
            claims.all_classes_are_worth_less_than_seven,
            _clothes(split="classimbalance"),
            because=claims.mostly_by_scaling,
        ),
        Preset(
            "copycat",
            "A copycat",
            "Agent 5 copies Agent 1's data, and the two become worth and paid the most, since copies look like "
            "consensus; the lower pay costs the others nothing.",
            "Agents 1 and 5: the same samples, and the highest worth.",
            _digits(*_HONEST, Agent(copy_of=0)),
            claims.copying_pays,
            _clothes(*_HONEST, Agent(copy_of=0)),
            because=claims.the_pay_costs_nobody,
        ),
        Preset(
            "late_joiner",
            "Who came late",
            "Agent 5 comes in round 36 with data like the others': its first update is worth about as much as theirs, "
            "yet it is paid under a fifth, and it ends with the worst model.",
            "round 36 in the player: Agent 5's worth and pay; then “Who gets”.",
            _digits(*_HONEST, Agent(joins=36)),
            claims.who_came_late_is_left_behind,
            _clothes(*_HONEST, Agent(joins=11)),
        ),
    )
}
"""The named scenarios: the cards of the home page, in this order."""

OPENING = PRESETS["unequal_quality"]
"""What the app shows a visitor who comes without a link."""
