"""Step 4 of a round: importance becomes pay."""

from __future__ import annotations

import math

import numpy as np

from cgs_core.figures.style import agent_name, percent
from cgs_core.scenario import choice_of
from cgs_core.studies.why import Why
from cgs_core.words.why.parts import Number, Step, at, step
from cgs_core.words.why.update import out

_PAY = "4. Pay: how much comes back"


def pay_step(why: Why) -> Step:
    """What comes back, by the rule that the scenario has."""
    if not why.is_active[why.agent]:
        return step("pay", _PAY, f"{out(why)}: it gets nothing of the others.")
    if why.is_absent:
        return step("pay", _PAY, f"{agent_name(why.agent)} was absent: it gets nothing in this round.")
    rule = why.scenario.reward_rule
    made = {
        "sparsified": _masked,
        "sparsified_or_evicted": _by_importance,
        "by_size_or_evicted": _by_size,
        "interpolated": _mixed_models,
        "random_subset": _some_others,
    }.get(rule, _told_only)
    lines, numbers, words = made(why)
    setup = [
        "import numpy as np",
        "",
        at(why.round_index, why.agent),
        "now, beta = trace.rounds[t], trace.scenario.altruism_degree",
        "r = now.importance"
        if why.log is None and why.trace.is_always_there
        else "r = trace.paying_importance(t)  # of who was present",
    ]
    n = why.agent + 1
    if why.length_share is not None:
        numbers += [Number("length", why.length_share, ".3f", "now.reward_length[i]")]
        lines.append(
            (
                rf"\frac{{\lVert v_{{{n}}} \rVert}}{{\lVert u_N \rVert}} = @length@",
                f"|v{n}| / |u_N| = @length@",
            )
        )
    return step("pay", _PAY, words, lines, numbers, setup)


def _masked(why: Why) -> tuple[list[tuple[str, str]], list[Number], str]:
    n, name, beta = why.agent + 1, agent_name(why.agent), why.scenario.altruism_degree
    digits = 3 if why.n_params is None else len(str(why.n_params)) + 1
    ratio = Number("rho", why.ratio, f".{digits}f", "now.reward_ratio[i]")
    if math.isinf(beta):
        lines = [(rf"\beta = \infty: \quad \rho_{{{n}}} = @rho@", f"β = ∞: ρ{n} = @rho@")]
        numbers = [ratio]
    else:
        own, top = float(why.paying[why.agent]), float(why.paying.max())
        numbers = [
            Number("beta", beta, "g", "beta"),
            Number("r", own, ".4f", "r[i]"),
            Number("largest_r", top, ".4f", "r.max()"),
            Number("tanh", math.tanh(beta * own), ".4f", "np.tanh(beta * r[i])"),
            Number("largest_tanh", math.tanh(beta * top), ".4f", "np.tanh(beta * r.max())"),
            ratio,
        ]
        lines = [
            (
                rf"\rho_{{{n}}} = \frac{{\tanh \beta r_{{{n}}}}}{{\max_j \tanh \beta r_j}}"
                r" = \frac{\tanh(@beta@ \cdot @r@)}{\tanh(@beta@ \cdot @largest_r@)}"
                r" = \frac{@tanh@}{@largest_tanh@} = @rho@",
                f"ρ{n} = tanh(β r{n}) / the largest such = tanh(@beta@ · @r@) / tanh(@beta@ · @largest_r@) = "
                "@tanh@ / @largest_tanh@ = @rho@",
            )
        ]
    got = f"{percent(why.ratio)} of the entries of what all sent together"
    if why.n_entries is not None and why.n_params is not None:
        numbers += [
            Number("n_params", why.n_params, "d", "now.download_bytes.max() // 4"),
            Number("n_entries", why.n_entries, "d", "int(now.download_bytes.max() // 4 * now.reward_ratio[i])"),
        ]
        lines.append(
            (
                rf"q_{{{n}}} = \lfloor D \rho_{{{n}}} \rfloor = \lfloor @n_params@ \cdot @rho@ \rfloor = @n_entries@",
                f"q{n} = floor(D ρ{n}) = floor(@n_params@ · @rho@) = @n_entries@ entries",
            )
        )
        got = f"the {why.n_entries:,} largest of the {why.n_params:,} entries of what all sent together"
    if why.ratio == 1:
        who = "everybody gets everything" if math.isinf(beta) else "nobody is more important, so it gets everything"
        return lines, numbers, f"{name} is paid all of what was sent together: {who}."
    if not why.angle and not why.aggregate_length:
        return lines, numbers, f"{name} is paid {got}, which is nothing: the updates cancel."
    length = why.length_share
    told = "" if length is None else f"; being the largest, they carry {carried(length)} of its length"
    words = f"{name} is paid {got}{told}."
    return lines, numbers, words


def carried(length: float) -> str:
    """The part of a length that fewer entries than all carry, in percent: never the whole, however it is rounded."""
    return "almost all" if 0.9995 <= length <= 1 else percent(length, 1)


def _ratio_of_importance(why: Why) -> list[Number]:
    return [
        Number("r", float(why.paying[why.agent]), ".4f", "r[i]"),
        Number("largest_r", float(why.paying.max()), ".4f", "r.max()"),
        Number("rho", why.ratio, ".3f", "now.reward_ratio[i]"),
    ]


