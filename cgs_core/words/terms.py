"""The words of the app, each once: what it is called, by a student and in the field, and what it means.

What a setting, a choice or a measure means is said where it is (``Scenario``'s fields, ``CHOICES``, ``MEASURES``) and
read from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from cgs_core.measures import MEASURES
from cgs_core.scenario import CHOICES, Scenario, field_facts


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word of the app.

    Attributes
    ----------
    word: for a student; the one word for this thing on every page.
    field: the field's own term, where it is another.
    symbol: as it is written in a line of text.
    words: what it means, in one or two sentences.
    formula: in LaTeX; empty where none helps.
    page: the address of the page where it is seen; "" for Home.
    related: keys of other terms.
    said: how it is written in a text, where it is explained.
    heads: how it stands over a chart's numbers besides.
    never: words that would say the same, and are not used for it.
    group: the heading under which a glossary has it.
    source: whose it is; empty where it is nobody's, or the paper's as all of the method.
    """

    word: str
    words: str
    field: str = ""
    symbol: str = ""
    formula: str = ""
    page: str = "playground"
    related: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    group: str = ""
    source: str = ""


def _setting(name: str) -> str:
    """What a field of a scenario says of itself."""
    return field_facts(name, Scenario).help


WHO = "Who takes part, and what goes to and fro"
WORTH = "What is it worth?"
PAY = "What is paid?"
GETS = "What does everybody get?"
MEASURED = "How is it measured?"

