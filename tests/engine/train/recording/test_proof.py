"""A recording is used where it does what usual updates do; a wrong one leaves no trace."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from engine.train.position import Position
from engine.train.recording.proof import proven
from engine.train.recording.recording import Left, Recorder, Recording
from engine.train.recording.state import State
from engine.train.recording.still import StillBatch
from engine.train.trainer import Trainer
from engine.train.update import Update
from engine.transforms.regularising.mixup import MixUp
from tests.engine.train.hand_made import pieces
from tests.engine.train.recording.tape import record_on_tape
from tests.engine.train.test_mixing import pipeline

Plant = Callable[[Trainer, pytest.MonkeyPatch], Recorder]


def half(**recipe: Any) -> Trainer:
    """A training with a loss scale; on the processor the products are in bf16."""
    made = pieces(**recipe)
    return Trainer(replace(made, arithmetic=replace(made.arithmetic, precision="fp16")), Position())


def everything(trainer: Trainer) -> dict[str, Tensor]:
    """Copies of all that training changes, the generator too."""
    found = {name: value.clone() for name, value in trainer.tensors().items()}
    return found | {"generator": torch.get_rng_state()}


def unchanged(trainer: Trainer, before: dict[str, Tensor]) -> bool:
    """Whether all is as it was, and nothing is there that was not."""
    now = everything(trainer)
    rates = [type(group["lr"]) for group in trainer.optimizer.param_groups]
    free = all(weight.grad is None for weight in trainer.model.parameters())
    same = now.keys() == before.keys() and all(torch.equal(now[n], before[n]) for n in now)
    return same and free and set(rates) == {float} and trainer.update.recording is None


@pytest.mark.parametrize("kind", list(OPTIMIZERS.kinds()))
def test_the_optimizers_that_say_so_can_be_recorded_and_no_others(kind: str) -> None:
    """Also where they are in the middle of a run."""
    optimizer = OPTIMIZERS.get(kind)()
    trainer = Trainer(pieces(optimizer=optimizer), Position())
    for steps in (0, 5):
        for _ in range(steps):
            trainer.step()
        assert isinstance(proven(trainer, record_on_tape), Recording) == optimizer.recordable


@pytest.mark.parametrize(
    "recipe",
    [
        {"clip_norm": 0.1, "l1": 1e-4, "max_norm": 0.5},
        {"precision": "bf16"},
        {"pipeline": pipeline(MixUp(alpha=1.0))},
        {
            "loss": LOSSES.get("focal")(),
            "optimizer": OPTIMIZERS.get("sgd")(momentum=0.0, nesterov=False),
        },
    ],
)
def test_every_part_of_an_update_can_be_recorded(recipe: dict[str, Any]) -> None:
    trainer = Trainer(pieces(**recipe), Position())
    assert isinstance(proven(trainer, record_on_tape), Recording)


def test_a_loss_scale_is_part_of_it_and_not_where_it_would_be_read() -> None:
    assert isinstance(proven(half(), record_on_tape), Recording)
    lion = half(optimizer=OPTIMIZERS.get("lion")())
    assert lion.update.guard.waits
    assert proven(lion, record_on_tape) == "a number was read while recording"


def test_proving_leaves_no_trace_but_averages_of_zero() -> None:
    trainer = Trainer(pieces(), Position())
    before = everything(trainer)
    assert isinstance(proven(trainer, record_on_tape), Recording)
    after = everything(trainer)
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert all(not value.any() for name, value in after.items() if name not in before)
    assert all(weight.grad is None for weight in trainer.model.parameters())


def test_last_bits_that_differ_by_chance_are_no_reason_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a card that adds up in an order of its own: in some updates, and not in others."""
    usual, draw = Update.compute, random.Random(1)

    def compute(self: Update, *given: Any, **named: Any) -> Any:
        found = usual(self, *given, **named)
        weight = next(self.model.parameters())
        with torch.no_grad():
            weight.view(-1)[0] += draw.choice((0.0, 1e-6))
        return found

    monkeypatch.setattr(Update, "compute", compute)
    for _ in range(10):
        assert isinstance(proven(Trainer(pieces(), Position()), record_on_tape), Recording)


# Wrong recordings


def frozen_rate(trainer: Trainer, patch: pytest.MonkeyPatch) -> Recorder:
    """The rate of the moment goes into the recording as a number."""

    def record(work: Callable[[], Left], device: torch.device) -> Any:
        groups = trainer.optimizer.param_groups
        rates = [group["lr"] for group in groups]
        for group in groups:
            group["lr"] = float(group["lr"])
        made = record_on_tape(work, device)
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate
        return made

    return record


def frozen_batch(trainer: Trainer, patch: pytest.MonkeyPatch) -> Recorder:
    patch.setattr(StillBatch, "fill", lambda self, batch: None)
    return record_on_tape


def frozen_labels(trainer: Trainer, patch: pytest.MonkeyPatch) -> Recorder:
    def images_only(self: StillBatch, batch: Any) -> None:
        self.batch.images.copy_(batch.images)

    patch.setattr(StillBatch, "fill", images_only)
    return record_on_tape


