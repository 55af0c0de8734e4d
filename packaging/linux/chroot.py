"""A minimal Debian in a folder: made once, copied for each trial, entered with or without network.

Needs root, debootstrap and unshare. Inside, commands run in a mount and a process namespace of
their own, so nothing is left mounted.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Iterator

from common.commands import BuildError, run

USER = "learner"
HOMES = "/home"
HOME = f"{HOMES}/{USER}"
SOCKETS = str(Path("/", "tmp", ".X11-unix"))  # where every X server has them


class Chroot:
    """A minimal Debian in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def make(cls, suite: str, folder: Path, template: Path) -> Chroot:
        """A fresh copy of ``template``, which is made first when it is not there yet."""
        if not (template / "etc/debian_version").exists():
            unfinished = template.with_name(template.name + ".part")
            shutil.rmtree(template, ignore_errors=True)
            shutil.rmtree(unfinished, ignore_errors=True)
            run(["debootstrap", "--variant=minbase", suite, str(unfinished)])
            unfinished.rename(template)
        shutil.rmtree(folder, ignore_errors=True)
        run(["cp", "-a", str(template), str(folder)])
        made = cls(folder)
        made.run("useradd", "--create-home", "--shell", "/bin/sh", USER)
        return made

    def run(self, *command: str, user: str = "root", **environment: str) -> str:
        """A command's standard output, without any network interface. Raises BuildError."""
        return run(self._command(list(command), user, False, environment))

    def run_online(self, *command: str) -> str:
        """A command's standard output, run by root with the network. Raises BuildError."""
        return run(self._command(list(command), "root", True, {}))

    def start(self, *command: str, log: Path, **environment: str) -> subprocess.Popen[bytes]:
        """A command that goes on beside us, run by the user, without any network interface.

        A kill reaches only what entered the folder: a command that shall end is to read its input,
        which is a pipe.
        """
        line = self._command(list(command), USER, False, environment)
        with log.open("wb") as out:
            return subprocess.Popen(
                line, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT
            )

    def files(self) -> set[str]:
        """The paths of all files and links, but for those of the kernel and what apt fetched."""
        return set(self._walk(self.folder))

    def _walk(self, folder: Path) -> Iterator[str]:
        for path in folder.iterdir():
            name = "/" + path.relative_to(self.folder).as_posix()
            if name in ("/proc", "/sys", "/dev", "/tmp", "/run", "/var/cache/apt"):  # noqa: S108
                continue
            yield name
            if path.is_dir() and not path.is_symlink():
                yield from self._walk(path)

    def _command(
        self, command: list[str], user: str, online: bool, environment: dict[str, str]
    ) -> list[str]:
        """The command line that enters the folder; its first steps are a shell's."""
        home = "/root" if user == "root" else f"{HOMES}/{user}"
        values = {
            "HOME": home,
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
            **environment,
        }
        prepare = [
            'mount -t proc proc "$0/proc"',
            'mount --rbind /dev "$0/dev"',
            'mount -t tmpfs tmpfs "$0/tmp"',
            f'mkdir -m 1777 "$0{SOCKETS}"',
            f'if [ -d {SOCKETS} ]; then mount --bind {SOCKETS} "$0{SOCKETS}"; fi',
            'chmod 1777 "$0/tmp"',
            'root=$0; exec chroot --userspec="$1" "$root" /usr/bin/env -i -C "$2" "${@:3}"',
        ]
        spaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        spaces += [] if online else ["--net"]
        line = [*spaces, "bash", "-euc", "; ".join(prepare), str(self.folder), f"{user}:{user}"]
        return [*line, home, *(f"{key}={value}" for key, value in values.items()), *command]


def need_root() -> None:
    """Raises BuildError unless this process may make chroots."""
    if run(["id", "-u"]).strip() != "0":
        raise BuildError("a chroot is made by root: repeat the command as root")
