"""What is so in this lesson. Agents are counted from 0 here: Agent 1 is number 0."""


def gain_in_points(runs):
    """By how many points each model is better than the one of training alone."""
    last = runs.trace().rounds[-1]
    gain = 100 * (last.accuracy - last.standalone_accuracy)
    return {"1": gain[0], "2": gain[1], "3": gain[2]}


def gains(runs):
    trace = runs.trace()
    last, pay = trace.rounds[-1], trace.stack("reward_ratio").mean(axis=0)
    gain = last.accuracy - last.standalone_accuracy
    facts = {"alone_1": last.standalone_accuracy[0], "gets_1": last.accuracy[0]}
    return facts | {f"{name}_{i + 1}": of[i] for name, of in (("pay", pay), ("gain", gain)) for i in range(3)}


def paid_less_gains_more(runs):
    """Agent 1 is paid less than the best paid, and gains more than anybody: the smaller of the two differences."""
    trace = runs.trace()
    last, pay = trace.rounds[-1], trace.stack("reward_ratio").mean(axis=0)
    gain = last.accuracy - last.standalone_accuracy
    return min(pay.max() - pay[0], gain[0] - gain[1:].max())
