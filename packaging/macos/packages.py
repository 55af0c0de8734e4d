"""From pins to ``Fovea.app`` and the disk image that carries it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterable

from common import licences, program, records, report, trim, wheels
from common.commands import BuildError, fresh, lay, megabytes, results
from common.licences import Notice
from common.release import commit_time
from environment import PINS, ROOT
from macos import bundle, cpython, floor, loader, notices, qt, seal, symbols
from macos.recipe import (
    ARCHITECTURE,
    BUNDLED,
    DISTRIBUTIONS_LEFT_OUT,
    FILES_LEFT_OUT,
    FLOOR,
    FRAMEWORK,
    LINKS,
    PLATFORMS,
)


def build(wheel_folder: Path, out: Path, python: Path | None = None) -> None:
    """Build the bundle and its disk image into ``out``.

    ``python`` is the folder ``Versions/3.11`` of python.org's framework, where it is not in its
    usual place. Raises BuildError.
    """
    work = ROOT / "build" / "work" / "macos"
    app = fresh(work / "Fovea.app")
    clock = report.Clock()
    compared = lay_packages(wheel_folder, app / "Contents", clock)
    framework = python or Path(FRAMEWORK)
    try:
        found = lay_rest(app / "Contents", framework)
    except BuildError as error:
        so_far = f"{app}, {megabytes(app):.0f} MB, of which the wheels are checked"
        raise BuildError(f"{error}\nMade so far, and of no use to anybody: {so_far}") from error
    clock.lap("CPython and the program")
    seal.need_mac(app)
    seal.seal(app, framework, commit_time("."))
    clock.lap("signed and compiled")
    version = program.version()
    target = results(out) / f"fovea-{version}-macos-{ARCHITECTURE}.dmg"
    seal.image(app, work, target)
    clock.lap("disk image")
    site = site_of(app / "Contents")
    lay(out / "CONTENTS", report.contents(found, site, DISTRIBUTIONS_LEFT_OUT, compared))
    lay(out / "SIZES", report.sizes([target], installed(app), "macOS " + _dotted(FLOOR)))
    lay(out / "SHA256SUMS", report.sums([target, out / "CONTENTS", out / "SIZES"]))
    print((out / "SIZES").read_text(encoding="utf-8"))


def lay_packages(wheel_folder: Path, contents: Path, clock: report.Clock) -> int:
    """Lay the pinned distributions, trimmed and checked; how many files are as they came.

    Raises BuildError.
    """
    wanted = [pin for pin in wheels.pins(PINS, "darwin") if pin.name not in DISTRIBUTIONS_LEFT_OUT]
    wheels.fetch(wanted, wheel_folder, PLATFORMS)
    clock.lap("wheels")
    site = site_of(contents)
    wheels.install(wanted, wheel_folder, site, PLATFORMS)
    trim.trim(site, FILES_LEFT_OUT, qt.kept(site / "PySide6"))
    link(site, LINKS)
    clock.lap("wheels unpacked")
    compared = records.unmodified(site)
    asked = floor.of_wheels(site)
    check_licences(site, [])
    interpreter = contents / cpython.PROGRAM
    found = loader.check(site, site, interpreter)
    linked = symbols.check(found, interpreter)
    clock.lap("wheels inspected")
    print(
        f"{len(wanted)} wheels, by their tags for macOS {_dotted(asked)}; kept: "
        f"{megabytes(site):.0f} MB, {compared} files that equal the hashes in their wheels' "
        f"RECORD, {len(found)} Mach-O files for macOS "
        f"{_dotted(loader.newest_macos(found.values()))} and {linked} symbols between them",
        flush=True,
    )
    return compared


def lay_rest(contents: Path, framework: Path) -> list[Notice]:
    """Add CPython, the program and the notices, and check the whole; the notices.

    Raises BuildError.
    """
    cpython.lay_python(framework, contents)
    bundle.lay_bundle(contents, program.version())
    loader.check(contents, site_of(contents), contents / cpython.PROGRAM)
    found = check_licences(site_of(contents), notices.of_cpython(framework))
    texts = contents / "Resources/licences/THIRD-PARTY-NOTICES.txt"
    lay(texts, licences.notices_text(found))
    return found


def check_licences(site: Path, carried: Iterable[Notice]) -> list[Notice]:
    """The notices of ``site`` and those in ``carried``. Raises BuildError for gaps."""
    return licences.collect(site, carried, BUNDLED)


def link(site: Path, links: dict[str, str]) -> None:
    """Put links to files in place of their doubles. Raises BuildError when one is missing."""
    for name, leads_to in links.items():
        if not (site / name).is_file() or not (site / leads_to).is_file():
            raise BuildError(
                f"the wheels bring no {name} and {leads_to} any more: see macos/recipe"
            )
        (site / name).unlink()
        (site / name).symlink_to(os.path.relpath(site / leads_to, (site / name).parent))


def site_of(contents: Path) -> Path:
    """site-packages in a bundle's folder ``Contents``."""
    return contents / cpython.RUNTIME / cpython.SITE


def installed(app: Path) -> dict[str, Path]:
    """The folders of an installed Fovea by their names there."""
    resources = app / "Contents" / "Resources"
    found = {name: resources / name for name in ("runtime", "licences", "app")}
    return {**found, "MacOS": app / "Contents" / "MacOS"}


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
