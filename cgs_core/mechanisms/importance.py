"""How worth becomes importance: the importance rules."""

from __future__ import annotations

from cgs_core.reward import sinh_importance, update_importance

IMPORTANCE_RULES = {"smoothed": update_importance, "cffl": sinh_importance}
"""(importance of the round before, what was earned in this one, importance_smoothing) -> importance, each (n,)."""
