"""Reports: whole, closed in themselves, escaped, and with the numbers of the run and no others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from cgs_core import Agent, Scenario, Trace, run
from cgs_core.data.own.csv import read_upload
from cgs_core.data.own.files import keep_arrays
from cgs_core.errors import DataError
from cgs_core.export.comparison_report import comparison_report
from cgs_core.export.definitions import RUN_DEFINITIONS
from cgs_core.export.interactive import plotly_library
from cgs_core.export.report import run_report
from cgs_core.export.run_figures import COMPARISON_FIGURES, run_figures
from cgs_core.export.why_part import MOST_DRAWN
from cgs_core.figures.agents.why import why_figures
from cgs_core.figures.style import percent
from cgs_core.measures import MEASURES
from cgs_core.mechanisms import MECHANISMS
from cgs_core.studies.comparison import Comparison, compare
from cgs_core.version import __version__
from cgs_core.words import findings
from cgs_core.words.comparison_findings import PROPERTIES
from cgs_core.words.why import why_question, why_steps
from cgs_core.words.written import written
from tests.data.uploads import csv_of
from tests.figures.drawn import drawn_trace

LINK = "http://class.example/playground?s=abc&round=3"
SMALL = Scenario(dataset="wine", n_agents=3, n_samples=60, n_rounds=2, batch_size=16)
HOSTILE = "<img src=x onerror=alert(1)></script><b>&amp;"
NAMES = ["fedavg", "cgsv", "leave_one_out"]


@dataclass
class Table:
    caption: str = ""
    heads: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """What a page holds: its tables, headings, figures, and whatever could make a request."""

    VOID = ("meta", "link", "img", "br", "hr")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self.headings: list[str] = []
        self.alts: list[str] = []
        self.addresses: list[str] = []
        self.spoken: list[str | None] = []  # of each formula, what is read aloud
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in self.VOID:
            self._open.append(tag)
        self.addresses += [str(given[name]) for name in ("src", "href", "srcset", "action") if name in given]
        if tag == "math":
            self.spoken.append(given.get("alttext"))
        if given.get("role") == "img":
            self.alts.append(str(given["aria-label"]))
        if tag == "table":
            self.tables.append(Table())
        if tag == "tr":
            self._is_changed = given.get("class") == "changed"
            if "tbody" in self._open:
                self.tables[-1].rows.append([])
        if tag in ("td", "th") and "tbody" in self._open:
            self.tables[-1].rows[-1].append("")
        if tag == "th" and "thead" in self._open:
            self.tables[-1].heads.append("")
        if tag in ("h1", "h2", "h3"):
            self.headings.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("mspace", "mtd", "mi")  # of a formula, with nothing in them

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag == "tr" and "tbody" in self._open and self._is_changed:
            self.tables[-1].changed.append(self.tables[-1].rows[-1][0])

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside in ("script", "style"):
            return
        self.words += data
        if inside == "caption":
            self.tables[-1].caption += data
        if {"td", "th"} & {*self._open} and "tbody" in self._open:
            self.tables[-1].rows[-1][-1] += data
        if inside == "th" and "thead" in self._open:
            self.tables[-1].heads[-1] += data
        if inside in ("h1", "h2", "h3"):
            self.headings[-1] += data

    def table(self, first_head: str) -> Table:
        return next(table for table in self.tables if table.heads[0] == first_head)


def read(report: str) -> Reader:
    assert report.count(plotly_library()) == 1
    return Reader(report.replace(plotly_library(), ""))


@pytest.fixture(scope="module")
def trace() -> Trace:
    return run(SMALL.replace(agents=(Agent(label_noise=0.5), Agent(conduct="free_rider")), altruism_degree=2.0))


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(SMALL.replace(n_validation=20), NAMES, n_seeds=2)


# -- a run -------------------------------------------------------------------------------------------------------------


def test_a_report_has_its_parts_and_the_sentences_of_the_page(trace: Trace) -> None:
    page = read(run_report(trace, LINK))
    parts = ["Findings", "Agents", "Why", "Figures", "Measures", "Definitions", "Settings", "How to get this again"]
    assert [heading for heading in page.headings if heading in parts] == parts
    assert findings.headline(trace) in page.words and findings.fairness(trace) in page.words
    assert trace.scenario.scenario_id in page.words and __version__ in page.words
    assert page.spoken.count(None) == sum(bool(one.formula) for one in RUN_DEFINITIONS) >= 7
    assert all(one.term in page.words for one in RUN_DEFINITIONS)


def test_every_figure_is_in_it_with_its_words(trace: Trace) -> None:
    report = run_report(trace)
    figures = run_figures(trace)
    small = [one for agent in range(trace.scenario.n_agents) for one in why_figures(trace, agent).values()]
    assert read(report).alts == [figure["layout"]["meta"]["alt"] for figure in (*small, *figures.values())]
    n_drawn = len(small) + len(figures)
    assert report.count("Plotly.newPlot(") == n_drawn + plotly_library().count("Plotly.newPlot(")


@pytest.mark.parametrize("n_agents", [2, MOST_DRAWN + 1])
def test_every_agents_five_steps_are_in_it(n_agents: int) -> None:
    trace = drawn_trace(n_agents)
    page = read(run_report(trace))
    formulas = [one.text for agent in range(n_agents) for step in why_steps(trace, agent) for one in step.formulas]
    assert [text for text in page.spoken if text is not None] == formulas
    for agent in range(n_agents):
        assert why_question(trace, agent) in page.headings
        table = next(one for one in page.tables if one.caption == f"Agent {agent + 1}: all {trace.n_rounds} rounds.")
        for step, row in zip(why_steps(trace, agent), table.rows, strict=True):
            assert row[:2] == [step.title, step.sentence]
            assert all(number.words.replace("\u00a0", "") in row[2] for number in step.numbers), row
    drawn = [figure["layout"]["meta"]["alt"] for figure in why_figures(trace, 0).values()]
    assert (set(drawn) <= set(page.alts)) == (n_agents <= MOST_DRAWN)


@pytest.mark.parametrize("n_agents", [2, 24, 50])
def test_the_agents_table_has_the_runs_numbers(n_agents: int) -> None:
    trace = drawn_trace(n_agents)
    table, last = read(run_report(trace)).table("Agent"), trace.rounds[-1]
    worth = trace.stack("contribution").mean(axis=0)
    assert [row[0] for row in table.rows] == [f"Agent\u00a0{number}" for number in range(1, n_agents + 1)]
    columns = dict(zip(table.heads, zip(*table.rows, strict=True), strict=True))
    for head, values, decimals in (
        ("Alone", last.standalone_accuracy, 1),
        ("Is paid (reward ratio)", trace.stack("reward_ratio").mean(axis=0), 0),
        ("Rewarded", last.accuracy, 1),
    ):
        assert list(columns[head]) == [percent(value, decimals) for value in values]
    assert [float(text) for text in columns["Is worth (cosine)"]] == pytest.approx(worth, abs=5.1e-4)


def test_every_measure_has_its_value_its_meaning_and_a_reason_where_it_is_undefined() -> None:
    trace = run(SMALL.replace(reward_rule="full"))  # one model for all: no spread, no fairness
    summary, table = trace.summary(), read(run_report(trace)).table("Measure")
    assert summary["undefined"]
    for (name, measure), row in zip(MEASURES.items(), table.rows, strict=True):
        why = summary["undefined"].get(name)
        assert row[:2] == [measure.title, "undefined" if why else written(name, summary[name])]
        assert measure.definition in row[2] and (why or "") in row[2]


def test_settings_that_differ_are_marked_and_all_are_there(trace: Trace) -> None:
    table = read(run_report(trace)).table("Setting")
    assert set(table.changed) == {
        "Data set",
        "Agents N",
        "Samples in all",
        "Rounds T",
        "Batch size B",
        "Altruism β",
        "Agent 1: wrong labels",
        "Agent 2: conduct",
    }
    assert [row[3] == "changed" for row in table.rows] == [row[0] in table.changed for row in table.rows]
    beta = next(row for row in table.rows if row[0] == "Altruism β")
    assert beta[1:4] == ["2", "1", "changed"]
    plain = read(run_report(drawn_trace(2, n_planned=50))).table("Setting")
    assert plain.changed == ["Agents N"]


def test_a_run_that_was_stopped_says_so() -> None:
    assert "stopped after round 1" in read(run_report(drawn_trace(3, n_planned=9, n_recorded=1))).words
    assert "stopped" not in read(run_report(drawn_trace(3))).words


def test_another_mechanism_than_the_papers_is_said(trace: Trace) -> None:
    other = run(SMALL.replace(valuation="data_size"))
    assert "departs from" in read(run_report(other)).words and "departs from" not in read(run_report(trace)).words


def test_the_same_run_gives_the_same_bytes(trace: Trace) -> None:
    assert run_report(trace, LINK) == run_report(trace, LINK)


def test_nothing_in_it_asks_for_anything_but_the_link_that_a_reader_follows(trace: Trace) -> None:
    page = read(run_report(trace, LINK))
    assert [url for url in page.addresses if not url.startswith(("#", "data:,"))] == [LINK]
    style = re.search("<style>(.*?)</style>", run_report(trace), re.DOTALL)
    assert style and "url(" not in style[1] and "@import" not in style[1]


def test_tables_have_captions_and_headed_rows(trace: Trace, comparison: Comparison) -> None:
    for report in (run_report(trace), comparison_report(comparison)):
        for table in read(report).tables:
            assert table.caption and table.rows
            assert {len(row) for row in table.rows} == {len(table.heads)}


# -- own data -----------------------------------------------------------------------------------------------------


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scenario:
    monkeypatch.setenv("CGS_OWN_DATA", str(tmp_path))
    content = csv_of().replace(b"big", HOSTILE.encode()).replace(b"north", b"</script><i>")
    arrays = read_upload(content, HOSTILE)
    keep_arrays(arrays)
    return Scenario(dataset="own", own_data=arrays.own, n_agents=2, n_rounds=1)


def test_what_a_person_wrote_is_text_and_that_the_data_are_not_in_it_is_said(own: Scenario) -> None:
    report = run_report(run(own), LINK)
    page = read(report)
    assert "The data are not in this report" in page.words
    assert HOSTILE in page.words and HOSTILE not in report
    assert "<img" not in report.replace(plotly_library(), "") and "</script><i>" not in report
    compared = comparison_report(compare(own, ["cgsv", "fedavg"]))
    assert "The data are not in this report" in read(compared).words and HOSTILE not in compared


def test_without_the_data_there_is_no_report(own: Scenario, tmp_path: Path) -> None:
    trace = run(own)
    for path in tmp_path.glob("*.npz"):
        path.unlink()
    with pytest.raises(DataError, match="not on this machine"):
        run_report(trace.__class__(own.replace(data_seed=1), trace.rounds))


# -- a comparison -------------------------------------------------------------------------------------------------


def test_a_comparisons_report_has_its_tables(comparison: Comparison) -> None:
    page = read(comparison_report(comparison, LINK))
    titles = [MECHANISMS[name].title for name in NAMES]
    agents = page.table("Agent")
    assert agents.heads[3:] == titles
    final = comparison.accuracy.mean(axis=0)
    for agent, row in enumerate(agents.rows):
        assert row[2:] == [percent(value, 1) for value in (comparison.standalone.mean(axis=0)[agent], *final[:, agent])]
    measures = next(table for table in page.tables if "Fairness (r)" in table.heads)
    assert [row[0] for row in measures.rows] == titles
    accuracy = [row[measures.heads.index(MEASURES["mean_accuracy"].column)] for row in measures.rows]
    ranks = comparison.ranks("mean_accuracy")
    assert [cell.startswith("★") for cell in accuracy] == [rank == 1 for rank in ranks]
    means = np.array([percent(value, 1) for value in comparison.measures["mean_accuracy"].mean(axis=0)])
    assert [cell.removeprefix("★ ") for cell in accuracy] == means.tolist()
    assert len(page.alts) == len(COMPARISON_FIGURES)
    assert all(found.evidence in page.words for name in NAMES for found in comparison.properties[name][0].values())
    assert all(words in page.words for words in PROPERTIES.values())
    assert "<strong>" in comparison_report(comparison) and "**" not in page.words


def test_a_comparisons_settings_leave_out_what_each_mechanism_has_of_its_own(comparison: Comparison) -> None:
    table = read(comparison_report(comparison)).table("Setting")
    assert not {"Valuation", "Reward rule", "Importance rule", "Aggregation weight"} & {row[0] for row in table.rows}
    assert "Validation samples" in table.changed
