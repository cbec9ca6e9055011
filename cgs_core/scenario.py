"""A scenario: everything a person can set, as one frozen, validated, printable value.

Bounds, units, symbols and help texts live on the fields and nowhere else: validation, the page's
controls, the documents and the tests read them there (``field_facts``).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer, field_validator, model_validator
from pydantic.fields import FieldInfo

from cgs_core.catalogue import DATASETS, DatasetInfo
from cgs_core.errors import ScenarioError
from cgs_core.own_data import OWN_NAME, OwnData
from cgs_core.scenario_text import fields_of, packed, unpacked

SCHEMA_VERSION = 1
MAX_AGENTS = 50
MAX_EXACT_AGENTS = 24
MAX_EDITED_SAMPLES = 60_000  # what one run may ask of a small server's memory
_OPEN_STEP = 0.001  # how near a field may be set to a maximum that is not itself allowed
_OWN_DATA_ALLOWED = f"must be the facts of the own data with the data set '{OWN_NAME}', and null with any other"

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
Split = Literal["uniform", "powerlaw", "classimbalance", "dirichlet", "owners"]
Conduct = Literal["honest", "free_rider", "sign_flipper"]
ModelName = Literal["logistic", "mlp", "cnn", "paper_mnist", "paper_cifar", "text_cnn"]
MaskScope = Literal["global", "layer"]
Valuation = Literal[
    "cgsv_approx",
    "cgsv_exact",
    "data_size",
    "leave_one_out",
    "reconstructed_shapley",
    "validation_accuracy",
    "norm_weighted",
    "classwise_cosine",
]
ImportanceRule = Literal["smoothed", "cffl"]
AggregationWeight = Literal["importance", "data_size", "loss_power"]
RewardRule = Literal[
    "sparsified",
    "full",
    "own",
    "sparsified_or_evicted",
    "interpolated",
    "random_subset",
    "sampled_sync",
]
NEEDS_VALIDATION: frozenset[Valuation] = frozenset({"leave_one_out", "reconstructed_shapley", "validation_accuracy"})
"""The valuations that ask how accurate a model is on samples set aside, ``n_validation`` of them."""

Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


LEAST_SIDE: dict[ModelName, int] = {"cnn": 4, "paper_mnist": 16, "paper_cifar": 16}
"""Of the models that need images: the least height and width, in pixels."""

_TAKES = {"text_cnn": "text"} | dict.fromkeys(LEAST_SIDE, "images large enough for it")


def models_for(info: DatasetInfo) -> tuple[ModelName, ...]:
    """The models that a data set's samples can go into."""
    if info.kind == "text":
        return ("text_cnn",)
    names: tuple[ModelName, ...] = get_args(ModelName)
    side = min(info.shape[:2]) if info.kind == "image" else 0
    return tuple(name for name in names if name != "text_cnn" and side >= LEAST_SIDE.get(name, 0))


