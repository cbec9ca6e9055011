"""The example of a loop with no framework: its numbers are those of ``cgs_core.run`` with the same net."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import torch

from cgs_core import run

LOOP = Path(__file__).parents[2] / "examples" / "plain_torch" / "loop.py"


def test_the_loop_gives_the_numbers_of_a_run() -> None:
    made = runpy.run_path(str(LOOP))
    scenario = made["scenario"].model_copy(
        update={"batch_size": 1024, "learning_rate_decay": 1.0}
    )  # as the loop trains

    def net() -> torch.nn.Module:
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Linear(13, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))

    last, done = run(scenario, model=net).rounds[-1], made["done"]
    for fact in ("contribution", "importance", "reward_ratio"):
        np.testing.assert_allclose(getattr(done, fact), getattr(last, fact), atol=1e-5, err_msg=fact)
    assert len(set(done.reward_ratio.round(3))) > 2  # they are paid differently
