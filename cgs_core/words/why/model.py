"""Step 5 of a round: the model that an agent has after it."""

from __future__ import annotations

from cgs_core.figures.style import agent_name, percent
from cgs_core.studies.why import Why
from cgs_core.words.why.parts import Number, Step, at, step
from cgs_core.words.written import gain_points

_MODEL = "5. Model: what it gets"


def model_step(why: Why) -> Step:
    """How good its model was before and after, and what it would have had alone."""
    n, name = why.agent + 1, agent_name(why.agent)
    before = why.accuracy_before
    gain = why.accuracy - why.alone
    numbers = [
        Number("after", why.accuracy, ".1%", "now.accuracy[i]"),
        Number("alone", why.alone, ".1%", "now.standalone_accuracy[i]"),
        Number("gain", 100 * gain, "+.1f", "100 * (now.accuracy[i] - now.standalone_accuracy[i])"),
        Number("fedavg", why.fedavg, ".1%", "now.fedavg_accuracy"),
    ]
    is_in = bool(why.is_active[why.agent])
    change = (rf"w_{{{n}}} \leftarrow w_{{{n}}} + v_{{{n}}}", f"w{n} <- w{n} + v{n}")
    rests = not why.is_present[why.agent] and not why.is_evicted_before
    if rests:
        change = (rf"w_{{{n}}} \leftarrow w_{{{n}}}", f"w{n} <- w{n}")
    elif not is_in:
        change = (rf"w_{{{n}}} \leftarrow w_{{{n}}} + \Delta w_{{{n}}}", f"w{n} <- w{n} + Δw{n}")
    if before is None:
        lines = [(f"{change[0]}: \\quad @after@", f"{change[1]}: @after@ right")]
        words = f"{name}'s first model gets {_percent(why.accuracy)} right"
    else:
        numbers.append(Number("before", before, ".1%", "trace.rounds[t - 1].accuracy[i]"))
        lines = [
            (
                rf"{change[0]}: \quad @before@ \rightarrow @after@",
                f"{change[1]}: @before@ right before, @after@ after",
            )
        ]
        words = f"With that {name}'s model goes from {_percent(before)} right to {_percent(why.accuracy)}"
        if rests:
            words = f"{name}'s model stays as it was, {_percent(why.accuracy)} right"
    lines.append(
        (
            r"@after@ - @alone@ = @gain@ \text{ points}, \quad \text{FedAvg } @fedavg@",
            "with the others - alone = @after@ - @alone@ = @gain@ points; FedAvg @fedavg@",
        )
    )
    same = bool(why.trace.same_models(why.round_index)[why.agent, why.scenario.n_agents + why.agent])
    if same:
        ended = f"alone it would have {_percent(why.alone)}, which the test does not tell apart."
    else:
        ended = f"alone it would have {_percent(why.alone)}: joining is {gain_points(gain)} points so far."
    setup = [at(why.round_index, why.agent), "now = trace.rounds[t]"]
    return step("model", _MODEL, f"{words}; {ended}", lines, numbers, setup)


def _percent(value: float) -> str:
    return percent(value, 1)
