"""A project's folder: creating, opening and saving it.

``NAME/project.fovea`` is the document, ``project.fovea.bak`` its previous generation. Opening
changes nothing on disk. Saving writes the new generation beside the old one and renames it, and
never overwrites a file that it cannot read or that somebody else has changed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import FoveaError
from engine.files.atomic import publish, temporary_beside, write_bytes
from engine.files.hashing import sha256_bytes, sha256_file
from engine.project import codec
from engine.project.document import Project
from engine.project.migrations import FORMAT, Format, Version

__all__ = [
    "BACKUP_FILE",
    "PROJECT_FILE",
    "Loaded",
    "backup_time",
    "create",
    "is_project",
    "load",
    "locate",
    "save",
    "sweep",
]

PROJECT_FILE = "project.fovea"
BACKUP_FILE = "project.fovea.bak"

Generation = Literal["current", "backup"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """An opened project.

    Attributes:
        project: the document.
        digest: SHA-256 of ``project.fovea`` as it is on disk now, for the next :func:`save`; ``""``
            when there is none.
        read_only: whether it can only be saved as a copy (newer format, failed checksum).
        notes: sentences for the person about what was found while reading.
        generation: ``"current"``, or ``"backup"`` for the previous save.
    """

    project: Project
    digest: str
    read_only: bool
    notes: tuple[str, ...]
    generation: Generation


def locate(path: Path) -> Path:
    """The project's folder for a path that names the folder or its ``project.fovea``."""
    return path.parent if path.name in (PROJECT_FILE, BACKUP_FILE) else path


def is_project(folder: Path) -> bool:
    """Whether the folder holds a project file, sound or not."""
    return (folder / PROJECT_FILE).is_file() or (folder / BACKUP_FILE).is_file()


def create(folder: Path, project: Project) -> str:
    """Writes a new project into an existing folder that holds none; returns its digest.

    Raises FoveaError FV-P020 when a project is there already, FV-O001 when the disk refuses.
    """
    if is_project(folder):
        raise FoveaError(
            "FV-P020",
            "The folder already holds a project.",
            where=str(folder),
            why=f"It has a file {PROJECT_FILE}.",
            kept="Nothing was changed.",
            fix="Choose another folder, or open the project that is there.",
        )
    data = codec.encode(project)
    write_bytes(folder / PROJECT_FILE, data)
    return sha256_bytes(data)


def load(
    folder: Path,
    *,
    generation: Generation = "current",
    unchecked: bool = False,
    form: Format = FORMAT,
) -> Loaded:
    """Opens a project without changing anything on disk.

    ``generation="backup"`` opens the previous save; saving then keeps a damaged current file
    aside. ``unchecked`` opens a file whose checksum does not fit, read-only. Raises FoveaError:
    FV-P003 (no project there) and those of :func:`engine.project.codec.decode`; when the previous
    save is sound, ``fix`` offers it.
    """
    path = folder / (PROJECT_FILE if generation == "current" else BACKUP_FILE)
    try:
        data = _read(path)
        decoded = codec.decode(data, str(path), unchecked=unchecked, form=form)
    except FoveaError as error:
        if generation == "current":
            _offer_backup(error, folder, form)
        raise
    digest = sha256_bytes(data) if generation == "current" else _digest(folder / PROJECT_FILE)
    return Loaded(decoded.project, digest, decoded.read_only, decoded.notes, generation)


def save(
    folder: Path, project: Project, *, expect_digest: str | None, form: Format = FORMAT
) -> str:
    """Saves the project as the new current generation; returns its digest.

    ``expect_digest`` is the digest of the last load or save: when the file has changed since, by
    another program, nothing is written and FV-P018 is raised; ``None`` overwrites on purpose. A
    sound old file becomes the backup; a damaged one is kept aside as ``project.damaged-N.fovea``
    and the backup stays; one of an older format is also kept as ``project.fovea.vN.bak``. Raises
    FV-P012 when the file on disk has a newer format, FV-O001 when the disk refuses: the file is
    then the old one.
    """
    path = Path(os.path.realpath(folder / PROJECT_FILE))
    data = codec.encode(project, form=form)
    digest = sha256_bytes(data)
    there = _digest(path)
    if there == digest:
        return digest
    if there and expect_digest is not None and there != expect_digest:
        raise _foreign_change(path)
    if there:
        _keep_old(folder, path, form)
    write_bytes(path, data)
    return digest


