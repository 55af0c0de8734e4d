"""A project as the bytes of a file, and back.

The file is JSON with a fixed order of keys, so equal projects give equal bytes::

    {"fovea": "1.0", "version": "0.1.0", "checksum": "<sha256>", "project": {…}}

The checksum is over the project's values, not over their layout: a file that was laid out anew or
merged by hand still opens when its values are the same, and a flipped bit in one of them does not.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from engine import __version__
from engine.errors import FoveaError, suggest
from engine.files import strict_json
from engine.files.hashing import sha256_bytes
from engine.project.document import Project
from engine.project.migrations import FORMAT, Format, Version

__all__ = ["LIMIT", "Decoded", "decode", "encode"]

LIMIT = 16_000_000
"""The largest project file that is read, in bytes."""

_MOST_UNKNOWN = 200  # unknown names of a newer minor version that are passed over


@dataclass(frozen=True, slots=True)
class Decoded:
    """A project read from bytes.

    Attributes:
        project: the document.
        version: the format version of the file.
        read_only: whether it must not be saved over the file (newer format, failed checksum).
        notes: what the person should know about it, as sentences.
        extra: the additional keys that the caller asked for and the file has.
    """

    project: Project
    version: Version
    read_only: bool
    notes: tuple[str, ...]
    extra: dict[str, Any]


def encode(
    project: Project, *, extra: dict[str, Any] | None = None, form: Format = FORMAT
) -> bytes:
    """The file's bytes: the same for equal projects. ``extra`` adds keys (see the journal)."""
    value = project.to_json()
    head = {"fovea": str(form.version), "version": __version__, **(extra or {})}
    text = json.dumps(
        {**head, "checksum": _checksum(value), "project": value},
        ensure_ascii=False,
        allow_nan=False,
        indent=1,
    )
    return (text + "\n").encode("utf-8")


def decode(
    data: bytes,
    where: str,
    *,
    unchecked: bool = False,
    extra: tuple[str, ...] = (),
    form: Format = FORMAT,
) -> Decoded:
    """The project that ``data`` holds; ``where`` names the file in errors.

    ``unchecked`` opens a project whose checksum does not fit, read-only. Raises FoveaError:
    FV-P001 (not JSON, too large), FV-P002 (empty), FV-P004 (checksum), FV-P010 and FV-P011 (wrong
    or unknown values), FV-P012 (newer major version), FV-P013 (too old).
    """
    head = _header(data, where)
    version = Version.parse(head.get("fovea"), where)
    if version.major > form.version.major:
        raise _too_new(head, version, where)
    newer = version > form.version
    if not newer:
        _refuse_unknown(head, extra, where)
    notes: list[str] = []
    sound = head.get("checksum") == _checksum(head["project"])
    if not sound:
        if not unchecked:
            raise _changed(where)
        notes.append("The file's checksum does not fit its values: some may be damaged.")
    if newer:
        project, unknown = _lenient(head, version, where)
        notes += [_newer_minor(version), *unknown]
    else:
        value = form.migrate(head["project"], version, where)
        project = Project.from_json(value, f"{where}#/project")
        if version < form.version:
            notes.append(f"The file has format {version}; saving writes format {form.version}.")
    extras = {key: head[key] for key in extra if key in head}
    return Decoded(project, version, newer or not sound, tuple(notes), extras)


def _checksum(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256_bytes(text.encode("utf-8"))


def _header(data: bytes, where: str) -> dict[str, Any]:
    if not data.strip(b"\0 \t\r\n"):
        raise FoveaError(
            "FV-P002",
            "The project file is empty.",
            where=where,
            why=f"It has {len(data):,} bytes and none of them is text.",
            kept="The file is unchanged.",
            fix="Open an earlier version of the project.",
        )
    value = strict_json.loads(data, limit=LIMIT, where=where)
    if not isinstance(value, dict) or not isinstance(value.get("project"), dict):
        raise FoveaError(
            "FV-P010",
            "The file is not a project of Fovea.",
            where=f"{where}#/project",
            why="It has no object named “project”.",
            kept="The file is unchanged.",
            fix="Choose a folder that was made with New project.",
        )
    return value


def _refuse_unknown(head: dict[str, Any], extra: tuple[str, ...], where: str) -> None:
    known = ("fovea", "version", "checksum", "project", *extra)
    for name in head:
        if name not in known:
            raise FoveaError(
                "FV-P011",
                f"“{name:.80}” is not a part of a project file.",
                where=f"{where}#/{name:.80}",
                why=f"Format {head['fovea']} does not have it.",
                kept="The file is unchanged.",
                fix=suggest(name[:80], known),
            )


def _lenient(head: dict[str, Any], version: Version, where: str) -> tuple[Project, tuple[str, ...]]:
    """A project of a newer minor version without the names that this version does not know."""
    value = json.loads(json.dumps(head["project"]))
    skipped: list[str] = []
    root = f"{where}#/project"
    while True:
        try:
            return Project.from_json(value, root), tuple(skipped)
        except FoveaError as error:
            pointer = error.where.removeprefix(root)
            unknown = error.code == "FV-P011" and len(skipped) < _MOST_UNKNOWN
            if not (unknown and _drop(value, pointer)):
                raise _too_new(head, version, error.where, error.what) from error
            skipped.append(f"“{pointer.strip('/')}” is not known to this version and not shown.")


def _drop(value: Any, pointer: str) -> bool:
    """Removes the member that a JSON pointer names, unless it is a kind; says whether it did."""
    *path, last = pointer.removeprefix("/").split("/")
    for part in path:
        if isinstance(value, list) and re.fullmatch(r"\d{1,6}", part) and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            return False
    if not isinstance(value, dict) or last == "kind" or last not in value:
        return False
    del value[last]
    return True


def _newer_minor(version: Version) -> str:
    return f"The file has the newer format {version}: it is open read-only. Save a copy to edit it."


def _too_new(head: dict[str, Any], version: Version, where: str, reason: str = "") -> FoveaError:
    writer = head.get("version")
    by = f" (Fovea {writer:.20})" if isinstance(writer, str) else ""
    return FoveaError(
        "FV-P012",
        "The project was saved by a newer version of Fovea.",
        where=where,
        why=f"It has format {version}{by}; this is Fovea {__version__} with format "
        f"{FORMAT.version}. {reason}".strip(),
        kept="The file is unchanged.",
        fix=f"Open it with a version of Fovea that knows format {version}.",
    )


def _changed(where: str) -> FoveaError:
    return FoveaError(
        "FV-P004",
        "The project file was changed or damaged after it was saved.",
        where=f"{where}#/checksum",
        why="The checksum in the file does not fit its values.",
        kept="The file is unchanged.",
        fix="Open it anyway, read-only, and look at its values, or open the previous version.",
    )
