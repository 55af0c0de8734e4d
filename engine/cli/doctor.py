"""``doctor``: what Fovea found on this computer."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
import tempfile
import warnings
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from engine import __version__
from engine.cli.output import Output, json_option, pass_output
from engine.errors import FoveaError

__all__ = ["doctor", "examine"]

_PACKAGES = (
    "torch",
    "numpy",
    "pillow",
    "pydantic",
    "scipy",
    "scikit-learn",
    "safetensors",
    "tifffile",
    "imagecodecs",
    "click",
    "filelock",
    "platformdirs",
)
_OLDEST_PYTHON = (3, 11)


@click.command(
    short_help="Show what Fovea found on this computer.", epilog="Example: python -m engine doctor"
)
@json_option
@pass_output
def doctor(out: Output) -> None:
    """Show versions, device, memory and folders, and say what is missing.

    The exit code is 1 when Fovea cannot train here.
    """
    facts = examine()
    out.result(facts)
    for name, value in facts.items():
        if name != "missing":
            out.say(f"{name.replace('_', ' '):<16} {_words(value)}")
    if facts["missing"]:
        raise FoveaError(
            "FV-O020",
            "Fovea cannot train on this computer yet.",
            where=sys.executable,
            why=" ".join(facts["missing"]),
            fix="Run the set-up that README.md starts with again.",
        )
    out.say("Everything that training needs is there.")


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part or 'missing'}" for name, part in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value in (None, "") else str(value)


def examine() -> dict[str, Any]:
    """The facts as plain values; sizes in GiB. ``missing`` lists what keeps Fovea from training."""
    versions = {name: _version(name) for name in _PACKAGES}
    absent = [name for name, found in versions.items() if not found]
    missing = [f"The package {name} is not installed." for name in absent]
    if sys.version_info[:2] < _OLDEST_PYTHON:
        missing.append(f"Python {'.'.join(map(str, _OLDEST_PYTHON))} or newer is needed.")
    here = Path.cwd()
    return {
        "fovea": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        **_compute(bool(versions["torch"])),
        "cores": os.cpu_count(),
        "memory": _memory(),
        "folder": str(here),
        "free_disk": _gib(shutil.disk_usage(here).free),
        "folder_writable": _writable(here),
        "temp_writable": _writable(Path(tempfile.gettempdir())),
        "packages": versions,
        "missing": missing,
    }


def _compute(has_torch: bool) -> dict[str, Any]:
    """Where a run with the device "auto" would compute, and why not on a graphics card."""
    if not has_torch:
        return {"device": None, "threads": None, "cuda": ""}
    import torch

    from engine.compute.device import choose_device, describe, use_threads

    use_threads(None)
    device = choose_device("auto")
    facts = {"device": describe(device), "threads": torch.get_num_threads()}
    if device.type == "cpu":
        return {**facts, "cuda": _cuda_reason()}
    memory = torch.cuda.get_device_properties(device).total_memory
    return {**facts, "cuda": torch.version.cuda, "device_memory": _gib(memory)}


def _cuda_reason() -> str:
    """Why CUDA cannot be used, in torch's own words."""
    import torch

    if torch.version.cuda is None:
        return "not available: this torch was built for the processor only"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.cuda.is_available()
    said = [str(warning.message) for warning in caught]
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:
        said.append(str(error))
    reason = next((text.splitlines()[0] for text in said if text), "no card was found")
    return f"not available: {reason}"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _memory() -> str | None:
    """The computer's memory; ``None`` where the system does not tell."""
    if sys.platform == "win32":
        total = ctypes.c_ulonglong()
        ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(total))
        return _gib(total.value * 1024)
    try:
        return _gib(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (ValueError, OSError):
        return None


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"


def _writable(folder: Path) -> bool:
    """Whether a file can be made there; tried, because modes prove nothing."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
