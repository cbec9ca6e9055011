"""How steady values are: second names whose data are known, the file, the table and its sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cgs_core.data import federated_data
from cgs_core.errors import DataError
from cgs_core.scenario import Scenario
from cgs_core.studies.leaderboard import steady
from cgs_core.studies.leaderboard.board import method_title
from cgs_core.studies.leaderboard.cases import CASES
from cgs_core.studies.leaderboard.outcomes import worths_of_uploads
from cgs_core.studies.leaderboard.results import COMMITTED_FOLDER
from cgs_core.studies.leaderboard.steady import (
    STEADY_CASES,
    STEADY_SCORES,
    joined_twice,
    same_order,
    split_in_two,
    steadiness,
)
from cgs_core.studies.leaderboard.steady_board import (
    FILE,
    SteadyBoard,
    committed_steady,
    read_steady,
    with_found,
    write_steady,
)
from cgs_core.words.steady_findings import steady_cell, steady_table, two_names

WINE = CASES["wine/sizes"]
SHORT = WINE.scenario.replace(n_rounds=2)


def test_a_second_name_changes_nobody_elses_data() -> None:
    before = federated_data(SHORT).shards
    wider, data = joined_twice(SHORT, 4)
    assert wider.n_agents == len(data.shards) == 6 and data.shards[:5] == before
    np.testing.assert_array_equal(data.shards[5].features, before[4].features)
    after = federated_data(split_in_two(SHORT, 4)).shards
    for own, then in zip(after[:4], before[:4], strict=True):
        np.testing.assert_array_equal(own.source_index, then.source_index)
    halves = np.concatenate([after[4].source_index, after[5].source_index])
    np.testing.assert_array_equal(np.sort(halves), np.sort(before[4].source_index))


def test_the_share_of_the_data_gains_what_arithmetic_says() -> None:
    """Joined twice, n of m samples are 2 n of m + n; split in two they are n of m."""
    found = steadiness(WINE, 0, ("data_size", "cgsv_approx"))
    sizes = np.array([shard.n_samples for shard in federated_data(WINE.scenario_of(0)).shards])
    gains = [2 * sizes[agent] / (sizes.sum() + sizes[agent]) - sizes[agent] / sizes.sum() for agent in (0, 4)]
    line = found.lines["data_size"]
    assert line["copy_gain"] == pytest.approx(np.mean(gains), abs=1e-9) and line["split_gain"] == 0
    assert line["start_distance"] == line["data_distance"] == 0 and line["start_spearman"] == 1
    assert tuple(line) == STEADY_SCORES
    assert found.lines["cgsv_approx"]["split_gain"] > 0 and found.lines["cgsv_approx"]["data_distance"] > 0


def test_from_another_start_worth_is_that_of_the_same_data() -> None:
    again = worths_of_uploads(SHORT, ["cgsv_approx"], federated_data(SHORT))["cgsv_approx"]
    np.testing.assert_array_equal(again, worths_of_uploads(SHORT, ["cgsv_approx"])["cgsv_approx"])


def test_order_is_the_same_either_way_round_and_undefined_where_nobody_is_told_apart() -> None:
    flat, steep = np.ones(4), np.arange(4.0)
    assert same_order(flat, steep) == same_order(steep, flat) == 0
    assert np.isnan(same_order(flat, flat)) and same_order(steep, -steep) == -1


def test_who_cannot_take_one_agent_more_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def why_not(scenario: Scenario, method: str) -> str | None:
        return "too many" if method == "fedce" and scenario.n_agents > WINE.scenario.n_agents else None

    monkeypatch.setattr(steady, "why_not_for", why_not)
    found = steadiness(WINE, 0, ("fedce", "data_size"))
    assert set(found.lines) == {"data_size"} and found.refused == {"fedce": "too many"}


# -- the file ----------------------------------------------------------------------------------------------------------


def made_up(gains: dict[str, list[float]]) -> dict[tuple[str, int, str], dict[str, float]]:
    """Lines of one case, a gain of both ways a seed; the rest is alike."""
    return {
        (WINE.name, seed, method): dict.fromkeys(STEADY_SCORES[:4], 0.5) | {"copy_gain": gain, "split_gain": -gain}
        for method, own in gains.items()
        for seed, gain in enumerate(own)
    }


def test_the_file_is_read_as_it_was_written_and_another_version_is_refused(tmp_path: Path) -> None:
    lines = made_up({"data_size": [0.25, -0.125], "fedce": [0.5, float("nan")]})
    write_steady(tmp_path, lines)
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    read = read_steady(tmp_path)
    assert set(read) == set(lines) and np.isnan(read[WINE.name, 1, "fedce"]["copy_gain"])
    write_steady(tmp_path, with_found(read, steadiness(WINE, 0, ())))
    assert (tmp_path / FILE).read_text(encoding="utf-8") == text
    (tmp_path / FILE).write_text(text.replace(WINE.scenario_of(0).scenario_id, "another"), encoding="utf-8")
    assert {seed for _, seed, _ in read_steady(tmp_path)} == {1}
    (tmp_path / FILE).write_text(text.replace(",4,", ",0,"), encoding="utf-8")
    with pytest.raises(DataError, match="version"):
        read_steady(tmp_path)
    (tmp_path / FILE).write_text("a,b\n", encoding="utf-8")
    with pytest.raises(DataError, match="columns"):
        read_steady(tmp_path)
    assert read_steady(tmp_path / "nowhere") == {}


# -- the table ---------------------------------------------------------------------------------------------------------


def test_who_gains_is_told_over_the_seeds_and_said() -> None:
    noise = np.array([-0.01, 0.0, 0.01, 0.02, -0.02])
    gains = {"data_size": [0.0] * 5, "fedce": (0.2 + noise).tolist(), "foolsgold": (-0.3 + noise).tolist()}
    board = SteadyBoard(made_up(gains))
    assert board.cases == (WINE,) and board.n_seeds == 5
    outcomes = {method: board.gains[method, "copy_gain"].outcome for method in board.methods}
    assert outcomes == {"data_size": 0, "fedce": 1, "foolsgold": -1}
    words = " ".join(two_names(board))
    assert (
        f"a larger share of all worth under 1 of 3 values (+20.0 ± 2.0 points under {method_title('fedce')})" in words
    )
    assert f"a smaller one under 1 (−30.0 ± 2.0 points under {method_title('foolsgold')})" in words
    assert words.count("neither for sure under 1") == 2
    assert {entry.rank for entry in board.entries("start_distance").values()} == {1}
    assert {entry.rank for entry in board.entries("copy_gain").values()} == {None}
    heads, rows = steady_table(board)
    assert len(rows) == 3 and all(len(row) == len(heads) for row in rows)


def test_a_value_that_fewer_cases_have_says_of_how_many_it_is() -> None:
    lines = made_up({"fedce": [0.2, 0.3], "data_size": [0.1, 0.2]})
    lines |= {(STEADY_CASES[0].name, seed, "fedce"): lines[WINE.name, seed, "fedce"] for seed in range(2)}
    entries = SteadyBoard(lines).entries("copy_gain")
    assert steady_cell("copy_gain", entries, "data_size", "*").endswith(" (of 1)")
    assert "of" not in steady_cell("copy_gain", entries, "fedce", "*")


def test_one_seed_tells_nothing_and_a_case_that_lacks_a_seed_does_not_count() -> None:
    assert "ranked" in two_names(SteadyBoard(made_up({"fedce": [0.2]})))[0]
    lines = made_up({"fedce": [0.2, 0.3]})
    lines["digits/sizes", 0, "fedce"] = lines[WINE.name, 0, "fedce"]
    assert SteadyBoard(lines).cases == (WINE,)


# -- what comes with the program ---------------------------------------------------------------------------------------


def test_the_committed_lines_are_whole() -> None:
    lines = committed_steady()
    board = SteadyBoard(lines)
    assert board.cases == STEADY_CASES and board.n_seeds >= 5 and len(board.methods) >= 20
    assert len(lines) == len(board.cases) * board.n_seeds * len(board.methods)
    card = (COMMITTED_FOLDER / "LEADERBOARD.md").read_text(encoding="utf-8")
    assert f"`{FILE}`" in card and f"{len(board.cases)} cases, {board.n_seeds} seeds" in card


def test_a_cheap_committed_line_comes_out_again() -> None:
    """To the byte on the processor that made it; another one's kernels move last digits."""
    case = CASES["wine/labels-steps"]
    names = ("cgsv_approx", "fedce")
    found, kept = steadiness(case, 0, names), committed_steady()
    for name in names:
        for score in ("start_distance", "copy_gain", "split_gain"):
            assert found.lines[name][score] == pytest.approx(kept[case.name, 0, name][score], abs=5e-3)
