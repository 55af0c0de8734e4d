"""Where, in which arithmetic and from which seed a run computes."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

from engine.errors import FoveaError
from engine.spec import Spec, param

__all__ = ["Computing"]


class Computing(Spec):
    """Settings that decide how fast a run is and whether it can be repeated, not what it learns."""

    section: ClassVar[str] = "Computing"

    seed: int = param(
        0,
        ge=0,
        le=2**31 - 1,
        advanced=True,
        fixed="A seed is luck: the best of many is the luckiest, and no better model.",
        help="Start of all randomness: weights, order, augmentation, dropout. The same seed on the "
        "same machine repeats a run exactly.",
    )
    device: str = param(
        "auto",
        advanced=True,
        fixed="Where a run computes does not make it more accurate.",
        help="Where to compute: auto (a CUDA card if there is one, else the processor), cpu, cuda "
        "or cuda:0, cuda:1, …",
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = param(
        "auto",
        advanced=True,
        help="Arithmetic of convolutions. Auto takes bf16 on cards and processors with matrix "
        "units for it, fp16 on older cards, and on other processors what a short trial finds "
        "fastest; the run's notes say which. Weights and sums stay in fp32. Fp16 needs a card.",
    )
    channels_last: Literal["auto", "on", "off"] = param(
        "auto",
        advanced=True,
        help="Keeps the channels of a pixel side by side in memory. From a seventh slower to "
        "a third faster on a processor, by model; auto goes with the precision: on for a card and "
        "for bf16, else what the trial finds.",
    )
    tf32: Literal["auto", "on", "off"] = param(
        "auto",
        label="TF32",
        advanced=True,
        help="Lets a card from Ampere on round the factors of fp32 products to 10 bits, which is "
        "several times faster. Auto means on: training does not notice, for its gradients are "
        "noisier than that. No effect on a processor.",
    )

    cuda_graphs: Literal["auto", "on", "update", "off"] = param(
        "auto",
        label="CUDA graphs",
        advanced=True,
        help="Has a card repeat from a recording: the passes through the network (on), or the "
        "whole update with loss and optimizer (update), which spares the processor the launch of "
        "every kernel. A whole update is used only where some trial updates leave exactly what "
        "usual ones do; the run's notes say where not. Auto uses what a short trial finds faster, "
        "which a recording is for small networks. No effect on a processor.",
    )
    compile: Literal["auto", "on", "off"] = param(
        "auto",
        label="Compile",
        advanced=True,
        help="Translates the network with torch.compile, which needs a C++ compiler and takes "
        "minutes. Auto tries it on a card, where a compiler is found and the run is long; never on "
        "a processor, where the gain depends on network and machine and a short run does not earn "
        "the minutes back (one measurement: four minutes for less than a tenth). The last digits "
        "of a run change with it.",
    )

    def validate_together(self) -> None:
        """The device must be one that torch can name."""
        super().validate_together()
        if not re.fullmatch(r"auto|cpu|cuda(:\d{1,2})?", self.device):
            raise FoveaError(
                "FV-H001",
                f"There is no device “{self.device:.40}”.",
                where="device",
                why="Expected auto, cpu, cuda or cuda:N.",
                fix="Enter auto to let Fovea choose.",
            )
