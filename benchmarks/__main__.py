"""All benchmarks, under two minutes: ratios within one run, on one thread, in processor time."""

from __future__ import annotations

from benchmarks import contribution, convolutional, dense, imports, mechanisms, retrained_game, sweeps, text

for _lines in (
    imports.lines,
    contribution.lines,
    dense.lines,
    convolutional.lines,
    text.lines,
    retrained_game.lines,
    mechanisms.lines,
    sweeps.lines,
):
    print("\n".join(_lines()), flush=True)