def _by_importance(why: Why) -> tuple[list[tuple[str, str]], list[Number], str]:
    n, name = why.agent + 1, agent_name(why.agent)
    if why.is_evicted_now:
        return *_only_ratio(why), f"From this round on {name} is put out: it keeps its own step, and gets nothing more."
    line = (
        rf"\rho_{{{n}}} = \frac{{r_{{{n}}}}}{{\max_j r_j}} = \frac{{@r@}}{{@largest_r@}} = @rho@",
        f"ρ{n} = r{n} / the largest r = @r@ / @largest_r@ = @rho@",
    )
    words = (
        f"Under RFFL's rule {name} keeps its own step and gets, on top, {percent(why.ratio)} of the entries of what "
        "all sent together, the largest ones; the length below is of both."
    )
    return [line], _ratio_of_importance(why), words


def _by_size(why: Why) -> tuple[list[tuple[str, str]], list[Number], str]:
    n, name = why.agent + 1, agent_name(why.agent)
    if why.is_evicted_now:
        return *_only_ratio(why), f"From this round on {name} is put out: it keeps its own step, and gets nothing more."
    top = float(why.paying.max())
    numbers = [
        *_ratio_of_importance(why),
        Number("size", why.ratio * top / float(why.paying[why.agent]), ".3f", "now.reward_ratio[i] * r.max() / r[i]"),
    ]
    line = (
        rf"\rho_{{{n}}} = \frac{{r_{{{n}}}}}{{\max_j r_j}} \cdot \frac{{n_{{{n}}}}}{{\max_j n_j}}"
        r" = \frac{@r@}{@largest_r@} \cdot @size@ = @rho@",
        f"ρ{n} = (r{n} / the largest r) (its samples / the most samples) = @r@ / @largest_r@ · @size@ = @rho@",
    )
    words = (
        f"Under CFFL's rule {name} keeps its own step and gets {percent(why.ratio)} of the entries of what all sent "
        "together, by importance and by its samples, less its own part; the length below is of all that."
    )
    return [line], numbers, words


def _mixed_models(why: Why) -> tuple[list[tuple[str, str]], list[Number], str]:
    n, name = why.agent + 1, agent_name(why.agent)
    gamma = Number("rho", why.ratio, ".3f", "now.reward_ratio[i]")
    if why.is_cosine:
        numbers = [Number("worth", why.worth, "z.3f", "now.contribution[i]"), gamma]
        line = (
            rf"\gamma_{{{n}}} = \min(\max(@worth@, 0), 1) = @rho@",
            f"γ{n} = its worth, within 0 and 1: @worth@ gives @rho@",
        )
    else:
        numbers = _ratio_of_importance(why)
        line = (
            rf"\gamma_{{{n}}} = \frac{{r_{{{n}}}}}{{\max_j r_j}} = \frac{{@r@}}{{@largest_r@}} = @rho@",
            f"γ{n} = r{n} / the largest r = @r@ / @largest_r@ = @rho@",
        )
    words = (
        f"Under ShapFed's rule {name}'s model is moved {percent(why.ratio)} of the way from its own to the server's; "
        "no entries are left out."
    )
    return [line], numbers, words


def _some_others(why: Why) -> tuple[list[tuple[str, str]], list[Number], str]:
    n, name, scenario = why.agent + 1, agent_name(why.agent), why.scenario
    part = float(why.paying[why.agent] / why.paying.max())
    power = 1 - scenario.reward_equality
    others = int(why.is_present.sum()) - 1
    if not others:
        return *_only_ratio(why), f"Under IAFL's rule {name} is alone in this round, with nobody's update but its own."
    others_code = "trace.scenario.n_agents - 1" if why.trace.is_always_there else "trace.is_present[t].sum() - 1"
    count = math.ceil(part**power * others)
    numbers = [
        *_ratio_of_importance(why),
        Number("power", round(power, 9), "g", "round(1 - trace.scenario.reward_equality, 9)"),
        Number("others", others, "d", others_code),
        Number(
            "chosen",
            count,
            "d",
            f"int(np.ceil((r[i] / r.max()) ** (1 - trace.scenario.reward_equality) * ({others_code})))",
        ),
    ]
    if not np.isclose(why.ratio, count / others):
        return (
            [(rf"\rho_{{{n}}} = @rho@", f"ρ{n} = @rho@")],
            numbers,
            f"Under IAFL's rule the lot gave {name} the server's whole model in this round.",
        )
    line = (
        rf"\left\lceil \left(\frac{{@r@}}{{@largest_r@}}\right)^{{@power@}} \cdot @others@ \right\rceil = @chosen@,"
        rf" \quad \rho_{{{n}}} = \frac{{@chosen@}}{{@others@}} = @rho@",
        f"round up ((@r@ / @largest_r@)^@power@ · @others@) = @chosen@; ρ{n} = @chosen@ / @others@ = @rho@",
    )
    words = f"Under IAFL's rule {name} gets the mean of its own update and those of {count} of {others} others, by lot."
    return [line], numbers, words


def _told_only(why: Why) -> tuple[list[tuple[str, str]], list[Number], str]:
    choice, name = choice_of("reward_rule", why.scenario.reward_rule), agent_name(why.agent)
    worth = "" if choice.goes_by_worth else " Worth changes nothing in that."
    words = (
        f"The pay is not the paper's here but “{choice.title}”: {_lower(choice.sentence)}{worth} {name}'s reward "
        f"ratio is {percent(why.ratio)}: {choice.ratio}."
    )
    return *_only_ratio(why), words


def _only_ratio(why: Why) -> tuple[list[tuple[str, str]], list[Number]]:
    n = why.agent + 1
    number = Number("rho", why.ratio, ".3f", "now.reward_ratio[i]")
    return [(rf"\rho_{{{n}}} = @rho@", f"ρ{n} = @rho@")], [number]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
