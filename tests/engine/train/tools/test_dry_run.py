"""The dry run: every part real, failures told in their place, nothing left behind."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from engine.cli.main import main
from engine.errors import Cancelled
from engine.project.document import Project
from engine.runs.checkpoints import Checkpoint
from engine.train.tools import course
from engine.train.tools.dry_run import PARTS, Check, DryRun, dry_run
from engine.train.tools.workbench import Rehearsal
from tests.engine.train.tools.conftest import Contents


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measures the steps for a moment only."""
    monkeypatch.setattr(course, "SECONDS", 0.01)


def states(found: DryRun) -> dict[str, str]:
    return {check.name: check.state for check in found.checks}


def failed_at(found: DryRun) -> Check:
    """The part that failed; all before it worked and none after it was reached."""
    names = list(PARTS)
    assert [check.name for check in found.checks] == names
    (bad,) = [check for check in found.checks if check.state == "failed"]
    place = names.index(bad.name)
    assert {check.state for check in found.checks[:place]} <= {"ok"}
    assert {check.state for check in found.checks[place + 1 :]} <= {"not reached"}
    assert not found.ok
    assert found.estimate is None
    assert bad.text == found.error.why
    return bad


def test_every_part_works_and_nothing_stays_on_disc(
    project: Project, folder: Path, contents: Contents
) -> None:
    before, told = contents(), []
    found = dry_run(project, folder, on_check=told.append)
    assert contents() == before
    assert set(states(found).values()) == {"ok"}
    assert tuple(told) == found.checks
    assert found.ok
    texts = {check.name: check.text for check in found.checks}
    assert texts["batch"] == "8 images"
    assert texts["validation"] == "15 images"
    assert texts["read"] == "equal to what was written"


def test_the_first_use_of_a_project_leaves_only_its_decoded_images(
    project: Project, folder: Path, contents: Contents
) -> None:
    before = contents()
    cache = folder / "cache"
    for path in cache.iterdir():
        path.unlink()
    cache.rmdir()
    assert dry_run(project, folder).ok
    assert set(contents()) == set(before)


def test_the_parts_of_the_step_took_time(project: Project, folder: Path) -> None:
    found = {check.name: check.seconds for check in dry_run(project, folder).checks}
    assert all(found[name] > 0 for name in ("batch", "forward", "loss", "backward", "optimizer"))
    assert all(found[name] > 0 for name in ("steps", "validation", "write", "read"))


def test_the_estimate_is_made_of_what_was_measured(project: Project, folder: Path) -> None:
    estimate = dry_run(project, folder).estimate
    assert estimate is not None
    assert estimate.steps == 3 * 8  # 60 images in batches of 8, 3 epochs
    assert estimate.seconds.low <= estimate.seconds.middle <= estimate.seconds.high
    assert estimate.seconds.middle > 24 * estimate.step_seconds
    assert not estimate.memory_measured
    assert 0 < estimate.memory < estimate.memory_free
    assert 0 < estimate.disc < estimate.disc_free
    assert not estimate.warnings
    careful = project.with_(training=project.training.with_(self_repair=True))
    repairing = dry_run(careful, folder).estimate
    assert repairing is not None
    assert estimate.disc < repairing.disc < 2 * estimate.disc  # the best weights stay single


@pytest.mark.parametrize(
    "recipe",
    [
        {"freeze_epochs": 1},
        {"resize_from": 0.5},
        {"accumulation": 2},
        {"sam": 0.05},
        {"averaging": "swa"},
        {"averaging": "ema"},
    ],
)
def test_every_kind_of_recipe_goes_through(
    project: Project, folder: Path, recipe: dict[str, object]
) -> None:
    changed = project.with_(training=project.training.with_(**recipe))
    found = dry_run(changed, folder)
    assert found.ok, found.error
    assert all(check.seconds > 0 for check in found.checks)


def test_images_that_grow_shorten_the_estimate(project: Project) -> None:
    recipe = project.training.with_(epochs=40)
    assert course._mean_area(recipe, 64) == 1.0
    growing = course._mean_area(recipe.with_(resize_from=0.5, resize_share=0.5), 64)
    levels = [(32 / 64) ** 2, (40 / 64) ** 2, (48 / 64) ** 2, (56 / 64) ** 2]
    assert growing == pytest.approx(0.5 + 0.5 * sum(levels) / 4)


