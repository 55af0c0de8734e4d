#!/usr/bin/env python3
"""Build Fovea's packages with one command.

    python packaging/build.py linux [--wheels DIR] [--out DIR]

Makes in ``build/linux`` two Debian packages and an installer for one user, and beside them SIZES,
CONTENTS and SHA256SUMS. Needs Debian 12 with dpkg-deb, a Python from 3.8 on, pip, and the network
once: wheels are kept in ``build/wheels``. packaging/README.md tells what is in the packages.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

import deb
import inspection
import licences
import program
import report
import runtime
import selfextract
import wheels
from commands import BuildError, even_out, fresh, lay, need, run
from environment import PINS, ROOT
from recipe import CARRIED, DISTRIBUTIONS_LEFT_OUT

SHAPING = tuple(
    f"packaging/{name}" for name in ("requirements.txt", "recipe.py", "runtime.py", "trim.py")
)


class Parts(NamedTuple):
    """What is packed: laid folders, and what the packages must say of them."""

    runtime: Path
    licences: Path
    program: Path
    share: Path
    release: deb.Release
    runtime_release: deb.Release
    depends: list[str]


def linux(wheel_folder: Path, out: Path) -> None:
    """Build everything for Linux. Raises BuildError."""
    need("dpkg-deb", "apt-get")
    work = ROOT / "build" / "work"
    clock = report.Clock()
    versions = runtime.unpack_debian(work / "debian", work / "apt")
    clock.lap("Debian's packages")
    wanted = [pin for pin in wheels.pins(PINS, "linux") if pin.name not in DISTRIBUTIONS_LEFT_OUT]
    wheels.fetch(wanted, wheel_folder, wheels.LINUX)
    clock.lap("wheels")
    tree = work / "runtime"
    runtime.python(work / "debian", tree)
    runtime.packages(wanted, wheel_folder, work / "debian", tree)
    clock.lap("runtime unpacked")
    parts, contents = inspected(tree, versions, work)
    clock.lap("runtime inspected")
    compile_and_date(parts)
    clock.lap("bytecode")
    packages = pack(parts, work, fresh(out), clock)
    lay(out / "CONTENTS", contents)
    lay(out / "SIZES", report.sizes(packages, installed(parts), inspection.newest_glibc(tree)))
    lay(out / "SHA256SUMS", report.sums([*packages, out / "CONTENTS", out / "SIZES"]))
    print((out / "SIZES").read_text(encoding="utf-8"))


def inspected(tree: Path, versions: dict[str, str], work: Path) -> tuple[Parts, str]:
    """The parts around the runtime in ``tree``, and the text CONTENTS. Raises BuildError.

    ``versions`` are those of the Debian packages, unpacked in ``work / "debian"``.
    """
    carried = {name: versions[name] for name in CARRIED}
    compared = inspection.unmodified(tree / runtime.SITE)
    depends = inspection.system_packages(tree)
    notices = licences.collect(tree / runtime.SITE, work / "debian", carried)
    texts, app, share = (fresh(work / name) for name in ("licences", "program", "share"))
    lay(texts / "THIRD-PARTY-NOTICES.txt", licences.notices_text(notices))
    program.lay_program(app)
    program.lay_inventory(app, tree / runtime.INTERPRETER)
    program.lay_share(share, "fovea")
    release = deb.Release(program.version(), commit_time("."))
    runtime_release = deb.Release(runtime_version(carried), commit_time(*SHAPING))
    parts = Parts(tree, texts, app, share, release, runtime_release, depends)
    return parts, report.contents(notices, tree, runtime.SITE, compared)


def compile_and_date(parts: Parts) -> None:
    """Lay bytecode beside every module, and give every file the time of its release."""
    runtime.compile_all(parts.runtime, parts.runtime, f"/{deb.HOME}/runtime")
    runtime.compile_all(parts.runtime, parts.program / "app", f"/{deb.HOME}/app")
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


def runtime_version(carried: dict[str, str]) -> str:
    """Day and content of the runtime: changes with the pins, the recipe and Debian's versions."""
    digest = hashlib.sha256(repr(sorted(carried.items())).encode("utf-8"))
    for name in SHAPING:
        digest.update((ROOT / name).read_bytes())
    day = time.strftime("%Y.%m.%d", time.gmtime(commit_time(*SHAPING)))
    return f"{day}+{digest.hexdigest()[:10]}"


def commit_time(*paths: str) -> int:
    """When one of ``paths`` was last committed, or SOURCE_DATE_EPOCH. Raises BuildError."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return int(given)
    try:
        return int(run(["git", "log", "-1", "--format=%ct", "--", *paths], cwd=ROOT))
    except (BuildError, ValueError) as error:
        raise BuildError(
            "the packages are dated by the last commit, and git does not tell it: build from a "
            "clone, or set SOURCE_DATE_EPOCH"
        ) from error


def main(arguments: list[str]) -> int:
    """Run the command; 0 done, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="build.py", description="Build Fovea's packages.")
    parser.add_argument("system", choices=["linux"])
    parser.add_argument("--wheels", type=Path, default=ROOT / "build" / "wheels", metavar="DIR")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "linux", metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        linux(options.wheels.absolute(), options.out.absolute())
    except BuildError as error:
        print(f"\nThe packages were not built: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
