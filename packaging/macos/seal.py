"""The steps that need a Mac: signatures, what the carried interpreter does itself, the disk image.

Everything before them is the same on every system. macOS kills a changed program without a valid
signature, so what the build changed is signed anew, ad hoc: the signature says that nothing was
altered since, not who made it. The files of the wheels keep the signatures that they came with.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from common import program
from common.bytecode import compile_all
from common.commands import BuildError, even_out, fresh, megabytes, run
from macos import bundle, cpython

_TOOLS = ("codesign", "hdiutil")
_SIGN = ["codesign", "--force", "--sign", "-", "--timestamp=none"]
_INSTALLED = "/Applications/Fovea.app/Contents/Resources"


def need_mac(app: Path) -> None:
    """Raises BuildError, which says how far the build came, where Apple's tools are missing."""
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        raise BuildError(
            f"the disk image must be made on macOS: {' and '.join(missing)} of Apple are not on "
            "this machine. All that can be done elsewhere is done. Made so far, unsigned, without "
            f"bytecode and never started, so of no use to anybody: {app} ({megabytes(app):.0f} MB)"
        )


def seal(app: Path, framework: Path, epoch: int) -> None:
    """Sign the interpreter, add bytecode, give all files the time ``epoch``, sign the bundle.

    ``framework`` is the CPython that the bundle carries. Raises BuildError.
    """
    contents = app / "Contents"
    resources, python = contents / "Resources", contents / cpython.PROGRAM
    for path in cpython.own(contents):
        run([*_SIGN, str(path)])
    # The first start of what was just made.
    program.lay_inventory(resources / "app", python)
    for part in ("runtime", "app"):
        # By the original: the carried one heeds no PYTHONHASHSEED, as nothing of the environment.
        compile_all(framework / cpython.COMMAND, resources / part, f"{_INSTALLED}/{part}")
    even_out(app, epoch)
    for name in bundle.LAUNCHERS:
        if name != app.stem:
            run([*_SIGN, str(contents / "MacOS" / name)])
    run([*_SIGN, str(app)])
    run(["codesign", "--verify", "--strict", str(app)])


def image(app: Path, work: Path, target: Path) -> Path:
    """Write the disk image ``target`` with the bundle and a link to put it on; gives it back.

    Raises BuildError.
    """
    stage = fresh(work / "image")
    app.rename(stage / app.name)
    (stage / "Applications").symlink_to("/Applications")
    try:
        options = ["-volname", "Fovea", "-fs", "HFS+", "-format", "ULFO", "-ov", "-quiet"]
        run(["hdiutil", "create", *options, "-srcfolder", str(stage), str(target)])
        run(["hdiutil", "verify", "-quiet", str(target)])
    finally:
        (stage / app.name).rename(app)
    return target
