"""The coalition game's figures draw the tables' own numbers, and nothing in the lattice touches."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest

from cgs_core.contribution import cgsv_approx, shapley_values
from cgs_core.contribution.games import marginals_in_order
from cgs_core.contribution.plane import gram_of_arrows, plane_of_arrows, plane_view
from cgs_core.contribution.sampling import permutation_path, table_game
from cgs_core.figures import (
    BarsState,
    Figure,
    LatticeHighlight,
    arrows_figure,
    cost_figure,
    estimates_figure,
    lattice_figure,
    marginals_by_size_figure,
    tracking_figure,
)
from cgs_core.figures.game.lattice_places import Lattice
from cgs_core.figures.game.shapley_bars import mean_over_orders
from cgs_core.figures.style import agent_look
from cgs_core.typing import FloatArray
from tests.figures.test_every_figure import accept, beyond_an_axis

PROJECTOR = 660  # pixels that a figure has on a projector, beside the sidebar


def tables(n_agents: int, n_rounds: int = 3) -> FloatArray:
    drawn = np.random.default_rng(n_agents).uniform(-0.2, 1.0, (n_rounds, 2**n_agents))
    drawn[:, 0] = 0.0
    return drawn


def lattice(
    n_agents: int, highlight: LatticeHighlight | None = None, bars: BarsState | None = None, **more: Any
) -> Figure:
    return lattice_figure(
        more.pop("values", tables(n_agents)),
        agents=more.pop("agents", range(n_agents)),
        highlight=highlight or LatticeHighlight(),
        bars=bars or BarsState(),
        unit=more.pop("unit", "cosine"),
        **more,
    )


def plane(n_agents: int = 4) -> Figure:
    angles = np.linspace(-50.0, 80.0, n_agents)
    gram = gram_of_arrows(np.linspace(1.0, 2.0, n_agents), angles)
    return arrows_figure(plane_view(gram), agents=range(n_agents), cosines=cgsv_approx(gram))


def estimates(n_agents: int = 5, has_exact: bool = True) -> Figure:
    table = tables(n_agents)[0]
    path = permutation_path(table_game(table), n_agents, 100, np.random.default_rng(0))
    exact = shapley_values(table)
    return estimates_figure(
        exact if has_exact else None,
        exact + 0.01,
        {"random orders": path},
        agent=1,
        agents=range(n_agents),
        unit="cosine",
    )


EVERY: dict[str, Callable[[], Figure]] = {
    "lattice": lambda: lattice(5),
    "marginals": lambda: marginals_by_size_figure(tables(8), agents=range(8), unit="accuracy"),
    "arrows": plane,
    "estimates": estimates,
    "cost": lambda: cost_figure({"exact": [(5, 1e-4), (20, 8e-3)], "approximate": [(5, 1e-5), (2000, 0.01)]}),
    "tracking": lambda: tracking_figure(
        np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.1]), agents=[0, 3, 4], pearson=-0.3
    ),
}


def trace_named(figure: Figure, name: str) -> dict[str, Any]:
    (found,) = [drawn for drawn in figure["data"] if drawn.get("name") == name]
    return found


def moving(figure: Figure, frame: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The lattice's moving parts: edges, circles, marginals; mean, current, tick, and the three numbers."""
    return frame["data"] if frame else figure["data"][-9:]


@pytest.mark.parametrize("kind", EVERY)
def test_plotly_accepts_the_figure_and_words_say_what_it_is(kind: str) -> None:
    figure = EVERY[kind]()
    meta = figure["layout"]["meta"]

    accept(figure)
    assert meta["filename"] == f"cgs-{kind}-game"
    assert meta["title"]
    assert 20 < len(meta["alt"]) < 1000
    assert "nan" not in meta["alt"].lower()