_TABLE = {
    WHO: {
        "agent": Term(
            word="agent",
            field="client, participant",
            symbol="i",
            words="Somebody with data of its own who trains with others, for instance a hospital. It shares what its "
            "model has learnt, never the data.",
            related=("shard", "update", "model"),
            said=("agent", "agents"),
            heads=("Agents",),
            never=("client", "clients", "participant", "participants", "party", "parties"),
        ),
        "shard": Term(
            word="shard",
            field="local data set",
            symbol="D_i",
            words="The samples that one agent holds. What an agent brings to the others begins here: how many samples, "
            "of which classes, and how clean.",
            related=("agent", "power_law"),
            said=("shard", "shards"),
            heads=("brings", "samples, by the label that the agent holds"),
        ),
        "model": Term(
            word="model",
            field="model parameters",
            symbol="w",
            words="A list of numbers that turns a picture, a row or a sentence into a class. Every agent keeps a model "
            "of its own; all start from the same one.",
            related=("agent", "gets", "server_model"),
            said=("model", "models"),
        ),
        "round": Term(
            word="round",
            field="communication round",
            symbol="t",
            words="Once around: everybody trains, uploads its update, is valued, is paid, and adds what it gets to its "
            "model.",
            page="method",
            related=("update", "aggregate", "pay"),
            said=("round", "rounds"),
        ),
        "update": Term(
            word="update",
            field="gradient, parameter update",
            symbol="u_i",
            words="What an agent uploads: the change that its local training made to its model, scaled to the length "
            "Γ. A list of as many numbers as the model has, so an arrow.",
            formula=r"u_i = \Gamma \, \frac{\Delta w_i}{\lVert \Delta w_i \rVert}",
            page="method",
            related=("gamma", "aggregate", "model"),
            said=("update", "updates", "upload", "uploads"),
        ),
        "gamma": Term(
            word="length of an update",
            field="update norm",
            symbol="Γ",
            words=f"{CHOICES['upload_scaling']['to_norm'].sentence} What is left of an update is its direction.",
            page="method",
            related=("update",),
            said=("Γ", "Gamma"),
        ),
        "aggregate": Term(
            word="shared update",
            field="aggregate",
            symbol="u_N",
            words="The weighted sum of all updates. The weights a are the shares of the data in the first round, then "
            "the importance of the round before.",
            formula=r"u_N = \sum_i a_i u_i",
            page="method",
            related=("update", "importance", "pay"),
            said=("aggregate", "shared update"),
            never=("aggregate", "aggregates", "global gradient", "global update", "consensus gradient"),
        ),
        "coalition": Term(
            word="coalition",
            symbol="S",
            words="Some of the agents, thought of as if they were alone together: one of them, two, or all.",
            page="coalition-game",
            related=("worth_of_a_coalition", "shapley"),
            said=("coalition", "coalitions"),
        ),
        "power_law": Term(
            word=CHOICES["split"]["powerlaw"].title,
            field="power-law split",
            words=CHOICES["split"]["powerlaw"].sentence,
            related=("shard",),
            said=("power law", "power-law"),
        ),
    },
    WORTH: {
        "worth": Term(
            word="worth",
            field="contribution, valuation",
            words="What an agent's update is thought to be worth. In the paper it is the agreement with all updates "
            "together; other mechanisms ask something else.",
            related=("cgsv", "psi", "phi", "importance"),
            said=("worth", "contribution", "contributions"),
            heads=("is worth",),
            never=("contribution", "contributions", "merit", "merits"),
        ),
        "worth_of_a_coalition": Term(
            word="worth of a coalition",
            field="characteristic function",
            symbol="v(S)",
            words="How far the updates of some agents together point where everybody's do.",
            formula=r"v(S) = \cos(u_S, u_N), \qquad u_S = \sum_{i \in S} a_i u_i",
            page="coalition-game",
            related=("coalition", "phi"),
            said=("worth of a coalition",),
            heads=("Coalitions", "coalition values"),
        ),
        "shapley": Term(
            word="Shapley value",
            words="A share of what all bring together: what an agent adds when it joins, as a mean over all orders in "
            "which the agents could join.",
            formula=r"\varphi_i = \frac{1}{|N|!} \sum_{\text{orders}} \bigl( v(B_i \cup i) - v(B_i) \bigr), "
            r"\; B_i \text{ before } i",
            page="coalition-game",
            related=("coalition", "phi", "leave_one_out"),
            said=("Shapley value", "Shapley values"),
            heads=("adds on average",),
        ),
        "cgsv": Term(
            word="CGSV",
            field="cosine gradient Shapley value",
            words="The Shapley value of the game in which a coalition is worth the cosine of its updates to "
            "everybody's. It needs no test data: it sees agreement, not usefulness.",
            page="method",
            related=("phi", "psi", "shapley", "retrained_game"),
            said=("CGSV", "cosine gradient Shapley value"),
        ),
        "phi": Term(
            word="exact CGSV",
            field="exact cosine gradient Shapley value",
            symbol="φ",
            words="What an agent adds to the worth of those before it, mean over all orders of joining. All CGSVs add "
            "up to 1.",
            formula=r"\varphi_i = \sum_{S \subseteq N \setminus i} \frac{|S|! \, (|N| - |S| - 1)!}{|N|!} "
            r"\bigl( v(S \cup i) - v(S) \bigr)",
            page="coalition-game",
            related=("cgsv", "psi", "shapley"),
            said=("φ", "phi", "exact CGSV"),
        ),
        "psi": Term(
            word="approximate CGSV",
            field="cosine approximation",
            symbol="ψ",
            words="The cosine of an agent's own update to the shared update: 1 where both point the same way, 0 at a "
            "right angle, below 0 where they point apart. The paper pays by it, since it costs next to nothing.",
            formula=r"\psi_i = \cos(u_i, u_N)",
            page="method",
            related=("cgsv", "phi", "importance"),
            said=("ψ", "psi"),
            heads=("cosine to the shared update", "angle to all together"),
        ),
        "leave_one_out": Term(
            word="leave one out",
            words="What is lost when an agent is left out. Of two agents that bring the same, neither is missed.",
            formula=r"v(N) - v(N \setminus i)",
            page="coalition-game",
            related=("shapley",),
            said=("leave one out", "leave-one-out"),
        ),
        "retrained_game": Term(
            word="retrained game",
            words="The game in which a coalition is worth the accuracy of the model that it really trains together. "
            "Its Shapley value is what most people mean by worth; CGSV is compared with it.",
            page="coalition-game",
            related=("cgsv", "shapley", "accuracy"),
            said=("retrained game", "Retrained game"),
            heads=("retrained Shapley value",),
        ),
    },
    PAY: {
        "importance": Term(
            word="importance",
            symbol="r",
            words="The worth, smoothed over the rounds, kept above 0.001, and scaled so that all agents' importances "
            "add up to 1.",
            formula=r"r_i \leftarrow \alpha \, r_i + (1 - \alpha) \, \psi_i",
            page="method",
            related=("psi", "alpha", "pay"),
            said=("importance",),
        ),
        "alpha": Term(
            word="smoothing",
            field="moving average coefficient",
            symbol="α",
            words=_setting("importance_smoothing"),
            page="method",
            related=("importance",),
            said=("α",),
        ),
        "pay": Term(
            word="pay",
            field="reward ratio",
            symbol="ρ",
            words="The part of the shared update's entries that an agent gets back; the most important agent gets all. "
            "β is the altruism.",
            formula=r"\rho_i = \frac{\tanh(\beta r_i)}{\max_j \tanh(\beta r_j)}",
            page="method",
            related=("importance", "beta", "reward"),
            said=("pay", "paid", "reward ratio", "reward ratios"),
            heads=("is paid", "entries"),
            never=("salary", "wage", "wages", "payout", "payouts"),
        ),
        "beta": Term(
            word="altruism",
            field="altruism degree",
            symbol="β",
            words=_setting("altruism_degree"),
            page="trade-offs",
            related=("pay",),
            said=("altruism", "Altruism", "β"),
        ),
        "reward": Term(
            word="reward",
            field="gradient reward, sparsified update",
            symbol="v_i",
            words="That part of the shared update's entries, the largest by magnitude. It is added to the agent's own "
            "model; nobody keeps its own update. The largest entries carry most of the length.",
            page="method",
            related=("pay", "aggregate", "gets"),
            said=("reward", "rewards"),
        ),
    },
    GETS: {
        "gets": Term(
            word="gets",
            field="final model",
            words="The model that an agent has in the end: its start and all of its rewards. What it is good for is "
            "its accuracy.",
            related=("reward", "accuracy", "alone"),
            said=("gets",),
        ),
        "accuracy": Term(
            word="accuracy",
            field="test accuracy",
            words="The part of the test samples that a model gets right. Nobody trains on them.",
            related=("gets", "alone"),
            said=("accuracy", "accuracies"),
            heads=("right on the test", "% right"),
        ),
        "alone": Term(
            word="alone",
            field="standalone",
            words="The agent trains on the same mini-batches from the same start and shares nothing: it adds its own "
            "updates.",
            related=("gets", "fedavg"),
            said=("alone", "standalone"),
        ),
        "gain": Term(
            word="gain",
            words=MEASURES["mean_gain"].definition,
            related=("alone", "accuracy", "individual_rationality"),
            said=("gain over training alone",),
            heads=("gain",),
        ),
        "fedavg": Term(
            word="FedAvg",
            field="federated averaging",
            words="Federated averaging: everybody gets the whole sum of the updates, weighted by the share "
            "of the data.",
            page="mechanisms",
            related=("alone", "aggregate"),
            said=("FedAvg", "federated averaging"),
            source="McMahan et al., AISTATS 2017",
        ),
        "server_model": Term(
            word="server's model",
            field="global model",
            symbol="w_S",
            words="The model that sums up all shared updates. No agent ever starts from it.",
            page="method",
            related=("model", "aggregate"),
            said=("server's model",),
        ),
        "mechanism": Term(
            word="mechanism",
            words="A rule of how to value updates, weigh them and pay for them. The paper's is one of many.",
            page="mechanisms",
            related=("worth", "pay", "fedavg"),
            said=("mechanism", "mechanisms"),
        ),
    },
    MEASURED: {
        "pearson": Term(
            word="Pearson r",
            field="Pearson correlation",
            symbol="r",
            words="Whether two lists of numbers go up and down together: 1 in step along a line, 0 not at all, −1 one "
            "up where the other is down. It says nothing of how large anything is.",
            formula=r"r = \frac{\sum_i (x_i - \bar x)(y_i - \bar y)}"
            r"{\sqrt{\sum_i (x_i - \bar x)^2} \, \sqrt{\sum_i (y_i - \bar y)^2}}",
            page="mechanisms",
            related=("fairness", "gini", "jain"),
            said=("Pearson r", "Pearson correlation", "Pearson"),
        ),
        "fairness": Term(
            word="fairness",
            words=MEASURES["fairness_score"].definition,
            page="mechanisms",
            related=("pearson", "alone"),
            said=("fairness", "Fairness"),
        ),
        "gini": Term(
            word="Gini index",
            words=MEASURES["gini_gap"].definition,
            page="mechanisms",
            related=("jain",),
            said=("Gini index", "Gini"),
        ),
        "jain": Term(
            word="Jain index",
            words=MEASURES["jain_score"].definition,
            formula=r"J = \frac{\bigl(\sum_i x_i\bigr)^2}{n \sum_i x_i^2}",
            page="mechanisms",
            related=("gini",),
            said=("Jain index", "Jain"),
        ),
        "individual_rationality": Term(
            word="no worse than alone",
            field="individual rationality",
            words=MEASURES["rationality_score"].definition,
            page="mechanisms",
            related=("alone", "gets"),
            said=("individual rationality",),
        ),
        "same_model": Term(
            word="the same within the test's error",
            field="McNemar's paired test",
            words="Two models are the same unless the test samples that one gets right and the other wrong are so "
            "unequal that chance would hardly make them so.",
            related=("accuracy",),
            said=("within the test's error",),
        ),
        "seed": Term(
            word="seed",
            words="The number that chance starts from. The same seed gives the same run; another one says how much of "
            "what is seen is chance.",
            page="trade-offs",
            related=("round",),
            said=("seed", "seeds"),
        ),
    },
}

TERMS: Mapping[str, Term] = MappingProxyType(
    {key: replace(term, group=group) for group, terms in _TABLE.items() for key, term in terms.items()}
)
"""By key, which is a term's name in an address (``glossary?term=psi``), in the order of a glossary."""
