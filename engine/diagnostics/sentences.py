"""The sentences that may stay in a log: the program's own, Python's, the libraries', the system's.

A sentence has gaps where something was put in. What stands around the gaps is text of a program and
names nobody; what stood in a gap may be anybody's, and :class:`Sentences` asks what to show for it.
"""

from __future__ import annotations

import ast
import errno
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Sentence", "Sentences", "known_sentences", "program_texts", "system_text"]

_ROOT = Path(__file__).resolve().parents[2]
_ROOMS = ("engine", "gui")
_WORD = re.compile(r"[^\W\d_]{2,}")
_WHOLE_WORD = re.compile(r"(?<![^\W_])[^\W\d_]{2,}(?![^\W_])")
_PERCENT = re.compile(r"%[-#0 +]*\d*(?:\.\d+)?[sdrfxgi]")
_BRACES = re.compile(r"\{[^{}]*\}")
_LEAST_LETTERS, _LEAST_WORDS = 8, 2
"""Shorter texts are no sentences: whatever is put together of two words would look like one."""
_WHOLE_WORDS = 4
"""A text without gaps has so many words, one fewer if it ends in a full stop: “learning rate” might
be anybody's name for something."""
_LONGEST = 2000

_LIBRARIES = """\
'{w}' object has no attribute '{w}'
type object '{w}' has no attribute '{w}'
module '{w}' has no attribute '{w}'
'{w}' object is not {w}
'{w}' object does not support item assignment
name '{w}' is not defined
cannot access local variable '{w}' where it is not associated with a value
local variable '{w}' referenced before assignment
No module named '{w}'
cannot import name '{w}' from {}
{w} index out of range
index {} is out of bounds for axis {} with size {}
index {} is out of bounds for dimension {} with size {}
division by zero
float division by zero
dictionary changed size during iteration
maximum recursion depth exceeded
not enough values to unpack (expected {}, got {})
too many values to unpack (expected {})
unsupported operand type(s) for {}: '{w}' and '{w}'
{w}() missing {} required positional argument: '{w}'
{w}() missing {} required positional arguments: {}
{w}() takes {} positional arguments but {} were given
{w}() got an unexpected keyword argument '{w}'
can't start new thread
I/O operation on closed file.
cannot convert float NaN to integer
invalid literal for int() with base 10: {}
could not convert string to float: {}
Internal C++ object ({w}) already deleted.
CUDA out of memory. Tried to allocate {} GiB. {}
CUDA out of memory. Tried to allocate {} MiB. {}
CUDA error: out of memory
CUDA error: an illegal memory access was encountered
CUDA error: device-side assert triggered
CUDA error: unspecified launch failure
CUDA error: no kernel image is available for execution on the device
CUDA error: CUDA-capable device(s) is/are busy or unavailable
CUDA error: {w} when calling {}
CUDA driver initialization failed{}
CUDA driver version is insufficient for CUDA runtime version
The NVIDIA driver on your system is too old {}
Found no NVIDIA driver on your system. {}
No CUDA GPUs are available
Torch not compiled with CUDA enabled
Unexpected error from cudaGetDeviceCount(). {}
cuDNN error: {w}
DataLoader worker (pid(s) {}) exited unexpectedly
DataLoader worker (pid {}) is killed by signal: {w}.
unable to open shared memory object {} in read-write mode: {}
unable to mmap {} bytes from file {}: {}
mat1 and mat2 shapes cannot be multiplied ({}x{} and {}x{})
Given groups={}, weight of size [{}], expected input[{}] to have {} channels, but got {} channels instead
The size of tensor a ({}) must match the size of tensor b ({}) at non-singleton dimension {}
Expected more than 1 value per channel when training, got input size {}
Expected all tensors to be on the same device, {}
Trying to backward through the graph a second time {}
one of the variables needed for gradient computation has been modified by an inplace operation{}
{}DefaultCPUAllocator: can't allocate memory: you tried to allocate {} bytes. {}
operands could not be broadcast together with shapes {}
cannot reshape array of size {} into shape {}
Unable to allocate {} GiB for an array with shape {} and data type {w}
Unable to allocate {} MiB for an array with shape {} and data type {w}
cannot identify image file {}
image file is truncated{}
Image size {} exceeds limit of {} pixels, could be decompression bomb DOS attack.
database is locked
database or disk is full
database disk image is malformed
attempt to write a readonly database
unable to open database file
disk I/O error
no such table: {w}
could not connect to display {}
QThread: Destroyed while thread {} is still running
QObject::{w}: Timers cannot be {w} from another thread
QObject::{w}: Cannot create children for a parent that is in a different thread.{}
QObject: Cannot create children for a parent that is in a different thread.{}
QPainter::{w}: Painter not active
QPainter::begin: Paint device returned engine == 0, type: {}
QFont::setPointSize: Point size <= 0 ({}), must be greater than 0
QWindowsWindow::setGeometry: Unable to set geometry {}
This plugin does not support {w}()
Fatal Python error: Segmentation fault
Fatal Python error: Bus error
Fatal Python error: Aborted
Fatal Python error: Illegal instruction
Fatal Python error: Floating-point exception
Windows fatal exception: stack overflow
Windows fatal exception: access violation
Windows fatal exception: code {}
"""  # noqa: E501
"""``{}`` is a gap, ``{w}`` one in which a word of the program's code may stay."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with gaps: ``parts`` lie around them, so there is one gap fewer than parts.

    Attributes:
        parts: the texts between the gaps, in their order; the first and last may be empty.
        words: whether a gap may show a word of the program's code.
    """

    parts: tuple[str, ...]
    words: bool = False

    @property
    def letters(self) -> int:
        """How many letters are certain."""
        return sum(len(word) for part in self.parts for word in _WORD.findall(part))

    @property
    def count(self) -> int:
        """How many words are certain."""
        return sum(len(_WORD.findall(part)) for part in self.parts)

    def gaps(self, text: str) -> list[str] | None:
        """What stands in the gaps of a text; ``None`` where it is another sentence."""
        first, *others = self.parts
        if not others:
            return [] if text == first else None
        *middle, last = others
        if not text.startswith(first) or len(text) < len(first) + len(last):
            return None
        if not text.endswith(last):
            return None
        found, at, end = [], len(first), len(text) - len(last)
        for part in middle:
            place = text.find(part, at, end)
            if place < 0:
                return None
            found.append(text[at:place])
            at = place + len(part)
        return [*found, text[at:end]]


