"""Step 3 of a round: worth becomes importance."""

from __future__ import annotations

from cgs_core.figures.style import agent_name, percent
from cgs_core.reward import MIN_IMPORTANCE, SINH_MEMORY
from cgs_core.scenario import choice_of
from cgs_core.studies.why import Why
from cgs_core.words.why.parts import Number, Step, at, step
from cgs_core.words.why.update import out

_IMPORTANCE = "3. Importance: worth, slowly"
_Line = tuple[str, str]  # a formula as LaTeX and as plain text, with places for its numbers


def importance_step(why: Why) -> Step:
    """What r was, what is added, the floor, and what it is now."""
    if not why.is_active[why.agent]:
        return step("importance", _IMPORTANCE, f"{out(why)}: its importance is 0.")
    rule = why.scenario.importance_rule
    made = {"smoothed": _smoothed, "unsmoothed": _smoothed, "cffl": _stretched, "explored": _explored}.get(rule)
    lines, numbers, words = made(why) if made is not None else _own_rule(why)
    if rule != "explored" and made is not None:
        _told_of_eviction(why, lines, numbers)
    if why.is_evicted_now:
        words += (
            f" That is so little that {agent_name(why.agent)} is put out of the federation: its importance is 0 now."
        )
    return step("importance", _IMPORTANCE, words, lines, numbers, _importance_setup(why))


def _importance_setup(why: Why) -> list[str]:
    scenario = why.scenario
    imports = ["import numpy as np"]
    if not why.is_cosine or scenario.importance_rule in ("cffl", "explored"):
        imports.append("from cgs_core.reward import shares")
    if why.memory is not None:
        imports.append("from cgs_core.reward import effective_memory")
    old = "np.zeros(trace.scenario.n_agents)" if why.before is None else "trace.rounds[t - 1].importance"
    if why.log is not None or not why.trace.is_always_there:
        old = "trace.importance_before(t)"
    lines = [*imports, "", at(why.round_index, why.agent), f"now, old = trace.rounds[t], {old}"]
    is_whole = bool(why.is_active.all())
    if not is_whole and why.log is not None:
        lines.append("is_in = trace.log.is_member[t]  # the others had not joined yet, or had left")
    elif not is_whole and not why.trace.is_always_there:
        lines.append("is_in = trace.is_member[t]  # the others had not joined yet, had left or were put out")
    elif not is_whole:
        lines.append("is_in = old > 0  # the others were put out of the federation before")
    there = "" if is_whole else "[is_in]"
    if why.is_cosine:
        lines.append("earned = now.contribution")
    if not why.is_cosine or scenario.importance_rule in ("cffl", "explored"):
        name = "share" if why.is_cosine else "earned"
        if not why.is_cosine and not why.is_present.all() and why.is_present.any():
            lines.append("is_here = trace.is_present[t]  # the others sent nothing")
            lines += ["earned = np.zeros(len(old))", "earned[is_here] = shares(now.contribution[is_here])"]
        elif not why.is_cosine and not why.is_present.any():
            lines.append("earned = np.zeros(len(old))  # nobody sent anything")
        elif is_whole:
            lines.append(f"{name} = shares(now.contribution)")
        else:
            lines += [f"{name} = np.zeros(len(old))", f"{name}[is_in] = shares(now.contribution[is_in])"]
        if not why.is_cosine and not why.is_present.any():
            lines.append(f"share = np.zeros(len(old))\nshare{there or '[:]'} = shares(earned{there})")
        elif not why.is_cosine:
            lines.append("share = earned")
    if scenario.importance_rule in ("smoothed", "unsmoothed"):
        lines.append(f"alpha = {'trace.scenario.importance_smoothing' if why.smoothing else '0.0'}")
        lines.append("mixed = alpha * old + (1 - alpha) * earned")
        lines.append(f"floored = np.maximum(mixed, {MIN_IMPORTANCE:g}){there}")
    elif scenario.importance_rule == "cffl":
        lines.append("factor = 5 * (1 + t / trace.scenario.n_rounds)")
        lines.append(f"mixed = {SINH_MEMORY:g} * old + (1 - {SINH_MEMORY:g}) * share")
    return lines


