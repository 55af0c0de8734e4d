"""What is known of a computer: frozen records of plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Card", "Computer", "Graphics", "Maker", "Trouble"]

Maker = Literal["NVIDIA", "AMD", "Intel", "other"]
Trouble = Literal["", "missing", "stopped", "replaced", "forbidden", "broken"]
"""What is wrong with NVIDIA's driver: not installed, installed but not running, replaced by another
version since the computer was started, not allowed for this account, or answering with an error."""


@dataclass(frozen=True, slots=True)
class Card:
    """One graphics card.

    Attributes:
        maker: who made its chip.
        name: as the driver says it, or the system where there is no driver.
        memory: bytes of its own memory; ``None`` where nobody says.
        free: bytes of it that no program holds.
        capability: CUDA's version of the chip, ``(7, 5)``.
        alone: whether it is set to serve one program at a time, or none.
    """

    maker: Maker
    name: str
    memory: int | None = None
    free: int | None = None
    capability: tuple[int, int] | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Graphics:
    """The graphics of a computer, and what PyTorch makes of them.

    Attributes:
        cards: those of NVIDIA first.
        driver: version of NVIDIA's driver, ``"580.65.06"``; empty where it does not answer.
        trouble: what is wrong with the driver, where there is an NVIDIA card.
        cuda: the version of CUDA that this PyTorch was built for; ``None``: for the processor only.
        oldest: the smallest capability that it was built for.
        usable: how many cards PyTorch offers.
        hidden: whether ``CUDA_VISIBLE_DEVICES`` hides all cards.
        said: why PyTorch offers none, in its own words.
        system: ``"linux"``, ``"win32"`` or ``"darwin"``.
    """

    cards: tuple[Card, ...] = ()
    driver: str = ""
    trouble: Trouble = ""
    cuda: str | None = None
    oldest: tuple[int, int] = (7, 5)
    usable: int = 0
    hidden: bool = False
    said: str = ""
    system: str = "linux"

    @property
    def nvidia(self) -> tuple[Card, ...]:
        """The cards that could be used at all."""
        return tuple(card for card in self.cards if card.maker == "NVIDIA")


@dataclass(frozen=True, slots=True)
class Computer:
    """The computer as Fovea sees it.

    Attributes:
        device: what ``auto`` trains on, in words.
        processor: its name.
        cores: logical processors.
        memory: bytes of main memory; ``None`` where nobody says.
        graphics: see :class:`Graphics`.
    """

    device: str
    processor: str
    cores: int
    memory: int | None
    graphics: Graphics