class Sentences:
    """Finds the sentence that a text is, among many."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        held = {one: {w for part in one.parts for w in _whole_words(part)} for one in sentences}
        often = Counter(word for words in held.values() for word in words)
        self._by_word: dict[str, list[tuple[int, Sentence]]] = defaultdict(list)
        for sentence, words in held.items():
            if words:  # kept by its rarest word, so that few have to be tried
                rarest = min(words, key=lambda word: (often[word], word))
                self._by_word[rarest].append((sentence.letters, sentence))

    def show(
        self, text: str, gap: Callable[[str, bool], str], *, least: int = _LEAST_WORDS
    ) -> str | None:
        """The text with each gap as ``gap(content, words)`` shows it; ``None`` if it is unknown.

        Of several sentences the one with the most letters of its own counts; it has at least
        ``least`` words.
        """
        if len(text) > _LONGEST:
            return None
        found = [
            (-letters, not one.words, one, held)
            for word in set(_whole_words(text))
            for letters, one in self._by_word.get(word, ())
            if (held := one.gaps(text)) is not None and one.count >= least
        ]
        if not found:
            return None
        _, _, sentence, held = min(found, key=lambda entry: (*entry[:2], entry[2].parts))
        shown = [gap(content, sentence.words) for content in held]
        first, *others = sentence.parts
        return first + "".join(f"{a}{b}" for a, b in zip(shown, others, strict=True))


def _whole_words(text: str) -> list[str]:
    """The words that are not cut where a gap begins or ends: runs of letters, as they stand."""
    return _WHOLE_WORD.findall(text)


@cache
def known_sentences() -> Sentences:
    """Those of the program's source and of the libraries; reads the source, which takes seconds."""
    found = [_listed(line) for line in _LIBRARIES.splitlines()]
    for text in program_texts().values():
        found += _of_source(text)
    return Sentences(found)


@cache
def program_texts() -> dict[str, str]:
    """The text of each of the program's modules, by its name below the program's folder."""
    paths = [path for room in _ROOMS for path in (_ROOT / room).rglob("*.py")]
    return {path.relative_to(_ROOT).as_posix(): path.read_text("utf-8") for path in paths}


def system_text(number: int) -> str:
    """The system's sentence for an error number; empty for a number that it does not know."""
    return os.strerror(number) if number in errno.errorcode else ""


def _listed(line: str) -> Sentence:
    return Sentence(tuple(re.split(r"\{w?\}", line)), "{w}" in line)


def _of_source(source: str) -> Iterator[Sentence]:
    """The texts of a module, its docstrings left out; each line is a sentence of its own."""
    tree = ast.parse(source)
    inner: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inner.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            inner.update(node.values)
            yield from _sentences(_joined(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inner:
            texts = {node.value}
            texts.update(_GAP.join(form.split(node.value)) for form in (_PERCENT, _BRACES))
            for text in texts:
                yield from _sentences(text)


_GAP = "\0"


def _joined(node: ast.JoinedStr) -> str:
    parts = [str(part.value) if isinstance(part, ast.Constant) else _GAP for part in node.values]
    return "".join(parts)


def _sentences(text: str) -> Iterator[Sentence]:
    for line in text.splitlines():
        made = Sentence(tuple(re.split(f"{_GAP}+", line)))
        whole = len(made.parts) == 1
        least = (_WHOLE_WORDS - line.endswith(".")) if whole else _LEAST_WORDS
        if made.letters >= _LEAST_LETTERS and made.count >= least:
            yield made