def backup_time(folder: Path, form: Format = FORMAT) -> float | None:
    """When the previous generation was saved (seconds since 1970), if there is a sound one."""
    path = folder / BACKUP_FILE
    try:
        codec.decode(_read(path), str(path), form=form)
        return path.stat().st_mtime
    except (FoveaError, OSError):
        return None


def sweep(folder: Path) -> None:
    """Removes what a killed save left behind; only the owner of the project's lock may."""
    for place in (folder, folder / "data", folder / "journal"):
        for stray in place.glob(".fovea-*.tmp"):
            with contextlib.suppress(OSError):
                stray.unlink()


def _read(path: Path) -> bytes:
    """The file's bytes, at most one more than may be read; refuses all but ordinary files."""
    try:
        _refuse_special(path)
        with open(path, "rb") as file:
            return file.read(codec.LIMIT + 1)
    except OSError as error:
        missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
        raise FoveaError(
            "FV-P003",
            "There is no project here." if missing else "The project file cannot be read.",
            where=str(path),
            why=f"{error.strerror or error}.",
            kept="Nothing was changed.",
            fix="Choose a folder that holds a project.fovea, or make one with New project.",
        ) from error


def _refuse_special(path: Path) -> None:
    """A pipe or a device under the file's name would block or never end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "It is not an ordinary file")


def _digest(path: Path) -> str:
    """SHA-256 of the file, ``""`` when there is none."""
    try:
        _refuse_special(path)
        return sha256_file(path)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise FoveaError(
            "FV-O004",
            "The project file cannot be read.",
            where=str(path),
            why=f"{error.strerror or error}.",
            kept="Nothing was changed.",
            fix="Save the project into another folder.",
        ) from error


def _keep_old(folder: Path, path: Path, form: Format) -> None:
    """Puts the current file where the next one cannot overwrite it."""
    try:
        data = _read(path)
        decoded = codec.decode(data, str(path), form=form)
    except FoveaError as error:
        if error.code == "FV-P012":
            raise
        _copy_aside(folder, path)
        return
    if decoded.version > form.version:
        raise _newer_on_disk(path, decoded.version)
    if decoded.version < form.version:
        write_bytes(folder / f"{PROJECT_FILE}.v{decoded.version}.bak", data)
    write_bytes(folder / BACKUP_FILE, data)


def _copy_aside(folder: Path, path: Path) -> None:
    """Keeps a damaged file under a name of its own; it stays in place until it is replaced."""
    number = 1
    while (aside := folder / f"project.damaged-{number}.fovea").exists():
        number += 1
    temporary = temporary_beside(aside)
    try:
        shutil.copyfile(path, temporary)
        publish(temporary, aside)
    except OSError as error:
        raise FoveaError(
            "FV-O001",
            "The damaged project file could not be kept aside.",
            where=str(path),
            why=f"{error.strerror or error}.",
            kept="The damaged file is unchanged; nothing was saved.",
            fix="Save the project into another folder.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _offer_backup(error: FoveaError, folder: Path, form: Format) -> None:
    when = backup_time(folder, form)
    if when is None or error.code == "FV-P012":
        return
    saved = time.strftime("%Y-%m-%d %H:%M", time.localtime(when))
    error.kept = f"The file is unchanged. The version saved before it ({saved}) is sound."
    error.fix = f"Open the previous version, {BACKUP_FILE}. {error.fix}".strip()


def _foreign_change(path: Path) -> FoveaError:
    return FoveaError(
        "FV-P018",
        "The project was changed by another program since it was opened.",
        where=str(path),
        why="Its content differs from what was last read or saved here.",
        kept="The file is unchanged, and so are your edits.",
        fix="Reload it, save your edits as a copy, or save again to overwrite it.",
    )


def _newer_on_disk(path: Path, version: Version) -> FoveaError:
    return FoveaError(
        "FV-P012",
        "The project on disk has a newer format and is not overwritten.",
        where=str(path),
        why=f"It has format {version}; this version of Fovea writes {FORMAT.version}.",
        kept="The file is unchanged, and so are your edits.",
        fix="Save your edits as a copy.",
    )
