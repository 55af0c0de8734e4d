"""The colours and dashes by which runs laid behind the curves are told apart."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPen, QPixmap

from gui.theme import theme

__all__ = ["Look", "Looks", "sample"]

_COLOURS = (2, 3, 4, 6, 5, 7)  # the first two are the shown run's training and validation
_PATTERNS = ((), (7.0, 2.0, 1.5, 2.0))
_SAMPLE = (22, 12)


@dataclass(frozen=True)
class Look:
    """A colour of the palette, by its number, and dashes."""

    colour: int
    pattern: tuple[float, ...] = ()

    @property
    def shade(self) -> QColor:
        """The colour as the theme has it."""
        return theme().series_colour(self.colour)


_LOOKS = tuple(Look(colour, pattern) for pattern in _PATTERNS for colour in _COLOURS)


class Looks:
    """Gives each of at most :attr:`most` runs a look of its own, and takes it back."""

    most = len(_LOOKS)

    def __init__(self) -> None:
        self._given: dict[str, Look] = {}

    @property
    def full(self) -> bool:
        """Whether there is none left."""
        return len(self._given) >= self.most

    def give(self, run: str) -> Look:
        """The look of a run, the first that is free for a new one; StopIteration when full."""
        if run not in self._given:
            used = set(self._given.values())
            self._given[run] = next(look for look in _LOOKS if look not in used)
        return self._given[run]

    def of(self, run: str) -> Look | None:
        """The look of a run that has one."""
        return self._given.get(run)

    def take(self, run: str) -> None:
        """Frees a run's look."""
        self._given.pop(run, None)

    def keep(self, runs: set[str]) -> None:
        """Frees the looks of all other runs."""
        self._given = {run: look for run, look in self._given.items() if run in runs}


def sample(look: Look) -> QPixmap:
    """A piece of the line, for a table."""
    width, height = _SAMPLE
    sharpness = QGuiApplication.primaryScreen().devicePixelRatio()
    picture = QPixmap(round(width * sharpness), round(height * sharpness))
    picture.setDevicePixelRatio(sharpness)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    pen = QPen(look.shade, 2)
    if look.pattern:
        pen.setDashPattern([part * 0.6 for part in look.pattern])
    painter.setPen(pen)
    painter.drawLine(1, height // 2, width - 1, height // 2)
    painter.end()
    return picture
