"""Points in the plane, drawn from a seed: small enough to see what a model has learned.

Each function returns ``n_samples`` points (n_samples, 2) float32, nearly all in [-2.2, 2.2]^2, and their
classes (n_samples,) int64, as equally many of each class as possible, in random order. The clouds overlap
a little, so that no model is perfect and a small shard is visibly worse than a large one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cgs_core.typing import FloatArray, IntArray

Toy = Callable[[int, np.random.Generator], tuple[FloatArray, IntArray]]

TOYS_VERSION = "toys 1"
"""Part of every stored run's key: raise it whenever a toy draws other points."""


def draw_moons(n_samples: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Two interleaved half circles: 0 is the upper one, 1 the lower one."""
    labels = _shuffled_classes(n_samples, 2, rng)
    angle = rng.uniform(0, np.pi, n_samples)
    side = np.where(labels == 0, 1.0, -1.0)
    points = np.column_stack([side * (np.cos(angle) - 0.5), side * (np.sin(angle) - 0.25)])
    return _placed(1.2 * points, 0.27, rng), labels


def draw_circles(n_samples: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Two circles around the origin: 0 is the outer one (radius 1.6), 1 the inner one (radius 0.8)."""
    labels = _shuffled_classes(n_samples, 2, rng)
    radius = np.where(labels == 0, 1.6, 0.8)
    angle = rng.uniform(0, 2 * np.pi, n_samples)
    return _placed(_on_circle(radius, angle), 0.22, rng), labels


def draw_blobs(n_samples: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Three round clouds: 0 left, 1 right, 2 top."""
    labels = _shuffled_classes(n_samples, 3, rng)
    centres = np.array([[-1.0, -0.7], [1.0, -0.7], [0.0, 1.0]])
    return _placed(centres[labels], 0.47, rng), labels


def draw_spiral(n_samples: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Three arms that wind half a turn around the origin, a third of a turn apart."""
    labels = _shuffled_classes(n_samples, 3, rng)
    radius = np.sqrt(rng.uniform(0.2**2, 2.0**2, n_samples))
    angle = 2 * np.pi * labels / 3 + np.pi * radius / 2
    return _placed(_on_circle(radius, angle), 0.22, rng), labels


TOYS: dict[str, Toy] = {
    "moons": draw_moons,
    "circles": draw_circles,
    "blobs": draw_blobs,
    "spiral": draw_spiral,
}


def _shuffled_classes(n_samples: int, n_classes: int, rng: np.random.Generator) -> IntArray:
    return rng.permutation(np.arange(n_samples, dtype=np.int64) % n_classes)


def _on_circle(radius: FloatArray, angle: FloatArray) -> FloatArray:
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _placed(points: FloatArray, spread: float, rng: np.random.Generator) -> FloatArray:
    """The points with Gaussian noise of that standard deviation on both coordinates."""
    return (points + rng.normal(0, spread, points.shape)).astype(np.float32)
