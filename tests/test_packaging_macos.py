"""The package for macOS: CPython's place, the bundle, its launchers and icon, what stops the build.

Nothing here runs on a Mac: an invented framework stands in for CPython's.
"""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import build
from common import licences, program, trim, wheels
from common.commands import BuildError, files, lay
from common.recipe import PYTHON
from environment import PINS
from macos import bundle, cpython, floor, icns, loader, notices, packages, recipe, seal
from tests.support import mach_o

posix = pytest.mark.skipif(sys.platform == "win32", reason="launchers in sh, and links")

FRAMEWORK = "/Library/Frameworks/Python.framework/Versions/3.11"
SYSTEM = "/usr/lib/libSystem.B.dylib"
FAKE_PYTHON = """#!/bin/sh
printf '%s\\n' "$$" "$0" "$@" "home:${PYTHONHOME:-none}" "path:${PYTHONPATH:-none}" \\
    "venv:${__PYVENV_LAUNCHER__:-none}" "qt:${QT_PLUGIN_PATH:-none}" "locale:${LC_CTYPE:-none}"
"""


def both(*needed: str, name: str = "") -> bytes:
    """A file for both kinds of Mac."""
    intel = mach_o.part(needed, name=name, cpu=mach_o.X86_64)
    return mach_o.fat(intel, mach_o.part(needed, name=name, macos=(10, 9)))


@pytest.fixture
def framework(tmp_path: Path) -> Path:
    """A ``Versions/3.11`` as python.org's installer lays it, with nothing that runs."""
    folder = tmp_path / "Python.framework/Versions/3.11"
    library, ssl = f"{FRAMEWORK}/Python", f"{FRAMEWORK}/lib/libssl.3.dylib"
    crypto = f"{FRAMEWORK}/lib/libcrypto.3.dylib"
    mach_o.lay(folder / "Python", both(SYSTEM, name=library))
    mach_o.lay(folder / "Resources/Python.app/Contents/MacOS/Python", both(library, SYSTEM))
    mach_o.lay(folder / "lib/libssl.3.dylib", both(crypto, name=ssl))
    mach_o.lay(folder / "lib/libcrypto.3.dylib", both(SYSTEM, name=crypto))
    mach_o.lay(folder / "lib/libtk8.6.dylib", both(SYSTEM, name=f"{FRAMEWORK}/lib/libtk8.6.dylib"))
    dynload = folder / "lib/python3.11/lib-dynload"
    mach_o.lay(dynload / "_ssl.cpython-311-darwin.so", both(ssl, crypto))
    mach_o.lay(dynload / "_tkinter.cpython-311-darwin.so", both(f"{FRAMEWORK}/lib/libtk8.6.dylib"))
    for name in ("os.py", "tkinter/__init__.py", "test/test_os.py", "site-packages/pip/a.py"):
        lay(folder / "lib/python3.11" / name, "")
    lay(folder / "bin/python3.11", "#!/bin/sh\n", 0o755)
    lay(folder / "lib/python3.11/LICENSE.txt", "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2")
    lay(folder / "include/python3.11/patchlevel.h", '#define PY_VERSION      "3.11.9"\n')
    page = "<title>x</title><style>p {}</style><p>Licence of <b>expat</b> &amp; others</p>"
    lay(folder / "Resources/English.lproj/Documentation/license.html", page)
    return folder


# --------------------------------------------------------------------------------- CPython


