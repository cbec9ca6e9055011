"""The package of examples/torch_models, installed as a stranger would: its models are offered, train and learn."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.plug_ins import install
from tests.project.test_plug_ins import ROOT, python

EXAMPLE = ROOT / "examples" / "torch_models"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    paths = [EXAMPLE / "pyproject.toml", *EXAMPLE.glob("cgs_torch_models/*.py")]
    names = [path.relative_to(EXAMPLE).as_posix() for path in paths]
    install({name: (EXAMPLE / name).read_text(encoding="utf-8") for name in names}, folder / "source", folder / "site")
    return folder / "site"


def test_each_is_for_its_data_trains_side_by_side_and_learns(site: Path, tmp_path: Path) -> None:
    """After few rounds FedAvg's model of the pictures is right far more often than chance, which is a tenth."""
    program = (
        "import json, sys; from cgs_core import Scenario, iterate\n"
        "from cgs_core.scenario import models_for, problems\n"
        "from cgs_core.scenario.catalogue import DATASETS\n"
        "fits = {name: [one for one in models_for(info) if ':' in one] for name, info in DATASETS.items()}\n"
        "assert not problems() and 'torch' not in sys.modules\n"
        "from cgs_core.federation import model_of\n"
        "pictures = Scenario(dataset='digits', model='cgs-torch-models:residual', n_samples=300, n_rounds=3)\n"
        "words = Scenario(dataset='sentences', model='cgs-torch-models:transformer', n_agents=2, n_samples=40, "
        "n_rounds=1, local_epochs=1)\n"
        "stacked = [model_of(one)._is_stacked for one in (pictures, words)]\n"
        "records, (read,) = list(iterate(pictures)), iterate(words)\n"
        "losses = [record.loss.mean() for record in records]\n"
        "print(json.dumps([fits, stacked, losses, read.loss.mean(), records[-1].fedavg_accuracy]))\n"
    )
    fits, stacked, of_pictures, of_words, accuracy = json.loads(python(site, tmp_path, "-c", program))
    assert {name: own for name, own in fits.items() if own} == {
        "digits": ["cgs-torch-models:residual"],
        "mnist": ["cgs-torch-models:residual"],
        "fashion_mnist": ["cgs-torch-models:residual"],
        "sentences": ["cgs-torch-models:transformer"],
    }
    assert stacked == [True, True]
    assert of_pictures[0] > of_pictures[1] > of_pictures[2] and of_words < 1
    assert accuracy > 0.8


def test_the_scenarios_of_its_readme_are_valid(site: Path, tmp_path: Path) -> None:
    named = set(re.findall(r"examples/torch_models/(\w+\.json)", (EXAMPLE / "README.md").read_text(encoding="utf-8")))
    assert named == {path.name for path in EXAMPLE.glob("*.json")} and len(named) == 2
    files = [str(EXAMPLE / name) for name in sorted(named)]
    program = (
        "import sys; from pathlib import Path; from cgs_core import Scenario\n"
        "for name in sys.argv[1:]: print(Scenario.from_json(Path(name).read_text()).model)\n"
    )
    told = python(site, tmp_path, "-c", program, *files)
    assert told.split() == ["cgs-torch-models:residual", "cgs-torch-models:transformer"]


def test_a_words_place_after_the_end_changes_nothing(site: Path, tmp_path: Path) -> None:
    program = (
        "import torch; from cgs_torch_models.nets import Transformer\n"
        "torch.manual_seed(0); net = Transformer(8, 2)\n"
        "rows = torch.tensor([[5, 6, 7, 0, 0, 0, 0, 0]]); before = net(rows)\n"
        "with torch.no_grad(): net.words.weight[0] += 9; net.places[3:] += 9\n"
        "assert torch.equal(net(rows), before) and not torch.equal(net(rows.flip(1)), before)\n"
        "assert net(torch.zeros_like(rows)).isfinite().all()\n"
    )
    python(site, tmp_path, "-c", program)
