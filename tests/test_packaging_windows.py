"""The packages for Windows: what is read from PE files, what stops the build, what is installed.

The PE files are made here, byte by byte; NSIS's scripts are compiled where NSIS is.
"""

from __future__ import annotations

import io
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from common import wheels
from common.commands import BuildError, even_out, lay
from common.program import ICONS
from windows import (
    cpython,
    desktop,
    icon,
    installer,
    notices,
    packages,
    pe,
    picture,
    recipe,
    runtime,
    system,
)

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "packaging" / "requirements.txt"
BASE, OFFSET = 0x1000, 0x200
nsis = pytest.mark.skipif(shutil.which("makensis") is None, reason="NSIS is not installed")


def lay_pe(
    path: Path,
    needed: tuple[str, ...] = (),
    delayed: tuple[str, ...] = (),
    version: tuple[int, int, int, int] | None = None,
    machine: int = pe.X64,
    linker: tuple[int, int] = (14, 44),
) -> Path:
    """A PE file of one section that has import tables and a version resource."""
    body = bytearray(8)

    def put(content: bytes) -> int:
        """Add to the section; the address."""
        address = BASE + len(body)
        body.extend(content)
        return address

    names = {name: put(name.encode("ascii") + b"\0") for name in (*needed, *delayed)}
    table = b"".join(struct.pack("<5I", 0, 0, 0, names[name], 0) for name in needed)
    imports = put(table + bytes(20))
    later = b"".join(struct.pack("<8I", 1, names[n], 0, 0, 0, 0, 0, 0) for n in delayed)
    delays = put(later + bytes(32))
    resources = 0
    if version:
        high, low = version[0] << 16 | version[1], version[2] << 16 | version[3]
        info = put(b"VS_VERSION_INFO\0" + struct.pack("<4I", 0xFEEF04BD, 0x10000, high, low))
        entry = [struct.pack("<IIHHHH", 0, 0, 0, 0, 0, 1)] * 3
        deeper = 0x80000000
        tree = entry[0] + struct.pack("<II", 16, 24 | deeper)
        tree += entry[1] + struct.pack("<II", 1, 48 | deeper)
        tree += entry[2] + struct.pack("<II", 1033, 72) + struct.pack("<IIII", info, 64, 0, 0)
        resources = put(tree)
    directories = [(0, 0)] * 16
    for number, address in ((1, imports if needed else 0), (2, resources), (13, delays)):
        directories[number] = (address, 1)
    optional = struct.pack("<HBB", 0x20B, *linker).ljust(108, b"\0") + struct.pack("<I", 16)
    optional += b"".join(struct.pack("<II", *entry) for entry in directories)
    section = b".rdata\0\0" + struct.pack("<IIII", len(body), BASE, len(body), OFFSET)
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), 0) + optional
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((head + section.ljust(40, b"\0")).ljust(OFFSET, b"\0") + bytes(body))
    return path


# ------------------------------------------------------------------------------- PE and recipe


def test_a_library_tells_what_it_needs(tmp_path: Path) -> None:
    path = lay_pe(
        tmp_path / "a.dll", ("KERNEL32.dll", "c10.dll"), ("nvcuda.dll",), (3, 11, 9150, 7)
    )
    facts = pe.read(path)
    assert facts is not None
    assert (facts.needed, facts.delayed) == (("KERNEL32.dll", "c10.dll"), ("nvcuda.dll",))
    assert (facts.machine, facts.version, facts.linker) == (pe.X64, (3, 11, 9150, 7), (14, 44))


