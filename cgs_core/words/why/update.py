"""Steps 1 and 2 of a round: the update that an agent sent, and what that was worth."""

from __future__ import annotations

from cgs_core.figures.style import agent_name
from cgs_core.figures.worth import worth_text
from cgs_core.scenario import choice_of
from cgs_core.studies.why import Why
from cgs_core.words.why.parts import Number, Step, at, step, terms_shown, with_dots

_UPDATE, _WORTH = "1. Update: what it sends", "2. Worth: how much that agrees"

_OUT = "It was put out of the federation in an earlier round and trains by itself"
_NO_MEMBER = "It was no member of the federation in this round"


def out(why: Why) -> str:
    """Why an agent that is not active takes no part: the beginning of a sentence."""
    if why.log is not None:
        return _NO_MEMBER
    if why.is_evicted_before:
        return _OUT
    has_left = why.round_index + 1 > why.scenario.full_agents[why.agent].joins
    return "It had left the federation before this round" if has_left else "It had not joined the federation yet"


def update_step(why: Why) -> Step:
    """How far it trained, how long what it sent was, and how far that pointed from what all sent together."""
    sentence = _update_sentence(why)
    if not why.takes_part:
        return step("update", _UPDATE, sentence)
    n = why.agent + 1
    lines, numbers = _lengths(why)
    if (angle := why.angle) is not None:
        inner = _inner_numbers(why)
        lines.append(
            (
                rf"\angle(u_{{{n}}}, u_N) = \arccos \psi_{{{n}}} = @angle@^\circ",
                f"angle(u{n}, u_N) = arccos ψ{n} = @angle@ degrees",
            )
        )
        numbers += [*inner, Number("angle", angle, ".1f", "np.degrees(np.arccos(psi[i]))")]
    return step("update", _UPDATE, sentence, lines, numbers, _setup(why))


def _setup(why: Why) -> list[str]:
    return [
        "import numpy as np",
        "",
        at(why.round_index, why.agent),
        "now, gram = trace.rounds[t], trace.rounds[t].gram",
        "psi = trace.contribution_approx[t]",
    ]


def _lengths(why: Why) -> tuple[list[tuple[str, str]], list[Number]]:
    """How the length that was trained became the one that was sent; by what the trace has kept."""
    n, scaling, is_honest = why.agent + 1, why.scenario.upload_scaling, _is_honest(why)
    weighted = Number("weighted_length", why.weighted_length, ".4g", "np.sqrt(gram[i, i])")
    if why.sent_length is None or why.trained_length is None or why.weight is None:
        line = (rf"\lVert a_{{{n}}} u_{{{n}}} \rVert = @weighted_length@", f"|a{n} u{n}| = @weighted_length@")
        return [line], [weighted]
    numbers = [
        Number("trained_length", why.trained_length, ".4g", "now.update_length[i]"),
        Number("sent_length", why.sent_length, ".4g", "np.sqrt(gram[i, i]) / now.weight[i]"),
        Number("gamma", why.scenario.update_norm, "g", "trace.scenario.update_norm"),
    ]
    trained, sent = (rf"\lVert \Delta w_{{{n}}} \rVert", f"|Δw{n}|"), (rf"\lVert u_{{{n}}} \rVert", f"|u{n}|")
    if not is_honest:
        return [
            (rf"{trained[0]} = @trained_length@", f"{trained[1]} = @trained_length@"),
            (rf"{sent[0]} = @sent_length@", f"{sent[1]} = @sent_length@"),
        ], numbers
    tiny = (r"10^{-7}", "1e-7")
    if scaling == "to_norm":
        line = (
            rf"{sent[0]} = \Gamma \frac{{{trained[0]}}}{{{trained[0]} + {tiny[0]}}}"
            rf" = @gamma@ \cdot \frac{{@trained_length@}}{{@trained_length@ + {tiny[0]}}} = @sent_length@",
            f"{sent[1]} = Γ {trained[1]} / ({trained[1]} + {tiny[1]}) = @gamma@ · @trained_length@ / "
            f"(@trained_length@ + {tiny[1]}) = @sent_length@",
        )
    elif scaling == "at_most_norm":
        line = (
            rf"{sent[0]} = \min({trained[0]}, \Gamma) = \min(@trained_length@, @gamma@) = @sent_length@",
            f"{sent[1]} = min({trained[1]}, Γ) = min(@trained_length@, @gamma@) = @sent_length@",
        )
    elif scaling == "clipped_entries":
        line = (
            rf"{trained[0]} = @trained_length@, \quad {sent[0]} = @sent_length@",
            f"{trained[1]} = @trained_length@, {sent[1]} = @sent_length@",
        )
    else:
        line = (
            rf"{sent[0]} = {trained[0]} = @trained_length@",
            f"{sent[1]} = {trained[1]} = @trained_length@",
        )
    return [line], numbers


