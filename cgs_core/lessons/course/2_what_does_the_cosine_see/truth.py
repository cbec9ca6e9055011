"""What is so in this lesson. Agents are counted from 0 here: Agent 1, the giant, is number 0."""

from cgs_core.data import federated_data


def sizes(runs):
    """Agent 1's share of the samples: a fact of the scenario, no result."""
    n_samples = samples(runs)
    return {"giant": n_samples[0] / sum(n_samples)}


def giants_share(runs):
    """Agent 1's exact CGSV, mean over the rounds, in percent (all sum to 100)."""
    return 100 * runs.trace("main").contribution_exact.mean(axis=0)[0]


def shares(runs):
    phi = runs.trace("main").contribution_exact.mean(axis=0)
    return {"share": phi[0], "least": phi[1:].min(), "most": phi[1:].max()}


def at_chosen(runs):
    last = runs.trace("chosen").rounds[-1]
    return {
        "giant": last.accuracy[0],
        "alone": last.standalone_accuracy[0],
        "small": last.accuracy[1:].mean(),
    }


def weighing_by_data_is_better_for_all(runs):
    """The worst model under FedAvg is better than the best under CGSV, by so much."""
    return runs.trace("fedavg").rounds[-1].accuracy.min() - runs.trace("main").rounds[-1].accuracy.max()


def times(runs):
    n_samples = samples(runs)
    phi = runs.trace("main").contribution_exact.mean(axis=0)
    return {"times": n_samples[0] / (sum(n_samples[1:]) / 4), "worth": phi[0] / phi[1:].mean()}


def worth_grows_less_than_data(runs):
    """The giant has at least four times as many times the data as times the worth."""
    facts = times(runs)
    return facts["times"] - 4 * facts["worth"]


def samples(runs):
    return [shard.n_samples for shard in federated_data(runs.scenario("main")).shards]
