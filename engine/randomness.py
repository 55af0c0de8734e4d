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
    "SampleWords",
    "derive",
    "next_in_permutation",
    "numpy_permutation",
    "pixel_bits",
    "sample_keys",
    "stream_of",
    "uniform",
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


class SampleWords:
    """Random words of some samples in an epoch: one hash a sample, made once, for all streams.

    ``samples`` are int64 ``[B]``; ``epoch`` is one number, also as int64 ``[]``, or int64 ``[B]``
    with a number for each sample. Row b of every answer depends on nothing but seed, epoch,
    ``samples[b]`` and the stream; column j of a stream is the same whatever else is asked for.

    On the processor numpy computes: a step over a few hundred words takes it a fraction of torch's
    time, and it does not hand the interpreter's lock to another thread after each.
    """

    def __init__(self, seed: int, epoch: int | Tensor, samples: Tensor) -> None:
        self._on_cpu = samples.device.type == "cpu"
        self._device = samples.device
        self._rows = (_rows_numpy if self._on_cpu else _rows)(seed, epoch, samples)

    def uniform(self, streams: Sequence[tuple[int, int]]) -> Tensor:
        """Float32 ``[B, columns]`` in [0, 1), multiples of 2^-24: each (stream, draws) in turn."""
        import torch

        keys = tuple(_key(stream, draw) for stream, draws in streams for draw in range(draws))
        bits = self._bits(keys)
        if isinstance(bits, np.ndarray):
            return torch.from_numpy((bits >> np.uint64(40)).astype(np.float32) * np.float32(2**-24))
        return _shift_right(bits, 40).float() * 2.0**-24

    def keys(self, streams: Sequence[int]) -> Tensor:
        """Int64 ``[B, streams]``: words from which :func:`pixel_bits` draws."""
        import torch

        bits = self._bits(tuple(_key(stream, _PIXEL) for stream in streams))
        return torch.from_numpy(bits.view(np.int64)) if isinstance(bits, np.ndarray) else bits

    def _bits(self, keys: tuple[int, ...]) -> Tensor | np.ndarray:
        if isinstance(self._rows, np.ndarray):
            return _mix_numpy(self._rows[:, None] + np.array(keys, dtype=np.uint64))
        return _mix(self._rows[:, None] + _key_tensor(keys, self._device))


def uniform(seed: int, epoch: int, samples: Tensor, stream: int, draws: int) -> Tensor:
    """Float32 ``[B, draws]`` in [0, 1) of one stream; see :class:`SampleWords`."""
    return SampleWords(seed, epoch, samples).uniform([(stream, draws)])


def sample_keys(seed: int, epoch: int | Tensor, samples: Tensor, stream: int) -> Tensor:
    """Int64 ``[B]``: a word for each sample of one stream; see :class:`SampleWords`."""
    return SampleWords(seed, epoch, samples).keys([stream])[:, 0]


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


def _rows_numpy(seed: int, epoch: int | Tensor, samples: Tensor) -> np.ndarray:
    golden = np.uint64(_GOLDEN)
    if isinstance(epoch, int):
        key: np.uint64 | np.ndarray = np.uint64(_key(seed, epoch))
    else:
        own = epoch.cpu().numpy().reshape(-1).view(np.uint64)  # numpy warns of overflow in []
        key = _mix_numpy(own * golden + np.uint64((_key(seed) + _GOLDEN) & _WORD))
    return _mix_numpy(samples.numpy().view(np.uint64) * golden + key)


@lru_cache(maxsize=4096)
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
def _key_tensor(keys: tuple[int, ...], device: torch.device) -> Tensor:
    import torch

    return torch.tensor([_signed(key) for key in keys], dtype=torch.int64, device=device)
