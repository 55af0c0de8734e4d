"""Why a card is not used: each cause, with planted facts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.computer.reasons import needed_driver, reason_of_error, why_processor
from engine.computer.records import Card, Graphics
from engine.errors import FoveaError

GIB = 2**30
CARD = Card("NVIDIA", "RTX 4070", 12 * GIB, 11 * GIB, (8, 9))
WELL = Graphics((CARD,), "580.65.06", cuda="13.2", usable=1)


def planted(**facts) -> Graphics:
    card = {name: facts.pop(name) for name in ("free", "capability", "alone") if name in facts}
    return replace(WELL, cards=(replace(CARD, **card),), **facts)


NOTHING = replace(WELL, cards=(), driver="", usable=0)
CASES = [
    (NOTHING, "no card", "No graphics card", "7.5 or higher"),
    (replace(NOTHING, system="darwin"), "no card", "Macs have no NVIDIA", "processor"),
    (
        replace(NOTHING, cards=(Card("AMD", "AMD graphics"),)),
        "other maker",
        "are by AMD",
        "NVIDIA card with",
    ),
    (planted(cuda=None, usable=0), "processor build", "no support for graphics", "Install Fovea"),
    (planted(hidden=True, usable=0), "hidden", "CUDA_VISIBLE_DEVICES", "Remove it"),
    (planted(trouble="missing", usable=0), "no driver", "is not installed", "580 or newer"),
    (planted(trouble="stopped", usable=0), "driver stopped", "does not run", "Secure Boot"),
    (planted(trouble="replaced", usable=0), "driver replaced", "another version", "Start the"),
    (planted(trouble="forbidden", usable=0), "no permission", "may not use the RTX", "/dev/nvidia"),
    (planted(trouble="broken", usable=0), "driver broken", "with an error", "580 or newer"),
    (
        planted(driver="470.82.01", usable=0),
        "old driver",
        "version 470.82.01, which is too old: version 580 or newer is needed",
        "580",
    ),
    (
        planted(capability=(6, 1)),
        "old card",
        "capability 6.1; 7.5 or higher is needed",
        "newer card",
    ),
    (planted(alone=True, usable=0), "busy", "one program at a time", "Wait until"),
    (
        planted(usable=0, said="CUDA error: all CUDA-capable devices are busy or unavailable"),
        "busy",
        "another program has it",
        "Wait until",
    ),
    (planted(free=100_000_000), "full", "11.9 of 12.0 GiB are held", "End the programs"),
    (planted(usable=0, said="CUDA unknown error."), "unknown", "CUDA unknown error.", "again"),
]


@pytest.mark.parametrize(("graphics", "cause", "why", "fix"), CASES, ids=[c[1] for c in CASES])
def test_each_cause_is_told_in_words(graphics: Graphics, cause: str, why: str, fix: str) -> None:
    reason = why_processor(graphics)
    assert reason is not None
    assert reason.cause == cause
    assert why in reason.why
    assert fix in reason.fix
    assert reason.why.endswith(".")
    assert reason.fix.endswith(".")
    assert ".." not in str(reason)


def test_a_card_that_is_used_needs_no_reason() -> None:
    assert why_processor(WELL) is None
    second = replace(CARD, capability=(6, 1), free=0)
    assert why_processor(replace(WELL, cards=(second, CARD), usable=2)) is None


@pytest.mark.parametrize(
    ("cuda", "driver"), [("13.2", 580), ("12.8", 525), ("11.8", 450), ("99.0", None), (None, None)]
)
def test_the_driver_that_is_needed_follows_from_cuda(cuda: str | None, driver: int | None) -> None:
    assert needed_driver(cuda) == driver


def test_this_torch_says_what_it_needs() -> None:
    if torch.version.cuda is not None:
        assert needed_driver(torch.version.cuda), "a new CUDA: add its oldest driver"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), "full"),
        (FoveaError("FV-T004", "It failed.", why="CUDA out of memory."), "full"),
        (RuntimeError("CUDA error: CUDA-capable device(s) is/are busy or unavailable"), "busy"),
        (RuntimeError("no kernel image is available"), "unknown"),
    ],
)
def test_a_failed_test_is_explained(error: BaseException, cause: str) -> None:
    assert reason_of_error(error, WELL).cause == cause
    assert "RTX 4070" in reason_of_error(error, WELL).why