@pytest.mark.parametrize("part", ["forward", "backward", "optimizer"])
def test_a_part_of_the_step_that_fails_is_named(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"planted in the {part}")

    class Broken(Rehearsal):
        def __init__(self, *given) -> None:
            super().__init__(*given)
            convolution = next(m for m in self.model.modules() if isinstance(m, torch.nn.Conv2d))
            if part == "forward":
                convolution.register_forward_pre_hook(fail)
            elif part == "backward":
                convolution.weight.register_hook(fail)
            else:
                del self.optimizer.param_groups[0]["betas"]

    monkeypatch.setattr(course, "Rehearsal", Broken)
    bad = failed_at(dry_run(project, folder))
    assert bad.name == part
    assert ("betas" if part == "optimizer" else f"planted in the {part}") in bad.text


def test_memory_that_is_not_enough_is_told_with_what_to_do(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(torch.nn.functional, "conv2d", fail)
    monkeypatch.setattr(torch.nn.Conv2d, "forward", fail)
    found = dry_run(project, folder)
    assert failed_at(found).name == "forward"
    assert found.error.code == "FV-T004"
    assert "batch size" in found.error.fix


def test_a_full_disc_fails_at_the_checkpoint_and_leaves_nothing(
    project: Project, folder: Path, contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = contents()
    monkeypatch.setattr("engine.files.atomic.os.write", full, raising=True)
    monkeypatch.setattr("engine.files.atomic.os.fsync", full, raising=True)
    found = dry_run(project, folder)
    monkeypatch.undo()
    assert failed_at(found).name == "write"
    assert "No space left" in found.error.why
    assert contents() == before


def test_a_disc_that_changes_what_was_written_is_noticed(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = course.read_checkpoint

    def other(place: Path, name: str) -> Checkpoint:
        found = real(place, name)
        tensors = {key: value + 1 for key, value in found.tensors.items()}
        return Checkpoint(tensors, found.facts)

    monkeypatch.setattr(course, "read_checkpoint", other)
    found = dry_run(project, folder)
    assert failed_at(found).name == "read"
    assert found.error.code == "FV-T030"


def test_a_project_that_is_not_ready_fails_at_the_start(folder: Path) -> None:
    found = dry_run(Project(), folder)
    assert failed_at(found).name == "prepare"
    assert found.error.code == "FV-T007"


def test_images_that_are_gone_fail_at_the_start(project: Project, folder: Path) -> None:
    for path in (folder / "cache").iterdir():
        path.unlink()
    (folder.parent / "tiny.npz").unlink()
    assert failed_at(dry_run(project, folder)).name == "prepare"


def test_progress_can_cancel_it_and_nothing_is_left(
    project: Project, folder: Path, contents: Contents
) -> None:
    before = contents()

    def stop(done: int, total: int, text: str) -> None:
        if text == PARTS["read"]:
            raise Cancelled

    with pytest.raises(Cancelled):
        dry_run(project, folder, progress=stop)
    assert contents() == before


def test_the_command_shows_every_part_and_the_estimate(project: Project, folder: Path) -> None:
    result = CliRunner().invoke(main, ["train", str(folder), "--dry-run", "--json"])
    assert result.exit_code == 0, result.stderr
    *parts, last = [json.loads(line) for line in result.stdout.splitlines()]
    assert [part["name"] for part in parts] == list(PARTS)
    assert last["event"] == "dry_run"
    assert last["ok"]
    assert last["estimate"]["words"] in result.stderr
    assert not (folder / "runs").exists()


def test_the_command_fails_with_the_part(project: Project, folder: Path) -> None:
    arguments = ["train", str(folder), "--dry-run", "--device", "cuda:9"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "FV-T006" in result.stderr
    both = CliRunner().invoke(main, ["train", str(folder), "--dry-run", "--resume", "last"])
    assert both.exit_code == 2


@pytest.mark.gpu
def test_on_a_card_the_memory_is_measured(project: Project, folder: Path) -> None:
    found = dry_run(project, folder, device="cuda")
    assert found.ok, found.error
    assert found.estimate is not None
    assert found.estimate.memory_measured
    assert 0 < found.estimate.memory < found.estimate.memory_free
