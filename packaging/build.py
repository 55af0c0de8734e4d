#!/usr/bin/env python3
"""Build Fovea's packages with one command.

    python packaging/build.py linux [--wheels DIR] [--out DIR]
    python packaging/build.py windows [--wheels DIR] [--out DIR] [--python DIR] [--sign COMMAND]

Makes in ``build/linux`` two Debian packages and an installer for one user, in ``build/windows``
setup.exe and the parts that belong to it, and beside them SIZES, CONTENTS and SHA256SUMS. Linux
needs Debian 12 with dpkg-deb, a Python from 3.8 on, pip; Windows needs NSIS and CPython 3.11, whose
folder is carried (``--python DIR`` for another). Both need the network once: wheels are kept in
``build/wheels``. packaging/README.md and packaging/windows/README.md tell what is in the packages.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from common.commands import BuildError
from environment import ROOT

SYSTEMS = ("linux", "windows")


def main(arguments: list[str]) -> int:
    """Run the command; 0 done, 1 failed, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="build.py", description="Build Fovea's packages.")
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("--wheels", type=Path, default=ROOT / "build" / "wheels", metavar="DIR")
    parser.add_argument("--out", type=Path, metavar="DIR")
    parser.add_argument("--python", type=Path, metavar="DIR", help="CPython to carry (windows)")
    parser.add_argument("--sign", metavar="COMMAND", help="signs what its path follows (windows)")
    options = parser.parse_args(arguments)
    out = options.out or ROOT / "build" / options.system
    try:
        packages = importlib.import_module(f"{options.system}.packages")
        more: dict[str, object] = {}
        if options.python:
            more["given_python"] = options.python.absolute()
        if options.sign:
            more["sign"] = options.sign
        packages.build(options.wheels.absolute(), out.absolute(), **more)
    except BuildError as error:
        print(f"\nThe packages were not built: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
