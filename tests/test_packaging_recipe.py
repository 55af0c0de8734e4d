"""The recipe of the packages: what is carried, what is left out, what stops the build."""

from __future__ import annotations

import ast
import py_compile
import shutil
import sys
from pathlib import Path

import pytest

from common import bytecode, program, records, trim, wheels
from common.commands import BuildError, even_out, files, lay, results
from common.recipe import QT_MODULES
from linux import elf, recipe, runtime, system

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "packaging" / "requirements.txt"
linux = pytest.mark.skipif(sys.platform != "linux", reason="ELF files are Linux's")


def imported_from_qt() -> set[str]:
    """The modules of PySide6 that the window imports."""
    found: set[str] = set()
    for path in (ROOT / "gui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6."):
                found.add(str(node.module).split(".")[1])
    return found


def test_the_recipe_keeps_every_part_of_qt_that_the_window_imports() -> None:
    assert imported_from_qt() - set(QT_MODULES) == set()


def test_what_is_left_out_is_pinned() -> None:
    pinned = {pin.name for pin in wheels.pins(PINS, "linux")}
    assert set(recipe.DISTRIBUTIONS_LEFT_OUT) - pinned == set()


def test_pins_depend_on_the_system() -> None:
    linux_pins, mac_pins = wheels.pins(PINS, "linux"), wheels.pins(PINS, "darwin")
    assert {pin.name for pin in linux_pins} > {pin.name for pin in mac_pins}
    assert "triton" not in {pin.name for pin in mac_pins}
    assert all(pin.version for pin in linux_pins)


def test_a_wheel_counts_by_name_and_version(tmp_path: Path) -> None:
    (tmp_path / "PySide6_Essentials-6.11.3-cp310-abi3-manylinux_2_34_x86_64.whl").touch()
    wanted = [wheels.Pin("pyside6-essentials", "6.11.3"), wheels.Pin("numpy", "2.4.6")]
    assert wheels.missing(wanted, tmp_path, recipe.PLATFORMS) == [wanted[1]]
    newer = [wheels.Pin("pyside6-essentials", "6.11.4")]
    assert wheels.missing(newer, tmp_path, recipe.PLATFORMS) == newer


def test_a_wheel_with_a_local_version_counts_as_one_of_its_version(tmp_path: Path) -> None:
    (tmp_path / "torch-2.15.0+cu130-cp311-cp311-win_amd64.whl").touch()
    assert wheels.missing([wheels.Pin("torch", "2.15.0")], tmp_path, ["win_amd64"]) == []
    other = [wheels.Pin("torch", "2.15.1")]
    assert wheels.missing(other, tmp_path, ["win_amd64"]) == other


def test_a_wheel_for_another_system_or_python_does_not_count(tmp_path: Path) -> None:
    wanted = [wheels.Pin("numpy", "2.4.6")]
    for tags in ("cp311-cp311-win_amd64", "cp312-cp312-manylinux_2_28_x86_64"):
        (tmp_path / f"numpy-2.4.6-{tags}.whl").touch()
    assert wheels.missing(wanted, tmp_path, recipe.PLATFORMS) == wanted
    assert wheels.missing(wanted, tmp_path, ["win_amd64"]) == []
    (tmp_path / "numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl").touch()
    assert wheels.missing(wanted, tmp_path, recipe.PLATFORMS) == []


def test_only_what_a_build_left_is_cleared_for_the_next(tmp_path: Path) -> None:
    for name in ("fovea_0.1.0_amd64.deb", "fovea-0.1.0-linux-x86_64.run", "SIZES"):
        lay(tmp_path / name, "")
    assert list(results(tmp_path).iterdir()) == []
    lay(tmp_path / "SIZES", "")
    lay(tmp_path / "thesis.tex", "")
    with pytest.raises(BuildError, match=r"holds other things, such as thesis\.tex"):
        results(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"SIZES", "thesis.tex"}


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("torch/testing/_internal/common_utils.py", True),
        ("torch/bin/torch_shm_manager", True),
        ("torch/lib/libtorch_cpu.so", True),
        ("nvidia/cudnn/lib/libcudnn_graph.so.9", True),
        ("imagecodecs/licenses/LICENSE-zlib", True),
        ("scipy/stats/tests/test_stats.py", False),
        ("torch/include/ATen/ATen.h", False),
        ("nvidia/cu13/lib/libcudart_static.a", False),
        ("nvidia/nvshmem/lib/libnvshmem_device_sm_90.bc", False),
        ("bin/f2py", False),
        ("onnx/backend/test/data/node/test_abs/model.onnx", False),
        ("pyqtgraph/examples/Plotting.py", False),
    ],
)
def test_what_is_left_out(path: str, kept: bool) -> None:
    assert (recipe.FILES_LEFT_OUT.search(path) is None) is kept


