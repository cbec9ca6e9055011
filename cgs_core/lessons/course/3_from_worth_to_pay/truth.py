"""What is so in this lesson. Agents are counted from 0 here: Agent 4 is number 3."""

import numpy as np


def model_of_agent_4(runs):
    """Accuracy of Agent 4's final model, in percent of the best one's."""
    accuracy = runs.trace("main").rounds[-1].accuracy
    return 100 * accuracy[3] / accuracy.max()


def pay(runs):
    return {"pay": runs.trace("main").stack("reward_ratio").mean(axis=0)[3]}


def pay_and_model(runs):
    trace = runs.trace("main")
    accuracy = trace.rounds[-1].accuracy
    return pay(runs) | {
        "part": accuracy[3] / accuracy.max(),
        "model": accuracy[3],
        "best": accuracy.max(),
        "length": trace.stack("reward_length").mean(axis=0)[3],
    }


def at_chosen(runs):
    trace = runs.trace("chosen")
    last, pay = trace.rounds[-1], trace.stack("reward_ratio").mean(axis=0)
    return {
        "pay_4": pay[3],
        "pay_5": pay[4],
        "model_1": last.accuracy[0],
        "model_4": last.accuracy[3],
        "model_5": last.accuracy[4],
        "gain": (last.accuracy - last.standalone_accuracy).mean(),
    }


def giving_costs_nothing(runs):
    """At β = infinity the best model is at most 2 points below the best at β = 1."""
    before, after = (runs.trace(name).rounds[-1].accuracy.max() for name in ("main", "everything"))
    return after - before + 0.02


def of_the_dial(runs):
    before, after = (runs.trace(name).rounds[-1].accuracy for name in ("main", "everything"))
    return {
        "moved": most_moved(runs),
        "weakest_before": before.min(),
        "weakest": after.min(),
        "best_before": before.max(),
        "best": after.max(),
    }


def the_dial_hardly_turns(runs):
    """From β = 0.1 to 2 nobody's pay moves by 5 points."""
    return 0.05 - most_moved(runs)


def most_moved(runs):
    strict, two = (runs.trace(name).stack("reward_ratio").mean(axis=0) for name in ("strict", "two"))
    return np.abs(two - strict).max()
