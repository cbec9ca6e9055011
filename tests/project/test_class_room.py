"""A small class plays a room by websocket on a server that is killed in each phase: nothing is lost, nothing leaks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.class_room import HEAD, Played, measure, row

N_STUDENTS, N_AGENTS = 5, 4


@pytest.fixture(scope="module")
def played() -> Played:
    with ThreadPoolExecutor(1) as thread:  # a browser's test may have left a loop in this one
        return thread.submit(measure, N_STUDENTS, N_AGENTS, n_workers=1, is_killing=True).result()


def test_all_have_their_own_pay_and_the_lobby_has_seen_them(played: Played) -> None:
    assert len(played.pays) == len(played.joins) == len(played.moves) == N_STUDENTS
    assert played.trained < min(played.pays)
    assert len(row(N_STUDENTS, played)) == len(HEAD)


def test_who_was_cut_off_or_found_the_server_killed_has_the_same_agent_and_the_same_screen(played: Played) -> None:
    assert played.n_kills == 5
    assert played.n_kept == played.n_cut == 4 + 3 * N_STUDENTS


def test_no_move_and_no_answer_is_lost_when_the_server_is_killed_between_them(played: Played) -> None:
    assert played.lost == []


def test_no_frame_before_the_pay_had_anothers_move_in_it(played: Played) -> None:
    assert played.n_frames > 0 and played.leaks == []


def test_no_token_that_is_forged_or_another_doors_opens_anything_in_any_phase(played: Played) -> None:
    assert played.opened == []
