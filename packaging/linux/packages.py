"""From pins to two Debian packages and an installer for one user."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from common import licences, program, records, report, wheels
from common.bytecode import compile_all
from common.commands import BuildError, even_out, fresh, lay, need, results
from common.release import Release, commit_time, runtime_release
from environment import PINS, ROOT
from linux import deb, desktop, notices, runtime, selfextract, system
from linux.recipe import BUNDLED, CARRIED, DISTRIBUTIONS_LEFT_OUT, PLATFORMS

# What decides what is in the large package: files and folders of the project.
SHAPING = (
    "packaging/requirements.txt",
    "packaging/common/bytecode.py",
    "packaging/common/licences.py",
    "packaging/common/qt.py",
    "packaging/common/recipe.py",
    "packaging/common/texts",
    "packaging/common/trim.py",
    "packaging/linux/deb.py",
    "packaging/linux/notices.py",
    "packaging/linux/pieces/copyright",
    "packaging/linux/pieces/fovea-runtime.lintian",
    "packaging/linux/pieces/postrm",
    "packaging/linux/qt.py",
    "packaging/linux/recipe.py",
    "packaging/linux/runtime.py",
)


class Parts(NamedTuple):
    """What is packed: laid folders, and what the packages must say of them."""

    runtime: Path
    licences: Path
    program: Path
    share: Path
    release: Release
    runtime_release: Release
    depends: list[str]


def build(wheel_folder: Path, out: Path, python: Path | None = None) -> None:
    """Build everything for Linux into ``out``; ``python`` cannot be chosen. Raises BuildError."""
    if python is not None:
        raise BuildError("the packages for Linux carry Debian's CPython: leave out --python")
    need("dpkg-deb", "apt-get")
    work = ROOT / "build" / "work"
    clock = report.Clock()
    versions = runtime.unpack_debian(work / "debian", work / "apt")
    clock.lap("Debian's packages")
    wanted = [pin for pin in wheels.pins(PINS, "linux") if pin.name not in DISTRIBUTIONS_LEFT_OUT]
    wheels.fetch(wanted, wheel_folder, PLATFORMS)
    clock.lap("wheels")
    tree = work / "runtime"
    runtime.python(work / "debian", tree)
    runtime.packages(wanted, wheel_folder, work / "debian", tree)
    clock.lap("runtime unpacked")
    parts, contents = inspected(tree, versions, work)
    clock.lap("runtime inspected")
    compile_and_date(parts)
    clock.lap("bytecode")
    packages = pack(parts, work, results(out), clock)
    floor = "glibc " + ".".join(map(str, system.newest_glibc(tree)))
    lay(out / "CONTENTS", contents)
    lay(out / "SIZES", report.sizes(packages, installed(parts), floor))
    lay(out / "SHA256SUMS", report.sums([*packages, out / "CONTENTS", out / "SIZES"]))
    print((out / "SIZES").read_text(encoding="utf-8"))


def inspected(tree: Path, versions: dict[str, str], work: Path) -> tuple[Parts, str]:
    """The parts around the runtime in ``tree``, and the text CONTENTS. Raises BuildError.

    ``versions`` are those of the Debian packages, unpacked in ``work / "debian"``.
    """
    carried = {name: versions[name] for name in CARRIED}
    site = tree / runtime.SITE
    compared = records.unmodified(site)
    depends = system.packages(tree)
    of_debian = [notices.of_debian(work / "debian", *item) for item in sorted(carried.items())]
    found = licences.collect(site, [*of_debian, *notices.of_icu(site)], BUNDLED)
    texts, laid, share = (fresh(work / name) for name in ("licences", "program", "share"))
    lay(texts / "THIRD-PARTY-NOTICES.txt", licences.notices_text(found))
    desktop.lay_program(laid)
    program.lay_inventory(laid / "app", tree / runtime.INTERPRETER)
    desktop.lay_share(share, "fovea")
    release = Release(program.version(), commit_time("."))
    below = runtime_release(SHAPING, carried.items())
    parts = Parts(tree, texts, laid, share, release, below, depends)
    return parts, report.contents(found, site, DISTRIBUTIONS_LEFT_OUT, compared)


def compile_and_date(parts: Parts) -> None:
    """Lay bytecode beside every module, and give every file the time of its release."""
    python = parts.runtime / runtime.INTERPRETER
    compile_all(python, parts.runtime, f"/{deb.HOME}/runtime")
    compile_all(python, parts.program / "app", f"/{deb.HOME}/app")
    even_out(parts.runtime, parts.runtime_release.epoch)


def installed(parts: Parts) -> dict[str, Path]:
    """The folders of an installed Fovea by their names there."""
    return {
        "runtime": parts.runtime,
        "licences": parts.licences,
        "share": parts.share,
        "app": parts.program / "app",
        "bin": parts.program / "bin",
    }


def pack(parts: Parts, work: Path, out: Path, clock: report.Clock) -> list[Path]:
    """The packages in ``out``. Raises BuildError."""
    tree, texts, release = parts.runtime, parts.licences, parts.release
    large = deb.runtime_package(tree, texts, parts.runtime_release, parts.depends, work, out)
    small = deb.program_package(parts.program, release, parts.runtime_release, work, out)
    clock.lap("Debian packages")
    target = out / f"fovea-{release.version}-linux-x86_64.run"
    selfextract.build(installed(parts), release.version, release.epoch, target)
    clock.lap("installer")
    return [large, small, target]
