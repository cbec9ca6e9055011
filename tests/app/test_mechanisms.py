"""The page "Mechanisms": the comparison is the core's, to the digit; who cheats is compared with itself."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.stats
from streamlit.testing.v1 import AppTest

from cgs_core import Scenario
from cgs_core.data import federated_data
from cgs_core.figures.style import percent, points
from cgs_core.mechanisms import MECHANISMS
from cgs_core.metrics import is_same_accuracy, mean_shares
from cgs_core.scenario import Agent
from cgs_core.studies.comparison import Comparison, compare
from cgs_core.words.comparison_findings import headline, written
from cgs_core.words.written import unbroken
from cgs_ui.mechanisms.cheats import CHEATS
from cgs_ui.mechanisms.panel import with_validation
from cgs_ui.plain_text import plain
from tests.app.pages import charts, cold, settle
from tests.app.pages import headline as headline_of

QUICK = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16)
NAMES = ["fedavg", "cffl", "cgsv", "iafl"]


def opened(scenario: Scenario = QUICK, **chosen: object) -> AppTest:
    return settle(cold("mechanisms", scenario, **({"mechanisms": NAMES, "comparison_seeds": 1} | chosen)))


def open_view(page: AppTest, label: str) -> AppTest:
    page.session_state["tab"] = label
    page.run()
    assert not page.exception
    return settle(page)


def compared(scenario: Scenario = QUICK, n_seeds: int = 1) -> Comparison:
    return compare(with_validation(scenario), NAMES, n_seeds)


@pytest.mark.parametrize("n_seeds", [1, 5])
def test_the_table_is_the_cores(n_seeds: int) -> None:
    page = opened(comparison_seeds=n_seeds)
    expected = compared(n_seeds=n_seeds)
    assert headline_of(page) == unbroken(headline(expected))
    assert charts(page) == ["mechanism_accuracy", "measures"]
    frame = page.dataframe[0].value
    assert frame.columns.tolist() == [MECHANISMS[name].title for name in NAMES]
    assert frame.loc["Needs validation data"].tolist() == ["no", "yes", "no", "no"]
    for place, cell in enumerate(frame.loc["Accuracy, mean"]):
        assert cell.removeprefix("★ ") == written("mean_accuracy", expected.measures["mean_accuracy"][:, place].mean())
        assert cell.startswith("★") == (expected.ranks("mean_accuracy")[place] == 1)


def test_what_each_one_does_is_in_the_open() -> None:
    shown = [words.value for words in opened().main.markdown]
    (sentences,) = [words.splitlines() for words in shown if words.startswith("- **")]
    assert [line.split("**")[1] for line in sentences] == [MECHANISMS[name].title for name in NAMES]
    assert plain(MECHANISMS["cgsv"].sentence) in "".join(sentences)


def test_every_mechanism_is_told_with_its_source_and_those_compared_first() -> None:
    words = opened().table[0].value
    assert [name.strip("*") for name in words.index[:4]] == [MECHANISMS[name].title for name in NAMES]
    assert len(words) == len(MECHANISMS) and (words != "").all(axis=None)
    assert "largest entries" in words.loc["**CGSV**"].iloc[0] and words.loc["**CGSV**"].iloc[-1] == plain(
        MECHANISMS["cgsv"].source
    )


def test_one_more_mechanism_changes_nobodys_numbers() -> None:
    few = opened(mechanisms=["fedavg", "cgsv"]).dataframe[0].value
    more = opened().dataframe[0].value
    for measure in ("Accuracy, mean", "Gain, mean (points)", "Fairness (r)"):
        for name in ("FedAvg", "CGSV"):
            assert few.loc[measure, name].removeprefix("★ ") == more.loc[measure, name].removeprefix("★ ")


def test_every_property_has_its_verdict_and_its_numbers() -> None:
    scenario = QUICK.replace(agents=(Agent(), Agent(copy_of=0), Agent(conduct="free_rider")))
    page = open_view(opened(scenario), "Properties")
    expected = compared(scenario)
    (table,) = [words.value for words in page.main.markdown if words.value.startswith("| |")]
    for name in NAMES:
        found = expected.properties[name][0]
        marks = [{True: "✓", False: "✗", None: "–"}[one.holds] for one in found.values()]
        assert f"| {MECHANISMS[name].title} | {' | '.join(marks)} |" in table
    told = [words.value for words in page.main.markdown]
    assert any(expected.properties["fedavg"][0]["null_agent"].evidence in words for words in told)


def test_sentences_are_compared_like_any_data() -> None:
    scenario = Scenario(dataset="sentences", model="text_cnn", split="owners", n_agents=3, n_samples=60, n_rounds=2)
    assert charts(opened(scenario)) == ["mechanism_accuracy", "measures"]


@pytest.mark.parametrize("cheat", [name for name in CHEATS if name not in ("collude", "split")])
def test_a_cheater_is_compared_with_itself_being_honest(cheat: str) -> None:
    page = open_view(opened(cheat=cheat), "Game the rule")
    honest = compared()
    size = federated_data(with_validation(QUICK)).shards[2].n_samples
    dishonest = {
        "repeat": Agent(repeats=2),
        "withhold": Agent(shard_size=size // 2),
        "flip": Agent(label_noise=0.8),
        "noise": Agent(conduct="free_rider"),
        "echo": Agent(conduct="echo"),
        "climb": Agent(conduct="climber"),
        "negate": Agent(conduct="sign_flipper"),
        "private": Agent(conduct="private"),
        "overstate": Agent(conduct="overstater"),
    }[cheat]
    cheated = compared(QUICK.replace(agents=(Agent(), Agent(), dishonest)))
    frame = page.dataframe[0].value
    np.testing.assert_allclose(frame["Honest"], 100 * honest.accuracy[0, :, 2], rtol=1e-12)
    np.testing.assert_allclose(frame["Cheating"], 100 * cheated.accuracy[0, :, 2], rtol=1e-12)
    better = [
        MECHANISMS[name].title
        for place, name in enumerate(NAMES)
        if cheated.accuracy[0, place, 2] > honest.accuracy[0, place, 2]
        and not is_same_accuracy(cheated.accuracy[0, place, 2], honest.accuracy[0, place, 2], QUICK.info.n_test)
    ]
    (words,) = [info.value for info in page.info if "in this one run" in info.value]
    assert re.search(r"better under (.*) \(beyond the test's error\)\. More", words)[1] == (
        ", ".join(better) or "none of them"
    )


def test_who_colludes_does_so_with_its_neighbour_and_who_splits_in_two_has_the_better_of_two_models() -> None:
    honest = compared()
    for cheat, agents, own in (
        ("collude", (Agent(conduct="colluder"), Agent(), Agent(conduct="colluder")), [2]),
        ("split", (Agent(), Agent(), Agent(), Agent(shell_of=2)), [2, 3]),
    ):
        frame = open_view(opened(cheat=cheat), "Game the rule").dataframe[0].value
        cheated = compared(QUICK.replace(n_agents=len(agents), agents=agents))
        np.testing.assert_allclose(frame["Cheating"], 100 * cheated.accuracy[0, :, own].max(axis=0), rtol=1e-12)
        change = 100 * (cheated.accuracy[0, :, :2] - honest.accuracy[0, :, :2]).mean(axis=1)
        assert list(frame["Others (points)"]) == [points(one / 100) for one in change]
        for comparison, agents_of, column in ((honest, [2], "honest"), (cheated, own, "cheating")):
            shares = [mean_shares(worth) for worth in comparison.worth[0]]
            expected = ["–" if one is None else percent(one[agents_of].sum()) for one in shares]
            assert list(frame[f"Worth, {column}"]) == expected


def test_over_several_seeds_it_is_said_where_cheating_is_worth_more() -> None:
    agents = (Agent(), Agent(), Agent(), Agent(shell_of=2))
    cheated, honest = compared(QUICK.replace(n_agents=4, agents=agents), 5), compared(n_seeds=5)
    cgsv = NAMES.index("cgsv")
    change = [
        mean_shares(after)[[2, 3]].sum() - mean_shares(before)[2]
        for after, before in zip(cheated.worth[:, cgsv], honest.worth[:, cgsv], strict=True)
    ]
    assert min(change) > 0.05  # about a third becomes a half
    page = open_view(opened(cheat="split", comparison_seeds=5), "Game the rule")
    (told,) = [box.value for box in page.warning if "worth clearly more" in box.value]
    assert "CGSV" in told and "FedAvg" not in told  # whose worth is the share of the data


def test_what_an_agent_cannot_do_is_said() -> None:
    copying = QUICK.replace(agents=(Agent(), Agent(), Agent(copy_of=0)))
    page = open_view(opened(copying, cheat="split"), "Game the rule")
    assert any("Agent 3 cannot do that here. agents[3].shell_of" in box.value for box in page.info)
    riding = QUICK.replace(agents=(Agent(), Agent(), Agent(conduct="echo")))
    page = open_view(opened(riding, cheat="echo"), "Game the rule")
    assert any(box.value == "Agent 3 does that already." for box in page.info)


def test_over_several_seeds_cheating_pays_where_the_corrected_paired_test_tells_it() -> None:
    page = open_view(opened(cheat="withhold", comparison_seeds=5), "Game the rule")
    size = federated_data(with_validation(QUICK)).shards[2].n_samples
    agents = (Agent(), Agent(), Agent(shard_size=size // 2))
    change = compared(QUICK.replace(agents=agents), 5).accuracy[..., 2] - compared(n_seeds=5).accuracy[..., 2]
    p_values = [scipy.stats.ttest_1samp(own, 0).pvalue if own.any() else 1.0 for own in change.T]
    limit = max((p for k, p in enumerate(sorted(p_values), 1) if p <= 0.05 * k / len(NAMES)), default=-1.0)
    pays = [
        MECHANISMS[name].title
        for name, p, own in zip(NAMES, p_values, change.T, strict=True)
        if p <= limit and own.mean() >= 0.005
    ]
    told = [box.value for box in (*page.warning, *page.success) if "(5 seeds)" in box.value]
    assert len(told) == 1
    assert told[0].endswith(f"pays under {', '.join(pays)} (5 seeds).") if pays else "under none of these" in told[0]


def test_what_cannot_be_compared_is_said() -> None:
    page = opened(mechanisms=["cgsv"])
    assert "two mechanisms or more" in page.info[0].value and charts(page) == []
    full = Scenario(dataset="wine", n_agents=3, n_samples=142, n_rounds=2)
    assert "n_samples" in opened(full).error[0].value
