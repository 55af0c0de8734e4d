"""Other ways to compute the passes: taken where they agree, left where they do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from engine.compile.factors import set_training
from engine.compute.device import Arithmetic
from engine.compute.trial import Work
from engine.compute.waiting import waiting_forbidden
from engine.recipe import Training
from engine.train import passes
from engine.train.passes import Fitting, choose_passes
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import net, pieces

CPU = Arithmetic(torch.device("cpu"))
Translate = Callable[[nn.Module], Callable[[Tensor], Tensor]]


def work_of(model: nn.Module | None = None) -> Work:
    return Work(model or net(), (1, 8, 8), 3, batch=16, macs=4_000)


@pytest.fixture
def translator(monkeypatch: pytest.MonkeyPatch) -> Callable[[Translate], None]:
    """``translator(way)`` has ``way`` stand for torch.compile, which takes minutes."""

    def use(way: Translate) -> None:
        monkeypatch.setattr(passes, "can_compile", lambda device: True)
        monkeypatch.setattr(passes, "compiled", way)

    return use


def faithful(model: nn.Module) -> Callable[[Tensor], Tensor]:
    return lambda inputs: model(inputs)


def without_dropout(model: nn.Module) -> Callable[[Tensor], Tensor]:
    """What a recording does to a draw that is made in Python: it never changes again."""
    layers = [layer for layer in model.children() if not isinstance(layer, nn.Dropout)]
    return nn.Sequential(*layers)


def norm_of(model: nn.Module) -> nn.BatchNorm2d:
    """The batch norm of ``net()``."""
    found = model.get_submodule("1")
    assert isinstance(found, nn.BatchNorm2d)
    return found


def without_statistics(model: nn.Module) -> Callable[[Tensor], Tensor]:
    def run(inputs: Tensor) -> Tensor:
        norm = norm_of(model)
        norm.track_running_stats = False
        scores = model(inputs)
        norm.track_running_stats = True
        return scores

    return run


def failing(model: nn.Module) -> Callable[[Tensor], Tensor]:
    def run(inputs: Tensor) -> Tensor:
        raise ValueError("unknown operation\nand much more")

    return run


def test_a_processor_computes_the_model_as_it_is() -> None:
    model = net()
    found = choose_passes(work_of(model), CPU, Training(cuda_graphs="on"), 10**12, {})
    assert (found.way, found.forward, found.notes) == ("plain", None, ())


@pytest.mark.parametrize("arithmetic", [CPU, Arithmetic(CPU.device, "bf16", True)])
def test_a_way_that_agrees_is_taken_and_leaves_no_trace(
    translator: Callable[[Translate], None], arithmetic: Arithmetic
) -> None:
    translator(faithful)
    work = work_of()
    before = {name: value.clone() for name, value in work.model.state_dict().items()}
    found = choose_passes(work, arithmetic, Training(compile="on"), 100, {})
    assert found.way == "compiled"
    assert found.notes == ("Passes: torch.compile, as the recipe asks.",)
    assert all(torch.equal(value, before[name]) for name, value in work.model.state_dict().items())
    assert all(weight.grad is None for weight in work.model.parameters())
    again = choose_passes(work, arithmetic, Training(), 100, {"passes": "compiled"})
    assert again.way == "compiled"
    assert "as the run began" in again.notes[0]


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        (without_dropout, "something else"),
        (without_statistics, "something else"),
        (failing, "unknown operation."),
    ],
)
def test_a_way_that_fails_or_differs_is_left_with_a_note(
    translator: Callable[[Translate], None], way: Translate, reason: str
) -> None:
    translator(way)
    work = work_of()
    before = {name: value.clone() for name, value in work.model.state_dict().items()}
    found = choose_passes(work, CPU, Training(compile="on"), 100, {})
    assert (found.way, found.forward) == ("plain", None)
    assert reason in found.notes[0]
    assert all(torch.equal(value, before[name]) for name, value in work.model.state_dict().items())


def more_exact(model: nn.Module) -> Callable[[Tensor], Tensor]:
    def run(inputs: Tensor) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            return model(inputs)

    return run


def rougher(model: nn.Module) -> Callable[[Tensor], Tensor]:
    return lambda inputs: model(inputs * 1.02)


@pytest.mark.parametrize(
    ("way", "taken"),
    [(more_exact, True), (rougher, False), (without_dropout, False), (without_statistics, False)],
)
def test_a_way_that_rounds_elsewhere_may_be_as_far_from_fp32_as_the_model(
    translator: Callable[[Translate], None],
    monkeypatch: pytest.MonkeyPatch,
    way: Translate,
    taken: bool,
) -> None:
    monkeypatch.setattr(passes, "_TOLERANCE", 1e-5)
    translator(way)
    arithmetic = Arithmetic(CPU.device, "bf16", True)
    found = choose_passes(work_of(), arithmetic, Training(compile="on"), 100, {})
    assert (found.way == "compiled") == taken, found.notes


def test_compiling_without_a_compiler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    found = choose_passes(work_of(), CPU, Training(compile="on"), 100, {})
    assert found.way == "plain"
    assert "no C++ compiler" in found.notes[0]


def test_what_a_recorded_way_was_not_made_for_goes_through_the_model() -> None:
    model = net()
    set_training(model)
    asked: list[torch.Size] = []

    def faster(inputs: Tensor) -> Tensor:
        asked.append(inputs.shape)
        return model(inputs)

    fitting = Fitting(model, faster, torch.Size((16, 1, 8, 8)))
    full, rest = torch.zeros(16, 1, 8, 8), torch.zeros(7, 1, 8, 8)
    norm, head = norm_of(model), model.get_submodule("6")
    fitting(full)
    assert len(asked) == 1
    fitting(rest)
    with torch.no_grad():
        fitting(full)
    norm.track_running_stats = False
    fitting(full)
    norm.track_running_stats = True
    norm.eval()
    fitting(full)
    norm.train()
    head.requires_grad_(False)
    fitting(full)
    assert len(asked) == 1
    head.requires_grad_(True)
    fitting(full)
    assert len(asked) == 2


def test_a_training_by_another_way_that_agrees_is_the_same_training() -> None:
    weights = []
    for other in (False, True):
        own = pieces()
        if other:
            shape = torch.Size((16, 1, 8, 8))
            set_training(own.model)
            own = replace(own, forward=Fitting(own.model, faithful(own.model), shape))
        trainer = Trainer(own, Position())
        set_training(trainer.model)
        for _ in range(4):
            trainer.step()
        weights.append(torch.cat([w.detach().flatten() for w in trainer.model.parameters()]))
    assert torch.equal(*weights)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_recording_trains_like_the_model_and_waits_for_nothing(precision: str) -> None:
    """Weights after 6 updates, with dropout, batch norm and a shorter last batch."""
    weights = []
    for graphs in ("off", "on"):
        own = pieces(device="cuda:0", precision=precision, cuda_graphs=graphs)
        found = choose_passes(work_of(own.model), own.arithmetic, own.recipe, 100, {})
        assert found.way == ("graphs" if graphs == "on" else "plain"), found.notes
        trainer = Trainer(replace(own, forward=found.forward), Position())
        set_training(trainer.model)
        trainer.step()  # what torch makes ready at a first step may wait
        with waiting_forbidden():
            for _ in range(3):
                trainer.step()
        weights.append(torch.cat([w.detach().flatten() for w in trainer.model.parameters()]))
    torch.testing.assert_close(weights[0], weights[1], rtol=1e-2, atol=1e-2)


@pytest.mark.gpu
def test_a_trial_on_a_card_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.compute.trial.kept_at", lambda: tmp_path / "kept.json")
    card = Arithmetic(torch.device("cuda", 0), "bf16", True)
    first = choose_passes(work_of(), card, Training(), 100, {})
    again = choose_passes(work_of(), card, Training(), 100, {})
    assert first.way == again.way
    assert not again.notes or "an earlier trial" in again.notes[0]
