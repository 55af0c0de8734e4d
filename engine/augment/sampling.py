"""Which training images an epoch shows, and how often: as they are, or classes more alike."""

from __future__ import annotations

import numpy as np

from engine.randomness import derive, numpy_permutation
from engine.recipe.sampling import SamplingKind

__all__ = ["drawn_places", "numbered", "quotas", "sample_numbers"]

_ROUNDS = 0x726F756E6473  # "rounds": the stream of orders within a class


def quotas(counts: np.ndarray, sampling: SamplingKind) -> np.ndarray:
    """Int64 ``[classes]``: how many images of each class an epoch shows; the sum is kept.

    In proportion to the ``counts`` of the classes, to their square roots, or the same for all
    that have images; rounded by largest remainder.
    """
    counts = np.asarray(counts, np.int64)
    total = int(counts.sum())
    if sampling == "natural" or not total:
        return counts
    weights = np.sqrt(counts) if sampling == "square_root" else (counts > 0).astype(np.float64)
    exact = total * weights / weights.sum()
    result = np.floor(exact).astype(np.int64)
    rest = total - int(result.sum())
    result[np.argsort(result - exact, kind="stable")[:rest]] += 1
    return result


def drawn_places(seed: int, epoch: int, labels: np.ndarray, sampling: SamplingKind) -> np.ndarray:
    """Int64 ``[n]``: the places in ``labels`` (of the training images) that an epoch shows.

    They stand in the order of showing. Each class goes through its images in rounds, each round in
    an order of its own, and an epoch goes on where the one before it ended: by any epoch's end no
    image of a class was shown more than once more than another. A pure function of its arguments;
    epochs count from 0.
    """
    order = numpy_permutation(seed, epoch, len(labels))
    if sampling == "natural":
        return order
    chosen = []
    for label, wanted in enumerate(quotas(np.bincount(labels), sampling).tolist()):
        own = np.flatnonzero(labels == label)
        if wanted:
            key = derive(seed, _ROUNDS, label)
            chosen.append(own[_in_rounds(key, epoch, wanted, len(own))])
    return np.concatenate(chosen)[order]


def sample_numbers(order: np.ndarray) -> np.ndarray:
    """Int64 ``[n]``: what augmentation draws from, for the rows of an epoch in order.

    The row itself where it comes for the first time, and for each further time another number, so
    that an image that is shown several times an epoch is changed in several ways.
    """
    by_row = np.argsort(order, kind="stable")
    rows = order[by_row]
    first = np.flatnonzero(np.diff(rows, prepend=rows[:1] - 1))
    times = np.arange(len(rows)) - np.repeat(first, np.diff(first, append=len(rows)))
    numbers = np.empty_like(order)
    numbers[by_row] = numbered(rows, times)
    return numbers


def numbered(rows: np.ndarray, times: np.ndarray) -> np.ndarray:
    """What augmentation draws from for rows that an epoch has shown ``times`` times before."""
    return rows + (times << 32)


def _in_rounds(seed: int, epoch: int, wanted: int, own: int) -> np.ndarray:
    """The ``wanted`` numbers below ``own`` that are an epoch's turn; whole rounds need no order."""
    begin, end = epoch * wanted, (epoch + 1) * wanted
    first, last = begin // own, end // own
    if first == last:
        return numpy_permutation(seed, first, own)[begin % own : end % own]
    head = numpy_permutation(seed, first, own)[begin % own :]
    tail = numpy_permutation(seed, last, own)[: end % own]
    return np.concatenate((head, np.tile(np.arange(own), last - first - 1), tail))
