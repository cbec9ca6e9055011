"""The named cases of the leaderboard, as data: what the agents have and do, on which data set, and who cheats.

A case is a story told on a data set. Its seeds move data, start and mini-batches together. Where somebody cheats, the
case has a twin: the same agents with the same data, all of them honest, or without the second name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cgs_core.errors import ScenarioError
from cgs_core.scenario import Agent, DatasetName, Scenario
from cgs_core.scenario.catalogue import DATASETS

DEFAULT_SEEDS = 10

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "alike": "shards that are alike",
        "classes": "unequal classes",
        "noise": "wrong labels or blur",
        "size": "unequal sizes",
        "mixed": "several differences at once",
        "conduct": "a dishonest conduct",
        "names": "copies and shell companies",
        "presence": "agents that come and go",
    }
)
"""What a case is about, and the words for it."""

Agents = tuple[Agent, ...]
_FIVE = 5


@dataclass(frozen=True)
class Story:
    """What is told on one or more data sets; ``agents`` are made for a number of classes.

    ``cheats`` are the places of those who cheat. ``twin_agents`` is how many agents the honest twin has, whose place 0
    then stands for all cheats; None: as many, the same agents with honest conduct.
    """

    name: str
    title: str
    family: str
    n_agents: int = _FIVE
    split: str = "uniform"
    concentration: float = 0.5
    participation: float = 1.0
    agents: Callable[[int], Agents] = lambda n_classes: ()
    cheats: tuple[int, ...] = ()
    twin_agents: int | None = None
    twin_has_all_samples: bool = False


@dataclass(frozen=True)
class Case:
    """A story on a data set."""

    name: str
    title: str
    dataset: DatasetName
    story: str
    family: str
    scenario: Scenario  # of the first seed, under the paper's mechanism
    cheats: tuple[int, ...] = ()
    twin: Scenario | None = None  # of the first seed, where somebody cheats
    twin_cheats: tuple[int, ...] = ()

    def scenario_of(self, seed: int) -> Scenario:
        """The scenario of a seed, which counts from 0."""
        return self.scenario.replace(seed=seed)

    def twin_of(self, seed: int) -> Scenario | None:
        """The honest twin of a seed."""
        return None if self.twin is None else self.twin.replace(seed=seed)


# -- how much is computed ----------------------------------------------------------------------------------------------

_DIGITS = {"model": "mlp", "n_rounds": 12, "learning_rate": 0.2, "update_norm": 0.5, "n_validation": 100}
_CLOTHES = {"model": "logistic", "n_rounds": 10, "learning_rate": 0.1, "update_norm": 0.3, "n_validation": 100}
_WINE = {"model": "logistic", "n_rounds": 15, "learning_rate": 0.1, "update_norm": 0.3, "n_validation": 40}
_TEXT = {"model": "text_cnn", "n_rounds": 6, "learning_rate": 1.0, "update_norm": 0.5, "n_validation": 100}

SETTINGS: Mapping[DatasetName, Mapping[str, Any]] = MappingProxyType(
    {"digits": _DIGITS, "fashion_mnist": _CLOTHES, "wine": _WINE, "sentences": _TEXT}
)
"""By data set: the fields of a scenario that all of its cases have; the others are the defaults."""

SAMPLES_AN_AGENT: Mapping[DatasetName, int] = MappingProxyType(
    {"digits": 80, "fashion_mnist": 100, "wine": 20, "sentences": 150}
)
"""On average, before an agent's data are edited; ten agents on wine have half."""

# -- the stories -------------------------------------------------------------------------------------------------------


def _each(*agents: Agent) -> Callable[[int], Agents]:
    return lambda n_classes: agents


def _last(n_last: int, agent: Agent) -> Callable[[int], Agents]:
    """Five agents, of whom the last so many are like this one."""
    return _each(*(Agent(),) * (_FIVE - n_last), *(agent,) * n_last)


