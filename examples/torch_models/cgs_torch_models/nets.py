"""The nets. This module imports torch: it is loaded where they train, never by the app's server."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from cgs_core.scenario.catalogue import DATASETS, PADDING

_N_WORDS = DATASETS["sentences"].n_words


class Residual(nn.Module):
    """Grey square pictures as rows ``(n_rows, side * side)`` -> logits ``(n_rows, n_classes)``.

    A convolution, two residual blocks with a pooling between them, means over places, a linear layer. Numbers are
    brought to one scale within a picture (group norm): batch norm would make a row depend on those beside it.
    """

    def __init__(self, n_inputs: int, n_classes: int, n_channels: int = 16) -> None:
        super().__init__()
        side = math.isqrt(n_inputs)
        pooled = max(side // 8, 1)
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, side, side)),
            nn.Conv2d(1, n_channels, 3, padding=1),
            _Block(n_channels),
            nn.MaxPool2d(2),
            _Block(n_channels),
            nn.AvgPool2d(pooled),
            nn.Flatten(),
            nn.Linear(n_channels * (side // 2 // pooled) ** 2, n_classes),
        )

    def forward(self, rows: Tensor) -> Tensor:
        logits: Tensor = self.layers(rows)
        return logits


class _Block(nn.Module):
    """x + f(x), where f is two convolutions of x, each after a norm and a ReLU (He et al., ECCV 2016).

    At the start f is 0: otherwise the app's default learning rate is too high for it.
    """

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        last = nn.Conv2d(n_channels, n_channels, 3, padding=1)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.change = nn.Sequential(
            nn.GroupNorm(4, n_channels),
            nn.ReLU(),
            nn.Conv2d(n_channels, n_channels, 3, padding=1),
            nn.GroupNorm(4, n_channels),
            nn.ReLU(),
            last,
        )

    def forward(self, values: Tensor) -> Tensor:
        changed: Tensor = values + self.change(values)
        return changed


class Transformer(nn.Module):
    """Sentences as rows of word numbers ``(n_rows, n_places)`` -> logits ``(n_rows, n_classes)``.

    Words and places become vectors; one layer of self-attention (Vaswani et al., 2017), with its norms first; the mean
    over the sentence's words. Places after its end are neither looked at nor counted.
    """

    def __init__(self, n_inputs: int, n_classes: int, n_values: int = 32, n_heads: int = 4) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.words, self.places = nn.Embedding(_N_WORDS, n_values), nn.Parameter(torch.zeros(n_inputs, n_values))
        nn.init.normal_(self.words.weight, std=0.1)  # torch's 1 hides for many rounds what little a word learns in one
        self.norm = nn.LayerNorm(n_values)
        self.asked, self.said = nn.Linear(n_values, 3 * n_values), nn.Linear(n_values, n_values)
        self.dense = nn.Sequential(
            nn.LayerNorm(n_values), nn.Linear(n_values, 2 * n_values), nn.ReLU(), nn.Linear(2 * n_values, n_values)
        )
        self.last = nn.Linear(n_values, n_classes)

    def forward(self, rows: Tensor) -> Tensor:
        is_word = rows != PADDING
        values = self.words(rows) + self.places
        values = values + self._attention(self.norm(values), is_word)
        values = values + self.dense(values)
        counted = is_word[:, :, None].to(values.dtype)
        logits: Tensor = self.last((values * counted).sum(1) / counted.sum(1).clamp(min=1))
        return logits

    def _attention(self, values: Tensor, is_word: Tensor) -> Tensor:
        """(n_rows, n_places, n_values): each place's mixture of what the sentence's words say."""
        heads = self.asked(values).unflatten(2, (3, self.n_heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = heads.unbind()  # each (n_rows, n_heads, n_places, values of a head)
        fit = query @ key.transpose(2, 3) / math.sqrt(query.shape[3])
        fit = fit.masked_fill(~is_word[:, None, None, :], -1e9)
        mixed = (torch.softmax(fit, dim=3) @ value).transpose(1, 2).flatten(2)
        said: Tensor = self.said(mixed)
        return said
