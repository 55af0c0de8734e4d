"""From pins to setup.exe and the parts beside it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from common import licences, program, report, wheels
from common.bytecode import compile_all
from common.commands import BuildError, even_out, fresh, lay, results
from common.recipe import PYTHON
from common.release import Release, commit_time
from environment import PINS, ROOT
from windows import cpython, desktop, installer, notices, runtime, system
from windows.recipe import BUNDLED, DISTRIBUTIONS_LEFT_OUT, PLATFORMS, WINDOWS

# What tracebacks show where a module is not imported from its file.
_SHOWN = "Fovea"


class Parts(NamedTuple):
    """What is laid in the folder that is packed, and what is told of it."""

    tree: Path
    contents: str
    facts: list[str]


def build(wheel_folder: Path, out: Path, python: Path | None = None, sign: str = "") -> None:
    """Build everything for Windows into ``out``. Raises BuildError.

    ``python`` is the folder of the CPython that is carried, else it is the running one;
    ``sign`` is as in :func:`installer.build`.
    """
    work = ROOT / "build" / "work-windows"
    carried = cpython.find(python)
    installer.compiler()
    interpreter = _interpreter()
    clock = report.Clock()
    wanted = [pin for pin in wheels.pins(PINS, "win32") if pin.name not in DISTRIBUTIONS_LEFT_OUT]
    own = wheels.pins(runtime.PINS, "win32")
    wheels.fetch([*wanted, *own], wheel_folder, PLATFORMS)
    clock.lap("wheels")
    tree = fresh(work / "tree")
    cpython.copy(carried, tree / "runtime")
    compared = runtime.packages(wanted, wheel_folder, tree / "runtime")
    runtime.cxx_runtime(wheel_folder, tree / "runtime")
    clock.lap("runtime unpacked")
    release = Release(program.version(), commit_time("."))
    program.lay_app(tree / "app")
    desktop.lay_launchers(tree)
    program.lay_inventory(tree / "app", interpreter or tree / "runtime" / "python.exe")
    parts = inspected(tree, carried, compared)
    clock.lap("inspected")
    compile_and_date(tree, interpreter or tree / "runtime" / "python.exe", release)
    longest = system.check_paths(tree)
    clock.lap("bytecode")
    packages = installer.build(tree, release.version, work, results(out), sign)
    clock.lap("installer")
    facts = [*parts.facts, f"longest path of a user with a long name: {longest} characters"]
    tell(packages, parts, facts, out)


def inspected(tree: Path, carried: Path, compared: int) -> Parts:
    """The laid tree with its notices, and what CONTENTS and SIZES say of it. Raises BuildError.

    ``carried`` is the CPython that was copied; ``compared`` files equal those of their wheels.
    """
    below = tree / "runtime"
    libraries = runtime.libraries(below)
    system.check_libraries(libraries, below)
    gaps = notices.gaps(libraries, below)
    if gaps:
        raise BuildError("licences have gaps:\n" + "\n".join(gaps))
    others = [cpython.notice(carried, cpython.version(carried)), *notices.bundled(libraries, below)]
    found = licences.collect(below / runtime.SITE, others, BUNDLED)
    lay(tree / "licences" / "THIRD-PARTY-NOTICES.txt", licences.notices_text(found))
    contents = report.contents(found, below / runtime.SITE, DISTRIBUTIONS_LEFT_OUT, compared)
    facts = [f"programs and libraries whose DLLs were looked up: {len(libraries)}", training(below)]
    return Parts(tree, contents, facts)


def training(below: Path) -> str:
    """What the PyTorch that is carried trains on, and how the other comes in, for the builder."""
    if runtime.trains_on_gpu(below):
        return "trains on NVIDIA's GPUs and on the CPU"
    return (
        "trains on the CPU only: for NVIDIA's GPUs put PyTorch's CUDA wheel for Windows "
        "(torch-VERSION+cuNNN-cp311-cp311-win_amd64.whl) into the folder of --wheels and repeat"
    )


def compile_and_date(tree: Path, interpreter: Path, release: Release) -> None:
    """Lay bytecode beside every module, and give every file the time of the release."""
    for name in ("runtime", "app"):
        compile_all(interpreter, tree / name, f"{_SHOWN}/{name}")
    even_out(tree, release.epoch)


def tell(packages: list[Path], parts: Parts, facts: list[str], out: Path) -> None:
    """Write CONTENTS, SIZES and SHA256SUMS beside the packages, and print the sizes."""
    on_disk = {name: parts.tree / name for name in ("runtime", "licences", "app", "bin")}
    sizes = report.sizes(packages, on_disk, WINDOWS) + "".join(f"{fact}\n" for fact in facts)
    lay(out / "CONTENTS", parts.contents)
    lay(out / "SIZES", sizes)
    lay(out / "SHA256SUMS", report.sums([*packages, out / "CONTENTS", out / "SIZES"]))
    print(sizes)


def _interpreter() -> Path | None:
    """What compiles the bytecode: None for the carried CPython, on another system the running one.

    Raises BuildError when the running one is of another version.
    """
    if sys.platform == "win32":
        return None
    if "{}.{}".format(*sys.version_info) != PYTHON:
        raise BuildError(f"on another system than Windows, run build.py with CPython {PYTHON}")
    return Path(sys.executable)
