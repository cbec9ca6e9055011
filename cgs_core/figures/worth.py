"""How worth is written: in the valuation's own unit, with the same decimals in sentences, pictures and every round."""

from __future__ import annotations

import math
from weakref import WeakKeyDictionary

import numpy as np

from cgs_core.figures.style import percent, percent_tick, plain_number, signed
from cgs_core.mechanisms.valuations import VALUATIONS
from cgs_core.records import Trace

_DIGITS = 3  # of the largest worth of a run
_FACTORS = {"share": 100, "accuracy": 100}  # written in percent and in points; other units as they are


class WorthText:
    """Worth as text for one run, by its valuation's name and its largest worth, whatever its sign.

    Attributes
    ----------
    name: what the numbers are, in a word: "cosine", "share", "accuracy", "nats", ...; "CGSV" of the exact one.
    title: of the valuation.
    step: two worths that are written differently are at least about so far apart; as far apart they always are.
    """

    def __init__(self, valuation: str, largest: float) -> None:
        self.title, self.unit = VALUATIONS[valuation].title, VALUATIONS[valuation].unit
        self.name = "CGSV" if valuation == "cgsv_exact" else self.unit
        decimals = 3 if largest == 0 else _DIGITS - math.ceil(math.log10(largest) - 1e-9)
        self._factor = _FACTORS.get(self.unit, 1)
        self._decimals = min(max(decimals - round(math.log10(self._factor)), 0), 9)
        self.step = 10.0**-self._decimals / self._factor

    def number(self, worth: float) -> str:
        """For instance "0.943", "20.1 %" or "+0.31"."""
        if self.unit == "share":
            return percent(worth, self._decimals)
        text = signed(f"{self._factor * worth:.{self._decimals}f}")
        is_above = self.unit == "accuracy" and text[0] != "−" and any(digit in text for digit in "123456789")
        return f"+{text}" if is_above else text

    def named(self, worth: float) -> str:
        """With what it is: "cosine 0.943", "share 20.1 %", "accuracy +0.31 points", "0.943 nats"."""
        if self.unit == "nats":
            return f"{self.number(worth)} nats"
        return f"{self.name} {self.number(worth)}{' points' * (self.unit == 'accuracy')}"

    def tick(self, worth: float) -> str:
        """On an axis."""
        return percent_tick(worth) if self.unit == "share" else plain_number(self._factor * worth)

    @property
    def head(self) -> str:
        """Of a column of such numbers."""
        return "accuracy, points" if self.unit == "accuracy" else self.name


_made: WeakKeyDictionary[Trace, WorthText] = WeakKeyDictionary()


def worth_text(trace: Trace) -> WorthText:
    """Made once for a trace, which may be asked for each of its rounds."""
    if trace not in _made:
        largest = float(np.abs(trace.stack("contribution")).max())
        _made[trace] = WorthText(trace.scenario.valuation, largest)
    return _made[trace]


def worth_limits(trace: Trace) -> tuple[float, float]:
    """Lowest and highest worth of the whole trace, zero among them."""
    every = trace.stack("contribution")
    low, high = min(float(every.min()), 0.0), max(float(every.max()), 0.0)
    return (low, high) if high > low else (0.0, 1.0)
