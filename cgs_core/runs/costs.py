"""What jobs will cost, from what the store measured of like ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from cgs_core.errors import CgsError
from cgs_core.mechanisms.reward_rules import REWARD_RULES
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.runs.database import Database
from cgs_core.runs.kinds import KindName
from cgs_core.scenario import Scenario

SHORT_SECONDS = 5.0
"""Of work: what takes no longer is done by the express worker while others are at something long."""

# Measured on one core (x86-64, 2024): what matters is the order of jobs; seconds are told by the store's own pace.
_N_FEDERATIONS = 3  # the mechanism's, every agent alone, FedAvg
_SAMPLE_SECONDS = 0.8e-6
_PRODUCT_SECONDS = 3.3e-10  # one multiplication of a dense net, forward and back
_CONVOLUTIONAL_SECONDS = {"cnn": 1.0e-7, "paper_cifar": 2.5e-7, "paper_mnist": 6.6e-7, "text_cnn": 5e-6}  # a feature
_GAME_PART = 1 / 6  # of a run for each coalition: half of the agents on average, in one federation instead of three
_CHECK_PARTS = 10  # of a run for its check by torch, whose small steps take many times as long
_TEST_PART = 1 / 3  # a sample that is tested goes forward only
_STEP_SECONDS = 5e-5  # a mini-batch, however small
_COALITION_SECONDS = 1e-7
_LATEST = 15  # finished jobs of a kind, a data set and a model whose pace is looked at


def work(scenario: Scenario, kind: KindName = "run") -> float:
    """Roughly the seconds of one core of an ordinary machine, and what the time of a job goes by among like ones.

    Three federations train on every sample, and every agent's three models are tested after each round; the exact
    CGSV goes through all coalitions; other valuations may try many models on the samples that are set aside. Where
    only the end is wanted one federation trains, and its models are tested once.
    """
    n_agents, one_pass = scenario.n_agents, _pass_seconds(scenario)
    n_trained, n_tested = (1, 1 / scenario.n_rounds) if kind == "ending" else (_N_FEDERATIONS, _N_FEDERATIONS)
    trained = n_trained * scenario.local_epochs * scenario.total_samples
    steps = scenario.local_epochs * scenario.total_samples / scenario.batch_size
    tested = n_tested * n_agents * scenario.info.n_test + _n_valued(scenario) * scenario.n_validation
    coalitions = 2**n_agents if scenario.valuation == "cgsv_exact" else 0
    a_round = one_pass * (trained + _TEST_PART * tested) + _STEP_SECONDS * steps + _COALITION_SECONDS * coalitions
    seconds = scenario.n_rounds * a_round
    parts = {"run": 1.0, "retrained_game": _GAME_PART * 2**n_agents, "engine_check": _CHECK_PARTS, "ending": 1.0}
    return float(seconds * parts[kind])


def _pass_seconds(scenario: Scenario) -> float:
    """Of one sample through one model and back."""
    info = scenario.info
    if scenario.model in ("logistic", "mlp"):
        n_hidden = scenario.hidden_units if scenario.model == "mlp" else 0
        n_products = n_hidden * (info.n_features + info.n_classes) if n_hidden else info.n_features * info.n_classes
        return _SAMPLE_SECONDS + _PRODUCT_SECONDS * n_products
    slowest = max(_CONVOLUTIONAL_SECONDS.values())
    of_a_number = _CONVOLUTIONAL_SECONDS.get(scenario.model, slowest)  # of another package: nothing is known
    return _SAMPLE_SECONDS + of_a_number * info.n_features


def _n_valued(scenario: Scenario) -> int:
    """Models that the valuation and the reward rule try on the samples set aside, a round."""
    rows = (VALUATIONS[scenario.valuation], REWARD_RULES[scenario.reward_rule])
    return sum(row.n_models(scenario.n_agents) for row in rows)


def is_short(scenarios: Sequence[Scenario], kind: KindName = "run") -> bool:
    """Whether jobs that are computed side by side are surely done in a few seconds.

    By the work itself: a pace that was measured in a busy hour would call everything long, and then nothing would go
    fast. Of what another package has added nothing is sure; a check loads torch, which takes seconds and much memory.
    """
    if kind == "engine_check" or any(one.added_versions for one in scenarios):
        return False
    return sum(work(one, kind) for one in scenarios) <= SHORT_SECONDS


def expected(
    scenarios: Iterable[Scenario],
    measured: Sequence[tuple[Scenario, float]],
    kind: KindName = "run",
    measured_kind: KindName | None = None,
) -> float:
    """Seconds that jobs will take, by the median pace of measured ones, which are like them; there must be some.

    Parameters
    ----------
    measured: scenarios of finished jobs, each with the seconds that it took; of ``kind`` unless another one is told.
    """
    pace = median(seconds / work(scenario, measured_kind or kind) for scenario, seconds in measured)
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
            known: KindName = kind
            measured = self._measured(known, *like)
            if not measured and kind == "ending":  # it trains as a run does
                known = "run"
                measured = self._measured(known, *like)
            if not measured:
                return None
            total += expected(group, measured, kind, known)
        return total

    def likely(self, scenario: Scenario, kind: KindName = "run") -> float:
        """Seconds of one worker: by the pace of like jobs, else by the work that is in it."""
        seconds = self.seconds([scenario], kind)
        return work(scenario, kind) if seconds is None else seconds

    def _measured(self, kind: KindName, dataset: str, model: str) -> list[tuple[Scenario, float]]:
        """The latest finished ones; those of a batch have shared its time."""
        query = (
            "SELECT scenario, seconds / MAX(1, (SELECT COUNT(*) FROM runs AS beside WHERE beside.batch ="
            " runs.batch AND beside.started = runs.started)) FROM runs WHERE status = 'done' AND kind = ?"
            " AND CASE WHEN json_valid(scenario) THEN scenario ->> 'dataset' = ? AND scenario ->> 'model' = ? END"
            " AND seconds > 0"
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
