"""What jobs will cost, from what the store measured of like ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from cgs_core.errors import CgsError
from cgs_core.runs.database import Database
from cgs_core.runs.kinds import KindName
from cgs_core.scenario import Scenario

_LATEST = 15  # finished jobs of a kind, a data set and a model whose pace is looked at


def work(scenario: Scenario, kind: KindName = "run") -> float:
    """What the time of a job goes by, among those of one data set and model: samples that pass through models."""
    passes = scenario.n_rounds * scenario.local_epochs * scenario.total_samples
    return float(passes * 2**scenario.n_agents if kind == "retrained_game" else passes)


def expected(
    scenarios: Iterable[Scenario], measured: Sequence[tuple[Scenario, float]], kind: KindName = "run"
) -> float:
    """Seconds that jobs will take, by the median pace of measured ones, which are like them; there must be some.

    Parameters
    ----------
    measured: scenarios of finished jobs, each with the seconds that it took.
    """
    pace = median(seconds / work(scenario, kind) for scenario, seconds in measured)
    return pace * sum(work(scenario, kind) for scenario in scenarios)


class Costs:
    """What the jobs of a store have cost."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seconds(self, scenarios: Sequence[Scenario], kind: KindName = "run") -> float | None:
        """Seconds of one worker for these; None while there is one of which no like job has been measured.

        A job is like another with the same data set and model.
        """
        groups: dict[tuple[str, str], list[Scenario]] = {}
        for scenario in scenarios:
            groups.setdefault((scenario.dataset, scenario.model), []).append(scenario)
        total = 0.0
        for like, group in groups.items():
            measured = self._measured(kind, *like)
            if not measured:
                return None
            total += expected(group, measured, kind)
        return total

    def _measured(self, kind: KindName, dataset: str, model: str) -> list[tuple[Scenario, float]]:
        """The latest finished ones; those of a batch have shared its time."""
        query = (
            "SELECT scenario, seconds / MAX(1, (SELECT COUNT(*) FROM runs AS beside WHERE beside.batch ="
            " runs.batch AND beside.started = runs.started)) FROM runs WHERE status = 'done' AND kind = ?"
            " AND scenario ->> 'dataset' = ? AND scenario ->> 'model' = ? AND seconds > 0"
            " ORDER BY finished DESC LIMIT ?"
        )
        with self._database.read() as connection:
            found = connection.execute(query, (kind, dataset, model, _LATEST)).fetchall()
        measured = []
        for text, seconds in found:
            try:
                measured.append((Scenario.from_json(text), float(seconds)))
            except CgsError:  # of a package that is not here any more
                continue
        return measured