def _smoothed(why: Why) -> tuple[list[_Line], list[Number], str]:
    n, low = why.agent + 1, f"{MIN_IMPORTANCE:g}"
    lines: list[_Line] = []
    worth = (rf"\psi_{{{n}}}", f"ψ{n}") if why.scenario.valuation == "cgsv_approx" else (rf"w_{{{n}}}", f"worth of {n}")
    if not why.is_cosine:
        worth = (rf"s_{{{n}}}", f"share of {n}")
        lines.append(
            (
                rf"s_{{{n}}} = \frac{{\max(w_{{{n}}}, 0)}}{{\sum_j \max(w_j, 0)}} = @earned@",
                f"share of {n} = max(worth of {n}, 0) / the sum of all such = @earned@",
            )
        )
    if why.smoothing:
        lines.append(
            (
                rf"\alpha r_{{{n}}} + (1 - \alpha) {worth[0]}"
                r" = @alpha@ \cdot @old_r@ + @rest@ \cdot @(earned)@ = @mixed@",
                f"α r{n} + (1 - α) {worth[1]} = @alpha@ · @old_r@ + @rest@ · @(earned)@ = @mixed@",
            )
        )
    mixed = "mixed" if why.smoothing else "earned"
    lines.append(
        (
            rf"r_{{{n}}} \leftarrow \frac{{\max(@{mixed}@,\, {low})}}{{\sum_j \max(\cdot\,,\, {low})}}"
            r" = \frac{@floored@}{@total@} = @new_r@",
            f"r{n} <- max(@{mixed}@, {low}) / the sum of all such = @floored@ / @total@ = @new_r@",
        )
    )
    numbers = _smoothed_numbers(why)
    if why.memory is not None:
        lines.append(_memory_line(why))
        numbers += [
            Number("sum_earned", max(float(why.all_earned.sum()), 0.0), ".3f", "max(earned.sum(), 0)"),
            Number("memory", why.memory, ".3f", "effective_memory(earned, alpha)"),
        ]
    return lines, numbers, _smoothed_sentence(why)


def _smoothed_numbers(why: Why) -> list[Number]:
    floor = f"max(mixed[i], {MIN_IMPORTANCE:g})"
    return [
        Number("old_r", why.old_importance, ".4f", "old[i]"),
        Number("alpha", why.smoothing, "g", "alpha"),
        Number("rest", round(1 - why.smoothing, 9), "g", "round(1 - alpha, 9)"),
        Number("earned", why.earned, "z.4f", "earned[i]"),
        Number("mixed", why.mixed, "z.4f", "mixed[i]"),
        Number("floored", why.floored, ".4f", floor),
        Number("total", why.floored_total, ".4f", "floored.sum()"),
        Number("new_r", float(why.raw_importance[why.agent]), ".4f", f"{floor} / floored.sum()"),
    ]


def _memory_line(why: Why) -> _Line:
    symbol = r"\psi_j" if why.scenario.valuation == "cgsv_approx" else ("w_j" if why.is_cosine else "s_j")
    return (
        rf"\text{{memory}} = \frac{{\alpha}}{{\alpha + (1 - \alpha) \sum_j {symbol}}}"
        r" = \frac{@alpha@}{@alpha@ + @rest@ \cdot @sum_earned@} = @memory@",
        "effective memory = α / (α + (1 - α) times the sum of all) = "
        "@alpha@ / (@alpha@ + @rest@ · @sum_earned@) = @memory@",
    )


def _smoothed_sentence(why: Why) -> str:
    name, new = agent_name(why.agent), float(why.raw_importance[why.agent])
    if not why.smoothing:
        words = f"{name}'s importance is its part of this round's worth alone"
    elif why.before is None:
        words = f"In the first round nothing is remembered: {name}'s importance is its part of all worth"
    else:
        went = "rose" if new > why.old_importance else "fell" if new < why.old_importance else "stayed"
        assert why.memory is not None
        words = (
            f"{name}'s importance {went} from {why.old_importance:.4f} to {new:.4f}: of the new one "
            f"{percent(why.memory)} is the past"
        )
        if abs(why.memory - why.smoothing) > 0.005:
            words += f", not the {why.smoothing:g} of α, since importances add up to 1 and worth does not"
    floor = f"; the floor of {MIN_IMPORTANCE:g} holds it up" if why.is_floored else ""
    return f"{words}{floor}."