# -- the lattice -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_agents", range(1, 7))
def test_circles_and_words_keep_apart_on_a_projector(n_agents: int) -> None:
    """Boxes of circles' numbers and of the words under them; the widest words that may stand there."""
    geometry, layout = Lattice(n_agents), lattice(n_agents)["layout"]
    share = layout["xaxis"]["domain"][1] - layout["xaxis"]["domain"][0]
    width = share * (PROJECTOR - layout["margin"]["l"] - layout["margin"]["r"])
    plot_height = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    assert plot_height == pytest.approx(geometry.height, abs=1)  # a unit of y is a pixel
    centres = geometry.places * (width, 1.0)
    letter = 0.5 * geometry.label_font_size  # a digit; blanks, colons and points are narrower
    radius = geometry.diameter / 2

    for one, other in combinations(range(len(centres)), 2):
        across, up = np.abs(centres[one] - centres[other])
        assert np.hypot(across, up) >= geometry.diameter
        if up < geometry.label_font_size:
            n_letters = max(7, *(2 * coalition.bit_count() - 1 for coalition in (one, other)))
            assert across >= letter * n_letters
    for upper, lower in permutations(range(len(centres)), 2):
        across, up = abs(centres[upper, 0] - centres[lower, 0]), centres[upper, 1] - centres[lower, 1]
        if up > 0 and across < radius:
            words_end = geometry.label_drop + 0.4 * geometry.label_font_size
            assert up >= words_end + np.sqrt(radius**2 - across**2) - 2
    assert centres[:, 0].min() - radius >= -layout["margin"]["l"]
    assert geometry.places[:, 1].max() + radius <= geometry.height
    assert geometry.places[:, 1].min() - geometry.label_drop - 0.5 * geometry.label_font_size >= 0


@pytest.mark.parametrize("n_agents", range(1, 7))
def test_numbers_are_large_and_the_picture_fits_the_first_screen(n_agents: int) -> None:
    geometry = Lattice(n_agents)
    assert geometry.value_font_size >= 13
    assert geometry.label_font_size >= (13 if n_agents <= 5 else 12)
    assert lattice(n_agents)["layout"]["height"] <= (430 if n_agents <= 5 else 520)


@pytest.mark.parametrize("unit", ["cosine", "accuracy"])
def test_every_coalition_and_every_edge_of_every_round(unit: str) -> None:
    values = tables(4)
    figure = lattice(4, unit=unit)
    factor = {"cosine": 1, "accuracy": 100}[unit]

    accept(figure)
    circles, edges = trace_named(figure, "coalitions"), trace_named(figure, "edges")
    assert circles["customdata"] == list(range(16))
    assert circles["hovertext"][0b1010] == "2, 4"
    assert len(edges["x"]) == 4 * 2**3
    for table, frame in zip(values, figure["frames"], strict=True):
        edge_part, circle_part, *_ = moving(figure, frame)
        shown = [float(text.replace("−", "-")) for text in circle_part["text"]]
        assert shown == pytest.approx(factor * table, abs=0.51 if unit == "accuracy" else 0.0051)
        assert circle_part["marker"]["color"] == pytest.approx(table, abs=1e-3)
        for text, (before, after, gain) in zip(edges["text"], edge_part["customdata"], strict=True):
            agent, others = text.removeprefix("Agent ").split(" joins ")
            coalition = 0 if others == "nobody" else sum(1 << int(other) - 1 for other in others.split(", "))
            joined = coalition | 1 << int(agent) - 1
            tolerance = 0.06 if unit == "accuracy" else 6e-4
            assert before == pytest.approx(factor * table[coalition], abs=tolerance)
            assert after == pytest.approx(factor * table[joined], abs=tolerance)
            assert float(gain.replace("−", "-")) == pytest.approx(
                factor * (table[joined] - table[coalition]), abs=tolerance
            )
    scales = {(frame["data"][1]["marker"]["cmin"], frame["data"][1]["marker"]["cmax"]) for frame in figure["frames"]}
    assert len(scales) == 1


def arrows_of(figure: Figure) -> list[dict[str, Any]]:
    """The traces with heads, an agent each."""
    return [drawn for drawn in figure["data"] if 14 in np.atleast_1d(drawn.get("marker", {}).get("size", 0))]


def test_a_walk_is_arrows_above_the_circles_with_what_each_one_adds() -> None:
    order = (2, 0, 3)
    figure = lattice(4, LatticeHighlight(path=order))
    arrows, (circles,) = arrows_of(figure), [one for one in figure["data"] if one.get("name") == "coalitions"]
    places = Lattice(4).places

    assert sorted(one["line"]["color"] for one in arrows) == sorted(agent_look(agent).color for agent in order)
    assert all(one["zorder"] > circles.get("zorder", 0) and one["marker"]["symbol"] == "arrow" for one in arrows)
    ends = {(round(one["x"][1], 3), round(one["y"][1])) for one in arrows}
    assert ends == {(round(places[c, 0], 3), round(places[c, 1])) for c in (0b0100, 0b0101, 0b1101)}
    for table, frame in zip(tables(4), figure["frames"], strict=True):
        gains = [float(gain.replace("−", "-")) for gain in moving(figure, frame)[2]["text"]]
        assert gains == pytest.approx(marginals_in_order(table, order), abs=0.0051)


