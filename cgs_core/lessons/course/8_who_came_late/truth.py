"""What is so in this lesson. Agents are counted from 0 here: Agent 5, who comes late, is number 4."""


def first(runs):
    """The index of the round in which Agent 5 comes."""
    return runs.scenario("main").agents[4].joins - 1


def first_pay(runs, name="main"):
    """What Agent 5 is paid in its first round, in percent of the shared update."""
    return 100 * runs.trace(name).rounds[first(runs)].reward_ratio[4]


def first_round(runs):
    trace, at = runs.trace("main"), first(runs)
    worth, pay = trace.rounds[at].contribution, trace.stack("reward_ratio")[at:, 4]
    half = int((pay >= 0.5).argmax()) + 1 if (pay >= 0.5).any() else len(pay)
    return {"worth": worth[4], "others": worth[:4].mean(), "pay": pay[0], "half": half}


def at_chosen(runs):
    trace = runs.trace("chosen")
    accuracy, weight = trace.rounds[-1].accuracy, trace.stack("weight")[first(runs) :]
    return {
        "first_pay": first_pay(runs, "chosen") / 100,
        "weight": (weight[:, 4] / weight.sum(axis=1)).mean(),
        "late": accuracy[4],
        "others": accuracy[:4].mean(),
    }


def the_start_matters_most(runs):
    """Handed the server's model Agent 5 ends better than paid everything, by over 5 points."""
    given, paid = (runs.trace(name).rounds[-1].accuracy[4] for name in ("fedavg", "everything"))
    return given - paid - 0.05


def of_newcomer(runs):
    last = runs.trace("main").rounds[-1]
    return {
        "paid": first_pay(runs) / 100,
        "late": last.accuracy[4],
        "everything": runs.trace("everything").rounds[-1].accuracy[4],
        "alone": last.standalone_accuracy[4],
    }


def pay_is_not_the_cause(runs):
    """Paid everything, Agent 5 still ends below training alone, by over 2 points."""
    facts = of_newcomer(runs)
    return facts["alone"] - facts["everything"] - 0.02
