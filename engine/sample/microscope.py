"""From stain in the tissue to the picture a camera takes: absorption, light, focus, noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["cloud", "photograph"]

Floats = NDArray[np.float32]
Generator = np.random.Generator

BLUE = np.array([0.68, 0.66, 0.30], np.float32)
"""Optical density of the nuclear stain in red, green, blue (near haematoxylin's)."""
PINK = np.array([0.10, 0.85, 0.48], np.float32)
"""Optical density of the counter-stain (near eosin's)."""


def cloud(random: Generator, n: int, side: int, width: float) -> Floats:
    """``[n, side, side]`` smooth noise of mean 0 and deviation 1 with blobs of ``width`` pixels."""
    noise = random.standard_normal((n, side, side), np.float32)
    soft = _blurred(noise, np.full(n, width, np.float32), border=0)
    return soft / soft.std(axis=(1, 2), keepdims=True)


def photograph(blue: Floats, pink: Floats, random: Generator) -> NDArray[np.uint8]:
    """``[n, side, side, 3]`` RGB of the two stains' amounts ``[n, side, side]``.

    Beer and Lambert's law, with what differs from slide to slide and image to image: strength and
    hue of both stains, lamp colour, a gradient of light, focus and the camera's noise.
    """
    n, side = blue.shape[:2]
    density = np.zeros((n, 3, side, side), np.float32)
    for amount, colour, strength in ((blue, BLUE, 0.2), (pink, PINK, 0.25)):
        own = colour * (1 + random.normal(0, 0.12, (n, 3))).astype(np.float32)
        own = own * np.exp(random.normal(0, strength, (n, 1))).astype(np.float32)
        density += own[:, :, None, None] * amount[:, None]
    light = _lamp(random, n, side) * np.exp(-density)
    focus = np.repeat(random.gamma(2.2, 0.28, n).astype(np.float32) + 0.25, 3)
    light = _blurred(light.reshape(n * 3, side, side), focus).reshape(light.shape)
    grain = random.uniform(0.01, 0.035, (n, 1, 1, 1)).astype(np.float32)
    light += grain * random.standard_normal(light.shape, np.float32)
    return np.rint(np.clip(light, 0, 1) * 255).astype(np.uint8).transpose(0, 2, 3, 1)


def _lamp(random: Generator, n: int, side: int) -> Floats:
    colour = np.clip(random.normal([0.95, 0.93, 0.95], 0.035, (n, 3)), 0.7, 1)
    line = np.linspace(-1, 1, side, dtype=np.float32)
    angle, slope = random.uniform(0, 2 * np.pi, n), random.uniform(0, 0.16, n)
    across = (slope * np.cos(angle))[:, None, None] * line[None, None, :]
    along = (slope * np.sin(angle))[:, None, None] * line[None, :, None]
    return (colour[:, :, None, None] * (1 + across + along)[:, None]).astype(np.float32)


def _blurred(images: Floats, sigma: Floats, border: int = 8) -> Floats:
    """Gaussian blur ``[n, h, w]`` with a deviation of its own for each image, in pixels.

    The picture is mirrored over ``border`` pixels around it, so that opposite edges do not mix.
    """
    height, width = images.shape[1:]
    wide = np.pad(images, ((0, 0), (border, border), (border, border)), mode="reflect")
    fy = np.fft.fftfreq(wide.shape[1]).astype(np.float32)
    fx = np.fft.rfftfreq(wide.shape[2]).astype(np.float32)
    scale = (-2 * np.pi**2 * sigma.astype(np.float32) ** 2)[:, None]
    down = np.exp(scale * fy**2)[:, :, None] * np.exp(scale * fx**2)[:, None, :]
    soft = np.fft.irfft2(np.fft.rfft2(wide) * down, s=wide.shape[1:])
    return soft[:, border : border + height, border : border + width].astype(np.float32)
