"""Teachers' pages: what they say happens is what bots come to, once more."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from cgs_core import run
from cgs_core.__main__ import main
from cgs_core.rooms import READY_GAMES
from cgs_core.rooms.guides import GUIDE_AGENTS, GUIDES, guide_text, happens
from cgs_core.rooms.rehearsal import REHEARSED, Strategy, csv_of, rehearse, rehearsed


def test_the_committed_table_is_what_the_command_writes_and_has_all_games() -> None:
    assert csv_of(rehearsed()) == REHEARSED.read_text(encoding="utf-8")
    assert {(one.game, one.n_agents) for one in rehearsed()} == {
        (name, n_agents) for name in READY_GAMES for n_agents in (6, GUIDE_AGENTS)
    }


@pytest.mark.parametrize("name", READY_GAMES)
def test_bots_come_to_the_committed_numbers_once_more(name: str) -> None:
    kept = [one for one in rehearsed() if (one.game, one.n_agents) == (name, 6)]
    again = rehearse(name, 6, run)
    assert [_names(one) for one in again] == [_names(one) for one in kept]
    for one, other in zip(again, kept, strict=True):
        for field in ("worth", "pay", "accuracy_alone", "accuracy"):
            assert getattr(one, field) == pytest.approx(getattr(other, field), abs=0.01), (one, field)
        assert one.coins == other.coins and one.payoff == pytest.approx(other.payoff, abs=1.0)


def _names(one: Strategy) -> tuple[object, ...]:
    return tuple(value for value in asdict(one).values() if isinstance(value, str | bool | int))


@pytest.mark.parametrize("name", READY_GAMES)
def test_a_guide_has_forty_minutes_and_says_what_was_measured(name: str) -> None:
    assert sum(minutes for minutes, _ in GUIDES[name].plan) == 40 and len(GUIDES[name].questions) >= 3
    sentences = happens(name)
    assert len(sentences) == len(READY_GAMES[name](2).rules)
    for one in rehearsed():
        if (one.game, one.n_agents) == (name, GUIDE_AGENTS):
            (sentence,) = (told for told in sentences if told.startswith(f"{one.rule}."))
            assert f"{100 * one.accuracy:.1f} % right, {one.coins:.0f} coins" in sentence
    game = READY_GAMES[name](GUIDE_AGENTS)
    for words in (f"{game.coins} **coins**", f"costs {game.clean_price}, ", f"less {game.points_a_coin:g} a coin"):
        assert words in guide_text(name)
    assert happens(name, 7) == () and all(sentence in guide_text(name) for sentence in sentences)


def test_what_the_aims_say_is_so_of_the_bots() -> None:
    by = {(one.game, one.rule, one.bot, one.is_odd): one for one in rehearsed() if one.n_agents == GUIDE_AGENTS}
    free = {bot: by["free_riders", "FedAvg", bot, False] for bot in ("honest", "miser", "echo", "free_rider")}
    assert len({one.accuracy for one in free.values()}) == 1 and free["miser"].payoff > free["honest"].payoff
    paid = {bot: by["free_riders", "CGSV", bot, False].pay for bot in free}
    assert paid["free_rider"] < 0.1 < 0.5 < paid["echo"]
    assert by["cheap_or_clean", "CGSV", "honest", False].pay > by["cheap_or_clean", "CGSV", "bulk_buyer", False].pay
    assert by["odd_one_out", "CGSV", "honest", True].pay < 0.1 < by["odd_one_out", "CGSV", "honest", False].pay


def test_games_and_guides_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["room", "games"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in READY_GAMES)
    assert main(["room", "guide", "odd_one_out"]) == 0
    assert capsys.readouterr().out == guide_text("odd_one_out")
    assert main(["room", "rehearse", "odd_one_out", "--agents", "2", "--csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + 2 * 3
