"""Walking the orders of joining: steps, whole orders, all of them."""

from __future__ import annotations

from itertools import permutations

from cgs_ui.game.panel import Walk


def test_steps_lead_through_an_order_and_into_the_next_one():
    walk = Walk(3, (0, 1, 2))
    for n_joined in (1, 2, 3):
        walk = walk.step()
        assert walk.n_joined == n_joined
    assert walk.walked == ((0, 1, 2),)
    walk = walk.step()
    assert (walk.order, walk.n_joined, walk.walked) == ((0, 2, 1), 1, ((0, 1, 2),))


def test_every_order_is_walked_once_whatever_the_first():
    walk = Walk(3, (1, 2, 0))
    for _ in range(6):
        walk = walk.finish()
    assert sorted(walk.walked) == sorted(permutations(range(3)))
    assert walk.finish_all().walked == tuple(permutations(range(3)))
