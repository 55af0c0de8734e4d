"""All readings side by side, and one of them class by class."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QWidget

from engine.augment.pipeline import Pipeline
from engine.meter import VERDICTS, WHOLE, Reading
from engine.meter.records import Verdict
from gui.pages.augment.lines import Line, tone_of
from gui.pages.augment.meter_marks import Mark
from gui.pages.augment.meter_plane import MeterPlane
from gui.pages.augment.meter_tables import CardTable, ClassTable
from gui.pages.augment.meter_words import made_of, own_words, short_words
from gui.theme.tokens import SPACE
from gui.widgets import Card, button, clear, column, label, row

__all__ = ["MeterDialog"]

_WIDTH, _HEIGHT = 140 * SPACE, 80 * SPACE
_ABREAST = 3  # marks of the legend in a line


class MeterDialog(QDialog):
    """The plane of affinity and diversity, the table of cards, and the classes of the chosen card.

    ``switched(id, on)``: the person switches a harmful card off; ``failed(error)``: a picture could
    not be saved.
    """

    switched = Signal(str, bool)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Effect of the augmentation")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._readings: dict[str, Reading] = {}
        self._pipeline = Pipeline()
        self.card = ""
        self.plane, self.cards, self.classes = MeterPlane(), CardTable(), ClassTable()
        self.sentence = Line()
        self.off = button("Switch off", self._switch_off)
        self.off.setAutoDefault(False)
        self.off.setToolTip("Training leaves the card out; one undo step brings it back.")
        self.own = label("", "caption", wrap=True, select=True)
        self.how = label("", "caption", wrap=True, select=True)
        self._legend = QGridLayout()
        self._legend.setHorizontalSpacing(SPACE // 2)
        self._legend.setVerticalSpacing(2)
        self._legend.setColumnStretch(2 * _ABREAST, 1)
        self._lay_out()
        self.plane.chosen.connect(self.choose)
        self.cards.chosen.connect(self.choose)
        self.plane.failed.connect(self.failed)
        self.resize(_WIDTH, _HEIGHT)

    def _lay_out(self) -> None:
        self.compared = Card("Affinity and diversity", margin=SPACE + 4)
        self.compared.body.addWidget(self.plane, 1)
        self.compared.body.addLayout(self._legend)
        self.listed = Card("Cards", margin=SPACE + 4)
        self.listed.body.addWidget(self.cards, 1)
        top = row(self.compared, self.listed, gap=SPACE)
        top.setStretch(0, 36)
        top.setStretch(1, 64)
        self.chosen = Card("Card", margin=SPACE + 4)
        said = row(self.sentence, self.off)
        said.setStretch(0, 1)
        said.setAlignment(self.sentence, Qt.AlignmentFlag.AlignVCenter)
        box = self.sentence.layout()
        assert box is not None
        box.setContentsMargins(0, 0, 0, 0)
        self.chosen.body.addLayout(said)
        self.chosen.body.addWidget(self.classes, 1)
        self.chosen.body.addWidget(self.own)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        foot = row(self.how, buttons, gap=2 * SPACE)
        foot.setStretch(0, 1)
        whole = column(top, self.chosen, foot, gap=SPACE, margin=2 * SPACE)
        whole.setStretch(0, 5)
        whole.setStretch(1, 6)
        self.setLayout(whole)

    def show_readings(self, readings: Mapping[str, Reading], pipeline: Pipeline) -> None:
        """Shows the readings of a pipeline; the chosen card stays chosen while it has one."""
        self._readings, self._pipeline = dict(readings), pipeline
        shown = list(self._readings.values())
        self.plane.show_readings(shown)
        self.cards.show_readings(shown)
        self._explain(shown)
        first = WHOLE if WHOLE in self._readings else next(iter(self._readings), "")
        self.choose(self.card if self.card in self._readings else first)

    def choose(self, card: str) -> None:
        """Shows one card (``""``: the whole pipeline) class by class."""
        self.card = card
        self.plane.choose(card)
        self.cards.choose(card)
        reading = self._readings.get(card)
        self.chosen.setVisible(reading is not None)
        if reading is None:
            return
        self.chosen.heading.setText(reading.title)
        self.sentence.say(reading.sentence, tone_of(reading))
        self.classes.show_classes(reading.classes)
        self.own.setText(own_words(reading))
        self.own.setVisible(reading.own is not None)
        self.how.setText(made_of(reading))
        self._offer(reading)

    def _offer(self, reading: Reading) -> None:
        """Offers to switch a harmful card off, and says when it is."""
        on = any(one.id == reading.card and one.on for one in self._pipeline.cards)
        harms = reading.verdict in ("destroys", "hurts") and reading.card != WHOLE
        self.off.setVisible(harms)
        self.off.setEnabled(on)
        self.off.setText("Switch off" if on else "Switched off")

    def _explain(self, shown: list[Reading]) -> None:
        """The legend: the marks that are there, in words."""
        clear(self._legend)
        present: set[Verdict] = {one.verdict for one in shown if one.affinity is not None}
        for place, verdict in enumerate(sorted(present, key=list(VERDICTS).index)):
            line, across = divmod(place, _ABREAST)
            self._legend.addWidget(Mark(verdict), line, 2 * across)
            self._legend.addWidget(label(short_words(verdict), "caption"), line, 2 * across + 1)

    def _switch_off(self) -> None:
        self.switched.emit(self.card, False)
