"""A torch module of a package, by name: in links, the command line, exports and workers; the server loads no torch."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest

from cgs_core.version import RESULT_VERSION
from tests.plug_ins import NET, install_net
from tests.project.test_plug_ins import SMALL, python

TORCH = f"torch=={metadata.version('torch')}"
OWN = f"own = Scenario(**{SMALL!r}, model={NET!r})\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_net(tmp_path_factory.mktemp("torch-model"))


def test_the_server_offers_and_submits_it_without_torch_and_a_worker_trains_it(site: Path, tmp_path: Path) -> None:
    """Its run in the background is that of the same module given by a program, to the last digit."""
    program = (
        "import json, sys, time; from cgs_core import Scenario, run; from cgs_core.mechanisms import with_mechanism\n"
        "from cgs_core.runs import JobRunner, fingerprint_of\n"
        "from cgs_core.scenario import choices_for, problems\n"
        f"{OWN}assert Scenario.from_link(own.to_link()) == own and not problems()\n"
        "assert own.model in choices_for('model', own.info)\n"
        "assert own.model not in choices_for('model', Scenario(dataset='sentences', model='text_cnn').info)\n"
        "with JobRunner(n_workers=1) as runner:\n"
        "    batch = [own, with_mechanism(own, 'fedavg')]\n"
        "    (ids,) = runner.submit_batches([batch], 'me')\n"
        "    while not all(runner.store.events(one, 0, 'me').is_finished for one in ids): time.sleep(0.05)\n"
        "    views = [runner.store.events(one) for one in ids]\n"
        "    assert [view.status for view in views] == ['done', 'done'], views\n"
        "    trace, fedavg = (runner.store.load(one) for one in ids)\n"
        "assert 'torch' not in sys.modules\n"
        "from my_net_torch import Normed\n"
        "given = run(own.replace(model='mlp'), model=Normed)\n"
        "assert trace.to_csv() == given.to_csv() == run(own).to_csv() != fedavg.to_csv()\n"
        "print(json.dumps([fingerprint_of(own), fingerprint_of(Scenario(dataset='wine'))]))\n"
    )
    own, plain = json.loads(python(site, tmp_path, "-c", program))
    assert own == f"{plain}:{NET}==1.0:{TORCH}"


def test_the_command_line_runs_it_and_its_program_says_what_it_needs(site: Path, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(json.dumps(SMALL | {"model": NET}), encoding="utf-8")
    python(site, tmp_path, "-m", "cgs_core", "run", "own.json", "--out", "run")
    python(site, tmp_path, "-m", "cgs_core", "export", "run", "--format", "py,html", "--out", "exported")
    script = (tmp_path / "exported" / "script.py").read_text(encoding="utf-8")
    assert f'model="{NET}"' in script and f"Needs my-net==1.0, {TORCH} besides." in script
    report = (tmp_path / "exported" / "report.html").read_text(encoding="utf-8")
    assert "Net with layer norm (my-net)" in report and TORCH.partition("==")[2] in report
    engine = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))["engine"]
    assert engine == f"torch {TORCH.partition('==')[2]} on cpu, results {RESULT_VERSION}"


def test_where_torch_is_missing_it_is_not_offered_and_the_reason_is_told(site: Path, tmp_path: Path) -> None:
    program = (
        "import json, sys; sys.modules['torch'] = None\n"
        "from cgs_core import Scenario, ScenarioError; from cgs_core.scenario import choices_of, problems\n"
        f"assert {NET!r} not in choices_of('model')\n"
        f"try: Scenario(model={NET!r})\nexcept ScenarioError as error: print(json.dumps([problems(), str(error)]))\n"
    )
    (problem,), error = json.loads(python(site, tmp_path, "-c", program))
    assert problem.startswith(f"'{NET}' of the package my-net 1.0 is switched off")
    assert problem.endswith("needs the package 'torch', which is not installed here")
    assert error.startswith("model: ") and problem in error
