"""What is so in this lesson. Agents are counted from 0 here: Agent 5, who knows all classes, is number 4."""

import numpy as np


def worth(runs):
    """What the ledger shows and the pay goes by: the cosine to the shared update, mean over the rounds."""
    psi = cgsv(runs, "main")
    return {str(i + 1): psi[i] for i in range(5)}


def two_values(runs):
    psi, game = cgsv(runs, "main"), retrained(runs, "main")
    return {"psi_4": psi[3], "psi_5": psi[4], "game_4": game[3], "game_5": game[4]}


def at_chosen(runs):
    psi, game = cgsv(runs, "chosen"), retrained(runs, "chosen")
    return {
        "cgsv": ", ".join(f"{value:.2f}" for value in psi).replace("-", "−"),
        "retrained": listed(game),
        "r": correlation(psi, game),
    }


def correlations(runs):
    return {name: correlation(cgsv(runs, name), retrained(runs, name)) for name in ("main", "alike", "sizes")}


def right_by_size_wrong_by_class(runs):
    """r above 0.8 by size, below 0.6 by class, below 0 with a unique one; and retrained, Agent 5 is worth most."""
    r, game = correlations(runs), retrained(runs, "main")
    return min(r["sizes"] - 0.8, 0.6 - r["main"], -r["alike"], game[4] - game[:4].max())


def cgsv(runs, name):
    return runs.trace(name).contribution_approx.mean(axis=0)


def retrained(runs, name):
    """The Shapley values of the accuracies after the last round, as shares."""
    values = runs.game(name).shapley()
    return values / values.sum()


def correlation(one, other):
    return np.corrcoef(one, other)[0, 1]


def listed(shares):
    return ", ".join(f"{round(100 * share)}" for share in shares).replace("-", "−") + " %"
