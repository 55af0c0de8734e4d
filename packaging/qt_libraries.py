"""The system libraries that Qt needs and a bare Linux lacks: found, fetched, or named.

Qt's wheels bring Qt itself but lean on the system for OpenGL's loader, keyboard maps, fonts and
X11. Where apt-get is there, what is missing is unpacked into ``.venv/syslibs`` (no root, nothing
outside the project changes) and every start gets its paths; elsewhere the command is printed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from environment import PYTHON, VENV, SetupError
from linux import debian

LIBRARIES = VENV / "syslibs"
BASE = ("libegl1", "libgl1", "libxkbcommon0", "libdbus-1-3", "libfontconfig1", "libglib2.0-0")
X11 = (
    "libxkbcommon-x11-0",
    "libx11-xcb1",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-sync1",
    "libxcb-xfixes0",
    "libxcb-xkb1",
)
INSTALL_COMMANDS = {
    "apt-get": "apt-get install " + " ".join(BASE + X11),
    "dnf": "dnf install libglvnd-egl libglvnd-glx libxkbcommon libxkbcommon-x11 dbus-libs "
    "fontconfig glib2 libX11-xcb xcb-util-cursor xcb-util-image xcb-util-keysyms "
    "xcb-util-renderutil xcb-util-wm",
    "zypper": "zypper install libEGL1 libGL1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 "
    "libfontconfig1 libglib-2_0-0 libX11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 "
    "libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1",
    "pacman": "pacman -S libglvnd libxkbcommon libxkbcommon-x11 dbus fontconfig glib2 libx11 "
    "xcb-util-cursor xcb-util-image xcb-util-keysyms xcb-util-renderutil xcb-util-wm",
}


def prepare() -> None:
    """Make sure that Qt loads, and its X11 side where a display is set. Raises SetupError."""
    if not sys.platform.startswith("linux"):
        return
    missing = _missing()
    if missing and debian.available():
        print("Fetching the system libraries that Qt needs: " + " ".join(missing), flush=True)
        try:
            debian.fetch([*BASE, *X11], LIBRARIES, VENV / "apt")
        except debian.FetchError as error:
            print(f"They could not be fetched: {error}", file=sys.stderr)
        missing = _missing()
    if missing:
        raise SetupError(_advice(missing))


def child_environment() -> dict[str, str]:
    """The environment for Fovea's processes: this one, with the fetched libraries and UTF-8."""
    env = dict(os.environ)
    if not any(env.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG")):
        env["LC_ALL"] = "C.UTF-8"  # Qt warns about every other bare locale
    if not LIBRARIES.is_dir():
        return env
    folders = [str(p) for root in ("usr/lib", "lib") for p in LIBRARIES.glob(root + "/*-linux-*")]
    env["LD_LIBRARY_PATH"] = os.pathsep.join([*folders, env.get("LD_LIBRARY_PATH", "")]).rstrip(":")
    for name, path in (("FONTCONFIG_PATH", "etc/fonts"), ("XKB_CONFIG_ROOT", "usr/share/X11/xkb")):
        if (LIBRARIES / path).is_dir() and not Path("/", path).is_dir():
            env.setdefault(name, str(LIBRARIES / path))
    return env


def display_opens(env: dict[str, str]) -> bool:
    """Whether a window can be shown: there is a display, and Qt, tried in a child, can open it."""
    if not sys.platform.startswith("linux"):
        return True
    if not (env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")):
        return False
    trial = "from PySide6.QtWidgets import QApplication; QApplication([])"
    try:
        done = subprocess.run(
            [str(PYTHON), "-c", trial], env=env, capture_output=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _missing() -> list[str]:
    """Sonames that the loader does not find for the parts of Qt that are going to be used."""
    plugins = (
        ["libqoffscreen.so", "libqxcb.so"] if os.environ.get("DISPLAY") else ["libqoffscreen.so"]
    )
    package = next(VENV.glob("lib*/python3*/site-packages/PySide6"))
    files = [package / f"Qt{module}.abi3.so" for module in ("Widgets", "Svg", "OpenGLWidgets")]
    files += [package / "Qt/plugins/platforms" / plugin for plugin in plugins]
    env = child_environment()
    if shutil.which("ldd") is None:
        return _missing_on_import(env)
    listing = subprocess.run(
        ["ldd", *map(str, files)], env=env, capture_output=True, text=True, check=False
    ).stdout
    return sorted(set(re.findall(r"(\S+) => not found", listing))) or _missing_on_import(env)


def _missing_on_import(env: dict[str, str]) -> list[str]:
    """What an import of Qt complains about: the judge in the end."""
    trial = "import PySide6.QtWidgets, PySide6.QtSvg"
    done = subprocess.run(
        [str(PYTHON), "-c", trial], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return []
    found = re.findall(r"(lib[\w.+-]+\.so[.\d]*): cannot open", done.stderr)
    if not found:
        raise SetupError("Qt does not load:\n" + done.stderr.strip())
    return found


def _advice(missing: list[str]) -> str:
    """Which libraries are missing, and the one command that installs them here."""
    commands = [text for tool, text in INSTALL_COMMANDS.items() if shutil.which(tool)]
    lines = commands or list(INSTALL_COMMANDS.values())
    return (
        "Qt needs system libraries that are not installed: "
        + " ".join(missing)
        + ". Install them and repeat the command:\n"
        + "\n".join("    sudo " + line for line in lines)
    )
