"""The open project, its undo history, and the way to and from the disk."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock as Mutex
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.errors import FoveaError

if TYPE_CHECKING:
    from engine.project.document import Project
    from engine.project.journal import Journal, Recovery
    from engine.project.lock import Lock
    from engine.project.store import Generation

__all__ = ["Document", "Edit"]

Background = Callable[[Callable[[], None], Callable[[object], None]], object]
"""Runs the first function off the GUI thread; calls the second with an error, back on it."""

_MERGE_WITHIN = 3.0
_JOURNAL_AFTER_MS = 800


class Edit(QUndoCommand):
    """The one kind of undo step: the whole project before and after.

    Edits with the same ``merge_key`` (a slider being dragged, a number being typed) become one step
    when they follow each other within 3 seconds.
    """

    def __init__(
        self,
        document: Document,
        before: Project,
        after: Project,
        label: str,
        merge_key: str | None = None,
    ) -> None:
        super().__init__(label)
        self._document = document
        self.before = before
        self.after = after
        self.merge_key = merge_key
        self.made = time.monotonic()

    def id(self) -> int:
        """Qt asks edits of the same id whether they merge."""
        return 1 if self.merge_key else -1

    def redo(self) -> None:
        """Shows the state after."""
        self._document._show(self.after)

    def undo(self) -> None:
        """Shows the state before."""
        self._document._show(self.before)

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Takes a following edit of the same key into this one."""
        if not isinstance(other, Edit) or other.merge_key != self.merge_key:
            return False
        if other.made - self.made > _MERGE_WITHIN:
            return False
        self.after = other.after
        self.made = other.made
        self.setObsolete(self.after == self.before)
        return True