def test_cpython_is_found_from_wherever_the_bundle_lies(tmp_path: Path, framework: Path) -> None:
    contents = tmp_path / "Fovea.app/Contents"
    site = packages.site_of(contents)
    mach_o.lay(site / "torch/lib/libc10.dylib", mach_o.part([SYSTEM]))
    cpython.lay_python(framework, contents)
    runtime = contents / "Resources/runtime"
    laid = {p.relative_to(runtime).as_posix() for p in files(runtime)}
    assert laid == {
        "Python",
        "Python._pth",
        "lib/libcrypto.3.dylib",
        "lib/libssl.3.dylib",
        "lib/python3.11/LICENSE.txt",
        "lib/python3.11/lib-dynload/_ssl.cpython-311-darwin.so",
        "lib/python3.11/os.py",
        "lib/python3.11/site-packages/torch/lib/libc10.dylib",
    }
    found = loader.check(contents, site, contents / cpython.PROGRAM)
    asked = {needed.name for facts in found.values() for needed in facts.needed}
    assert not any(name.startswith(FRAMEWORK) for name in asked)
    assert os.access(contents / "MacOS/python3.11", os.X_OK)
    assert (contents / "MacOS/python3.11").read_bytes()[:4] == b"\xcf\xfa\xed\xfe", "not fat"
    signed = [p.relative_to(contents).as_posix() for p in cpython.own(contents)]
    assert len(signed) == 5
    assert signed[-1] == "MacOS/python3.11"
    assert not any("site-packages" in name for name in signed)


def test_an_incomplete_framework_is_refused(tmp_path: Path, framework: Path) -> None:
    with pytest.raises(BuildError, match=r"--python DIR"):
        cpython.version(tmp_path)
    (framework / "lib/libcrypto.3.dylib").unlink()
    with pytest.raises(BuildError, match=r"brings no lib/libcrypto\.3\.dylib"):
        cpython.lay_python(framework, tmp_path / "Contents")
    lay(framework / "include/python3.11/patchlevel.h", '#define PY_VERSION "3.13.1"\n')
    with pytest.raises(BuildError, match=r"names no version 3\.11"):
        cpython.version(framework)


@pytest.mark.skipif(
    sys.platform == "win32" or sys.version_info[:2] != (3, 11), reason="asks CPython 3.11 itself"
)
def test_cpython_takes_its_paths_from_the_file_and_from_nothing_else(tmp_path: Path) -> None:
    """Here beside the program; on a Mac beside the library, which CPython asks first."""
    runtime = tmp_path / "runtime"
    base = Path(sys.base_prefix)
    interpreter = runtime / Path(sys.executable).resolve().name
    runtime.mkdir()
    shutil.copy(Path(sys.executable).resolve(), interpreter)
    (runtime / "lib").symlink_to(base / "lib")
    lay(interpreter.with_name(interpreter.name + "._pth"), cpython.PATHS)
    child = "import subprocess, sys; print(sys.path); print(sys.flags.ignore_environment)"
    lay(tmp_path / "app/told.py", f"{child}\nif len(sys.argv) == 1:\n    subprocess.run(")
    with (tmp_path / "app/told.py").open("a") as module:
        module.write("[sys.executable, '-m', 'told', 'again'], check=True)\n")
    lay(tmp_path / "elsewhere/json.py", "raise SystemExit('taken from elsewhere')\n")
    lay(tmp_path / "home/.local/lib/python3.11/site-packages/a.pth", "/of/the/user\n")
    env = {
        "HOME": str(tmp_path / "home"),
        "LD_LIBRARY_PATH": str(base / "lib"),
        "PYTHONPATH": str(tmp_path / "elsewhere"),
        "PYTHONHOME": "/nowhere",
    }
    said = subprocess.run(
        [interpreter, "-m", "told"],
        env=env,
        cwd=tmp_path / "elsewhere",
        capture_output=True,
        text=True,
        check=False,
    )
    lines = said.stdout.splitlines()
    expected = [f"lib/python{PYTHON}", f"lib/python{PYTHON}/lib-dynload", cpython.SITE]
    paths = [str(runtime / name) for name in expected] + [str(tmp_path / "app")]
    assert (said.stderr, sorted(lines)) == ("", sorted([repr(paths), "1"] * 2))


