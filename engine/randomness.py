"""Counter-based randomness: every number is a pure function of what it is for.

``uniform(seed, epoch, samples, stream, draws)`` has no state: the same question has the same answer
alone, in any batch, in any process, on the CPU and on CUDA. So a preview equals training, any
number of workers gives the same batches, and a resumed run continues exactly.

The hash is the finaliser of SplitMix64 (Steele, Lea & Flood 2014, "Fast splittable pseudorandom
number generators", variant 13 of Stafford), applied once per word that goes in. It is written in
torch's int64, whose products wrap around; right shifts are masked to be logical.

torch is imported when numbers are drawn, numpy's part works without it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = [
    "GENERATOR",
    "derive",
    "next_in_permutation",
    "numpy_permutation",
    "pixel_bits",
    "sample_keys",
    "stream_of",
    "uniform",
    "uniform_columns",
]

GENERATOR = threading.Lock()
"""Held by whoever uses torch's own generator, which all threads share: a training step seeds it
for dropout, and building a model in another thread would otherwise draw in between."""

_WORD = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FACTOR_1 = 0xBF58476D1CE4E5B9
_FACTOR_2 = 0x94D049BB133111EB
_ORDER = 0x6F72646572  # "order": the stream of epoch orders
_PIXEL = 0x706978656C  # "pixel": the stream of numbers for single pixels
_PIXEL_FACTOR_1 = 0x7FEB352D
_PIXEL_FACTOR_2 = 0x846CA68B - (1 << 32)


def derive(*words: int) -> int:
    """An integer in 0..2^63 - 1 hashed from whole numbers in order, to seed another generator."""
    return _key(*words) >> 1


@lru_cache(maxsize=1024)
def stream_of(name: str) -> int:
    """The stream number of a name, such as a card's id: 64 bits of its SHA-256."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


def uniform(seed: int, epoch: int, samples: Tensor, stream: int, draws: int) -> Tensor:
    """Float32 ``[B, draws]`` in [0, 1), multiples of 2^-24, for int64 ``samples`` ``[B]``.

    Row b depends on nothing but seed, epoch, ``samples[b]``, stream and the column; column j is the
    same whatever ``draws`` is.
    """
    return uniform_columns(seed, epoch, samples, [(stream, draws)])


def uniform_columns(
    seed: int, epoch: int | Tensor, samples: Tensor, streams: Sequence[tuple[int, int]]
) -> Tensor:
    """``uniform`` of several (stream, draws) side by side, in one pass over the batch.

    ``epoch`` may be one number, or int64 ``[B]`` with a number for each sample.
    """
    keys = _column_keys(tuple(streams), samples.device)
    bits = _mix(_rows(seed, epoch, samples)[:, None] + keys)
    return _shift_right(bits, 40).float() * 2.0**-24


def sample_keys(seed: int, epoch: int | Tensor, samples: Tensor, stream: int) -> Tensor:
    """Int64 ``[B]``: a word for each sample and stream, from which :func:`pixel_bits` draws."""
    return _mix(_rows(seed, epoch, samples) + _signed(_key(stream, _PIXEL)))


def pixel_bits(keys: Tensor, count: int) -> Tensor:
    """Int32 ``[B, count]``: 32 random bits for each place of each sample, from ``sample_keys``.

    The hash is "lowbias32" (Wellons 2018, a search for the least biased 32-bit mixer with two
    multiplications), fed with the place and both halves of the sample's key: 32-bit words, for
    there are millions of them. The low 16 bits are as random as the high ones.
    """
    import torch

    place = torch.arange(count, dtype=torch.int32, device=keys.device) * -1640531535
    low, high = (keys & 0xFFFFFFFF).to(torch.int32), (keys >> 32).to(torch.int32)
    bits = place ^ low[:, None]
    bits ^= (bits >> 16) & 0xFFFF
    bits *= _PIXEL_FACTOR_1
    bits += high[:, None]
    bits ^= (bits >> 15) & 0x1FFFF
    bits *= _PIXEL_FACTOR_2
    bits ^= (bits >> 16) & 0xFFFF
    return bits


def numpy_permutation(seed: int, epoch: int, n: int) -> np.ndarray:
    """The order of an epoch: a permutation of 0..n-1 as int64, by sorting one hash an index."""
    return np.argsort(_order_bits(seed, epoch, n), kind="stable")


def next_in_permutation(seed: int, epoch: int, n: int, index: int) -> int:
    """What follows ``index`` in :func:`numpy_permutation`, the first after the last; by no sorting.

    The hashes all differ, for each step of the hash can be undone; so the next one up is the one at
    the smallest distance, counted around 2^64.
    """
    bits = _order_bits(seed, epoch, n)
    return int(np.argmin(bits - bits[index] - np.uint64(1)))


def _order_bits(seed: int, epoch: int, n: int) -> np.ndarray:
    index = np.arange(n, dtype=np.uint64)
    rows = _mix_numpy(index * np.uint64(_GOLDEN) + np.uint64(_key(seed, epoch)))
    return _mix_numpy(rows + np.uint64(_key(_ORDER, 0)))


def _rows(seed: int, epoch: int | Tensor, samples: Tensor) -> Tensor:
    if isinstance(epoch, int):
        key: int | Tensor = _signed(_key(seed, epoch))
    else:  # the last step of _key, for many epochs at once
        key = _mix(epoch * _signed(_GOLDEN) + _signed((_key(seed) + _GOLDEN) & _WORD))
    return _mix(samples * _signed(_GOLDEN) + key)


def _key(*words: int) -> int:
    state = 0
    for word in words:
        state = _mix_int((state + (word & _WORD) * _GOLDEN + _GOLDEN) & _WORD)
    return state


def _mix_int(word: int) -> int:
    word = ((word ^ (word >> 30)) * _FACTOR_1) & _WORD
    word = ((word ^ (word >> 27)) * _FACTOR_2) & _WORD
    return word ^ (word >> 31)


def _mix_numpy(words: np.ndarray) -> np.ndarray:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(_FACTOR_1)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(_FACTOR_2)
    return words ^ (words >> np.uint64(31))


def _mix(words: Tensor) -> Tensor:
    words = (words ^ _shift_right(words, 30)) * _signed(_FACTOR_1)
    words = (words ^ _shift_right(words, 27)) * _signed(_FACTOR_2)
    return words ^ _shift_right(words, 31)


def _shift_right(words: Tensor, places: int) -> Tensor:
    return (words >> places) & ((1 << (64 - places)) - 1)


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word


@lru_cache(maxsize=64)
def _column_keys(streams: tuple[tuple[int, int], ...], device: torch.device) -> Tensor:
    import torch

    keys = [_signed(_key(stream, draw)) for stream, draws in streams for draw in range(draws)]
    return torch.tensor(keys, dtype=torch.int64, device=device)
