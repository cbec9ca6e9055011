"""The captions of exported charts: what a chart shows, with which seeds, and where it can be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from cgs_core import Scenario, Trace
from cgs_core.export import caption, scenario_caption
from cgs_core.mechanisms import MECHANISMS, with_mechanism
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.records.logged_trace import LoggedTrace
from cgs_core.studies.side_by_side import NamedRun, scenario_words
from cgs_ui import session
from cgs_ui.session.addresses import run_link, scenario_link

if TYPE_CHECKING:
    from cgs_core.studies.comparison import Comparison  # which loads the engine: a page that draws need not


@dataclass(frozen=True)
class Caption:
    """Words below an exported chart. The browser adds the round that is shown, and the link if it is short."""

    words: str
    link: str | None = None  # None: the page's own address at that time; "": none
    short_link: str = ""  # for this server alone; instead of a link that is too long to be read off a picture
    labels: tuple[str, ...] | None = None  # what the chart's frames are called where they are not rounds; (): nothing

    def after(self, part: str) -> Caption:
        """The same with something before it."""
        return replace(self, words=f"{part} · {self.words}")


def of_page() -> Caption:
    """Of a chart that shows no scenario: the version, and the page."""
    return Caption(caption())


def of_run(scenario: Scenario) -> Caption:
    """Of one scenario's run, which may be another than the one that the page's address opens."""
    shown = of_example(scenario)
    return replace(shown, link=None) if scenario == session.scenario() else shown


def of_example(scenario: Scenario) -> Caption:
    """Of a run that is none of the visitor's."""
    return Caption(_words_of(scenario), scenario_link(scenario), run_link(scenario.scenario_id))


@lru_cache(maxsize=64)
def _words_of(scenario: Scenario) -> str:
    """Of every chart of a run, again and again while it trains."""
    return scenario_caption(scenario)


def of_trace(trace: Trace) -> Caption:
    """Of a run, or of the log of a real federation, which no link opens."""
    if not isinstance(trace, LoggedTrace):
        return of_run(trace.scenario)
    rules = trace.scenario
    told = f"valued by {VALUATIONS[rules.valuation].title}, α = {rules.importance_smoothing:g}, "
    return of_log(trace.log.log_id, "as logged" if trace.is_logged else f"{told}β = {rules.altruism_degree:g}")


def of_log(log_id: str, *words: str) -> Caption:
    """Of the log of a real federation."""
    return Caption(caption(f"federation log {log_id}", *words), link="")


def of_comparison(comparison: Comparison) -> Caption:
    """Of mechanisms side by side."""
    titles = ", ".join(MECHANISMS[name].title for name in comparison.mechanisms)
    words = scenario_words(with_mechanism(comparison.scenario, "cgsv"))
    return Caption(caption(titles, words, seeds_words(comparison.scenario, comparison.n_seeds)))


def of_runs(runs: Sequence[NamedRun]) -> Caption:
    """Of runs of a shelf over each other: their ids open them, the shelf's address does not."""
    named = ", ".join(f"{run.name} (run {run.trace.scenario.scenario_id})" for run in runs)
    return Caption(caption(named), link="")


def seeds_words(scenario: Scenario, n_seeds: int) -> str:
    """The seeds of several runs, which move on by one together."""
    first = (scenario.data_seed, scenario.start_seed)
    spans = [f"{seed} to {seed + n_seeds - 1}" if n_seeds > 1 else str(seed) for seed in first]
    if first[0] == first[1]:
        return f"seed{'s' * (n_seeds > 1)} {spans[0]}"
    return f"data seed{'s' * (n_seeds > 1)} {spans[0]}, start seed{'s' * (n_seeds > 1)} {spans[1]}"
