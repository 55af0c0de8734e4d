"""Decoding against Pillow, and the epochs after the first, which come from the cache.

Photographs of 512 px are made by hand (smooth shapes with noise), saved as JPEG, and wanted at 64
px. Pillow decodes them whole and resizes; both decode on all cores. A later epoch gathers batches
at random from the memory-mapped cache; the same map is also read in order and copied, as fast as
the memory allows.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from engine.compute.images import Images
from engine.compute.walk import Walk
from engine.data.decode import decode_bytes
from engine.data.pool import in_threads
from engine.data.quiet import quiet_decoders
from engine.data.spec import DataSpec
from tests.bench.rounds import compare

TITLE = "Decoding: images per second against Pillow, and a second epoch from the cache"

SIDE, FULL, BATCH = 64, 512, 128
PILLOW, RAW = "Pillow, decoded whole", "the map read in order"


def main(argv: list[str]) -> None:
    """Prints decoding and a later epoch against Pillow, and that epoch against reading the map."""
    parser = argparse.ArgumentParser(prog="tests.bench decode")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=200)
    asked = parser.parse_args(argv)
    torch.set_num_threads(1)
    files = [_photograph(number) for number in range(asked.images)]
    with tempfile.TemporaryDirectory() as folder:
        pixels = _map(Path(folder, "pixels"), 8_192)
        epoch = _gathered(pixels)
        first = {PILLOW: _pillow(files), "Fovea, decoded": _fovea(files), "Fovea, cached": epoch}
        print(f"JPEG of {FULL} px to {SIDE} px  [goals: decoded 1.6x, cached 4x decoded]")
        compare(first, reference=PILLOW, rounds=asked.rounds, unit="images/s")
        print("A later epoch  [goal: 0.95 of reading the map raw]")
        later = {RAW: _in_order(pixels), "Fovea, cached": epoch}
        compare(later, reference=RAW, rounds=asked.rounds, unit="images/s")


def _photograph(seed: int) -> bytes:
    draw = np.random.default_rng(seed)
    coarse = Image.fromarray(draw.integers(0, 256, (16, 16, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((FULL, FULL), Image.Resampling.BICUBIC), dtype=np.int16)
    noisy = smooth + draw.normal(0, 6, smooth.shape).astype(np.int16)
    file = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()


def _pillow(files: list[bytes]) -> Callable[[], float]:
    def one(data: bytes) -> np.ndarray:
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR))

    return lambda: _rate(len(files), lambda: all(len(got) for got in in_threads(one, files)))


def _fovea(files: list[bytes]) -> Callable[[], float]:
    spec = DataSpec(size=SIDE, channels="colour")

    def decoded() -> None:
        with quiet_decoders():
            for _ in in_threads(lambda data: decode_bytes(data, spec), files):
                pass

    return lambda: _rate(len(files), decoded)


def _map(path: Path, images: int) -> np.memmap:
    shape = (images, 3, SIDE, SIDE)
    np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8).tofile(path)
    return np.memmap(path, np.uint8, "r", shape=shape)


def _gathered(pixels: np.memmap) -> Callable[[], float]:
    images = Images(pixels, np.zeros(len(pixels)), torch.device("cpu"))
    order = np.random.default_rng(1).permutation(len(pixels))
    walk = Walk(images)

    def epoch() -> None:
        walk.along(order)
        for start in range(0, len(pixels), BATCH):
            walk(slice(start, start + BATCH))

    return lambda: _rate(len(pixels), epoch)


def _in_order(pixels: np.memmap) -> Callable[[], float]:
    plain = np.asarray(pixels)

    def read() -> None:
        for start in range(0, len(plain), BATCH):
            plain[start : start + BATCH].copy()

    return lambda: _rate(len(plain), read)


def _rate(count: int, work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return count / (time.perf_counter() - begun)
