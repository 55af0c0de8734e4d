"""What the program remembers between sessions, in the platform's own place for settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from engine.files.own_places import settings_file
from gui.presets import NO_PRESETS, Presets, read_presets

__all__ = ["Settings"]

_MOST_RECENT = 12


class Settings:
    """Recent projects, theme and window geometry; what an administrator presets stands below.

    A damaged or unwritable file only means that nothing is remembered. ``path`` is another file,
    for tests; the environment variable ``FOVEA_SETTINGS`` names one, too. :attr:`file` is the one
    that is used. :attr:`presets` are those of this computer unless ``path`` or others are given.
    """

    def __init__(self, path: Path | None = None, presets: Presets | None = None) -> None:
        self.presets = presets or (NO_PRESETS if path is not None else read_presets())
        self.file = path or settings_file()
        self._store = QSettings(str(self.file), QSettings.Format.IniFormat)

    def is_locked(self, name: str) -> bool:
        """Whether an administrator has set ``name`` (``"theme"``) once and for all."""
        return name in self.presets.locked

    def _chosen(self, name: str) -> str:
        """What the person has chosen, or the administrator; empty for neither."""
        preset = self.presets.values.get(name, "")
        if self.is_locked(name):
            return preset
        return str(self._store.value(name, preset))

    def _choose(self, name: str, value: str) -> None:
        if not self.is_locked(name):
            self._store.setValue(name, value)

    def trouble_to_tell(self) -> str:
        """Why the administrator's file is ignored, in words; each trouble is told once."""
        trouble, file = self.presets.trouble, self.presets.file
        if not trouble or self._store.value("told_presets", "") == f"{file}: {trouble}":
            return ""
        self._store.setValue("told_presets", f"{file}: {trouble}")
        return f"The administrator's settings in {file} are ignored. {trouble}"

    @property
    def projects_folder(self) -> Path | None:
        """Where new projects are proposed, if an administrator has said so."""
        preset = self.presets.values.get("projects_folder", "")
        return Path(preset) if preset else None

    def recent(self) -> list[Path]:
        """Folders of projects that still exist, the one used last first."""
        return [path for path in self._recent() if (path / "project.fovea").is_file()]

    def _recent(self) -> list[Path]:
        stored = self._store.value("recent", [])
        names = stored if isinstance(stored, list) else [stored]
        return [Path(str(name)) for name in names if name]

    def add_recent(self, folder: Path) -> None:
        """Puts a project first in the list."""
        folder = folder.absolute()
        others = [path for path in self._recent() if path != folder]
        self._store.setValue("recent", [str(path) for path in [folder, *others][:_MOST_RECENT]])

    def forget(self, folder: Path) -> None:
        """Takes a project off the list; its files stay."""
        self._store.setValue("recent", [str(path) for path in self._recent() if path != folder])

    @property
    def theme(self) -> str:
        """``"system"``, ``"light"`` or ``"dark"``."""
        mode = self._chosen("theme")
        return mode if mode in ("light", "dark") else "system"

    @theme.setter
    def theme(self, mode: str) -> None:
        self._choose("theme", mode)

    @property
    def apart(self) -> bool:
        """Whether runs train in a process of their own."""
        return self._chosen("apart") == "true"

    @apart.setter
    def apart(self, on: bool) -> None:
        self._choose("apart", "true" if on else "")

    @property
    def met_computer(self) -> bool:
        """Whether the page on this computer was shown: the first start begins with it."""
        if self.presets.values.get("show_computer") == "":
            return True
        return str(self._store.value("met_computer", "")) == "true"

    @met_computer.setter
    def met_computer(self, on: bool) -> None:
        self._store.setValue("met_computer", "true" if on else "")

    @property
    def plots(self) -> tuple[str, ...]:
        """The names of the plots that the Train page shows; empty before any was chosen."""
        stored = self._store.value("plots", [])
        names = stored if isinstance(stored, list) else [stored]
        return tuple(str(name) for name in names if name)

    @plots.setter
    def plots(self, names: tuple[str, ...]) -> None:
        self._store.setValue("plots", list(names))

    @property
    def geometry(self) -> QByteArray:
        """Size and place of the window, empty at the first start."""
        value = self._store.value("geometry", QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("geometry", value)
        self._store.sync()
