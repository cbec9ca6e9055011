"""The small pictures beside an agent's five steps: of one round what each step does, of all rounds how it went."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cgs_core.figures.agents.why_parts import (
    Bar,
    Named,
    agents_bars,
    arrow,
    bars_figure,
    half_disc,
    lines_figure,
)
from cgs_core.figures.projector import for_projector
from cgs_core.figures.rows import accuracy_limits
from cgs_core.figures.style import FAINT, FEDAVG, INK, Figure, agent_look, agent_name, note, percent, signed
from cgs_core.figures.worth import worth_limits, worth_text
from cgs_core.records import Trace
from cgs_core.scenario import choice_of
from cgs_core.studies.why import Why

STEPS = ("update", "worth", "importance", "pay", "model")
"""The pictures' names, in the order of the steps."""

_PROJECTED_HEIGHT, _PROJECTED_WIDTH = 300, 440  # pixels


def why_figure(
    trace: Trace, agent: int, step: str, round_index: int | None = None, is_projected: bool = False
) -> Figure:
    """The picture of one of ``STEPS``, of an agent (from 0) in a round (from 0), or over all rounds (None).

    Raises
    ------
    ValueError: the trace has no such agent or round, or there is no such step.
    """
    if step not in STEPS:
        raise ValueError(f"step: one of {', '.join(STEPS)}; got {step!r}")
    if round_index is None:
        why = Why(trace, agent, trace.n_rounds - 1)
        figure = _OVER_ROUNDS[step](why)
    else:
        figure = _IN_A_ROUND[step](Why(trace, agent, round_index))
    return _for_class(figure) if is_projected else figure


def _for_class(figure: Figure) -> Figure:
    """Large, and on white; one of several on a screen."""
    layout = figure["layout"]
    margin = {side: round(1.7 * pixels) for side, pixels in layout["margin"].items()}
    made = layout | {"height": _PROJECTED_HEIGHT, "margin": margin}
    new = for_projector(figure | {"layout": made | {"meta": layout["meta"] | {"is_made_for_projector": True}}})
    new["layout"]["meta"]["min_width"] = _PROJECTED_WIDTH
    return new


def _named(why: Why, step: str, title: str, alt: str) -> Named:
    return Named(f"why-{step}-agent{why.agent + 1}", why.trace.figure_id, title, alt)


# -- of one round ----------------------------------------------------------------------------------------------------


def _update(why: Why) -> Figure:
    """What it trained and what it sent, from the direction of what all sent together."""
    look, title = agent_look(why.agent), f"{agent_name(why.agent)}'s update"
    if why.angle is None:
        alt = f"No arrow: {look.name}'s update, or the sum of all, has no direction."
        return half_disc(1.0, [], [note("no direction", x=0, y=0.4)], named=_named(why, "update", title, alt))
    trained, sent, gamma = why.trained_length, why.sent_length, why.scenario.update_norm
    is_scaled = why.scenario.upload_scaling in ("to_norm", "at_most_norm")
    is_honest = why.scenario.full_agents[why.agent].conduct in ("honest", "overstater")
    shown = sent if sent is not None else 1.0
    lengths = [shown, *([gamma] if is_scaled else []), *([trained] if trained is not None and is_honest else [])]
    reach = 1.08 * max(lengths)
    drawn = [arrow(0.0, reach, INK, 3, name="what all sent together")]
    words = [note("all together", x=reach, y=0, xanchor="right", yanchor="top", yshift=-4)]
    told = f"{why.angle:.1f} degrees from the direction of what all sent together"
    if trained is not None and is_honest:
        drawn.append(arrow(why.angle, trained, look.color, 2, dash="dot", name="as trained"))
    drawn.append(arrow(why.angle, shown, look.color, 5, name="as sent"))
    words.append(_at_tip(why.angle, shown, reach, "sent" if sent is None else f"sent {sent:.3g}"))
    if trained is not None and is_honest and trained > 1.25 * shown:
        words.append(_at_tip(why.angle, trained, reach, f"trained {trained:.3g}"))
    circles = [gamma] if is_scaled else []
    long = "" if sent is None else f", {sent:.3g} long"
    before = "" if trained is None else f"; its training went {trained:.3g} far"
    alt = f"{look.name}'s update as an arrow{long}, {told}{before}."
    return half_disc(reach, drawn, words, circles=circles, named=_named(why, "update", title, alt))


def _at_tip(angle: float, length: float, reach: float, text: str) -> dict[str, Any]:
    x, y = length * math.cos(math.radians(angle)), length * math.sin(math.radians(angle))
    is_right = x > 0.35 * reach
    return note(
        text,
        x=round(x, 5),
        y=round(y, 5),
        xanchor="right" if is_right else "left",
        xshift=-8 if is_right else 8,
        yanchor="bottom",
    )