def test_what_is_no_library_and_what_is_damaged(tmp_path: Path) -> None:
    assert pe.read(Path(__file__)) is None
    path = lay_pe(tmp_path / "a.dll", ("KERNEL32.dll",))
    path.write_bytes(path.read_bytes()[: OFFSET + 10])
    with pytest.raises(ValueError, match=r"a\.dll is cut short"):
        pe.read(path)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("torch/lib/torch_cpu.dll", True),
        ("torch/lib/cudnn_graph64_9.dll", True),
        ("torch/testing/_internal/common_utils.py", True),
        ("sklearn/.libs/msvcp140.dll", True),
        ("imagecodecs/_tiff.pyd", True),
        ("torch/lib/torch_cpu.lib", False),
        ("torch/bin/protoc.exe", False),
        ("torch/lib/libiompstubs5md.dll", False),
        ("PySide6/msvcp140_1.dll", False),
        ("imagecodecs/_heif.pyd", False),
        ("share/man/man1/isympy.1", False),
    ],
)
def test_what_is_left_out(path: str, kept: bool) -> None:
    assert (recipe.FILES_LEFT_OUT.search(path) is None) is kept


def test_pins_for_windows() -> None:
    pinned = {pin.name for pin in wheels.pins(PINS, "win32")}
    assert set(recipe.DISTRIBUTIONS_LEFT_OUT) <= pinned
    assert {"torch", "colorama"} <= pinned
    assert not {name for name in pinned if name.startswith(("nvidia-", "triton"))}
    own = wheels.pins(runtime.PINS, "win32")
    assert [pin.name for pin in own] == ["msvc-runtime"]
    assert own[0].version


def test_the_wheel_with_a_local_version_is_the_one_that_is_carried(tmp_path: Path) -> None:
    for version in ("2.15.0", "2.15.0+cu130", "2.16.0+cu130"):
        info = f"torch-{version}.dist-info"
        content = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nTag: cp311-cp311-win_amd64\n",
            f"{info}/RECORD": "",
            "torch/version.py": f"version = {version!r}\n",
        }
        wheel = tmp_path / f"torch-{version}-cp311-cp311-win_amd64.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, text in content.items():
                archive.writestr(name, text)
    pin = [wheels.Pin("torch", "2.15.0")]
    wheels.install(pin, tmp_path, tmp_path / "site", recipe.PLATFORMS)
    assert (tmp_path / "site/torch/version.py").read_text() == "version = '2.15.0+cu130'\n"


def test_qt_keeps_what_its_modules_need(tmp_path: Path) -> None:
    from windows import qt

    lay_pe(tmp_path / "QtCore.pyd", ("qt6core.DLL", "pyside6.abi3.dll"))
    lay_pe(tmp_path / "Qt6Core.dll", (), ("Qt6Late.dll",))
    for name in ("Qt6Late.dll", "pyside6.abi3.dll", "Qt6Quick.dll", "opengl32sw.dll"):
        lay_pe(tmp_path / name)
    for name in ("platforms/qwindows.dll", "platforms/qdirect2d.dll", "sqldrivers/qsqlite.dll"):
        lay_pe(tmp_path / "plugins" / name)
    kept = {path.relative_to(tmp_path).as_posix() for path in qt.kept(tmp_path)}
    libraries = {name for name in kept if name.endswith((".dll", ".pyd"))}
    wanted = {"Qt6Core.dll", "Qt6Late.dll", "QtCore.pyd", "pyside6.abi3.dll"}
    assert libraries - {f"{m}.pyd" for m in recipe.recipe.QT_MODULES} == (
        wanted - {"QtCore.pyd"} | {"plugins/platforms/qwindows.dll"}
    )


# ------------------------------------------------------------------------ what stops the build


def check(below: Path) -> None:
    system.check_libraries(runtime.libraries(below), below)


def test_a_library_that_nobody_brings_stops_the_build(tmp_path: Path) -> None:
    torch = tmp_path / recipe.SITE / "torch/lib"
    lay_pe(tmp_path / "python.exe", ("KERNEL32.dll", "api-ms-win-crt-heap-l1-1-0.dll"))
    lay_pe(torch / "torch_cpu.dll", ("C10.dll", "nvcuda.dll"))
    with pytest.raises(BuildError, match=r"torch_cpu\.dll needs C10\.dll$"):
        check(tmp_path)
    lay_pe(torch / "c10.dll")
    check(tmp_path)
    lay_pe(torch / "c10.dll", (), ("of_nobody.dll",))
    with pytest.raises(BuildError, match=r"c10\.dll needs of_nobody\.dll"):
        check(tmp_path)


