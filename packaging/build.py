#!/usr/bin/env python3
"""Build Fovea's packages with one command.

    python packaging/build.py linux [--wheels DIR] [--out DIR]
    python packaging/build.py windows [--wheels DIR] [--out DIR] [--python DIR] [--sign COMMAND]
    python packaging/build.py macos [--wheels DIR] [--out DIR] [--python DIR]

Makes in ``build/linux`` two Debian packages and an installer for one user, in ``build/windows``
setup.exe and the parts that belong to it, in ``build/macos`` a disk image, and beside them SIZES,
CONTENTS and SHA256SUMS. Linux needs Debian 12 with dpkg-deb; Windows NSIS and python.org's CPython;
macOS python.org's CPython (``--python`` where it is not in its usual place). All need git, a Python
from 3.8 on, pip, and the network once: wheels are kept in ``build/wheels``. README.md here, in
windows and in macos tell what is in the packages.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from common.commands import BuildError
from environment import ROOT

SYSTEMS = ("linux", "windows", "macos")


def main(arguments: list[str]) -> int:
    """Run the command; 0 done, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="build.py", description="Build Fovea's packages.")
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("--wheels", type=Path, default=ROOT / "build" / "wheels", metavar="DIR")
    parser.add_argument("--out", type=Path, metavar="DIR")
    parser.add_argument("--python", type=Path, metavar="DIR", help="the CPython that is carried")
    parser.add_argument("--sign", metavar="COMMAND", help="signs what its path follows (windows)")
    options = parser.parse_args(arguments)
    if options.sign and options.system != "windows":
        parser.error("--sign is for windows")
    out = options.out or ROOT / "build" / options.system
    more: dict[str, object] = {"sign": options.sign} if options.sign else {}
    try:
        packages = importlib.import_module(f"{options.system}.packages")
        python = options.python.absolute() if options.python else None
        packages.build(options.wheels.absolute(), out.absolute(), python, **more)
    except BuildError as error:
        print(f"\nThe packages were not built: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