def _worth(why: Why) -> Figure:
    """Of psi the angle and its cosine; of another value every agent's bar."""
    look, text = agent_look(why.agent), worth_text(why.trace)
    title = f"{look.name}'s worth"
    if why.scenario.valuation != "cgsv_approx" or why.angle is None:
        worths = why.record.contribution
        alt = (
            f"What every agent is worth ({text.title}): {look.name} {text.named(why.worth)}, the others from "
            f"{text.number(float(worths.min()))} to {text.number(float(worths.max()))}."
        )
        named = _named(why, "worth", title, alt)
        return agents_bars(worths, why.agent, worth_limits(why.trace), text.number, text.tick, named=named)
    drawn = [arrow(0.0, 1.15, INK, 3, name="what all sent together")]
    for other, cosine in enumerate(why.trace.contribution_approx[why.round_index].tolist()):
        if other != why.agent and why.record.gram[other, other] > 0:
            drawn.append(arrow(math.degrees(math.acos(cosine)), 1.0, FAINT, 1.5, name=agent_name(other)))
    foot = why.cosine
    tip = math.sin(math.radians(why.angle))
    drawn.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": [round(foot, 5)] * 2,
            "y": [round(tip, 5), 0],
            "line": {"color": look.color, "width": 1.5, "dash": "dot"},
            "hoverinfo": "skip",
        }
    )
    drawn.append(arrow(why.angle, 1.0, look.color, 4, name=look.name))
    drawn.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": [0, round(foot, 5)],
            "y": [0, 0],
            "line": {"color": look.color, "width": 7},
            "name": "worth",
            "hovertemplate": f"ψ = {signed(f'{foot:.3f}')}<extra></extra>",
        }
    )
    words = [
        note(f"ψ = {signed(f'{foot:.3f}')}", x=round(foot / 2, 5), y=0, yanchor="top", yshift=-6),
        note(f"angle {why.angle:.1f}°", x=-1.15, y=1.15, xanchor="left", yanchor="top"),
    ]
    alt = (
        f"Every update as an arrow of one length. {look.name}'s stands {why.angle:.1f} degrees from what all sent "
        f"together; its shadow there, the cosine, is {signed(f'{foot:.3f}')}."
    )
    return half_disc(1.15, drawn, words, circles=[1.0], named=_named(why, "worth", title, alt))


def _importance(why: Why) -> Figure:
    return _importance_lines(why, why.round_index)


def _pay(why: Why) -> Figure:
    """How many entries, or how much by the rule, and the length that came back."""
    look = agent_look(why.agent)
    is_mask = choice_of("reward_rule", why.scenario.reward_rule).counts_entries
    first = "entries" if is_mask else "pay"
    rows = [
        Bar(first, why.ratio, percent(why.ratio, 1), look.color),
    ]
    alt = f"{look.name}'s pay: {percent(why.ratio, 1)}" + (" of the entries" if is_mask else "")
    high, length = 1.0, why.length_share
    if length is not None:
        rows.append(Bar("length", length, percent(length, 1), look.color, is_hollow=True))
        alt += f"; the length is {percent(length, 1)} of that of what all sent together"
        high = max(high, length)
    alt += "."
    return bars_figure(rows, (0.0, high), named=_named(why, "pay", f"{look.name}'s pay", alt))


def _model(why: Why) -> Figure:
    look = agent_look(why.agent)
    rows = [
        *([] if why.accuracy_before is None else [_accuracy_bar("before", why.accuracy_before, look.color, True)]),
        _accuracy_bar("after", why.accuracy, look.color),
        _accuracy_bar("alone", why.alone, look.color, True),
        _accuracy_bar("FedAvg", why.fedavg, FEDAVG),
    ]
    told = ", ".join(f"{row.name} {row.text}" for row in rows)
    alt = f"Right on the test: {look.name}'s model {told}."
    return bars_figure(rows, (0.0, 1.0), named=_named(why, "model", f"{look.name}'s model", alt))


def _accuracy_bar(name: str, accuracy: float, color: str, is_hollow: bool = False) -> Bar:
    return Bar(name, accuracy, percent(accuracy, 1), color, is_hollow)


# -- over all rounds -------------------------------------------------------------------------------------------------


