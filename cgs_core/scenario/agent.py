"""One agent of a scenario: the quality of its data, and its conduct."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from cgs_core.scenario.fields import Frozen, OneOf, described

Conduct = Annotated[str, OneOf("conduct")]


class Agent(Frozen):
    """One agent's data quality and conduct; invalid values raise ``ScenarioError`` naming the field.

    The default is an honest agent whose shard is as the split made it.
    """

    left_out_by_default: ClassVar[tuple[str, ...]] = ("joins", "leaves", "delay")

    shard_size: int | None = Field(
        None,
        ge=1,
        le=12_000,
        description="How many samples the agent holds; empty: what the split gives it.",
        **described("Samples", "n_i", "samples"),
    )
    label_noise: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Fraction of the agent's labels that are changed to another class.",
        **described("Wrong labels", "", "fraction"),
    )
    feature_noise: float = Field(
        0.0,
        ge=0,
        le=10,
        description="Gaussian noise on the agent's features, in the data set's standard deviations.",
        **described("Blur", "", "standard deviations"),
    )
    classes: tuple[int, ...] | None = Field(
        None,
        min_length=1,
        description="The classes that the agent holds; empty: what the split gives it.",
        **described("Classes"),
    )
    copy_of: int | None = Field(
        None,
        ge=0,
        description="The agent whose shard this one copies (in a file 0 is Agent 1); empty: its own shard.",
        **described("Copies"),
    )
    repeats: int = Field(
        1,
        ge=1,
        le=4,
        description="How often each of the agent's samples is in its shard: more counts its data twice.",
        **described("Repeats", "", "times"),
    )
    conduct: Conduct = Field(
        "honest",
        description="What the agent uploads, or says of its data: honest is what it learnt and has.",
        **described("Conduct"),
    )
    privacy_noise: float = Field(
        0.02,
        ge=0,
        le=10,
        description="Of a private agent: standard deviation of the noise on each number of its update, in lengths of "
        "the update. 0.02 is noise about as long as an update of 2,410 numbers (the default net's).",
        **described("Privacy noise", "σ", "update lengths"),
    )
    shell_of: int | None = Field(
        None,
        ge=0,
        description="Index of the agent that splits in two (0 is Agent 1): this one is its shell company, takes "
        "half of its samples and none of the split's; empty: an agent of its own.",
        **described("Shell of"),
    )

    joins: int = Field(
        1,
        ge=1,
        le=500,
        description="The first round in which the agent belongs to the federation; before it, it is not there.",
        **described("Joins in round", "", "round"),
    )
    leaves: int | None = Field(
        None,
        ge=1,
        le=500,
        description="The last round in which the agent belongs to the federation; empty: it stays.",
        **described("Leaves after round", "", "round"),
    )
    delay: int = Field(
        0,
        ge=0,
        le=10,
        description="A straggler: so many rounds late, the server gets what the agent learnt.",
        **described("Rounds late", "", "rounds"),
    )

    @property
    def is_always_there(self) -> bool:
        """Whether it belongs to the federation in every round, and sends what it has just learnt."""
        return self.joins == 1 and self.leaves is None and self.delay == 0

    def always_there(self) -> Agent:
        """The same agent, who is there in every round and never late."""
        kept = {name: getattr(self, name) for name in type(self).model_fields if name not in self.left_out_by_default}
        return Agent(**kept)

    @field_validator("classes", mode="before")
    @classmethod
    def _classes_as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value