class Document(QObject):
    """The project of this window: an immutable value that changes by :meth:`apply` only.

    Signals:
        changed(before, after): another project value is current (edit, undo, open, close); either
            may be None.
        saved(): the file on disk equals the current value.
        title_changed(): name, unsaved mark, place or read-only state may be different.
        journal_failed(error): unsaved edits could not be journalled; told once per trouble.

    Unsaved edits reach the journal within 2 seconds, written by ``background`` when one is given.
    """

    changed = Signal(object, object)
    saved = Signal()
    title_changed = Signal()
    journal_failed = Signal(object)

    def __init__(self, background: Background | None = None) -> None:
        super().__init__()
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(500)
        self.undo_stack.cleanChanged.connect(self._on_clean)
        self.read_only = ""
        self.notes: tuple[str, ...] = ()
        self._project: Project | None = None
        self._folder: Path | None = None
        self._digest = ""
        self._told = False
        self._owns_earlier = True
        self._lock: Lock | None = None
        self._journal: _Journalist | None = None
        self._background = background or _at_once
        self._timer = QTimer(self, singleShot=True, interval=_JOURNAL_AFTER_MS)
        self._timer.timeout.connect(self._write_journal)

    @property
    def project(self) -> Project | None:
        """The current value, None when no project is open."""
        return self._project

    @property
    def folder(self) -> Path | None:
        """The project's folder, None when no project is open."""
        return self._folder

    @property
    def dirty(self) -> bool:
        """Whether there are edits that are not saved."""
        return self._project is not None and not self.undo_stack.isClean()

    @property
    def title(self) -> str:
        """The project's name, empty when none is open."""
        return self._folder.name if self._folder is not None else ""

    def apply(self, project: Project, label: str, merge_key: str | None = None) -> None:
        """Makes ``project`` the current value as one undo step named ``label`` ("Add rotation").

        An equal value is no edit. Raises FoveaError FV-U010 when no project is open.
        """
        if self._project is None:
            raise FoveaError("FV-U010", "There is no project to edit.", fix="Open a project first.")
        if project is self._project or project == self._project:
            return
        self.undo_stack.push(Edit(self, self._project, project, label, merge_key))

    def _on_clean(self, _clean: bool) -> None:
        self.title_changed.emit()

    def _show(self, project: Project) -> None:
        before, self._project = self._project, project
        if before is project:
            return
        self.changed.emit(before, project)
        if not self._timer.isActive():
            self._timer.start()

    def open(
        self, folder: Path, *, generation: Generation = "current", unchecked: bool = False
    ) -> Recovery | None:
        """Opens the project in ``folder``, replacing the one that is open.

        Gives back what a journal holds from a session that did not end well; the caller asks the
        person and calls :meth:`recover` or :meth:`discard_recovery`. When somebody else has the
        project open, or the file is of a newer version, it opens read-only (:attr:`read_only` says
        why); :attr:`notes` are sentences about what was found while reading. ``generation`` and
        ``unchecked`` are those of :func:`engine.project.store.load`. Raises FoveaError FV-P0xx and
        keeps the open project when the file cannot be read.
        """
        from engine.project import journal, store
        from engine.project.lock import acquire

        folder = store.locate(folder)
        loaded = store.load(folder, generation=generation, unchecked=unchecked)
        self.close()
        if loaded.read_only:
            self.read_only = " ".join(loaded.notes) or "This version cannot save its format."
        else:
            self._lock = acquire(folder)
            self.read_only = self._lock.reason
        self.notes = loaded.notes
        self._project, self._folder, self._digest = loaded.project, folder, loaded.digest
        found = None
        if not self.read_only:
            store.sweep(folder)
            self._journal = _Journalist(journal.Journal(folder), self._background)
            found = journal.recover(folder, loaded.project)
            self._owns_earlier = found is None
        self.changed.emit(None, self._project)
        self.title_changed.emit()
        return found

    def recover(self, recovery: Recovery) -> None:
        """Takes the journalled state as an unsaved edit; the file and the journal stay."""
        self._owns_earlier = True
        self.apply(recovery.project, "Recover unsaved edits")

    def discard_recovery(self) -> None:
        """Forgets the journalled state of an earlier session; it is offered no more."""
        self._owns_earlier = True
        self._clear_journal()

    def save(self, *, overwrite: bool = False) -> None:
        """Writes the current value; raises FoveaError FV-P0xx or FV-O001, the old file intact.

        FV-P018 means that another program has changed the file since; ``overwrite`` saves anyway.
        """
        from engine.project import store

        if self._project is None or self._folder is None:
            return
        if self.read_only:
            raise FoveaError(
                "FV-P012",
                "The project is open read-only.",
                where=str(self._folder),
                why=self.read_only,
                kept="Your edits are still here.",
                fix="Use Save as… to write a copy.",
            )
        expected = None if overwrite else self._digest
        self._digest = store.save(self._folder, self._project, expect_digest=expected)
        self._settle()

    def save_as(self, folder: Path) -> None:
        """Writes the project as one of its own to ``folder`` and goes on there.

        Runs stay with the old project. The undo history ends here: its states belong to the old
        place. Raises FoveaError FV-P020 (the place is taken) or FV-O001, everything as before.
        """
        from engine.project import journal
        from engine.project.lock import acquire
        from engine.project.save_as import save_as

        if self._project is None or self._folder is None:
            return
        if folder.exists() and folder.samefile(self._folder):
            self.save()
            return
        copy, digest = save_as(self._folder, self._project, folder)
        self._clear_journal()
        self._release()
        self.undo_stack.clear()
        self._lock = acquire(folder)
        before, self._project = self._project, copy
        self._folder, self._digest, self.read_only = folder, digest, self._lock.reason
        self._journal = _Journalist(journal.Journal(folder), self._background)
        self._owns_earlier = True
        self.changed.emit(before, copy)
        self._settle()

    def _settle(self) -> None:
        self._timer.stop()
        self._clear_journal()
        self.undo_stack.setClean()
        self.saved.emit()
        self.title_changed.emit()

    def close(self, *, keep_edits: bool = False) -> None:
        """Closes the project; unsaved edits are given up, so ask before.

        With ``keep_edits`` (the system is shutting down and nobody can be asked) they go to the
        journal and are offered when the project is opened again.
        """
        if self._project is None:
            return
        if self._journal is not None and keep_edits and self.dirty:
            self._journal.write_now(self._project, self._digest)
        else:
            self._clear_journal()
        self._release()
        self.undo_stack.clear()
        before, self._project, self._folder = self._project, None, None
        self._digest, self.read_only = "", ""
        self.changed.emit(before, None)
        self.title_changed.emit()

    def _release(self) -> None:
        self._timer.stop()
        self._journal = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _write_journal(self) -> None:
        if self._journal is None or self._project is None:
            return
        if self.dirty:
            self._journal.write(self._project, self._digest, self._journal_trouble)
        else:
            self._clear_journal()

    def _clear_journal(self) -> None:
        """Removes what is journalled, but for an earlier session's edits that nobody has taken."""
        if self._journal is not None:
            self._journal.clear(earlier=self._owns_earlier)

    def _journal_trouble(self, error: object) -> None:
        if not self._told:
            self._told = True
            self.journal_failed.emit(error)


def _at_once(work: Callable[[], None], failed: Callable[[object], None]) -> None:
    try:
        work()
    except FoveaError as error:
        failed(error)


class _Journalist:
    """Writes the journal off the GUI thread, in order; nothing is written after a clear."""

    def __init__(self, journal: Journal, background: Background) -> None:
        self._journal = journal
        self._background = background
        self._mutex = Mutex()
        self._turn = 0

    def write(self, project: Project, base: str, failed: Callable[[object], None]) -> None:
        self._turn += 1
        turn = self._turn

        def work() -> None:
            with self._mutex:
                if turn == self._turn:
                    self._journal.write(project, base=base)

        self._background(work, failed)

    def write_now(self, project: Project, base: str) -> None:
        self._turn += 1
        with self._mutex, contextlib.suppress(FoveaError):  # nobody is there to be told
            self._journal.write(project, base=base)

    def clear(self, *, earlier: bool) -> None:
        self._turn += 1
        with self._mutex:
            self._journal.clear(earlier=earlier)
