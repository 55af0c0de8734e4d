"""How a search goes about it: the plan as a form."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from engine.tune.plan import StudyPlan
from gui.forms import SpecForm
from gui.pages.tune.crew import Crew
from gui.pages.tune.source_choice import SourceChoice
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Card, button, column, label, scroll

__all__ = ["PlanPanel"]

_FEW = ("trials", "hours", "goal")
"""What everybody decides; the rest is below a heading that is folded at first."""
_HEAD = 32  # pixels: headings with and without buttons are in line
_BUDGET = ("trials", "hours", "stop_when_unlikely")


class PlanPanel(Card):
    """The plan of the next search, or that of a study, of which only the budget can be changed.

    ``edited()`` when :attr:`plan` is another; ``new_wished()`` from the button that leaves a study
    for a new search.
    """

    edited = Signal()
    new_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Plan", parent=parent)
        names = [item.name for item in StudyPlan.params()]
        self.few = SpecForm(
            StudyPlan, stacked=False, hide=tuple(name for name in names if name not in _FEW)
        )
        self.rest = SpecForm(StudyPlan, stacked=True, hide=_FEW)
        self.crew = SpecForm(Crew, stacked=True)
        self.crew.set_value(Crew())
        self.sources = SourceChoice()
        self.sources.chosen.connect(self._on_sources)
        self.plan = StudyPlan()
        self._next = self.plan
        self._fixed = False
        self.fold = button("How it searches", self._toggle, look="fold")
        self.cost = label("", "caption", wrap=True)
        self.remarks = label("", "caption", wrap=True)
        self.told = label("", "caption", wrap=True)
        self.new = button("New search", self.new_wished.emit, icon="plus")
        self.new.setToolTip("Leaves this study as it is, and plans another one.")
        self.head.addStrut(_HEAD)
        self.head.addWidget(self.new)
        self.new.hide()
        self._hidden = QWidget()
        self._hidden.setLayout(column(self.rest, self.sources, self.crew, gap=SPACE))
        self._hidden.hide()
        self._show_fold()
        said = (self.cost, self.remarks, self.told)
        inside = column(self.few, *said, self.fold, self._hidden, STRETCH, gap=SPACE)
        self._area = scroll(inside)
        self.body.addWidget(self._area, 1)
        for form in (self.few, self.rest):
            form.edited.connect(self._on_edited)
        self._show()

    @property
    def workers(self) -> int:
        """How many trials are to train at the same time."""
        crew = self.crew.value
        return crew.workers if isinstance(crew, Crew) else 1

    def show_new(self) -> None:
        """Shows the plan of the next search, as it was left."""
        self._fixed = False
        self.plan = self._next
        self._show()
        self.say("")

    def show_study(self, name: str, plan: StudyPlan) -> None:
        """Shows the plan of a study; the budget can be raised for when it goes on."""
        self._fixed = True
        self.plan = plan
        self._show()
        self.say(f"{name} keeps the plan that it began with, but for its budget.")

    def say(self, sentence: str) -> None:
        """Says something about the study; empty says nothing."""
        self.told.setText(sentence)
        self.told.setVisible(bool(sentence))

    def show_cost(self, sentence: str) -> None:
        """Says below the budget how long it takes; empty says nothing."""
        self.cost.setText(sentence)
        self.cost.setVisible(bool(sentence))

    def show_running(self, running: bool) -> None:
        """Nothing can be changed while it searches."""
        for form in (self.few, self.rest, self.crew):
            form.setEnabled(not running)
        self.new.setVisible(self._fixed and not running)

    def _show(self) -> None:
        self.sources.setEnabled(not self._fixed)
        for item in [item for item in StudyPlan.params() if not item.hidden]:
            form = self.few if item.name in _FEW else self.rest
            form.field(item.name).setEnabled(not self._fixed or item.name in _BUDGET)
        self._show_plan()
        self.heading.setText("Plan of this study" if self._fixed else "Plan")
        self.new.setVisible(self._fixed)

    def _on_edited(self, spec: object, _name: str) -> None:
        assert isinstance(spec, StudyPlan)
        self.plan = spec
        if not self._fixed:
            self._next = spec
        self._show_plan()
        self.edited.emit()

    def _on_sources(self, names: tuple[str, ...]) -> None:
        self._on_edited(self.plan.with_(sources=names), "sources")

    def _show_plan(self) -> None:
        self.sources.show_sources(self.plan.sources)
        for form in (self.few, self.rest):
            form.set_value(self.plan)
        remarks = " ".join(self.plan.remarks())
        self.remarks.setText(remarks)
        self.remarks.setVisible(bool(remarks))

    def _toggle(self) -> None:
        self._hidden.setVisible(self._hidden.isHidden())
        self._show_fold()
        if not self._hidden.isHidden():
            QTimer.singleShot(0, self, self._show_unfolded)

    def _show_unfolded(self) -> None:
        """Brings the heading to the top: below it there may be no room at all."""
        self._area.verticalScrollBar().setValue(self.fold.y() - SPACE)

    def _show_fold(self) -> None:
        folded = self._hidden.isHidden()
        set_icon(self.fold, "chevron-right" if folded else "chevron-down", "muted", 14, gap=4)
        state = "folded" if folded else "unfolded"
        self.fold.setAccessibleName(f"{self.fold.text()}, {state}")
