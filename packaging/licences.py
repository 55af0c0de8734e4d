"""Third-party notices: every part with version, licence and the licence's text, or an error.

A part is a distribution of Python, a Debian package, or a library that a wheel bundles. A gap, a
part whose licence nobody knows or whose text is missing, stops the build.
"""

from __future__ import annotations

import email
import email.message
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

from commands import BuildError
from recipe import ADDED_TEXTS, BUNDLED, CARRIED
from trim import recorded

_TEXT_NAME = re.compile(
    r"(^|/)(LICEN[CS]ES?|COPYING|NOTICE|AUTHORS|PATENTS|COPYRIGHT)([-_.][^/]*)?$", re.I
)
_NO_TEXT = re.compile(r"\.(py|pyc|so|svg|json|html)$")
_COMMON = re.compile(r"common-licenses/([A-Za-z]+(?:-[0-9]+(?:\.[0-9]+)*)?)")
# The GPL alone would bind Fovea; with an exception, or as one choice of several, it does not.
_GPL = re.compile(r"(^|[^L])A?GPL")
_HARMLESS = re.compile(r"LGPL|exception|MPL", re.I)


@dataclass(frozen=True)
class Notice:
    """One part: its licence, and texts as (title, text)."""

    name: str
    version: str
    licence: str
    texts: tuple[tuple[str, str], ...]


def collect(site: Path, debian: Path, packages: dict[str, str]) -> list[Notice]:
    """The notices of the distributions in ``site`` and of the Debian ``packages`` (name, version).

    ``debian`` holds the unpacked packages with base-files among them. Raises BuildError, which
    names every gap.
    """
    common = debian / "usr/share/common-licenses"
    found = [of_distribution(info, common) for info in sorted(site.glob("*.dist-info"))]
    found += [of_debian(debian, name, version) for name, version in sorted(packages.items())]
    gaps = [gap for notice in found for gap in problems(notice)] + unknown_bundles(site)
    if gaps:
        raise BuildError("licences have gaps:\n" + "\n".join(gaps))
    return found


def of_distribution(info: Path, common: Path) -> Notice:
    """The notice of a distribution, from its ``.dist-info`` and what :mod:`recipe` adds."""
    metadata = email.message_from_string((info / "METADATA").read_text(encoding="utf-8"))
    name = str(metadata["Name"]).lower().replace("_", "-")
    texts = [
        (path, (info.parent / path).read_text(encoding="utf-8", errors="replace").strip())
        for path in sorted(recorded(info))
        if _is_text(path) and (info.parent / path).is_file()
    ]
    texts += [(title, (common / title).read_text("utf-8")) for title in ADDED_TEXTS.get(name, ())]
    kept = tuple((title, text) for title, text in texts if text)
    return Notice(name, str(metadata["Version"]), _licence(metadata), kept)


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


def problems(notice: Notice) -> list[str]:
    """What is missing or forbidden in a notice, each a line."""
    found = []
    if not notice.licence:
        found.append(f"{notice.name} {notice.version}: no licence is named")
    if not any(text.strip() for _, text in notice.texts):
        found.append(f"{notice.name} {notice.version}: no licence text")
    found += [f"{notice.name}: the text {t} is missing" for t, text in notice.texts if not text]
    debian = any(title.startswith("usr/share/doc/") for title, _ in notice.texts)
    if not debian and _GPL.search(notice.licence) and not _HARMLESS.search(notice.licence):
        found.append(f"{notice.name} {notice.version}: {notice.licence} may not be shipped")
    return found


def unknown_bundles(site: Path) -> list[str]:
    """Libraries in ``NAME.libs`` folders of wheels that the recipe does not know, each a line.

    The recipe says which text covers a library; so a new one is looked at before it is shipped.
    """
    found = []
    for folder in sorted(site.glob("*.libs")):
        known = BUNDLED.get(folder.name[: -len(".libs")], {})
        for path in sorted(folder.iterdir()):
            stem = re.split(r"[-.]", path.name)[0]
            text = known.get(stem)
            if text is None:
                found.append(f"{folder.name}/{path.name}: no text is known to cover it")
            elif text and not next(site.glob(text), None):
                found.append(f"{folder.name}/{path.name}: its text {text} is missing")
    return found


def notices_text(notices: Iterable[Notice]) -> str:
    """All notices as one text for people; a text that several parts share is printed once."""
    lines = ["Fovea comes with the parts below, each under its own licence.", ""]
    shown: dict[str, str] = {}
    for notice in notices:
        lines += ["=" * 78, f"{notice.name} {notice.version}", f"Licence: {notice.licence}", ""]
        for title, text in notice.texts:
            lines += [f"--- {title}"]
            if text in shown:
                lines += [f"The same text as {shown[text]}", ""]
            else:
                lines += [text.rstrip(), ""]
                shown[text] = f"{title} of {notice.name}"
    return "\n".join(lines) + "\n"


def _is_text(path: str) -> bool:
    inside = "/licenses/" in path or "/LICENSES/" in path
    return bool(_TEXT_NAME.search(path) or inside) and not _NO_TEXT.search(path)


def _licence(metadata: email.message.Message) -> str:
    """The licence as the metadata names it: as an expression, as a short text, as classifiers."""
    expression = metadata["License-Expression"]
    if expression:
        return str(expression)
    text = str(metadata["License"] or "").strip()
    classifiers = [str(c) for c in metadata.get_all("Classifier") or []]
    named = [c.rsplit(" :: ", 1)[1] for c in classifiers if c.startswith("License :: ")]
    if text and "\n" not in text and len(text) <= 80:
        return text
    return ", ".join(named)
