"""A killed installer: whenever it dies, the whole old program or the whole new one starts."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.reliability.forked import scratch

__all__ = ["Home", "main"]

VERSIONS = ("0.1.0", "0.2.0")
_EPOCH = 1_700_000_000
# It starts only when every file of its version is there, as a program whose modules fit would.
_PROGRAM = """#!/bin/sh
app=$(dirname -- "$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")")/app
[ "$(cat "$app"/*.txt | sort -u | tr -d '\\n')" = "{version}" ] || exit 9
set -- "$app"/*.txt
echo "{version} $#"
"""


class Home:
    """A person's home with two versions of an installer beside it, each of ``files`` files."""

    def __init__(self, folder: Path, files: int) -> None:
        self.folder = folder / "hömé of a person"
        self.folder.mkdir()
        self.installers = {v: _installer(folder / v, v, files) for v in VERSIONS}
        self._files = files
        self._env = {"HOME": str(self.folder), "PATH": "/usr/local/bin:/usr/bin:/bin"}

    def install(self, version: str) -> subprocess.Popen[bytes]:
        """The installer of a version, running in a process group of its own."""
        return subprocess.Popen(
            ["sh", str(self.installers[version]), "--silent"],
            env=self._env,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def starts(self) -> str | None:
        """The version of the whole program that starts; None when none does."""
        command = [str(self.folder / ".local/bin/fovea")]
        done = subprocess.run(command, env=self._env, capture_output=True, text=True, check=False)
        version, _, count = done.stdout.strip().partition(" ")
        whole = done.returncode == 0 and count == str(self._files)
        return version if whole else None

    def trees(self) -> list[str]:
        """What lies in the program's folder."""
        return sorted(path.name for path in (self.folder / ".local/opt/fovea").iterdir())

    def uninstall(self) -> int:
        """Remove the program; the exit code."""
        command = [str(self.folder / ".local/opt/fovea/uninstall"), "--silent"]
        return subprocess.run(command, env=self._env, check=False).returncode


def _installer(folder: Path, version: str, files: int) -> Path:
    from common import program
    from common.commands import lay
    from linux import desktop, selfextract

    parts = {name: folder / name for name in ("bin", "runtime", "app", "share")}
    for name, module in program.PROGRAMS.items():
        launcher = desktop.piece("launcher.sh", MODULE=module, PYTHON="3.11")
        lay(parts["bin"] / name, launcher, 0o755)
    lay(parts["runtime"] / "bin/python3.11", _PROGRAM.format(version=version), 0o755)
    for number in range(files):
        lay(parts["app"] / f"{number}.txt", f"{version}\n")
    desktop.lay_share(parts["share"], "fovea")
    return selfextract.build(parts, version, _EPOCH, folder.with_suffix(".run"))


def struck(home: Home, kills: int, draw: random.Random) -> int:
    """Kill updates at random moments; after how many of them a whole program started."""
    first = home.install(VERSIONS[0])
    began = time.monotonic()
    assert first.wait(120) == 0
    takes = time.monotonic() - began
    held = 0
    for number in range(kills):
        process = home.install(draw.choice(VERSIONS))
        time.sleep(draw.random() * takes)
        # Alone, so that its children go on for a moment, or all at once as when the power fails.
        (os.killpg if number % 2 else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
        held += home.starts() is not None
    return held


def main(argv: list[str]) -> int:
    """Kills so many updates; 0 when a whole program started after each, and nothing is left."""
    parser = argparse.ArgumentParser(prog="tests.reliability installer")
    parser.add_argument("--kills", type=int, default=200)
    asked = parser.parse_args(argv)
    sys.path.append(str(Path(__file__).resolve().parents[2] / "packaging"))
    with scratch() as place:
        home = Home(Path(place), 2000)
        held = struck(home, asked.kills, random.Random(7))
        last = home.install(VERSIONS[1]).wait(120)
        swept = last == 0 and sum(name.startswith("tree-") for name in home.trees()) == 1
        gone = home.uninstall() == 0 and not (home.folder / ".local/opt/fovea").exists()
    print(f"a whole program starts: {held} of {asked.kills} kills; swept {swept}; removed {gone}")
    return int(held < asked.kills or not (swept and gone))
