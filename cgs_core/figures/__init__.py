"""Figures as plain dicts in Plotly's JSON form: records in, a dict out, nothing computed twice, nothing placed."""

from cgs_core.figures.ledger import SORT_CHOICES, SortBy, ledger_figure
from cgs_core.figures.models import class_accuracy_figure, decision_figure, gain_figure
from cgs_core.figures.over_rounds import accuracy_figure, contribution_figure, pay_figure
from cgs_core.figures.samples import samples_figure
from cgs_core.figures.shards import shards_figure
from cgs_core.figures.style import FAINT, GRID, INK, AgentLook, Figure, agent_look, agent_name, class_colors

__all__ = [
    "FAINT", "GRID", "INK", "SORT_CHOICES", "AgentLook", "Figure", "SortBy", "accuracy_figure", "agent_look",
    "agent_name", "class_accuracy_figure", "class_colors", "contribution_figure", "decision_figure",
    "gain_figure", "ledger_figure", "pay_figure", "samples_figure", "shards_figure",
]  # fmt: skip
