"""The notices of what is carried besides distributions: Debian's packages, and Qt's ICU."""

from __future__ import annotations

import re
from pathlib import Path

from common.licences import TEXTS, Notice
from linux.recipe import CARRIED

_COMMON = re.compile(r"common-licenses/([A-Za-z]+(?:-[0-9]+(?:\.[0-9]+)*)?)")


def of_debian(unpacked: Path, name: str, version: str) -> Notice:
    """The notice of a Debian package: its copyright file and the common licences it refers to."""
    path = unpacked / f"usr/share/doc/{name}/copyright"
    if not path.exists():
        return Notice(name, version, "", ())
    text = path.read_text(encoding="utf-8", errors="replace")
    texts = [(path.relative_to(unpacked).as_posix(), text)]
    for title in sorted(set(_COMMON.findall(text))):
        common = unpacked / "usr/share/common-licenses" / title
        texts.append((title, common.read_text("utf-8") if common.exists() else ""))
    return Notice(name, version, CARRIED.get(name, ""), tuple(texts))


def of_icu(site: Path) -> list[Notice]:
    """The notice of the ICU that PySide6 brings for Qt; none where it brings none."""
    libraries = sorted(site.glob("PySide6/Qt/lib/libicuuc.so.*"))
    text = (TEXTS / "ICU.txt").read_text(encoding="utf-8")
    return [Notice("icu", p.suffix[1:], "ICU (Unicode)", (("ICU", text),)) for p in libraries[:1]]