# -------------------------------------------------------------------------------- the bundle


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``Contents`` of a bundle without runtime, in a folder with spaces."""
    folder = tmp_path_factory.mktemp("a place") / "My Fovea.app/Contents"
    bundle.lay_bundle(folder, "0.1.0")
    lay(folder / f"MacOS/python{PYTHON}", FAKE_PYTHON, 0o755)
    return folder


@posix
@pytest.mark.parametrize(("name", "module"), [("Fovea", "gui.app"), ("fovea-engine", "engine")])
def test_the_launchers_work_through_links_and_shut_out_other_pythons(
    tmp_path: Path, contents: Path, name: str, module: str
) -> None:
    subprocess.run(["sh", "-n", contents / "MacOS" / name], check=True)
    (tmp_path / "one").symlink_to(contents / "MacOS" / name)
    (tmp_path / "two").symlink_to("one")
    env = {"PATH": "/usr/bin:/bin", "PYTHONHOME": "/x", "PYTHONPATH": "/x", "QT_PLUGIN_PATH": "/x"}
    env["__PYVENV_LAUNCHER__"] = "/x"
    with subprocess.Popen(
        [tmp_path / "two", "my project"], env=env, cwd="/", stdout=subprocess.PIPE, text=True
    ) as started:
        said = started.communicate(timeout=30)[0].splitlines()
    assert said[0] == str(started.pid), "macOS knows the program by its process"
    assert said[1:5] == [str(contents / "MacOS/python3.11"), "-m", module, "my project"]
    assert said[5:] == ["home:none", "path:none", "venv:none", "qt:none", "locale:UTF-8"]


@pytest.fixture(scope="module")
def information(contents: Path) -> dict[str, Any]:
    return plistlib.loads((contents / "Info.plist").read_bytes())


def test_the_bundle_says_what_macos_asks(contents: Path, information: dict[str, Any]) -> None:
    assert os.access(contents / "MacOS" / information["CFBundleExecutable"], os.X_OK)
    assert (contents / "Resources" / information["CFBundleIconFile"]).is_file()
    assert information["CFBundleIdentifier"] == "org.fovea.Fovea"
    assert information["CFBundlePackageType"] == "APPL"
    assert information["CFBundleVersion"] == information["CFBundleShortVersionString"] == "0.1.0"
    assert information["LSMinimumSystemVersion"] == ".".join(map(str, recipe.FLOOR))
    assert information["LSArchitecturePriority"] == ["arm64"]
    assert information["NSHighResolutionCapable"] is True
    assert bundle.information("1.2.3rc1")["CFBundleVersion"] == "1.2.3"
    with pytest.raises(BuildError, match="does not begin with a number"):
        bundle.information("next")


def test_projects_belong_to_the_bundle(contents: Path, information: dict[str, Any]) -> None:
    (opened,), (told,) = (
        information["CFBundleDocumentTypes"],
        information["UTExportedTypeDeclarations"],
    )
    assert opened["LSItemContentTypes"] == [told["UTTypeIdentifier"]]
    assert (opened["CFBundleTypeRole"], opened["LSHandlerRank"]) == ("Editor", "Owner")
    assert told["UTTypeConformsTo"] == ["public.json"]
    tags = told["UTTypeTagSpecification"]
    assert tags["public.filename-extension"] == ["fovea"]
    mime = (Path(packages.ROOT) / "packaging/linux/pieces/fovea.xml").read_text("utf-8")
    assert f'type="{tags["public.mime-type"][0]}"' in mime, "the same as on Linux"
    for record in (opened["CFBundleTypeIconFile"], told["UTTypeIconFile"]):
        assert (contents / "Resources" / record).is_file()


def test_the_icon_holds_pictures_of_the_size_that_each_kind_means(contents: Path) -> None:
    found = icns.read(contents / "Resources/fovea.icns")
    widths = {kind.decode(): icns.size(png)[0] for kind, png in found.items()}
    single = {"ic07": 128, "ic08": 256, "ic09": 512}
    double = {"ic11": 2 * 16, "ic12": 2 * 32, "ic13": 2 * 128, "ic14": 2 * 256}
    assert widths == {**single, **double}
    assert found[b"ic07"] == (program.ICONS / "fovea-128.png").read_bytes()


def test_a_wrong_picture_or_icon_is_refused(tmp_path: Path, contents: Path) -> None:
    pictures = dict.fromkeys(icns.KINDS.values(), program.ICONS / "fovea-64.png")
    with pytest.raises(BuildError, match=r"fovea-64\.png is no PNG of 32 x 32 pixels"):
        icns.write(pictures, tmp_path / "a.icns")
    with pytest.raises(BuildError, match="no picture of 32 pixels"):
        icns.write({}, tmp_path / "a.icns")
    whole = (contents / "Resources/fovea.icns").read_bytes()
    (tmp_path / "cut.icns").write_bytes(whole[:-1])
    with pytest.raises(BuildError, match="no whole icon"):
        icns.read(tmp_path / "cut.icns")


def test_the_bundle_is_the_same_every_time(tmp_path: Path, contents: Path) -> None:
    bundle.lay_bundle(tmp_path / "Contents", "0.1.0")
    for path in files(tmp_path / "Contents"):
        same = contents / path.relative_to(tmp_path / "Contents")
        assert path.read_bytes() == same.read_bytes()
    assert (tmp_path / "Contents/Resources/app/gui/app.py").is_file()


# ------------------------------------------------------------------------ wheels and licences


def wheel(site: Path, name: str, *tags: str) -> None:
    """The tags of a distribution in ``site``."""
    lines = "".join(f"Tag: {tag}\n" for tag in tags)
    lay(site / f"{name}-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\n{lines}")


def test_the_floor_is_the_newest_macos_that_a_tag_asks_for(tmp_path: Path) -> None:
    wheel(tmp_path, "mako", "py3-none-any")
    wheel(tmp_path, "numpy", "cp311-cp311-macosx_14_0_arm64")
    wheel(tmp_path, "yaml", "cp311-cp311-macosx_10_9_x86_64", "cp311-cp311-macosx_11_0_arm64")
    wheel(tmp_path, "pyside6", "cp310-abi3-macosx_13_0_universal2")
    assert floor.of_wheels(tmp_path) == (14, 0)
    newer = recipe.FLOOR[0] + 1
    wheel(tmp_path, "torch", f"cp311-cp311-macosx_{newer}_0_arm64")
    wheel(tmp_path, "scipy", "cp311-cp311-macosx_14_0_x86_64")
    with pytest.raises(BuildError) as raised:
        floor.of_wheels(tmp_path)
    assert str(raised.value).splitlines()[1:] == [
        "scipy-1.0 is for cp311-cp311-macosx_14_0_x86_64",
        f"torch-1.0 needs macOS {newer}.0",
    ]


def test_what_is_left_out_is_pinned() -> None:
    pinned = {pin.name for pin in wheels.pins(PINS, "darwin")}
    assert set(recipe.DISTRIBUTIONS_LEFT_OUT) - pinned == set()


def test_qt_keeps_its_frameworks_and_no_more(tmp_path: Path) -> None:
    package = tmp_path / "PySide6"
    core, gui = (f"{n}.framework/Versions/A/{n}" for n in ("QtCore", "QtGui"))
    rpath = ["@loader_path/Qt/lib"]
    mach_o.lay(package / "QtGui.abi3.so", mach_o.part([f"@rpath/{gui}"], rpaths=rpath))
    mach_o.lay(package / "Qt/lib" / gui, mach_o.part([f"@rpath/{core}"], name=f"@rpath/{gui}"))
    mach_o.lay(package / "Qt/lib" / core, mach_o.part([SYSTEM]))
    mach_o.lay(package / "QtQml.abi3.so", mach_o.part())
    mach_o.lay(package / "Qt/lib/QtQml.framework/Versions/A/QtQml", mach_o.part())
    for name in ("QtCore", "QtGui", "QtQml"):
        lay(package / f"Qt/lib/{name}.framework/Resources/Info.plist", "")
    for name in ("platforms/libqcocoa", "styles/libqmacstyle", "sqldrivers/libqsqlodbc"):
        mach_o.lay(package / f"Qt/plugins/{name}.dylib", mach_o.part())
    lay(package / "__init__.py", "")
    trim.trim(tmp_path, recipe.FILES_LEFT_OUT, packages.qt.kept(package))
    assert {p.relative_to(package).as_posix() for p in files(package)} == {
        "__init__.py",
        "QtGui.abi3.so",
        f"Qt/lib/{core}",
        f"Qt/lib/{gui}",
        "Qt/lib/QtCore.framework/Resources/Info.plist",
        "Qt/lib/QtGui.framework/Resources/Info.plist",
        "Qt/plugins/platforms/libqcocoa.dylib",
        "Qt/plugins/styles/libqmacstyle.dylib",
    }


@posix
def test_one_openmp_is_left(tmp_path: Path) -> None:
    for name, content in (("sklearn/.dylibs", "old"), ("torch/lib", "new")):
        lay(tmp_path / name / "libomp.dylib", content)
    packages.link(tmp_path, recipe.LINKS)
    shutil.move(tmp_path, tmp_path.parent / "moved")
    moved = tmp_path.parent / "moved/sklearn/.dylibs/libomp.dylib"
    assert (moved.is_symlink(), moved.read_text()) == (True, "new")
    with pytest.raises(BuildError, match="the wheels bring no"):
        packages.link(tmp_path, recipe.LINKS)


def test_a_library_of_others_must_be_known_wherever_it_lies(tmp_path: Path) -> None:
    for name in (
        "PIL/.dylibs/libjpeg.62.4.0.dylib",
        "torch/lib/libtorch_cpu.dylib",
        "PySide6/libpyside6.abi3.6.11.dylib",
        "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
        "torch/_C.cpython-311-darwin.so",
    ):
        lay(tmp_path / name, "")
    assert licences.unknown_bundles(tmp_path, recipe.BUNDLED) == []
    lay(tmp_path / "torch/lib/libomp.dylib", "")
    lay(tmp_path / "torch/lib/libuv.1.dylib", "")
    lay(tmp_path / "scipy/.dylibs/libnew.dylib", "")
    lay(tmp_path / "numpy/deep/libown.dylib", "")
    gaps = licences.unknown_bundles(tmp_path, recipe.BUNDLED)
    assert [gap.split(": ")[0] for gap in gaps] == [
        "numpy/deep/libown.dylib",
        "scipy/.dylibs/libnew.dylib",
        "torch/lib/libomp.dylib",
        "torch/lib/libuv.1.dylib",
    ]
    assert "llvm-openmp/LICENSE.txt is missing" in gaps[2]


def test_cpython_and_what_is_inside_it_have_their_texts(framework: Path) -> None:
    found = notices.of_cpython(framework)
    assert [gap for notice in found for gap in licences.problems(notice)] == []
    assert [notice.name for notice in found] == ["cpython", "openssl", "sqlite", "xz"]
    assert found[0].texts[1] == ("license.html", "Licence of expat & others")
    (framework / "Resources/English.lproj/Documentation/license.html").unlink()
    gaps = licences.problems(notices.of_cpython(framework)[0])
    assert gaps == ["cpython: the text license.html is missing"]


# ------------------------------------------------------------------------------ without a Mac


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No tool of Apple, and wheels that are there already."""
    monkeypatch.setattr(seal.shutil, "which", lambda _: None)
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    monkeypatch.setattr(packages, "lay_packages", lambda *_: 0)
    return tmp_path / "build/work/macos/Fovea.app"


