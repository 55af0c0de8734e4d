"""A Windows of Wine's in a folder of its own, for the trial of the installer."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Callable

from common.commands import BuildError

_SECONDS = 500


class Wine:
    """Programs, files and registry of a Wine prefix in ``folder``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        quiet = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}
        self._env = {**os.environ, "WINEPREFIX": str(folder), "WINEARCH": "win64", **quiet}
        self.run("wineboot", "-i")

    @property
    def home(self) -> Path:
        """The user's folder."""
        return next(p for p in (self.folder / "drive_c/users").iterdir() if p.name != "Public")

    @property
    def temp(self) -> Path:
        """What the user's programs have as %TEMP%."""
        return next(p for p in (self.home / "AppData/Local/Temp", self.home / "Temp") if p.is_dir())

    def path(self, name: str) -> Path:
        """The file here that is ``name`` on drive C."""
        return self.folder / "drive_c" / name

    def run(self, *command: object) -> int:
        """Run a program to its end; its exit code."""
        return subprocess.run(
            ["wine", *map(str, command)],
            env=self._env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        ).returncode

    def line(self, command: str) -> int:
        """Run a line as a batch file has it, whose quotes reach the program as they are."""
        batch = self.path("trial.bat")
        batch.write_bytes(f"@{command}\r\n@exit %ERRORLEVEL%\r\n".encode("ascii"))
        try:
            return self.run("cmd", "/c", "C:\\trial.bat")
        finally:
            batch.unlink()

    def start(self, *command: object) -> subprocess.Popen[bytes]:
        """A program that goes on beside us."""
        return subprocess.Popen(
            ["wine", *map(str, command)],
            env=self._env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def registry(self) -> set[str]:
        """What the user's registry holds, as lines ``[key] value``."""
        target = self.path("trial.reg")
        self.run("reg", "export", "HKCU", "C:\\trial.reg", "/y")
        text = target.read_text(encoding="utf-16")
        target.unlink()
        key, found = "", set()
        for line in text.splitlines():
            key = line if line.startswith("[") else key
            if line:
                found.add(line if line == key else f"{key} {line}")
        return found

    def value(self, key: str, name: str) -> str:
        """A value of the user's registry; '' when there is none, or no text."""
        done = subprocess.run(
            ["wine", "reg", "query", f"HKCU\\{key}", *(["/v", name] if name else ["/ve"])],
            env=self._env,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        for line in done.stdout.splitlines():
            for kind in ("REG_SZ", "REG_DWORD"):
                before, found, after = line.partition(kind)
                if found and before.startswith(" "):
                    return after.strip()
        return ""

    def be(self, version: str) -> None:
        """Call itself this Windows from now on, as ``win7`` or ``win10``."""
        self.run("winecfg", "-v", version)

    def end(self) -> None:
        """End what still runs in it."""
        subprocess.run(["wineserver", "-k"], env=self._env, check=False)


def wait_until(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for something to become true. Raises BuildError."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise BuildError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.02)
