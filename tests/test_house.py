"""The rules of the house: documented, portable, harmless, and quick to import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(p for room in ("engine", "gui") for p in (ROOT / room).rglob("*.py"))
PYTHON_FILES = sorted([*SOURCES, *ROOT.glob("tests/**/*.py"), *ROOT.glob("packaging/**/*.py")])

# Each entry argues its case; nothing is added without one.
MAY_EXECUTE: dict[str, str] = {}

EXECUTORS = {"eval", "exec", "compile", "__import__"}
PICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
# Folders of somebody's machine, written so that this line does not find itself.
MACHINE_PATHS = re.compile(r"""["'\s(](/(?:home|work|root|Users|mnt)/|[A-Za-z]:\\{1,2}Users)""")


# Qt's virtual functions whose names do not show whose they are.
QT_VIRTUALS = frozenset({"data", "event", "flags", "index", "paint", "parent", "shape"})

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
Check = Callable[[Path], list[str]]


def offences(paths: list[Path], check: Check) -> dict[str, list[str]]:
    """What ``check`` finds, by file; empty when the house is in order."""
    found = {path.relative_to(ROOT).as_posix(): check(path) for path in paths}
    return {name: lines for name, lines in found.items() if lines}


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def public_without_docstring(
    tree: ast.Module, inherited: frozenset[str] = QT_VIRTUALS
) -> list[str]:
    """Modules, classes, functions and methods that a reader may use and nobody explained.

    A method of a derived class needs none if its name is in ``inherited`` or spelled like Qt's.
    """
    found = [] if ast.get_docstring(tree) or not tree.body else ["the module"]
    for node in definitions(tree):
        if not ast.get_docstring(node):
            found.append(node.name)
        if isinstance(node, ast.ClassDef):
            known = inherited if node.bases else frozenset()
            found += [
                f"{node.name}.{method.name}"
                for method in definitions(node)
                if not ast.get_docstring(method) and not explained_elsewhere(method, known)
            ]
    return found


def definitions(owner: ast.Module | ast.ClassDef) -> list[Definition]:
    """What ``owner`` defines for others."""
    return [n for n in owner.body if isinstance(n, Definition) and not n.name.startswith("_")]


def explained_elsewhere(method: Definition, known: frozenset[str]) -> bool:
    """Overrides are explained by what they override, setters and overloads by their first form."""
    decorators = " ".join(ast.unparse(decorator) for decorator in method.decorator_list)
    qt_spelling = re.search(r"[a-z][A-Z]", method.name) is not None
    return qt_spelling or method.name in known or bool(re.search(r"\.setter|overload", decorators))


def documented_methods() -> frozenset[str]:
    """The names of all methods that some class of ours explains."""
    classes = [c for p in SOURCES for c in definitions(parse(p)) if isinstance(c, ast.ClassDef)]
    return frozenset(m.name for c in classes for m in definitions(c) if ast.get_docstring(m))


def test_everything_public_has_a_docstring() -> None:
    inherited = QT_VIRTUALS | documented_methods()
    found = offences(SOURCES, lambda path: public_without_docstring(parse(path), inherited))
    assert found == {}


def test_a_missing_docstring_is_found() -> None:
    source = (
        '"""Room."""\nclass Thing:\n    """It."""\n    def use(self): ...\n    def _own(self): ...'
    )
    assert public_without_docstring(ast.parse(source)) == ["Thing.use"]


def machine_paths(text: str) -> list[str]:
    return MACHINE_PATHS.findall(text)


def test_no_path_of_somebodys_machine() -> None:
    files = [*PYTHON_FILES, *ROOT.glob("*.toml"), *ROOT.glob("*.md"), ROOT / ".ci" / "run"]
    assert offences(files, lambda path: machine_paths(path.read_text(encoding="utf-8"))) == {}


def test_a_machine_path_is_found() -> None:
    assert machine_paths('open("' + "/home" + '/ann/x")') != []


def back_doors(tree: ast.Module) -> list[str]:
    """Submodules of numpy and torch that a module imports before the library itself.

    Python does not wait for a library that another thread is importing when one of its submodules
    is asked for: both threads then run its beginning at once, and one of them fails.
    """
    entered: set[str] = set()
    found = []
    for node in tree.body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            library, _, rest = name.partition(".")
            if rest and library in ("numpy", "torch") and library not in entered:
                found.append(name)
            entered.add(library)
    return found


def test_libraries_are_entered_by_their_front_door() -> None:
    assert offences(SOURCES, lambda path: back_doors(parse(path))) == {}


def test_a_back_door_is_found() -> None:
    source = "from numpy.typing import NDArray\nimport torch\nfrom torch.nn import functional"
    assert back_doors(ast.parse(source)) == ["numpy.typing"]


def dangers(tree: ast.Module) -> list[str]:
    """Calls that run text as code and imports of modules that unpickle."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found += [node.func.id] if node.func.id in EXECUTORS else []
        elif isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in PICKLERS]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module] if node.module.split(".")[0] in PICKLERS else []
        elif isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "weights_only"):
            safe = node.arg == "weights_only"
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            found += [] if value is safe else [f"{node.arg}={ast.unparse(node.value)}"]
    return found


def test_nothing_runs_what_a_file_says() -> None:
    found = offences(SOURCES, lambda path: dangers(parse(path)))
    assert {name: found[name] for name in found if name not in MAY_EXECUTE} == {}
    assert [name for name in MAY_EXECUTE if name not in found] == [], "take these off the list"


@pytest.mark.parametrize(
    "source",
    ["eval('1')", "import pickle", "from joblib import load", "f(allow_pickle=True)"],
)
def test_a_danger_is_found(source: str) -> None:
    assert len(dangers(ast.parse(source))) == 1


@pytest.mark.parametrize(
    "module", ["engine", "engine.project", "engine.graph", "engine.layers", "engine.data"]
)
def test_importing_costs_no_torch(module: str) -> None:
    assert loaded_by(module) & {"torch", "PySide6", "scipy", "sklearn", "gui"} == set()


def test_the_window_appears_before_torch() -> None:
    pytest.importorskip("PySide6", reason="Qt is not installed")
    assert "torch" not in loaded_by("gui.app")


def loaded_by(module: str) -> set[str]:
    """The names of the packages that importing ``module`` loads, in a Python of its own."""
    code = f"import sys, {module}; print(*{{n.split('.')[0] for n in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_only_the_runner_starts_threads() -> None:
    """import-linter keeps Python's threads out of the window; this finds Qt's.

    The watchdog's own looks on while the window, and with it the runner, stands still.
    """
    starts = re.compile(r"\b(QThread\(|QThread\)|QThreadPool|QRunnable|QtConcurrent|Thread\()")
    free = {ROOT / "gui" / "runner.py", ROOT / "gui" / "watchdog.py"}
    rooms = [path for path in ROOT.glob("gui/**/*.py") if path not in free]
    assert offences(rooms, lambda path: starts.findall(path.read_text(encoding="utf-8"))) == {}