def _facts(title: str, symbol: str = "", unit: str = "") -> dict[str, Any]:
    return {"title": title, "json_schema_extra": {"symbol": symbol, "unit": unit}}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def __init__(self, /, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise _scenario_error(type(self), error) from None


class Agent(_Frozen):
    """One agent's data quality and conduct; invalid values raise ``ScenarioError`` naming the field.

    The default is an honest agent whose shard is as the split made it.
    """

    shard_size: int | None = Field(
        None, ge=1, le=12_000, description="How many samples the agent holds; empty: what the split gives it.",
        **_facts("Samples", "n_i", "samples"))  # fmt: skip
    label_noise: float = Field(
        0.0, ge=0, le=1, description="Fraction of the agent's labels that are changed to another class.",
        **_facts("Wrong labels", "", "fraction"))  # fmt: skip
    feature_noise: float = Field(
        0.0, ge=0, le=10, description="Gaussian noise on the agent's features, in the data set's standard deviations.",
        **_facts("Blur", "", "standard deviations"))  # fmt: skip
    classes: tuple[int, ...] | None = Field(
        None, min_length=1, description="The classes that the agent holds; empty: what the split gives it.",
        **_facts("Classes"))  # fmt: skip
    copy_of: int | None = Field(
        None, ge=0, description="Index of the agent whose shard this one copies (0 is Agent 1); empty: its own shard.",
        **_facts("Copies"))  # fmt: skip
    repeats: int = Field(
        1, ge=1, le=4, description="How often each of the agent's samples is in its shard: more counts its data twice.",
        **_facts("Repeats", "", "times"))  # fmt: skip
    conduct: Conduct = Field(
        "honest", description="free_rider uploads noise instead of its update; sign_flipper uploads it negated.",
        **_facts("Conduct"))  # fmt: skip

    @field_validator("classes", mode="before")
    @classmethod
    def _classes_as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class Scenario(_Frozen):
    """One experiment. Invalid values raise ``ScenarioError`` naming the field.

    Examples
    --------
    >>> scenario = Scenario()
    >>> scenario.n_agents, scenario.dataset, scenario.split
    (5, 'digits', 'powerlaw')
    >>> scenario.replace(altruism_degree=float("inf")).altruism_degree
    inf
    """

    schema_version: ClassVar[int] = SCHEMA_VERSION

    dataset: DatasetName = Field("digits", description="What the agents learn.", **_facts("Data set"))
    own_data: OwnData | None = Field(
        None, description="Of the data set own: the facts of a person's own data; the samples are not in it.",
        **_facts("Own data"))  # fmt: skip
    n_agents: int = Field(
        5, ge=2, le=MAX_AGENTS, description="How many agents train together.",
        **_facts("Agents", "N", "agents"))  # fmt: skip
    split: Split = Field(
        "powerlaw", description="How the training samples are shared out among the agents; owners: to those whom they "
        "came from, where the data set says so.",
        **_facts("Split"))  # fmt: skip
    concentration: float = Field(
        0.5, ge=0.01, le=100, description="Of the dirichlet split: small values give each agent few classes.",
        **_facts("Dirichlet concentration"))  # fmt: skip
    n_samples: int | None = Field(
        None, ge=2, le=12_000, description="Samples shared out by the split, over all agents; empty: the data set's "
        "usual number an agent, or all that there are. Power-law shares are rounded up.",
        **_facts("Samples in all", "", "samples"))  # fmt: skip
    agents: tuple[Agent, ...] = Field(
        (), max_length=MAX_AGENTS, description="Edits of single agents, in order; agents not listed are unedited.",
        **_facts("Agents' data"))  # fmt: skip

    model: ModelName = Field(
        "mlp", description="What each agent trains; paper_mnist and paper_cifar are the paper's convolutional nets, "
        "which take much longer than cnn.", **_facts("Model"))  # fmt: skip
    hidden_units: int = Field(
        32, ge=1, le=256, description="Width of the mlp's hidden layer.",
        **_facts("Hidden units", "", "units"))  # fmt: skip
    n_rounds: int = Field(
        50, ge=1, le=500, description="Rounds of training and exchange.", **_facts("Rounds", "T", "rounds")
    )
    local_epochs: int = Field(
        3, ge=1, le=20, description="Passes over its shard that an agent makes each round.",
        **_facts("Local epochs", "E", "epochs"))  # fmt: skip
    batch_size: int = Field(
        32, ge=1, le=1024, description="Samples in a mini-batch.", **_facts("Batch size", "B", "samples"))  # fmt: skip
    learning_rate: float = Field(
        0.1, ge=1e-4, le=10, description="Step length of local training in round 0.",
        **_facts("Learning rate"))  # fmt: skip
    learning_rate_decay: float = Field(
        0.977, ge=0.5, le=1, description="Factor on the learning rate, once a round.",
        **_facts("Learning-rate decay"))  # fmt: skip
    update_norm: float = Field(
        0.25, ge=0.01, le=10, description="Length that every upload is scaled to.",
        **_facts("Update norm", "Γ"))  # fmt: skip

    altruism_degree: float = Field(
        1.0, ge=0.1, allow_inf_nan=True, description="How generous the pay is: small pays strictly by worth, "
        "infinity gives everybody everything.", **_facts("Altruism", "β"))  # fmt: skip
    importance_smoothing: float = Field(
        0.95, ge=0, lt=1, description="Weight of the past in an agent's importance.",
        **_facts("Importance smoothing", "α"))  # fmt: skip
    mask_scope: MaskScope = Field(
        "global", description="Sparsify the aggregate as a whole (the paper) or tensor by tensor (its authors' code).",
        **_facts("Mask scope"))  # fmt: skip
    valuation: Valuation = Field(
        "cgsv_approx", description="What an agent's upload is worth, which drives importance: the cosine "
        f"approximation (the paper), the exact Shapley value (sampled above {MAX_EXACT_AGENTS} agents) or others.",
        **_facts("Valuation"))  # fmt: skip
    importance_rule: ImportanceRule = Field(
        "smoothed", description="How worth becomes importance: a moving average (the paper), or one of its sinh "
        "(CFFL), which stretches differences.", **_facts("Importance rule"))  # fmt: skip
    aggregation_weight: AggregationWeight = Field(
        "importance", description="What an upload weighs in the aggregate: the agent's importance (the paper), its "
        "share of the data, or that share times a power of its loss (q-FFL).",
        **_facts("Aggregation weight"))  # fmt: skip
    reward_rule: RewardRule = Field(
        "sparsified", description="What an agent gets back: the largest entries of the aggregate (the paper), all of "
        "it, none of it, or as other mechanisms pay.", **_facts("Reward rule"))  # fmt: skip
    loss_exponent: float = Field(
        1.0, ge=0, le=10, description="Of the aggregation weight loss_power: 0 weighs by data alone, more favours "
        "agents that fare badly.", **_facts("Loss exponent", "q"))  # fmt: skip
    reward_equality: float = Field(
        0.5, ge=0, le=1, description="Of the reward rule random_subset: 0 shares by worth, 1 shares everything with "
        "everybody.", **_facts("Reward equality", "κ"))  # fmt: skip
    sync_probability: float = Field(
        0.1, ge=0, le=1, description="Of the reward rule random_subset: how likely an agent gets the server's model "
        "in a round.", **_facts("Synchronisation probability", "p", "probability"))  # fmt: skip
    sync_fraction: float = Field(
        0.5, ge=0.01, le=1, description="Of the reward rule sampled_sync: the part of the agents that get the "
        "server's model in a round.", **_facts("Synchronised agents", "", "fraction"))  # fmt: skip
    n_validation: int = Field(
        0, ge=0, le=2_000, description="Samples set aside from training and test for valuations that need them.",
        **_facts("Validation samples", "", "samples"))  # fmt: skip

    data_seed: Seed = Field(0, description="Draws the shards and their noise.", **_facts("Data seed"))
    start_seed: Seed = Field(
        0, description="Draws the starting model and the order of the batches.", **_facts("Start seed")
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

    @field_validator("importance_smoothing", "loss_exponent", "reward_equality", "sync_probability")
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
            raise ScenarioError("own_data", _OWN_DATA_ALLOWED, self.own_data and self.own_data.name)
        _check_sizes(self)
        _check_agents(self)
        _check_model(self)
        if self.split == "owners" and not self.info.owner_names:
            owned = ", ".join(info.name for info in DATASETS.values() if info.owner_names)
            raise ScenarioError(
                "split", f"'owners' needs data that have owners ({owned}); not '{self.dataset}'", self.split
            )
        if self.valuation in NEEDS_VALIDATION and self.n_validation == 0:
            raise ScenarioError("n_validation", f"must be at least 1: '{self.valuation}' needs them", 0)
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
    def n_pool(self) -> int:
        """How many training samples there are to share out: without those set aside, which toys draw in addition."""
        return self.info.n_train - (0 if self.info.kind == "plane" else self.n_validation)

    @property
    def total_samples(self) -> int:
        """How many samples the split shares out."""
        return self.n_samples or min(self.n_pool, self.info.samples_per_agent * self.n_agents)

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
        fields = {name: value for name, value in self.model_dump(mode="json").items()
                  if getattr(self, name) != type(self).model_fields[name].default}  # fmt: skip
        if self.agents:
            fields["agents"] = [agent.model_dump(mode="json", exclude_defaults=True) for agent in self.agents]
        return fields


MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Schema version -> how its fields become the next version's."""


# -- the facts of a field ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class FieldFacts:
    """What a form, a document or an error says of one field."""

    name: str
    title: str
    symbol: str
    unit: str
    help: str
    default: Any
    minimum: float | None
    maximum: float | None
    is_maximum_open: bool  # the maximum itself is not allowed
    choices: tuple[str, ...]

    @property
    def highest(self) -> float | None:
        """The largest value that a control or a link can give; None where there is none."""
        return self.maximum - _OPEN_STEP if self.is_maximum_open and self.maximum is not None else self.maximum


def field_facts(name: str, of: type[Agent] | type[Scenario] = Scenario) -> FieldFacts:
    """The facts of a field of a scenario, or of an agent (``of=Agent``)."""
    field = of.model_fields[name]
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return FieldFacts(name, field.title or name, str(extra.get("symbol", "")), str(extra.get("unit", "")),
                      field.description or "", field.default, *_bounds(field), _choices(field))  # fmt: skip


def _choices(field: FieldInfo) -> tuple[str, ...]:
    choices = get_args(field.annotation)
    return choices if choices and all(isinstance(choice, str) for choice in choices) else ()


def _bounds(field: FieldInfo) -> tuple[float | None, float | None, bool]:
    """Lowest, highest, and whether the highest is itself left out."""
    limits: dict[str, Any] = {}
    for fact in field.metadata:
        limits |= {name: getattr(fact, name) for name in ("ge", "le", "lt") if hasattr(fact, name)}
    return limits.get("ge"), limits.get("le", limits.get("lt")), "lt" in limits


def _allowed(field: FieldInfo) -> str:
    """What a field may be, in words."""
    if choices := _choices(field):
        return "must be one of " + ", ".join(choices)
    minimum, maximum, is_open = _bounds(field)
    kinds = get_args(field.annotation) or (field.annotation,)
    noun = "a whole number" if int in kinds else "a number"
    if field.annotation in (tuple[Agent, ...],):
        return f"must be a list of at most {MAX_AGENTS} agents"
    if OwnData in kinds:
        return _OWN_DATA_ALLOWED
    if tuple[int, ...] in kinds:
        return "must be a list of at least one class number, or null"
    spread = (
        f"of at least {minimum}" if maximum is None else f"from {minimum} to {'below ' if is_open else ''}{maximum}"
    )
    if field.title == "Altruism":
        spread += ' (or "inf")'
    return f"must be {noun} {spread}" + (", or null" if type(None) in kinds else "")


def _scenario_error(owner: type[BaseModel], error: ValidationError) -> ScenarioError:
    """The first problem of a pydantic error as ours; that of an agent gets the agent's path in front."""
    problem = error.errors(include_url=False)[0]
    parts = problem["loc"]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
    cause = problem.get("ctx", {}).get("error")
    if isinstance(cause, ScenarioError):
        return ScenarioError(f"{path}.{cause.field}".lstrip("."), cause.allowed, cause.got)
    if problem["type"] == "extra_forbidden":
        return ScenarioError(path, f"unknown field; the fields are {', '.join(owner.model_fields)}", problem["input"])
    if parts[0] == "agents" and len(parts) > 1:
        return ScenarioError(path, "must be an object of an agent's fields", problem["input"])
    return ScenarioError(path, _allowed(owner.model_fields[str(parts[0])]), problem["input"])


# -- what single fields cannot say ---------------------------------------------------------------------------


def _check_sizes(scenario: Scenario) -> None:
    n_train, n_pool = scenario.info.n_train, scenario.n_pool
    if n_pool < n_train / 2:
        allowed = f"must be at most {n_train // 2}, half of the training samples of '{scenario.dataset}'"
        raise ScenarioError("n_validation", allowed, scenario.n_validation)
    if n_pool < scenario.n_agents:
        allowed = f"must be at most {n_pool}, the training samples of '{scenario.dataset}' that can be shared out"
        raise ScenarioError("n_agents", allowed, scenario.n_agents)
    if scenario.n_samples is not None and not scenario.n_agents <= scenario.n_samples <= n_pool:
        less = f" less the {n_train - n_pool} set aside" if n_pool < n_train else ""
        allowed = (
            f"must be from n_agents = {scenario.n_agents} to {n_pool}, the training samples of "
            f"'{scenario.dataset}'{less}"
        )
        raise ScenarioError("n_samples", allowed, scenario.n_samples)
    edited = sum((agent.shard_size or 0) * agent.repeats for agent in scenario.agents)
    if edited > MAX_EDITED_SAMPLES:
        raise ScenarioError(
            "agents", f"their shard_size times their repeats must add up to at most {MAX_EDITED_SAMPLES}", edited
        )
    if len(scenario.agents) > scenario.n_agents:
        allowed = f"must list at most n_agents = {scenario.n_agents} agents"
        raise ScenarioError("agents", allowed, len(scenario.agents))


def _check_model(scenario: Scenario) -> None:
    info, model = scenario.info, scenario.model
    if model in models_for(info):
        return
    taken = ", ".join(models_for(info))
    fitting = ", ".join(other.name for other in DATASETS.values() if model in models_for(other))
    raise ScenarioError("model", f"'{model}' is for {_TAKES.get(model, 'numbers')} ({fitting}); '{scenario.dataset}' "
                        f"takes {taken}", model)  # fmt: skip


def _check_agents(scenario: Scenario) -> None:
    info = scenario.info
    for index, agent in enumerate(scenario.agents):
        path = f"agents[{index}]"
        if agent.feature_noise > 0 and info.kind == "text":
            allowed = f"must be 0 for text ('{info.name}'), whose words are no quantities; label_noise may be more"
            raise ScenarioError(f"{path}.feature_noise", allowed, agent.feature_noise)
        if agent.shard_size is not None and agent.shard_size > info.n_train:
            allowed = f"must be at most {info.n_train}, the training samples of '{info.name}'"
            raise ScenarioError(f"{path}.shard_size", allowed, agent.shard_size)
        if agent.classes is not None:
            inside = all(0 <= label < info.n_classes for label in agent.classes)
            if not inside or len(set(agent.classes)) != len(agent.classes):
                allowed = f"must be different class numbers from 0 to {info.n_classes - 1}"
                raise ScenarioError(f"{path}.classes", allowed, list(agent.classes))
        if agent.copy_of is not None:
            _check_copy(scenario, path, index, agent.copy_of)


def _check_copy(scenario: Scenario, path: str, index: int, source: int) -> None:
    field = f"{path}.copy_of"
    if source >= scenario.n_agents or source == index:
        raise ScenarioError(field, f"must be the index of another agent, from 0 to {scenario.n_agents - 1}", source)
    if scenario.full_agents[source].copy_of is not None:
        raise ScenarioError(field, "must be an agent that does not itself copy another", source)
    if scenario.agents[index].shard_size is not None or scenario.agents[index].classes is not None:
        raise ScenarioError(field, "a copy has the copied agent's samples: leave shard_size and classes empty", source)


def _seeds(changes: dict[str, Any]) -> dict[str, Any]:
    if "seed" not in changes:
        return changes
    seed = changes["seed"]
    rest = {name: value for name, value in changes.items() if name != "seed"}
    return {"data_seed": seed, "start_seed": seed} | rest