@pytest.mark.parametrize("n_agents", range(2, 7))
def test_coalitions_keep_their_names_whatever_is_walked(n_agents: int) -> None:
    everybody = tuple(range(n_agents))
    names = trace_named(lattice(n_agents), "members")["text"]
    assert len(set(names)) == 2**n_agents
    for highlight in (LatticeHighlight(path=everybody), LatticeHighlight(coalition=0b01, path=everybody[::-1])):
        walked = trace_named(lattice(n_agents, highlight), "members")
        assert walked["text"] == names
    straight = lattice(3, LatticeHighlight(path=(1,)))  # the arrow from nobody to agent 2 is upright
    assert trace_named(straight, "members")["textposition"][0b010] == "middle right"


@pytest.mark.parametrize("n_agents", range(1, 7))
@pytest.mark.parametrize("is_projected", [False, True])
def test_an_arrow_has_room_between_any_two_circles(n_agents: int, is_projected: bool) -> None:
    if is_projected and n_agents == 6:
        return  # too many for a class
    geometry = Lattice(n_agents, is_projected)
    rises = [geometry.places[c | 1 << agent, 1] - geometry.places[c, 1] for c, agent in geometry.edges]
    assert min(rises) >= geometry.diameter + 2 * 2 + 14 / 2 - 1, "the head and some line are seen"


def test_a_chosen_coalition_has_an_edge_an_agent() -> None:
    coalition, table = 0b0110, tables(4, 1)[0]
    figure = lattice(4, LatticeHighlight(coalition=coalition), values=table[np.newaxis])

    assert figure["frames"] == []
    shown = [float(text.replace("−", "-")) for text in moving(figure)[2]["text"]]
    gains = [table[coalition | 1 << agent] - table[coalition & ~(1 << agent)] for agent in range(4)]
    assert shown == pytest.approx(gains, abs=0.0051)


def test_rings_are_the_walk_and_the_chosen_coalition() -> None:
    figure = lattice(4, LatticeHighlight(coalition=0b1100, path=(1, 0)))
    places = {coalition: list(place) for coalition, place in enumerate(np.round(Lattice(4).places, 4))}
    (rings,) = [drawn for drawn in figure["data"] if drawn.get("marker", {}).get("size") == Lattice(4).diameter + 5]
    drawn = {
        next(c for c, place in places.items() if np.allclose(place, at, atol=0.06))
        for at in zip(rings["x"], rings["y"], strict=True)
    }
    assert drawn == {0b0000, 0b0010, 0b0011, 0b1100}


def test_an_agent_has_half_of_the_edges_of_its_cube() -> None:
    figure = lattice(5, LatticeHighlight(agent=3))
    (thick,) = [drawn for drawn in figure["data"] if drawn.get("line", {}).get("width", 0) > 2]
    assert len(thick["x"]) == 3 * 2**4


def test_bars_without_a_walk_are_exact_and_all_orders_come_to_the_same() -> None:
    everything = tuple(permutations(range(4)))
    for bars in (BarsState(), BarsState(everything)):
        figure = lattice(4, bars=bars)
        for table, frame in zip(tables(4), figure["frames"], strict=True):
            *_, mean, current, tick, exact_text, mean_text, _ = moving(figure, frame)
            assert mean["x"] == pytest.approx(shapley_values(table), abs=1e-5)
            assert tick["x"] == pytest.approx(shapley_values(table), abs=1e-5)
            assert current["x"] == [None] * 4
            written = [text.replace("│ ", "") for text in exact_text["text"]]
            assert mean["text"] == written
            if bars.orders:
                assert [text.strip() for text in mean_text["text"]] == written


def test_a_walk_builds_the_bars() -> None:
    orders = ((0, 1, 2), (2, 0, 1))
    figure = lattice(3, bars=BarsState(orders, (1, 0)))
    for table, frame in zip(tables(3), figure["frames"], strict=True):
        *_, mean, current, _, _, _, _ = moving(figure, frame)
        by_agent = np.zeros(3)
        for order in orders:
            by_agent[list(order)] += marginals_in_order(table, order) / len(orders)
        assert mean["x"] == pytest.approx(by_agent, abs=1e-5)
        second, first = current["x"][0], current["x"][1]
        assert [first, second] == pytest.approx(marginals_in_order(table, (1, 0)), abs=1e-5)
        assert current["x"][2] is None


def test_the_mean_over_many_orders_is_that_of_single_orders() -> None:
    values, orders = tables(5), list(permutations(range(5)))[7:60]
    expected = np.zeros((len(values), 5))
    for row, table in zip(expected, values, strict=True):
        for order in orders:
            row[list(order)] += marginals_in_order(table, order) / len(orders)
    assert mean_over_orders(values, orders) == pytest.approx(expected, abs=1e-12)


