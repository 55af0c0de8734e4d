"""Taking names out of logs: only what is known to be a text of the program stays.

A list of what to remove would always lack something: another project's class, a name in a system's
message. A list of words that may stay lets a name through that is a word of the program, too
(“max”, “mark”, a class “loss”). So whole sentences stay (:mod:`engine.diagnostics.sentences`), with
``…`` in their gaps, and of every other line time, level and module, the kind of an error, its code,
the place in the program: nothing that was put in can come through, whatever it is. In a gap stay
numbers of up to three digits and other sentences of the program.
"""

from __future__ import annotations

import builtins
import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache

from engine.diagnostics.sentences import known_sentences, program_texts, system_text

__all__ = ["Scrubber", "imported_modules", "program_words"]

_GONE = "…"
_WORD = re.compile(r"[^\W\d_]+")
_HEAD = re.compile(
    r"(?a:(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{1,6})?)"
    r"(?:: | (?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) (?P<logger>\S{1,80}): ))"
)
_FRAME = re.compile(r'\s*File "(?P<path>.*)", line (?P<line>(?a:\d{1,6}))(,? in (?P<name>\S+))?')
_MARKS = re.compile(r"[ ~^]*[~^][ ~^]*")
_THREAD = re.compile(
    r"(?P<kind>Current thread|Thread) (?P<name>.*?)( ?\[(?P<own>.*)\])?"
    r"(?P<end> \((\d+|most recent call first)\):)"
)
_ADDRESS = re.compile(r"(?a:0x[0-9a-f]{1,16})")
_OWN_THREADS = re.compile(r"(?a:MainThread|watchdog|(Thread|ThreadPoolExecutor)-[\d_]+)")
_LABEL = re.compile(r"  (?P<label>where|why|kept|do): (?P<text>.*)")
_ERROR = re.compile(r"(?a:(?P<kind>[A-Za-z_][\w.]{0,80}))(?:: ?(?P<text>.*))?")
_CODE = re.compile(r"(?P<text>.*?) ?(?P<code>\[FV-(?a:[A-Z]\d{3})\])")
_SYSTEM = re.compile(r"(?P<head>\[(?:Errno|WinError) (?P<number>(?a:\d{1,5}))\])(?: (?P<text>.*))?")
_QT = re.compile(r"(?a:(?P<head>Q[A-Z]\w{1,40}::~?\w{1,60}:|qt\.[a-z.]{1,40}:)) ?(?P<text>.*)")
_NUMBER = re.compile(r"(?a:[(\[]?[-+]?\d{1,3}(?:[.,]\d{1,3})?(?: ?(?:ms|s|%|GiB|MiB|KiB))?[)\]]?)")
_NAMED = re.compile(r"(?a:[A-Za-z_][\w.]{0,60})")
_PARENTS = re.compile(
    r"(?:.*/)?(?P<place>(?P<room>site-packages|lib/python3\.\d+|Lib|engine|gui)/.*)"
)
_FIXED = {
    "Traceback (most recent call last):",
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
    "Stack (most recent call last):",
    "Stack (most recent call first):",
    "  <no Python frame>",
}
_SHORT = {"uncaught", "unexpected in a worker"}
"""The program's messages that are too short to be told from a name by chance."""
_OWN_LOGGERS = {"engine", "gui", "fovea", "qt", "root"}
_ENDS = ("Error", "Exception", "Warning", "Cancelled", "Interrupt", "Exit", "Refused", "Iteration")
_LONGEST = 4000
_INNER_WORDS = 4
"""A sentence in another one's gap has so many words: fewer could be a name by chance."""


