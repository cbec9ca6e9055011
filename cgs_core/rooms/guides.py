"""A teacher's page of each ready game: aim, plan of forty minutes, what usually happens, and questions for the talk.

What happens is measured: bots have played the games (``rehearsal``), and the sentences follow their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cgs_core.figures.style import listed, percent
from cgs_core.metrics import accuracy_error
from cgs_core.rooms.game import Game
from cgs_core.rooms.rehearsal import Strategy, rehearsed, rehearsed_game

GUIDE_AGENTS = 30
_BOT_WORDS = {
    "honest": "honest",
    "free_rider": "free riders",
    "echo": "echoes",
    "miser": "misers",
    "bulk_buyer": "bulk buyers",
}
_BOT_MOVES = {
    "honest": "as many clean samples as the coins are for",
    "free_rider": "the fewest cheap ones, and noise is sent",
    "echo": "the fewest cheap ones, and what came back last time is sent",
    "miser": "the fewest cheap ones",
    "bulk_buyer": "as many cheap ones as the coins are for",
}


@dataclass(frozen=True)
class Guide:
    """A teacher's page. ``plan``: minutes and what is done, forty minutes in all."""

    aim: str
    plan: tuple[tuple[int, str], ...]
    questions: tuple[str, ...]


def _plan(first: str, second: str, talk: str) -> tuple[tuple[int, str], ...]:
    return (
        (5, "The class joins by the code on the projector. Meanwhile tell what stands below."),
        (4, f"First round: each chooses on its phone, and says there which pay it expects. {first}"),
        (6, "Train, then show the pay. Each looks at its own phone first; then all look up: *Effort and pay*."),
        (5, "Press *Could you have gained?*, and ask while it is trained: who would play otherwise, and why?"),
        (5, f"First *The same moves, another rule*; then change the rule, or let the class vote. {second}"),
        (4, "*Talk about it*, *Play again*, and the second round: each chooses anew."),
        (5, "Train and show the pay. *Round by round*: who has changed, and did it help?"),
        (6, f"*Talk about it*: each answers on its phone, then talk. {talk}"),
    )


GUIDES: Mapping[str, Guide] = {
    "free_riders": Guide(
        "Where all get the same model it is best to bring little. Where pay follows worth, noise is not paid, but an "
        "echo may be.",
        _plan(
            "The rule is FedAvg: all get the same model. Noise and echo are allowed; say so.",
            "Now CGSV: who is worth more gets more.",
            "An echo sends back what all have sent before. Why does a rule that pays for agreement pay it?",
        ),
        (
            "Who brought little in the first round? What would have happened if all had?",
            "Was noise paid by CGSV? Was an echo?",
            "How could a server tell an echo from an honest agent?",
        ),
    ),
    "cheap_or_clean": Guide(
        "For the same coins there are twice as many samples, of which four in ten have a wrong label: what does a rule "
        "pay for, quantity or quality?",
        _plan(
            "The rule is CGSV. The same coins buy 100 clean samples or 200 cheap ones.",
            "The other two are FedAvg, where all get the same model, and ShapFed.",
            "What would you have to know to price data?",
        ),
        (
            "What was worth more by CGSV, many cheap samples or few clean ones? By how much?",
            "And by FedAvg? What does it need to know of your data?",
            "Would you buy clean data if nobody could see what you have bought?",
        ),
    ),
    "odd_one_out": Guide(
        "One agent alone holds five of the ten digits. A rule that pays for agreement pays it least, though without it "
        "nobody would ever have seen these digits.",
        _plan(
            "The last agent holds other digits than all the others: take no more agents than there are students, or it "
            "is a bot. The rule is CGSV. What will the odd one be paid?",
            "The second rule tests models on samples that are set aside.",
            "Ask the odd one how it felt.",
        ),
        (
            "Agreement is not usefulness: where have you seen that before?",
            "Does a test on samples that are set aside see what the odd one brings? Look at its worth.",
            "Who would have to choose these samples, and whom would you trust with that?",
        ),
    ),
}
"""By the names of ``READY_GAMES``."""


def happens(name: str, n_agents: int = GUIDE_AGENTS) -> tuple[str, ...]:
    """What bots came to, a sentence a rule, from the measured table; () where so many agents were not measured."""
    rows = [one for one in rehearsed() if (one.game, one.n_agents) == (name, n_agents)]
    rules = list(dict.fromkeys(one.rule for one in rows))
    return tuple(_by_rule(name, rule, [one for one in rows if one.rule == rule]) for rule in rules)


def guide_text(name: str) -> str:
    """The whole page, as Markdown."""
    guide, game = GUIDES[name], rehearsed_game(name, GUIDE_AGENTS)
    plan = "\n".join(f"| {minutes} | {what} |" for minutes, what in guide.plan)
    told = "\n".join(f"- {sentence}" for sentence in happens(name))
    asked = "\n".join(f"- {question}" for question in guide.questions)
    return (
        f"# {game.title}\n\n**Aim.** {guide.aim}\n\n## Forty minutes\n\n| minutes | what |\n| --- | --- |\n{plan}\n\n"
        f"## What to tell first\n\n{_told_first(game)}\n\n"
        f"## What usually happens\n\n{_told_of_bots(game)}\n\n{told}\n\n"
        f"## Questions for the talk\n\n{asked}\n"
    )


def _told_first(game: Game) -> str:
    """What a class must know before it chooses."""
    return (
        "Each of you is an **agent**, with data of your own: a **sample** is a picture of a handwritten digit, and "
        f"which digit it is. In each round of play an agent has {game.coins} **coins**. A clean sample costs "
        f"{game.clean_price}, a cheap one {game.cheap_price}, but {percent(game.cheap_noise)} of the cheap ones say a "
        "wrong digit; coins that are left are lost. What an agent learns from its data it sends to the server. Its "
        "**worth** is what the rule makes of that, and its **pay** the part that it gets back of what all have learnt."
    )


def _told_of_bots(game: Game) -> str:
    """Who has played, and what is counted."""
    bots = "; ".join(f"{_BOT_WORDS[bot]}: {_BOT_MOVES[bot]}" for bot in dict.fromkeys(game.bots))
    return (
        f"{GUIDE_AGENTS} bots have played it, on one seed. Students are not bots. What they bring: {bots}. Points "
        f"count how often the own model is right, in percent, less {game.points_a_coin:g} a coin that was spent."
    )


def _by_rule(name: str, rule: str, rows: Sequence[Strategy]) -> str:
    """What each strategy got for how many coins, and who has most points as far as the test can tell."""
    told = "; ".join(
        f"{one.n_bots} {_who(one)}: {percent(one.pay)} pay, {percent(one.accuracy, 1)} right, {one.coins:.0f} coins"
        for one in rows
    )
    if len(rows) == 1:
        return f"{rule}. {told}."
    best = max(rows, key=lambda one: one.payoff)
    n_test = rehearsed_game(name, best.n_agents).scenario.info.n_test
    error = 100 * float(accuracy_error(best.accuracy, n_test))
    near = [one for one in rows if best.payoff - one.payoff < error]
    if len(near) == len(rows):
        return f"{rule}. {told}. In points the test tells none of them apart."
    who = listed([f"{_who(one)} ({one.payoff:.1f})" for one in sorted(near, key=lambda one: -one.payoff)])
    is_tied = ", which the test does not tell apart" if len(near) > 1 else ""
    return f"{rule}. {told}. Most points: {who}{is_tied}."


def _who(one: Strategy) -> str:
    return "with the other digits" if one.is_odd else _BOT_WORDS[one.bot]
