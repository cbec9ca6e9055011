"""What the server does: it values what the clients send, pays each of them, and writes down how it went."""

from __future__ import annotations

import json
from pathlib import Path

from flwr.app import Array, ArrayRecord, Context
from flwr.serverapp import Grid, ServerApp
from scenario import SCENARIO, start

from cgs_core.flower import CgsvStrategy
from cgs_core.mechanisms import with_mechanism

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Run all rounds by the mechanism of the run's settings."""
    rules = with_mechanism(SCENARIO, str(context.run_config["mechanism"]))
    strategy = CgsvStrategy(rules, n_agents=SCENARIO.n_agents, reported=("agent", "accuracy"))
    model = ArrayRecord({name: Array(layer) for name, layer in start().items()})
    result = strategy.start(grid, model, num_rounds=SCENARIO.n_rounds, timeout=120)
    facts = {
        "rounds": [dict(metrics) for _, metrics in sorted(result.train_metrics_clientapp.items())],
        "evaluation": dict(result.evaluate_metrics_clientapp[SCENARIO.n_rounds]),
    }
    Path(str(context.run_config["result"])).write_text(json.dumps(facts), encoding="utf-8")
