"""The menu bar: every command of the window with its name and shortcut, written once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from gui.settings import Settings
from gui.shell.dialogs import ShortcutsDialog

if TYPE_CHECKING:
    from gui.window import Window

__all__ = ["Menus"]

_Keys = QKeySequence.StandardKey | str | None
_PAGE_KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "Cards of the Augment page": (
        ("Move up or down, into groups and out", "Alt+Up, Alt+Down"),
        ("Switch on or off", "Space"),
        ("Show or hide settings", "Enter"),
        ("Duplicate", "Ctrl+D"),
        ("Group with next, or the selected cards", "Ctrl+G"),
        ("Remove", "Del"),
        ("Copy or paste the pipeline as text", "Ctrl+C, Ctrl+V"),
        ("Compare the preview with the original", "Hold Space"),
    ),
    "Blocks of the Model page": (("Leave a block", "Esc, Backspace"),),
    "Train page": (
        ("Search the settings", "Ctrl+F"),
        ("Write a note to a run", "F2"),
        ("Delete marked runs", "Del"),
        ("Move a waiting run", "Alt+Up, Alt+Down"),
    ),
    "Plots": (
        ("Zoom in or out", "+, -"),
        ("Show everything again", "Home"),
    ),
}


class Menus:
    """Builds the menus of a window and keeps them in step with it."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._groups: dict[str, list[tuple[str, QAction]]] = {}
        self._shortcuts: ShortcutsDialog | None = None
        self._file()
        self._edit()
        self._view()
        self._help()
        self.refresh()

    def _menu(self, name: str) -> QMenu:
        self._groups[name] = []
        return self._window.menuBar().addMenu(f"&{name}")

    def _add(
        self, menu: QMenu, text: str, keys: _Keys, run: Callable[[], object], group: str
    ) -> QAction:
        action = QAction(text, self._window)
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _on=False: run())
        menu.addAction(action)
        self._groups[group].append((text.replace("&", "").removesuffix("…"), action))
        return action

    def _file(self) -> None:
        files, keys = self._window.files, QKeySequence.StandardKey
        menu = self._menu("File")
        self._add(menu, "&New from images…", keys.New, files.new, "File")
        self._add(menu, "&Open…", keys.Open, files.choose_project, "File")
        self.recent = menu.addMenu("&Recent")
        self.recent.aboutToShow.connect(self._fill_recent)
        self._add(menu, "&Try the sample", None, self._window.try_sample, "File")
        menu.addSeparator()
        self.save = self._add(menu, "&Save", keys.Save, files.save, "File")
        self.save_as = self._add(menu, "Save &as…", "Ctrl+Shift+S", files.save_as, "File")
        self.close = self._add(menu, "&Close project", "Ctrl+W", self._window.close_project, "File")
        menu.addSeparator()
        settings = self._window.settings
        text = "Train in a &process of its own" + _by_whom(settings, "apart")
        self.apart = QAction(text, self._window, checkable=True)
        self.apart.setChecked(settings.apart)
        self.apart.setEnabled(not settings.is_locked("apart"))
        self.apart.setToolTip("A crash of the graphics driver then ends the run, not Fovea.")
        self.apart.toggled.connect(self._window.set_apart)
        menu.addAction(self.apart)
        menu.addSeparator()
        self._add(menu, "&Quit", "Ctrl+Q", self._window.close, "File")

    def _edit(self) -> None:
        menu = self._menu("Edit")
        stack = self._window.session.document.undo_stack
        for name, action, keys in (
            ("Undo", stack.createUndoAction(self._window, "Undo"), "Ctrl+Z"),
            ("Redo", stack.createRedoAction(self._window, "Redo"), "Ctrl+Shift+Z"),
        ):
            action.setShortcut(QKeySequence(keys))
            menu.addAction(action)
            self._groups["Edit"].append((name, action))

    def _view(self) -> None:
        self.view = self._menu("View")
        self.view.addSeparator()
        theme = self._window.session.theme
        chosen = QActionGroup(self._window)
        settings = self._window.settings
        looks = self.view.addMenu("&Theme" + _by_whom(settings, "theme"))
        for mode, text in (("system", "&System"), ("light", "&Light"), ("dark", "&Dark")):
            action = QAction(text, self._window, checkable=True)
            action.setChecked(theme.mode == mode)
            action.setEnabled(not settings.is_locked("theme"))
            action.triggered.connect(lambda _on=False, mode=mode: self._window.set_theme(mode))
            chosen.addAction(action)
            looks.addAction(action)

    def add_page(self, name: str, title: str, number: int) -> None:
        """Adds a page to the View menu, with Ctrl and its number."""
        action = QAction(title, self._window)
        action.setShortcut(QKeySequence(f"Ctrl+{number}"))
        action.triggered.connect(lambda _on=False: self._window.go(name))
        before = self.view.actions()[number - 1]
        self.view.insertAction(before, action)
        self._groups["View"].append((title, action))

    def _help(self) -> None:
        menu = self._menu("Help")
        self._add(menu, "&Keyboard shortcuts", "F1", self._show_shortcuts, "Help")
        self._add(menu, "Keras &names", None, self.show_keras_names, "Help")
        machines = "Tuning on &several machines"
        self._add(menu, machines, None, self.show_several_machines, "Help")
        self._add(menu, "Settings for a &lab", None, self.show_lab_settings, "Help")
        menu.addSeparator()
        self._add(menu, "This &computer", None, lambda: self._window.go("computer"), "Help")
        save = self._window.diagnostics.ask
        self._add(menu, "Save &diagnostics…", None, save, "Help")
        self._add(menu, "&About Fovea", None, self._window.show_about, "Help")

    def _fill_recent(self) -> None:
        self.recent.clear()
        folders: list[Path] = self._window.settings.recent()
        for folder in folders:
            action = self.recent.addAction(folder.name.replace("&", "&&"))
            action.setToolTip(str(folder))
            action.triggered.connect(
                lambda _on=False, folder=folder: self._window.session.open_path(folder)
            )
        if not folders:
            self.recent.addAction("None yet").setEnabled(False)

    def refresh(self) -> None:
        """Enables what the present state allows."""
        has = self._window.session.document.project is not None
        pages = [action for _name, action in self._groups["View"]]
        for action in (self.save, self.save_as, self.close, *pages):
            action.setEnabled(has)

    def show_keras_names(self) -> None:
        """Opens the table of Keras' names beside the window."""
        from gui.shell.help_keras import KerasNames

        KerasNames(self._window).show()

    def show_several_machines(self) -> None:
        """Opens the page on searches that several computers share."""
        from gui.shell.help_page import HelpPage

        HelpPage("tuning-on-several-machines", self._window).show()

    def show_lab_settings(self) -> None:
        """Opens the page on what an administrator can preset."""
        from gui.shell.help_page import HelpPage

        HelpPage("settings-for-a-lab", self._window).show()

    def prepare(self) -> Iterator[None]:
        """Makes the list of shortcuts in moments in which nobody waits, a part at each step."""
        made = self._list_of_shortcuts()
        steps = made.prepare()
        while self._shortcuts is made and next(steps, made) is not made:
            yield

    def _show_shortcuts(self) -> None:
        self._list_of_shortcuts().open()

    def _list_of_shortcuts(self) -> ShortcutsDialog:
        """The one that there is, if it fits the window as it is now."""
        made = self._shortcuts
        if made is not None and made.columns == made.columns_for(self._window):
            return made
        if made is not None:
            made.deleteLater()
        self._shortcuts = made = ShortcutsDialog(self._keys_of_all(), self._window)
        return made

    def _keys_of_all(self) -> dict[str, list[tuple[str, str]]]:
        groups = {
            name: [
                (text, action.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
                for text, action in actions
                if not action.shortcut().isEmpty()
            ]
            for name, actions in self._groups.items()
        }
        from gui.canvas.commands import shortcuts  # with it come the engine's layers: late

        page_keys = _PAGE_KEYS | shortcuts()
        return groups | {name: list(keys) for name, keys in page_keys.items()}


def _by_whom(settings: Settings, name: str) -> str:
    return " (set by the administrator)" if settings.is_locked(name) else ""
