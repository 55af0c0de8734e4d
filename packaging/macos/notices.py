"""The notices of what the bundle carries besides distributions: CPython and what is inside it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from common.licences import TEXTS, Notice
from macos import cpython
from macos.recipe import INSIDE_PYTHON

# Of the licences' page of its documentation, which names what CPython has taken in.
_PAGE = "Resources/English.lproj/Documentation/license.html"


def of_cpython(framework: Path) -> list[Notice]:
    """The notices of CPython and of the libraries inside it; a missing text is a gap in them."""
    version = cpython.version(framework)
    texts = []
    for path in (framework / cpython.STDLIB / "LICENSE.txt", framework / _PAGE):
        text = path.read_text("utf-8", errors="replace") if path.is_file() else ""
        texts.append((path.name, plain(text) if path.suffix == ".html" else text.strip()))
    found = [Notice("cpython", version, "PSF-2.0", tuple(texts))]
    for name, (licence, title) in INSIDE_PYTHON.items():
        text = (TEXTS / f"{title}.txt").read_text(encoding="utf-8")
        found.append(Notice(name, f"in CPython {version}", licence, ((title, text),)))
    return found


def plain(page: str) -> str:
    """The text of a page of HTML."""
    reader = _Reader()
    reader.feed(page)
    lines = (line.rstrip() for line in "".join(reader.text).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Gathers the text of a page without what is meant for browsers."""

    _BLOCKS = ("p", "pre", "li", "h1", "h2", "h3", "div", "br")
    _UNSEEN = ("script", "style", "title")

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Text within scripts and styles is not for people."""
        self._unseen += tag in self._UNSEEN
        if tag in self._BLOCKS:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """The counterpart of the start."""
        self._unseen -= tag in self._UNSEEN

    def handle_data(self, data: str) -> None:
        """A piece of text."""
        if self._unseen == 0:
            self.text.append(data)