def _is_honest(why: Why) -> bool:
    """Whether it sent what it learnt."""
    return why.scenario.full_agents[why.agent].conduct in ("honest", "overstater")


def _update_sentence(why: Why) -> str:
    name = agent_name(why.agent)
    if not why.is_active[why.agent]:
        return f"{out(why)}: nothing of {name} is added up."
    if why.is_on_the_way:
        return f"Nothing of {name} came in this round: what it learns comes {_rounds(why)} later."
    if why.is_absent and why.log is None:
        return f"{name} was not drawn for this round: it sent nothing, and that is not its doing."
    if why.is_absent:
        return f"{name} was absent in this round: it sent nothing that counted."
    if why.is_waiting:
        return f"{name} was not drawn for this round: its upload weighs nothing, and what it did is not kept."
    conduct = why.scenario.full_agents[why.agent].conduct
    choice = choice_of("conduct", conduct)
    is_what = "" if conduct == "honest" else f"{name}'s conduct is {choice.title}: {_lower(choice.sentence)} "
    if why.is_zero and why.log is not None:
        return f"{name} uploaded nothing but zeros. A zero update has no direction."
    if why.is_zero:
        return (
            f"{is_what}{name} uploaded nothing: its training left the range of numbers, or had nothing left to "
            "change. A zero update has no direction."
        )
    since = f" It sent what it learnt {_rounds(why)} ago." if why.delay else ""
    begun = f" {name} was not there in the round before, and began with the server's model." * why.begins_with_server
    return f"{is_what}{_length_words(why, name)}{since} {_direction_words(why)}{begun}"


def _rounds(why: Why) -> str:
    return "a round" if why.delay == 1 else f"{why.delay} rounds"


def _length_words(why: Why, name: str) -> str:
    trained, sent, gamma = why.trained_length, why.sent_length, why.scenario.update_norm
    if trained is None or sent is None:
        where = "in this older run" if why.log is None else "in the log"
        return f"How far it trained is not recorded {where}."
    went = f"{name}'s training went {trained:.4g} far;"
    if not _is_honest(why):
        return f"{went} what it sent in the place of that is {sent:.4g} long."
    scaling = why.scenario.upload_scaling
    if scaling == "as_trained":
        return f"{went} its update was sent just so long."
    if scaling == "clipped_entries":
        return f"{went} every entry was cut to 0.01 at most, which leaves a length of {sent:.4g}."
    if scaling == "at_most_norm" and trained <= gamma:
        return f"{went} that is no more than Γ = {gamma:g}, so it was sent as it is."
    verb = "cut" if trained > gamma else "stretched"
    alike = " like everybody's: only its direction counts" if scaling == "to_norm" else ""
    return f"{went} the update was {verb} to Γ = {gamma:g}{alike}."


def _direction_words(why: Why) -> str:
    if why.angle is None:
        return "The sum of all has no direction: the updates cancel."
    against = "" if why.angle <= 90 else ", more against it than with it"
    return f"It points {why.angle:.1f}° away from what all sent together{against}."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


# -- worth -------------------------------------------------------------------------------------------------------


