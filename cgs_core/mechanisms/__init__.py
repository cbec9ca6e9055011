"""How agents are valued and paid: valuations, importance rules, reward rules, and the combinations that have a name."""

from cgs_core.mechanisms.importance import IMPORTANCE_RULES, ImportanceRule
from cgs_core.mechanisms.reward_rules import REWARD_RULES, Reward, RewardRule
from cgs_core.mechanisms.round import Round
from cgs_core.mechanisms.table import (
    CGSV,
    CGSV_EXACT,
    FEDAVG,
    MECHANISMS,
    PAID_AS_IN_THE_PAPER,
    ROW_FIELDS,
    STANDALONE,
    Mechanism,
    is_replayable,
    replayed_reward_ratio,
    with_mechanism,
)
from cgs_core.mechanisms.valuations import VALUATIONS, Valuation

__all__ = [
    "CGSV",
    "CGSV_EXACT",
    "FEDAVG",
    "IMPORTANCE_RULES",
    "MECHANISMS",
    "PAID_AS_IN_THE_PAPER",
    "REWARD_RULES",
    "ROW_FIELDS",
    "STANDALONE",
    "VALUATIONS",
    "ImportanceRule",
    "Mechanism",
    "Reward",
    "RewardRule",
    "Round",
    "Valuation",
    "is_replayable",
    "replayed_reward_ratio",
    "with_mechanism",
]
