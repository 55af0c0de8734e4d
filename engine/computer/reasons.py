"""Why no graphics card is used, in plain words, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from engine.computer.records import Card, Graphics

__all__ = ["Reason", "needed_driver", "reason_of_error", "why_processor"]

Cause = Literal[
    "no card",
    "other maker",
    "processor build",
    "hidden",
    "no driver",
    "driver stopped",
    "driver replaced",
    "no permission",
    "driver broken",
    "old driver",
    "old card",
    "busy",
    "full",
    "unknown",
]
_DRIVERS = {11: 450, 12: 525, 13: 580}
"""The oldest driver for each major version of CUDA, since its minor versions are compatible:
https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html"""
_LEAST_FREE = 1_000_000_000
"""Bytes: with less, CUDA's own start and a small model do not fit."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why training does not use a graphics card.

    Attributes:
        cause: a short name, the same in every version.
        why: one or two sentences.
        fix: what can be done, in a sentence.
    """

    cause: Cause
    why: str
    fix: str

    def __str__(self) -> str:
        return f"{self.why} {self.fix}"


def needed_driver(cuda: str | None) -> int | None:
    """The oldest major version of NVIDIA's driver that this PyTorch runs with, where known."""
    return _DRIVERS.get(int(cuda.partition(".")[0])) if cuda else None


def why_processor(graphics: Graphics) -> Reason | None:
    """Why the processor is used, or ``None`` where a card is; a nearly full card is a reason, too.

    The first cause that explains it: what is missing altogether comes before what is too old.
    """
    cards = graphics.nvidia
    if not cards:
        return _no_card(graphics)
    card = max(cards, key=lambda one: one.capability or (0, 0))
    if graphics.cuda is None:
        return Reason(
            "processor build",
            f"This copy of Fovea has no support for graphics cards, so the {card.name} stays idle.",
            "Install Fovea with support for NVIDIA cards.",
        )
    if graphics.trouble:
        return _driver_trouble(graphics, card)
    if graphics.hidden:
        return Reason(
            "hidden",
            f"The setting CUDA_VISIBLE_DEVICES of this account hides the {card.name}.",
            "Remove it from the environment, or give it the number of the card, and start Fovea "
            "again.",
        )
    return _too_old(graphics, card) or _occupied(graphics, card)


def _no_card(graphics: Graphics) -> Reason:
    oldest = ".".join(map(str, graphics.oldest))
    would = f"An NVIDIA card with compute capability {oldest} or higher would be used"
    series = " (GeForce GTX 16, RTX 20 and later)" if graphics.oldest == (7, 5) else ""
    other = next((card for card in graphics.cards if card.maker in ("AMD", "Intel")), None)
    if graphics.system == "darwin":
        why = "Macs have no NVIDIA cards, and Fovea does not use Apple's graphics."
        return Reason("no card", why, "Training works on the processor, only slower.")
    if other is not None:
        why = f"The graphics of this computer are by {other.maker}; Fovea trains on NVIDIA cards."
        return Reason("other maker", why, f"Training works, only slower. {would}{series}.")
    why = "No graphics card for computing was found in this computer."
    return Reason("no card", why, f"Training works, only slower. {would}{series}.")


def _driver_trouble(graphics: Graphics, card: Card) -> Reason:
    needed = needed_driver(graphics.cuda)
    version = f", version {needed} or newer," if needed else ""
    name = card.name
    if graphics.trouble == "missing":
        return Reason(
            "no driver",
            f"There is an NVIDIA card ({name}), but NVIDIA's driver for it is not installed.",
            f"Install NVIDIA's driver{version} and start the computer again.",
        )
    if graphics.trouble == "replaced":
        return Reason(
            "driver replaced",
            "NVIDIA's driver was replaced by another version since the computer was started.",
            "Start the computer again.",
        )
    if graphics.trouble == "forbidden":
        return Reason(
            "no permission",
            f"This account may not use the {name}.",
            "Ask the administrator for access to the graphics devices (/dev/nvidia*).",
        )
    if graphics.trouble == "stopped":
        return Reason(
            "driver stopped",
            "NVIDIA's driver is installed but does not run.",
            f"Start the computer again. If it stays so, install the driver{version} anew; with "
            "Secure Boot, its module must be signed.",
        )
    return Reason(
        "driver broken",
        "NVIDIA's driver answers with an error.",
        f"Start the computer again. If it stays so, install the driver{version} anew.",
    )


def _too_old(graphics: Graphics, card: Card) -> Reason | None:
    needed = needed_driver(graphics.cuda)
    have = re.match(r"\d+", graphics.driver)
    if card.capability is not None and card.capability < graphics.oldest:
        own, least = (".".join(map(str, pair)) for pair in (card.capability, graphics.oldest))
        return Reason(
            "old card",
            f"The {card.name} has compute capability {own}; {least} or higher is needed.",
            "Training works on the processor. Only a newer card would be used.",
        )
    old = needed is not None and have is not None and int(have[0]) < needed
    if old or "driver on your system is too old" in graphics.said:
        least = f"version {needed} or newer" if needed else "a newer one"
        return Reason(
            "old driver",
            f"NVIDIA's driver is version {graphics.driver or 'unknown'}, which is too old: "
            f"{least} is needed.",
            f"Install NVIDIA's driver, {least}, and start the computer again.",
        )
    return None


def _occupied(graphics: Graphics, card: Card) -> Reason | None:
    if not graphics.usable:
        if card.alone or "busy or unavailable" in graphics.said:
            return _busy(card)
        said = graphics.said.rstrip(".")
        return Reason(
            "unknown",
            f"The {card.name} cannot be used" + (f": {said}." if said else "."),
            "Start the computer again. If it stays so, save the diagnostics (Help) and ask for "
            "help with them.",
        )
    if all(one.free is not None and one.free < _LEAST_FREE for one in graphics.nvidia):
        return _full(card)
    return None


def _busy(card: Card) -> Reason:
    return Reason(
        "busy",
        f"The {card.name} is set to serve one program at a time, and another program has it.",
        "Wait until that program has ended, or end it, and start Fovea again.",
    )


def _full(card: Card) -> Reason:
    held = ""
    if card.memory is not None and card.free is not None:
        used = (card.memory - card.free) / 2**30
        held = f": {used:.1f} of {card.memory / 2**30:.1f} GiB are held by other programs"
    return Reason(
        "full",
        f"The memory of the {card.name} is nearly full{held}.",
        "End the programs that hold it; training would run out of memory.",
    )


def reason_of_error(error: BaseException, graphics: Graphics) -> Reason:
    """Why a test training on a card failed."""
    card = next(iter(graphics.nvidia), Card("NVIDIA", "card"))
    text = f"{getattr(error, 'why', '')} {error}".strip()
    if "out of memory" in text.lower():
        return _full(card)
    if "busy or unavailable" in text:
        return _busy(card)
    line = text.splitlines()[0].rstrip(".")
    return Reason(
        "unknown",
        f"A test training on the {card.name} failed: {line}.",
        "Training works on the processor. Start the computer again and test once more.",
    )