def test_a_library_must_lie_where_it_is_found(tmp_path: Path) -> None:
    site = tmp_path / recipe.SITE
    lay_pe(site / "torchvision/_C.pyd", ("c10.dll",))
    lay_pe(site / "elsewhere/c10.dll")
    with pytest.raises(BuildError, match=r"_C\.pyd needs c10\.dll"):
        check(tmp_path)
    lay_pe(site / "torch/lib/c10.dll")
    check(tmp_path)


def test_another_machine_and_a_newer_cxx_runtime_stop_the_build(tmp_path: Path) -> None:
    lay_pe(tmp_path / "msvcp140.dll", (), (), (14, 44, 35211, 0))
    lay_pe(tmp_path / recipe.SITE / "sklearn/.libs/msvcp140.dll", linker=(14, 51))
    own = lay_pe(tmp_path / recipe.SITE / "sklearn/tree.pyd", ("msvcp140.dll",), linker=(14, 51))
    check(tmp_path)
    lay_pe(tmp_path / recipe.SITE / "other/fast.pyd", ("msvcp140.dll",), linker=(14, 51))
    with pytest.raises(BuildError, match=r"other/fast\.pyd needs the C\+\+ runtime 14\.51$"):
        check(tmp_path)
    shutil.rmtree(tmp_path / recipe.SITE / "other")
    lay_pe(own, machine=0x14C)
    with pytest.raises(BuildError, match="32-bit x86"):
        check(tmp_path)


def test_a_library_without_a_licence_stops_the_build(tmp_path: Path) -> None:
    torch = tmp_path / recipe.SITE / "torch/lib"
    known = [lay_pe(torch / name) for name in ("c10.dll", "uv.dll", "libiomp5md.dll")]
    assert notices.gaps(known, tmp_path) == []
    assert [notice.name for notice in notices.bundled(known, tmp_path)] == ["intel-openmp"]
    planted = lay_pe(torch / "planted.dll")
    jpeg = lay_pe(tmp_path / recipe.SITE / "torchvision/jpeg8.dll")
    unknown, textless = notices.gaps([planted, jpeg], tmp_path)
    assert unknown.endswith("torch/lib/planted.dll: no text is known to cover it")
    assert textless.endswith("its text imagecodecs/licenses/LICENSE-libjpeg-turbo is missing")


def test_the_cuda_build_comes_with_the_texts_of_nvidia(tmp_path: Path) -> None:
    torch = tmp_path / recipe.SITE / "torch/lib"
    names = ("torch_cuda.dll", "cudart64_13.dll", "cublasLt64_13.dll", "cudnn64_9.dll")
    carried = [lay_pe(torch / name) for name in names]
    assert notices.gaps(carried, tmp_path) == []
    assert [n.name for n in notices.bundled(carried, tmp_path)] == ["nvidia-cuda", "nvidia-cudnn"]
    assert packages.training(tmp_path) == "trains on NVIDIA's GPUs and on the CPU"
    carried[0].unlink()
    assert "CPU only: for NVIDIA's GPUs put PyTorch's CUDA wheel" in packages.training(tmp_path)


def test_a_path_that_windows_does_not_open_stops_the_build(tmp_path: Path) -> None:
    room = recipe.LONGEST_PATH - len(recipe.USER_FOLDER)
    fits = "a" * 100 + "/" + "b" * (room - 101)
    lay(tmp_path / fits, "")
    assert system.check_paths(tmp_path) == recipe.LONGEST_PATH
    lay(tmp_path / (fits + "c"), "")
    with pytest.raises(BuildError, match="makes a path of 260 characters"):
        system.check_paths(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="no such names can be made there")
def test_names_that_windows_cannot_have_stop_the_build(tmp_path: Path) -> None:
    for name in ("Module.py", "module.py", "a:b.py"):
        lay(tmp_path / name, "")
    with pytest.raises(BuildError) as told:
        system.check_paths(tmp_path)
    assert "are one file for Windows" in str(told.value)
    assert "a:b.py is no name" in str(told.value)


