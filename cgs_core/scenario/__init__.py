"""What to run: a scenario, everything a person can set as one frozen, validated value. One door to the room."""

from cgs_core.scenario.agent import Agent, Conduct
from cgs_core.scenario.checks import LEAST_SIDE, MAX_EDITED_SAMPLES, ModelName, models_for
from cgs_core.scenario.fields import FieldFacts
from cgs_core.scenario.scenario import (
    MAX_AGENTS,
    MAX_EXACT_AGENTS,
    MIGRATIONS,
    NEEDS_VALIDATION,
    SCHEMA_VERSION,
    AggregationWeight,
    DatasetName,
    ImportanceRule,
    MaskScope,
    RewardRule,
    Scenario,
    Split,
    Valuation,
    field_facts,
)

__all__ = [
    "LEAST_SIDE",
    "MAX_AGENTS",
    "MAX_EDITED_SAMPLES",
    "MAX_EXACT_AGENTS",
    "MIGRATIONS",
    "NEEDS_VALIDATION",
    "SCHEMA_VERSION",
    "Agent",
    "AggregationWeight",
    "Conduct",
    "DatasetName",
    "FieldFacts",
    "ImportanceRule",
    "MaskScope",
    "ModelName",
    "RewardRule",
    "Scenario",
    "Split",
    "Valuation",
    "field_facts",
    "models_for",
]
