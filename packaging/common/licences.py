"""Third-party notices: every part with version, licence and the licence's text, or an error.

A part is a distribution of Python, what else a system's packages carry, or a library that a wheel
bundles. A gap, a part whose licence nobody knows or whose text is missing, stops the build.
"""

from __future__ import annotations

import email
import email.message
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

from common.commands import BuildError
from common.recipe import ADDED_TEXTS, OWN_LIBRARIES
from common.records import recorded
from environment import ROOT

TEXTS = ROOT / "packaging" / "common" / "texts"

_TEXT_NAME = re.compile(
    r"(^|/)(LICEN[CS]ES?|COPYING|NOTICE|AUTHORS|PATENTS|COPYRIGHT)([-_.][^/]*)?$", re.I
)
_LIBRARY = re.compile(r"^lib.+\.(so|dylib)(\.|$)")
_NO_TEXT = re.compile(r"\.(py|pyc|so|svg|json|html)$")
_GPL = re.compile(r"(?<!L)GPL|GNU (Affero )?General Public License", re.I)


@dataclass(frozen=True)
class Notice:
    """One part: its licence, and texts as (title, text)."""

    name: str
    version: str
    licence: str
    texts: tuple[tuple[str, str], ...]


def collect(
    site: Path, carried: Iterable[Notice], bundled: dict[str, dict[str, str]]
) -> list[Notice]:
    """The notices of the distributions in ``site``, then those in ``carried``.

    ``bundled`` is as in :func:`unknown_bundles`. Raises BuildError, which names every gap.
    """
    found = [of_distribution(info) for info in sorted(site.glob("*.dist-info"))]
    found += carried
    gaps = [gap for notice in found for gap in problems(notice)] + unknown_bundles(site, bundled)
    if gaps:
        raise BuildError("licences have gaps:\n" + "\n".join(gaps))
    return found


def of_distribution(info: Path) -> Notice:
    """The notice of a distribution, from its ``.dist-info`` and what the recipe adds."""
    metadata = email.message_from_string((info / "METADATA").read_text(encoding="utf-8"))
    name = str(metadata["Name"]).lower().replace("_", "-")
    texts = [
        (path, (info.parent / path).read_text(encoding="utf-8", errors="replace").strip())
        for path in sorted(recorded(info))
        if _is_text(path) and (info.parent / path).is_file()
    ]
    for title in ADDED_TEXTS.get(name, ()):
        texts.append((title, (TEXTS / f"{title}.txt").read_text(encoding="utf-8")))
    kept = tuple((title, text) for title, text in texts if text)
    return Notice(name, str(metadata["Version"]), _licence(metadata), kept)


def problems(notice: Notice) -> list[str]:
    """What is missing or forbidden in a notice, each a line."""
    found = []
    if not notice.licence:
        found.append(f"{notice.name} {notice.version}: no licence is named")
    if not any(text.strip() for _, text in notice.texts):
        found.append(f"{notice.name} {notice.version}: no licence text")
    found += [f"{notice.name}: the text {t} is missing" for t, text in notice.texts if not text]
    if _binds(notice.licence):
        found.append(f"{notice.name} {notice.version}: {notice.licence} may not be shipped")
    return found


def unknown_bundles(site: Path, bundled: dict[str, dict[str, str]]) -> list[str]:
    """Others' libraries in wheels that the recipe does not know, each a line.

    They lie in folders ``NAME.libs`` and ``NAME/.dylibs``, or anywhere else, where only those that
    :data:`common.recipe.OWN_LIBRARIES` names are a distribution's own. ``bundled`` has, by NAME (or
    by the folder) and the library's stem, the text that covers it: '' where the notice of the
    distribution or another notice does, else a file in ``site``. So a new one is looked at before
    it is shipped.
    """
    found = []
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        bundle = _bundle(name)
        if bundle is None or path.is_dir():
            continue
        known = bundled.get(bundle, {})
        text = known.get(path.name.split(".")[0], known.get(re.split(r"[-.]", path.name)[0]))
        if text is None:
            found.append(f"{name}: no text is known to cover it")
        elif text and not next(site.glob(text), None):
            found.append(f"{name}: its text {text} is missing")
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


def _binds(licence: str) -> bool:
    """Whether the GPL would bind Fovea: without an exception, and with no other licence to choose.

    What has parentheses is not taken apart: one part that binds is enough for somebody to look.
    """
    choices = [licence] if "(" in licence else re.split(r"\bOR\b", licence)
    parts = [re.split(r"\bAND\b|,", choice) for choice in choices]
    return all(any(_GPL.search(p) and "exception" not in p.lower() for p in c) for c in parts)


def _bundle(path: str) -> str | None:
    """What :func:`unknown_bundles` looks for a file under; None when it is no library of others."""
    folder, _, name = path.rpartition("/")
    for ending in (".libs", "/.dylibs"):
        if folder.endswith(ending):
            return folder[: -len(ending)]
    return folder if _LIBRARY.search(name) and not OWN_LIBRARIES.search(path) else None


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
