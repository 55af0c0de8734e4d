"""Buttons, made so that their label, icon, tooltip and accessible name agree."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from gui.theme import set_icon

__all__ = ["IconButton", "PrimaryButton", "button"]

_TINTS = {"primary": "on_accent", "danger": "danger", "link": "link"}


def button(
    text: str,
    run: Callable[[], object] | None = None,
    *,
    look: str = "",
    icon: str = "",
    tip: str = "",
) -> QPushButton:
    """A button that says ``text`` and calls ``run()`` when clicked.

    ``look`` is empty (an ordinary one), ``"primary"`` (one per screen), ``"danger"`` or ``"link"``.
    """
    made = QPushButton(text)
    made.setProperty("look", look)
    made.setToolTip(tip)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    if icon:
        set_icon(made, icon, _TINTS.get(look, "text"), 16, gap=6)
    if run is not None:
        made.clicked.connect(lambda _checked=False: run())
    return made


class PrimaryButton(QPushButton):
    """The one filled button of a screen."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setProperty("look", "primary")
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_icon(self, name: str) -> None:
        """Shows an icon before the text; an empty name shows none."""
        if name:
            set_icon(self, name, "on_accent", 16, gap=6)
        else:
            self.setIcon(QIcon())


class IconButton(QToolButton):
    """A button that is an icon; ``tip`` is its tooltip and what a screen reader says."""

    def __init__(
        self,
        icon: str,
        tip: str,
        run: Callable[[], object] | None = None,
        *,
        colour: str = "muted",
        side: int = 18,
        checkable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_icon(self, icon, colour, side)
        self.setIconSize(QSize(side, side))
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if run is not None:
            self.clicked.connect(lambda _checked=False: run())
