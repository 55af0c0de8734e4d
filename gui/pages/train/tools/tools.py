"""What the Train page holds of its tools: a menu, and the line with the estimate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QPushButton

from gui.pages.base import Page
from gui.pages.train.tools.batch_dialog import BatchDialog
from gui.pages.train.tools.dialog import ToolDialog
from gui.pages.train.tools.dry_dialog import DryDialog
from gui.pages.train.tools.estimates import EstimateLine, Estimates
from gui.pages.train.tools.lr_dialog import LrDialog
from gui.widgets import button

__all__ = ["TrainTools"]


class TrainTools(QObject):
    """The tools of a page.

    Put :attr:`button` beside the page's other buttons and :attr:`line` where the start is; or call
    :meth:`open_lr_test` and its like from elsewhere. While a training runs they rest: two that
    compute at once would only measure each other.
    """

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.page = page
        self.estimates = Estimates(self)
        self.line = EstimateLine(page, self.estimates)
        self.button: QPushButton = button("Tools")
        self.menu = QMenu(self.button)
        self.menu.setToolTipsVisible(True)
        for text, run, tip in (
            ("Dry run…", self.open_dry_run, "One batch through everything, in seconds."),
            ("Learning rate test…", self.open_lr_test, "Looks for a learning rate in a minute."),
            ("Batch size…", self.open_batch_size, "Which size fits the memory and is fast."),
        ):
            self._add(text, run, tip)
        self.button.setMenu(self.menu)
        page.runner.state_changed.connect(lambda _job: self.refresh())
        page.document.changed.connect(lambda *_: self.refresh())
        self.refresh()

    def open_lr_test(self) -> LrDialog:
        """Opens the learning rate test, which begins at once."""
        return _opened(LrDialog(self.page))

    def open_dry_run(self) -> DryDialog:
        """Opens the dry run, which begins at once."""
        return _opened(DryDialog(self.page, self.estimates))

    def open_batch_size(self) -> BatchDialog:
        """Opens the batch size finder, which begins at once."""
        return _opened(BatchDialog(self.page))

    def refresh(self) -> None:
        """Offers the tools when there is a project and no training."""
        idle = not self.page.runner.job.active
        self.button.setEnabled(self.page.document.project is not None and idle)
        self.button.setToolTip(
            "" if idle else "The tools wait until the training or search has ended."
        )

    def _add(self, text: str, run: Callable[[], object], tip: str) -> None:
        action = self.menu.addAction(text)
        action.setToolTip(tip)
        action.triggered.connect(lambda _checked=False: run())


AnyDialog = TypeVar("AnyDialog", bound=ToolDialog)


def _opened(dialog: AnyDialog) -> AnyDialog:
    dialog.open()
    dialog.start()
    return dialog
