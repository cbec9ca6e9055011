"""What scenarios and agents are made of: frozen values, the facts of their fields, and errors that name a field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)
from pydantic.fields import FieldInfo

from cgs_core.errors import ScenarioError
from cgs_core.scenario.own_data import OWN_DATA_ALLOWED, OwnData
from cgs_core.scenario.registry import choices_of, is_choice, why_not

_OPEN_STEP = 0.001  # how near a field may be set to a maximum that is not itself allowed


def described(title: str, symbol: str = "", unit: str = "") -> dict[str, Any]:
    """What ``Field`` is given of a field's words besides its description."""
    return {"title": title, "json_schema_extra": {"symbol": symbol, "unit": unit}}


@dataclass(frozen=True)
class OneOf:
    """Marks the type of a field whose choices other packages may add to: ``Annotated[str, OneOf("valuation")]``."""

    kind: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return AfterValidator(self._known).__get_pydantic_core_schema__(source, handler)

    def _known(self, name: str) -> str:
        if not is_choice(self.kind, name):
            raise ValueError("unknown")  # ``_allowed`` finds the words
        return name


class Frozen(BaseModel):
    """A frozen value without unknown fields; what is wrong with one is raised as ``ScenarioError``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    left_out_by_default: ClassVar[tuple[str, ...]] = ()
    """Fields that files do not have where they are as by default: files of before these were there stay as they are."""

    @model_serializer(mode="wrap")
    def _without_defaults(self, as_usual: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = as_usual(self)
        for name in self.left_out_by_default:
            if name in values and getattr(self, name) == type(self).model_fields[name].default:
                del values[name]
        return values

    def __init__(self, /, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise _scenario_error(type(self), error) from None


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


def facts_of(name: str, owner: type[BaseModel]) -> FieldFacts:
    """The facts of a field, as its owner states them."""
    field = owner.model_fields[name]
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return FieldFacts(
        name,
        field.title or name,
        str(extra.get("symbol", "")),
        str(extra.get("unit", "")),
        field.description or "",
        field.default,
        *_bounds(field),
        _choices(field),
    )


def _kind(field: FieldInfo) -> str | None:
    """Which choices of the registry the field has, if any."""
    return next((fact.kind for fact in field.metadata if isinstance(fact, OneOf)), None)


def _choices(field: FieldInfo) -> tuple[str, ...]:
    if (kind := _kind(field)) is not None:
        return tuple(choices_of(kind))
    choices = get_args(field.annotation)
    return choices if choices and all(isinstance(choice, str) for choice in choices) else ()


def _bounds(field: FieldInfo) -> tuple[float | None, float | None, bool]:
    """Lowest, highest, and whether the highest is itself left out."""
    limits: dict[str, Any] = {}
    for fact in field.metadata:
        limits |= {name: getattr(fact, name) for name in ("ge", "le", "lt") if hasattr(fact, name)}
    return limits.get("ge"), limits.get("le", limits.get("lt")), "lt" in limits


def _longest(field: FieldInfo) -> int | None:
    return next((fact.max_length for fact in field.metadata if hasattr(fact, "max_length")), None)


def _allowed(field: FieldInfo, got: object) -> str:
    """What a field may be, in words."""
    if (kind := _kind(field)) is not None and (why := why_not(kind, got)) is not None:
        return why
    if choices := _choices(field):
        return "must be one of " + ", ".join(choices)
    minimum, maximum, is_open = _bounds(field)
    kinds = get_args(field.annotation) or (field.annotation,)
    noun = "a whole number" if int in kinds else "a number"
    if isinstance(kinds[0], type) and issubclass(kinds[0], BaseModel) and len(kinds) == 2 and kinds[1] is ...:
        return f"must be a list of at most {_longest(field)} agents"
    if OwnData in kinds:
        return OWN_DATA_ALLOWED
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
    return ScenarioError(path, _allowed(owner.model_fields[str(parts[0])], problem["input"]), problem["input"])