# ------------------------------------------------------------------------------------- CPython


@pytest.fixture
def carried(tmp_path: Path) -> Path:
    """A folder like that of CPython for Windows."""
    folder = tmp_path / "Python311"
    for name in ("python.exe", "pythonw.exe", "python3.dll", "python311.dll"):
        lay_pe(folder / name, ("KERNEL32.dll",), (), (3, 11, 9150, 1013))
    lay(folder / "LICENSE.txt", "PSF")
    for name in ("os.py", "tkinter/__init__.py", "site-packages/pip/__init__.py", "test/a.py"):
        lay(folder / "Lib" / name, "")
    lay_pe(folder / "DLLs/_ssl.pyd", ("libssl-3.dll",))
    for name in ("libssl-3.dll", "tcl86t.dll", "_tkinter.pyd"):
        lay_pe(folder / "DLLs" / name)
    return folder


def test_a_right_cpython_is_copied_without_what_is_not_needed(
    carried: Path, tmp_path: Path
) -> None:
    assert cpython.find(carried) == carried
    assert cpython.version(carried) == "3.11.9"
    cpython.copy(carried, tmp_path / "runtime")
    found = {p.relative_to(tmp_path / "runtime").as_posix() for p in runtime_files(tmp_path)}
    wanted = {*recipe.PYTHON_FILES, "python311._pth", "Lib/os.py"}
    assert found == wanted | {"DLLs/_ssl.pyd", "DLLs/libssl-3.dll"}


def runtime_files(folder: Path) -> list[Path]:
    return [p for p in (folder / "runtime").rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("none", "there is no such folder"),
        ("other version", "it lacks python311.dll and has python312.dll"),
        ("inside", "python311.dll is of version 3.12.4"),
        ("32 bit", "python.exe is made for 32-bit x86"),
        ("script", "pythonw.exe is no program or library of Windows"),
        ("embeddable", "it is the embeddable package"),
        ("venv", "it is a virtual environment"),
        ("no library", "it lacks Lib/"),
    ],
)
def test_a_wrong_cpython_is_refused_with_the_reason(carried: Path, damage: str, words: str) -> None:
    if damage == "none":
        shutil.rmtree(carried)
    elif damage == "other version":
        (carried / "python311.dll").rename(carried / "python312.dll")
    elif damage == "inside":
        lay_pe(carried / "python311.dll", (), (), (3, 12, 4150, 1013))
    elif damage == "32 bit":
        lay_pe(carried / "python.exe", machine=0x14C)
    elif damage == "script":
        lay(carried / "pythonw.exe", "#!/bin/sh\n")
    elif damage == "embeddable":
        lay(carried / "python311.zip", "")
    elif damage == "venv":
        lay(carried / "pyvenv.cfg", "home = C:\\Python311\n")
    else:
        shutil.rmtree(carried / "Lib")
    with pytest.raises(BuildError, match=re.escape(words)):
        cpython.find(carried)


def test_a_library_of_cpython_without_a_licence_stops_the_build(
    carried: Path, tmp_path: Path
) -> None:
    lay_pe(carried / "DLLs/_new.pyd", ("new-1.dll",))
    lay_pe(carried / "DLLs/new-1.dll")
    with pytest.raises(BuildError, match=r"new-1\.dll is not known"):
        cpython.copy(carried, tmp_path / "runtime")