def _stretched(why: Why) -> tuple[list[_Line], list[Number], str]:
    n = why.agent + 1
    there = "" if why.is_active.all() else "[is_in]"
    numbers = [
        Number("old_r", why.old_importance, ".4f", "old[i]"),
        Number("share", why.share, ".4f", "share[i]"),
        Number("mixed", float(why.all_remembered[why.agent]), ".4f", "mixed[i]"),
        Number("factor", why.stretch_factor, ".3f", "factor"),
        Number("new_r", float(why.raw_importance[why.agent]), ".4f",
               f"np.sinh(factor * mixed[i]) / np.sinh(factor * mixed{there}).sum()"),
    ]  # fmt: skip
    old, fresh = f"{SINH_MEMORY:g}", f"{1 - SINH_MEMORY:.1f}"
    lines = [
        (
            rf"m_{{{n}}} = {old}\, r_{{{n}}} + {fresh}\, s_{{{n}}}"
            rf" = {old} \cdot @old_r@ + {fresh} \cdot @share@ = @mixed@",
            f"m{n} = {old} r{n} + {fresh} times its share of all worth = {old} · @old_r@ + {fresh} · @share@ = @mixed@",
        ),
        (
            rf"r_{{{n}}} \leftarrow \frac{{\sinh(f\, m_{{{n}}})}}{{\sum_j \sinh(f\, m_j)}}"
            r" = \frac{\sinh(@factor@ \cdot @mixed@)}{\sum_j \sinh(@factor@\, m_j)} = @new_r@",
            f"r{n} <- sinh(f m{n}) / the sum of all such, f = @factor@: sinh(@factor@ · @mixed@) gives @new_r@",
        ),
    ]
    words = (
        f"Importance follows CFFL's rule here: {agent_name(why.agent)}'s was {why.old_importance:.4f} and becomes "
        f"{float(why.raw_importance[why.agent]):.4f}, stretched by sinh, so that a small lead grows."
    )
    return lines, numbers, words


def _explored(why: Why) -> tuple[list[_Line], list[Number], str]:
    n, name, new = why.agent + 1, agent_name(why.agent), why.importance
    new_r = Number("new_r", new, ".4f", "now.importance[i]")
    if why.round_index >= why.scenario.exploration_rounds:
        words = (
            f"{name}'s importance stays what it was after the {why.scenario.exploration_rounds} rounds of exploration: "
            f"{new:.4f}."
        )
        return [(rf"r_{{{n}}} = @new_r@", f"r{n} = @new_r@")], [new_r], words
    numbers = [
        Number("n_before", why.round_index, "d", "t"),
        Number("old_r", why.old_importance, ".4f", "old[i]"),
        Number("share", why.share, ".4f", "share[i]"),
        Number("n_now", why.round_index + 1, "d", "t + 1"),
        Number("new_r", new, ".4f", "(t * old[i] + share[i]) / (t + 1)"),
    ]
    line = (
        rf"r_{{{n}}} \leftarrow \frac{{@n_before@ \cdot @old_r@ + @share@}}{{@n_now@}} = @new_r@",
        f"r{n} <- (@n_before@ · @old_r@ + @share@) / @n_now@ = @new_r@",
    )
    words = (
        f"While there is exploration, importance is the mean of an agent's share of all worth: {new:.4f} for {name}."
    )
    return [line], numbers, words


def _own_rule(why: Why) -> tuple[list[_Line], list[Number], str]:
    n, choice = why.agent + 1, choice_of("importance_rule", why.scenario.importance_rule)
    numbers = [
        Number("old_r", why.old_importance, ".4f", "old[i]"),
        Number("new_r", why.importance, ".4f", "now.importance[i]"),
    ]
    words = f"Importance goes by a rule of another package, {choice.title}. {choice.sentence}"
    return [(rf"r_{{{n}}}: @old_r@ \rightarrow @new_r@", f"r{n}: @old_r@ -> @new_r@")], numbers, words


def _told_of_eviction(why: Why, lines: list[_Line], numbers: list[Number]) -> None:
    """Where others are put out in this round, the rest share out their importance."""
    if not why.evicted_part or why.is_evicted_now:
        return
    n = why.agent + 1
    numbers += [Number("shared_r", why.importance, ".4f", "now.importance[i]")]
    lines.append(
        (
            rf"r_{{{n}}} \leftarrow \frac{{@new_r@}}{{\sum_{{\text{{who stays}}}} r_j}} = @shared_r@",
            f"r{n} <- @new_r@ / the sum over those who are not put out in this round = @shared_r@",
        )
    )
