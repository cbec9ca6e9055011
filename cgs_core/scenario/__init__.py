"""What to run: a scenario, everything a person can set as one frozen, validated value. One door to the room."""

from cgs_core.scenario.agent import Agent, Conduct
from cgs_core.scenario.checks import MAX_EDITED_SAMPLES, choices_for, choices_now, models_for
from cgs_core.scenario.choices import CHOICES, Choice
from cgs_core.scenario.fields import FieldFacts
from cgs_core.scenario.registry import Row, Rows, choice_of, choices_of, problems, register
from cgs_core.scenario.scenario import (
    MAX_AGENTS,
    MAX_EXACT_AGENTS,
    MECHANISM_FIELDS,
    MIGRATIONS,
    SCHEMA_VERSION,
    AggregationWeight,
    DatasetName,
    ImportanceRule,
    MaskScope,
    ModelName,
    RewardRule,
    Scenario,
    Split,
    UploadScaling,
    Valuation,
    field_facts,
)

__all__ = [
    "CHOICES",
    "MAX_AGENTS",
    "MAX_EDITED_SAMPLES",
    "MAX_EXACT_AGENTS",
    "MECHANISM_FIELDS",
    "MIGRATIONS",
    "SCHEMA_VERSION",
    "Agent",
    "AggregationWeight",
    "Choice",
    "Conduct",
    "DatasetName",
    "FieldFacts",
    "ImportanceRule",
    "MaskScope",
    "ModelName",
    "RewardRule",
    "Row",
    "Rows",
    "Scenario",
    "Split",
    "UploadScaling",
    "Valuation",
    "choice_of",
    "choices_for",
    "choices_now",
    "choices_of",
    "field_facts",
    "models_for",
    "problems",
    "register",
]
