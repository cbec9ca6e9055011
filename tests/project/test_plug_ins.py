"""A package adds a valuation to everything; a broken one is named, switched off, and harms nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cgs_core import Scenario, ScenarioError, run
from cgs_core.scenario import choices_of, problems
from tests.plug_ins import GOOD, LATE, document_package, install_both

ROOT = Path(__file__).parents[2]
SMALL = {"dataset": "wine", "n_agents": 3, "n_rounds": 3}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_both(tmp_path_factory.mktemp("plug-ins"))


def python(site: Path, folder: Path, *arguments: str, status: int = 0) -> str:
    """What another Python prints that has the packages on its path."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(site)]),
        "CGS_STORE": str(folder / "runs.sqlite"),
    }
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout if status == 0 else done.stderr


def test_twenty_lines_are_enough() -> None:
    assert sum(bool(line.strip()) for text in document_package().values() for line in text.splitlines()) <= 20


def test_its_numbers_are_those_of_its_function(site: Path, tmp_path: Path) -> None:
    program = (
        "import json; from cgs_core import Scenario, run\n"
        f"trace = run(Scenario(**{SMALL!r}, valuation={GOOD!r}))\n"
        "gram = trace.gram[-1]\n"
        "print(json.dumps([trace.rounds[-1].contribution.tolist(), (gram.sum(1) / gram.sum() ** 0.5).tolist()]))\n"
    )
    worth, expected = json.loads(python(site, tmp_path, "-c", program))
    assert worth == pytest.approx(expected)


def test_it_is_in_the_link_the_id_the_fingerprint_and_among_the_mechanisms(site: Path, tmp_path: Path) -> None:
    program = (
        "import json; from cgs_core import Scenario; from cgs_core.mechanisms import MECHANISMS\n"
        "from cgs_core.runs import fingerprint_of\n"
        f"plain = Scenario(**{SMALL!r}); own = plain.replace(valuation={GOOD!r})\n"
        "assert Scenario.from_link(own.to_link()) == own and Scenario.from_json(own.to_json()) == own\n"
        f"row = MECHANISMS[{GOOD!r}]\n"
        "print(json.dumps([plain.scenario_id, own.scenario_id, fingerprint_of(plain), fingerprint_of(own), row.title, "
        "row.reward_rule]))\n"
    )
    plain, own, fingerprint, own_fingerprint, title, rule = json.loads(python(site, tmp_path, "-c", program))
    assert plain == Scenario(**SMALL).scenario_id != own  # type: ignore[arg-type]
    assert own_fingerprint == f"{fingerprint}:{GOOD}==1.0"
    assert (title, rule) == ("Projection (my-worth)", "sparsified")


