"""``doctor``: what Fovea found on this computer."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from dataclasses import asdict
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
@click.option("--train", is_flag=True, help="Also train for ten seconds, on the card and without.")
@click.option(
    "--save",
    "target",
    metavar="FILE.zip",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Save diagnostics: versions, this computer, settings and logs, without images or names.",
)
@click.option(
    "--project",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="With --save: also how many of what kind are in the project DIR.",
)
@json_option
@pass_output
def doctor(out: Output, train: bool, target: Path | None, project: Path | None) -> None:
    """Show versions, device, memory and folders; say why a graphics card is not used.

    The exit code is 1 when Fovea cannot train here.
    """
    if target is not None:
        from engine.diagnostics.saving import save_diagnostics

        save_diagnostics(target, project=project)
        out.result({"path": str(target)})
        out.say(f"Written: {target}")
        return
    facts = examine()
    if not facts["missing"]:
        facts |= _computer(out, train=train)
    out.result(facts)
    for name, value in facts.items():
        if name not in ("missing", "graphics", "trial", "no_card"):
            out.say(f"{name.replace('_', ' '):<16} {_words(value)}")
    for line in (*facts.get("trial", ()), facts.get("no_card")):
        if line:
            out.say(str(line))
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
        "folder": str(here),
        "free_disk": _gib(shutil.disk_usage(here).free),
        "folder_writable": _writable(here),
        "temp_writable": _writable(Path(tempfile.gettempdir())),
        "packages": versions,
        "missing": missing,
    }


def _computer(out: Output, *, train: bool) -> dict[str, Any]:
    """Where a run with the device "auto" would compute, and why not on a graphics card."""
    import torch

    from engine.computer.looking import look
    from engine.computer.reasons import why_processor
    from engine.computer.trying import try_training
    from engine.computer.words import card_words, gibibytes, trial_words

    computer = look()
    graphics = computer.graphics
    reason = why_processor(graphics)
    facts: dict[str, Any] = {
        "device": computer.device,
        "threads": torch.get_num_threads(),
        "processor": computer.processor,
        "cores": computer.cores,
        "memory": gibibytes(computer.memory),
        "cards": "; ".join(card_words(card) for card in graphics.cards) or "none",
        "driver": graphics.driver or "none",
        "cuda": graphics.cuda or "not built in",
        "graphics": asdict(graphics),
        "no_card": str(reason) if reason else "",
    }
    if train:
        facts["trial"] = trial_words(try_training(out.progress))
    return facts


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"


def _writable(folder: Path) -> bool:
    """Whether a file can be made there; tried, because modes prove nothing."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
