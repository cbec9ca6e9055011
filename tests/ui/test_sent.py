"""The figures that a server has sent: found by their digest, equal ones once, and never more than fit."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cgs_core.data import federated_data
from cgs_ui.charts import chart as charts
from cgs_ui.charts.captions import Caption
from cgs_ui.charts.packed import as_text, unpacked
from cgs_ui.charts.sent import SentFigures
from tests.figures.drawn import drawn_trace
from tests.figures.test_every_figure import EVERY


def figure_of(number: int) -> dict[str, Any]:
    """Figures of one size, whatever the number below 10."""
    return {"data": [{"type": "scatter", "y": [number]}], "layout": {}}


def size_of_one() -> int:
    store = SentFigures()
    sent = store.find(store.remember(figure_of(0)))
    assert sent is not None
    return len(sent.content)


@pytest.mark.parametrize("kind", EVERY)
def test_a_figure_is_found_as_a_browser_reads_it(kind: str) -> None:
    trace = drawn_trace(5)
    figure = EVERY[kind](trace, federated_data(trace.scenario))
    store = SentFigures()
    sent = store.find(store.remember(figure, ("one", "two")))
    assert sent is not None
    assert sent.read() == (json.loads(json.dumps(figure)), ["one", "two"])


def test_equal_figures_are_kept_once_and_others_have_other_digests() -> None:
    store = SentFigures(size_of_one())
    digests = {store.remember(figure_of(1)) for _ in range(5)}
    assert len(digests) == 1 and store.find(*digests)
    assert store.remember(figure_of(1), ["a"]) not in digests  # a page with frames of other names is another file


def test_figures_that_differ_in_their_files_name_alone_are_one_picture() -> None:
    store = SentFigures()

    def sent(name: str, number: int = 1) -> tuple[str, str]:
        meta = {"filename": name, "title": "Shards"}
        digest, one = store.packed(figure_of(number) | {"layout": {"meta": meta}})
        return digest, one.picture

    (first, picture), (second, same), (_, other) = sent("cgs-a"), sent("cgs-b"), sent("cgs-a", number=2)
    assert first != second and picture == same != other


def test_what_was_never_sent_is_not_found() -> None:
    assert SentFigures().find("0" * 64) is None


def test_the_least_recently_sent_makes_room() -> None:
    store = SentFigures(3 * size_of_one())
    first, second, third = (store.remember(figure_of(number)) for number in (1, 2, 3))
    store.remember(figure_of(1))  # is on screen again
    fourth = store.remember(figure_of(4))
    assert store.find(second) is None
    assert all(store.find(digest) for digest in (first, third, fourth))


def test_what_is_larger_than_all_room_is_not_kept() -> None:
    store = SentFigures(size_of_one() - 1)
    assert store.find(store.remember(figure_of(1))) is None
    assert store._n_bytes == 0


def test_many_threads_keep_to_the_size() -> None:
    store = SentFigures(4 * size_of_one())
    with ThreadPoolExecutor(8) as threads:
        digests = list(threads.map(lambda number: store.remember(figure_of(number % 10)), range(1000)))
    kept = [sent for digest in set(digests) if (sent := store.find(digest))]
    assert len(kept) == 4 and store._n_bytes == sum(len(sent.content) for sent in kept) <= 4 * size_of_one()


# -- what a chart sends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_agents", "most_bytes"), [(5, 24_000), (50, 160_000)])
def test_a_ledger_of_fifty_rounds_is_sent_in_few_bytes(n_agents: int, most_bytes: int) -> None:
    trace = drawn_trace(n_agents, n_planned=50, n_recorded=50)
    _, sent = SentFigures().packed(EVERY["ledger"](trace, federated_data(trace.scenario)))
    assert len(as_text(sent.content)) < most_bytes


class Browser:
    """What came there, in the place of Streamlit's component."""

    data: dict[str, Any]

    def __call__(self, data: dict[str, Any], **more: Any) -> None:
        self.data = data


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    came = Browser()
    monkeypatch.setattr(charts, "_components", lambda: (came, None))
    monkeypatch.setattr(charts, "SENT", SentFigures())
    return came


@pytest.mark.parametrize(("is_live", "n_frames"), [(False, 4), (True, 1)])
@pytest.mark.parametrize("is_projected", [False, True])
def test_a_chart_names_what_it_sent(
    browser: Browser, is_live: bool, n_frames: int, is_projected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the figure that it was given: of a live run it sends the newest round, to a projector larger text."""
    monkeypatch.setattr(charts.view, "is_projected", lambda: is_projected)
    monkeypatch.setattr(charts.view, "is_bare", lambda: is_projected)
    trace = drawn_trace(5)
    charts.chart(EVERY["pay"](trace, federated_data(trace.scenario)), "pay", Caption("words", labels=("a",)), is_live)
    sent = charts.SENT.find(browser.data["digest"])
    assert sent is not None
    figure, labels = sent.read()
    assert [figure, labels] == unpacked(browser.data["packed"]) and labels == ["a"]
    assert len(browser.data["packed"]) < len(json.dumps(figure)) / 2
    assert len(figure["frames"]) == n_frames
    assert (figure["layout"]["font"].get("size") == 24) == is_projected
