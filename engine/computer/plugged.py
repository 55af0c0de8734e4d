"""Which graphics cards are plugged in, as the system says: also those without a driver."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.computer.records import Card, Maker

__all__ = ["plugged_cards"]

_MAKERS: dict[int, Maker] = {0x10DE: "NVIDIA", 0x1002: "AMD", 0x8086: "Intel"}
_DISPLAY = 0x03  # the PCI class of display controllers
_VENDOR = re.compile(r"VEN_([0-9A-F]{4})", re.IGNORECASE)
_DRAWS = re.compile(r"[\\&]CC_03", re.IGNORECASE)
_MOST_KEYS = 10_000
_PCI = Path("/sys/bus/pci/devices")


def plugged_cards(pci: Path = _PCI) -> tuple[Card, ...]:
    """The display controllers on the bus, NVIDIA's first; empty where the system does not tell.

    Their names are makers only: the system knows numbers. ``pci`` is Linux's list of devices.
    """
    found = _windows() if sys.platform == "win32" else _linux(pci)
    return tuple(sorted(found, key=lambda card: card.maker != "NVIDIA"))


def _linux(pci: Path) -> Iterator[Card]:
    with contextlib.suppress(OSError):
        for device in sorted(pci.iterdir()):
            with contextlib.suppress(OSError, ValueError):
                kind = int((device / "class").read_text("ascii"), 16) >> 16
                if kind == _DISPLAY:
                    yield _card(int((device / "vendor").read_text("ascii"), 16))


def _card(vendor: int) -> Card:
    maker = _MAKERS.get(vendor, "other")
    return Card(maker, f"{maker} graphics" if maker != "other" else "simple graphics")


def _windows() -> Iterator[Card]:
    """From the registry: the PCI devices of the display class that Windows has seen.

    Screens of a remote desktop and of drawing programs are no PCI devices, and not among them; a
    card that runs on Microsoft's basic driver is. An entry that is not as expected is passed over.
    """
    if sys.platform != "win32":
        return
    import winreg

    root = r"SYSTEM\CurrentControlSet\Enum\PCI"

    def below(key: winreg.HKEYType) -> Iterator[tuple[str, winreg.HKEYType]]:
        for number in range(_MOST_KEYS):
            try:
                name = winreg.EnumKey(key, number)
            except OSError:  # there are no more
                return
            with contextlib.suppress(OSError), winreg.OpenKey(key, name) as one:
                yield name, one

    with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, root) as devices:
        for device, places in below(devices):
            vendor = _VENDOR.search(device)
            for _, place in below(places):
                with contextlib.suppress(OSError):
                    kinds, _kind = winreg.QueryValueEx(place, "CompatibleIDs")
                    if vendor is not None and _draws(kinds):
                        yield _card(int(vendor[1], 16))


def _draws(kinds: object) -> bool:
    """Whether the registry's list of what a device can pass for has the display class."""
    listed = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(kind, str) and _DRAWS.search(kind) for kind in listed)
