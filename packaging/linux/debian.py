"""Debian packages for one folder: fetched and unpacked by any user, the system left as it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

# Never replaced from here: the C runtime must match the loader that is running. Left out for their
# size: drivers for 3D, which Fovea's window does not use.
UNWANTED = re.compile(
    r"^(libc6|libc-bin|libcrypt1|libgcc-s1|gcc-\d+-base|libstdc\+\+6|libllvm.*|.*mesa.*|libz3-4"
    r"|libdrm.*|libvulkan.*)$"
)


class FetchError(Exception):
    """The packages could not be had; the text says why."""


def available() -> bool:
    """Whether this system has the tools."""
    return all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb"))


def fetch(packages: list[str], target: Path, work: Path) -> None:
    """Unpack ``packages`` and those of their dependencies that the system lacks into ``target``.

    ``work`` holds apt's lists and downloads and is removed at the end. Raises FetchError.
    """
    if not available():
        raise FetchError("apt-get and dpkg-deb are not there")
    apt = _private_apt(work)
    try:
        _run([*apt, "update", "-qq"])
        names = [name for name in _to_install(apt, packages) if not UNWANTED.match(name)]
        if not names:
            raise FetchError("apt-get knows nothing to install for " + " ".join(packages))
        downloads = work / "downloads"
        downloads.mkdir()
        _run([*apt, "download", "-qq", *names], cwd=downloads)
        target.mkdir(parents=True, exist_ok=True)
        for package in sorted(downloads.glob("*.deb")):
            _run(["dpkg-deb", "-x", str(package), str(target)])
    finally:
        shutil.rmtree(work, ignore_errors=True)


def unpack(packages: list[str], target: Path, work: Path) -> dict[str, str]:
    """Unpack exactly ``packages``, installed here or not, into ``target``; their versions by name.

    ``work`` is as in :func:`fetch`. Raises FetchError, also when this Debian lacks one of them.
    """
    if not available():
        raise FetchError("apt-get and dpkg-deb are not there")
    apt = _private_apt(work)
    try:
        _run([*apt, "update", "-qq"])
        downloads = work / "downloads"
        downloads.mkdir()
        _run([*apt, "download", "-qq", *packages], cwd=downloads)
        target.mkdir(parents=True, exist_ok=True)
        versions = {}
        for package in sorted(downloads.glob("*.deb")):
            _run(["dpkg-deb", "-x", str(package), str(target)])
            shown = _run(["dpkg-deb", "-W", "--showformat=${Package} ${Version}", str(package)])
            name, version = shown.split()
            versions[name] = version
        return versions
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _private_apt(work: Path) -> list[str]:
    """An apt-get command with lists and cache of its own: it needs neither root nor locks."""
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    settings = {
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work / "cache",
        "Debug::NoLocking": "1",
        "Acquire::Languages": "none",
        "Acquire::Retries": "5",
    }
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # apt would hand the download to a user who cannot enter a private home folder.
        settings["APT::Sandbox::User"] = "root"
    command = ["apt-get"]
    for key, value in settings.items():
        command += ["-o", f"{key}={value}"]
    return command


def _to_install(apt: list[str], packages: list[str]) -> list[str]:
    """What an installation of ``packages`` would add here, by apt's own reckoning."""
    try:
        return _simulate(apt, packages)
    except FetchError:
        pass  # a single unknown name spoils the whole request: ask one by one
    names: list[str] = []
    for package in packages:
        try:
            names += _simulate(apt, [package])
        except FetchError as error:
            print(f"Left out: {package} ({error})")
    return sorted(set(names))


def _simulate(apt: list[str], packages: list[str]) -> list[str]:
    plan = _run([*apt, "install", "--simulate", "--no-install-recommends", *packages])
    return re.findall(r"^Inst (\S+)", plan, flags=re.MULTILINE)


def _run(command: list[str], cwd: Path | None = None) -> str:
    """A command's standard output. Raises FetchError with its last words."""
    env = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise FetchError(f"{command[0]}: {words[-1]}")
    return done.stdout
