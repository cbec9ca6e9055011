"""A report's section "Why": every agent's five steps over all rounds, in words, with their numbers, and in pictures."""

from __future__ import annotations

from cgs_core.export.interactive import figure_element
from cgs_core.export.mathml import mathml
from cgs_core.export.page_parts import Html, escaped, paragraph, section, table
from cgs_core.figures.agents.why import why_figures
from cgs_core.figures.style import agent_name
from cgs_core.records import Trace
from cgs_core.words.why import Step, why_question, why_steps

MOST_DRAWN = 8
"""Agents of whom there are pictures too; of more the browser would draw for long."""

_HEADS = ["Step", "In words", "With its numbers"]


def why_part(trace: Trace) -> str:
    """The section; the trace has at least one round."""
    n_agents = trace.scenario.n_agents
    many = f" Of more than {MOST_DRAWN} agents there are no pictures." if n_agents > MOST_DRAWN else ""
    note = (
        f"Each agent's steps over {trace.n_rounds} rounds, from the update that it sends to the model that it gets. "
        f"Numbers are rounded where they are written. Grey lines are the other agents.{many}"
    )
    parts = [_agent(trace, agent) for agent in range(n_agents)]
    return section("Why", "why", paragraph(note, is_note=True), *parts)


def _agent(trace: Trace, agent: int) -> str:
    steps = why_steps(trace, agent)
    rows = [[step.title, step.sentence, _formulas(step)] for step in steps]
    caption = f"{agent_name(agent)}: all {trace.n_rounds} rounds."
    return (
        f'<div class="why">\n<h3 id="why-{agent + 1}">{escaped(why_question(trace, agent))}</h3>\n'
        f"{_pictures(trace, agent)}{table(caption, _HEADS, rows)}</div>\n"
    )


def _formulas(step: Step) -> Html:
    return Html("".join(mathml(one.tex, one.text) for one in step.formulas))


def _pictures(trace: Trace, agent: int) -> str:
    if trace.scenario.n_agents > MOST_DRAWN:
        return ""
    drawn = why_figures(trace, agent)
    elements = [figure_element(figure, f"why-{agent + 1}-{step}") for step, figure in drawn.items()]
    return f'<div class="small-figures">\n{"".join(elements)}</div>\n'
