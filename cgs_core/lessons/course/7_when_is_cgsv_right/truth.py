"""What is so in this lesson: CGSV beside the Shapley values of the coalitions' accuracies, scenario by scenario."""

import numpy as np

LINES = ("noisy", "sizes", "noise", "classes", "unique", "colluders", "echo")
BORDER = 0.6  # of the correlation, as in lesson.toml: above it CGSV is called right


def correlations(runs):
    return {name: correlation(runs, name) for name in LINES}


def of_the_card(runs):
    """How many lines are right, the least r of these, and the largest of the others."""
    values = correlations(runs).values()
    right, wrong = [one for one in values if one > BORDER], [one for one in values if one <= BORDER]
    return {
        "right": len(right),
        "all": len(LINES),
        "least_right": min(right, default=1),
        "most_wrong": max(wrong, default=-1),
    }


def correlation(runs, name):
    """Worth (mean over the rounds) with the retrained Shapley values, over the agents."""
    worth = runs.trace(name).stack("contribution").mean(axis=0)
    return np.corrcoef(worth, runs.game(name).shapley())[0, 1]


def of_giant(runs):
    last = runs.trace("giant").rounds[-1]
    return {"gets": last.accuracy[0], "alone": last.standalone_accuracy[0]}


def right_and_yet_a_loser(runs):
    """The giant is worth most by both values, r is above the border, and it ends clearly below training alone."""
    trace, facts = runs.trace("giant"), of_giant(runs)
    is_lost = not trace.same_models()[0, trace.scenario.n_agents]
    is_first = trace.stack("contribution").mean(axis=0).argmax() == runs.game("giant").shapley().argmax() == 0
    loss = facts["alone"] - facts["gets"] if is_lost and is_first else -1.0
    return min(loss, correlation(runs, "giant") - BORDER)
