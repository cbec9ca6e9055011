"""What is so in this lesson. Who cheats is read from the scenario: its conduct, wrong labels, or whom it copies."""


def pay_for_noise(runs):
    """Which part of the shared update Agent 5 is paid, in percent."""
    return 100 * of_cheats(runs.trace("noise"))["pay"]


def of_noise(runs):
    return of_cheats(runs.trace("noise"))


def pay_for_echo(runs):
    return 100 * of_cheats(runs.trace("echo"))["pay"]


def of_echo(runs):
    accuracy = runs.trace("echo").rounds[-1].accuracy
    return of_cheats(runs.trace("echo")) | {"model": accuracy[4], "best": accuracy.max()}


def at_chosen(runs):
    return of_cheats(runs.trace("chosen"))


def who_agrees_is_not_caught(runs):
    """Flipped, and wrong each for itself: paid under 30 %. Copied, and agreed on: worth more than the honest."""
    of = {name: of_cheats(runs.trace(name)) for name in ("flip", "three_noisy", "copy", "colluders")}
    caught = 0.3 - max(of[name]["pay"] for name in ("flip", "three_noisy"))
    return min(caught, *(of[name]["worth"] - of[name]["honest"] for name in ("copy", "colluders")))


def apart_and_together(runs):
    apart, together = of_cheats(runs.trace("three_noisy")), of_cheats(runs.trace("colluders"))
    return {"apart": apart["worth"], "together": together["worth"], "ruined": together["model"]}


def agreeing_is_what_pays(runs):
    """By agreeing the three become worth more by 0.5, and the honest models are 20 points worse than alone."""
    facts, together = apart_and_together(runs), of_cheats(runs.trace("colluders"))
    return min(facts["together"] - facts["apart"] - 0.5, together["alone"] - together["model"] - 0.2)


def of_cheats(trace):
    """Means over the cheats, and over the honest ones."""
    agents = trace.scenario.full_agents
    cheats = [
        i for i, one in enumerate(agents) if one.conduct != "honest" or one.label_noise or one.copy_of is not None
    ]
    honest = [i for i in range(len(agents)) if i not in cheats]
    worth, pay = (trace.stack(name).mean(axis=0) for name in ("contribution", "reward_ratio"))
    last = trace.rounds[-1]
    return {
        "worth": worth[cheats].mean(),
        "pay": pay[cheats].mean(),
        "honest": worth[honest].mean(),
        "honest_pay": pay[honest].mean(),
        "model": last.accuracy[honest].mean(),
        "alone": last.standalone_accuracy[honest].mean(),
    }
