"""One round as a moving picture: seven steps, the arrows at the left, an agent a row at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cgs_core.data import FederatedData
from cgs_core.figures.frames import animated_figure, frame_name, round_number
from cgs_core.figures.learn.fan import Fan, fan_of
from cgs_core.figures.rows import Rows
from cgs_core.figures.style import (
    FAINT,
    FONT_SIZE,
    INK,
    NO_WORDS,
    SMALL_FONT_SIZE,
    Figure,
    PlotlyTrace,
    agent_look,
    agent_name,
    axis,
    base_layout,
    extremes,
    narrow_layout,
    percent,
    rounded,
    signed,
)
from cgs_core.records import RoundRecord, Trace
from cgs_core.typing import FloatArray

STEPS = ("train", "cut", "add up", "value", "smooth", "pay", "get")
"""What the frames show, in order; frame "0" is the first."""

_PLANE = 350  # pixels, its height
_MOST_NAMED = 12  # agents whose arrows are named at their tips
_RIGHT = 1.6  # how far the page goes to the right, in Γ: the name of the aggregate stands beyond its tip
_ROOM = 2.15  # how far the axis of the rows goes: 1 is the most that is drawn, beyond it stand the numbers
_CIRCLE = np.linspace(0, 2 * np.pi, 61)


@dataclass(frozen=True)
class _Round:
    """What the picture is made of: a round, and the one before (None of the first)."""

    trace: Trace
    record: RoundRecord
    before: RoundRecord | None
    fan: Fan
    n_samples: np.ndarray  # (N,)

    @property
    def agents(self) -> range:
        return range(len(self.n_samples))

    @property
    def zoom(self) -> float:
        """How much smaller the first step is drawn, so that what training changed has room."""
        return 1.0 if self.fan.trained is None else max(1.0, float(np.hypot(*self.fan.trained.T).max()))


def one_round_figure(trace: Trace, data: FederatedData, *, round_index: int = 0) -> Figure:
    """The steps of a round of the paper's mechanism, a frame each ("0" to "6"), opened on the first.

    Raises
    ------
    ValueError: there is no such round, or the run's uploads are not scaled to Γ.
    """
    if not 0 <= round_index < trace.n_rounds:
        raise ValueError(f"round_index: from 0 to {trace.n_rounds - 1}, the rounds recorded; got {round_index}")
    if trace.scenario.upload_scaling != "to_norm":
        raise ValueError(f"upload_scaling: to_norm, as the paper's; got {trace.scenario.upload_scaling}")
    record = trace.rounds[round_index]
    shown = _Round(
        trace,
        record,
        trace.rounds[round_index - 1] if round_index else None,
        fan_of(trace.scenario, record, trace.contribution_approx[round_index]),
        np.array([shard.n_samples for shard in data.shards]),
    )
    rows = Rows(trace.scenario.n_agents, tallest=48, total=_PLANE - 60, headroom=40)
    columns = [_COLUMNS[step](shown) for step in STEPS]
    alts = {frame_name(place): _alt(shown, place, column) for place, column in enumerate(columns)}
    return animated_figure(
        len(STEPS),
        still=[],
        moving=[*_plane_traces(shown), *_row_traces(shown, rows)],
        parts_at=lambda step: [*_plane_parts(shown, STEPS[step]), *_row_parts(columns[step], rows)],
        layout=_layout(shown, rows, round_index, alts),
        round_index=0,
    )


# -- the arrows ----------------------------------------------------------------------------------------------


def _plane_traces(shown: _Round) -> list[PlotlyTrace]:
    """Circle, its name, aggregate, its name, lines down to it, an arrow an agent, a stair an agent, names of tips."""
    plain: PlotlyTrace = {"type": "scatter", "xaxis": "x", "yaxis": "y", "hoverinfo": "skip"}
    words = plain | {"mode": "text", "textfont": {"size": FONT_SIZE, "color": INK}}
    looks = [agent_look(agent) for agent in shown.agents]
    arrows = [
        plain
        | {
            "mode": "lines+markers",
            "name": look.name,
            "line": {"color": look.color, "width": 3, "dash": look.dash},
            "marker": _head(look.color, 12),
        }
        for look in looks
    ]
    stairs = [
        arrow | {"line": {"color": look.color, "width": 4}, "marker": _head(look.color, 10)}
        for arrow, look in zip(arrows, looks, strict=True)
    ]
    return [
        plain | {"mode": "lines", "line": {"color": FAINT, "width": 1, "dash": "dot"}},
        words | {"textposition": "bottom center"},
        plain | {"mode": "lines+markers", "name": "shared update", "line": {"color": INK, "width": 5}}
        | {"marker": _head(INK, 16)},
        words | {"textposition": "middle right"},
        plain | {"mode": "lines", "line": {"color": FAINT, "width": 1.5, "dash": "dot"}},
        *arrows,
        *stairs,
        words | {"textposition": "middle center"},
    ]  # fmt: skip


def _head(color: str, size: int) -> dict[str, Any]:
    return {"symbol": "arrow", "angleref": "previous", "size": [0, size], "color": color, "opacity": 1}


def _plane_parts(shown: _Round, step: str) -> list[dict[str, Any]]:
    """What of ``_plane_traces`` a step shows."""
    fan, gamma = shown.fan, shown.trace.scenario.update_norm
    radius = 1 / shown.zoom if step == "train" else 1.0
    tips = {"train": fan.trained, "add up": fan.weighted}.get(step, fan.sent)
    tips = (fan.sent if tips is None else tips) * radius
    line: list[Any] = [None, None] if step in ("train", "cut") else rounded([0, fan.length])
    stairs = _stairs(fan, step)
    names = tips if stairs is None else np.array([[one["x"][1], one["y"][1]] for one in stairs])
    nothing: dict[str, Any] = {"x": [None, None], "y": [None, None]}  # what is empty would stay as it was
    has_arrows = step not in ("pay", "get")
    return [
        {"x": rounded(radius * np.cos(_CIRCLE)), "y": rounded(radius * np.sin(_CIRCLE))},
        {"x": [0.0], "y": rounded([-radius]), "text": [f"Γ = {gamma:g}"]},
        {"x": line, "y": [0.0, 0.0]},
        {"x": line[1:], "y": [0.0], "text": [" shared update"]},
        _drops(fan) if step == "value" else nothing,
        *({"x": rounded([0, x]), "y": rounded([0, y])} if has_arrows else nothing for x, y in tips),
        *([nothing] * len(tips) if stairs is None else stairs),
        _tip_names(names, is_around=stairs is None),
    ]


def _drops(fan: Fan) -> dict[str, Any]:
    """From each tip down to the line of the aggregate: the shadow there is psi of the arrow's length."""
    x = [value for tip in rounded(fan.sent[:, 0]) for value in (tip, tip, None)]
    y = [value for tip in rounded(fan.sent[:, 1]) for value in (tip, 0, None)]
    return {"x": x, "y": y}


