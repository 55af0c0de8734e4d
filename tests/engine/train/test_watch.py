"""Watching a training: what is shown is true, and the training does not notice."""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import FoveaError
from engine.graph.analysis import analyse
from engine.optimizers.sgd import SGD
from engine.runs.events import EpochDone, Event, StepDone
from engine.runs.folder import RunFolder
from engine.runs.glimpses import MapsRead, NormsRead
from engine.runs.listing import find_run, replay
from engine.train.control import Control
from engine.train.finished import Finished
from engine.train.fit import fit
from engine.train.keeper import Keeper
from engine.train.loop import train
from engine.train.places import Place
from engine.train.position import Position
from engine.train.prepare import prepare
from engine.train.probe import MOST_MAPS, NormProbe, activation, read_maps
from engine.train.trainer import Trainer
from engine.train.watch import Ask, Watch
from tests.engine.train.hand_made import pieces, run_folder
from tests.engine.train.tiny_project import make_project

PLACES = {
    "image": Place("", 0),
    "conv": Place("0"),
    "norm": Place("1"),
    "relu": Place("2"),
    "scores": Place("6"),
}
OFTEN = 1e9  # answers a second: every step


def trainer(**recipe: object) -> Trainer:
    return Trainer(replace(pieces(**recipe), places=PLACES), Position())


def run(folder: Path, watch: Watch | None = None, **recipe: object) -> tuple[list[Event], Trainer]:
    """Trains the hand-made network to its end, under ``watch``."""
    made, control = trainer(**recipe), Control()
    control.watch = watch or control.watch
    return list(fit(made, Keeper(run_folder(folder)), control)), made


def watching() -> Watch:
    watch = Watch(per_second=OFTEN)
    watch.norms = True
    watch.ask_maps(3, "norm")
    return watch


def hooks(model: torch.nn.Module) -> int:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    found = sum(len(getattr(module, kind)) for module in model.modules() for kind in kinds)
    tensors = [p for p in model.parameters() if p._backward_hooks]
    return (
        found + len(tensors) + sum(bool(p._post_accumulate_grad_hooks) for p in model.parameters())
    )


# Norms


def keep(seen: dict[str, torch.Tensor], name: str, grad: torch.Tensor) -> None:
    seen[name] = grad.clone()


@pytest.mark.parametrize("clip", [None, 0.01])
def test_norms_are_those_that_hooks_of_torch_see(clip: float | None) -> None:
    recipe = {"optimizer": SGD(lr=0.1, momentum=0.9), "clip_norm": clip}
    watched, by_hand = trainer(**recipe), trainer(**recipe)
    for _ in range(3):
        probe = NormProbe(watched.model, PLACES)
        watched.step(probe)
        read = probe.read(watched.position.step, 1)
        named = dict(by_hand.model.named_parameters())
        seen: dict[str, torch.Tensor] = {}
        handles = [
            weight.register_hook(partial(keep, seen, name)) for name, weight in named.items()
        ]
        before = {name: weight.detach().clone() for name, weight in named.items()}
        by_hand.step()
        for handle in handles:
            handle.remove()
        assert list(read.nodes) == ["conv", "norm", "scores"]
        for node, norms in read.nodes.items():
            own = [f"{PLACES[node].module}.{name}" for name in ("weight", "bias")]

            def whole(values: dict[str, torch.Tensor], own: list[str] = own) -> float:
                return torch.cat([values[name].detach().flatten() for name in own]).norm().item()

            change = {name: named[name].detach() - before[name] for name in own}
            assert norms.weight == pytest.approx(whole(before), rel=1e-5)
            assert norms.gradient == pytest.approx(whole(seen), rel=1e-5)
            assert norms.update == pytest.approx(whole(change), rel=1e-5)
            assert norms.count == sum(named[name].numel() for name in own)
            assert not norms.frozen


def test_a_node_that_is_not_trained_says_so() -> None:
    made = trainer()
    for weight in made.model[0].parameters():
        weight.requires_grad_(False)
    probe = NormProbe(made.model, PLACES)
    made.step(probe)
    conv = probe.read(1, 1).nodes["conv"]
    assert (conv.frozen, conv.gradient, conv.update) == (True, 0.0, 0.0)
    assert conv.weight > 0


# Maps


