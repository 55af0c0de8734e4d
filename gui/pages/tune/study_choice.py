"""Which of a project's studies is shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from engine.tune.folder import StudyFolder

__all__ = ["StudyChoice"]


class StudyChoice(QComboBox):
    """The studies by name, the youngest first; hidden without any. Emits ``chosen(study)``."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Study")
        self.setToolTip("Which study is shown")
        self.setPlaceholderText("Earlier studies")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.activated.connect(lambda index: self.chosen.emit(self.itemData(index)))
        self.hide()

    def show_studies(self, studies: Sequence[StudyFolder], shown: StudyFolder | None) -> None:
        """Offers studies, oldest first, and marks the one that is shown, known or new."""
        known = [study.name for study in studies]
        fresh = [shown] if shown is not None and shown.name not in known else []
        offered = [*fresh, *reversed(studies)]
        self.clear()
        for study in offered:
            self.addItem(study.name, study)
        self.setCurrentIndex(self.findText(shown.name) if shown is not None else -1)
        self.setVisible(bool(offered))
