"""Bytecode that is the same every time, and stays valid wherever and whenever it is copied."""

from __future__ import annotations

from pathlib import Path

from common.commands import run


def compile_all(python: Path, folder: Path, installed: str) -> None:
    """Bytecode beside every module below ``folder``, checked by the hash of its source.

    ``python`` is an interpreter of the version that will read it, ``installed`` the path that
    tracebacks show where a module is not imported from its file. One process with a fixed order
    writes the same bytes every time. Raises BuildError.
    """
    mode = ["--invalidation-mode", "checked-hash", "-s", str(folder), "-p", installed]
    # Forced: what the interpreter itself wrote when it started is dated, and would be left alone.
    command = [str(python), "-m", "compileall", "-f", "-q", *mode, str(folder)]
    run(command, env={"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"})