def test_the_command_line_runs_and_compares_it(site: Path, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(json.dumps(SMALL | {"valuation": GOOD}), encoding="utf-8")
    python(site, tmp_path, "-m", "cgs_core", "run", "own.json", "--out", "run")
    assert json.loads((tmp_path / "run" / "scenario.json").read_text(encoding="utf-8"))["valuation"] == GOOD
    compared = ("compare", "own.json", "--mechanisms", "fedavg", GOOD, "--out", "compared")
    assert "Projection (my-worth)" in python(site, tmp_path, "-m", "cgs_core", *compared)
    python(site, tmp_path, "-m", "cgs_core", "export", "run", "--format", "py,html", "--out", "exported")
    script = (tmp_path / "exported" / "script.py").read_text(encoding="utf-8")
    assert f'valuation="{GOOD}"' in script and "my-worth==1.0" in script
    assert "contribution" in python(site, tmp_path, "exported/script.py")
    assert "Projection (my-worth)" in (tmp_path / "exported" / "report.html").read_text(encoding="utf-8")


def test_broken_rows_are_named_and_the_others_are_there(site: Path, tmp_path: Path) -> None:
    program = (
        "import json; from cgs_core.scenario import choices_of, problems\n"
        'print(json.dumps([problems(), list(choices_of("valuation"))]))\n'
    )
    told, names = json.loads(python(site, tmp_path, "-c", program))
    whys = {
        "raises": "out of order",
        "nan": "must give finite numbers; got nan for agent 1",
        "shape": "must give one number an agent, shape (4,); got shape (5,)",
        "nothing": "must be a row of this kind; got int",
        "absent": "has no attribute 'ABSENT'",
    }
    assert len(told) == len(whys)
    for name, why in whys.items():
        (sentence,) = [one for one in told if f"'my-faults:{name}'" in one]
        assert why in sentence and "my-faults 1.0" in sentence and "switched off" in sentence
        assert f"my-faults:{name}" not in names
    assert {GOOD, LATE} < set(names) and set(choices_of("valuation")) < set(names)


def test_the_lists_of_the_command_line_have_it_and_what_is_switched_off(site: Path, tmp_path: Path) -> None:
    listed = json.loads(python(site, tmp_path, "-m", "cgs_core", "list", "mechanisms", "--json"))
    assert GOOD in {row["name"] for row in listed}
    words = {(row["field"], row["name"]): row["title"] for row in _choices(site, tmp_path)}
    assert words["valuation", GOOD] == "Projection (my-worth)" and ("valuation", "my-faults:nan") not in words


def _choices(site: Path, folder: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(python(site, folder, "-m", "cgs_core", "list", "choices", "--json"))
    return rows


def test_a_broken_row_that_is_asked_for_says_what_is_wrong_with_it(site: Path, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(json.dumps(SMALL | {"valuation": "my-faults:nan"}), encoding="utf-8")
    told = python(site, tmp_path, "-m", "cgs_core", "run", "own.json", "--out", "run", status=2)
    assert "valuation" in told and "switched off" in told and "Traceback" not in told


def test_one_that_fails_in_a_run_ends_it_with_a_sentence(site: Path, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(json.dumps(SMALL | {"valuation": LATE}), encoding="utf-8")
    told = python(site, tmp_path, "-m", "cgs_core", "run", "own.json", "--out", "run", status=2)
    assert f"valuation '{LATE}': must give finite numbers; got nan for agent 1 in round 2" in told
    assert "Traceback" not in told


def test_in_the_background_its_failure_is_its_own(site: Path, tmp_path: Path) -> None:
    """A batch of a comparison: the failing run fails with the sentence, its neighbours are done."""
    program = (
        "import json, time; from cgs_core import Scenario; from cgs_core.mechanisms import with_mechanism\n"
        "from cgs_core.runs import JobRunner\n"
        f"plain = Scenario(**{SMALL!r})\n"
        f"batch = [with_mechanism(plain, name) for name in ('fedavg', {LATE!r}, 'cgsv', {GOOD!r})]\n"
        "with JobRunner(n_workers=1) as runner:\n"
        "    runner.submit_batches([batch], 'me')\n"
        "    ids = [one.scenario_id for one in batch]\n"
        "    while True:\n"
        "        views = [runner.store.events(one, 0, 'me') for one in ids]\n"
        "        if all(view.is_finished for view in views): break\n"
        "        time.sleep(0.05)\n"
        "print(json.dumps([[view.status, view.error] for view in views]))\n"
    )
    views = json.loads(python(site, tmp_path, "-c", program))
    assert [status for status, _ in views] == ["done", "failed", "done", "done"]
    assert LATE in views[1][1] and "round 2" in views[1][1]


def test_what_is_not_installed_is_said_with_its_package() -> None:
    fields = SMALL | {"valuation": GOOD}
    with pytest.raises(ScenarioError, match="needs the package 'my-worth', which is not installed here, for its val"):
        Scenario(**fields)  # type: ignore[arg-type]
    with pytest.raises(ScenarioError, match=r"the package 'numpy' .*, which is installed here, has no split 'thirds'"):
        Scenario(split="numpy:thirds")
    with pytest.raises(ScenarioError, match="must be one of uniform, powerlaw"):
        Scenario(split="thirds")


def test_without_packages_nothing_is_added() -> None:
    assert problems() == ()
    assert run(Scenario(dataset="wine", n_agents=3, n_rounds=1)).scenario.added_versions == ()