def _specialist(n_classes: int) -> Agents:
    """Four lack the last fifth of the classes, at least one; the fifth agent has all."""
    known = tuple(range(n_classes - max(1, n_classes // 5)))
    return (*(Agent(classes=known),) * 4, Agent())


def _unique(n_classes: int) -> Agents:
    """Four hold one half of the classes, the fifth the other."""
    half = (n_classes + 1) // 2
    return (*(Agent(classes=tuple(range(half))),) * 4, Agent(classes=tuple(range(half, n_classes))))


def _conducts() -> Iterable[Story]:
    """Each dishonest conduct by the last one, and by the last two; the twin is honest."""
    titles = {
        "free_rider": "free rider",
        "sign_flipper": "sign flipper",
        "echo": "echo",
        "climber": "climber",
        "overstater": "overstater",
        "private": "private agent",
    }
    for conduct, title in titles.items():
        agent = Agent(conduct=conduct, privacy_noise=0.1) if conduct == "private" else Agent(conduct=conduct)
        for count, words in ((1, f"one {title}"), (2, f"two {title.replace('echo', 'echoe')}s")):
            name = f"{conduct.replace('_', '-')}-{count}"
            yield Story(name, words, "conduct", agents=_last(count, agent), cheats=tuple(range(_FIVE - count, _FIVE)))
    for count, words in ((2, "two"), (3, "three")):
        places = tuple(range(_FIVE - count, _FIVE))
        yield Story(
            f"colluder-{count}",
            f"{words} colluders",
            "conduct",
            agents=_last(count, Agent(conduct="colluder")),
            cheats=places,
        )
    wrong = Agent(conduct="colluder", label_noise=0.8)
    yield Story(
        "colluder-wrong-3", "three colluders, wrong labels", "conduct", agents=_last(3, wrong), cheats=(2, 3, 4)
    )
    wrong = Agent(conduct="overstater", label_noise=0.8)
    yield Story("overstater-wrong-1", "an overstater, wrong labels", "conduct", agents=_last(1, wrong), cheats=(4,))


def _names() -> Iterable[Story]:
    """Who copies the first agent, and who gives it a second or third name; in the twin it is there once."""
    for count, words in ((1, "one copy"), (2, "two copies")):
        cheats = (0, *range(_FIVE - count, _FIVE))
        yield Story(
            f"copy-{count}",
            f"{words} of Agent 1",
            "names",
            agents=_last(count, Agent(copy_of=0)),
            cheats=cheats,
            twin_agents=_FIVE - count,
        )
        yield Story(
            f"shell-{count}",
            f"Agent 1 under {'two' if count == 1 else 'three'} names",
            "names",
            agents=_last(count, Agent(shell_of=0)),
            cheats=cheats,
            twin_agents=_FIVE - count,
            twin_has_all_samples=True,
        )


def _presence() -> Iterable[Story]:
    """Who is not always there, among agents that are alike but where the title says otherwise."""
    come_and_go = (Agent(), Agent(joins=4), Agent(joins=7), Agent(leaves=6), Agent(leaves=3))
    wrong = _each(*(Agent(label_noise=part) for part in (0.0, 0.2, 0.4, 0.6, 0.8)))
    yield Story("late-1", "one joins in round 6", "presence", agents=_last(1, Agent(joins=6)))
    yield Story("leaver-1", "one leaves after round 5", "presence", agents=_last(1, Agent(leaves=5)))
    yield Story("come-and-go", "two join late, two leave early", "presence", agents=_each(*come_and_go))
    yield Story("drawn", "three of five a round, 0 to 80 % wrong labels", "presence", participation=0.6, agents=wrong)
    yield Story("straggler-2", "two send what is two rounds old", "presence", agents=_last(2, Agent(delay=2)))


STORIES: Mapping[str, Story] = MappingProxyType(
    {
        story.name: story
        for story in (
            Story("equal-3", "three alike", "alike", 3),
            Story("equal", "five alike", "alike"),
            Story("equal-8", "eight alike", "alike", 8),
            Story(
                "dirichlet-01",
                "by lot, overlap 0.1",
                "classes",
                split="dirichlet",
                concentration=0.1,
            ),
            Story("dirichlet-05", "by lot, overlap 0.5", "classes", split="dirichlet"),
            Story("dirichlet-5", "by lot, overlap 5", "classes", split="dirichlet", concentration=5),
            Story("dirichlet-05-3", "three by lot, overlap 0.5", "classes", 3, split="dirichlet"),
            Story("dirichlet-05-8", "eight by lot, overlap 0.5", "classes", 8, split="dirichlet"),
            Story("class-steps", "from one class to all", "classes", split="classimbalance"),
            Story("specialist", "one alone has some classes", "classes", agents=_specialist),
            Story("unique", "four share half, one the rest", "classes", agents=_unique),
            Story("labels-one", "one with 60 % wrong labels", "noise", agents=_last(1, Agent(label_noise=0.6))),
            Story(
                "labels-steps",
                "from 0 to 80 % wrong labels",
                "noise",
                agents=_each(*(Agent(label_noise=part) for part in (0.0, 0.2, 0.4, 0.6, 0.8))),
            ),
            Story(
                "blur-steps",
                "from sharp to blurred",
                "noise",
                agents=_each(*(Agent(feature_noise=blur) for blur in (0.0, 1.0, 2.0, 3.0, 4.0))),
            ),
            Story("sizes", "from few samples to many", "size", split="powerlaw"),
            Story("sizes-3", "three, few samples to many", "size", 3, split="powerlaw"),
            Story("sizes-8", "eight, few samples to many", "size", 8, split="powerlaw"),
            Story("giant", "one with many, four with few", "size", agents=_each()),
            Story(
                "large-and-wrong",
                "the largest has wrong labels",
                "mixed",
                split="powerlaw",
                agents=_last(1, Agent(label_noise=0.6)),
            ),
            Story(
                "skewed-and-wrong",
                "by lot, and one wrong labels",
                "mixed",
                split="dirichlet",
                agents=_last(1, Agent(label_noise=0.6)),
            ),
            *_conducts(),
            *_names(),
            Story("sizes-10", "ten, few samples to many", "size", 10, split="powerlaw"),
            Story("equal-4", "four alike", "alike", 4),
            Story("owners", "one domain each", "classes", 3, split="owners"),
            Story(
                "labels-one-3",
                "three, one 60 % wrong labels",
                "noise",
                3,
                agents=_each(Agent(), Agent(), Agent(label_noise=0.6)),
            ),
            Story(
                "free-rider-1-3",
                "three, one a free rider",
                "conduct",
                3,
                agents=_each(Agent(), Agent(), Agent(conduct="free_rider")),
                cheats=(2,),
            ),
            *_presence(),
        )
    }
)
"""By name."""

_LATER = ("sizes-10", "equal-4", "owners", "labels-one-3", "free-rider-1-3")  # of wine and sentences alone
_ON_IMAGES = tuple(name for name in STORIES if name not in _LATER)
_ON: Mapping[DatasetName, tuple[str, ...]] = {
    "digits": _ON_IMAGES,
    "fashion_mnist": _ON_IMAGES,
    "wine": (
        *("equal-4", "dirichlet-05", "specialist", "labels-one", "labels-steps", "blur-steps", "sizes", "sizes-10"),
        *("free-rider-1", "sign-flipper-1", "echo-1", "colluder-wrong-3", "copy-1", "shell-1"),
    ),
    "sentences": ("equal-3", "owners", "sizes-3", "labels-one-3", "free-rider-1-3"),
}


def _scenario(story: Story, dataset: DatasetName) -> Scenario:
    """Of the first seed."""
    samples = SAMPLES_AN_AGENT[dataset] // (2 if (dataset, story.n_agents) == ("wine", 10) else 1)
    agents, n_samples = story.agents(DATASETS[dataset].n_classes), samples * story.n_agents
    if story.name == "giant":
        agents, n_samples = (Agent(shard_size=4 * samples),), samples * _FIVE // 2
    split = (
        {"split": story.split, "concentration": story.concentration}
        if story.split == "dirichlet"
        else {"split": story.split}
    )
    return Scenario(
        dataset=dataset,
        n_agents=story.n_agents,
        n_samples=n_samples,
        agents=agents,
        seed=0,
        participation=story.participation,
        **split,
        **SETTINGS[dataset],
    )


def _twin(story: Story, scenario: Scenario) -> Scenario | None:
    if not story.cheats:
        return None
    if story.twin_agents is None:
        return scenario.replace(agents=tuple(replace_conduct(agent) for agent in scenario.agents))
    assert scenario.n_samples is not None
    n_samples = scenario.n_samples
    if not story.twin_has_all_samples:
        n_samples = n_samples * story.twin_agents // story.n_agents
    return scenario.replace(n_agents=story.twin_agents, n_samples=n_samples, agents=())


def replace_conduct(agent: Agent) -> Agent:
    """The same data, sent honestly."""
    return Agent(**{**agent.model_dump(), "conduct": "honest", "privacy_noise": Agent().privacy_noise})


def _case(story: Story, dataset: DatasetName) -> Case:
    scenario = _scenario(story, dataset)
    return Case(
        name=f"{dataset.replace('_', '-')}/{story.name}",
        title=story.title,
        dataset=dataset,
        story=story.name,
        family=story.family,
        scenario=scenario,
        cheats=story.cheats,
        twin=_twin(story, scenario),
        twin_cheats=(0,) if story.twin_agents is not None else story.cheats,
    )


CASES: Mapping[str, Case] = MappingProxyType(
    {case.name: case for dataset, names in _ON.items() for case in (_case(STORIES[name], dataset) for name in names)}
)
"""By name: "digits/free-rider-1"."""


def cases_named(names: Iterable[str]) -> tuple[Case, ...]:
    """The cases of these names, or of data sets. ``ScenarioError`` for a name that is neither."""
    found: list[Case] = []
    for name in names:
        own = [case for case in CASES.values() if name in (case.name, case.dataset, case.name.partition("/")[0])]
        if not own:
            raise ScenarioError("case", f"must be of {', '.join(CASES)}, or a data set of {', '.join(SETTINGS)}", name)
        found += own
    return tuple(dict.fromkeys(found))
