"""Where and in which arithmetic a model computes."""

from __future__ import annotations

import contextlib
import os
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from engine.compile.memory import Machine, total_memory
from engine.errors import FoveaError
from engine.randomness import GENERATOR

__all__ = [
    "Arithmetic",
    "can_compute",
    "choose_device",
    "describe",
    "fingerprint",
    "has_matrix_units",
    "machine",
    "oldest_capability",
    "usable_cards",
    "use_threads",
]


_HALVES = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A device and the number format of convolutions on it.

    Weights, sums, norms and losses stay float32; ``bf16`` and ``fp16`` use torch's autocast, and
    the gradients of ``fp16`` need a scaled loss. With ``channels_last`` images and kernels are laid
    out with the channels innermost. ``tf32`` lets a card round the factors of float32 products.
    """

    device: torch.device
    precision: str = "fp32"
    channels_last: bool = False
    tf32: bool = True

    def place(self, model: torch.nn.Module) -> torch.nn.Module:
        """The model, moved to the device and laid out; the same object.

        On a card, whether float32 products use its TF32 units is set here, so that a resumed run
        and an evaluation compute as the run did.
        """
        if self.device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = self.tf32
            torch.backends.cudnn.allow_tf32 = self.tf32
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        model = model.to(self.device)
        values = [value for value in (*model.parameters(), *model.buffers()) if value.ndim == 4]
        if all(value.is_contiguous(memory_format=layout) for value in values):
            return model  # torch would copy some that are laid out already, under a recorded graph
        return model.to(memory_format=layout)

    def lay_out(self, images: torch.Tensor) -> torch.Tensor:
        """A batch ``[B, C, H, W]`` in the layout that the model was placed in."""
        if self.channels_last:
            return images.contiguous(memory_format=torch.channels_last)
        return images

    def autocast(self, *, cached: bool = True) -> contextlib.AbstractContextManager[Any]:
        """The context to run the model's forward in; ``cached`` weights are converted once."""
        if self.precision == "fp32":
            return contextlib.nullcontext()
        half = _HALVES[self.precision]
        return torch.autocast(self.device.type, dtype=half, cache_enabled=cached)

    @contextlib.contextmanager
    def drawing_from(self, seed: int) -> Iterator[None]:
        """Within it torch's generators start from ``seed`` and no other thread draws from them."""
        with GENERATOR:
            torch.default_generator.manual_seed(seed)
            if self.device.type == "cuda":
                torch.cuda.default_generators[self.device.index or 0].manual_seed(seed)
            yield

    def to_json(self) -> dict[str, Any]:
        """Plain values, kept with the run so that a resume computes alike."""
        return {
            "device": str(self.device),
            "precision": self.precision,
            "channels_last": self.channels_last,
            "tf32": self.tf32,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Arithmetic | None:
        """What ``to_json`` wrote, or ``None`` where this machine cannot compute so."""
        try:
            device = choose_device(str(value["device"]))
            last = value["channels_last"] is True
            precision = str(value["precision"])
            tf32 = value.get("tf32", True) is True
        except (FoveaError, KeyError, TypeError):
            return None
        if not can_compute(device, precision):
            return None
        return cls(device, precision, last, tf32)


def choose_device(name: str) -> torch.device:
    """The device that ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` means on this machine.

    ``auto`` is the first card that this torch has code for. Raises FoveaError FV-T006 for any other
    name, and when the device is not there.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return next((torch.device("cuda", index) for index in usable_cards()), torch.device("cpu"))
    if name == "cpu":
        return torch.device("cpu")
    match = re.fullmatch(r"cuda(?::(\d{1,2}))?", name)
    if match and (index := int(match[1] or 0)) < count:
        return torch.device("cuda", index)
    have = f"This machine has {count or 'no'} CUDA devices that torch can use."
    raise FoveaError(
        "FV-T006",
        f"The device “{name:.20}” is not there.",
        where="training.device",
        why=have if match else f"Expected auto, cpu, cuda or cuda:N. {have}",
        fix="Choose auto or cpu.",
    )


def usable_cards() -> tuple[int, ...]:
    """The cards to compute on where the choice is free: those that this torch has code for.

    None where the driver is missing, or too old for this torch.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    oldest = oldest_capability() if count else (0, 0)
    return tuple(
        index for index in range(count) if torch.cuda.get_device_capability(index) >= oldest
    )


def oldest_capability() -> tuple[int, int]:
    """The smallest compute capability that this torch has code for; (0, 0) where it has none."""
    built = [re.fullmatch(r"sm_(\d+)(\d)[a-z]?", name) for name in torch.cuda.get_arch_list()]
    return min(((int(one[1]), int(one[2])) for one in built if one), default=(0, 0))


def describe(device: torch.device) -> str:
    """The device in words: ``"CPU, 2 threads"`` or the card's name."""
    if device.type == "cpu":
        count = torch.get_num_threads()
        return "CPU, 1 thread" if count == 1 else f"CPU, {count} threads"
    return f"{torch.cuda.get_device_name(device)} ({device})"


def machine(device: torch.device) -> Machine:
    """What the estimates of memory and arithmetic need to know of a device."""
    graphics = device.type == "cuda"
    memory = torch.cuda.mem_get_info(device)[1] if graphics else total_memory()
    return Machine(describe(device), graphics, memory, has_matrix_units(device))


def fingerprint(device: torch.device) -> dict[str, Any]:
    """What decides the last bits of a result: compared when a run is resumed."""
    return {
        "device": describe(device),
        "torch": torch.__version__,
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "system": platform.system(),
    }


def use_threads(count: int | None) -> None:
    """Sets how many threads torch computes with, on the thread that calls it.

    ``None`` takes one fewer than there are cores (at least one), unless ``OMP_NUM_THREADS`` says
    otherwise: torch's threads wait for each other several hundred times a step, so one core that
    the window, the system or another program wants holds up all of them. Measured on 2 virtual
    cores, default model, 28 px, batch 128: 95 ms a step on one thread; on two 255 to 300 ms with
    the machine idle, and up to 1 s with something else running. A rule instead of a stopwatch
    keeps the choice, and with it the last bits of a result, the same from run to run.
    """
    if count is None:
        if os.environ.get("OMP_NUM_THREADS"):
            return
        count = _cores() - 1
    if max(1, count) != torch.get_num_threads():
        torch.set_num_threads(max(1, count))


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_compute(device: torch.device, precision: str) -> bool:
    """Whether a device has instructions for ``fp32``, ``bf16`` or ``fp16``; no for other words."""
    if precision == "bf16":
        return _has_bf16(device)
    return precision == "fp32" or (precision == "fp16" and device.type == "cuda")


def has_matrix_units(device: torch.device) -> bool:
    """Whether bf16 is sure to be fast on a device: cards from Ampere on, processors with AMX.

    The bf16 instructions of AVX-512 alone double the speed of some processors and of others not.
    """
    if device.type == "cuda":
        return _has_bf16(device)
    return getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)()


def _has_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    checks = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in checks)
