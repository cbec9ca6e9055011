"""The five steps of an agent over all rounds so far: means, and where importance and model came to."""

from __future__ import annotations

import numpy as np

from cgs_core.figures.style import agent_name, percent
from cgs_core.figures.worth import worth_text
from cgs_core.records.trace import EVICTING
from cgs_core.scenario import choice_of
from cgs_core.scenario.presence import rounds_in_words
from cgs_core.studies.why_rounds import WhyAll
from cgs_core.words.why.parts import Number, Step, step, sum_of
from cgs_core.words.why.pay import carried
from cgs_core.words.written import gain_points


def all_steps(why: WhyAll) -> tuple[Step, ...]:
    """The five; of a log the four that need no model."""
    steps = _update(why), _worth(why), _importance(why), _pay(why)
    return steps if why.last.log is not None else (*steps, _model(why))


def _setup(why: WhyAll, *lines: str) -> list[str]:
    n = why.agent
    return ["import numpy as np", "", f"i = {n}  # Agent {n + 1}: Python counts from 0", *lines]


def _there(why: WhyAll) -> str:
    """Of a program: the rounds that a mean is over."""
    return ":" if why.is_over_all else "trace.is_present[:, i]"


def _when(why: WhyAll) -> str:
    """The same in words."""
    return f"{why.n_rounds} rounds" if why.is_over_all else rounds_in_words(why.is_present)


def _update(why: WhyAll) -> Step:
    n, name, title = why.agent + 1, agent_name(why.agent), "1. Update: what it sends"
    lines, numbers = [], []
    setup = ["psi = trace.contribution_approx[:, i]", "gram = trace.gram[:, i, i]"]
    there = why.is_present
    if why.trained_lengths is not None and why.sent_lengths is not None and there.any():
        tex, text, found = sum_of("trained", why.trained_lengths[there].tolist(), ".4g", "trained")
        lines.append((rf"\overline{{\lVert \Delta w_{{{n}}} \rVert}} = {tex}", f"mean |Δw{n}| = {text}"))
        numbers += found
        sent = why.sent_lengths[there]
        numbers += [
            Number("least_sent", float(sent.min()), ".4g", "sent.min()"),
            Number("most_sent", float(sent.max()), ".4g", "sent.max()"),
        ]
        if numbers[-1].text == numbers[-2].text:
            lines.append((rf"\lVert u_{{{n}}} \rVert = @most_sent@", f"|u{n}| = @most_sent@ in every round"))
        else:
            lines.append(
                (rf"@least_sent@ \le \lVert u_{{{n}}} \rVert \le @most_sent@", f"@least_sent@ ≤ |u{n}| ≤ @most_sent@")
            )
        setup += [
            'trained, weight = trace.stack("update_length")[:, i], trace.stack("weight")[:, i]',
            "sent = np.divide(np.sqrt(gram), weight, out=np.zeros(len(gram)), where=weight > 0)",
        ]
        if not there.all():
            presence = "trace.is_present" if why.last.log is None else "trace.log.is_present"
            setup.append(f"there = {presence}[:, i]  # the rounds in which it sent something")
            setup.append("trained, sent = trained[there], sent[there]")
    is_there = np.sqrt(np.maximum(why.trace.gram[:, why.agent, why.agent], 0)) > 0
    if is_there.any():
        angle = float(np.degrees(np.arccos(why.cosines[is_there])).mean())
        numbers.append(Number("angle", angle, ".1f", "np.degrees(np.arccos(psi[gram > 0])).mean()"))
        lines.append(
            (
                rf"\overline{{\angle(u_{{{n}}}, u_N)}} = @angle@^\circ",
                f"mean angle(u{n}, u_N) = @angle@ degrees",
            )
        )
        words = f"On average {name}'s update points {angle:.1f}° away from what all sent together."
    else:
        words = f"{name} has sent nothing that has a direction."
    if why.n_absent and why.last.log is None:
        words += (
            f" It was there in {rounds_in_words(why.is_present)}; where it was not, it is worth 0 and gets nothing."
        )
    elif why.n_absent:
        words += f" In {why.n_absent} of {why.n_rounds} rounds it sent nothing: it was absent, or no member."
    if why.n_zero:
        words += f" In {why.n_zero} of {why.n_rounds} rounds it uploaded nothing."
    conduct = why.scenario.full_agents[why.agent].conduct
    if conduct != "honest":
        choice = choice_of("conduct", conduct)
        words = f"{name}'s conduct is {choice.title}: {_lower(choice.sentence)} {words}"
    return step("update", title, words, lines, numbers, _setup(why, *setup))


