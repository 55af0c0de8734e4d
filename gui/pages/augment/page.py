"""The Augment page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from engine.augment.recommend import Recommendation, recommend
from engine.augment.safety import QUESTIONS, doubts
from gui.pages.augment.cards import CardList
from gui.pages.augment.editing import Editing, facts_of, faulty
from gui.pages.augment.meter import Meter
from gui.pages.augment.palette import Palette
from gui.pages.augment.presets import PresetsDialog
from gui.pages.augment.preview import PreviewPane
from gui.pages.augment.safety import AnswersDialog, SafetyBanner
from gui.pages.base import Action, Page, PageState, Session
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import IconButton, button, column, row

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["AugmentPage"]


class AugmentPage(Page):
    """Palette, pipeline and a preview that runs the very code that training runs."""

    name = "augment"
    title = "Augment"
    icon = "sparkles"
    fills_ahead = True

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.palette_card = Palette()
        self.cards = CardList()
        self.banner = SafetyBanner()
        self.preview = PreviewPane(self.runner)
        self.editing = Editing(session, self)
        self.meter = Meter(session, self)
        self._raised: tuple[str, ...] = ()  # questions that the banner asks, in their order
        self._asked: set[str] = set()  # questions that were put off
        self._open: tuple[str, ...] = ()  # all unanswered questions that the cards raise
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.start = button("Start from…", self._show_presets, look="link")
        set_icon(self.start, "wand-sparkles", "link", 16)
        self.start.setToolTip("Replaces all cards by a preset.")
        self.more = IconButton("ellipsis", "More for the pipeline", self._show_menu)
        self.cards.head.addWidget(self.start)
        self.cards.head.addWidget(self.more)
        self.cards.body.addWidget(self.meter.bar)
        for part, least, most in ((self.palette_card, 24, 35), (self.cards, 39, 54)):
            part.setMinimumWidth(least * SPACE)
            part.setMaximumWidth(most * SPACE)
        panes = row(self.palette_card, self.cards, self.preview, gap=SPACE)
        for place, share in enumerate((36, 54, 58)):
            panes.setStretch(place, share)
        # the question lies below, so that nothing under the pointer moves when it comes
        whole = column(panes, self.banner, gap=SPACE, margin=2 * SPACE)
        whole.setStretch(0, 1)
        self.setLayout(whole)

    def _connect(self) -> None:
        cards, editing = self.cards, self.editing
        self.palette_card.added.connect(editing.add)
        cards.switched.connect(editing.switch)
        cards.edited.connect(editing.edit)
        cards.asked.connect(self._on_asked)
        cards.dropped.connect(editing.drop)
        cards.group_edited.connect(editing.edit_group)
        cards.settings_edited.connect(editing.settings)
        editing.revealed.connect(cards.reveal)
        editing.raised.connect(self._on_raised)
        self.banner.answered.connect(editing.answer)
        self.banner.put_off.connect(self._put_off)
        self.meter.read.connect(cards.show_readings)
        self.meter.switched.connect(editing.switch)
        self.session.images.changed.connect(self._on_images)

    # The page as the window sees it

    def show_project(self, before: Project | None, after: Project | None) -> None:
        if after is None:
            return
        if before is None:
            self._raised, self._asked = (), set()
            self.cards.forget()
        if before is None or before.augment is not after.augment:
            self.cards.show_pipeline(after.augment)
        self._judge(after)
        self.meter.show_project(after)
        self._on_images()

    def state(self) -> PageState:
        project = self.document.project
        if project is None or not project.augment.active:
            return "nothing"
        return "attention" if faulty(project) else "ready"

    def primary_action(self) -> Action | None:
        return None

    def _judge(self, project: Project) -> None:
        """Says at palette and cards what cannot work, and what can spoil labels."""
        images = facts_of(project)
        found = doubts(project.augment, project.answers, project.data.channel_count)
        self.palette_card.show_facts(images)
        self.cards.show_facts(images, found)
        raised = {doubt.question for doubt in found if doubt.answer is None}
        self._open = tuple(name for name in QUESTIONS if name in raised)
        self._raised = tuple(name for name in self._raised if name in raised)
        focus = QApplication.focusWidget()
        answering = focus is not None and self.banner.isAncestorOf(focus)
        self.banner.show_questions(self._raised)
        if answering and not self._raised:
            self.cards.begin()

    def _on_images(self) -> None:
        self.preview.show_preview(self.session.images, self.document.project)

    # Questions about labels

    def _on_raised(self) -> None:
        """After an edit: asks what it raised and nobody has answered or put off."""
        fresh = [name for name in self._open if name not in (*self._raised, *self._asked)]
        self._raised += tuple(fresh)
        self.banner.show_questions(self._raised)

    def _put_off(self) -> None:
        self._asked |= set(self._raised)
        self._raised = ()
        self.banner.show_questions(())
        self.cards.begin()

    def _ask_about(self, name: str) -> None:
        """Asks what one card raises."""
        project = self.document.project
        if project is not None:
            found = doubts(project.augment, project.answers, project.data.channel_count)
            mine = [doubt.question for doubt in found if doubt.card == name]
            self._raised = tuple(question for question in self._open if question in mine)
            self.banner.show_questions(self._raised)
            self.banner.yes.setFocus()

    # Commands

    def _on_asked(self, name: str, command: str) -> None:
        chosen = self.cards.selected
        members = chosen if name in chosen and len(chosen) > 1 else (name,)
        {
            "copy": self.editing.copy,
            "paste": self.editing.paste,
            "up": lambda: self.editing.nudge(name, -1),
            "down": lambda: self.editing.nudge(name, 1),
            "duplicate": lambda: self.editing.duplicate(name),
            "remove": lambda: self.editing.remove(name),
            "group": lambda: self.editing.group(members),
            "leave": lambda: self.editing.leave(name),
            "dissolve": lambda: self.editing.dissolve(name),
            "remove_group": lambda: self.editing.remove_group(name),
            "answer": lambda: self._ask_about(name),
            "reading": lambda: self.meter.show_details(name),
        }[command]()

    def _show_presets(self) -> None:
        project = self.document.project
        if project is not None:
            dialog = PresetsDialog(self._recommended(project), self)
            dialog.chosen.connect(self.editing.preset)
            dialog.open()

    def _recommended(self, project: Project) -> Recommendation | None:
        images, found = facts_of(project), self.session.images.current
        if images is None or found is None:
            return None
        count = int((found.splits == 0).sum())
        return recommend(images, count, project.data.classes, project.answers)

    def menu(self) -> QMenu:
        """What can be done with the pipeline as a whole."""
        menu = QMenu(self)
        copy = menu.addAction("Copy pipeline as text\tCtrl+C", self.editing.copy)
        copy.setEnabled(bool(self.editing.pipeline.cards))
        menu.addAction("Paste pipeline\tCtrl+V", self.editing.paste)
        menu.addSeparator()
        menu.addAction("Show settings of all cards", self._unfold)
        menu.addAction("Hide settings of all cards", self._fold)
        menu.addSeparator()
        menu.addAction("Label questions…", self.show_answers)
        return menu

    def _show_menu(self) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _fold(self) -> None:
        self.cards.fold_all(False)

    def _unfold(self) -> None:
        self.cards.fold_all(True)

    def show_answers(self) -> None:
        """Opens the list of all questions about labels and their answers."""
        project = self.document.project
        if project is not None:
            dialog = AnswersDialog(project.answers, self)
            dialog.answered.connect(self.editing.answer)
            dialog.open()
