"""Ready-made pipelines to start from, each with the reason for its choice."""

from __future__ import annotations

from dataclasses import dataclass

from engine.augment.pipeline import Card, Pipeline
from engine.transforms.geometry import Flip, Rotate, Shift, Zoom
from engine.transforms.tone import BrightnessContrast

__all__ = ["PRESETS", "Preset"]


@dataclass(frozen=True)
class Preset:
    """A named pipeline, with the reason that the page shows beside it."""

    name: str
    title: str
    reason: str
    pipeline: Pipeline


_NONE = Preset(
    "none",
    "None",
    "Every image is seen as it is. The baseline that the others are compared with, and right for "
    "very large data sets.",
    Pipeline(),
)

_LIGHT = Preset(
    "light",
    "Light",
    "Small shifts and slight changes of light that hardly any class minds: no flips and no turns, "
    "so digits, text and left-right pairs stay what they are.",
    Pipeline(
        (
            Card("shift", Shift(width=0.06, height=0.06)),
            Card("zoom", Zoom(factor_range=(0.95, 1.05))),
            Card("brightness_contrast", BrightnessContrast(brightness=0.1, contrast=0.1)),
        )
    ),
)

_STANDARD = Preset(
    "standard",
    "Standard",
    "Left-right flips, small turns, shifts and zooms, and moderate changes of light: right for "
    "most photographs. Switch flip off where left and right are different classes.",
    Pipeline(
        (
            Card("flip", Flip(horizontal=True, vertical=False)),
            Card("rotate", Rotate(degrees=15.0)),
            Card("shift", Shift(width=0.1, height=0.1)),
            Card("zoom", Zoom(factor_range=(0.9, 1.1))),
            Card("brightness_contrast", BrightnessContrast(brightness=0.2, contrast=0.2)),
        )
    ),
)

_STRONG = Preset(
    "strong",
    "Strong",
    "All flips and turns, large shifts and zooms, strong changes of light: for few images without "
    "a natural up, such as cells under a microscope or pictures from above. Needs more epochs.",
    Pipeline(
        (
            Card("flip", Flip(horizontal=True, vertical=True)),
            Card("rotate", Rotate(degrees=180.0)),
            Card("shift", Shift(width=0.15, height=0.15)),
            Card("zoom", Zoom(factor_range=(0.8, 1.25))),
            Card("brightness_contrast", BrightnessContrast(brightness=0.3, contrast=0.3)),
        )
    ),
)

PRESETS: dict[str, Preset] = {p.name: p for p in (_NONE, _LIGHT, _STANDARD, _STRONG)}