def _angles(why: Why) -> Figure:
    trace, look = why.trace, agent_look(why.agent)
    has_direction = np.diagonal(trace.gram, axis1=1, axis2=2) > 0
    angles = np.where(has_direction, np.degrees(np.arccos(trace.contribution_approx)), np.nan)
    own = angles[:, why.agent]
    known = own[~np.isnan(own)]
    span = f"from {known.min():.1f} to {known.max():.1f} degrees" if len(known) else "without a direction"
    alt = f"The angle between {look.name}'s update and what all sent together, round by round: {span}."
    return lines_figure(
        angles,
        why.agent,
        (0.0, max(90.0, float(np.nanmax(angles)) if len(known) else 90.0)),
        lambda value: f"{value:g}°",
        named=_named(why, "update", f"{look.name}'s direction", alt),
        words="angle to all together",
    )


def _worth_lines(why: Why) -> Figure:
    trace, look, text = why.trace, agent_look(why.agent), worth_text(why.trace)
    worths = trace.stack("contribution")
    own = worths[:, why.agent]
    alt = (
        f"{look.name}'s worth ({text.title}) round by round: {text.named(float(own[0]))} in the first, "
        f"{text.number(float(own[-1]))} in the last; the other agents' are grey."
    )
    return lines_figure(
        worths,
        why.agent,
        worth_limits(trace),
        text.tick,
        named=_named(why, "worth", f"{look.name}'s worth", alt),
        words=f"worth ({text.head})",
    )


def _importance_lines(why: Why, marked: int | None = None) -> Figure:
    trace, look = why.trace, agent_look(why.agent)
    values = trace.stack("importance")
    own = values[:, why.agent]
    at = "" if marked is None else f", {own[marked]:.4f} in round {marked + 1}"
    alt = (
        f"{look.name}'s importance round by round: {own[0]:.4f} after the first{at}, {own[-1]:.4f} after round "
        f"{len(own)}; the others' are grey, an equal share is dotted."
    )
    return lines_figure(
        values,
        why.agent,
        (0.0, float(values.max())),
        lambda value: f"{value:g}",
        named=_named(why, "importance", f"{look.name}'s importance", alt),
        words="importance; dotted: equal",
        marked=marked,
        level=1 / trace.scenario.n_agents,
    )


def _pay_lines(why: Why) -> Figure:
    trace, look = why.trace, agent_look(why.agent)
    ratios, lengths = trace.stack("reward_ratio"), trace.stack("reward_length")
    own, dashed = ratios[:, why.agent], lengths[:, why.agent] if lengths.size else None
    is_mask = choice_of("reward_rule", why.scenario.reward_rule).counts_entries
    first, of_what = ("entries", " of the entries") if is_mask else ("pay", "")
    alt = (
        f"{look.name}'s pay round by round: {percent(own[0])}{of_what} in the first, {percent(own[-1])} in the last; "
        + ("" if dashed is None else f"the length, dashed, {percent(dashed.mean(), 1)} on average; ")
        + "the others' are grey."
    )
    return lines_figure(
        ratios,
        why.agent,
        (0.0, 1.0 if dashed is None else max(1.0, float(dashed.max()))),
        lambda value: percent(value),
        named=_named(why, "pay", f"{look.name}'s pay", alt),
        words=first if dashed is None else f"{first}; dashed: length",
        dashed=dashed,
    )


def _model_lines(why: Why) -> Figure:
    trace, look = why.trace, agent_look(why.agent)
    values, alone = trace.stack("accuracy"), trace.stack("standalone_accuracy")[:, why.agent]
    alt = (
        f"{look.name}'s model round by round, right on the test: {percent(float(values[-1, why.agent]), 1)} in the "
        f"end; alone, dashed, {percent(float(alone[-1]), 1)}; the others' are grey."
    )
    low, high = accuracy_limits(trace)
    return lines_figure(
        values,
        why.agent,
        (min(low, float(alone.min())), high),
        lambda value: percent(value),
        named=_named(why, "model", f"{look.name}'s model", alt),
        words="accuracy; dashed: alone",
        dashed=alone,
    )


_IN_A_ROUND: dict[str, Callable[[Why], Figure]] = dict(
    zip(STEPS, (_update, _worth, _importance, _pay, _model), strict=True)
)
_OVER_ROUNDS: dict[str, Callable[[Why], Figure]] = dict(
    zip(STEPS, (_angles, _worth_lines, _importance_lines, _pay_lines, _model_lines), strict=True)
)


def why_figures(
    trace: Trace, agent: int, round_index: int | None = None, steps: Sequence[str] = STEPS, is_projected: bool = False
) -> dict[str, Figure]:
    """The pictures by the steps' names; the arguments and the errors are those of ``why_figure``."""
    return {step: why_figure(trace, agent, step, round_index, is_projected) for step in steps}
