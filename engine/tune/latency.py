"""How long a trained model takes for one image."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.checkpoints import read_checkpoint
from engine.runs.folder import RunFolder

if TYPE_CHECKING:
    import torch

    from engine.compute.device import Arithmetic

__all__ = ["latency"]

_WARM = 0.1  # seconds, and passes at least, in which routines are chosen and clocks rise
_TIMED = 0.5
_FEWEST = 10
_MOST = 1_000


def latency(run: RunFolder) -> float:
    """Milliseconds from one image in the network to its scores, with a run's best weights.

    On the device and in the arithmetic of the run, in inference mode, one image at a time: the
    middle of up to 1,000 passes in half a second, after a tenth of a second of warming up. The
    middle rather than the mean, as another program may have the machine for a moment. Preparing
    the image is not counted; it costs the same for every model. Raises FoveaError FV-T011 for a run
    without weights, and what building the model raises.
    """
    import torch

    from engine.compile.module import compile_model
    from engine.compute.choice import choose
    from engine.compute.device import Arithmetic, choose_device

    project, facts = Project.from_json(run.read_project()), run.read()
    arithmetic = Arithmetic.from_json(facts.get("arithmetic", {}))
    if arithmetic is None:
        arithmetic = choose(choose_device("auto"), project.training, 0)[0]
    frame = project.frame()
    model = compile_model(project.model, frame)
    model.load_state_dict(_weights(run))
    model = arithmetic.place(model).eval()
    shape = (1, frame.channels, frame.height, frame.width)
    image = arithmetic.lay_out(torch.zeros(shape, device=arithmetic.device))
    with torch.inference_mode():
        _passes(model, image, arithmetic, _WARM)
        return 1000 * median(_passes(model, image, arithmetic, _TIMED))


def _passes(
    model: torch.nn.Module, image: torch.Tensor, arithmetic: Arithmetic, seconds: float
) -> list[float]:
    """Seconds of each pass, for so long."""
    import torch

    card = arithmetic.device.type == "cuda"
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < _FEWEST or (time.perf_counter() - begun < seconds and len(times) < _MOST):
        since = time.perf_counter()
        with arithmetic.autocast():
            model(image)
        if card:
            torch.cuda.synchronize(arithmetic.device)
        times.append(time.perf_counter() - since)
    return times


def _weights(run: RunFolder) -> dict[str, torch.Tensor]:
    found = read_checkpoint(run.checkpoints, "best")
    if found is None:
        raise FoveaError(
            "FV-T011",
            f"The run “{run.id}” has no weights to measure.",
            where=str(run.checkpoints),
            why="Its files are gone, or it has not finished its first epoch.",
            fix="Bring them back, or train again.",
        )
    return {name.removeprefix("model."): value for name, value in found.tensors.items()}
