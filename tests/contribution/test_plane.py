"""Arrows: exact where the updates lie in a plane, and honest about what is lost where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from cgs_core.contribution import cgsv_approx, cgsv_exact, gram_of_arrows, plane_of_arrows, plane_view


@pytest.mark.parametrize("seed", range(6))
def test_arrows_of_a_plane_are_kept_whole(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gram = gram_of_arrows(rng.uniform(0.1, 3, size=2 + seed), rng.uniform(-180, 180, size=2 + seed))
    view = plane_view(gram)
    np.testing.assert_allclose(view.arrows @ view.arrows.T, gram, rtol=0, atol=1e-12)
    np.testing.assert_allclose(view.kept, 1, rtol=0, atol=1e-9)
    assert view.kept_of_aggregate == pytest.approx(1, abs=1e-9)
    cosines = view.arrows[:, 0] / np.hypot(*view.arrows.T)  # the aggregate points along +x
    np.testing.assert_allclose(cosines, cgsv_approx(gram), rtol=0, atol=1e-9)


def test_arrows_by_hand() -> None:
    """Lengths 3 and 4 at a right angle: a rotated 3-4-5 triangle, Agent 1 above the axis."""
    view = plane_view(np.diag([9.0, 16.0]))
    np.testing.assert_allclose(view.arrows, [[1.8, 2.4], [3.2, -2.4]], atol=1e-12)
    np.testing.assert_allclose(view.aggregate, [5, 0], atol=1e-12)


def test_what_the_plane_loses_is_said() -> None:
    """Two strong directions, and a third agent of its own: it vanishes from the plane."""
    view = plane_view(np.diag([9.0, 16.0, 1.0]))
    np.testing.assert_allclose(view.kept, [1, 1, 0], atol=1e-12)
    np.testing.assert_allclose(view.arrows[2], 0, atol=1e-12)
    assert view.kept_of_aggregate == pytest.approx(5 / np.sqrt(26), abs=1e-12)


@pytest.mark.parametrize("n_agents", [3, 10, 50])
def test_no_other_plane_keeps_more(n_agents: int) -> None:
    rng = np.random.default_rng(n_agents)
    updates = rng.normal(size=(n_agents, 20)) + 0.3
    view = plane_view(updates @ updates.T)
    kept_squared = (view.arrows**2).sum()
    assert kept_squared == pytest.approx((np.linalg.svd(updates, compute_uv=False)[:2] ** 2).sum(), rel=1e-12)
    np.testing.assert_allclose(view.arrows.sum(axis=0), view.aggregate, rtol=0, atol=1e-9)
    lengths = np.linalg.norm(updates, axis=1)
    np.testing.assert_allclose(view.kept, np.hypot(*view.arrows.T) / lengths, rtol=0, atol=1e-9)
    assert view.kept.min() >= 0 and view.kept.max() <= 1
    assert view.aggregate[0] > 0 and view.aggregate[1] == 0


def test_first_agent_off_the_axis_lies_above_it() -> None:
    for angle in (30.0, -30.0):
        view = plane_view(gram_of_arrows([2, 1, 1], [0, angle, -angle]))
        assert view.arrows[1, 1] == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_arrows_have_the_length_of_the_updates(scale: float) -> None:
    gram = gram_of_arrows([1, 2], [0, 50])
    np.testing.assert_allclose(plane_view(gram * scale**2).arrows, plane_view(gram).arrows * scale, rtol=1e-9)


@pytest.mark.parametrize("n_agents", [1, 2, 5])
def test_zero_updates(n_agents: int) -> None:
    view = plane_view(np.zeros((n_agents, n_agents)))
    assert not view.arrows.any() and not view.aggregate.any()
    assert view.kept.tolist() == [1.0] * n_agents and view.kept_of_aggregate == 1


def test_one_agent_and_a_zero_update_beside_another() -> None:
    np.testing.assert_allclose(plane_view([[4.0]]).arrows, [[2, 0]], atol=1e-12)
    view = plane_view(np.diag([4.0, 0.0]))
    np.testing.assert_allclose(view.arrows, [[2, 0], [0, 0]], atol=1e-12)
    assert view.kept.tolist() == pytest.approx([1, 1])


def test_opposite_updates() -> None:
    view = plane_view([[1.0, -1.0], [-1.0, 1.0]])
    np.testing.assert_allclose(np.hypot(*view.arrows.T), 1, atol=1e-12)
    np.testing.assert_allclose(view.arrows.sum(axis=0), 0, atol=1e-12)
    assert np.isfinite(view.kept).all() and view.kept_of_aggregate == 1


def test_sandbox_arrows() -> None:
    """Two unit arrows at 60 degrees either way: the cosines are 1/2, yet each is worth half."""
    gram = gram_of_arrows([1, 1], [60, -60])
    np.testing.assert_allclose(gram, [[1, -0.5], [-0.5, 1]], atol=1e-12)
    np.testing.assert_allclose(cgsv_approx(gram), [0.5, 0.5], atol=1e-12)
    np.testing.assert_allclose(cgsv_exact(gram), [0.5, 0.5], atol=1e-12)


def test_what_are_no_arrows_is_refused() -> None:
    with pytest.raises(ValueError, match="lengths: at least 0; got -1"):
        gram_of_arrows([1, -1], [0, 0])
    with pytest.raises(ValueError, match=r"angles_degrees: one angle a length; got shapes \(1,\) and \(2,\)"):
        gram_of_arrows([1, 1], [0])
    with pytest.raises(ValueError, match=r"^gram: "):
        plane_view(np.ones((2, 3)))


def test_arrows_that_are_given_keep_their_places() -> None:
    view = plane_of_arrows([1.0, 2.0], [90.0, 180.0])
    np.testing.assert_allclose(view.arrows, [[0.0, 1.0], [-2.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(view.aggregate, [-2.0, 1.0], atol=1e-12)
    assert view.kept.tolist() == [1.0, 1.0]
    np.testing.assert_allclose(view.arrows @ view.arrows.T, gram_of_arrows([1.0, 2.0], [90.0, 180.0]), atol=1e-12)