def _worth(why: WhyAll) -> Step:
    n, name, kind = why.agent + 1, agent_name(why.agent), why.scenario.valuation
    choice, text = choice_of("valuation", kind), worth_text(why.trace)
    worths, when = why.where_there("contribution"), _when(why)
    symbol = {"cgsv_approx": (r"\psi", "ψ"), "cgsv_exact": (r"\varphi", "φ")}.get(kind, ("w", "worth of "))
    spec = "z.3f" if choice.unit == "cosine" else "z.4g"
    tex, line, numbers = sum_of("worth", worths.tolist(), spec, "worth")
    lines = [(rf"\overline{{{symbol[0]}}}_{{{n}}} = {tex}", f"mean {symbol[1]}{n} = {line}")]
    setup = [f'worth = trace.stack("contribution")[{_there(why)}, i]']
    told = text.named(float(worths.mean()))
    if kind == "cgsv_approx":
        words = f"Mean over {when}, {name} is worth {told}: how far it agrees with all; that drives its pay."
        if (exact := why.trace.contribution_exact) is not None:
            phi = float(exact[why.rounds_there, why.agent].mean())
            numbers.append(Number("mean_phi", phi, "z.3f", f"trace.contribution_exact[{_there(why)}, i].mean()"))
            lines.append((rf"\overline{{\varphi}}_{{{n}}} = @mean_phi@", f"mean φ{n} = @mean_phi@"))
            words += f" Its Shapley value φ is {numbers[-1].words}, of 1 in all."
    elif kind == "cgsv_exact":
        words = f"Mean over {when}, {name} is worth {told}, its Shapley value; that drives its pay."
    else:
        words = (
            f"Worth is another value here than the paper's: {choice.title}. {choice.sentence} Mean over "
            f"{when} it gives {name} {told}."
        )
    return step("worth", "2. Worth: how much that agrees", words, lines, numbers, _setup(why, *setup))


def _importance(why: WhyAll) -> Step:
    n, name = why.agent + 1, agent_name(why.agent)
    values = why.of_rounds("importance")
    numbers = [
        Number("first_r", float(values[0]), ".4f", "r[0]"),
        Number("last_r", float(values[-1]), ".4f", "r[-1]"),
        Number("n_rounds", why.n_rounds, "d", "len(r)"),
        Number("mean_r", float(values.mean()), ".4f", "r.mean()"),
    ]
    lines = [
        (
            rf"r_{{{n}}}: @first_r@ \xrightarrow{{@n_rounds@ \text{{ rounds}}}} @last_r@",
            f"r{n}: @first_r@ after round 1, @last_r@ after round @n_rounds@",
        ),
        (rf"\overline{{r}}_{{{n}}} = @mean_r@", f"mean r{n} = @mean_r@"),
    ]
    setup = ['r = trace.stack("importance")[:, i]']
    words = (
        f"{name}'s importance was {values[0]:.4f} after the first round and is {values[-1]:.4f} after round "
        f"{why.n_rounds}"
    )
    if (memories := why.memories) is not None:
        memory = float(memories.mean())
        earned = "trace.rounds[t].contribution" if why.last.is_cosine else "shares(trace.rounds[t].contribution)"
        names = "effective_memory" if why.last.is_cosine else "effective_memory, shares"
        setup = [
            f"from cgs_core.reward import {names}",
            "",
            *setup,
            "alpha = trace.scenario.importance_smoothing",
            f"memory = np.array([effective_memory({earned}, alpha) for t in range(1, trace.n_rounds)])",
        ]
        numbers.append(Number("memory", memory, ".3f", "memory.mean()"))
        lines.append((r"\overline{\text{memory}} = @memory@", "effective memory, mean = @memory@"))
        words += f"; of each new one {percent(memory)} is the past on average"
    if why.n_floored:
        words += f"; in {why.n_floored} rounds the floor held it up"
    is_out = why.last.is_evicted_before or why.last.is_evicted_now or why.last.log is not None
    if why.scenario.reward_rule in EVICTING and values[-1] == 0 and is_out:
        last = int(np.flatnonzero(values > 0).max() + 2) if values.any() else 1
        words += f"; in round {last} it was put out of the federation"
    return step("importance", "3. Importance: worth, slowly", f"{words}.", lines, numbers, _setup(why, *setup))


