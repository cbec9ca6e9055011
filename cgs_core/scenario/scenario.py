"""A scenario: everything a person can set, as one frozen, validated, printable value.

Bounds, units, symbols and help texts live on the fields and nowhere else: validation, the page's
controls, the documents and the tests read them there (``field_facts``).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_serializer, field_validator, model_validator

from cgs_core.errors import ScenarioError
from cgs_core.scenario.agent import Agent
from cgs_core.scenario.catalogue import DATASETS, DatasetInfo
from cgs_core.scenario.checks import check_agents, check_choices, check_presence, check_sizes
from cgs_core.scenario.fields import FieldFacts, Frozen, OneOf, described, facts_of
from cgs_core.scenario.own_data import OWN_DATA_ALLOWED, OWN_NAME, OwnData
from cgs_core.scenario.registry import GROUPS, versions
from cgs_core.scenario.text import fields_of, packed, unpacked

SCHEMA_VERSION = 1
MAX_AGENTS = 50
MAX_EXACT_AGENTS = 24

DatasetName = Literal[
    "digits",
    "mnist",
    "fashion_mnist",
    "breast_cancer",
    "wine",
    "moons",
    "circles",
    "blobs",
    "spiral",
    "sentences",
    "own",
]
Split = Annotated[str, OneOf("split")]
ModelName = Annotated[str, OneOf("model")]
MaskScope = Literal["global", "layer"]
Valuation = Annotated[str, OneOf("valuation")]
ImportanceRule = Annotated[str, OneOf("importance_rule")]
UploadScaling = Literal["to_norm", "at_most_norm", "as_trained", "clipped_entries"]
AggregationWeight = Literal["importance", "data_size", "loss_power", "equal", "importance_from_equal"]
RewardRule = Annotated[str, OneOf("reward_rule")]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]

MECHANISM_FIELDS = (
    "valuation",
    "importance_rule",
    "upload_scaling",
    "aggregation_weight",
    "reward_rule",
    "loss_exponent",
    "reward_equality",
    "sync_probability",
    "sync_fraction",
    "exploration_rounds",
    "draw_sharpness",
    "altruism_degree",
    "importance_smoothing",
    "mask_scope",
)
"""Fields of a scenario that leave its data, its start and its mini-batches as they are."""


class Scenario(Frozen):
    """One experiment. Invalid values raise ``ScenarioError`` naming the field.

    Examples
    --------
    >>> from cgs_core import Scenario
    >>> scenario = Scenario()
    >>> scenario.n_agents, scenario.dataset, scenario.split
    (5, 'digits', 'powerlaw')
    >>> scenario.replace(altruism_degree=float("inf")).altruism_degree
    inf
    """

    schema_version: ClassVar[int] = SCHEMA_VERSION
    left_out_by_default: ClassVar[tuple[str, ...]] = ("participation",)

    dataset: DatasetName = Field("digits", description="What the agents learn.", **described("Data set"))
    own_data: OwnData | None = Field(
        None,
        description="The facts of a person's own data; the samples are not in it.",
        **described("Own data"),
    )
    n_agents: int = Field(
        5, ge=2, le=MAX_AGENTS, description="How many agents train together.", **described("Agents", "N", "agents")
    )
    split: Split = Field(
        "powerlaw",
        description="How the training samples are shared out among the agents.",
        **described("Split"),
    )
    concentration: float = Field(
        0.5,
        ge=0.01,
        le=100,
        description="Of the Dirichlet split: small values give each agent few classes.",
        **described("Dirichlet concentration"),
    )
    n_samples: int | None = Field(
        None,
        ge=2,
        le=12_000,
        description="Samples shared out by the split, over all agents; empty: the data set's "
        "usual number an agent, or all that there are. Power-law shares are rounded up.",
        **described("Samples in all", "", "samples"),
    )
    agents: tuple[Agent, ...] = Field(
        (),
        max_length=MAX_AGENTS,
        description="Edits of single agents, in order; agents not listed are unedited.",
        **described("Agents' data"),
    )

    model: ModelName = Field(
        "mlp",
        description="What each agent trains; the paper's own convolutional nets take much longer than the small one.",
        **described("Model"),
    )
    hidden_units: int = Field(
        32,
        ge=1,
        le=256,
        description="Width of the hidden layer, of a net that has one.",
        **described("Hidden units", "", "units"),
    )
    n_rounds: int = Field(
        50, ge=1, le=500, description="Rounds of training and exchange.", **described("Rounds", "T", "rounds")
    )
    local_epochs: int = Field(
        3,
        ge=1,
        le=20,
        description="Passes over its shard that an agent makes each round.",
        **described("Local epochs", "E", "epochs"),
    )
    batch_size: int = Field(
        32, ge=1, le=1024, description="Samples in a mini-batch.", **described("Batch size", "B", "samples")
    )
    learning_rate: float = Field(
        0.1,
        ge=1e-4,
        le=10,
        description="Step length of local training in the first round.",
        **described("Learning rate"),
    )
    learning_rate_decay: float = Field(
        0.977,
        ge=0.5,
        le=1,
        description="Factor on the learning rate, once a round.",
        **described("Learning-rate decay"),
    )
    update_norm: float = Field(
        0.25, ge=0.01, le=10, description="Length that every upload is scaled to.", **described("Update norm", "Γ")
    )
    upload_scaling: UploadScaling = Field(
        "to_norm",
        description="Whether every upload is scaled to the update norm (the paper), only a longer one is (RFFL), its "
        "entries are cut to 0.01 (CFFL), or it is sent as training made it (plain federated averaging).",
        **described("Upload scaling"),
    )

    altruism_degree: float = Field(
        1.0,
        ge=0.1,
        allow_inf_nan=True,
        description="How generous the pay is: small pays strictly by worth, infinity gives everybody everything. "
        "From 0.1 to 2 it changes hardly anything; five agents' pay evens out at 10 to 20.",
        **described("Altruism", "β"),
    )
    importance_smoothing: float = Field(
        0.95,
        ge=0,
        lt=1,
        description="How slowly importance follows worth. It is not the weight of the past, which is less: "
        "about 0.79 at 0.95 for five agents, 0.28 for fifty.",
        **described("Importance smoothing", "α"),
    )
    mask_scope: MaskScope = Field(
        "global",
        description="Sparsify the shared update as a whole (the paper) or tensor by tensor (its authors' code).",
        **described("Mask scope"),
    )
    valuation: Valuation = Field(
        "cgsv_approx",
        description="What an agent's upload is worth, which drives importance: the cosine "
        f"approximation (the paper), the exact Shapley value (sampled above {MAX_EXACT_AGENTS} agents) or others.",
        **described("Valuation"),
    )
    importance_rule: ImportanceRule = Field(
        "smoothed",
        description="How worth becomes importance: a moving average (the paper), this round's worth alone, the mean "
        "of the rounds of exploration, or CFFL's sinh, which stretches differences more each round.",
        **described("Importance rule"),
    )
    aggregation_weight: AggregationWeight = Field(
        "importance",
        description="What an upload weighs in the shared update: the agent's importance (the paper), its "
        "share of the data, that share times a power of its loss (q-FFL), or the same as every other.",
        **described("Aggregation weight"),
    )
    reward_rule: RewardRule = Field(
        "sparsified",
        description="What an agent gets back: the largest entries of the shared update (the paper), all of "
        "it, none of it, or as other mechanisms pay.",
        **described("Reward rule"),
    )
    loss_exponent: float = Field(
        1.0,
        ge=0,
        le=10,
        description="Of q-FFL's aggregation weight: 0 weighs by data alone, more favours agents that fare badly.",
        **described("Loss exponent", "q"),
    )
    reward_equality: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Of the reward rule that shares random updates (IAFL): 0 shares by importance, "
        "1 shares everything with everybody.",
        **described("Reward equality", "κ"),
    )
    sync_probability: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Of the reward rule that shares random updates (IAFL): how likely "
        "an agent gets the server's model in a round.",
        **described("Synchronisation probability", "p", "probability"),
    )
    sync_fraction: float = Field(
        0.5,
        ge=0.01,
        le=1,
        description="Of the reward rule that draws agents: the part of them, rounded down, that gets the server's "
        "model and takes part in a round.",
        **described("Drawn agents", "", "fraction"),
    )
    exploration_rounds: int = Field(
        10,
        ge=1,
        le=500,
        description="Of the reward rule that draws agents: in so many rounds at first everybody takes part.",
        **described("Rounds of exploration", "", "rounds"),
    )
    draw_sharpness: float = Field(
        30.0,
        ge=0,
        le=1000,
        description="Of the reward rule that draws agents: chances are in proportion to e to the power of so many "
        "times importance; 0 draws blindly.",
        **described("Sharpness of the draw", "b"),
    )
    n_validation: int = Field(
        0,
        ge=0,
        le=2_000,
        description="Samples set aside from training and test for valuations that need them.",
        **described("Validation samples", "", "samples"),
    )

    participation: float = Field(
        1.0,
        ge=0.01,
        le=1,
        description="The part of the agents that is drawn to take part in a round, rounded down and at least one. "
        "When single agents join or leave, and who is late, is in the table of agents.",
        **described("Taking part", "", "fraction"),
    )

    data_seed: Seed = Field(0, description="Draws the shards and their noise.", **described("Data seed"))
    start_seed: Seed = Field(
        0, description="Draws the starting model and the order of the batches.", **described("Start seed")
    )

    # -- making one -----------------------------------------------------------------------------------

    def __init__(self, /, **fields: Any) -> None:
        super().__init__(**_seeds(fields))

    @field_serializer("altruism_degree")
    def _infinity_as_text(self, value: float) -> float | str:
        return "inf" if math.isinf(value) else value

    @field_validator("altruism_degree", mode="before")
    @classmethod
    def _infinity_from_text(cls, value: object) -> object:
        return math.inf if value == "inf" else value

    @field_validator("importance_smoothing", "loss_exponent", "reward_equality", "sync_probability", "draw_sharpness")
    @classmethod
    def _without_negative_zero(cls, value: float) -> float:
        return value + 0.0

    @field_validator("agents", mode="before")
    @classmethod
    def _agents_as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _fields_agree(self) -> Scenario:
        if (self.dataset == OWN_NAME) != (self.own_data is not None):
            raise ScenarioError("own_data", OWN_DATA_ALLOWED, self.own_data and self.own_data.name)
        check_sizes(self)
        check_agents(self)
        check_choices(self)
        check_presence(self)
        while self.agents and self.agents[-1] == Agent():  # one canonical form: no unedited agents at the end
            object.__setattr__(self, "agents", self.agents[:-1])
        return self

    def replace(self, /, **changes: Any) -> Scenario:
        """A changed copy; ``seed=`` sets ``data_seed`` and ``start_seed`` together."""
        return Scenario(**({name: getattr(self, name) for name in type(self).model_fields} | _seeds(changes)))

    # -- what follows from it --------------------------------------------------------------------------

    @property
    def info(self) -> DatasetInfo:
        return DATASETS[self.dataset] if self.own_data is None else self.own_data.info

    @property
    def full_agents(self) -> tuple[Agent, ...]:
        """All ``n_agents`` agents, the unedited ones included."""
        return self.agents + (Agent(),) * (self.n_agents - len(self.agents))

    @property
    def is_always_there(self) -> bool:
        """Whether all agents take part in all rounds, so far as that is not the reward rule's matter."""
        return self.participation == 1 and all(agent.is_always_there for agent in self.agents)

    @property
    def n_shards(self) -> int:
        """How many shards the split makes: one for each agent that is no other's shell."""
        return sum(agent.shell_of is None for agent in self.full_agents)

    @property
    def n_pool(self) -> int:
        """How many training samples there are to share out: without those set aside, which toys draw in addition."""
        return self.info.n_train - (0 if self.info.kind == "plane" else self.n_validation)

    @property
    def total_samples(self) -> int:
        """How many samples the split shares out."""
        return self.n_samples or min(self.n_pool, self.info.samples_per_agent * self.n_shards)

    @property
    def added_versions(self) -> tuple[str, ...]:
        """What other packages have added to it, with their versions, for instance ("my-worth:projection==1.0",).

        With a torch module, torch's version too.
        """
        own = {kind: getattr(self, kind) for kind in GROUPS if kind != "conduct"}
        conducts = {agent.conduct for agent in self.agents}
        return (*versions(own), *(one for name in sorted(conducts) for one in versions({"conduct": name})))

    @property
    def scenario_id(self) -> str:
        """Twelve hexadecimal digits: hash of the canonical JSON and the schema version."""
        canonical = json.dumps(self.changed_fields(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(f"{SCHEMA_VERSION}:{canonical}".encode()).hexdigest()[:12]

    # -- as text ---------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """All fields, indented; ``from_json`` gives the same scenario back."""
        return json.dumps({"schema_version": SCHEMA_VERSION} | self.model_dump(mode="json"), indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Scenario:
        """Read a scenario; fields that are left out have their defaults (so old files still load)."""
        return cls.from_fields(fields_of(text))

    def to_link(self) -> str:
        """Short text for a URL: the schema version and what differs from the default, compressed."""
        return packed({"schema_version": SCHEMA_VERSION} | self.changed_fields())

    @classmethod
    def from_link(cls, text: str) -> Scenario:
        """The scenario of a link's text; a damaged one raises ``ScenarioError``."""
        return cls.from_json(unpacked(text))

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Scenario:
        """The scenario of JSON values by field, as in a file; they may be of an older schema version."""
        fields = dict(fields)
        version = fields.pop("schema_version", SCHEMA_VERSION)
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise ScenarioError("schema_version", f"must be a whole number from 1 to {SCHEMA_VERSION}", version)
        if version > SCHEMA_VERSION:
            allowed = f"this version reads up to {SCHEMA_VERSION}; the scenario was made by a newer version of the app"
            raise ScenarioError("schema_version", allowed, version)
        for old in range(version, SCHEMA_VERSION):
            fields = MIGRATIONS[old](fields)
        if "seed" in fields:
            raise ScenarioError("seed", f"unknown field; the fields are {', '.join(cls.model_fields)}", fields["seed"])
        return cls(**fields)

    def changed_fields(self) -> dict[str, Any]:
        """What differs from the default, as JSON values; ids and links are made of it."""
        fields = {
            name: value
            for name, value in self.model_dump(mode="json").items()
            if getattr(self, name) != type(self).model_fields[name].default
        }
        if self.agents:
            fields["agents"] = [agent.model_dump(mode="json", exclude_defaults=True) for agent in self.agents]
        return fields


MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Schema version -> how its fields become the next version's."""


# -- the facts of a field ----------------------------------------------------------------------------------


def field_facts(name: str, of: type[Agent] | type[Scenario] = Scenario) -> FieldFacts:
    """The facts of a field of a scenario, or of an agent (``of=Agent``)."""
    return facts_of(name, of)


def _seeds(changes: dict[str, Any]) -> dict[str, Any]:
    if "seed" not in changes:
        return changes
    seed = changes["seed"]
    rest = {name: value for name, value in changes.items() if name != "seed"}
    return {"data_seed": seed, "start_seed": seed} | rest
