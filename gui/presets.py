"""Settings that an administrator presets for everybody on a computer, by one file."""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["NO_PRESETS", "Presets", "preset_files", "read_presets"]

_NAME = "settings.ini"
_SECTIONS = ("defaults", "locked")
_YES_NO = {"yes": "true", "no": ""}
_CHOICES: dict[str, Mapping[str, str] | None] = {
    "theme": {"system": "system", "light": "light", "dark": "dark"},
    "apart": _YES_NO,
    "show_computer": _YES_NO,
    "projects_folder": None,  # an absolute path
}
"""What can be preset: each word with its value, as the settings keep it."""
_LIMIT = 100_000


@dataclass(frozen=True)
class Presets:
    """What an administrator's file says.

    Attributes:
        file: the file, ``None`` where there is none.
        values: by name, as the settings keep them.
        locked: the names that a person cannot change.
        trouble: why the file is ignored as a whole, in a sentence; empty when it is not.
    """

    file: Path | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    trouble: str = ""


NO_PRESETS = Presets()


def preset_files() -> tuple[Path, ...]:
    """Where the file is looked for, the first that there is counts.

    ``FOVEA_DEFAULTS`` names another one, alone.
    """
    if named := os.environ.get("FOVEA_DEFAULTS", ""):
        return (Path(named),)
    if sys.platform == "win32":
        return (Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData"), "Fovea", _NAME),)
    if sys.platform == "darwin":
        return (Path("/Library/Application Support/Fovea", _NAME),)
    shared = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    places = [Path(place, "fovea", _NAME) for place in shared.split(":") if place]
    return (Path("/etc/fovea", _NAME), *places)


def read_presets() -> Presets:
    """The presets of this computer; a file that cannot be understood is ignored as a whole.

    Half of an administrator's settings could be worse than none. Never raises.
    """
    for file in preset_files():
        try:
            with open(file, "rb") as opened:
                text = opened.read(_LIMIT).decode("utf-8-sig")
            return _parsed(file, text)
        except FileNotFoundError:
            continue
        except UnicodeDecodeError:
            return Presets(file, trouble="It is not UTF-8 text.")
        except OSError as error:
            return Presets(file, trouble=f"It cannot be read: {error.strerror or error}.")
    return NO_PRESETS


def _parsed(file: Path, text: str) -> Presets:
    parser = configparser.ConfigParser(interpolation=None, default_section="-")
    try:
        parser.read_string(text)
        read = {section: _section(parser, section) for section in parser.sections()}
    except configparser.Error as error:
        line = getattr(error, "lineno", None) or next(iter(getattr(error, "errors", [])), [""])[0]
        where = f"line {line} is" if line else "a line is"
        return Presets(file, trouble=f"In it, {where} not “name = value” below “[defaults]”.")
    except _Wrong as error:
        return Presets(file, trouble=str(error))
    locked = read.get("locked", {})
    return Presets(file, read.get("defaults", {}) | locked, frozenset(locked))


class _Wrong(Exception):
    """Says in a sentence what a file has that it should not."""


def _section(parser: configparser.ConfigParser, section: str) -> dict[str, str]:
    if section not in _SECTIONS:
        raise _Wrong(f"It has “[{section:.40}]”; known are [defaults] and [locked].")
    found = {}
    for name, value in parser[section].items():
        if name not in _CHOICES:
            raise _Wrong(f"It sets “{name:.40}”; known are {', '.join(_CHOICES)}.")
        words = _CHOICES[name]
        value = value.strip()
        if words is None:
            found[name] = _absolute(name, value)
        elif value.lower() not in words:
            raise _Wrong(f"“{name}” is “{value:.60}”; expected is {' or '.join(words)}.")
        else:
            found[name] = words[value.lower()]
    return found


def _absolute(name: str, value: str) -> str:
    """The path that ``value`` means on this computer; no system takes a null within one."""
    shown = value.replace("\0", "�")
    wrong = _Wrong(f"“{name}” is “{shown:.60}”; an absolute path is expected.")
    try:
        path = Path(value).expanduser()
    except (RuntimeError, ValueError, OSError) as error:  # "~name" of nobody who is known here
        raise wrong from error
    if not path.is_absolute() or "\0" in value:
        raise wrong
    return str(path)