def worth_step(why: Why) -> Step:
    """psi and phi where they drive the run, another value as what it is."""
    if not why.is_active[why.agent]:
        return step("worth", _WORTH, f"{out(why)}: it is not valued.")
    if why.is_absent:
        return step("worth", _WORTH, f"{agent_name(why.agent)} was absent: it is worth 0 in this round.")
    kind = why.scenario.valuation
    if kind == "cgsv_approx":
        return _cosine_step(why)
    if why.size_weights is not None:
        return _semivalue_step(why)
    return _other_step(why)


def _inner_numbers(why: Why) -> list[Number]:
    return [
        Number("inner", why.inner, "z.4g", "gram[i].sum()"),
        Number("own_length", why.weighted_length, ".4g", "np.sqrt(gram[i, i])"),
        Number("all_length", why.aggregate_length, ".4g", "np.sqrt(gram.sum())"),
        Number("psi", why.cosine, "z.3f", "psi[i]"),
    ]


def _cosine_step(why: Why) -> Step:
    n = why.agent + 1
    lines, numbers = [], _inner_numbers(why)
    if why.angle is not None:
        angle = Number("angle", why.angle, ".1f", "np.degrees(np.arccos(psi[i]))")
        numbers.append(angle)
        lines.append(
            (
                rf"\psi_{{{n}}} = \cos(u_{{{n}}}, u_N) = \frac{{\langle a_{{{n}}} u_{{{n}}}, u_N \rangle}}"
                rf"{{\lVert a_{{{n}}} u_{{{n}}} \rVert \, \lVert u_N \rVert}}"
                r" = \frac{@inner@}{@own_length@ \cdot @all_length@} = \cos @angle@^\circ = @psi@",
                f"ψ{n} = cos(u{n}, u_N) = <a{n} u{n}, u_N> / (|a{n} u{n}| |u_N|) = "
                "@inner@ / (@own_length@ · @all_length@) = cos @angle@° = @psi@",
            )
        )
    else:
        lines.append((rf"\psi_{{{n}}} = @psi@", f"ψ{n} = @psi@"))
    setup = _setup(why)
    if why.size_weights is not None:
        line, more = _mean_over_sizes(why, "phi")
        lines.append(line)
        numbers += more
        setup = [*setup, *_table_setup()]
    elif why.exact is not None:
        lines.append((rf"\varphi_{{{n}}} = @phi@", f"φ{n} = @phi@"))
        numbers.append(Number("phi", why.exact, "z.3f", "now.contribution_exact[i]"))
    return step("worth", _WORTH, _cosine_sentence(why), lines, numbers, setup)


def _cosine_sentence(why: Why) -> str:
    name = agent_name(why.agent)
    if why.angle is None:
        return f"There is no direction to compare, so {name} is worth 0 in this round."
    if why.cosine >= 0:
        words = f"The smaller the angle, the more it agrees: {name} is worth the cosine of {why.angle:.1f}°"
    else:
        words = (
            f"{name} points away from what all sent together, so its worth is negative: the cosine of {why.angle:.1f}°"
        )
    words += f", ψ = {_signed(why.cosine)}, which drives its pay."
    if why.exact is None:
        many = "Of more than 24 agents" if why.log is None else "Of so many coalitions in all rounds"
        return f"{words} {many} its Shapley value φ is not computed."
    what = "the mean of what it adds over all orders of joining" if why.marginals is not None else "its Shapley value"
    return f"{words} φ, {what}, is {_signed(why.exact)}; ψ is what it adds where nobody is before it."


