"""How agents are valued and paid: valuations, importance rules, reward rules, and the combinations that have a name."""

from cgs_core.mechanisms.importance import IMPORTANCE_RULES
from cgs_core.mechanisms.table import (
    CGSV,
    CGSV_EXACT,
    FEDAVG,
    MECHANISMS,
    STANDALONE,
    Mechanism,
    is_replayable,
    replayed_reward_ratio,
    with_mechanism,
)
from cgs_core.mechanisms.valuations import VALUATIONS

__all__ = [
    "CGSV",
    "CGSV_EXACT",
    "FEDAVG",
    "IMPORTANCE_RULES",
    "MECHANISMS",
    "STANDALONE",
    "VALUATIONS",
    "Mechanism",
    "is_replayable",
    "replayed_reward_ratio",
    "with_mechanism",
]
