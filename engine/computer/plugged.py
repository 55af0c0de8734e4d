"""Which graphics cards are plugged in, as the system says: also those without a driver."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.computer.records import Card, Maker

__all__ = ["plugged_cards"]

_MAKERS: dict[int, Maker] = {0x10DE: "NVIDIA", 0x1002: "AMD", 0x8086: "Intel"}
_DISPLAY = 0x03  # the PCI class of display controllers
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
    """From the registry: devices of the class Display that Windows has seen."""
    if sys.platform != "win32":
        return
    import winreg

    root = r"SYSTEM\CurrentControlSet\Enum\PCI"

    def below(key: winreg.HKEYType) -> Iterator[str]:
        with contextlib.suppress(OSError):
            for number in range(10_000):
                yield winreg.EnumKey(key, number)

    with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, root) as devices:
        for device in below(devices):
            with winreg.OpenKey(devices, device) as places:
                for place in below(places):
                    with contextlib.suppress(OSError), winreg.OpenKey(places, place) as one:
                        kinds = winreg.QueryValueEx(one, "CompatibleIDs")[0]
                        if any("CC_03" in str(kind) for kind in kinds):
                            yield _card(int(device[4:8], 16))
