"""The virtual environment: ``.venv`` in the project's root, with the pinned packages, made once.

Order of events: find a Python, make the environment, install the pins, write the stamp. The stamp
comes last, so an interrupted set-up is noticed by the next call and begun anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator

from linux import debian

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "fovea-stamp.json"
UNFINISHED = VENV / "fovea-unfinished"
PINS = ROOT / "packaging" / "requirements.txt"
TEST_PINS = ROOT / "packaging" / "requirements-test.txt"
TESTED = ((3, 11), (3, 12), (3, 13))


class SetupError(Exception):
    """The set-up cannot go on; the text says why and what to do."""


def prepare(tests: bool) -> None:
    """Make ``.venv`` hold the pinned packages, with those of the checks if ``tests``.

    Returns at once when it does already. Raises SetupError.
    """
    pins = [PINS, TEST_PINS] if tests else [PINS]
    if _stamped(pins):
        return
    with _only_one():
        if _stamped(pins):
            return
        if UNFINISHED.exists() or not _healthy() or _moved():
            _make()
        _install(pins[-1])
        _write_stamp(pins)


# ------------------------------------------------------------------------------- the stamp


def _hashes(pins: list[Path]) -> dict[str, str]:
    return {pin.name: hashlib.sha256(pin.read_bytes()).hexdigest() for pin in pins}


def _read_stamp() -> dict[str, object]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _stamped(pins: list[Path]) -> bool:
    stamp = _read_stamp()
    wanted = {"root": str(ROOT), **_hashes(pins)}
    finished = PYTHON.exists() and not UNFINISHED.exists()
    return finished and all(stamp.get(key) == value for key, value in wanted.items())


def _write_stamp(pins: list[Path]) -> None:
    """Last of all: the pins that are in place, and where (environments do not survive a move)."""
    text = json.dumps({**_read_stamp(), "root": str(ROOT), **_hashes(pins)}, indent=1)
    temporary = STAMP.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(STAMP)


def _moved() -> bool:
    stamp = _read_stamp()
    return bool(stamp) and stamp.get("root") != str(ROOT)


# ------------------------------------------------------------------------ the environment


def _version(python: str) -> tuple[int, ...] | None:
    """The version a Python reports, or None when it does not run (pyenv's shims, for example)."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [python, "-c", code], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return tuple(int(part) for part in answer.stdout.split())


def _find_python() -> str:
    """A tested Python: the running one, else one on the PATH. Raises SetupError."""
    running = sys.version_info[:2]
    if running in TESTED:
        return sys.executable
    for major, minor in reversed(TESTED):
        found = shutil.which(f"python{major}.{minor}")
        if found and _version(found) == (major, minor):
            return found
    if running > TESTED[-1]:
        print("Python {}.{} is newer than those Fovea is tested with.".format(*running))
        return sys.executable
    raise SetupError(
        "Fovea needs Python 3.11, 3.12 or 3.13; this is {}.{} and no other was found on the "
        "PATH. Install one (for example: apt install python3.11 python3.11-venv) and repeat "
        "the command.".format(*running)
    )


def _healthy() -> bool:
    """Whether ``.venv`` is an environment that runs, has pip, and is new enough."""
    version = _version(str(PYTHON)) if PYTHON.exists() else None
    return version is not None and version >= TESTED[0] and _runs([str(PYTHON), "-m", "pip", "-V"])


def _runs(command: list[str], **more: str) -> bool:
    """Whether a command ends well; ``more`` goes into its environment."""
    try:
        done = subprocess.run(command, capture_output=True, env={**os.environ, **more}, check=False)
    except OSError:
        return False
    return done.returncode == 0


def _make() -> None:
    """A fresh, empty environment with pip. Raises SetupError."""
    python = _find_python()
    print(f"Making the environment {VENV} with {python}", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    if _runs([python, "-m", "venv", str(VENV)]):
        return
    # Debian and Ubuntu split ensurepip into a package of its own (python3-venv).
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run(
        [python, "-m", "venv", "--without-pip", str(VENV)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise SetupError(f"{python} cannot make a virtual environment:\n{made.stderr.strip()}")
    if not (_pip_from_system(python) or _pip_from_debian()):
        raise SetupError(
            "this Python comes without pip and ensurepip, and none was found on the system. "
            "Install them (Debian, Ubuntu: apt install python3-venv; Fedora, openSUSE: the package "
            "python3-pip) and repeat the command."
        )


def _pip_from_system(python: str) -> bool:
    """Put pip into the environment with a pip found outside it (22.3 or newer has --python)."""
    outside = [[python, "-m", "pip"], ["pip3"], ["pip"]]
    install = ["--python", str(PYTHON), "--disable-pip-version-check", "install", "pip"]
    return any(_runs([*pip, *install]) for pip in outside)


def _pip_from_debian() -> bool:
    """Put pip into the environment from Debian's package of its wheel."""
    unpacked = VENV / "pip-wheel"
    try:
        debian.fetch(["python3-pip-whl"], unpacked, VENV / "apt")
    except debian.FetchError as error:
        print(f"No pip from the distribution either: {error}")
        return False
    wheels = list(unpacked.glob("usr/share/python-wheels/pip-*.whl"))
    if not wheels:
        return False
    install = [str(PYTHON), "-m", "pip", "install", "--no-index", str(wheels[0])]
    done = _runs(install, PYTHONPATH=str(wheels[0]))
    shutil.rmtree(unpacked, ignore_errors=True)
    return done


# ---------------------------------------------------------------------------- the packages


def _install(pins: Path) -> None:
    """Install the pins and the project itself. Raises SetupError."""
    print(f"Installing the packages of {pins.name} (once; some 3 GB on Linux)", flush=True)
    # A set-up that is killed here may leave half a package, which pip takes for a whole one.
    UNFINISHED.touch()
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--retries", "10"]
    project = ["--no-deps", "--no-build-isolation", "--quiet", "--editable", str(ROOT)]
    for arguments in (["--timeout", "60", "-r", str(pins)], project):
        status = subprocess.call([*pip, *arguments], cwd=ROOT)
        if status != 0:
            UNFINISHED.unlink()  # pip itself gave up, in good order
            raise SetupError(
                "pip could not install the packages (its message is above). Mostly the network is "
                "the reason: repeat the command when it is back; what was downloaded is kept."
            )
    UNFINISHED.unlink()


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Let a second set-up wait for the first (where the system has file locks)."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (ROOT / ".venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("Another set-up is running; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
