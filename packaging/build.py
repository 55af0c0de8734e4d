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
from recipe import DISTRIBUTIONS_LEFT_OUT

SHAPING = tuple(
    f"packaging/{name}" for name in ("requirements.txt", "recipe.py", "runtime.py", "trim.py")
)


def linux(wheel_folder: Path, out: Path) -> None:
    """Build everything for Linux. Raises BuildError."""
    need("dpkg-deb", "apt-get")
    work = ROOT / "build" / "work"
    clock = report.Clock()
    release = deb.Release(program.version(), commit_time("."))

    debian = work / "debian"
    versions = runtime.unpack_debian(debian, work / "apt")
    carried = {name: versions[name] for name in runtime.CARRIED}
    runtime_release = deb.Release(runtime_version(carried), commit_time(*SHAPING))
    clock.lap("Debian's packages")

    wanted = [pin for pin in wheels.pins(PINS, "linux") if pin.name not in DISTRIBUTIONS_LEFT_OUT]
    wheels.fetch(wanted, wheel_folder, wheels.LINUX)
    clock.lap("wheels")

    tree, texts, app = work / "runtime", work / "licences", work / "program"
    runtime.python(debian, tree)
    runtime.packages(wanted, wheel_folder, debian, tree)
    compared = inspection.unmodified(tree / runtime.SITE)
    depends = inspection.system_packages(tree)
    notices = licences.collect(tree / runtime.SITE, debian, carried)
    lay(fresh(texts) / "THIRD-PARTY-NOTICES.txt", licences.notices_text(notices))
    clock.lap("runtime unpacked and inspected")

    runtime.compile_all(tree, tree, "/usr/lib/fovea/runtime")
    program.lay_program(app)
    runtime.compile_all(tree, app / "app", "/usr/lib/fovea/app")
    even_out(tree, runtime_release.epoch)
    clock.lap("bytecode")

    fresh(out)
    packages = [deb.runtime_package(tree, texts, runtime_release, depends, work, out)]
    packages += [deb.program_package(app, release, runtime_release, work, out)]
    clock.lap("Debian packages")

    share = fresh(work / "share")
    program.lay_share(share, "fovea")
    parts = {
        "runtime": tree,
        "licences": texts,
        "share": share,
        "app": app / "app",
        "bin": app / "bin",
    }
    name = f"fovea-{release.version}-linux-x86_64.run"
    packages += [selfextract.build(parts, release.version, release.epoch, out / name)]
    clock.lap("installer")

    lay(out / "CONTENTS", report.contents(notices, tree, runtime.SITE, compared))
    lay(out / "SIZES", report.sizes(packages, parts, inspection.newest_glibc(tree)))
    lay(out / "SHA256SUMS", report.sums([*packages, out / "CONTENTS", out / "SIZES"]))
    print((out / "SIZES").read_text(encoding="utf-8"))


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