@pytest.mark.parametrize("node", PLACES)
def test_maps_are_those_of_a_copy_in_inference_mode(node: str) -> None:
    made = trainer()
    for _ in range(3):
        made.step()
    answer = read_maps(made, Ask(71, node))
    still = copy.deepcopy(made.model).eval()
    pixels = made.pieces.images.batch(torch.tensor([71])).float() / 255
    values = made.pieces.normalisation
    x = (pixels - torch.tensor(values.mean).view(1, -1, 1, 1)) / torch.tensor(values.std).view(
        1, -1, 1, 1
    )
    found = [x]
    if node != "image":
        module = still.get_submodule(PLACES[node].module)
        module.register_forward_hook(lambda _m, _i, output: found.append(output))
    with torch.no_grad():
        still(x)
    expected = found[-1][0].reshape(found[-1].shape[1], -1)
    count, height, width = answer.shape
    assert (count, height * width) == tuple(expected.shape)
    assert answer.channels == count
    assert answer.trouble == ""
    grey = np.frombuffer(answer.pixels, np.uint8).reshape(count, -1).astype(float)
    low, high = np.array(answer.lows), np.array(answer.highs)
    back = low[:, None] + grey / 255 * (high - low)[:, None]
    tolerance = (high - low)[:, None] / 255 + 1e-5
    assert (np.abs(back - expected.numpy()) <= tolerance).all()


def test_what_a_later_layer_overwrites_is_seen_as_it_was() -> None:
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1), torch.nn.ReLU(inplace=True))
    x = torch.randn(1, 1, 4, 4)
    assert torch.equal(activation(model, Place("0"), x), model[0](x))


def test_large_maps_and_many_channels_become_a_small_message() -> None:
    made = trainer()
    made.model[0] = torch.nn.Conv2d(1, 100, 1)
    made.model[1] = torch.nn.Upsample(scale_factor=20)
    made.model[4] = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(2), torch.nn.Conv2d(100, 8, 1))
    answer = read_maps(made, Ask(0, "norm"))
    assert answer.channels == 100
    assert answer.shape == (MOST_MAPS, 64, 64)
    assert len(answer.pixels) == MOST_MAPS * 64 * 64


@pytest.mark.parametrize(("row", "node"), [(0, "gone"), (90, "conv"), (-1, "conv")])
def test_what_is_not_there_is_told(row: int, node: str) -> None:
    answer = read_maps(trainer(), Ask(row, node))
    assert answer.trouble.endswith(".")
    assert answer.pixels == b""


# The training does not notice


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_watching_changes_no_bit(tmp_path: Path, precision: str) -> None:
    same_training(tmp_path, precision=precision)


@pytest.mark.gpu
@pytest.mark.filterwarnings("ignore:adaptive_avg_pool2d_backward_cuda")  # not for whole parts
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_watching_changes_no_bit_on_a_card(tmp_path: Path, precision: str) -> None:
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        same_training(tmp_path, precision=precision, device="cuda:0")
    finally:
        torch.use_deterministic_algorithms(False)


def same_training(folder: Path, **recipe: str) -> None:
    """A watched and an unwatched run give the same weights, statistics and numbers."""
    alone_events, alone = run(folder, **recipe)
    events, watched = run(folder, watching(), **recipe)
    assert sum(isinstance(event, NormsRead) for event in events) == watched.position.step
    assert sum(isinstance(event, MapsRead) for event in events) == watched.position.step
    one, two = alone.tensors(), watched.tensors()
    assert one.keys() == two.keys()
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert numbers(alone_events) == numbers(events)


def numbers(events: list[Event]) -> list[tuple[float | None, ...]]:
    return [
        (e.train_loss, e.train_accuracy, e.val_loss, e.val_accuracy)
        for e in events
        if isinstance(e, EpochDone)
    ]


def test_a_look_draws_nothing_and_leaves_every_mode(tmp_path: Path) -> None:
    made = trainer()
    made.model[1].eval()
    state, modes = torch.get_rng_state(), [m.training for m in made.model.modules()]
    statistics = made.model[1].running_mean.clone(), made.model[1].num_batches_tracked.clone()
    read_maps(made, Ask(0, "scores"))
    assert torch.equal(torch.get_rng_state(), state)
    assert [m.training for m in made.model.modules()] == modes
    assert torch.equal(made.model[1].running_mean, statistics[0])
    assert torch.equal(made.model[1].num_batches_tracked, statistics[1])
    assert hooks(made.model) == 0


def test_nothing_is_installed_or_told_while_nothing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("looked without being asked")

    monkeypatch.setattr("engine.train.fit.NormProbe", forbidden)
    monkeypatch.setattr("engine.train.fit.read_maps", forbidden)
    for name in ("register_forward_hook", "register_forward_pre_hook"):
        monkeypatch.setattr(torch.nn.Module, name, forbidden)
    events, made = run(tmp_path, guards=False)
    assert hooks(made.model) == 0
    assert all(event.recorded for event in events)


def test_no_hook_is_left_between_two_steps(tmp_path: Path) -> None:
    made, control = trainer(), Control()
    control.watch = watching()
    for event in fit(made, Keeper(run_folder(tmp_path)), control):
        assert hooks(made.model) == 0, event


# Asking


