"""What every page is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from PySide6.QtCore import QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from gui.document import Document
from gui.images import Images
from gui.runner import Runner
from gui.settings import Settings
from gui.theme import Theme
from gui.tuning import Tuning

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["Action", "Page", "PageState", "Session"]

_PLACES = {
    "training": "train",
    "model": "model",
    "augment": "augment",
    "data": "data",
    "search": "tune",
}
_PIXEL = QRect(0, 0, 1, 1)
PageState = Literal["nothing", "ready", "attention", "running", "stale"]


@dataclass(frozen=True)
class Action:
    """The one obvious next step, as the top bar's button offers it.

    Attributes:
        text: the label, a verb (``"Train"``).
        run: what a click does.
        icon: a Lucide icon's name, or empty.
        reason: why it cannot be done now; empty when it can. Shown as the tooltip.
        tip: what it will do, shown as the tooltip when it can be done.
    """

    text: str
    run: Callable[[], object]
    icon: str = ""
    reason: str = ""
    tip: str = ""


class Session(QObject):
    """What the parts of one window share; given to every page, so that nothing is global.

    A page asks for things of the window through the methods here and knows no window. In a test a
    bare ``Session(Document(), Runner())`` is enough for a page.
    """

    go_requested = Signal(str)
    place_requested = Signal(str)
    run_requested = Signal(object, str)
    toast_requested = Signal(str, str)
    error_requested = Signal(object)
    open_requested = Signal(object)

    def __init__(self, document: Document, runner: Runner, theme: Theme) -> None:
        super().__init__()
        self.document = document
        self.runner = runner
        self.theme = theme
        self.settings: Settings | None = None  # set by the window; nothing is remembered without
        self.images = Images(document, runner)
        self.tuning = Tuning(document)
        self.tuning.wished.connect(lambda address: self.show_place(f"search.{address}"))
        document.changed.connect(lambda *_: runner.waiting.show(document.folder))

    def go(self, page: str) -> None:
        """Shows the page of that name (``"train"``)."""
        self.go_requested.emit(page)

    def show_place(self, address: str) -> bool:
        """Goes to the page of an address and lets it show the node or field; False if none has it.

        ``training.clip_norm`` is a field of the Train page, ``model.stem.conv1`` a node of the
        Model page, ``search.training.clip_norm`` a row of the Tune page; a page that knows no
        places is only shown.
        """
        page = _PLACES.get(address.split(".")[0], "")
        if page:
            self.go(page)
            self.place_requested.emit(address)
        return bool(page)

    def show_run(self, home: Path, run: str) -> None:
        """Shows the curves of a run on the Train page; ``home`` is the folder with its ``runs``."""
        self.go("train")
        self.run_requested.emit(home, run)

    def toast(self, text: str, tone: str = "plain") -> None:
        """Says something in passing; ``tone`` is plain, success, warning or danger."""
        self.toast_requested.emit(text, tone)

    def error(self, error: object) -> None:
        """Shows an error's six fields in a dialog; problems of a page belong on the page."""
        self.error_requested.emit(error)

    def open_path(self, path: object) -> None:
        """Opens what lies at ``path``: a project, or images to make a new one from."""
        self.open_requested.emit(path)


class Page(QWidget):
    """Base of all pages.

    A page sets the class variables, builds its widgets in ``__init__`` and fills them in
    :meth:`show_project`. Edits go to ``self.document.apply(...)``; the page redraws what differs by
    identity when they come back through :meth:`show_project`, also after undo.

    ``show_project`` is called while the page is visible: a hidden page gets one call when it is
    shown again, with the project that it saw last as ``before``. Where :attr:`fills_ahead` is true
    the first call may come earlier, from :meth:`prepare`, while the page is hidden. Connect to
    ``session.runner`` for events of training. Emit :attr:`state_changed` when :meth:`state` or
    :meth:`primary_action` may answer differently; the window asks both again.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    fills_ahead: ClassVar[bool] = False

    state_changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.document = session.document
        self.runner = session.runner
        self.tuning = session.tuning
        self.setProperty("look", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.title)
        self._seen: Project | None = None
        self._shown_once = False
        self.document.changed.connect(self._on_changed)

    def show_project(self, before: Project | None, after: Project | None) -> None:
        """Hook: brings the widgets from ``before`` to ``after``; None means no project."""

    def state(self) -> PageState:
        """Hook: the state of the page's part of the project, for the dot on the rail."""
        return "nothing"

    def primary_action(self) -> Action | None:
        """Hook: the next step while this page is shown; None leaves it to the window."""
        return None

    @property
    def filled(self) -> bool:
        """Whether nothing more comes by itself: no worker is busy, no timer of the page waits.

        Timers that go on for as long as the page is there do not count.
        """
        timers = self.findChildren(QTimer)
        waits = (t.isActive() and (t.isSingleShot() or t.interval() == 0) for t in timers)
        return not self.runner.busy and not any(waits)

    def prepare(self, size: QSize) -> Iterator[None]:
        """Does what it can of its next visit while it is hidden, a part at each step.

        For moments in which nobody waits; ``size`` is what the page will have. A picture of one
        pixel makes Qt style and lay out everything in it.
        """
        if not self.isVisible() and (not self._shown_once or self.size() != size):
            self.resize(size)
            self.grab(_PIXEL)
            yield
        if not self._shown_once and self.fills_ahead:
            self._catch_up()
            yield
            if not self.isVisible():
                self.grab(_PIXEL)

    def _on_changed(self, _before: object, _after: object) -> None:
        if self.isVisible():
            self._catch_up()

    def _catch_up(self) -> None:
        now = self.document.project
        if now is self._seen and self._shown_once:
            return
        before, self._seen, self._shown_once = self._seen, now, True
        self.show_project(before, now)
        self.state_changed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Brings the page up to date when it is shown."""
        super().showEvent(event)
        self._catch_up()
