"""The oldest macOS that the wheels allow by their tags."""

from __future__ import annotations

import email
import re
from pathlib import Path

from common.commands import BuildError
from macos.recipe import ARCHITECTURE, FLOOR

_TAG = re.compile(rf"macosx_(\d+)_(\d+)_({ARCHITECTURE}|universal2)$")


def of_wheels(site: Path) -> tuple[int, int]:
    """The newest macOS that the tag of a wheel in ``site`` asks for.

    Raises BuildError for wheels that ask for a newer one than promised, and for those of another
    kind of computer.
    """
    asked, wrong = {}, []
    for info in sorted(site.glob("*.dist-info")):
        metadata = email.message_from_string((info / "WHEEL").read_text(encoding="utf-8"))
        tags = [str(tag) for tag in metadata.get_all("Tag") or []]
        if all(tag.endswith("-any") for tag in tags):
            continue
        versions = [(int(m[1]), int(m[2])) for m in map(_TAG.search, tags) if m]
        name = info.name[: -len(".dist-info")]
        if not versions:
            wrong.append(f"{name} is for {', '.join(tags)}")
        elif min(versions) > FLOOR:
            wrong.append(f"{name} needs macOS {min(versions)[0]}.{min(versions)[1]}")
        else:
            asked[name] = min(versions)
    if wrong:
        promised = ".".join(map(str, FLOOR))
        raise BuildError(f"not for macOS {promised} on {ARCHITECTURE}:\n" + "\n".join(wrong))
    return max(asked.values(), default=(0, 0))