def _stairs(fan: Fan, step: str) -> list[dict[str, Any]] | None:
    """Below the aggregate: what each weighted update adds along it, one after the other, or how long what each gets
    back is; None in the other steps."""
    if step not in ("add up", "pay", "get"):
        return None
    ends = np.concatenate([[0.0], fan.weighted[:, 0].cumsum()])
    spans = pairwise(ends) if step == "add up" else ((0.0, length) for length in fan.paid)
    pitch = min(0.13, 0.75 / len(fan.weight))
    return [{"x": rounded(span), "y": rounded([-0.2 - pitch * place] * 2)} for place, span in enumerate(spans)]


def _tip_names(tips: FloatArray, is_around: bool) -> dict[str, Any]:
    """The agents' numbers a little beyond the tips, away from the origin or to the right; none of many agents."""
    if len(tips) > _MOST_NAMED:
        return {"x": [None], "y": [None], "text": [NO_WORDS]}
    length = np.maximum(np.hypot(*tips.T), 1e-9)
    places = tips * ((length + _beyond(tips)) / length)[:, np.newaxis] if is_around else tips + np.array([0.06, 0.0])
    return {
        "x": rounded(places[:, 0]),
        "y": rounded(places[:, 1]),
        "text": [str(agent + 1) for agent in range(len(tips))],
    }