@pytest.mark.skipif(sys.platform != "linux", reason="links stand in for copies")
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="CPython 3.11 is carried")
def test_the_search_path_shuts_out_everything_else(tmp_path: Path) -> None:
    """The real ._pth file, read by this CPython: what it adds, and what its children find."""
    home = tmp_path / "runtime"
    home.mkdir()
    shutil.copy2(Path(sys.executable).resolve(), home / "python")
    lay(home / "python._pth", cpython.search_path().replace("\\", "/"))
    stdlib = Path(shutil.__file__).parent
    (home / "DLLs").symlink_to(stdlib / "lib-dynload")
    (home / "Lib").mkdir()
    for path in stdlib.iterdir():
        if path.name not in ("site-packages", "lib-dynload"):
            (home / "Lib" / path.name).symlink_to(path)
    lay(home / "Lib/site-packages/carried.py", "")
    lay(tmp_path / "elsewhere/stranger.py", "")
    program = (
        "import sys, multiprocessing, importlib.util\n"
        "def look(_=None):\n"
        "    found = [bool(importlib.util.find_spec(n)) for n in ('carried', 'own', 'stranger')]\n"
        "    return found, sys.flags.no_user_site or sys.flags.isolated, 'site' in sys.modules\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print([look(), *pool.map(look, [0])])\n"
    )
    lay(tmp_path / "app/own.py", program)
    elsewhere = str(tmp_path / "elsewhere")
    done = subprocess.run(
        [home / "python", "-m", "own"],
        cwd=elsewhere,
        env={"PYTHONPATH": elsewhere, "PYTHONHOME": elsewhere},
        capture_output=True,
        text=True,
        check=True,
    )
    seen = ([True, True, False], 1, False)
    assert done.stdout.strip() == str([seen, seen])


# ----------------------------------------------------------------------------------- installer


def test_the_icon_has_a_picture_for_each_size(tmp_path: Path) -> None:
    content = icon.ico(sorted(ICONS.glob("fovea-*.png")))
    kind, count = struct.unpack_from("<HH", content, 2)
    entries = [struct.unpack_from("<BBBBHHII", content, 6 + 16 * n) for n in range(count)]
    sizes = [entry[0] or 256 for entry in entries]
    assert kind == 1
    assert sizes == [16, 22, 24, 32, 48, 64, 128, 256]
    for size, (*_, length, at) in zip(sizes, entries, strict=True):
        picture = content[at : at + length]
        assert picture.startswith(b"\x89PNG")
        assert struct.unpack_from(">I", picture, 16)[0] == size
        assert picture.endswith(b"IEND\xaeB`\x82")
    with pytest.raises(ValueError, match="is no PNG"):
        icon.ico([lay(tmp_path / "fovea-16.png", "GIF89a")])