def frozen_dropout(trainer: Trainer, patch: pytest.MonkeyPatch) -> Recorder:
    """As of a draw that is made in Python."""

    def record(work: Callable[[], Left], device: torch.device) -> Any:
        repeat, left = record_on_tape(work, device)

        def repeat_it() -> None:
            torch.manual_seed(0)
            repeat()

        return repeat_it, left

    return record


def momentum_not_put_back(trainer: Trainer, patch: pytest.MonkeyPatch) -> Recorder:
    """After the recording, that is: the trials before it are alike."""
    usual = State.put_back

    def put_back(self: State) -> None:
        names = [name for name in self.tensors() if name.startswith("optimizer.")]
        kept = {name: self.tensors()[name].clone() for name in names}
        usual(self)
        for name, value in kept.items():
            self.tensors()[name].copy_(value)

    def record(work: Callable[[], Left], device: torch.device) -> Any:
        made = record_on_tape(work, device)
        patch.setattr(State, "put_back", put_back)
        return made

    return record


def twice(trainer: Trainer, patch: pytest.MonkeyPatch) -> Recorder:
    def record(work: Callable[[], Left], device: torch.device) -> Any:
        repeat, left = record_on_tape(work, device)
        return lambda: (repeat(), repeat()), left

    return record


def nothing(trainer: Trainer, patch: pytest.MonkeyPatch) -> Recorder:
    return lambda work, device: (lambda: None, work())


def no_statistics(trainer: Trainer, patch: pytest.MonkeyPatch) -> Recorder:
    """Batch norm's averages stand still."""

    def record(work: Callable[[], Left], device: torch.device) -> Any:
        repeat, left = record_on_tape(work, device)
        norm = trainer.model.get_submodule("1")
        assert isinstance(norm, nn.BatchNorm2d)

        def repeat_it() -> None:
            kept = [buffer.clone() for buffer in norm.buffers()]
            repeat()
            for buffer, value in zip(norm.buffers(), kept, strict=True):
                buffer.copy_(value)

        return repeat_it, left

    return record


def stale_metrics(trainer: Trainer, patch: pytest.MonkeyPatch) -> Recorder:
    def record(work: Callable[[], Left], device: torch.device) -> Any:
        repeat, left = record_on_tape(work, device)
        return repeat, replace(left, numbers=left.numbers.clone())

    return record


def failing(trainer: Trainer, patch: pytest.MonkeyPatch) -> Recorder:
    def record(work: Callable[[], Left], device: torch.device) -> Any:
        work()
        raise ValueError("no such kernel.\nand much more")

    return record


@pytest.mark.parametrize("begun", [0, 5])
@pytest.mark.parametrize(
    ("plant", "reason"),
    [
        (frozen_rate, "other weights"),
        (frozen_batch, "other weights"),
        (frozen_labels, "other weights"),
        (frozen_dropout, "other weights"),
        (momentum_not_put_back, "a usual update after recording leaves other weights"),
        (twice, "other weights"),
        (nothing, "other weights"),
        (no_statistics, "other averages of batch norm"),
        (stale_metrics, "other losses"),
        (failing, "no such kernel"),
    ],
)
def test_a_wrong_recording_is_refused_and_leaves_no_trace(
    plant: Plant, reason: str, begun: int
) -> None:
    trainer = Trainer(pieces(), Position())
    for _ in range(begun):
        trainer.step()
    for weight in trainer.model.parameters():
        weight.grad = None
    before, passes = everything(trainer), trainer.update.passes
    with pytest.MonkeyPatch.context() as patch:
        found = proven(trainer, plant(trainer, patch))
    assert isinstance(found, str)
    assert reason in found
    assert not found.endswith(".")
    if plant is not momentum_not_put_back:
        assert unchanged(trainer, before)
    assert trainer.update.passes is passes


def test_an_optimizer_that_takes_a_rate_in_a_tensor_amiss_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trainer = Trainer(pieces(), Position())
    usual = trainer.optimizer.step

    def step() -> None:
        before = [weight.detach().clone() for weight in trainer.model.parameters()]
        usual()
        with torch.no_grad():
            for weight, old in zip(trainer.model.parameters(), before, strict=True):
                if isinstance(trainer.optimizer.param_groups[0]["lr"], Tensor):
                    weight.lerp_(old, 0.1)

    monkeypatch.setattr(trainer.optimizer, "step", step)
    assert "learning rate in a tensor" in str(proven(trainer, record_on_tape))


def test_updates_that_never_repeat_to_the_bit_may_differ_by_as_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a card that adds up in an order of its own."""
    noise = torch.Generator().manual_seed(1)

    def trembling(size: float) -> Trainer:
        trainer = Trainer(pieces(), Position())
        weight, usual = trainer.model.get_parameter("0.weight"), trainer.optimizer.step

        def step() -> None:
            usual()
            with torch.no_grad():
                weight.add_(torch.randn(weight.shape, generator=noise), alpha=1e-7)
                weight.add_(size if torch._C._len_torch_dispatch_stack() else 0.0)

        monkeypatch.setattr(trainer.optimizer, "step", step)
        return trainer

    assert isinstance(proven(trembling(0.0), record_on_tape), Recording)
    assert "leaves other" in str(proven(trembling(1e-5), record_on_tape))
