"""What is found out about a computer: a planted driver, a planted bus, the real one."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from engine.cli.main import main
from engine.compute import device
from engine.computer import looking, trying
from engine.computer.looking import look
from engine.computer.nvidia import ask_driver
from engine.computer.plugged import plugged_cards
from engine.computer.reasons import why_processor
from engine.computer.records import Card
from engine.computer.trying import Speed, Trial, try_training
from engine.computer.words import card_words, computer_lines, trial_words
from engine.errors import Cancelled
from engine.tune.workers.serving import place


class Nvml:
    """NVIDIA's library, with one card; each function gives back a code, 0 for well."""

    def __init__(self, **codes: int) -> None:
        self.codes = codes
        self.shut = 0

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> int:
            if (known := getattr(type(self), f"_{name}", None)) is not None:
                known(self, *arguments)
            return self.codes.get(name, 0)

        return call

    def _nvmlShutdown(self) -> None:
        self.shut += 1

    def _nvmlDeviceGetCount_v2(self, count: Any) -> None:
        count._obj.value = 1

    def _nvmlSystemGetDriverVersion(self, buffer: Any, size: int) -> None:
        buffer.value = b"580.65.06"

    def _nvmlDeviceGetName(self, handle: Any, buffer: Any, size: int) -> None:
        assert isinstance(handle, ctypes.c_void_p)
        buffer.value = b"NVIDIA RTX 4070"

    def _nvmlDeviceGetMemoryInfo(self, handle: Any, memory: Any) -> None:
        memory._obj.total, memory._obj.free = 12_000_000_000, 7_000_000_000

    def _nvmlDeviceGetCudaComputeCapability(self, handle: Any, major: Any, minor: Any) -> None:
        major._obj.value, minor._obj.value = 8, 9

    def _nvmlDeviceGetComputeMode(self, handle: Any, mode: Any) -> None:
        mode._obj.value = 3


def test_the_driver_is_asked_for_version_and_cards() -> None:
    nvml = Nvml()
    driver, (card,), trouble = ask_driver(nvml)
    assert (driver, trouble) == ("580.65.06", "")
    assert card == Card(
        "NVIDIA", "NVIDIA RTX 4070", 12_000_000_000, 7_000_000_000, (8, 9), alone=True
    )
    assert nvml.shut == 1
    assert "11.2 GiB, 6.5 GiB free, compute capability 8.9" in card_words(card)
    _, (desktop,), _ = ask_driver(Nvml(nvmlDeviceGetComputeMode=3))
    assert not desktop.alone


@pytest.mark.parametrize(
    ("code", "trouble"), [(4, "forbidden"), (9, "stopped"), (18, "replaced"), (999, "broken")]
)
def test_a_driver_in_trouble_says_which(code: int, trouble: str) -> None:
    assert ask_driver(Nvml(nvmlInit_v2=code)) == ("", (), trouble)
    assert ask_driver(Nvml(nvmlDeviceGetCount_v2=code))[2] == "broken"


def test_cards_are_seen_without_a_driver(tmp_path: Path) -> None:
    for name, (kind, vendor) in {
        "0000:00:02.0": ("0x030000", "0x8086"),
        "0000:01:00.0": ("0x030200", "0x10de"),
        "0000:01:00.1": ("0x040300", "0x10de"),
        "0000:02:00.0": ("0x030000", "0x1234"),
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "class").write_text(f"{kind}\n")
        (tmp_path / name / "vendor").write_text(f"{vendor}\n")
    assert [card.maker for card in plugged_cards(tmp_path)] == ["NVIDIA", "Intel", "other"]
    assert plugged_cards(tmp_path / "nothing") == ()


def test_a_card_without_a_driver_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "ask_driver", lambda: ("", (), "missing"))
    monkeypatch.setattr(looking, "plugged_cards", lambda: (Card("NVIDIA", "NVIDIA graphics"),))
    monkeypatch.setattr(torch.version, "cuda", "13.2")
    computer = look()
    reason = why_processor(computer.graphics)
    assert reason is not None
    assert reason.cause == "no driver"
    result = CliRunner().invoke(main, ["doctor"])
    assert str(reason) in result.stderr
    assert result.exit_code == 0


def test_this_computer_is_known_in_words() -> None:
    lines = dict(computer_lines(look()))
    assert "logical cores" in lines["Processor"]
    assert lines["Memory"].endswith(" GiB")


def test_auto_passes_over_a_card_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_90a", "compute_90"])
    found = [(6, 1), (8, 6)]
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda index: found[index])
    assert device.oldest_capability() == (7, 5)
    assert device.choose_device("auto") == torch.device("cuda", 1)
    found[1] = (7, 0)
    assert device.choose_device("auto") == torch.device("cpu")


def test_workers_share_the_cards_that_auto_would_use(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(6, 1), (8, 6), (7, 0), (9, 0)]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(found))
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_90"])
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda index: found[index])
    assert [place(worker, "auto") for worker in range(4)] == ["cuda:1", "cuda:3"] * 2
    assert place(3, "cuda:0") == "cuda:0", "what a person chose stays"
    assert place(3, "cpu") == "cpu"
    del found[3], found[1]
    assert place(1, "auto") == "auto", "which is the processor then"
    assert device.choose_device("auto") == torch.device("cpu")


def test_workers_use_no_card_whose_driver_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)  # and the driver counts a card
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert device.usable_cards() == ()
    assert place(0, "auto") == "auto"
    assert device.choose_device("auto") == torch.device("cpu")


@pytest.mark.slow
def test_a_test_training_says_how_fast_it_was() -> None:
    told = []
    trial = try_training(lambda *step: told.append(step), seconds=0.5)
    assert trial.speeds[-1].images_per_second > 0
    assert trial.speeds[-1].device.startswith("CPU")
    assert told[0] == (0, told[-1][1], "Drawing images")
    assert "images/s" in trial_words(trial)[-1]


def test_a_test_training_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(done: int, total: int, text: str) -> None:
        if text != "Drawing images":
            raise Cancelled

    with pytest.raises(Cancelled):
        try_training(stop)


def test_a_card_that_fails_leaves_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(project, folder, name: str, seconds: float, advance) -> Speed:
        if name != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return Speed("CPU, 1 thread", 12.3)

    monkeypatch.setattr(device, "choose_device", lambda _name: torch.device("cuda", 0))
    monkeypatch.setattr(trying, "_train", train)
    monkeypatch.setattr(trying, "look", lambda: Computed())
    trial = try_training()
    assert trial.speeds == (Speed("CPU, 1 thread", 12.3),)
    assert trial.trouble is not None
    assert trial.trouble.cause == "full"
    both = Trial((Speed("RTX (cuda:0)", 1000), Speed("CPU", 50)))
    assert trial_words(both)[-1] == "The card trains 20.0 times as fast as the processor."


class Computed:
    """A computer with one card."""

    from engine.computer.records import Graphics

    graphics = Graphics((Card("NVIDIA", "RTX"),), "580.1", cuda="13.2", usable=1)
