"""Dialogs as high as their words need."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QLayout

__all__ = ["fit_height"]


def fit_height(dialog: QDialog) -> None:
    """Gives a dialog the height that its wrapped sentences need at its present width.

    Qt's own ``adjustSize`` asks wrapped labels for the height at their narrowest, which leaves a
    gap; and a layout that enforces its minimum would not let the dialog shrink to the true one.
    """
    layout = dialog.layout()
    if layout is not None:
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        layout.activate()
        dialog.resize(dialog.width(), layout.totalHeightForWidth(dialog.width()))