class Scrubber:
    """Lines as they may be shown to others; ``names`` are those that must not stay in any case."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = {word for name in names for word in _words(name)}
        self._known = program_words()
        self._sentences = known_sentences()

    def text(self, text: str) -> str:
        """The lines of a text; what is left out in lines that follow each other is told once."""
        kept: list[str] = []
        in_frame = False
        for line in text.splitlines():
            shown = line if in_frame and line.strip() in _source_lines() else self.line(line)
            in_frame = _FRAME.fullmatch(line) is not None
            if shown.strip() != _GONE or not kept or not kept[-1].endswith(_GONE):
                kept.append(shown)
        return "\n".join(kept)

    def line(self, line: str) -> str:
        """One line: what it begins with, and its text if that is a sentence of the program."""
        line = line[:_LONGEST]
        if not line.strip() or line in _FIXED or _MARKS.fullmatch(line):
            return line
        if (frame := _FRAME.fullmatch(line)) is not None:
            return self._frame(frame)
        if (thread := _THREAD.fullmatch(line)) is not None:
            return self._thread(thread)
        if (head := _HEAD.match(line)) is not None:
            return self._logged(head, line[head.end() :])
        if (label := _LABEL.fullmatch(line)) is not None:
            return f"  {label['label']}: {self.sentence(label['text'])}"
        error = _ERROR.fullmatch(line)
        if error is not None and _is_error(error["kind"]):
            text = error["text"]
            return error["kind"] if text is None else f"{error['kind']}: {self.sentence(text)}"
        return self.sentence(line)

    def sentence(self, text: str) -> str:
        """A text without what was put into it; ``…`` where it is nobody's that is known."""
        if (coded := _CODE.fullmatch(text)) is not None:
            return f"{self.sentence(coded['text'])} {coded['code']}"
        if text in _SHORT:
            return text
        if (system := _SYSTEM.fullmatch(text)) is not None:
            return f"{system['head']} {_system(system)}".rstrip()
        if (shown := self._sentences.show(text, self._gap)) is not None:
            return shown
        parts = [self._alone(part) for part in re.split(r"(?<=[.!?:]) ", text)]
        kept = [p for at, p in enumerate(parts) if p != _GONE or parts[at - 1 : at] != [_GONE]]
        return " ".join(kept)

    def _alone(self, text: str) -> str:
        return self._sentences.show(text, self._gap, least=_INNER_WORDS) or _GONE

    def _gap(self, content: str, words: bool) -> str:
        """What may be shown of what was put into a sentence."""
        if not content:
            return ""
        if _NUMBER.fullmatch(content) or (words and self._is_code(content)):
            return content
        if self._names.isdisjoint(_words(content)):
            return self._alone(content)
        return _GONE

    def _is_code(self, word: str) -> bool:
        return _NAMED.fullmatch(word) is not None and self.allows(word)

    def allows(self, word: str) -> bool:
        """Whether a word, or several joined by points, dashes or underscores, may stay."""
        if re.search(r"\d{4}", word):
            return False
        return all(one in self._known and one not in self._names for one in _words(word))

    def _logged(self, head: re.Match[str], text: str) -> str:
        logger = head["logger"]
        if logger is None:
            shown = self.sentence(f": {text}")
            return head["time"] + (shown if shown.startswith(":") else f": {shown}")
        begin = f"{head['time']} {head['level']} {self._logger(logger)}:"
        qt = _QT.fullmatch(text) if logger == "qt" else None
        if qt is not None and self._sentences.show(text, self._gap) is None:
            return f"{begin} {qt['head']} {self.sentence(qt['text'])}"
        return f"{begin} {self.sentence(text)}"

    def _logger(self, name: str) -> str:
        known = _OWN_LOGGERS | imported_modules()
        return name if name.partition(".")[0] in known and self.allows(name) else _GONE

    def _frame(self, frame: re.Match[str]) -> str:
        place = _place(frame["path"].replace("\\", "/"))
        name = frame["name"] or ""
        code = place and (self._is_code(name) or name in ("<module>", "<lambda>", "<listcomp>"))
        said = f", in {name if code else _GONE}" if name else ""
        return f'  File "{place or f"{_GONE}.py"}", line {frame["line"]}{said}'

    @staticmethod
    def _thread(thread: re.Match[str]) -> str:
        shown = [
            name if _ADDRESS.fullmatch(name) or _OWN_THREADS.fullmatch(name) else _GONE
            for name in (thread["name"], thread["own"] or "")
            if name
        ]
        end = ":" if thread["end"][2].isdigit() else thread["end"]
        return " ".join([thread["kind"], *shown]) + end


def _words(text: str) -> list[str]:
    """The words of a text, whichever way their letters are written."""
    return [word.casefold() for word in _WORD.findall(unicodedata.normalize("NFKC", text))]


def _system(match: re.Match[str]) -> str:
    """The system's own text for its number; what follows it names a file."""
    said, text = system_text(int(match["number"])), match["text"] or ""
    if not said or not text.startswith(said):
        return _GONE if text else ""
    return said if text == said else f"{said} {_GONE}"


def _is_error(kind: str) -> bool:
    """Whether a name is that of an error of Python, the program or its libraries."""
    first, _, rest = kind.partition(".")
    if not rest:
        return kind in _error_names()
    return kind.endswith(_ENDS) and first in {"engine", "gui"} | imported_modules()


def _place(path: str) -> str:
    """A file of the program or of a library, without the folders above; empty for any other."""
    inside = _PARENTS.fullmatch(path)
    if inside is None:
        return ""
    place, room = inside["place"], inside["room"]
    if room in ("engine", "gui"):
        return place if place in program_texts() else ""
    first = place[len(room) + 1 :].partition("/")[0].removesuffix(".py")
    known = imported_modules() if room == "site-packages" else sys.stdlib_module_names
    return place if first in known else ""


@cache
def _source_lines() -> frozenset[str]:
    """The lines of the program's source, as a traceback shows them."""
    texts = program_texts().values()
    return frozenset(line.strip() for text in texts for line in text.splitlines() if line.strip())


@cache
def imported_modules() -> frozenset[str]:
    """The names that the program's modules import first: libraries, and modules of Python."""
    one = re.compile(r"^\s*(?:from (?=[\w.]+ import )|import (?=[\w. ]+$))(\w+)", re.MULTILINE)
    return frozenset(name for text in program_texts().values() for name in one.findall(text))


@cache
def _error_names() -> frozenset[str]:
    """The names of Python's errors and of the program's own."""
    begin = re.compile(r"^class (\w+)\(", re.MULTILINE)
    own = {name for text in program_texts().values() for name in begin.findall(text)}
    return frozenset(
        {name for name in own if name.endswith(_ENDS)}
        | {
            name
            for name, value in vars(builtins).items()
            if isinstance(value, type) and issubclass(value, BaseException)
        }
    )


@cache
def program_words() -> frozenset[str]:
    """The words of the program's source and of Python, in small letters."""
    texts = [*program_texts().values()]
    texts += [*dir(builtins), "site packages lib python py torch optuna PySide Qt numpy"]
    return frozenset(word for text in texts for word in _words(text))
