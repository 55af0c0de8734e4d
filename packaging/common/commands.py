"""Commands that the build runs, files that it lays: loud when they fail, the same every time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

_OURS = re.compile(r"^(fovea[-_].+\.(deb|run|exe|bin|dmg)|CONTENTS|SIZES|SHA256SUMS)$")


class BuildError(Exception):
    """The packages cannot be built; the text says why and what to do."""


def run(command: list[str], cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """A command's standard output; ``env`` is added to the environment. Raises BuildError."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise BuildError(f"{command[0]} does not start: {error}") from error
    if done.returncode != 0:
        words = f"{done.stdout.strip()}\n{done.stderr.strip()}".strip().splitlines()[-15:]
        raise BuildError(f"{Path(command[0]).name} failed:\n" + "\n".join(words))
    return done.stdout


def need(*tools: str) -> None:
    """Raises BuildError when one of ``tools`` is not on the PATH."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise BuildError("not on the PATH: " + ", ".join(missing))


def fresh(folder: Path) -> Path:
    """``folder``, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def results(folder: Path) -> Path:
    """``folder`` for what is built, without what an earlier build left in it.

    Raises BuildError when it holds anything else: nothing of others is ever deleted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    old = list(folder.iterdir())
    for path in old:
        if not _OURS.search(path.name) or not path.is_file():
            raise BuildError(f"{folder} holds other things, such as {path.name}: choose another")
    for path in old:
        path.unlink()
    return folder


def lay(path: Path, content: str, mode: int = 0o644) -> Path:
    """Write a text file with its folders; gives back ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8"))
    path.chmod(mode)
    return path


def files(folder: Path) -> list[Path]:
    """Every file and link below ``folder``, in an order that does not depend on the disk."""
    return sorted(p for p in folder.rglob("*") if p.is_symlink() or not p.is_dir())


def even_out(folder: Path, epoch: int) -> None:
    """Give everything below ``folder`` the same owner's rights and the time ``epoch`` (seconds)."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink():
            os.utime(path, (epoch, epoch), follow_symlinks=False)
            continue
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)
        os.utime(path, (epoch, epoch))


def megabytes(folder: Path) -> float:
    """What the files below ``folder`` hold, in MB (10^6 bytes)."""
    return sum(p.lstat().st_size for p in files(folder)) / 1e6
