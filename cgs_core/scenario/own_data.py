"""What a scenario says of a person's own data: their facts, not their samples.

The samples lie in a file of their own (``cgs_core.data.own.files``), which the SHA-256 names. So a link or a scenario
file tells what was learned from, and holds nothing of it but the names of its classes and owners.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cgs_core.errors import ScenarioError
from cgs_core.scenario.catalogue import DatasetInfo

OWN_NAME = "own"
OWN_DATA_ALLOWED = f"must be the facts of the own data with the data set '{OWN_NAME}', and null with any other"
MAX_ROWS = 20_000
MAX_COLUMNS = 256
MAX_CLASSES = 50
MAX_OWNERS = 50
MAX_NAME_LENGTH = 60
MIN_SIDE, MAX_SIDE = 4, 64
N_COLORS = 3  # red, green and blue, the last axis of pictures in colour

_SAMPLES_PER_AGENT = 600
_Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
_Length = Annotated[int, Field(ge=1, le=MAX_ROWS)]


class OwnData(BaseModel):
    """The facts of a person's own data set. Invalid values raise ``ScenarioError`` naming the field.

    A description says what a field must be; it is the words of its error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="must be the 64 hexadecimal digits of the data's hash")
    name: _Name = Field(description=f"must be 1 to {MAX_NAME_LENGTH} printable characters")
    kind: Literal["table", "image"] = Field(description="must be table or image")
    shape: tuple[int, ...] = Field(
        description=f"must be [columns], 1 to {MAX_COLUMNS - 1}, or [height, width], {MIN_SIDE} to {MAX_SIDE} each, "
        f"and {N_COLORS} behind them for colour"
    )
    class_names: tuple[_Name, ...] = Field(
        min_length=2, max_length=MAX_CLASSES, description=f"must be 2 to {MAX_CLASSES} different printable names"
    )
    owner_names: tuple[_Name, ...] = Field(
        (), max_length=MAX_OWNERS, description=f"must be at most {MAX_OWNERS} different printable names"
    )
    label_column: str = Field("", max_length=MAX_NAME_LENGTH, description="must be the name of a table's label column")
    agent_column: str = Field("", max_length=MAX_NAME_LENGTH, description="must be the name of a table's agent column")
    n_train: _Length = Field(description=f"must be a whole number from 1 to {MAX_ROWS}")
    n_test: _Length = Field(description=f"must be a whole number from 1 to {MAX_ROWS}")

    def __init__(self, /, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise _scenario_error(error) from None

    @field_validator("shape", "class_names", "owner_names", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("name", "label_column", "agent_column")
    @classmethod
    def _is_printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("not printable")
        return value

    @field_validator("class_names", "owner_names")
    @classmethod
    def _are_different(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) != len(names) or not all(name.isprintable() for name in names):
            raise ValueError("not different, or not printable")
        return names

    @field_validator("shape")
    @classmethod
    def _is_a_shape(cls, shape: tuple[int, ...]) -> tuple[int, ...]:
        is_table = len(shape) == 1 and 1 <= shape[0] < MAX_COLUMNS
        is_picture = len(shape) == 2 or (len(shape) == 3 and shape[2] == N_COLORS)
        if not is_table and not (is_picture and all(MIN_SIDE <= side <= MAX_SIDE for side in shape[:2])):
            raise ValueError("no shape")
        return shape

    @property
    def columns(self) -> tuple[str | None, str | None]:
        """The label and the agent column by which the same file gives the same data; None for pictures."""
        return (self.label_column, self.agent_column) if self.kind == "table" else (None, None)

    @property
    def info(self) -> DatasetInfo:
        """The facts as those of any data set."""
        about = f"A person's own {'pictures' if self.kind == 'image' else 'table'}."
        return DatasetInfo(
            OWN_NAME,
            self.name,
            self.kind,
            self.shape,
            self.class_names,
            self.n_train,
            self.n_test,
            _SAMPLES_PER_AGENT,
            about,
            owner_names=self.owner_names,
        )


def _scenario_error(error: ValidationError) -> ScenarioError:
    """The first problem of a pydantic error as ours."""
    problem = error.errors(include_url=False)[0]
    name = str(problem["loc"][0])
    field = OwnData.model_fields.get(name)
    if field is None:
        allowed = f"unknown field; the fields are {', '.join(OwnData.model_fields)}"
        return ScenarioError(name, allowed, problem["input"])
    return ScenarioError(name, field.description or "", None if problem["type"] == "missing" else problem["input"])
