"""The main window: the rail, the bars, the pages, and what happens between them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from engine.errors import FoveaError
from gui.job import Job
from gui.pages import PAGES, page_class
from gui.pages.base import Action, Page, Session
from gui.pages.computer.page import ComputerPage
from gui.pages.welcome.page import WelcomePage
from gui.settings import Settings
from gui.shell.crash_offer import CrashOffer
from gui.shell.diagnostics import Diagnostics
from gui.shell.dialogs import AboutDialog, ErrorDialog
from gui.shell.files import FileActions
from gui.shell.jobbar import JobBar
from gui.shell.menus import Menus
from gui.shell.notice import Notice
from gui.shell.offer import ResumeOffer
from gui.shell.rail import Rail
from gui.shell.topbar import TopBar
from gui.widgets import FocusKeeper, Stack, Toast, hand_on, restyle

__all__ = ["Window"]

_FRAME = QSize(16, 48)  # what a desktop draws around a window, at most


class Window(QMainWindow):
    """Frames the pages. Pages are made when first shown, and soon after a project is opened."""

    def __init__(self, session: Session, settings: Settings, log: Path | None = None) -> None:
        super().__init__()
        self.session = session
        self.settings = settings
        session.settings = settings
        self._log = log
        session.runner.apart = settings.apart
        self._ready_to_close = False
        self.pages: dict[str, Page] = {}
        self.computer: ComputerPage | None = None
        self._before_computer = ""
        self._preparing: Iterator[None] = iter(())
        self.files = FileActions(session, settings, self)
        self.diagnostics = Diagnostics(session, log, self)
        self._build()
        self.menus = Menus(self)
        self._last = self.menus.prepare()
        for number, (name, title, icon) in enumerate(PAGES, start=1):
            self.rail.add_page(name, title, icon)
            self.menus.add_page(name, title, number)
        self._connect()
        self._making = QTimer(self, interval=60)
        self._making.timeout.connect(self._make_next_page)
        self._show_welcome()

    def _build(self) -> None:
        self.setWindowTitle("Fovea")
        self.setMinimumSize(QSize(960, 600))
        room = self.screen().availableSize() - _FRAME
        self.resize(QSize(1280, 800).boundedTo(room))
        self.setAcceptDrops(True)
        self.rail = Rail()
        self.top = TopBar(self.session)
        self.job = JobBar(self.session.runner)
        self.notice = Notice()
        self.sample_notice = Notice(("info", "link"))
        self.crash_offer = CrashOffer(self.session, self.diagnostics.ask)
        self.offer = ResumeOffer(self.session)
        self.stack = Stack()
        self.welcome = WelcomePage(self.session)
        self.stack.add(self.welcome)
        centre = QWidget()
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        bars = (self.notice, self.crash_offer, self.offer, self.sample_notice)
        for part in (self.top, *bars, self.stack, self.job):
            right.addWidget(part, 1 if part is self.stack else 0)
        across = QHBoxLayout(centre)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.rail)
        across.addLayout(right, 1)
        self.setCentralWidget(centre)
        self.focus_keeper = FocusKeeper(self, centre, lambda: self.stack.current or self)
        for pressed in (self.job.stop, self.job.after_epoch, self.job.pause):
            hand_on(pressed, self.top.primary)
        self.toast = Toast(self)

    def _connect(self) -> None:
        session = self.session
        session.go_requested.connect(self.go)
        session.toast_requested.connect(self.toast.say)
        session.error_requested.connect(self.show_error)
        self.rail.page_chosen.connect(self.go)
        self.job.clicked.connect(lambda: self.go(self._page_of_job()))
        self.welcome.new_wished.connect(self.files.new)
        self.welcome.open_wished.connect(self.files.choose_project)
        self.welcome.sample_wished.connect(self.try_sample)
        document = session.document
        document.changed.connect(self._on_document)
        document.title_changed.connect(self._on_title)
        document.journal_failed.connect(self._on_journal_trouble)
        session.runner.state_changed.connect(self._on_job)
        self.files.opened.connect(self._on_opened)
        self.files.sample_made.connect(self._on_sample_made)
        self.stack.resized.connect(self._on_resized)

    # Pages

    @property
    def current(self) -> str:
        """The name of the page that is shown."""
        page = self.stack.current
        return page.name if isinstance(page, Page) else ""

    def go(self, name: str) -> None:
        """Shows a page; without a project there are only welcome and this computer's."""
        if name == "computer":
            page: Page = self._computer_page()
        elif name == "welcome" or self.session.document.project is None:
            page = self.welcome
        elif name in [entry[0] for entry in PAGES]:
            page = self._page(name)
        else:
            return
        self.stack.show_only(page)
        self.rail.show_current(name if page.name in self.pages else "")
        self.top.show_page(page.title)
        self.top.setVisible(self.session.document.project is not None and page is not self.welcome)
        (self.welcome.new if page is self.welcome else page).setFocus()
        self._refresh()

    def _computer_page(self) -> ComputerPage:
        if self.current != "computer":
            self._before_computer = self.current
        if self.computer is None:
            self.computer = ComputerPage(self.session)
            self.computer.left.connect(lambda: self.go(self._before_computer or "welcome"))
            self.stack.add(self.computer)
        self.settings.met_computer = True
        return self.computer

    def _page(self, name: str) -> Page:
        if name not in self.pages:
            page = page_class(name)(self.session)
            page.state_changed.connect(self._refresh)
            self.pages[name] = page
            self.stack.add(page)
        return self.pages[name]

    def _make_next_page(self) -> None:
        """Makes or prepares one more thing in an idle moment, so that its first visit is quick."""
        missing = [name for name, *_ in PAGES if name not in self.pages]
        if self.session.document.project is None:
            self._making.stop()
        elif missing:
            page = self._page(missing[0])
            self._preparing = itertools.chain(self._preparing, page.prepare(self.stack.size()))
            self._refresh()
        elif all(next(steps, self) is self for steps in (self._preparing, self._last)):
            self._making.stop()

    def _on_resized(self) -> None:
        """Gives the hidden pages their new room in idle moments, once it has settled."""
        pages = list(self.pages.values())
        self._preparing = itertools.chain.from_iterable(
            page.prepare(self.stack.size()) for page in pages
        )
        self._making.start()

    def _refresh(self) -> None:
        """Asks the pages anew for their states, and the shown one for the next step."""
        has = self.session.document.project is not None
        self.rail.setVisible(has)
        for name, *_ in PAGES:
            page = self.pages.get(name)
            self.rail.show_state(name, page.state() if page is not None and has else "nothing")
        page = self.stack.current
        action = page.primary_action() if isinstance(page, Page) else None
        self.top.show_action(action or self._next_step())

    def _next_step(self) -> Action | None:
        if self.session.document.project is None:
            return Action("New from images…", self.files.new, "plus")
        if self.session.runner.job.active:
            page = self._page_of_job()
            words = f"Show {self.session.runner.job.what}"
            icon = next(entry[2] for entry in PAGES if entry[0] == page)
            return Action(words, lambda: self.go(page), icon)
        names = [entry[0] for entry in PAGES]
        if "train" in names and self.current != "train":
            return Action("Go to training", lambda: self.go("train"), "arrow-right")
        return None

    def _page_of_job(self) -> str:
        return "train" if self.session.runner.job.search is None else "tune"

    def _show_welcome(self) -> None:
        self.welcome.show_recent(self.settings.recent())
        self.go("welcome")

    # What happens

    def _on_document(self, _before: object, after: object) -> None:
        if after is None:
            self._show_welcome()
        self.menus.refresh()
        self._refresh()

    def _on_opened(self) -> None:
        names = [entry[0] for entry in PAGES]
        if names:
            self.go(names[0])
        self.sample_notice.hide()
        self._making.start()

    def _on_sample_made(self, folder: Path, open_it: Callable[[], object]) -> None:
        self.sample_notice.say(
            f"The sample is made. It lies in {folder}", "Open the sample", open_it
        )

    def _on_title(self) -> None:
        document = self.session.document
        self.setWindowTitle(f"{document.title}[*] – Fovea" if document.title else "Fovea")
        self.setWindowModified(document.dirty)

    def _on_job(self, job: Job) -> None:
        self._refresh()
        if job.phase == "failed" and job.error is not None and self.current != self._page_of_job():
            what = job.what.capitalize()
            self.toast.say(f"{what} failed: {job.error.what}", "danger", seconds=8)

    def _on_journal_trouble(self, error: FoveaError) -> None:
        self.toast.say(f"Unsaved edits cannot be backed up: {error.why or error.what}", "warning")

    def show_error(self, error: object) -> None:
        """Shows an error's six fields."""
        if isinstance(error, FoveaError):
            ErrorDialog(error, self).show()

    def show_about(self) -> None:
        """Shows version and licences."""
        AboutDialog(self._log, self.session.runner.device, self).open()

    def set_theme(self, mode: str) -> None:
        """Switches the look and remembers it."""
        self.settings.theme = mode
        self.session.theme.set_mode(mode, at_once=False)

    def set_apart(self, on: bool) -> None:
        """Lets runs train in a process of their own from the next one on, and remembers it."""
        self.settings.apart = self.session.runner.apart = on

    def try_sample(self) -> None:
        """Opens the sample at the Train page: one more click starts it."""
        self.files.open_sample(then=lambda: self.go("train"))

    def close_project(self) -> None:
        """Closes the project after asking, and shows the welcome page."""
        if self.files.may_leave():
            self.session.runner.stop()
            self.session.document.close()

    # Dropping and closing

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes one local file or folder; everything else is refused at the border."""
        urls = event.mimeData().urls()
        if not urls or not urls[0].isLocalFile() or QApplication.activeModalWidget() is not None:
            return
        if len(urls) > 1:
            self.toast.say("Drop one folder, with a folder of images per class in it.", "warning")
            return
        event.acceptProposedAction()
        restyle(self.welcome.drop, "hot", "true")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Nothing is dropped after all."""
        restyle(self.welcome.drop, "hot", "false")

    def dropEvent(self, event: QDropEvent) -> None:
        """Opens what was dropped, after the drag has ended."""
        restyle(self.welcome.drop, "hot", "false")
        path = event.mimeData().urls()[0].toLocalFile()
        event.acceptProposedAction()
        QTimer.singleShot(0, self, lambda: self.session.open_path(path))

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keeps the keyboard where it was when a button that was pressed is disabled or hidden."""
        return self.focus_keeper.keep() or super().focusNextPrevChild(forward)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks about training and unsaved edits; then stops every thread."""
        if not self._ready_to_close and not self.files.may_leave():
            event.ignore()
            return
        self.settings.geometry = self.saveGeometry()
        self._making.stop()
        self.hide()
        self.session.runner.shut_down()
        self.session.document.close(keep_edits=self._ready_to_close)
        event.accept()

    def come_forward(self) -> None:
        """Shows the window to a person who asked for it from another one."""
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()
        QApplication.alert(self)

    def end(self) -> None:
        """Closes without asking (the system is shutting down): nothing is lost.

        Training writes a checkpoint, unsaved edits stay in the journal.
        """
        self._ready_to_close = True
        self.close()