def test_the_side_picture_shows_the_icon_on_its_ground() -> None:
    from PIL import Image

    path = ICONS / "fovea-128.png"
    with Image.open(path) as expected:
        width, height, rows = picture.rgba(path)
        assert (width, height) == expected.size
        assert b"".join(rows) == expected.tobytes()
    with Image.open(io.BytesIO(picture.side_picture(path))) as made:
        assert made.size == (picture.WIDTH, picture.HEIGHT)
        assert made.getpixel((0, 0)) == made.getpixel((picture.WIDTH // 2, picture.HEIGHT - 1))
        assert made.getpixel((picture.WIDTH // 2, 96 + 6)) == (58, 86, 212)


def test_files_are_filled_into_parts_in_their_order() -> None:
    sized = [("a", 6), ("b", 4), ("c", 1), ("d", 10), ("e", 0)]
    assert installer.fill_parts(sized, 10) == [["a", "b"], ["c"], ["d", "e"]]
    with pytest.raises(BuildError, match="torch_cuda"):
        installer.fill_parts([("torch_cuda.dll", 11)], 10)


def test_the_removal_knows_every_file_and_empties_folders_from_below(tmp_path: Path) -> None:
    lay(tmp_path / "app/engine/a.py", "")
    lay(tmp_path / desktop.MANIFEST, "")
    lines = desktop.manifest(tmp_path).split("\r\n")
    assert lines == ["f app\\engine\\a.py", "d app\\engine", "d app", ""]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A program of a few files, with the real launchers and the real icon."""
    folder = tmp_path / "a small tree"
    for name in ("python.exe", "pythonw.exe"):
        lay(folder / "runtime" / name, "")
    lay(folder / "app/engine/__init__.py", "one = 1\n")
    desktop.lay_launchers(folder)
    even_out(folder, 1_700_000_000)
    return folder


def script(tree: Path, parts: list[Path]) -> str:
    sized = [(p.relative_to(tree).as_posix(), p.stat().st_size) for p in tree.rglob("*.*")]
    sized = [(name, size) for name, size in sized if (tree / name).is_file()]
    return installer.setup_script(tree, sized, parts, "1.2", tree.parent, tree.parent / "setup.exe")


def test_the_launchers_are_batch_files(tree: Path) -> None:
    for name, module in (("fovea", "gui.app"), ("fovea-engine", "engine")):
        text = (tree / f"bin/{name}.cmd").read_bytes()
        assert text.count(b"\n") == text.count(b"\r\n") > 5
        assert f'"%~dp0..\\runtime\\python.exe" -m {module} %*'.encode() in text
        for variable in (b"PYTHONPATH", b"QT_PLUGIN_PATH", b"QT_QPA_PLATFORM_PLUGIN_PATH"):
            assert b"\r\nset " + variable + b"=\r\n" in text


def test_setup_knows_its_parts_and_what_opens_a_project(tree: Path, tmp_path: Path) -> None:
    parts = [lay(tmp_path / f"fovea-1.2-{n}.bin", "x" * n) for n in (1, 2)]
    text = script(tree, parts)
    assert '  !insertmacro CheckPart "fovea-1.2-2.bin" 2' in text
    assert text.index('Unpack "fovea-1.2-1.bin"') < text.index('Unpack "fovea-1.2-2.bin"')
    command = '\'"$INSTDIR\\program\\runtime\\pythonw.exe" -m gui.app "%1"\''
    assert f'"${{CLASSES}}\\${{PROGID}}\\shell\\open\\command" "" {command}' in text
    assert '!define PROGID "Fovea.Project"' in text
    assert 'VIProductVersion "1.2.0.0"' in text
    assert "RequestExecutionLevel user" in text
    assert "CRCCheck force" in text


@nsis
@pytest.mark.parametrize("moment", [None, "between the renamings"])
def test_the_scripts_compile_without_a_warning(
    tree: Path, tmp_path: Path, moment: str | None
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    built = installer.build(tree, "1.2", tmp_path, out)
    assert [path.name for path in built] == [
        "fovea-1.2-windows-x86_64-setup.exe",
        "fovea-1.2-windows-x86_64-1.bin",
    ]
    facts = pe.read(built[0])
    assert facts is not None
    assert facts.version == (1, 2, 0, 0)
    before = [path.read_bytes() for path in built]
    if moment is None:
        assert [p.read_bytes() for p in installer.build(tree, "1.2", tmp_path, out)] == before
    else:
        installer.compile_script(tmp_path / "setup.nsi", f"-DDIES_AT={moment}")
        assert built[0].read_bytes() != before[0]


@nsis
@pytest.mark.skipif(sys.platform == "win32", reason="the signer is a line for sh")
def test_each_program_is_signed_before_its_size_is_taken(tree: Path, tmp_path: Path) -> None:
    signer = lay(tmp_path / "sign", f'echo signed >>"$1"\nbasename "$1" >>"{tmp_path}/signed"\n')
    out = tmp_path / "out"
    out.mkdir()
    setup, part = installer.build(tree, "1.2", tmp_path, out, f'sh "{signer}"')
    assert part.read_bytes().endswith(b"signed\n")
    assert f'CheckPart "{part.name}" {part.stat().st_size}' in (tmp_path / "setup.nsi").read_text()
    signed = (tmp_path / "signed").read_text().splitlines()
    assert (signed[0], signed[-1], len(signed)) == (part.name, setup.name, 3)
    with pytest.raises(BuildError, match="makensis failed"):
        installer.build(tree, "1.2", tmp_path, out, "false")


@nsis
def test_a_warning_of_the_compiler_stops_the_build(tmp_path: Path) -> None:
    text = (
        f'Target {installer.TARGET}\nOutFile "{tmp_path}/a.exe"\nVar Unused\nSection\nSectionEnd\n'
    )
    with pytest.raises(BuildError, match=r"Variable \"Unused\" not referenced"):
        installer.compile_script(lay(tmp_path / "a.nsi", text))
