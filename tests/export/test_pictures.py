"""Figures as files: real pictures by a real Chromium, pages that ask nobody, names."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image
from pypdf import PdfReader

from cgs_core.data import federated_data
from cgs_core.errors import ExportError, NoPictureError
from cgs_core.export import (
    can_draw,
    caption,
    captioned,
    figure_page,
    file_name,
    pictures,
    plotly_library,
    scenario_caption,
    with_slider,
)
from cgs_core.export.chromium import VARIABLE, find_chromium
from cgs_core.figures import accuracy_figure, ledger_figure, samples_figure
from cgs_core.figures.style import Figure
from cgs_core.scenario import Scenario
from cgs_core.studies.presets import PRESETS
from cgs_core.version import __version__
from tests.figures.drawn import drawn_trace

WORDS = scenario_caption(Scenario(seed=7), "https://example.org/playground?run=1")


@pytest.fixture(scope="module")
def figure() -> Figure:
    return captioned(accuracy_figure(drawn_trace(5)), WORDS)


def test_the_three_kinds_of_pictures(figure: Figure) -> None:
    height = figure["layout"]["height"]
    svg = pictures([figure], "svg")[0].decode()
    assert svg.startswith("<svg") and f'width="960" height="{height}"' in svg
    assert "seed 7" in svg and "Accuracy over the rounds" in svg and "run=1" in svg

    image = Image.open(io.BytesIO(pictures([figure], "png")[0]))
    assert image.size == (1920, 2 * height)
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)

    (page,) = PdfReader(io.BytesIO(pictures([figure], "pdf")[0])).pages
    text = re.sub(r"\s+", " ", page.extract_text())
    assert "seed 7" in text and "Agent 5" in text


ANOTHER_ORDER = """
import asyncio, sys
from choreographer.protocol.devtools_async import Session
from cgs_core.export import drawing

send = Session.send_command

async def in_another_order(self, command, params=None, **named):
    if command == "Page.navigate":
        return await {order}(self, command, params)
    return await send(self, command, params, **named)

async def there_before_the_answer(self, command, params):
    answer = await send(self, command, params)
    loaded = {{"expression": "document.readyState"}}
    while (await send(self, "Runtime.evaluate", loaded))["result"]["result"]["value"] != "complete":
        await asyncio.sleep(0.05)
    return answer

async def after_an_empty_page(self, command, params):
    async def later():
        await asyncio.sleep(1)
        await send(self, command, params)
    self.later = asyncio.create_task(later())
    return await send(self, command, {{"url": "about:blank"}})

Session.send_command = in_another_order
drawing.main()
"""


@pytest.mark.parametrize("order", ["there_before_the_answer", "after_an_empty_page"])
def test_a_page_is_drawn_on_whenever_it_comes(order: str, figure: Figure, tmp_path: Path) -> None:
    """Kaleido waits without end for the first, and takes the second one's empty page for its own."""
    chromium = find_chromium()
    assert chromium is not None
    (tmp_path / "figures.json").write_text(json.dumps([figure]), encoding="utf-8")
    command = [sys.executable, "-c", ANOTHER_ORDER.format(order=order), str(tmp_path), "svg", chromium]
    subprocess.run(command, check=True, timeout=300)
    assert (tmp_path / "0.svg").read_text(encoding="utf-8").startswith("<svg")


def test_several_at_once_come_in_order() -> None:
    trace = drawn_trace(5)
    figures = [ledger_figure(trace, federated_data(trace.scenario)), accuracy_figure(trace)]
    first, second = pictures(figures, "svg")
    assert b"is paid" in first and b"right on the test" in second


def test_nothing_is_asked_of_anybody(figure: Figure) -> None:
    """A picture from an address is not fetched, even if a figure that names one came this far."""
    image = {"source": "http://127.0.0.1:9/a.png", "x": 0, "y": 1, "sizex": 1, "sizey": 1, "xref": "paper"}
    with_image = figure | {"layout": figure["layout"] | {"images": [image]}}
    assert b"http" not in re.sub(
        rb'xmlns(:\w+)?="[^"]*"|run=1|https://example.org', b"", pictures([with_image], "svg")[0]
    )


def test_no_chromium(monkeypatch: pytest.MonkeyPatch, figure: Figure) -> None:
    monkeypatch.setenv(VARIABLE, "no-such-program")
    assert not can_draw()
    with pytest.raises(NoPictureError, match="No Chromium is on this machine"):
        pictures([figure], "pdf")


def test_a_chromium_that_does_not_work(monkeypatch: pytest.MonkeyPatch, figure: Figure, tmp_path: Path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(broken))
    with pytest.raises(NoPictureError, match="could not be drawn"):
        pictures([figure], "png")


def test_a_browser_that_draws_nothing_is_ended_and_another_one_is_started(
    monkeypatch: pytest.MonkeyPatch, figure: Figure, tmp_path: Path
) -> None:
    """The first one only listens; ``cat`` ends with the pipe on which it is told what to do."""
    mark, moody = tmp_path / "was-started", tmp_path / "chromium"
    moody.write_text(
        "#!/bin/sh\n"
        f'[ "$1" = --version ] || [ -e {mark} ] || {{ touch {mark}; exec cat <&3 >{tmp_path}/told; }}\n'
        f'exec {find_chromium()} "$@"\n'
    )
    moody.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(moody))
    monkeypatch.setattr(sys.modules["cgs_core.export.pictures"], "_PATIENCE_SECONDS", 3.0)  # the name is the function's
    (picture,) = pictures([figure], "svg")
    assert b"</svg>" in picture and mark.exists()


