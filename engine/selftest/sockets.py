"""Looks whether something reaches for the network: what Python opens, and what the process holds.

Python tells of each socket of its own. A library's own socket is seen on Linux only, and only when
it is still held at the moment of looking.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["foreign_sockets", "watched", "watching"]

_HARMLESS = frozenset({"socket.gethostname"})  # the computer's own name, asked of the system
_INTERNET = ("tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6")
_PROCESS = Path("/proc/self")  # Linux only
_noted: list[list[str]] = []
_hooked = False


@contextlib.contextmanager
def watching() -> Iterator[list[str]]:
    """Within it, the list holds what Python code did with sockets: opened, connected, looked up.

    Python tells by audit events, which no code can switch off. What a library opens by itself makes
    none: :func:`foreign_sockets` looks for those that are held.
    """
    global _hooked
    if not _hooked:
        _hooked = True
        sys.addaudithook(_note)  # stays for the process: Python has no way to take it off
    seen: list[str] = []
    _noted.append(seen)
    try:
        yield seen
    finally:
        _noted.remove(seen)


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _noted and event.startswith("socket.") and event not in _HARMLESS:
        for seen in _noted:
            seen.append(f"{event} {arguments[1:]!r:.120}")


def foreign_sockets() -> list[str]:
    """The internet sockets that this process holds now, whoever opened them; Linux only.

    One that has been closed again is not seen. Empty on other systems, and where the system does
    not tell.
    """
    held = set()
    with contextlib.suppress(OSError):
        for name in os.listdir(_PROCESS / "fd"):
            with contextlib.suppress(OSError):
                held.add(os.readlink(_PROCESS / "fd" / name))
    found = []
    for kind in _INTERNET:
        with contextlib.suppress(OSError):
            for line in (_PROCESS / "net" / kind).read_text("ascii").splitlines()[1:]:
                if f"socket:[{line.split()[9]}]" in held:
                    found.append(f"{kind} {line.split()[1]} to {line.split()[2]}")
    return found


def watched() -> str:
    """What may be said of sockets when no step has failed for one, by what this system tells."""
    if os.access(_PROCESS / "fd", os.R_OK) and os.access(_PROCESS / "net" / "tcp", os.R_OK):
        return "Python opened no socket, and no internet socket was held at the end of any step."
    return "Python opened no socket."
