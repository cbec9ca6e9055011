"""A small convolutional network for sentences (Kim 2014), trained with closed-form gradients in NumPy.

Words become vectors (32 numbers each); filters of 3, 4 and 5 words (16 of each width) run over the sentence, ReLU;
each filter's maximum over the sentence goes to a linear layer. Kim's net with fewer and smaller parts, without
dropout, and with word vectors that start at random.

A sentence lies in endless padding, whose vector is 0 and is no parameter: every window that touches the sentence
counts, and one of padding alone. So a sentence of one word, or of none, is like any other.

A filter's output is a sum of one product a word of the window. So each different word of a batch is multiplied by
all filters once, and the rest is adding up: the products of the words that follow one another. The way back is as
thin: of every filter and sentence one window passes the error on, to each of its words.

Models take turns; those of the same mini-batches share what depends on the words alone.

Layout of a flat vector: word vectors (word, number) without that of the padding, then PyTorch's convolutions over
one dimension, weight (filter, number, place), bias, width after width, then weight (out, in), bias.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cgs_core.federation.flat_net import FlatNet, logit_error, slices_of
from cgs_core.federation.model import Batches
from cgs_core.scenario.catalogue import PADDING
from cgs_core.typing import IntArray, Params

_WIDTHS = (3, 4, 5)  # words that a filter sees
_N_FILTERS = 16  # of each width
_VECTOR_LENGTH = 32  # numbers a word
_GAP = max(_WIDTHS)  # padding between sentences: a window sees one of them, and one window none
_VECTOR_BOUND = 0.25  # of random word vectors, as in Kim 2014
_EVALUATION_ROWS = 64  # sentences a pass; more leaves the cache


class TextNet(FlatNet):
    """word vectors -> convolutions of widths 3, 4, 5 -> ReLU -> maximum over the sentence -> linear, softmax.

    Parameters
    ----------
    n_words: how many numbers a place of a sentence may have; ``PADDING`` is one of them.
    n_classes: how many logits.
    dtype: np.float32 or np.float64, of parameters and of all arithmetic.
    """

    def __init__(self, n_words: int, n_classes: int, dtype: type = np.float32) -> None:
        n_pooled = len(_WIDTHS) * _N_FILTERS
        shapes: list[tuple[int, ...]] = [(n_words - 1, _VECTOR_LENGTH)]
        for width in _WIDTHS:
            shapes += [(_N_FILTERS, _VECTOR_LENGTH, width), (_N_FILTERS,)]
        shapes += [(n_classes, n_pooled), (n_classes,)]
        super().__init__(shapes, dtype)

    def _bounds(self) -> list[float]:
        """As the base says, but for the word vectors."""
        return [_VECTOR_BOUND, *super()._bounds()[1:]]

    def train(
        self, params: Params, features: np.ndarray, labels: np.ndarray, batches: Sequence[Batches], learning_rate: float
    ) -> Params:
        trained = np.array(params, dtype=self._dtype)
        numbers, rate = features.astype(np.int64), self._dtype.type(learning_rate)
        alike: dict[int, list[int]] = {}
        for model, own in enumerate(batches):
            alike.setdefault(id(own), []).append(model)
        for members in alike.values():
            models = [self._tensors(trained[model]) for model in members]
            for rows in batches[members[0]]:
                words, own_labels = _Words.of(numbers[rows]), labels[rows]
                for tensors in models:
                    self._step(tensors, words, own_labels, rate)
        return trained

    def _logits(self, params: Params, features: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """As the base says; all models share the words."""
        models = [self._tensors(flat) for flat in np.asarray(params, self._dtype)]
        filters = [_word_filters(tensors) for tensors in models]
        for rows in slices_of(len(features), _EVALUATION_ROWS):
            words = _Words.of(features[rows].astype(np.int64))
            passes = (_forward(tensors, own, words).logits for tensors, own in zip(models, filters, strict=True))
            yield rows, np.stack(list(passes))

    def _step(self, tensors: list[np.ndarray], words: _Words, labels: IntArray, rate: np.floating) -> None:
        """One SGD step in place: forward, closed-form gradient of the mean cross-entropy, update."""
        vectors, *convolutions, weight, bias = tensors
        filters = _word_filters(tensors)
        forward = _forward(tensors, filters, words)
        if np.isnan(forward.pooled).any():  # no window is the largest, and every gradient would be no number either
            for tensor in tensors:
                tensor.fill(np.nan)
            return
        error = logit_error(forward.logits, labels, len(labels))
        pooled_error = (weight.T @ error) * (forward.pooled > 0)
        products_error = _products_error(forward.outputs, pooled_error, words)
        seen = vectors[words.rows]
        filters_error = seen.T @ products_error
        weight -= rate * (error @ forward.pooled.T)
        bias -= rate * error.sum(axis=1)
        vectors[words.rows] = seen - rate * (products_error @ filters.T)
        first = 0
        for place, width in enumerate(_WIDTHS):
            own = filters_error[:, first : first + width * _N_FILTERS].reshape(_VECTOR_LENGTH, width, _N_FILTERS)
            convolutions[2 * place] -= rate * own.transpose(2, 0, 1)
            convolutions[2 * place + 1] -= rate * pooled_error[_of_width(place)].sum(axis=1)
            first += width * _N_FILTERS


@dataclass(frozen=True)
class _Words:
    """The words of several sentences, in one line with padding between them."""

    rows: IntArray  # (n_different,) of the word vectors
    line: IntArray  # (n_positions + _GAP,) which of the different words; n_different is padding
    starts: IntArray  # (n_sentences,) where in the line the padding before each sentence starts
    sentence: IntArray  # (n_positions,) which sentence a window that starts here belongs to

    @classmethod
    def of(cls, numbers: IntArray) -> _Words:
        """Of sentences (n_sentences, n_places), each padded at its end."""
        is_word = numbers != PADDING
        lengths = is_word.sum(axis=1)
        different, places = np.unique(numbers[is_word], return_inverse=True)
        ends = np.cumsum(lengths + _GAP)
        line = np.full(ends[-1] + _GAP, len(different))
        sentence = np.repeat(np.arange(len(numbers)), lengths + _GAP)
        line[np.flatnonzero(np.arange(ends[-1]) - (ends - lengths)[sentence] >= 0)] = places
        return cls(different - 1, line, ends - lengths - _GAP, sentence)


@dataclass(frozen=True)
class _Forward:
    """What one pass leaves for the way back."""

    outputs: np.ndarray  # (3 x filters, n_positions) of the filters, without their bias
    pooled: np.ndarray  # (3 x filters, n_sentences) after ReLU
    logits: np.ndarray  # (n_classes, n_sentences)


def _of_width(place: int) -> slice:
    """The filters of one width among those of all."""
    return slice(place * _N_FILTERS, (place + 1) * _N_FILTERS)


def _word_filters(tensors: list[np.ndarray]) -> np.ndarray:
    """(vector length, 12 x filters): what multiplies a word, by width and place in the window."""
    parts = [weight.transpose(1, 2, 0).reshape(_VECTOR_LENGTH, -1) for weight in tensors[1:-2:2]]
    return np.concatenate(parts, axis=1)


def _forward(tensors: list[np.ndarray], filters: np.ndarray, words: _Words) -> _Forward:
    vectors, *convolutions, weight, bias = tensors
    products = np.zeros((len(words.rows) + 1, filters.shape[1]), vectors.dtype)  # the last row is padding
    np.matmul(vectors[words.rows], filters, out=products[:-1])
    outputs = _window_sums(products, words)
    pooled = np.maximum.reduceat(outputs, words.starts, axis=1)
    pooled += np.concatenate(convolutions[1::2])[:, None]
    np.maximum(pooled, 0, out=pooled)
    return _Forward(outputs, pooled, weight @ pooled + bias[:, None])


def _window_sums(products: np.ndarray, words: _Words) -> np.ndarray:
    """(3 x filters, n_positions): of the products (n_different + 1, 12 x filters) of a window's words."""
    n_positions = len(words.sentence)
    spread = np.take(products.T, words.line, axis=1)
    outputs = np.empty((len(_WIDTHS) * _N_FILTERS, n_positions), products.dtype)
    first = 0
    for place, width in enumerate(_WIDTHS):
        own = outputs[_of_width(place)]
        for offset in range(width):
            part = spread[first : first + _N_FILTERS, offset : offset + n_positions]
            if offset:
                own += part
            else:
                own[...] = part
            first += _N_FILTERS
    return outputs


def _products_error(outputs: np.ndarray, pooled_error: np.ndarray, words: _Words) -> np.ndarray:
    """(n_different, 12 x filters): each filter's error of a sentence, at the words of its first largest window."""
    largest = np.maximum.reduceat(outputs, words.starts, axis=1)
    row, position = np.nonzero(outputs == largest[:, words.sentence])
    is_first = np.diff(row * len(words.starts) + words.sentence[position], prepend=-1) != 0
    window = position[is_first].reshape(largest.shape)
    n_columns = sum(_WIDTHS) * _N_FILTERS
    entries, errors, first = [], [], 0
    for place, width in enumerate(_WIDTHS):
        own = _of_width(place)
        for offset in range(width):
            column = np.arange(first, first + _N_FILTERS)[:, None]
            entries.append(words.line[window[own] + offset] * n_columns + column)
            errors.append(pooled_error[own])
            first += _N_FILTERS
    total = np.bincount(
        np.concatenate(entries, axis=None), np.concatenate(errors, axis=None), (len(words.rows) + 1) * n_columns
    )
    return total.reshape(-1, n_columns)[:-1].astype(outputs.dtype)
