"""Looking at this computer: every question that takes no training."""

from __future__ import annotations

import os
import platform
import sys
import warnings
from dataclasses import replace
from pathlib import Path

from engine.compile.memory import total_memory
from engine.computer.nvidia import ask_driver
from engine.computer.plugged import plugged_cards
from engine.computer.records import Computer, Graphics

__all__ = ["look"]


def look() -> Computer:
    """This computer as it is now; imports torch, takes up to a few seconds, never raises."""
    from engine.compute.device import choose_device, describe, use_threads

    use_threads(None)
    graphics = _graphics()
    device = describe(choose_device("auto"))
    return Computer(device, _processor(), os.cpu_count() or 1, total_memory(), graphics)


def _graphics() -> Graphics:
    import torch

    driver, cards, trouble = ask_driver()
    others = tuple(card for card in plugged_cards() if not cards or card.maker != "NVIDIA")
    found = Graphics(
        cards=(*cards, *others),
        driver=driver,
        trouble=trouble if any(card.maker == "NVIDIA" for card in others) else "",
        cuda=torch.version.cuda,
        hidden=os.environ.get("CUDA_VISIBLE_DEVICES", "all").strip() in ("", "-1", "NoDevFiles"),
        system=sys.platform,
    )
    if torch.version.cuda is None:
        return found
    from engine.compute.device import oldest_capability

    usable, said = _offered()
    oldest = oldest_capability()
    return replace(found, oldest=oldest if any(oldest) else found.oldest, usable=usable, said=said)


def _offered() -> tuple[int, str]:
    """How many cards PyTorch offers; where none, why, in its own words."""
    import torch

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    said = [str(warning.message) for warning in caught]
    if not count:
        try:
            torch.cuda.init()
        except (RuntimeError, AssertionError) as error:
            said.append(str(error))
    return count, next((text.splitlines()[0] for text in said if text), "")


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    except OSError:
        pass
    return platform.processor() or platform.machine()