def test_trimming_leaves_no_empty_folders(tmp_path: Path) -> None:
    lay(tmp_path / "numpy/tests/deep/test_a.py", "")
    lay(tmp_path / "numpy/core.py", "")
    trim.trim(tmp_path, recipe.FILES_LEFT_OUT, ())
    assert [p.name for p in sorted(tmp_path.rglob("*"))] == ["numpy", "core.py"]


@linux
def test_a_library_tells_what_it_needs() -> None:
    import PySide6

    facts = elf.read(Path(PySide6.__file__).parent / "Qt/lib/libQt6Core.so.6")
    assert facts is not None
    assert "libc.so.6" in facts.needed
    assert (2, 17) <= facts.glibc <= recipe.GLIBC
    assert elf.read(Path(__file__)) is None


@linux
def test_a_library_that_nobody_brings_stops_the_build(tmp_path: Path) -> None:
    import PySide6

    library = Path(PySide6.__file__).parent / "Qt/lib/libQt6Svg.so.6"
    shutil.copy(library, tmp_path)
    with pytest.raises(BuildError, match=r"libQt6Svg\.so\.6 needs libQt6Gui\.so\.6"):
        system.packages(tmp_path)


@linux
def test_a_newer_glibc_than_promised_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import PySide6

    library = Path(PySide6.__file__).parent / "Qt/lib/libicudata.so.73"
    core = library.with_name("libQt6Core.so.6")
    for path in (library, core):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(system, "GLIBC", (2, 17))
    with pytest.raises(BuildError, match=r"libQt6Core\.so\.6 needs glibc 2\."):
        system.packages(tmp_path)


def test_a_file_that_differs_from_its_wheel_stops_the_build(tmp_path: Path) -> None:
    lay(tmp_path / "cudnn/lib.so", "as NVIDIA made it")
    expected = records.record_hash(tmp_path / "cudnn/lib.so")
    record = f"cudnn/lib.so,{expected},17\ncudnn/left_out.h,{expected},17\n"
    lay(tmp_path / "cudnn-1.0.dist-info/RECORD", record)
    assert records.unmodified(tmp_path) == 1
    lay(tmp_path / "cudnn/lib.so", "as somebody changed it")
    with pytest.raises(BuildError, match=r"cudnn/lib\.so"):
        records.unmodified(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="no links there")
def test_a_link_in_a_files_place_is_no_file_of_the_wheel(tmp_path: Path) -> None:
    lay(tmp_path / "torch/lib/libomp.dylib", "PyTorch's")
    lay(tmp_path / "sklearn-1.0.dist-info/RECORD", "sklearn/libomp.dylib,sha256=AAAA,17\n")
    (tmp_path / "sklearn").mkdir()
    (tmp_path / "sklearn/libomp.dylib").symlink_to("../torch/lib/libomp.dylib")
    assert records.unmodified(tmp_path) == 0


def test_the_program_ships_whole() -> None:
    shipped = set(program.source_files())
    sources = {
        path.relative_to(ROOT).as_posix()
        for room in ("engine", "gui")
        for path in (ROOT / room).rglob("*.py")
    }
    assert sources - shipped == set()
    assert {"LICENSE", "resources/icons/LICENSE.txt"} <= shipped
    assert not any(name.startswith(("tests/", "resources/pictures/")) for name in shipped)


@pytest.mark.skipif(sys.platform == "win32", reason="no links and modes there")
def test_times_and_rights_are_evened_out(tmp_path: Path) -> None:
    lay(tmp_path / "bin/fovea", "#!/bin/sh\n", 0o700)
    lay(tmp_path / "data", "", 0o600)
    (tmp_path / "link").symlink_to("data")
    even_out(tmp_path, 1_700_000_000)
    found = [(p.name, oct(p.lstat().st_mode)[-3:], p.lstat().st_mtime) for p in files(tmp_path)]
    assert found[:2] == [("fovea", "755", 1_700_000_000), ("data", "644", 1_700_000_000)]
    assert found[2][2] == 1_700_000_000


@linux
def test_bytecode_does_not_depend_on_times(tmp_path: Path) -> None:
    interpreter = tmp_path / runtime.INTERPRETER
    interpreter.parent.mkdir()
    interpreter.symlink_to(sys.executable)
    written = []
    for name in ("one", "two"):
        module = lay(tmp_path / name / "engine/module.py", "def f(a: int) -> int:\n    return a\n")
        py_compile.compile(str(module), doraise=True)  # dated, as an interpreter that runs does it
        bytecode.compile_all(interpreter, tmp_path / name, "/usr/lib/fovea/app")
        written.append(next(module.parent.glob("__pycache__/*.pyc")).read_bytes())
    assert written[0] == written[1]
    assert written[0][4:8] == b"\x03\0\0\0", "by hash, and checked"
