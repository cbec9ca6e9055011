"""What is so in this lesson. Agents are counted from 0 here: Agent 5 is number 4."""

import numpy as np

CHANCE = 4.6  # points: two models at 95 % on 360 test samples must be so far apart to be called different


def gain(runs, name="main"):
    last = runs.trace(name).rounds[-1]
    return last.accuracy - last.standalone_accuracy


def loss_in_points(runs):
    """How many points each ends below training alone; "nobody" stands for a difference that may be chance."""
    loss = -100 * gain(runs)
    return {"1": loss[0], "3": loss[2], "4": loss[3], "5": loss[4], "nobody": CHANCE}


def gains(runs):
    last = runs.trace().rounds[-1]
    return {"all": listed(gain(runs)), "alone": last.standalone_accuracy[4], "gets": last.accuracy[4]}


def at_chosen(runs):
    accuracy = runs.trace("chosen").rounds[-1].accuracy
    return {"all": listed(gain(runs, "chosen")), "least": accuracy.min(), "most": accuracy.max()}


def others_lose_less(runs):
    """Under q-FFL and the rule that is never worse nobody ends 5 points below training alone."""
    return min(gain(runs, "q_ffl").min(), gain(runs, "never_worse").min()) + 0.05


def pay_and_loss(runs):
    trace = runs.trace()
    worth, pay = (trace.stack(name).mean(axis=0) for name in ("contribution", "reward_ratio"))
    return {"r": np.corrcoef(worth, pay)[0, 1], "loss": -100 * gain(runs)[4]}


def fair_and_yet_a_loser(runs):
    """r above 0.95, and Agent 5 loses more than 10 points."""
    facts = pay_and_loss(runs)
    return min(facts["r"] - 0.95, (facts["loss"] - 10) / 100)


def listed(gains):
    return ", ".join(f"{round(100 * one):+d}" for one in gains).replace("-", "−").replace("+0", "0")
