"""Figures as plain dicts in Plotly's JSON form: records in, a dict out, nothing computed twice, nothing placed."""

from cgs_core.figures.agents.decisions import decision_figure
from cgs_core.figures.agents.ledger import ledger_figure, still_ledger_figure
from cgs_core.figures.agents.ledger_rows import SORT_CHOICES, SortBy
from cgs_core.figures.agents.models import class_accuracy_figure, gain_figure
from cgs_core.figures.agents.projected_ledger import projected_ledger_figure
from cgs_core.figures.agents.samples import samples_figure
from cgs_core.figures.agents.shards import shards_figure
from cgs_core.figures.game.arrows import arrows_figure
from cgs_core.figures.game.estimates import cost_figure, estimates_figure
from cgs_core.figures.game.lattice import (
    MAX_LATTICE_AGENTS,
    MAX_PROJECTED_LATTICE_AGENTS,
    lattice_figure,
)
from cgs_core.figures.game.lattice_walk import LatticeHighlight
from cgs_core.figures.game.marginals import marginals_by_size_figure
from cgs_core.figures.game.plain_arrows import plain_arrows_figure
from cgs_core.figures.game.shapley_bars import BarsState
from cgs_core.figures.game.units import Unit
from cgs_core.figures.learn.one_round import one_round_figure
from cgs_core.figures.over_rounds import accuracy_figure, contribution_figure, pay_figure
from cgs_core.figures.projector import for_projector
from cgs_core.figures.runs.case_map import CaseCell, case_map_figure
from cgs_core.figures.runs.class_predictions import class_choice_figure, class_number_figure, class_order_figure
from cgs_core.figures.runs.cost_error import CostLine, cost_error_figure
from cgs_core.figures.runs.measures import MeasureColumn, measures_figure
from cgs_core.figures.runs.mechanisms import MechanismLook, mechanism_accuracy_figure, mechanism_look
from cgs_core.figures.runs.prediction import choice_figure, number_figure, order_figure
from cgs_core.figures.runs.projected_mechanisms import projected_mechanisms_figure
from cgs_core.figures.runs.side_by_side import (
    MAX_OVERLAID,
    QUANTITIES,
    run_look,
    shelf_agents_figure,
    shelf_rounds_figure,
)
from cgs_core.figures.runs.sweep_agents import sweep_agents_figure
from cgs_core.figures.runs.sweep_axis import Swept, SweptMeasure
from cgs_core.figures.runs.sweep_heat import sweep_heat_figure
from cgs_core.figures.runs.sweep_scatter import pareto_front, sweep_scatter_figure
from cgs_core.figures.runs.sweeps import sweep_curves_figure
from cgs_core.figures.runs.tracking import tracking_figure
from cgs_core.figures.runs.waterfall import waterfall_figure
from cgs_core.figures.style import FAINT, GRID, INK, AgentLook, Figure, agent_look, agent_name, class_colors

__all__ = [
    "FAINT",
    "GRID",
    "INK",
    "MAX_LATTICE_AGENTS",
    "MAX_OVERLAID",
    "MAX_PROJECTED_LATTICE_AGENTS",
    "QUANTITIES",
    "SORT_CHOICES",
    "AgentLook",
    "BarsState",
    "CaseCell",
    "CostLine",
    "Figure",
    "LatticeHighlight",
    "MeasureColumn",
    "MechanismLook",
    "SortBy",
    "Swept",
    "SweptMeasure",
    "Unit",
    "accuracy_figure",
    "agent_look",
    "agent_name",
    "arrows_figure",
    "case_map_figure",
    "choice_figure",
    "class_accuracy_figure",
    "class_choice_figure",
    "class_colors",
    "class_number_figure",
    "class_order_figure",
    "contribution_figure",
    "cost_error_figure",
    "cost_figure",
    "decision_figure",
    "estimates_figure",
    "for_projector",
    "gain_figure",
    "lattice_figure",
    "ledger_figure",
    "marginals_by_size_figure",
    "measures_figure",
    "mechanism_accuracy_figure",
    "mechanism_look",
    "number_figure",
    "one_round_figure",
    "order_figure",
    "pareto_front",
    "pay_figure",
    "plain_arrows_figure",
    "projected_ledger_figure",
    "projected_mechanisms_figure",
    "run_look",
    "samples_figure",
    "shards_figure",
    "shelf_agents_figure",
    "shelf_rounds_figure",
    "still_ledger_figure",
    "sweep_agents_figure",
    "sweep_curves_figure",
    "sweep_heat_figure",
    "sweep_scatter_figure",
    "tracking_figure",
    "waterfall_figure",
]
