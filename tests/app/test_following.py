"""How a page follows a run: what is asked for before it is drawn, and how often it is looked at."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cgs_core import Scenario
from cgs_core.data import federated_data
from cgs_core.figures import ledger_figure
from cgs_core.runs import JobRunner
from cgs_core.runs.costs import Costs
from cgs_ui import session
from cgs_ui.charts.drawn import drawn
from cgs_ui.following import one_run, pulse
from cgs_ui.following.one_run import Following
from tests.app.pages import charts, cold, is_live, settle
from tests.figures.drawn import drawn_trace


@pytest.mark.parametrize(
    ("n_rounds", "since", "seconds"),
    [(0, 100.0, 0.25), (0, 98.0, 0.7), (1, 100.0, 0.7), (10, 100.0, 0.4), (19, 100.0, 0.25)],
)
def test_the_next_look_comes_when_the_rest_is_thought_to_be_done(
    n_rounds: int, since: float, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = cast(Any, SimpleNamespace(n_rounds=n_rounds))
    following = Following(Scenario(n_rounds=20), "run", "running", trace, since=since)
    monkeypatch.setattr(time, "monotonic", lambda: 100.4)
    monkeypatch.setattr(pulse, "_beating", {})  # of visitors of earlier tests in this process
    assert one_run._until_next_look(following) == pytest.approx(seconds)


def test_who_waits_looks_again_when_its_turn_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = cast(Any, SimpleNamespace(n_rounds=0))
    monkeypatch.setattr(one_run, "longest_pause", lambda alone: 5 * alone)
    looks = [
        one_run._until_next_look(
            Following(Scenario(), "run", "queued", rounds, queue_position=place, expected=1.2, since=0.0)
        )
        for place in (1, 2, 3, 9)
    ]
    assert looks == pytest.approx([0.25, 1.2, 2.4, 3.5])


def test_the_more_visitors_follow_runs_the_more_seldom_each_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "_beating", {f"visitor {number}": 100.0 for number in range(30)})
    monkeypatch.setattr(time, "monotonic", lambda: 105.0)
    assert pulse.longest_pause(0.7) == pytest.approx(3.0)
    monkeypatch.setattr(time, "monotonic", lambda: 111.0)  # they have not beaten for a while
    assert pulse.longest_pause(0.7) == 0.7


def test_the_same_figure_is_made_once() -> None:
    trace = drawn_trace(5)
    data = federated_data(trace.scenario)
    one = drawn(ledger_figure, trace, sort_by="pay")
    assert drawn(ledger_figure, trace, sort_by="pay") is one
    assert one == ledger_figure(trace, data, sort_by="pay") != drawn(ledger_figure, trace, sort_by="agent")


def test_long_work_says_what_it_costs_and_begins_when_it_is_told_to(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    wine = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16, data_seed=77)
    monkeypatch.setattr(JobRunner, "expected_seconds", lambda *_: 400.0)
    page = cold("mechanisms", wine, mechanisms="fedavg,cffl", comparison_seeds=1)
    assert "2 runs, about 6 min 40 s on this server. Nothing is computed yet." in [one.value for one in page.info]
    assert not is_live(page) and "mechanism_accuracy" not in charts(page)
    next(button for button in page.button if button.label == "Start").click().run()
    assert "mechanism_accuracy" in charts(settle(page))


def test_many_runs_say_first_that_one_of_them_would_not_end_in_time(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    wine = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=3, batch_size=16, data_seed=78)
    monkeypatch.setattr(Costs, "seconds", lambda *_: 1300.0)
    monkeypatch.setattr(JobRunner, "expected_seconds", lambda *_: 200.0)  # alone it would begin by itself
    page = cold("mechanisms", wine, mechanisms="fedavg,cffl", comparison_seeds=1)
    (words,) = [one.value for one in page.info if "Nothing is computed yet" in one.value]
    assert "The longest of them would take about 21 min 40 s, and this server ends a run after 20 min 0 s" in words
    assert not is_live(page)
    next(button for button in page.button if button.label == "Start").click().run()
    assert "mechanism_accuracy" in charts(settle(page))


def test_the_tabs_of_one_visitor_share_its_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with JobRunner(tmp_path / "runs.sqlite", n_workers=0) as runner:
        monkeypatch.setattr(one_run, "job_runner", lambda: runner)
        places = []
        for owner, visitor, seed in (("tab 1", "one", 1), ("tab 2", "one", 2), ("another's", "another", 3)):
            monkeypatch.setattr(session, "owner", lambda owner=owner: owner)
            monkeypatch.setattr(one_run, "visitor", lambda visitor=visitor: visitor)
            following = one_run._asked(Scenario(start_seed=seed), "run", before=None, is_told=False)
            places.append(runner.store.events(following.run_id).queue_position)
        assert places == [1, 2, 2], "the second tab's run waits for the first one's, another's does not"


def test_a_run_says_what_is_left_from_its_first_second(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(one_run.st, "columns", lambda *_, **__: (Words(said), Words([])))
    monkeypatch.setattr(time, "monotonic", lambda: 1002.0)
    for n_rounds in (0, 5):
        rounds = cast(Any, SimpleNamespace(n_rounds=n_rounds))
        following = Following(Scenario(n_rounds=20), "run", "running", rounds, since=1000.0, expected=9.0)
        one_run._status(following, "place")
    assert said == ["Training: round 0 of 20, about 7 s left.", "Training: round 5 of 20, about 6 s left."]


class Words:
    """A place that keeps what a progress bar says."""

    def __init__(self, said: list[str]) -> None:
        self.said = said

    def progress(self, _: float, text: str) -> None:
        self.said.append(text)

    def button(self, *_: object, **__: object) -> None:
        pass