def test_answers_keep_their_pace_and_a_new_question_does_not_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr("engine.train.watch.time.monotonic", lambda: now[0])
    watch = Watch(per_second=2)
    assert not watch.norms_due(last=True)
    watch.norms = True
    assert watch.norms_due(last=False)
    now[0] += 0.4
    assert not watch.norms_due(last=False)
    assert watch.norms_due(last=True)
    assert watch.maps_due() is None
    watch.ask_maps(1, "a")
    assert watch.waiting
    assert watch.maps_due().node == "a"
    assert not watch.waiting
    assert watch.maps_due() is None
    watch.ask_maps(1, "a")
    assert watch.maps_due() is not None
    now[0] += 0.6
    assert watch.maps_due().node == "a"
    watch.forget_maps()
    now[0] += 0.6
    assert watch.maps_due() is None


def test_another_thread_asks_and_the_record_of_the_run_stays_clean(tmp_path: Path) -> None:
    project = make_project(tmp_path / "tiny", epochs=2000)
    control, heard, enough = Control(), [], threading.Event()

    def ask() -> None:
        control.watch.norms = True
        for row in range(40):
            control.watch.ask_maps(row, ("stem", "relu", "scores")[row % 3])
            enough.wait(0.005)
        control.watch.norms = False
        control.watch.forget_maps()
        control.stop()

    asker = threading.Thread(target=ask)
    for event in train(project, tmp_path / "tiny", control=control):
        if not heard:
            asker.start()
        heard.append(event)
    asker.join()
    assert not any(isinstance(event, MapsRead) and event.trouble for event in heard)
    assert {e.node for e in heard if isinstance(e, MapsRead)} == {"stem", "relu", "scores"}
    norms = [e for e in heard if isinstance(e, NormsRead)]
    assert list(norms[0].nodes) == ["stem", "norm", "scores"]
    folder = find_run(tmp_path / "tiny", "last").path
    assert list(replay(folder)) == [event for event in heard if event.recorded]


def test_a_paused_run_answers(tmp_path: Path) -> None:
    made, control = trainer(epochs=1), Control()
    control.pause()
    timer = threading.Timer(0.2, control.watch.ask_maps, (5, "conv"))
    timer.start()
    answers: list[Event] = []

    def listen(events: Iterator[Event]) -> None:
        for event in events:
            if isinstance(event, MapsRead):
                answers.append(event)
                control.resume()

    listen(fit(made, Keeper(run_folder(tmp_path)), control))
    timer.join()
    assert answers[0].step == 0
    assert (answers[0].row, answers[0].node) == (5, "conv")


def test_a_glimpse_is_never_written(tmp_path: Path) -> None:
    folder = run_folder(tmp_path)
    assert folder.append(NormsRead(1, 1)) == ""
    assert folder.append(MapsRead("conv", 1, 1, 1)) == ""
    folder.append(StepDone(1, 1, 0.5, 0.5, 0.1, 10.0, 1.0))
    folder.end("stopped")
    assert (folder.path / "events.jsonl").read_text(encoding="utf-8").count("\n") == 1
    assert isinstance(folder, RunFolder)


# Nodes and blocks


def test_every_node_is_found_also_within_blocks(tmp_path: Path) -> None:
    from engine.templates import TEMPLATES

    project = make_project(tmp_path / "deep")
    project = project.with_(model=TEMPLATES["small_resnet"].build(project.frame()))
    prepared = prepare(project, tmp_path / "deep", device="cpu", known={})
    made = Trainer(prepared.pieces, Position())
    facts = analyse(project.model, project.frame()).nodes
    places = prepared.pieces.places
    assert [path for path in places if "." not in path] == list(facts)
    assert "block1.conv1" in places
    for path in places:
        answer = read_maps(made, Ask(0, path))
        assert answer.trouble == "", path
        if path in facts:
            assert answer.channels == facts[path].shape[0], path
    probe = NormProbe(made.model, places)
    made.step(probe)
    nodes = probe.read(1, 1).nodes
    assert {path for path in nodes if "." not in path} == {
        name for name, fact in facts.items() if fact.parameters
    }
    within = [norms for path, norms in nodes.items() if path.startswith("block1.")]
    assert math.hypot(*(norms.weight for norms in within)) == pytest.approx(nodes["block1"].weight)
    assert sum(norms.count for norms in within) == nodes["block1"].count


def test_a_finished_run_shows_its_best_weights(tmp_path: Path) -> None:
    make = make_project(tmp_path / "tiny")
    with pytest.raises(FoveaError) as caught:
        Finished(tmp_path / "tiny")
    assert caught.value.code == "FV-T001"
    control, live = Control(), []
    control.watch = Watch(per_second=OFTEN)
    control.watch.ask_maps(70, "stem")
    for event in train(make, tmp_path / "tiny", control=control):
        live.append(event)
    past = Finished(tmp_path / "tiny")
    epoch = live[-1].best_epoch
    assert (past.run, past.epoch, past.graph) == (live[-1].run, epoch, make.model)
    found = past.maps(70, "stem")
    assert found == next(e for e in live if isinstance(e, MapsRead) and e.step == 8 * epoch)