def test_without_apples_tools_the_build_says_so_and_fails(
    tmp_path: Path, framework: Path, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert build.main(["macos", "--python", str(framework), "--out", str(out)]) == 1
    told = capsys.readouterr().err
    assert "must be made on macOS: codesign and hdiutil of Apple are not on this machine" in told
    assert str(elsewhere) in told
    assert not out.exists()
    assert {p.name for p in (elsewhere / "Contents").iterdir()} == {
        "Info.plist",
        "MacOS",
        "Resources",
    }
    text = (elsewhere / "Contents/Resources/licences/THIRD-PARTY-NOTICES.txt").read_text("utf-8")
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in text


def test_without_cpython_the_build_says_where_to_have_it(
    tmp_path: Path, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build.main(["macos", "--python", str(tmp_path / "none")]) == 1
    told = capsys.readouterr().err
    assert "install Python 3.11 for macOS from there, or name its folder by --python DIR" in told
    assert f"Made so far, and of no use to anybody: {elsewhere}" in told


class Mac:
    """A computer whose tools of Apple only write down what they were asked to do."""

    def __init__(self, folder: Path, framework: Path) -> None:
        self.folder, self.framework = folder, framework
        self.log = folder / "log"
        write = f'printf "%s\\n" "$(basename "$0") $(basename "${{last}}")" >> "{self.log}"'
        last = 'for last in "$@"; do :; done'
        lay(folder / "tools/codesign", f"#!/bin/sh\n{last}\n{write}\n", 0o755)
        lay(folder / "tools/hdiutil", f'#!/bin/sh\n{last}\n{write}\n: > "$last"\n', 0o755)
        python = f'#!/bin/sh\n{last}\n{write}\nexec "{sys.executable}" "$@"\n'
        lay(framework / "bin/python3.11", python, 0o755)

    def lay_packages(self, _wheels: Path, contents: Path, _clock: object) -> int:
        """One distribution in place of the pinned ones."""
        site = packages.site_of(contents)
        info = site / "tiny-1.0.dist-info"
        lay(site / "tiny.py", "one = 1\n")
        lay(info / "METADATA", "Name: tiny\nVersion: 1.0\nLicense-Expression: MIT\n\n")
        lay(info / "LICENSE", "Permission is hereby granted")
        lay(info / "RECORD", f"tiny.py,,\n{info.name}/LICENSE,,\n")
        return 1

    def lay_inventory(self, _app: Path, _python: Path) -> None:
        """What the carried interpreter would do, which is none here."""
        with self.log.open("a") as log:
            log.write("inventory\n")


@posix
def test_the_steps_of_a_mac_come_in_their_order(
    tmp_path: Path, framework: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mac = Mac(tmp_path, framework)
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:{os.environ['PATH']}")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    monkeypatch.setattr(packages, "lay_packages", mac.lay_packages)
    monkeypatch.setattr(bundle, "lay_app", lambda app: lay(app / "engine/__init__.py", ""))
    monkeypatch.setattr(seal.program, "lay_inventory", mac.lay_inventory)
    out = tmp_path / "out"
    assert build.main(["macos", "--python", str(framework), "--out", str(out)]) == 0
    image = f"fovea-{program.version()}-macos-arm64.dmg"
    assert mac.log.read_text("utf-8").splitlines() == [
        "codesign Python",
        "codesign libcrypto.3.dylib",
        "codesign libssl.3.dylib",
        "codesign _ssl.cpython-311-darwin.so",
        "codesign python3.11",
        "inventory",
        "python3.11 runtime",
        "python3.11 app",
        "codesign fovea-engine",
        "codesign Fovea.app",
        "codesign Fovea.app",
        f"hdiutil {image}",
        f"hdiutil {image}",
    ]
    work = tmp_path / "build/work/macos"
    assert (work / "image/Applications").readlink() == Path("/Applications")
    assert {p.stat().st_mtime for p in files(work / "Fovea.app")} == {1_700_000_000}
    compiled = packages.site_of(work / "Fovea.app/Contents").glob("__pycache__/tiny.*.pyc")
    assert [path.read_bytes()[4:8] for path in compiled] == [b"\x03\0\0\0"], "by hash, and checked"
    assert {p.name for p in out.iterdir()} == {image, "CONTENTS", "SIZES", "SHA256SUMS"}
    contents = (out / "CONTENTS").read_text("utf-8")
    assert all(name in contents for name in ("tiny ", "cpython ", "openssl ", "setuptools"))
    assert "runs from macOS 15.0 on" in (out / "SIZES").read_text("utf-8")