def _pay(why: WhyAll) -> Step:
    n, name = why.agent + 1, agent_name(why.agent)
    choice = choice_of("reward_rule", why.scenario.reward_rule)
    ratios, lengths = why.where_there("reward_ratio"), why.lengths
    tex, line, numbers = sum_of("rho", ratios.tolist(), ".3f", "rho")
    lines = [(rf"\overline{{\rho}}_{{{n}}} = {tex}", f"mean ρ{n} = {line}")]
    there = _there(why)
    setup = [f'rho = trace.stack("reward_ratio")[{there}, i]']
    if lengths is not None:
        lengths = lengths[why.rounds_there]
        setup = [f'rho, length = trace.stack("reward_ratio")[{there}, i], trace.stack("reward_length")[{there}, i]']
        numbers.append(Number("length", float(lengths.mean()), ".3f", "length.mean()"))
        lines.append(
            (
                rf"\overline{{\lVert v_{{{n}}} \rVert / \lVert u_N \rVert}} = @length@",
                f"mean |v{n}| / |u_N| = @length@",
            )
        )
    if choice.counts_entries and ratios.min() == 1:
        words = f"{name} is paid all of what was sent together, in every round."
    elif choice.counts_entries:
        words = f"On average {name} is paid {percent(ratios.mean())} of the entries of what all sent together" + (
            "."
            if lengths is None
            else f"; being the largest, they carry {carried(float(lengths.mean()))} of its length."
        )
    else:
        worth = "" if choice.goes_by_worth else " Worth changes nothing in that."
        words = (
            f"The pay is not the paper's here but “{choice.title}”: {_lower(choice.sentence)}{worth} {name}'s reward "
            f"ratio is {percent(ratios.mean())} on average: {choice.ratio}."
        )
    return step("pay", "4. Pay: how much comes back", words, lines, numbers, _setup(why, *setup))


def _model(why: WhyAll) -> Step:
    name, last = agent_name(why.agent), why.last
    gain = last.accuracy - last.alone
    numbers = [
        Number("first", why.first.accuracy, ".1%", "trace.rounds[0].accuracy[i]"),
        Number("after", last.accuracy, ".1%", "last.accuracy[i]"),
        Number("n_rounds", why.n_rounds, "d", "trace.n_rounds"),
        Number("alone", last.alone, ".1%", "last.standalone_accuracy[i]"),
        Number("gain", 100 * gain, "+.1f", "100 * (last.accuracy[i] - last.standalone_accuracy[i])"),
        Number("fedavg", last.fedavg, ".1%", "last.fedavg_accuracy"),
    ]
    lines = [
        (
            r"@first@ \xrightarrow{@n_rounds@ \text{ rounds}} @after@",
            "@first@ right after round 1, @after@ after round @n_rounds@",
        ),
        (
            r"@after@ - @alone@ = @gain@ \text{ points}, \quad \text{FedAvg } @fedavg@",
            "with the others - alone = @after@ - @alone@ = @gain@ points; FedAvg @fedavg@",
        ),
    ]
    same = bool(why.trace.same_models()[why.agent, why.scenario.n_agents + why.agent])
    told = ", which the test does not tell apart" if same else f": joining brought {gain_points(gain)} points"
    words = f"{name} ends with {percent(last.accuracy, 1)} right; alone it has {percent(last.alone, 1)}{told}."
    if not why.trace.is_complete:
        words = words.replace("ends with", f"has, after {why.n_rounds} of {why.scenario.n_rounds} rounds,", 1)
    return step("model", "5. Model: what it gets", words, lines, numbers, _setup(why, "last = trace.rounds[-1]"))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