def _beyond(tips: FloatArray) -> FloatArray:
    """(N,) how far beyond its tip an agent's number stands: of close neighbours by turns nearer and further."""
    beyond, last = np.full(len(tips), 0.08), None
    for agent in np.lexsort((tips[:, 1], tips[:, 0] < 0)).tolist():
        is_close = last is not None and float(np.hypot(*(tips[agent] - tips[last]))) < 0.12
        if is_close and beyond[last] < 0.1:
            beyond[agent] = 0.19
        last = agent
    return beyond


# -- the rows ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Column:
    """What the rows show in a step: bars from 0 to at most 1, hollow marks beside them, and numbers."""

    head: str
    under: str
    bars: FloatArray
    marks: FloatArray | None
    texts: Sequence[str]
    said: str  # in the alternative text


def _number(value: float, decimals: int = 2) -> str:
    return signed(f"{value:.{decimals}f}")


def _train(shown: _Round) -> _Column:
    texts = [f"{count:,}" for count in shown.n_samples]
    said = f"Samples of each agent: {extremes(texts, shown.n_samples)}."
    return _Column("trains on", "samples", shown.n_samples / shown.n_samples.max(), None, texts, said)


def _cut(shown: _Round) -> _Column:
    gamma, lengths = shown.trace.scenario.update_norm, np.hypot(*shown.fan.sent.T)
    texts = [f"{length * gamma:.3g}" for length in lengths]
    if shown.fan.trained is not None:
        before = np.hypot(*shown.fan.trained.T) * gamma
        texts = [f"{old:.3g} → {new}" for old, new in zip(before, texts, strict=True)]
    return _Column("sends", "length of its update", lengths, None, texts, f"Lengths of the updates: {texts[0]}, ….")


def _add_up(shown: _Round) -> _Column:
    weight = shown.fan.weight
    texts = [f"{value:.3f}" for value in weight]
    under = "weight a: its importance before" if shown.before is not None else "weight a: its part of the data"
    said = f"Weights: {extremes(texts, weight)}. Along the shared update they add up to its length."
    return _Column("counts", under, weight, None, texts, said)


def _value(shown: _Round) -> _Column:
    psi, phi = shown.fan.cosine, shown.record.contribution_exact
    texts = [_number(value) for value in psi]
    said = f"Cosines ψ: {extremes(texts, psi)}."
    if not phi.size:
        return _Column("is worth", "cosine ψ", psi, None, texts, said)
    both = [f"{one}, φ {_number(other)}" for one, other in zip(texts, phi, strict=True)]
    return _Column("is worth", "cosine ψ; hollow: exact φ", psi, phi, both, said)


def _smooth(shown: _Round) -> _Column:
    after = shown.record.importance
    texts = [f"{value:.3f}" for value in after]
    said = f"Importances r: {extremes(texts, after)}."
    if shown.before is None:
        return _Column("is important", "importance r", after, None, texts, said)
    old = shown.before.importance
    both = [f"{one:.3f} → {other}" for one, other in zip(old, texts, strict=True)]
    return _Column("is important", "importance r; hollow: before", after, old, both, said)


def _pay(shown: _Round) -> _Column:
    ratio, length = shown.record.reward_ratio, shown.record.reward_length
    texts = [f"{percent(one)}, length {percent(other)}" for one, other in zip(ratio, length, strict=True)]
    said = f"Parts of the entries that come back: {extremes([percent(one) for one in ratio], ratio)}."
    return _Column("is paid", "part of the entries; hollow: of the length", ratio, length, texts, said)


def _get(shown: _Round) -> _Column:
    after = shown.record.accuracy
    texts = [percent(value, 1) for value in after]
    said = f"Models right on the test: {extremes(texts, after)}."
    if shown.before is None:
        return _Column("gets", "accuracy of its model", after, None, texts, said)
    old = shown.before.accuracy
    both = [f"{100 * one:.1f} → {other}" for one, other in zip(old, texts, strict=True)]
    return _Column("gets", "accuracy of its model; hollow: before", after, old, both, said)


_COLUMNS: dict[str, Callable[[_Round], _Column]] = dict(
    zip(STEPS, (_train, _cut, _add_up, _value, _smooth, _pay, _get), strict=True)
)


