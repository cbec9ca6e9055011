"""What is so in this lesson: nothing is trained, the arrows are given. Agent 3 is number 2 here."""

from itertools import pairwise

from cgs_core.contribution import cgsv_approx, cgsv_exact, coalition_values


def third(runs):
    """Agent 3's Shapley value."""
    return cgsv_exact(runs.arrows("main").gram)[2]


def by_hand(runs):
    """What Agent 3 adds as first, second (after Agent 1 or 2, which are alike) and last; and all three alone."""
    value = coalition_values(runs.arrows("main").gram)  # of nobody, 1, 2, 1+2, 3, 1+3, 2+3, all
    return {
        "third": third(runs),
        "first": value[4],
        "second": value[5] - value[1],
        "last": value[7] - value[3],
        "alone": value[1] + value[2] + value[4],
    }


def alone_is_more(runs):
    """Agent 3 alone is worth more than its Shapley value."""
    facts = by_hand(runs)
    return facts["first"] - facts["third"]


def at_chosen(runs):
    phi = cgsv_exact(runs.arrows("chosen").gram)
    return {"odd": phi[-1], "other": phi[0]}


def who_turns_away_is_worth_less(runs):
    """Each turn away from the others lowers Agent 3's value; of four who agree the fifth is worth less than a tenth."""
    turned = [cgsv_exact(runs.arrows(name).gram)[2] for name in ("half", "main", "wide", "opposite")]
    steps = [before - after for before, after in pairwise(turned)]
    return min([*steps, -turned[-1], 0.1 - cgsv_exact(runs.arrows("four_and_one").gram)[4]])


def of_uneven(runs):
    gram = runs.arrows("uneven").gram
    phi, psi = cgsv_exact(gram), cgsv_approx(gram)
    ratios = {"phi_ratio": phi[0] / phi[1], "psi_ratio": psi[0] / psi[1]}
    return {"phi_1": phi[0], "phi_2": phi[1], "psi_1": psi[0], "psi_2": psi[1]} | ratios
