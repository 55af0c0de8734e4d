"""A computer's facts and a test training's results, as lines for people."""

from __future__ import annotations

from engine.computer.records import Card, Computer
from engine.computer.trying import Speed, Trial

__all__ = ["card_words", "computer_lines", "speed_words", "trial_words"]


def computer_lines(computer: Computer) -> tuple[tuple[str, str], ...]:
    """Name and value of each fact, in the order to show."""
    graphics = computer.graphics
    cards = [card_words(card) for card in graphics.cards] or ["none found"]
    return (
        ("Trains on", computer.device),
        *(("Graphics card", words) for words in cards),
        *((("Driver", f"NVIDIA {graphics.driver}"),) if graphics.driver else ()),
        ("Processor", f"{computer.processor}, {computer.cores} logical cores"),
        ("Memory", gibibytes(computer.memory)),
    )


def card_words(card: Card) -> str:
    """The card in one line: name, memory, capability."""
    words = [card.name]
    if card.memory is not None:
        free = "" if card.free is None else f", {gibibytes(card.free)} free"
        words.append(gibibytes(card.memory) + free)
    if card.capability is not None:
        words.append(f"compute capability {'.'.join(map(str, card.capability))}")
    return ", ".join(words)


def gibibytes(size: int | None) -> str:
    """Bytes as ``"7.8 GiB"``."""
    return "unknown" if size is None else f"{size / 2**30:.1f} GiB"


def speed_words(speed: Speed) -> str:
    """``"812 images/s"``, with three digits that count."""
    rate = speed.images_per_second
    return f"{rate:,.0f} images/s" if rate >= 100 else f"{rate:.3g} images/s"


def trial_words(trial: Trial) -> tuple[str, ...]:
    """What a test training found, in sentences."""
    lines = [f"{speed.device}: {speed_words(speed)}" for speed in trial.speeds]
    if len(trial.speeds) == 2 and trial.speeds[1].images_per_second:
        ratio = trial.speeds[0].images_per_second / trial.speeds[1].images_per_second
        lines.append(f"The card trains {ratio:.1f} times as fast as the processor.")
    if trial.trouble is not None:
        lines.append(str(trial.trouble))
    return tuple(lines)