def _row_traces(shown: _Round, rows: Rows) -> list[PlotlyTrace]:
    """Bars, hollow marks, numbers, and the head above them."""
    looks = [agent_look(agent) for agent in shown.agents]
    plain: PlotlyTrace = {"xaxis": "x2", "yaxis": "y2", "hoverinfo": "skip"}
    size = SMALL_FONT_SIZE if rows.is_thin else FONT_SIZE
    words = plain | {"type": "scatter", "mode": "text", "textposition": "middle right"}
    return [
        plain
        | {
            "type": "bar",
            "orientation": "h",
            "y": rows.y(),
            "width": rows.bar,
            "marker": {"color": [look.color for look in looks]},
        },
        plain
        | {
            "type": "scatter",
            "mode": "markers",
            "y": rows.y(),
            "marker": {
                "symbol": [f"{look.symbol}-open" for look in looks],
                "color": INK,
                "size": 7 if rows.is_thin else 11,
                "line": {"width": 2},
            },
        },
        words | {"y": rows.y(), "textfont": {"size": size, "color": INK}},
        words | {"y": [rows.top], "textfont": {"size": FONT_SIZE, "color": INK}},
    ]


def _row_parts(column: _Column, rows: Rows) -> list[dict[str, Any]]:
    count = len(column.bars)
    return [
        {"x": rounded(column.bars)},
        {"x": [None] * count if column.marks is None else rounded(column.marks)},
        {"x": [1.1] * count, "text": list(column.texts)},
        {"x": [0.02], "text": [f"<b>{column.head}</b><br>{column.under}"]},
    ]


# -- both ----------------------------------------------------------------------------------------------------


def _layout(shown: _Round, rows: Rows, round_index: int, alts: dict[str, str]) -> dict[str, Any]:
    names = [agent_name(agent) for agent in shown.agents]
    marks = [shown.fan.cosine, shown.record.contribution_exact]
    low = min(0.0, *(float(values.min()) for values in marks if values.size))
    left = min(-0.3, float(shown.fan.sent[:, 0].min()) - 0.15)
    height = max(_PLANE, rows.plot_height)
    plane: dict[str, Any] = {"showgrid": False, "tickvals": [], "fixedrange": True}
    layout = base_layout(
        kind="one_round",
        scenario_id=shown.trace.scenario.scenario_id,
        title=f"Round {round_number(round_index)}, step by step",
        alt=alts["0"],
        height=height + 24,
        margin={"l": 8, "r": 8, "t": 12, "b": 12},
        xaxis=axis(left, _RIGHT, **plane) | {"domain": [0, 0.44], "constrain": "domain", "range": [left, _RIGHT]},
        yaxis=axis(-1, 1, **plane) | {"scaleanchor": "x", "scaleratio": 1, "range": [-1.2, 1.12]},
        xaxis2=axis(low, 1, fixedrange=True, showgrid=False, zeroline=True, zerolinecolor=FAINT)
        | {"domain": [0.52, 1], "range": [low - 0.02, _ROOM], "anchor": "y2", "tickvals": [], "ticktext": []},
        yaxis2=rows.axis(names) | {"anchor": "x2"},
        shapes=[one | {"yref": "y2", "xref": "x2 domain"} for one in rows.rules()],
    )
    layout["meta"]["alts"] = alts
    return narrow_layout(
        layout,
        340,
        height=_PLANE + rows.plot_height + 44,
        xaxis=layout["xaxis"] | {"domain": [0, 1]},
        yaxis=layout["yaxis"] | {"domain": [1 - _PLANE / (_PLANE + rows.plot_height + 20), 1]},
        xaxis2=layout["xaxis2"] | {"domain": [0.16, 1]},
        yaxis2=layout["yaxis2"] | {"domain": [0, rows.plot_height / (_PLANE + rows.plot_height + 20)]},
    )


def _alt(shown: _Round, place: int, column: _Column) -> str:
    return (
        f"Step {place + 1} of {len(STEPS)}, {STEPS[place]}, of {len(shown.agents)} agents as arrows about the shared "
        f"update. {column.said}"
    )
