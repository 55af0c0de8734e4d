"""The meter on the page: its strip, what it tells the cards, and its dialog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.augment.pipeline import Pipeline
from engine.meter import WHOLE, Reading
from gui.images import ImageSet
from gui.job import Job
from gui.pages.augment.editing import faulty
from gui.pages.augment.meter_bar import MeterBar
from gui.pages.augment.meter_dialog import MeterDialog
from gui.pages.augment.meter_estimate import about, seconds_for
from gui.pages.augment.meter_work import MeterWork
from gui.pages.base import Session

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["Meter"]

_TEST = 2


class Meter(QObject):
    """Joins :class:`MeterWork` with what is on screen.

    Signals: ``read(readings, stale)``: both by card id, for the cards; ``switched(id, on)``: a wish
    from the dialog.
    """

    read = Signal(object, object)
    switched = Signal(str, bool)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._parent = session, parent
        self._project: Project | None = None
        self._dialog: MeterDialog | None = None
        self.bar = MeterBar()
        self.work = MeterWork(session.document, session.runner, self)
        self.bar.wished.connect(self._on_wished)
        self.bar.cancelled.connect(self.work.cancel)
        self.bar.details_wished.connect(self.show_details)
        self.bar.error_wished.connect(session.error)
        self.work.changed.connect(self._show)
        self.work.advanced.connect(self._show_stage)
        session.images.changed.connect(self._offer)
        session.runner.state_changed.connect(self._on_job)

    @property
    def readings(self) -> Mapping[str, Reading]:
        """Those that hold for the project as it is."""
        return self.work.readings

    def show_project(self, project: Project) -> None:
        """Takes the project as it is now."""
        self._project = project
        self.work.show_project(project)

    def show_details(self, card: str = WHOLE) -> None:
        """Opens the dialog at a card (``""``: the whole pipeline)."""
        if self._dialog is None and self.readings:
            self._dialog = dialog = MeterDialog(self._parent)
            dialog.card = card
            dialog.switched.connect(self.switched)
            dialog.failed.connect(self._session.error)
            dialog.finished.connect(self._on_closed)
            self._fill(dialog)
            dialog.open()

    def _on_closed(self, _result: int) -> None:
        self._dialog = None

    def _fill(self, dialog: MeterDialog) -> None:
        dialog.show_readings(self.readings, self._pipeline)

    @property
    def _pipeline(self) -> Pipeline:
        return self._project.augment if self._project is not None else Pipeline()

    # What is shown

    def _show(self) -> None:
        work = self.work
        whole = work.readings.get(WHOLE)
        self.bar.show_reading(whole or work.stale.get(WHOLE), stale=whole is None)
        self.bar.show_error(work.error)
        self._show_stage()
        self._offer()
        self.read.emit(work.readings, work.stale)
        if self._dialog is not None:
            self._fill(self._dialog)

    def _show_stage(self) -> None:
        self.bar.show_stage(self.work.stage)

    def _on_job(self, _job: Job) -> None:
        self._offer()

    def _on_wished(self, fresh: bool) -> None:
        self.work.measure(fresh=fresh)

    def _offer(self) -> None:
        work = self.work
        fresh = bool(work.readings) and not work.missing
        self.bar.show_offer(
            fresh=fresh,
            there=bool(work.readings),
            refusal=self._refusal(),
            note=self._note(fresh=fresh),
        )

    def _refusal(self) -> str:
        """Why nothing can be measured now; empty when it can."""
        if not self._pipeline.cards:
            return "Add a card to measure what it does to a model."
        if not self._pipeline.active:
            return "All cards are off: switch one on to measure what it does."
        if self._project is not None and faulty(self._project):
            return "A card cannot work on these images: change it, or switch it off."
        images = self._session.images
        if images.current is None:
            return "Reading the list of images…" if images.loading else "Import images first."
        return ""

    def _note(self, *, fresh: bool) -> str:
        """What goes with the button: how long it takes, and what was left of the last time."""
        images, work = self._session.images.current, self.work
        if images is None or self._project is None:
            return ""
        parts = []
        if self._session.runner.job.active:
            parts.append("Training is running: both will be slower.")
        if work.cancelled:
            parts.append("Cancelled; cards that were ready are kept.")
        if not fresh and not work.running:
            parts.append(self._cost(images))
        return " ".join(parts)

    def _cost(self, images: ImageSet) -> str:
        sides = 1 + len(self.work.missing)
        if len(self._pipeline.active) == 1:
            sides = 2  # a single card is the whole pipeline
        usable = int((images.splits != _TEST).sum())
        known = (*self.work.readings.values(), *self.work.stale.values())
        time = about(seconds_for(usable, images.spec.size, sides, known))
        return f"Trains small networks with and without each card; takes {time}."
