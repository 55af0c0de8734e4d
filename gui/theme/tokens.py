"""The values that every colour, distance and text size on screen is taken from."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DARK", "LIGHT", "RADIUS", "SPACE", "Colours", "TextSizes", "contrast"]

SPACE = 8
"""The grid in device-independent pixels; distances are ``SPACE``, ``2 * SPACE``, or half of it."""

RADIUS = 8
"""Corner radius of cards; controls use ``RADIUS - 2``."""


@dataclass(frozen=True)
class Colours:
    """One palette, every value as ``#rrggbb``.

    Text colours reach 4.5:1 on ``window``, ``surface`` and ``raised``; lines and marks that carry
    meaning reach 3:1. A test holds both.

    Attributes:
        window: behind everything.
        surface: cards, tables, input panels.
        raised: controls on a surface, menus, the hovered row.
        sunken: rail, tracks, wells of images.
        border: hairlines; ``outline`` is the frame of a control that takes input.
        text, muted, disabled: words, second-rank words, words that cannot be used now.
        accent: the one accent, as a fill (``on_accent`` is the text on it) and ``accent_hover``.
        link: the accent as text, line or focus ring.
        accent_soft: a tint behind the selected thing.
        success, warning, danger: states, as text and marks; ``…_soft`` are tints behind them.
        series: for curves and classes, colour-blind safe (Okabe and Ito, adjusted in lightness).
    """

    name: str
    window: str
    surface: str
    raised: str
    sunken: str
    border: str
    outline: str
    text: str
    muted: str
    disabled: str
    accent: str
    accent_hover: str
    on_accent: str
    link: str
    accent_soft: str
    success: str
    success_soft: str
    warning: str
    warning_soft: str
    danger: str
    danger_soft: str
    series: tuple[str, ...]


LIGHT = Colours(
    name="light",
    window="#f5f6f8",
    surface="#ffffff",
    raised="#f0f2f5",
    sunken="#e9ecf1",
    border="#dfe3ea",
    outline="#b9c1ce",
    text="#1a2030",
    muted="#566072",
    disabled="#9aa3b2",
    accent="#3a56d4",
    accent_hover="#2f48bd",
    on_accent="#ffffff",
    link="#3a56d4",
    accent_soft="#e6eafc",
    success="#1b7a47",
    success_soft="#e1f3e8",
    warning="#8f5a00",
    warning_soft="#fdf0d8",
    danger="#b93030",
    danger_soft="#fce8e7",
    series=(
        "#0072b2",
        "#c85200",
        "#00795a",
        "#a8477f",
        "#8a6d00",
        "#2b8fc9",
        "#6b4fb3",
        "#5f6b7a",
    ),
)

DARK = Colours(
    name="dark",
    window="#15181e",
    surface="#1d2129",
    raised="#272c36",
    sunken="#101318",
    border="#2f3541",
    outline="#4b5464",
    text="#e7eaf0",
    muted="#a0a9b9",
    disabled="#687181",
    accent="#4f6bea",
    accent_hover="#5c78f2",
    on_accent="#ffffff",
    link="#93a9ff",
    accent_soft="#27305a",
    success="#5ccb8f",
    success_soft="#17332a",
    warning="#eab04c",
    warning_soft="#3a2e16",
    danger="#ff8a85",
    danger_soft="#351d21",
    series=(
        "#56b4e9",
        "#f0934a",
        "#2fc79a",
        "#e08fc0",
        "#e3cf4a",
        "#8fd3ff",
        "#b39ff0",
        "#a7b1c0",
    ),
)


@dataclass(frozen=True)
class TextSizes:
    """The three text sizes in points, derived from the size that the system asks for.

    Attributes:
        small: captions, units, axis labels.
        body: everything else.
        title: one heading per page or dialog.
    """

    small: float
    body: float
    title: float

    @classmethod
    def from_system(cls, points: float) -> TextSizes:
        """Sizes that follow the system's font size ``points`` (10 where it says nothing)."""
        body = min(max(points, 9.5), 24.0)
        return cls(small=round(body * 0.88, 1), body=body, title=round(body * 1.5, 1))


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
