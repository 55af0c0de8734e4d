"""What the trial installs: the real packages, or a tiny program, around a stand-in for CPython."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path
from random import Random

from common.commands import even_out, fresh, lay
from environment import ROOT
from windows import desktop, installer, packages
from windows.recipe import DLL

WORK = ROOT / "build" / "trial-windows"


def standin(folder: Path) -> Path:
    """A folder that looks like CPython for Windows, and is the library of the running one."""
    fresh(folder)
    (folder / "DLLs").mkdir()
    library = Path(sysconfig.get_paths()["stdlib"])
    skip = shutil.ignore_patterns("site-packages", "lib-dynload", "__pycache__", "config-*", "test")
    shutil.copytree(library, folder / "Lib", ignore=skip)
    lay(folder / "LICENSE.txt", "A stand-in for CPython's licence.\n")
    for name in ("python.exe", "pythonw.exe", "python3.dll", f"{DLL}.dll"):
        lay_standin(folder / name)
    return folder


def lay_standin(target: Path) -> None:
    """A program that tells how it was started."""
    text = desktop.piece("standin.nsi", OUT=str(target.absolute()))
    installer.compile_script(lay(WORK / "standin.nsi", text))


def tiny(out: Path) -> tuple[Path, list[Path]]:
    """A program of a few files in two parts: the laid tree, and what was built of it."""
    tree = fresh(WORK / "tree")
    (tree / "runtime").mkdir()
    for name in ("python.exe", "pythonw.exe"):
        lay_standin(tree / "runtime" / name)
    lay(tree / "runtime/Lib/deep/er/module.py", "one = 1\n" * 1000)
    for number in range(200):
        lay(tree / f"runtime/Lib/many/m{number}.py", f"number = {number}\n")
    lay(tree / "app/engine/__init__.py", "one = 1\n")
    for number in (1, 2):  # large enough to be interrupted
        (tree / f"runtime/noise-{number}.bin").write_bytes(Random(number).randbytes(40_000_000))
    desktop.lay_launchers(tree)
    even_out(tree, 1_700_000_000)
    installer.PART_BYTES = 50_000_000
    return tree, installer.build(tree, "0.1.0", WORK, fresh(out))


def real(wheels: Path, out: Path) -> tuple[Path, list[Path]]:
    """The real packages around a stand-in for CPython: the laid tree, and what was built of it."""
    packages.build(wheels, out, standin(WORK / "python"))
    built = sorted(p for p in out.iterdir() if p.suffix in (".exe", ".bin"))
    work = ROOT / "build" / "work-windows"
    shutil.copyfile(work / "setup.nsi", WORK / "setup.nsi")
    return work / "tree", sorted(built, key=lambda path: path.suffix != ".exe")
