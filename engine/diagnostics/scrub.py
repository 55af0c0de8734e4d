"""Taking names out of logs: what is not known to be the program's own word is left out.

A list of what to remove would always lack something: another project's class, a name in a system's
message. So it is the other way round. Words stay that stand in the program's own source or that the
system's messages are made of; paths, quotations, long numbers and every other word become ``…``.
Names of the person, the computer and the known projects go even where they are such words.
"""

from __future__ import annotations

import builtins
import errno
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

__all__ = ["Scrubber", "program_words"]

_ROOT = Path(__file__).resolve().parents[2]
_ROOMS = ("engine", "gui")
_GONE = "…"
_WORD = re.compile(r"[^\W\d_]+")
_HEAD = re.compile(r"(?a:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(,\d+)?)( [A-Z]+ [a-z_.]{1,60}:)?")
_FRAME = re.compile(r'\s*File "(?P<path>.*)", line (?P<line>\d+)(, in (?P<name>\S+))?')
_ENDINGS = ("png", "jpe?g", "bmp", "tiff?", "gif", "webp", "dcm", "npz", "npy", "csv", "tsv")
_ENDINGS += ("gz", "zip", "fovea", "json", "onnx", "pth?", "safetensors", "txt", "xlsx?", "pdf")
_QUOTED = re.compile(r"“[^”]*”|‘[^’]*’|\"[^\"]*\"|'[^']*'|`[^`]*`|«[^»]*»")
_PATH = re.compile(r"(?<!\S)\S*[/\\].*|\S*\.(?i:" + "|".join(_ENDINGS) + r")\b\S*")
"""A path may have spaces in it, so that nobody knows where it ends: the rest of the line goes."""
_NUMBER = re.compile(r"[(\[]?-?\d{1,3}([.,]\d{1,3})?(ms|s|%)?[)\],;:.]*")
_CODE = re.compile(r"[(\[]?FV-[A-Z]\d{3}[)\],;:.]*")
_PLAIN = re.compile(r"[\W\d_]{0,3}[^\W\d_]+([_.'’-][^\W\d_]+)*[\W_]{0,3}")
_SHORTEST = 3
"""Names of fewer letters are no names: a class “a” would empty every line."""
_PARENTS = re.compile(r".*[/\\](site-packages|lib[/\\]python3\.\d+|engine|gui)[/\\]")


class Scrubber:
    """Lines as they may be shown to others; ``names`` are those that must not stay in any case."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = {
            word.casefold()
            for name in names
            for word in _WORD.findall(name)
            if len(word) >= _SHORTEST
        }
        self._known = program_words()

    def text(self, text: str) -> str:
        """The lines of a text."""
        return "\n".join(self.line(line) for line in text.splitlines())

    def line(self, line: str) -> str:
        """One line: of a traceback its place in the program, of others the known words."""
        frame = _FRAME.fullmatch(line)
        if frame is not None:
            return self._frame(frame)
        indent = line[: len(line) - len(line.lstrip())]
        head = _HEAD.match(line)
        begin = head.group() if head is not None else indent
        rest = _QUOTED.sub(f" {_GONE} ", line[len(begin) :])
        rest = _PATH.sub(f" {_GONE}", rest)
        parts = [self._part(part) for part in rest.split()]
        kept = [p for at, p in enumerate(parts) if p != _GONE or parts[at - 1 : at] != [_GONE]]
        return " ".join([begin, *kept] if begin.strip() else [begin + " ".join(kept)])

    def allows(self, word: str) -> bool:
        """Whether a word, or several joined by points, dashes or underscores, may stay."""
        words = [one.casefold() for one in _WORD.findall(word)]
        return all(one in self._known and one not in self._names for one in words)

    def _part(self, part: str) -> str:
        if _NUMBER.fullmatch(part) or _CODE.fullmatch(part):
            return part
        return part if _PLAIN.fullmatch(part) and self.allows(part) else _GONE

    def _frame(self, frame: re.Match[str]) -> str:
        path = frame["path"].replace("\\", "/")
        inside = _PARENTS.match(path)
        place = path[inside.start(1) :] if inside is not None else ""
        installed = place.startswith(("site-packages", "lib/"))  # files of libraries are theirs
        shown = place if place and (installed or self.allows(place)) else f"{_GONE}.py"
        name = frame["name"] or ""
        said = f", in {name if self.allows(name) else _GONE}" if name else ""
        return f'  File "{shown}", line {frame["line"]}{said}'


@cache
def program_words() -> frozenset[str]:
    """The words of the program's source and of the system's messages, in small letters."""
    found: set[str] = set()
    for room in _ROOMS:
        for path in (_ROOT / room).rglob("*.py"):
            found.update(word.casefold() for word in _WORD.findall(path.read_text("utf-8")))
    system = [os.strerror(code) for code in errno.errorcode]
    system += [*dir(builtins), "site packages lib python py torch optuna PySide Qt numpy"]
    found.update(word.casefold() for text in system for word in _WORD.findall(text))
    return frozenset(found)
