"""One zip with what helps to find a fault; nothing in it names a person, a file or a class."""

from __future__ import annotations

import contextlib
import getpass
import io
import json
import os
import platform
import re
import socket
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from engine import __version__
from engine.diagnostics.scrub import Scrubber, imported_modules
from engine.diagnostics.shape import project_names, project_shape
from engine.errors import FoveaError
from engine.files.atomic import write_bytes
from engine.files.own_places import log_folder, settings_file

__all__ = ["save_diagnostics"]

_MOST_BYTES = 2_000_000  # of each log: its end
_KERNELS = (
    "microsoft",
    "generic",
    "lowlatency",
    "azure",
    "aws",
    "gcp",
    "arch",
    "amzn",
    "el8",
    "el9",
)
_KEYS = ("theme", "apart", "met_computer", "plots")
_LOGS = re.compile(r"(?a:fovea\.log(\.\d{1,2})?|stuck\.txt|crash\.txt)")
_README = """\
Diagnostics of Fovea, saved by a person to find a fault.

about.json     versions of the program and its libraries, and the system
computer.json  processor, memory, graphics cards, driver, and why a card is not used
settings.json  settings of the window, without recent projects
project.json   the open project: how many of what kind
logs/          the program's logs and what crashes left

Not in here: images, their names, names of classes, groups and projects, folders, the names of the
person and of the computer. Of the logs only sentences stay that the program, Python, its libraries
or the system have, and in them a … for all that was put in but short numbers.
"""


def save_diagnostics(
    target: Path,
    *,
    project: Path | None = None,
    logs: Path | None = None,
    settings: Path | None = None,
) -> None:
    """Writes the zip to ``target``; ``project`` is the folder of the project that is open.

    ``logs`` and ``settings`` are the platform's places unless given. What cannot be read is told in
    the zip and left out. Imports torch; takes some seconds. Raises FoveaError FV-O001.
    """
    found = _open(project)
    settings = settings or settings_file()
    scrub = Scrubber(_names(project, found, settings))
    parts = {
        "README.txt": _README,
        "about.json": _json(_about()),
        "computer.json": _json(_computer(scrub)),
        "settings.json": _json(_settings(settings)),
        "project.json": _json(_shape(project, found, scrub)),
    }
    for name, text in _logs(logs or log_folder()):
        parts[f"logs/{name}"] = scrub.text(text)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    write_bytes(target, buffer.getvalue())


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"


def _open(folder: Path | None) -> Any:
    """The project as it was saved last, or the error that keeps it from being read."""
    from engine.project.store import load

    if folder is None:
        return None
    try:
        return load(folder).project
    except FoveaError as error:
        return error


def _names(folder: Path | None, found: Any, settings: Path) -> Iterator[str]:
    """What must not stay: the person, the computer, their folders, the projects that are known."""
    yield from (socket.gethostname(), Path.home().name)
    try:
        yield getpass.getuser()
    except (OSError, KeyError):
        yield os.environ.get("USERNAME", "")
    for place in _recent(settings):
        yield place.name
        known = _open(place)
        if known is not None and not isinstance(known, FoveaError):
            yield from project_names(known, place)
    if folder is not None:
        yield folder.name
        if not isinstance(found, FoveaError):
            yield from project_names(found, folder)


def _recent(settings: Path) -> list[Path]:
    """The folders in the settings' list, as Qt writes it: separated by commas, maybe in quotes."""
    names = _settings_lines(settings).get("recent", "").split(",")
    return [Path(name.strip().strip('"')) for name in names if name.strip()]


def _about() -> dict[str, Any]:
    return {
        "fovea": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "release": _release(platform.release()),
        "machine": platform.machine(),
        "packages": _packages(),
    }


def _release(told: str) -> str:
    """The system's version; what follows the numbers may be a name that somebody gave a kernel."""
    numbers = re.match(r"(?a:[\d.]*(-\d+)?)", told)
    kind = next((word for word in _KERNELS if word in told.casefold()), "")
    return f"{numbers[0] if numbers else ''} {kind}".strip()


def _packages() -> dict[str, str]:
    """The versions of what the program imports, and of what that needs in turn; no others.

    A person's Python may hold packages with the names of a lab.
    """
    versions: dict[str, str] = {}
    owners = metadata.packages_distributions()
    wanted = [name for module in imported_modules() for name in owners.get(module, ())]
    while wanted:
        name = wanted.pop().lower().replace("_", "-")
        with contextlib.suppress(metadata.PackageNotFoundError):
            if name not in versions:
                found = metadata.distribution(name)
                versions[name] = found.version
                wanted += [re.split(r"[^\w.-]", need)[0] for need in found.requires or ()]
    return dict(sorted(versions.items()))


def _computer(scrub: Scrubber) -> dict[str, Any]:
    from engine.computer.looking import look
    from engine.computer.reasons import why_processor

    computer = look()
    reason = why_processor(computer.graphics)
    facts = asdict(computer)
    facts["graphics"]["said"] = scrub.line(computer.graphics.said)
    return facts | {"no_card": reason.cause if reason else ""}


def _settings(path: Path) -> dict[str, Any]:
    lines = _settings_lines(path)
    kept = {key: lines[key] for key in _KEYS if key in lines}
    return {
        "found": path.is_file(),
        "settings": {key: v for key, v in kept.items() if re.fullmatch(r"[a-z_, ]{0,200}", v)},
        "others": len(lines) - len(kept),
        "recent": len(_recent(path)),
    }


def _settings_lines(path: Path) -> dict[str, str]:
    """The keys of the file as they stand there; a damaged file gives what can be read."""
    try:
        text = path.read_text("utf-8", "replace")[:_MOST_BYTES]
    except OSError:
        return {}
    pairs = [line.partition("=") for line in text.splitlines() if "=" in line]
    return {key.strip(): value.strip() for key, _, value in pairs}


def _shape(folder: Path | None, found: Any, scrub: Scrubber) -> dict[str, Any]:
    if folder is None or found is None:
        return {"open": False}
    if isinstance(found, FoveaError):
        return {"open": True, "unreadable": found.code}
    return {"open": True, **project_shape(found, folder, scrub.allows)}


def _logs(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and end of each log."""
    for path in sorted(folder.glob("*")):
        if _LOGS.fullmatch(path.name):
            try:
                data = path.read_bytes()[-_MOST_BYTES:]
            except OSError as error:
                yield path.name, f"{type(error).__name__}: [Errno {error.errno}]"
            else:
                yield path.name, data.decode("utf-8", "replace")