def test_agents_of_a_part_of_the_scenario_keep_their_names_and_looks() -> None:
    figure = lattice(3, LatticeHighlight(agent=2), agents=[1, 4, 7])
    assert trace_named(figure, "coalitions")["hovertext"][0b011] == "2, 5"
    assert "Agent 8 joins 2, 5" in trace_named(figure, "edges")["text"]


def test_what_does_not_fit_a_lattice_is_refused() -> None:
    with pytest.raises(ValueError, match="from 1 to 6 fit a lattice; got 7"):
        lattice(7)
    with pytest.raises(ValueError, match=r"values_by_round: \(n_rounds, 8\) for 3 agents"):
        lattice(3, values=tables(4))
    with pytest.raises(ValueError, match="round_index: from 0 to 2"):
        lattice(3, round_index=3)
    assert lattice(3, is_framed=False)["frames"] == []


# -- the others ------------------------------------------------------------------------------------------


def test_marginals_by_size_have_the_shapley_value_as_their_mean() -> None:
    values = tables(7)
    figure = marginals_by_size_figure(values, agents=range(7), unit="cosine")
    for table, frame in zip(values, figure["frames"], strict=True):
        *lines, ends = frame["data"]
        exact = shapley_values(table)
        assert [np.mean(line["y"]) for line in lines] == pytest.approx(exact, abs=2e-5)
        for text in ends["text"]:
            name, value = text.split("</span> Agent ")[1].split(" <b>")
            shown = float(value.removesuffix("</b>").replace("−", "-"))
            assert shown == pytest.approx(exact[int(name) - 1], abs=6e-4)
        assert (np.diff(ends["y"]) < 0).all(), "names keep apart"


def test_arrows_are_the_plane_s_and_axes_have_one_scale() -> None:
    figure = plane(4)
    gram = gram_of_arrows(np.linspace(1.0, 2.0, 4), np.linspace(-50.0, 80.0, 4))
    view = plane_view(gram)
    aggregate, *arrows = figure["data"]
    assert [aggregate["x"][1], aggregate["y"][1]] == pytest.approx(view.aggregate, abs=1e-5)
    assert [[arrow["x"][1], arrow["y"][1]] for arrow in arrows] == [pytest.approx(tip, abs=1e-5) for tip in view.arrows]
    assert figure["layout"]["yaxis"]["scaleanchor"] == "x"
    written = " ".join(entry["text"] for entry in figure["layout"]["annotations"])
    for agent, cosine in enumerate(cgsv_approx(gram)):
        assert f"Agent {agent + 1}: cos {cosine:.2f}".replace("-", "−") in written
    assert figure["layout"]["xaxis"]["title"]["text"] == "thick: the shared update"  # nothing is lost in this plane
    far = np.eye(4)
    lost = arrows_figure(plane_view(far), agents=range(4), cosines=cgsv_approx(far))
    assert "the plane keeps" in lost["layout"]["xaxis"]["title"]["text"]


def test_arrows_that_are_set_stay_where_they_are_on_axes_that_do_not_follow_them() -> None:
    ranges = set()
    for angle in (0.0, 90.0, 170.0):
        view = plane_of_arrows([1.0, 0.5], [angle, -30.0])
        worths = {"cosines": np.array([0.5, -0.25]), "shapley": np.array([0.125, 0.875])}
        figure = arrows_figure(view, agents=range(2), reach=2.0, **worths)
        accept(figure)
        assert [figure["data"][1]["x"][1], figure["data"][1]["y"][1]] == pytest.approx(view.arrows[0], abs=1e-5)
        ranges.add((*figure["layout"]["xaxis"]["range"], *figure["layout"]["yaxis"]["range"]))
        assert "Agent 2: φ 0.88, ψ −0.25" in " ".join(one["text"] for one in figure["layout"]["annotations"])
    assert len(ranges) == 1


@pytest.mark.parametrize("n_agents", [1, 2])
def test_arrows_of_no_length_are_drawn(n_agents: int) -> None:
    gram = np.zeros((n_agents, n_agents))
    accept(arrows_figure(plane_view(gram), agents=range(n_agents), cosines=cgsv_approx(gram)))


