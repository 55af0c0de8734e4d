"""Where pictures are taken: the real window, a fresh project folder a scene, both themes."""

from __future__ import annotations

import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import shiboken6
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from engine.project import store
from engine.project.document import Project
from gui.app import start
from gui.pages.base import Page
from gui.settings import Settings
from tests.screens.projects import IMAGES, PROJECT
from tests.support import noise

__all__ = ["SIZE", "Change", "Studio", "draw_all", "ending"]

SIZE = (1280, 720)
THEMES = ("light", "dark")
_PATIENCE = 60.0  # seconds that a scene may wait for something
_REST = 0.25  # seconds without background work after which a picture is still
Change = Callable[[Project], Project]


class Studio:
    """The window of one scene, and what scenes do with it."""

    def __init__(self, stage: Path, name: str) -> None:
        self.stage = stage
        self.place = stage / "scenes" / name
        self.place.mkdir(parents=True)
        self.app = start(Settings(self.place / "settings.ini"))
        self.window = self.app.window
        self.runner = self.app.session.runner
        self.runner.warm_up()
        self.window.resize(*SIZE)
        self.window.show()

    def project(self, change: Change | None = None, *, images: bool = True) -> Path:
        """A copy of the sample project of this scene's own, changed and saved; its folder."""
        folder = self.place / PROJECT
        shutil.copytree(self.stage / PROJECT, folder)
        if images:
            shutil.copytree(self.stage / IMAGES, self.place / IMAGES, copy_function=os.link)
        if change is not None:
            loaded = store.load(folder)
            store.save(folder, change(loaded.project), expect_digest=loaded.digest)
        return folder

    def open(self, page: str, change: Change | None = None, *, images: bool = True) -> Page:
        """Opens the scene's project at a page, with everything in its place."""
        self.window.files.open(self.project(change, images=images))
        self.window.go(page)
        self.settle()
        return self.window.pages[page]

    def open_untrained(self, page: str, change: Change | None = None) -> Page:
        """As :meth:`open`, without the runs."""
        folder = self.project(change)
        shutil.rmtree(folder / "runs")
        self.window.files.open(folder)
        self.window.go(page)
        self.settle()
        return self.window.pages[page]

    def train(self) -> None:
        """Starts training the open project."""
        document = self.window.session.document
        assert document.project is not None
        assert document.folder is not None
        self.runner.start_training(document.project, document.folder)

    def train_until(self, epoch: int) -> None:
        """Trains until the given epoch is under way, and goes on."""
        self.train()
        job = self.runner
        self.until(lambda: job.job.epoch >= epoch or not job.job.active)
        assert job.job.active, f"training ended too soon: {job.job}"
        self.settle()

    def until(self, true: Callable[[], object]) -> None:
        """Lets the window live until something is true; raises TimeoutError."""
        ends = time.monotonic() + _PATIENCE
        while not true():
            if time.monotonic() > ends:
                raise TimeoutError("the scene did not come about")
            QApplication.processEvents()
            time.sleep(0.005)

    def settle(self) -> None:
        """Lets the window live until no background work is left (training may go on)."""
        calm = time.monotonic()

        def still() -> bool:
            nonlocal calm
            if self.runner._tasks or self.window._making.isActive():
                calm = time.monotonic()
            return time.monotonic() - calm > _REST

        self.until(still)

    def photograph(self, folder: Path, name: str, ending: str) -> None:
        """Writes the picture in both themes; no event is handled between them."""
        for _ in range(3):  # widgets made a moment ago find their places
            QApplication.processEvents()
        for theme in THEMES:
            self.window.session.theme.set_mode(theme)
            self._picture().save(str(folder / f"{name}-{theme}{ending}.png"))

    def _picture(self) -> QPixmap:
        picture = self.window.grab()
        dialogs = [made for made in self.window.findChildren(QDialog) if made.isVisible()]
        painter = QPainter(picture)
        for dialog in dialogs:
            painter.fillRect(self.window.rect(), QColor(0, 0, 0, 90))
            painter.drawPixmap(_centred(self.window, dialog), dialog.grab())
        for menu in self.window.findChildren(QMenu):
            if menu.isVisible():
                painter.drawPixmap(self.window.mapFromGlobal(menu.pos()), menu.grab())
        painter.end()
        return picture

    def leave(self) -> None:
        """Ends threads and takes the window down."""
        self.app.crash.remove()
        self.runner.stop()
        self.until(
            lambda: not self.runner.job.active
        )  # or its end is told to a window that is gone
        self.runner.shut_down()
        self.window._ready_to_close = True
        self.window.close()
        QApplication.processEvents()
        shiboken6.delete(self.window)  # or every later change of theme restyles it, too
        shutil.rmtree(self.place, ignore_errors=True)


def _centred(window: QWidget, dialog: QWidget) -> QPoint:
    room = window.size() - dialog.size()
    return QPoint(room.width() // 2, room.height() // 2)


def ending(scale: int) -> str:
    """What the names of pictures at a scale end with."""
    return "" if scale == 1 else f"@{scale}x"


def draw_all(folder: Path, stage: Path, only: str, scale: int) -> int:
    """Draws the scenes with ``only`` in their names; 1 when one failed, its trace on stderr."""
    from tests.screens.scenes import SCENES

    failed = []
    for name, scene in SCENES.items():
        if only not in name:
            continue
        began = time.monotonic()
        studio = Studio(stage, name)
        try:
            with noise.listening() as heard:
                scene(studio)
                studio.photograph(folder, name, ending(scale))
            assert not heard, heard
        except Exception:
            traceback.print_exc()
            failed.append(name)
        finally:
            studio.leave()
        print(f"{name}{ending(scale)}: {time.monotonic() - began:.1f} s", flush=True)
    if failed:
        print("failed: " + ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0
