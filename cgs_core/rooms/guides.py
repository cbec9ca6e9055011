"""A teacher's page of each ready game: aim, plan of forty minutes, what usually happens, and questions for the talk.

What happens is measured: bots have played the games (``rehearsal``), and the sentences follow their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cgs_core.figures.style import percent
from cgs_core.metrics import accuracy_error
from cgs_core.rooms.ready_games import READY_GAMES
from cgs_core.rooms.rehearsal import Strategy, rehearsed, rehearsed_game

GUIDE_AGENTS = 30
_BOT_WORDS = {
    "honest": "honest",
    "free_rider": "free riders",
    "echo": "echoes",
    "miser": "misers",
    "bulk_buyer": "bulk buyers",
}


@dataclass(frozen=True)
class Guide:
    """A teacher's page. ``plan``: minutes and what is done, forty minutes in all."""

    aim: str
    plan: tuple[tuple[int, str], ...]
    questions: tuple[str, ...]


def _plan(first: str, second: str, talk: str) -> tuple[tuple[int, str], ...]:
    return (
        (5, "The class joins by the code on the projector. Say what an agent is, and what samples and coins are."),
        (4, f"First round: everybody chooses, and writes down which pay it expects. {first}"),
        (6, "Train, then pay. Each looks at its own phone first; then all look at the projector: effort against pay."),
        (5, "Ask what each could have gained by another move. Who would play otherwise, and why?"),
        (5, f"Change the rule, or let the class vote. {second} First look at the same moves under the new rule."),
        (4, "Second round: choose again."),
        (5, "Train and pay. Compare with the first round: who has changed, and did it help?"),
        (6, f"Reflect: each answers on its phone, then talk. {talk}"),
    )


GUIDES: Mapping[str, Guide] = {
    "free_riders": Guide(
        "Where all get the same model it is best to bring little. Where pay follows worth noise is not paid, but an "
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
            "One of you holds other digits than all the others. The rule is CGSV. Who is it, and what will it be paid?",
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
    guide, title = GUIDES[name], READY_GAMES[name](GUIDE_AGENTS).title
    plan = "\n".join(f"| {minutes} | {what} |" for minutes, what in guide.plan)
    told = "\n".join(f"- {sentence}" for sentence in happens(name))
    asked = "\n".join(f"- {question}" for question in guide.questions)
    return (
        f"# {title}\n\n**Aim.** {guide.aim}\n\n## Forty minutes\n\n| minutes | what |\n| --- | --- |\n{plan}\n\n"
        f"## What usually happens\n\n{GUIDE_AGENTS} bots have played it, on one seed. Students are not bots.\n\n"
        f"{told}\n\n"
        f"## Questions for the talk\n\n{asked}\n"
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
        return f"{rule}. {told}. In points less the price of coins the test tells none of them apart."
    who = " and ".join(f"{_who(one)} ({one.payoff:.1f})" for one in sorted(near, key=lambda one: -one.payoff))
    is_tied = ", which the test does not tell apart" if len(near) > 1 else ""
    return f"{rule}. {told}. Most points, less the price of coins: {who}{is_tied}."


def _who(one: Strategy) -> str:
    return "with the other digits" if one.is_odd else _BOT_WORDS[one.bot]