def _mean_over_sizes(why: Why, symbol: str) -> tuple[tuple[str, str], list[Number]]:
    """What it adds to coalitions of each size of others, and the mean of that."""
    assert why.marginals is not None and why.size_weights is not None
    n, count, marginals = why.agent + 1, why.scenario.n_agents, why.marginals
    is_plain = why.scenario.valuation in ("cgsv_approx", "cgsv_exact")
    sizes = terms_shown(count)
    numbers = [Number(f"adds_to_{size}", float(marginals[size]), "z.3f", f"adds[i, {size}]") for size in sizes]
    total = Number(symbol, float(marginals @ why.size_weights), "z.3f", "adds[i] @ weights")
    told = "a term for 0, 1, ... others there before it"
    if is_plain:
        terms = " + ".join(with_dots([f"@({one.name})@" for one in numbers], count))
        tex = (
            rf"\varphi_{{{n}}} = \frac{{1}}{{N}} \sum_{{s=0}}^{{N-1}} \overline{{v(S + {n}) - v(S)}}_{{|S| = s}}"
            rf" = \tfrac{{1}}{{{count}}} \left({terms}\right) = @{symbol}@"
        )
        return (tex.replace("…", r"\dots"), f"φ{n} = 1/{count} ({terms}) = @{symbol}@, {told}"), [*numbers, total]
    weights = [Number(f"weight_{size}", float(why.size_weights[size]), "z.3f", f"weights[{size}]") for size in sizes]
    pairs = zip(weights, numbers, strict=True)
    terms = " + ".join(with_dots([f"@{weight.name}@ · @({one.name})@" for weight, one in pairs], count))
    tex = (
        rf"w_{{{n}}} = \sum_{{s=0}}^{{N-1}} p(s) \, \overline{{v(S + {n}) - v(S)}}_{{|S| = s}}"
        rf" = {_down(terms)} = @{symbol}@"
    )
    return (tex, f"worth of {n} = {terms} = @{symbol}@, {told}"), [*numbers, *weights, total]


def _down(terms: str) -> str:
    """A sum of products in TeX, a term a line."""
    return terms.replace("·", r"\cdot").replace("…", r"\dots").replace(" + ", r" \\ &\quad + ")


def _table_setup(kind: str = "cgsv_exact") -> list[str]:
    make = {
        "banzhaf": ("banzhaf_weights", "banzhaf_weights(len(gram))"),
        "beta_shapley": ("beta_weights", "beta_weights(len(gram), 4, 1)"),
    }.get(kind, ("shapley_weights", "shapley_weights(len(gram))"))
    return [
        f"from cgs_core.contribution import coalition_values, mean_marginals_by_size, {make[0]}",
        "",
        "adds = mean_marginals_by_size(coalition_values(gram))  # [agent, how many others are there before it]",
        f"weights = {make[1]}  # of the sizes",
    ]


def _semivalue_step(why: Why) -> Step:
    choice = choice_of("valuation", why.scenario.valuation)
    line, numbers = _mean_over_sizes(why, "worth")
    is_exact = why.scenario.valuation == "cgsv_exact"
    name = agent_name(why.agent)
    words = (
        f"{name} is worth what it adds to the agreement with all, mean over all orders of joining: "
        f"φ = {_signed(why.worth)}, which drives its pay."
        if is_exact
        else f"Worth is another value here than the paper's: {choice.title}. {choice.sentence} It gives {name} "
        f"{_signed(why.worth)}; the paper's ψ would be {_signed(why.cosine)}."
    )
    return step("worth", _WORTH, words, [line], numbers, [*_setup(why), *_table_setup(why.scenario.valuation)])


def _other_step(why: Why) -> Step:
    """A value whose parts are not all recorded: what it is, and what it came to."""
    n, choice, text = why.agent + 1, choice_of("valuation", why.scenario.valuation), worth_text(why.trace)
    name = agent_name(why.agent)
    what = (
        "Worth is the CGSV here"
        if why.scenario.valuation == "cgsv_exact"
        else f"Worth is another value here than the paper's: {choice.title}"
    )
    words = f"{what}. {choice.sentence} In this round it gives {name} {text.named(why.worth)}."
    if why.scenario.valuation != "cgsv_exact":
        words += f" The paper's ψ would be {_signed(why.cosine)}."
    number = Number("worth", why.worth, "z.4g", "now.contribution[i]")
    return step("worth", _WORTH, words, [(rf"w_{{{n}}} = @worth@", f"worth of {n} = @worth@")], [number], _setup(why))


def _signed(value: float) -> str:
    return Number("", value, "z.3f", "").words
