"""All benchmarks: ratios within one run, on one thread, in processor time; and what a visitor of the app waits for.

What a whole class does to a server takes minutes and is measured by itself (``python -m benchmarks.class_load``), so is
a class that plays a room (``python -m benchmarks.class_room``), and an hour of one (``python -m benchmarks.soak``).
"""

from __future__ import annotations

from benchmarks import (
    contribution,
    convolutional,
    dense,
    engines,
    imports,
    mechanisms,
    queue,
    retrained_game,
    scale,
    screens,
    sweeps,
    text,
)

for _lines in (
    imports.lines,
    contribution.lines,
    dense.lines,
    convolutional.lines,
    text.lines,
    engines.lines,
    retrained_game.lines,
    scale.lines,
    mechanisms.lines,
    sweeps.lines,
    queue.lines,
    screens.lines,
):
    for _line in _lines():
        print(_line, flush=True)