def test_estimates_draw_the_path_its_band_and_the_exact_value() -> None:
    table = tables(5)[0]
    path = permutation_path(table_game(table), 5, 100, np.random.default_rng(0))
    figure = estimates()
    band, line = figure["data"][0], trace_named(figure, "random orders")
    k = len(path.evaluations)
    assert line["x"] == path.evaluations.tolist()
    assert line["y"] == pytest.approx(path.estimate[:, 1], abs=1e-5)
    assert np.subtract(band["y"][:k], line["y"]) == pytest.approx(path.standard_error[:, 1], abs=2e-5)
    assert trace_named(figure, "exact")["y"] == pytest.approx([shapley_values(table)[1]] * 2, abs=1e-5)
    assert any(drawn["x"] == [32.0] for drawn in figure["data"])


def test_estimates_without_an_exact_value() -> None:
    figure = estimates(has_exact=False)
    accept(figure)
    assert "exact" not in {drawn.get("name") for drawn in figure["data"]}


def test_large_numbers_are_written_as_people_write_them() -> None:
    table = tables(5)[0]
    path = permutation_path(table_game(table), 5, 100, np.random.default_rng(0))
    exact = shapley_values(table)
    figure = estimates_figure(exact, exact, {"orders": path}, agent=1, agents=range(20), unit="cosine")
    words = [one["text"] for one in figure["layout"]["annotations"]] + figure["layout"]["xaxis"]["ticktext"]
    words += [one.get("hovertemplate", "") for one in figure["data"]] + [figure["layout"]["meta"]["alt"]]
    assert any("1,048,576" in text for text in words)
    assert not any(re.search(r"\de[+-]?\d", text) for text in words)


def test_cost_lines_are_what_was_measured() -> None:
    figure = EVERY["cost"]()
    assert [drawn["x"] for drawn in figure["data"]] == [[5, 20], [5, 2000]]
    assert [drawn["y"] for drawn in figure["data"]] == [[1e-4, 8e-3], [1e-5, 0.01]]
    assert {figure["layout"][name]["type"] for name in ("xaxis", "yaxis")} == {"log"}


def test_tracking_draws_shares_on_one_scale() -> None:
    figure = EVERY["tracking"]()
    diagonal, points = figure["data"]
    assert points["x"] == pytest.approx([1 / 3, 1 / 2, 1 / 6], abs=1e-5)
    assert points["y"] == pytest.approx([0.5, 0.3, 0.2], abs=1e-5)
    assert diagonal["x"] == diagonal["y"]
    assert figure["layout"]["xaxis"]["range"] == figure["layout"]["yaxis"]["range"]
    assert "Agent 4" in figure["layout"]["meta"]["alt"]
    assert "r = −0.30" in figure["layout"]["meta"]["alt"]


def test_trackings_words_are_not_left_out_by_a_rounding() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        cgsv, retrained = rng.uniform(0.1, 1.1, (2, 5))
        layout = tracking_figure(cgsv, retrained, agents=range(5), pearson=0.5)["layout"]
        assert beyond_an_axis(layout) == beyond_an_axis(layout | layout["meta"]["narrow"]["layout"]) == []


def test_tracking_refuses_values_without_a_whole() -> None:
    with pytest.raises(ValueError, match="retrained: values that sum"):
        tracking_figure(np.ones(2), np.array([0.1, -0.1]), agents=[0, 1], pearson=None)


@pytest.mark.parametrize("n_agents", range(1, 7))
def test_on_a_phone_the_bars_stand_under_the_lattice_and_a_row_is_as_tall(n_agents: int) -> None:
    layout = lattice(n_agents)["layout"]
    narrow = layout["meta"]["narrow"]["layout"]
    accept(lattice(n_agents) | {"layout": layout | narrow})
    assert narrow["xaxis"]["domain"] == narrow["xaxis2"]["domain"] == [0, 1]
    assert narrow["yaxis2"]["domain"][1] < narrow["yaxis"]["domain"][0]
    margins = layout["margin"]["t"] + layout["margin"]["b"]
    pixels = [
        (own["height"] - margins) * np.ptp(own["yaxis2"].get("domain", [0, 1])) / np.ptp(own["yaxis2"]["range"])
        for own in (layout, narrow)
    ]
    assert pixels[0] == pytest.approx(pixels[1], abs=1)
    circles = (narrow["height"] - margins) * np.ptp(narrow["yaxis"]["domain"])
    assert circles == pytest.approx(Lattice(n_agents).height, abs=1)


def test_on_a_phone_the_names_stand_under_the_arrows() -> None:
    layout = plane(5)["layout"]
    narrow = layout["meta"]["narrow"]["layout"]
    accept(plane(5) | {"layout": layout | narrow})
    assert [one["text"] for one in narrow["annotations"]] == [one["text"] for one in layout["annotations"]]
    assert all(one["y"] < 0 for one in narrow["annotations"])
