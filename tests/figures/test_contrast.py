"""Colours can be seen on a white and on a dark page, and agents told apart by who sees no red or no green."""

from __future__ import annotations

import re
import tomllib
from itertools import combinations, product

import numpy as np
import pytest

from cgs_core.figures import class_accuracy_figure
from cgs_core.figures.style import AGENT_COLORS, FAINT, HEAT_SCALE, INK, ON_HEAT, WRONG, contrast, text_on
from tests.figures.drawn import drawn_trace
from tools.running_app import ROOT

THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
MODES = ("light", "dark")
GROUNDS = ("backgroundColor", "secondaryBackgroundColor")
TEXT, MARK = 4.5, 3.0  # what WCAG 2.2 AA asks
LEAST_DISTANCE = 15.0  # in CIE Lab of 1976
SIGHTS = {  # Machado, Oliveira and Fernandes (2009), severity 1; of linear RGB
    "all colours": np.eye(3),
    "no red": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no green": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def lab(color: str, sight: np.ndarray) -> np.ndarray:
    """A colour in CIE Lab, as it is seen."""
    channels = np.array([int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    parts = TO_XYZ @ np.clip(sight @ linear, 0, 1) / WHITE
    curved = np.where(parts > 0.008856, np.cbrt(parts), 7.787 * parts + 16 / 116)
    return np.array([116 * curved[1] - 16, 500 * (curved[0] - curved[1]), 200 * (curved[1] - curved[2])])


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=1e-3)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("color", [*AGENT_COLORS, FAINT, WRONG])
def test_what_is_drawn_is_seen_on_every_page(color: str, mode: str) -> None:
    assert contrast(color, THEME[mode]["backgroundColor"]) >= MARK


@pytest.mark.parametrize("sight", SIGHTS)
def test_agents_are_told_apart_by_colour(sight: str) -> None:
    seen = [lab(color, SIGHTS[sight]) for color in AGENT_COLORS]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2)) >= LEAST_DISTANCE


def test_the_themes_charts_have_the_agents_colours() -> None:
    assert tuple(THEME["chartCategoricalColors"]) == AGENT_COLORS


@pytest.mark.parametrize("color", AGENT_COLORS)
def test_text_on_a_bar_is_read(color: str) -> None:
    assert contrast(text_on(color), color) >= TEXT


def test_numbers_in_cells_are_read() -> None:
    stops, colors = zip(*HEAT_SCALE, strict=True)
    channels = [
        np.interp(np.linspace(0, 1, 26), stops, [int(color[k : k + 2], 16) for color in colors]) for k in (1, 3, 5)
    ]
    cells = ["#" + "".join(f"{round(part):02x}" for part in cell) for cell in np.transpose(channels).tolist()]
    assert min(contrast(ON_HEAT, cell) for cell in cells) >= TEXT
    assert (np.diff([lab(cell, SIGHTS["all colours"])[0] for cell in cells]) > 0).all()
    drawn = class_accuracy_figure(drawn_trace(5))
    assert {trace["textfont"]["color"] for trace in drawn["data"]} == {ON_HEAT}  # Plotly's own choice has less


@pytest.mark.parametrize(("mode", "ground"), list(product(MODES, GROUNDS)))
def test_the_theme_is_read_on_its_grounds(mode: str, ground: str) -> None:
    theme = THEME[mode]
    for name in ("textColor", "linkColor"):
        assert contrast(theme[name], theme[ground]) >= TEXT, name
    assert contrast(theme["primaryColor"], theme[ground]) >= MARK


@pytest.mark.parametrize(("mode", "ground"), list(product(MODES, GROUNDS)))
def test_what_is_to_be_ticked_is_seen(mode: str, ground: str) -> None:
    style = (ROOT / "cgs_ui/assets/access.css").read_text(encoding="utf-8")
    (percent,) = re.findall(r"stRadioOption\][^}]*color-mix\(in srgb, currentColor (\d+)%, transparent\)", style)
    ink, paper = ([int(THEME[mode][name][at : at + 2], 16) for at in (1, 3, 5)] for name in ("textColor", ground))
    share = int(percent) / 100
    mixed = [round(share * over + (1 - share) * under) for over, under in zip(ink, paper, strict=True)]
    assert contrast(f"#{bytes(mixed).hex()}", THEME[mode][ground]) >= MARK


@pytest.mark.parametrize("mode", MODES)
def test_the_primary_colour_carries_white_text(mode: str) -> None:
    assert contrast(THEME[mode]["primaryColor"], "#ffffff") >= TEXT


def test_ink_is_read_on_paper() -> None:
    assert contrast(INK, "#ffffff") >= TEXT
