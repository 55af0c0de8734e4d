"""Icons from ``resources/icons`` (Lucide), drawn sharp at any scale in a theme colour."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

from PySide6.QtCore import QByteArray, QObject, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gui.theme.tokens import Colours

__all__ = ["ICONS", "bound", "icon", "pixmap", "retint", "set_icon", "svg", "use"]

ICONS = Path(__file__).resolve().parents[2] / "resources" / "icons"
_SIDES = (16, 18, 20, 24, 32, 48)


class _HasIcon(Protocol):
    def setIcon(self, icon: QIcon, /) -> None: ...


_bound: WeakKeyDictionary[QObject, tuple[str, str, int]] = WeakKeyDictionary()
_palette: list[Colours] = []


def use(colours: Colours) -> None:
    """Takes the palette that names of colours refer to from now on (called by the theme)."""
    _palette[:] = [colours]


@lru_cache(maxsize=512)
def svg(name: str, colour: str) -> bytes:
    """The icon's SVG text with its strokes in ``colour``; raises FileNotFoundError by its name."""
    text = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    return text.replace("currentColor", colour).encode()


def _value(colour: str) -> str:
    return colour if colour.startswith("#") else getattr(_palette[0], colour)


@lru_cache(maxsize=1024)
def _draw(name: str, colour: str, pixels: int) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(svg(name, colour)))
    image = QPixmap(pixels, pixels)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image


@lru_cache(maxsize=512)
def _build(name: str, colour: str, disabled: str, ratio: float, gap: int = 0) -> QIcon:
    built = QIcon()
    for mode, value in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, disabled)):
        for side in _SIDES:
            drawn = _draw(name, value, round(side * ratio))
            image = QPixmap(round((side + gap) * ratio), round(side * ratio))
            image.fill(Qt.GlobalColor.transparent)
            painter = QPainter(image)
            painter.drawPixmap(0, 0, drawn)
            painter.end()
            image.setDevicePixelRatio(ratio)
            built.addPixmap(image, mode)
    return built


def _ratio() -> float:
    screens = QGuiApplication.screens()
    return max([1.0, *(screen.devicePixelRatio() for screen in screens)])


def icon(name: str, colour: str = "text") -> QIcon:
    """The icon ``name`` (a Lucide name such as ``"play"``) in the palette of the moment.

    ``colour`` is a colour's name in :class:`~gui.theme.tokens.Colours` or ``#rrggbb``. Use
    :func:`set_icon` for widgets and actions that live on: it follows the theme. Raises
    FileNotFoundError when there is no such icon.
    """
    return _build(name, _value(colour), _value("disabled"), _ratio())


def pixmap(name: str, side: int, colour: str = "text") -> QPixmap:
    """The icon as a picture of ``side`` device-independent pixels, for labels and painters."""
    ratio = _ratio()
    image = QPixmap(_draw(name, _value(colour), round(side * ratio)))
    image.setDevicePixelRatio(ratio)
    return image


def set_icon(
    target: _HasIcon, name: str, colour: str = "text", side: int = 0, gap: int = 0
) -> None:
    """Gives a button or action an icon that changes its colours with the theme.

    ``side`` sets the icon's size on buttons, in device-independent pixels; 0 leaves it. ``gap`` is
    room between the icon and the text of a button, which a stylesheet cannot give.
    """
    assert isinstance(target, QObject)
    _bound[target] = (name, colour, gap)
    _give(target, name, colour, gap)
    if side:
        target.setIconSize(QSize(side + gap, side))  # type: ignore[attr-defined]


def _give(target: QObject, name: str, colour: str, gap: int) -> None:
    built = _build(name, _value(colour), _value("disabled"), _ratio(), gap)
    target.setIcon(built)  # type: ignore[attr-defined]


def bound() -> list[QObject]:
    """All widgets and actions that were given an icon with :func:`set_icon`."""
    return list(_bound)


def retint(target: QObject) -> None:
    """Redraws the icon that ``target`` was given with :func:`set_icon`, if any (by the theme)."""
    if (given := _bound.get(target)) is not None:
        _give(target, *given)
