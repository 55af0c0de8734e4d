"""Class folders: ``SOURCE/class/…`` or ``SOURCE/train/class/…``."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from engine.data.manifest import Finding, Severity
from engine.data.paths import shown
from engine.data.sources.listing import Entry, Listing, Progress, check_names, natural, split_of
from engine.errors import FoveaError

__all__ = ["class_root", "list_folders"]

DEEPEST = 32
_SYSTEM = {"thumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin"}
_OTHER = {
    *(".txt", ".md", ".rst", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".ini", ".log"),
    *(".db", ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".html", ".htm", ".py", ".ipynb", ".m"),
    *(".zip", ".gz", ".tar", ".7z", ".npz", ".npy", ".mat", ".h5", ".avi", ".mp4", ".mov"),
}


def list_folders(source: Path, progress: Progress) -> Listing:
    """The images in class folders, in an order that does not depend on the file system.

    A folder that holds nothing but one folder of folders is entered. Folders named train, val,
    valid, validation or test on top are splits. Below a class everything is taken, at any depth.
    Hidden and system files and files that are clearly no images are counted and left out; links are
    followed only within the source. Raises FoveaError FV-D002 (no class folders) or FV-D007.
    """
    root = class_root(source)
    walk = _Walk(source, progress)
    tops = _tops(root)
    found = [(split, path) for split, top in tops for path in walk.subfolders(top)]
    if not found:
        raise _no_classes(source)
    found.sort(key=lambda pair: (pair[0], natural(pair[1].name)))
    check_names({path.name for _, path in found}, source)
    names = sorted({path.name for _, path in found}, key=natural)
    number = {name: index for index, name in enumerate(names)}
    listing = Listing("folders", source, tuple(shown(name) for name in names))
    for split, folder in found:
        for path in walk.files(folder):
            listing.entries.append(Entry(path, number[folder.name], split))
    for _, top in tops:
        walk.count_loose(top)
    listing.findings = walk.findings()
    return listing


def class_root(source: Path) -> Path:
    """The folder that holds the class (or split) folders: the source, or the one folder in it."""
    root = source
    for _ in range(5):
        entries = [e for e in _entries(root) if not _is_hidden(e.name)]
        folders = [e for e in entries if e.is_dir(follow_symlinks=False)]
        alone = len(folders) == 1 and all(e is folders[0] or _is_other(e.name) for e in entries)
        inner = Path(folders[0].path) if alone else None
        if inner is None or not any(e.is_dir(follow_symlinks=False) for e in _entries(inner)):
            return root
        root = inner
    return root


def _tops(root: Path) -> list[tuple[str, Path]]:
    """The split folders with their splits, or the root itself with none."""
    folders = [e for e in _entries(root) if e.is_dir() and not _is_hidden(e.name)]
    splits = [(split_of(e.name), Path(e.path)) for e in folders]
    named = [(split, path) for split, path in splits if split]
    if any(split == "train" and _has_folders(path) for split, path in named):
        return sorted(named)
    return [("", root)]


def _has_folders(path: Path) -> bool:
    return any(e.is_dir() for e in _entries(path))


def _entries(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise FoveaError(
            "FV-D001",
            "The folder cannot be read.",
            where=shown(str(path)),
            why=f"{error.strerror or error}.",
            fix="Check that it exists and that you may open it.",
        ) from None


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _SYSTEM


def _is_other(name: str) -> bool:
    return os.path.splitext(name)[1].casefold() in _OTHER or name in ("LICENSE", "License")


class _Walk:
    """Goes through folders without ever following a link out of the source or in a circle."""

    def __init__(self, source: Path, progress: Progress) -> None:
        self.source = source
        self.progress = progress
        self.inside = os.path.realpath(source)
        self.seen = 0
        self.left_out: dict[str, list[str]] = {}

    def subfolders(self, folder: Path) -> list[Path]:
        """The class folders below a top folder."""
        return [
            Path(entry.path)
            for entry in _entries(folder)
            if not _is_hidden(entry.name) and self._folder(entry)
        ]

    def files(self, folder: Path, above: frozenset[str] = frozenset()) -> Iterator[str]:
        """All candidates below a class folder, as paths relative to the source."""
        real = os.path.realpath(folder)
        if real in above or len(above) >= DEEPEST:
            self._leave("loop", folder)
            return
        try:
            entries = _entries(folder)
        except FoveaError:
            self._leave("closed", folder)
            return
        for entry in entries:
            if _is_hidden(entry.name):
                self._leave("hidden", entry.path)
            elif self._folder(entry):
                yield from self.files(Path(entry.path), above | {real})
            elif self._file(entry):
                self.seen += 1
                if self.seen % 500 == 0:
                    self.progress(self.seen, 0, "Looking for images")
                yield self._relative(entry.path)

    def count_loose(self, folder: Path) -> None:
        """Counts the images that lie beside the class folders, where no class is known."""
        for entry in _entries(folder):
            if _is_hidden(entry.name):
                self._leave("hidden", entry.path)
            elif entry.is_file() and not _is_other(entry.name):
                self._leave("loose", entry.path)

    def _folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir() and self._allowed(entry)
        except OSError:
            return False

    def _file(self, entry: os.DirEntry[str]) -> bool:
        try:
            mode = entry.stat().st_mode
        except OSError:
            self._leave("dangling", entry.path)
            return False
        if stat.S_ISDIR(mode):
            return False  # a link out of the source, reported by _folder
        if not stat.S_ISREG(mode):
            self._leave("special", entry.path)
            return False
        if _is_other(entry.name):
            self._leave("other", entry.path)
            return False
        return self._allowed(entry)

    def _allowed(self, entry: os.DirEntry[str]) -> bool:
        if not entry.is_symlink():
            return True
        real = os.path.realpath(entry.path)
        if os.path.commonpath([real, self.inside]) == self.inside:
            return True
        self._leave("outside", entry.path)
        return False

    def _leave(self, why: str, path: str | Path) -> None:
        self.left_out.setdefault(why, []).append(shown(self._relative(path)))

    def _relative(self, path: str | Path) -> str:
        return Path(os.path.relpath(path, self.source)).as_posix()

    def findings(self) -> list[Finding]:
        """What was left out and why, with counts."""
        result = []
        for why, (severity, text) in _LEFT_OUT.items():
            paths = self.left_out.get(why, [])
            if paths:
                message = text.format(n=len(paths), s="s" if len(paths) > 1 else "")
                result.append(Finding(why, severity, message, tuple(paths)))
        return result


_LEFT_OUT: dict[str, tuple[Severity, str]] = {
    "loose": (
        "warning",
        "{n} file{s} beside the class folders left out: their class is not known.",
    ),
    "outside": ("warning", "{n} link{s} left out: the target is outside of the folder."),
    "loop": ("warning", "{n} folder{s} left out: a link leads in a circle, or too deep."),
    "dangling": ("warning", "{n} file{s} left out: a link to nothing, or not accessible."),
    "special": ("warning", "{n} file{s} left out: a pipe, socket or device is no image."),
    "closed": ("warning", "{n} folder{s} left out: not readable for this account."),
    "other": ("note", "{n} other file{s} left out (texts, tables, archives, films)."),
    "hidden": ("note", "{n} hidden or system file{s} left out."),
}


def _no_classes(source: Path) -> FoveaError:
    return FoveaError(
        "FV-D002",
        "No class folders were found.",
        where=shown(str(source)),
        why="The images of each class must lie in a folder of their own.",
        kept="Nothing was written.",
        fix="Make one folder a class (such as images/healthy and images/sick) and choose the "
        "folder above them.",
    )