def test_a_program_that_does_not_end_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, figure: Figure, tmp_path: Path
) -> None:
    endless = tmp_path / "endless"
    endless.write_text(f'#!/bin/sh\n{sys.executable} "$@"\nexec sleep 1000\n')
    endless.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(endless))
    first, second = pictures([figure, figure], "svg", seconds=900)
    assert first.endswith(b"</svg>") and second.endswith(b"</svg>")


def test_another_browser_draws_only_the_rest(figure: Figure, tmp_path: Path) -> None:
    """What is there already is kept, of whatever kind."""
    chromium = find_chromium()
    assert chromium is not None
    (tmp_path / "figures.json").write_text(json.dumps([figure, figure]), encoding="utf-8")
    (tmp_path / "0.svg").write_text("drawn before")
    command = [sys.executable, "-m", "cgs_core.export.drawing", str(tmp_path), "svg", chromium]
    subprocess.run(command, check=True, timeout=300)
    assert (tmp_path / "0.svg").read_text() == "drawn before"
    assert (tmp_path / "1.svg").read_text(encoding="utf-8").endswith("</svg>")


def test_what_takes_too_long_is_ended_with_its_browser(figure: Figure) -> None:
    before = {process.pid for process in psutil.process_iter()}
    with pytest.raises(NoPictureError, match=r"not drawn within 0\.7 s"):
        pictures([figure], "png", seconds=0.7)
    for _ in range(100):
        left = [process for process in psutil.process_iter() if process.pid not in before and _draws(process)]
        if not left:
            break
        time.sleep(0.1)
    assert left == []


def _draws(process: psutil.Process) -> bool:
    try:
        return "cgs-pictures-" in " ".join(process.cmdline())
    except psutil.Error:
        return False


@pytest.mark.parametrize("unknown", ["gif", "PNG", ""])
def test_an_unknown_format_is_refused(unknown: str, figure: Figure) -> None:
    with pytest.raises(ExportError, match=r"format: must be one of svg, png, pdf; got"):
        pictures([figure], unknown)
    with pytest.raises(ExportError, match=r"format: must be one of svg, png, pdf, csv, html; got"):
        file_name(figure, unknown)


def test_the_caption_moves_nothing_of_the_plot() -> None:
    plain = accuracy_figure(drawn_trace(5))
    figure = captioned(plain, WORDS)
    layout, more = plain["layout"], figure["layout"]
    room = more["height"] - layout["height"]
    assert room > 0 and more["margin"]["b"] - layout["margin"]["b"] == room
    assert {side: more["margin"][side] for side in "lrt"} == {side: layout["margin"][side] for side in "lrt"}
    assert figure["data"] is plain["data"] and "title" not in layout


def test_the_words_of_a_caption() -> None:
    assert scenario_caption(Scenario(), None) == (
        f"Digits (8×8), 5 agents · seed 0 · run {Scenario().scenario_id} · cgs {__version__}"
    )
    other = Scenario(data_seed=1, start_seed=2, n_rounds=20)
    assert scenario_caption(other).startswith("20 rounds, Digits (8×8), 5 agents · data seed 1, start seed 2 · run ")
    assert scenario_caption(other, "x" * 121) == scenario_caption(other, None)
    assert caption("", "a", link="b") == f"a · cgs {__version__} · b"
    every = [scenario_caption(preset.scenario) for preset in PRESETS.values()]
    assert len(set(every)) == len(every)


def test_a_long_caption_is_cut_and_markup_in_it_is_text() -> None:
    figure = captioned(accuracy_figure(drawn_trace(5)), "<b>a</b> " + "word " * 400)
    text = figure["layout"]["title"]["text"]
    assert text.count("<br>") == 3 and text.endswith("…") and "&lt;b&gt;a" in text


def test_a_page_of_a_figure_is_whole_and_has_a_slider() -> None:
    plain = accuracy_figure(drawn_trace(5))
    page = figure_page(plain)
    rest = page.replace(plotly_library(), "")
    assert len(rest) < len(page) < len(rest) + 10_000_000
    assert "http" not in rest and "src=" not in rest and "//" not in rest.replace("</", "")
    slider = with_slider(plain)["layout"]["sliders"][0]
    assert [step["label"] for step in slider["steps"]] == ["round 1", "round 2", "round 3", "round 4"]
    assert slider["active"] == 3
    trace = drawn_trace(5)
    slider = with_slider(ledger_figure(trace, federated_data(trace.scenario)))["layout"]["sliders"][0]
    assert (slider["steps"][-1]["label"], slider["active"]) == ("all rounds", 4)
    still = samples_figure(trace.scenario, federated_data(trace.scenario))
    assert with_slider(still) is still


def test_a_page_escapes_what_it_is_told() -> None:
    figure = accuracy_figure(drawn_trace(5))
    evil = "</script><script>alert(1)</script>"
    layout = figure["layout"] | {"meta": figure["layout"]["meta"] | {"title": evil, "alt": f'"{evil}'}}
    page = figure_page(figure | {"layout": layout}).replace(plotly_library(), "")
    assert "<script>alert" not in page and page.count("</script>") == 2


def test_names_of_files() -> None:
    figure = accuracy_figure(drawn_trace(5))
    run_id = drawn_trace(5).scenario.scenario_id
    assert file_name(figure, "svg") == f"cgs-accuracy-{run_id}.svg"
    evil = {"layout": {"meta": {"filename": "../../etc/pass wd\r\nX: y"}}}
    assert file_name(evil, "pdf") == "etc-pass-wd-X-y.pdf"
    assert file_name({"layout": {"meta": {"filename": "…"}}}, "png") == "cgs.png"
